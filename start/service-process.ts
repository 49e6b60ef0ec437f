// One service as a child process: its log goes to a file, it says over IPC when it is ready, and dies with us.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
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
  readonly logFile: string;
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

export async function startProcess(service: ServiceProcess): Promise<RunningService> {
  mkdirSync(dirname(service.logFile), { recursive: true });
  const log = createWriteStream(service.logFile, { flags: "a" });
  const child = spawn(
    process.execPath,
    [...(service.nodeFlags ?? ["--disable-warning=ExperimentalWarning"]), service.main, ...(service.args ?? [])],
    {
      env: { ...process.env, ...service.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const exitCode = new Promise<number>((done) => {
    child.once("exit", (code, signal) => done(code ?? (signal === "SIGKILL" ? 137 : 1)));
    child.once("error", () => done(1));
  });
  const timers: NodeJS.Timeout[] = [];
  const ready = await new Promise<Record<string, unknown>>((done, fail) => {
    const refuse = (why: string) =>
      fail(
        new LockstepError(
          "unavailable",
          `${service.name} ${why}; see ${service.logFile}:\n${lastLines(service.logFile)}`,
        ),
      );
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
      log.end();
    },
  };
}
