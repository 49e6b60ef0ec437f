// An edge box for the browser tests: the real connector and the real monitor as processes, and the simulated terminal, whose
// market goes on for as long as the test lasts. Everything on loopback, on free ports, in a directory of its own.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeOperatorKey } from "../../start/operator.ts";
import { parseOptions } from "../terminal/options.ts";
import { run } from "../terminal/run-io.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const SECRET = "browser-secret-0001";
/** Market time against real time: a bar of a minute every second. */
const SPEED = "60";

/** Trades as often as it can; gold's spread is refused. */
const SETTINGS = {
  limits: {
    spread_max_points: 100,
    quote_age_max_ms: 3_600_000,
    order_volume_max_lots: 1,
    position_volume_max_lots: 1,
  },
  strategy: { enter_edge_ppm: 0, exit_edge_ppm: 30_000, hold_max_ms: 600_000, intent_life_ms: 120_000 },
};

export interface Started {
  readonly child: ChildProcess;
  readonly port: number;
}

export async function start(main: string, env: Record<string, string>): Promise<Started> {
  const child = fork(at(main), { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log = `${log}${chunk}`.slice(-20_000);
  });
  return await new Promise((resolve, reject) => {
    child.on("message", (message) => {
      const { ready, port } = message as { ready?: boolean; port?: number };
      if (ready && port !== undefined) resolve({ child, port });
    });
    child.once("exit", (code, signal) => reject(new Error(`${main} ended (${code ?? signal}): ${log}`)));
  });
}

export async function stop({ child }: Started): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

export interface EdgeBox {
  /** Of the page. */
  readonly url: string;
  /** The connector's data directory. */
  readonly edgeData: string;
  readonly journal: string;
  /** Of an operator who may release it: Grace Keyholder. */
  readonly keyFile: string;
  /** Of the connector. */
  readonly connectorUrl: string;
  connectorStatus(): Promise<Record<string, unknown>>;
  stopConnector(): Promise<void>;
  startConnector(): Promise<void>;
  stopMonitor(): Promise<void>;
  startMonitor(): Promise<void>;
  dispose(): Promise<void>;
}

export async function startEdgeBox(monitorEnv: Record<string, string> = {}): Promise<EdgeBox> {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-browser-"));
  const settings = join(directory, "edge.json");
  const keyFile = join(directory, "operator.key");
  const { name, public_key } = makeOperatorKey(keyFile, "Grace Keyholder");
  writeFileSync(settings, JSON.stringify({ ...SETTINGS, operators: [{ name, public_key }] }));
  const edge = { LOCKSTEP_EDGE_DATA: join(directory, "edge") };
  const connect = (port: number) =>
    start("edge/metatrader-connector/main.ts", {
      ...edge,
      PORT: String(port),
      LOCKSTEP_EA_SECRET: SECRET,
      LOCKSTEP_ACCOUNTS: "12345678@Demo-Server",
      LOCKSTEP_SYMBOLS: "EURUSD,XAUUSD",
      LOCKSTEP_CLOCK: "terminal",
      LOCKSTEP_EDGE_CONFIG: settings,
    });
  let connector = await connect(0);
  const { port } = connector;
  const monitorOn = (monitorPort: number) =>
    start("edge/market-monitor/main.ts", {
      ...edge,
      ...monitorEnv,
      PORT: String(monitorPort),
      METATRADER_CONNECTOR_URL: `http://127.0.0.1:${port}`,
      MONITOR_PAIRS: "EURUSD,XAUUSD",
    });
  let monitor = await monitorOn(0);
  const config = parseOptions([
    ...["--connect", `127.0.0.1:${port}`, "--secret", SECRET, "--symbols", "EURUSD,XAUUSD", "--speed", SPEED],
    ...["--journal", join(directory, "terminal.jsonl")],
  ]);
  const ending = new AbortController();
  const terminal = config && run({ config, onProgress: () => undefined, signal: ending.signal });
  const url = `http://127.0.0.1:${monitor.port}`;
  return {
    url,
    edgeData: edge.LOCKSTEP_EDGE_DATA,
    journal: join(directory, "edge", "journal"),
    keyFile,
    connectorUrl: `http://127.0.0.1:${port}`,
    connectorStatus: async () =>
      (await fetch(`http://127.0.0.1:${port}/status`)).json() as Promise<Record<string, unknown>>,
    stopConnector: () => stop(connector),
    startConnector: async () => {
      connector = await connect(port);
    },
    stopMonitor: () => stop(monitor),
    startMonitor: async () => {
      monitor = await monitorOn(monitor.port);
    },
    async dispose() {
      ending.abort();
      await terminal;
      await stop(monitor);
      await stop(connector);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
