// Runs `start.ts` as a user would, in a directory of its own on free ports, and hands back what it printed.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface StartRun {
  readonly dir: string;
  readonly child: ChildProcess;
  /** Parts and their pids, as the supervisor last wrote them. */
  pids(): Record<string, number>;
  /** Exit code and the JSON object of the last line of stdout. */
  readonly finished: Promise<{
    readonly code: number | null;
    readonly figures: Record<string, unknown>;
    readonly stderr: string;
  }>;
  /** Ends it if it still runs and removes its directory. */
  dispose(): Promise<void>;
}

export function runStart(args: readonly string[], o: { readonly keepMs: number }): StartRun {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-system-"));
  const child = spawn(process.execPath, ["start.ts", "--json", "--ports", "auto", "--data", dir, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  const timer = setTimeout(() => child.kill("SIGTERM"), o.keepMs);
  const finished = exited.then((code) => {
    clearTimeout(timer);
    const last = stdout.trimEnd().split("\n").at(-1) ?? "";
    return { code, figures: last.startsWith("{") ? (JSON.parse(last) as Record<string, unknown>) : {}, stderr };
  });
  return {
    dir,
    child,
    finished,
    pids: () => JSON.parse(readFileSync(join(dir, "pids.json"), "utf8")) as Record<string, number>,
    async dispose() {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
