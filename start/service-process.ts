// One service as a child process: its log goes to a file or to ours, it says over IPC when it is ready, and dies with us.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { LockstepError } from "#proto/errors.ts";
import type { Running } from "./supervisor.ts";

const READY_MS = 60_000;
const STOP_MS = 10_000;

export interface ServiceProcess {
  readonly name: string;
  readonly main: string;
  readonly args?: readonly string[];
  /** What node itself is started with. */
  readonly nodeFlags?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Without it the service writes to our stderr. */
  readonly logFile?: string;
  /** For a program that does not say when it is ready. */
  readonly readyAtOnce?: boolean;
  /** Called with each IPC message; a message with `ready` ends the start. */
  onMessage?(message: Record<string, unknown>): void;
}

export interface RunningService extends Running {
  readonly ready: Record<string, unknown>;
  readonly exitCode: Promise<number>;
}

const lastLines = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-8).join("\n");
  } catch {
    return "(no log)";
  }
};

const evidence = (file: string | undefined): string =>
  file === undefined ? "its log is above" : `see ${file}:\n${lastLines(file)}`;

function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: "a" });
}

export async function startProcess(service: ServiceProcess): Promise<RunningService> {
  const log = service.logFile === undefined ? undefined : openLog(service.logFile);
  const child = spawn(
    process.execPath,
    [...(service.nodeFlags ?? ["--disable-warning=ExperimentalWarning"]), service.main, ...(service.args ?? [])],
    {
      env: { ...process.env, ...service.env },
      stdio: log ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", 2, 2, "ipc"],
    },
  );
  if (log) for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
  const exitCode = new Promise<number>((done) => {
    child.once("exit", (code, signal) => done(code ?? (signal === "SIGKILL" ? 137 : 1)));
    child.once("error", () => done(1));
  });
  const timers: NodeJS.Timeout[] = [];
  const ready = await new Promise<Record<string, unknown>>((done, fail) => {
    const refuse = (why: string) =>
      fail(new LockstepError("unavailable", `${service.name} ${why}; ${evidence(service.logFile)}`));
    const timer = setTimeout(() => refuse(`was not ready within ${READY_MS / 1000} s`), READY_MS);
    void exitCode.then((code) => {
      clearTimeout(timer);
      setTimeout(() => refuse(`ended with code ${code} before it was ready`), 50);
    });
    if (service.readyAtOnce) child.once("spawn", () => done({}));
    child.on("message", (message: Record<string, unknown>) => {
      service.onMessage?.(message);
      if (message.ready) done(message);
    });
    void exitCode.finally(() => clearTimeout(timer));
    timers.push(timer);
  })
    .finally(() => timers.forEach(clearTimeout))
    .catch((error) => {
      child.kill("SIGKILL");
      throw error;
    });
  return {
    pid: child.pid ?? 0,
    ready,
    exitCode,
    exited: exitCode,
    async stop() {
      if (child.connected) child.disconnect();
      else child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exitCode;
      clearTimeout(timer);
      log?.end();
    },
  };
}
