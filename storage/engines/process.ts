// An engine as a child process: started on loopback, watched until its port answers, ended with its parent. A pid file
// in its data directory finds the one that a killed parent left behind; two owners of one directory are refused.

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LockstepError } from "#proto/errors.ts";

export interface EngineProcess {
  readonly pid: number;
  /** Resolves when the process has ended, however it did. */
  readonly exited: Promise<void>;
  /** Ends it: `signal` first, SIGKILL after `graceMs`. Safe to call again. */
  stop(): Promise<void>;
}

export interface SpawnEngine {
  /** For messages and for the files `<name>.pid` and `<name>.log` in the data directory. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly dataDir: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** Resolves to true when it serves. Asked every 20 ms. */
  readonly ready: () => Promise<boolean>;
  readonly readyMs?: number;
  readonly signal?: NodeJS.Signals;
  readonly graceMs?: number;
}

export async function spawnEngine(o: SpawnEngine): Promise<EngineProcess> {
  mkdirSync(o.dataDir, { recursive: true });
  await endStale(o.dataDir, o.name);
  const logPath = join(o.dataDir, `${o.name}.log`);
  const log = openSync(logPath, "w");
  const child = spawn(o.command, o.args, {
    stdio: ["ignore", log, log],
    env: o.env ?? process.env,
    ...(o.uid === undefined ? {} : { uid: o.uid }),
    ...(o.gid === undefined ? {} : { gid: o.gid }),
  });
  closeSync(log);
  const engine = handleOf(child, o);
  const failed = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    void waitReady(child, o).then(resolve);
  });
  if (failed !== undefined) {
    await engine.stop();
    throw new LockstepError(
      "unavailable",
      `${o.name} did not start: ${failed}\n${tailOf(logPath)}(whole log: ${logPath})`,
    );
  }
  return engine;
}

function handleOf(child: ChildProcess, o: SpawnEngine): EngineProcess {
  const pid = child.pid ?? 0;
  const pidPath = pidFile(o.dataDir, o.name);
  if (pid !== 0) {
    const entry: PidFile = { pid, birth: birthOf(pid), owner: process.pid, owner_birth: birthOf(process.pid) };
    writeFileSync(pidPath, JSON.stringify(entry));
  }
  const release = endWithParent(child);
  const exited = new Promise<void>((resolve) => {
    const done = () => {
      release();
      if (readPidFile(pidPath)?.pid === pid) rmSync(pidPath, { force: true });
      resolve();
    };
    child.once("exit", done);
    child.once("error", done);
  });
  const stop = async () => {
    if (pid === 0 || child.exitCode !== null || child.signalCode !== null) return exited;
    child.kill(o.signal ?? "SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), o.graceMs ?? 4_000);
    await exited;
    clearTimeout(timer);
  };
  return { pid, exited, stop };
}

async function waitReady(child: ChildProcess, o: SpawnEngine): Promise<string | undefined> {
  const waitMs = o.readyMs ?? 20_000;
  const until = performance.now() + waitMs;
  while (performance.now() < until) {
    if (child.exitCode !== null) return `it exited with ${child.exitCode}`;
    if (child.signalCode !== null) return `it was ended by ${child.signalCode}`;
    if (await o.ready()) return undefined;
    await sleep(20);
  }
  return `it did not answer within ${waitMs} ms`;
}

/** Ends the child when this process exits, and when a signal ends it that nobody else handles. */
function endWithParent(child: ChildProcess): () => void {
  const kill = () => void child.kill("SIGTERM");
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > ownListeners.get(signal)) return; // whoever handles it stops its engines
    kill();
    for (const s of signals) process.removeListener(s, onSignal);
    process.kill(process.pid, signal);
  };
  process.on("exit", kill);
  for (const s of signals) {
    process.on(s, onSignal);
    ownListeners.add(s, 1);
  }
  let released = false;
  return () => {
    if (released) return;
    released = true;
    process.removeListener("exit", kill);
    for (const s of signals) {
      process.removeListener(s, onSignal);
      ownListeners.add(s, -1);
    }
  };
}

const ownListeners = new (class {
  readonly #counts = new Map<NodeJS.Signals, number>();
  get(signal: NodeJS.Signals): number {
    return this.#counts.get(signal) ?? 0;
  }
  add(signal: NodeJS.Signals, by: number): void {
    this.#counts.set(signal, this.get(signal) + by);
  }
})();

interface PidFile {
  readonly pid: number;
  /** Start times: a pid alone may have been given to another process since. */
  readonly birth: string;
  readonly owner: number;
  readonly owner_birth: string;
}

const pidFile = (dataDir: string, name: string): string => join(dataDir, `${name}.pid`);

function readPidFile(path: string): PidFile | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as PidFile;
  } catch {
    return undefined; // missing or torn by a crash: nothing to be found through it
  }
}

/** Ends the engine that a killed owner left on this directory; refuses to touch one whose owner lives. */
export async function endStale(dataDir: string, name: string): Promise<void> {
  const path = pidFile(dataDir, name);
  const entry = readPidFile(path);
  if (!entry) return;
  const alive = () => entry.birth !== "" && birthOf(entry.pid) === entry.birth;
  if (birthOf(entry.owner) === entry.owner_birth && entry.owner_birth !== "") {
    // Its owner lives. One that was just killed takes a moment to go.
    for (let i = 0; i < 25 && alive(); i++) await sleep(20);
    if (alive())
      throw new LockstepError(
        "busy",
        `${name} already runs on ${dataDir} for process ${entry.owner}: stop that one, or choose another data directory`,
      );
  }
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!alive()) break;
    process.kill(entry.pid, signal);
    for (let i = 0; i < 150 && alive(); i++) await sleep(20);
  }
  rmSync(path, { force: true });
}

/** Start time of a living process in clock ticks since boot; "" when it is gone, a zombie, or the system has no /proc. */
function birthOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}

function tailOf(path: string): string {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-8).join("\n");
  return lines === "" ? "" : `${lines}\n`;
}

/** Below those that systems give to outgoing connections (Linux: from 32768), one of which would take it before its server does. */
const PORTS = { from: 10_000, to: 32_000 } as const;
const PORT_ATTEMPTS = 100;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
  throw new LockstepError("unavailable", `no free port from ${PORTS.from} to ${PORTS.to} in ${PORT_ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** True when something accepts connections on the loopback port. */
export function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}
