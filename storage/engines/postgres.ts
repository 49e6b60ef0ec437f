// PostgreSQL: the one at POSTGRES_URL, or the one npm installed, run on loopback with its data under a directory.
// Committed data survives kill -9 of everything; the next start on the same directory finds and ends what was left over.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LockstepError } from "#proto/errors.ts";
import {
  canReach,
  findPostgres,
  identity,
  isOursAlone,
  type PostgresBinaries,
  SHARED_ROOT,
} from "./postgres-binaries.ts";
import { claim, endLeftover, release } from "./postgres-leftover.ts";
import { freePort } from "./process.ts";

export interface RunningPostgres {
  readonly url: string;
  /** Undefined when the server is not ours (POSTGRES_URL). */
  readonly pid: number | undefined;
  readonly version: string;
  /** Settles when the server has ended, whatever ended it. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  /** Deletes the data of a stopped server: part of it may lie outside `dataDir`. */
  removeData(): void;
}

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 20_000;
const START_TRIES = 5;
const USER = "lockstep";
const DATABASE = "lockstep";

const NOTHING_OF_OURS = { stop: async () => {}, removeData: () => {} };

export async function startPostgres(o: {
  dataDir: string;
  /** Any free one when left out. */
  port?: number;
  /** An existing server to use instead. */
  url?: string | undefined;
}): Promise<RunningPostgres> {
  const url = o.url ?? process.env.POSTGRES_URL;
  if (url) return { url, pid: undefined, version: "external", exited: new Promise(() => {}), ...NOTHING_OF_OURS };
  const binaries = findPostgres();
  const home = resolve(o.dataDir);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  claim(home);
  const place = clusterPlace(home, binaries);
  const cluster = join(place, "cluster");
  const password = passwordOf(place);
  await endLeftover(cluster);
  if (!existsSync(cluster)) initialise({ cluster, password, binaries });
  const { child, port } = await launch({ cluster, binaries, home, port: o.port });
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    pid: child.pid,
    version: readFileSync(join(cluster, "PG_VERSION"), "utf8").trim(),
    exited: ended(child),
    stop: async () => {
      await stop(child);
      release(home);
    },
    removeData: () => {
      for (const path of new Set([place, home])) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The cluster lies in `home`, or, when the user who runs PostgreSQL cannot get there, at a place of its own that `home` names. */
function clusterPlace(home: string, { runAs }: PostgresBinaries): string {
  if (canReach(home, runAs)) return home;
  const pointer = join(home, "instance");
  if (!existsSync(pointer)) writeFileSync(pointer, randomBytes(8).toString("hex"), { mode: 0o600 });
  const instance = readFileSync(pointer, "utf8").trim();
  if (!/^[0-9a-f]{16}$/.test(instance))
    throw new LockstepError("bad_file", `${pointer} is damaged: remove the directory ${home}`);
  const place = join(SHARED_ROOT, `lockstep-postgres-data-${instance}`);
  mkdirSync(place, { recursive: true, mode: 0o755 });
  if (!isOursAlone(place)) throw new LockstepError("refused", `${place} belongs to another user: remove ${pointer}`);
  chmodSync(place, 0o711);
  return place;
}

function passwordOf(place: string): string {
  const file = join(place, "password");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

/** Makes the cluster beside its final name and then renames it: a half-made one is never taken for a whole one. */
function initialise(o: { cluster: string; password: string; binaries: PostgresBinaries }): void {
  const { native, runAs } = o.binaries;
  const making = `${o.cluster}.new`;
  const passwordFile = `${o.cluster}.password`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  writeFileSync(passwordFile, o.password, { mode: 0o600 });
  if (runAs) for (const path of [making, passwordFile]) chownSync(path, runAs.uid, runAs.gid);
  const run = (name: string, args: string[], input: string): void => {
    const options = { cwd: "/", env: cleanEnvironment(), ...identity(runAs), input, encoding: "utf8" } as const;
    const ran = spawnSync(join(native, "bin", name), args, options);
    if (ran.status !== 0)
      throw new LockstepError("unavailable", `${name} failed: ${ran.error?.message ?? (ran.stderr || ran.stdout)}`);
  };
  try {
    run(
      "initdb",
      ["-D", making, "-U", USER, "--pwfile", passwordFile, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"],
      "",
    );
    run("postgres", ["--single", "-D", making, "postgres"], `CREATE DATABASE ${DATABASE};\n`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(making, o.cluster);
}

const cleanEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" });

type Launch = { cluster: string; binaries: PostgresBinaries; home: string; port: number | undefined };

async function launch(o: Launch): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = o.port ?? (await freePort());
    const log = join(o.home, "postgres.log");
    const child = spawnServer({ ...o, port, log });
    const problem = await readyOrProblem(child, o.cluster, log);
    if (problem === undefined) return { child, port };
    // Another process took the port, or the workers of a killed server are still going away.
    const passing = /could not bind|shared memory block|could not create any TCP/.test(problem);
    if (!passing || attempt === START_TRIES)
      throw new LockstepError("unavailable", `PostgreSQL did not start on ${o.cluster}: ${problem}`);
    await sleep(500);
  }
}

function spawnServer(o: Launch & { port: number; log: string }): ChildProcess {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(o.port),
    max_connections: "50",
    shared_buffers: "128MB",
    timezone: "UTC",
  };
  const args = ["-D", o.cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const log = openSync(o.log, "w", 0o600); // a file, not a pipe: it must not break when we are killed
  const options = { cwd: "/", env: cleanEnvironment(), ...identity(o.binaries.runAs) };
  const child = spawn(join(o.binaries.native, "bin", "postgres"), args, { ...options, stdio: ["ignore", log, log] });
  closeSync(log);
  return child;
}

/** The server writes its state in the eighth line of postmaster.pid, under its own pid. */
async function readyOrProblem(child: ChildProcess, cluster: string, log: string): Promise<string | undefined> {
  let failed: string | undefined;
  child.once("error", (error) => {
    failed = error.message;
  });
  for (let waited = 0; waited < START_MS_MAX; waited += 20) {
    if (failed !== undefined) return failed;
    if (child.exitCode !== null || child.signalCode !== null) return readFileSync(log, "utf8").slice(-2000);
    const lines = readLines(join(cluster, "postmaster.pid"));
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === "ready") return undefined;
    await sleep(20);
  }
  child.kill("SIGQUIT");
  return `not ready after ${START_MS_MAX} ms: ${readFileSync(log, "utf8").slice(-2000)}`;
}

const readLines = (file: string): string[] => {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
};

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once("exit", () => done());
  });

/** Fast shutdown: sessions are ended, committed data is kept; then the hard way, which recovers at the next start. */
async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGINT");
  const patience = setTimeout(() => child.kill("SIGQUIT"), STOP_MS_MAX);
  await ended(child);
  clearTimeout(patience);
}
