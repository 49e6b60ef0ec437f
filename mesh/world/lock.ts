// An exclusive lock file that names its holder by process id, start time and boot, so that the lock of a process that is
// gone (also before a reboot, also in a container where every process is number 1) is told from one that is held. On
// Windows the system holds the file itself.
import * as fs from "node:fs";
import { threadId } from "node:worker_threads";
import { LockstepError } from "#proto/errors.ts";
import type { DiskLock } from "#proto/world.ts";

interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, where the system tells it. */
  readonly started: string;
  readonly boot: string;
}

const readOr = (path: string, otherwise: string): string => {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
};

const bootId = (): string => readOr("/proc/sys/kernel/random/boot_id", "").trim();

/** Field 22 of /proc/<pid>/stat; the command name before it may hold spaces, so counting starts at its last bracket. */
function startOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`, "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function isAlive(holder: Holder): boolean {
  if (holder.boot !== bootId()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return startOf(holder.pid) === holder.started;
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started, boot } = JSON.parse(fs.readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof pid === "number" && typeof started === "string" && typeof boot === "string"
      ? { pid, started, boot }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Creates `path` with the whole content at once (a link never shows half a file); false when it exists. */
function createWhole(path: string, content: string): boolean {
  const own = `${path}.${process.pid}.${threadId}.tmp`;
  try {
    fs.writeFileSync(own, content, { mode: 0o600 });
    fs.linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** Takes the lock or throws journal_locked naming the holder. */
export const takeLock = (path: string): DiskLock =>
  process.platform === "win32" ? takeWindowsLock(path) : takePidLock(path);

/** libuv's UV_FS_O_EXLOCK: a file open with it can be opened by nobody else, and is free once its process has ended. */
const EXCLUSIVE = 0x1000_0000;

/** Windows tells neither boots nor starts of processes apart, but holds files by itself. */
function takeWindowsLock(path: string): DiskLock {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | EXCLUSIVE);
  } catch (error) {
    if (["EBUSY", "EPERM", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw locked(path, undefined);
    throw error;
  }
  return {
    releaseSync: (): void => {
      if (fd !== undefined) fs.closeSync(fd);
      fd = undefined;
    },
  };
}

function takePidLock(path: string): DiskLock {
  const self = JSON.stringify({ pid: process.pid, started: startOf(process.pid), boot: bootId() });
  if (!createWhole(path, self)) takeOver(path, self);
  let held = true;
  return {
    releaseSync: (): void => {
      if (held) fs.unlinkSync(path);
      held = false;
    },
  };
}

/** Only one process at a time replaces a dead holder's lock: the one that holds the lock on taking over. */
function takeOver(path: string, self: string): void {
  const gate = `${path}.takeover`;
  const atGate = readHolder(gate);
  if (atGate && !isAlive(atGate)) fs.rmSync(gate, { force: true });
  if (!createWhole(gate, self)) throw locked(path, atGate);
  try {
    const holder = readHolder(path);
    if (holder && isAlive(holder)) throw locked(path, holder);
    fs.rmSync(path, { force: true });
    if (!createWhole(path, self)) throw locked(path, readHolder(path));
  } finally {
    fs.rmSync(gate, { force: true });
  }
}

const locked = (path: string, holder: Holder | undefined): LockstepError =>
  new LockstepError(
    "journal_locked",
    `${path} is held by ${holder ? `process ${holder.pid}` : "another process"}: a journal has one writer; stop that process first`,
  );
