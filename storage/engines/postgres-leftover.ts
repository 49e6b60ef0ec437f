// What a killed parent leaves behind: a PostgreSQL that still runs on our data, or a postmaster.pid of one that does not.
// A directory in use by a living process is refused; a leftover server is asked to shut down before a new one starts.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LockstepError } from "#proto/errors.ts";

const FAST_SHUTDOWN_MS = 15_000;
const QUICK_SHUTDOWN_MS = 10_000;

const ownerFile = (home: string): string => join(home, "owner");

/** Marks the directory as ours, unless a living process has it. */
export function claim(home: string): void {
  const file = ownerFile(home);
  if (existsSync(file)) {
    const [pid, born] = readFileSync(file, "utf8").split(" ");
    const other = Number(pid);
    if (other > 0 && other !== process.pid && birthOf(other) !== undefined && birthOf(other) === born)
      throw new LockstepError("busy", `${home} is in use by process ${other}: stop it first, or use another directory`);
  }
  writeFileSync(file, `${process.pid} ${birthOf(process.pid) ?? ""}`);
}

export const release = (home: string): void => rmSync(ownerFile(home), { force: true });

/** Ends a server that still runs on this cluster; a pid file that now points at a stranger is removed. */
export async function endLeftover(cluster: string): Promise<void> {
  const pidFile = join(cluster, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  if (!runsOn(pid, cluster)) {
    // A stranger may have the number by now, and PostgreSQL would take him for its server and refuse to start. Of a dead
    // one it needs the file itself: to see whether workers are still attached to the old shared memory.
    if (birthOf(pid) !== undefined) rmSync(pidFile, { force: true });
    return;
  }
  for (const [signal, patience] of [
    ["SIGINT", FAST_SHUTDOWN_MS],
    ["SIGQUIT", QUICK_SHUTDOWN_MS],
  ] as const) {
    process.kill(pid, signal);
    for (let waited = 0; waited < patience; waited += 20) {
      if (!runsOn(pid, cluster)) return;
      await sleep(20);
    }
  }
  throw new LockstepError("busy", `PostgreSQL ${pid} still runs on ${cluster} and does not stop: end it by hand`);
}

function runsOn(pid: number, cluster: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  const stat = statOf(pid);
  if (stat === undefined || stat.state === "Z") return false;
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args[0]?.endsWith("/postgres") === true && args.includes(cluster);
  } catch {
    return false;
  }
}

/** When a process began, in ticks since boot: tells it from a later one with the same number. */
const birthOf = (pid: number): string | undefined => {
  const stat = statOf(pid);
  return stat === undefined || stat.state === "Z" ? undefined : stat.born;
};

function statOf(pid: number): { state: string; born: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", born: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
