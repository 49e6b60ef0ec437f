// A whole edge box for the bench, as processes on this machine's disk: the connector, and where asked for the operator's
// page with a browser's stream open and replication into a real data-bridge over TLS.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { ensureIdentity } from "#mesh/identity/identity-io.ts";
import { EDGE_NODE_FLAGS } from "#mesh/service/node-flags.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { SERVER, startConnectorProcess } from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { type RunningService, startProcess } from "../../../start/service-process.ts";

export interface BoxOptions {
  /** Of the strategy: bars that decide. */
  readonly timeframe_s: 60 | 3600;
  /** Accounts 1 to this. */
  readonly accounts?: number;
  /** With the page open in a reader and replication running. */
  readonly whole?: boolean;
}

export interface BenchBox {
  readonly port: number;
  status(account?: string): Promise<Record<string, unknown>>;
  /** Resident memory of the connector now, MB. */
  residentMb(): number;
  /** Bytes that the page's reader has got, and the records that the cloud has; zero without them. */
  beside(): Promise<{ pageBytes: number; cloudSeq: number }>;
  close(): Promise<void>;
}

export async function openBox(o: BoxOptions): Promise<BenchBox> {
  // In the working directory, so that it is the disk of the project and not a memory file system.
  const root = mkdtempSync(join(process.cwd(), ".bench-edge-"));
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of closing.reverse()) await stop();
    rmSync(root, { recursive: true });
  };
  try {
    return await openParts(o, root, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(
  o: BoxOptions,
  root: string,
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<BenchBox> {
  const model = join(root, "model.lsm");
  const config = join(root, "edge.json");
  writeFileSync(model, sampleModel());
  const strategy = { enter_edge_ppm: 0, intent_life_ms: 600_000, timeframe_s: o.timeframe_s };
  writeFileSync(config, JSON.stringify({ strategy, session: { commands_per_s_max: 1000 } }));
  const cloud = o.whole ? await openCloud(root, closing) : {};
  const dataDir = join(root, "edge");
  const accounts = Array.from({ length: o.accounts ?? 1 }, (_, i) => `${i + 1}@${SERVER}`).join(",");
  const connector = await startConnectorProcess({
    dataDir,
    env: {
      LOCKSTEP_CLOCK: "terminal",
      LOCKSTEP_MODEL: model,
      LOCKSTEP_EDGE_CONFIG: config,
      LOCKSTEP_ACCOUNTS: accounts,
      ...cloud,
    },
  });
  closing.push(() => connector.kill("SIGTERM"));
  const page = o.whole ? await openPage({ root, dataDir, port: connector.port, closing }) : undefined;
  return {
    port: connector.port,
    status: connector.status,
    residentMb: () => residentMb(connector.pid),
    beside: async () => ({
      pageBytes: page?.bytes ?? 0,
      cloudSeq: Number((await connector.status()).cloud_durable_seq),
    }),
    close,
  };
}

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kb === undefined) throw new Error("resident memory is read from /proc: run this on Linux");
  return Number(kb) / 1024;
}

async function openCloud(root: string, closing: (() => Promise<unknown>)[]): Promise<Record<string, string>> {
  // The cloud's disk is not the box's: its syncs must not queue with the journal's.
  const dataDir = mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/bench-edge-" : join(root, "nats-"));
  closing.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  const nats: Nats = await startNats({ dataDir });
  closing.push(() => nats.stop());
  const tlsDir = join(root, "tls");
  ensureIdentity(tlsDir, ["data-bridge"]);
  const bridge = await service("data-bridge", "cloud/data-bridge/main.ts", root, {
    NATS_URL: nats.url,
    HEALTH_PORT: "0",
    LOCKSTEP_TLS_DIR: tlsDir,
  });
  closing.push(() => bridge.stop());
  return { BACKEND_URL: `localhost:${bridge.ready.grpc}`, LOCKSTEP_TLS_DIR: tlsDir };
}

const portOf = ({ ready }: RunningService): number => Number(ready.port);

function service(name: string, main: string, root: string, env: Record<string, string>): Promise<RunningService> {
  return startProcess({ name, main, env: { PORT: "0", ...env }, logFile: join(root, `${name}.log`) });
}

/** market-monitor, and a reader of its stream as a browser is one. */
async function openPage(o: {
  root: string;
  dataDir: string;
  port: number;
  closing: (() => Promise<unknown>)[];
}): Promise<{ bytes: number }> {
  const monitor = await startProcess({
    name: "market-monitor",
    main: "edge/market-monitor/main.ts",
    nodeFlags: EDGE_NODE_FLAGS.slice(-1),
    env: {
      PORT: "0",
      LOCKSTEP_EDGE_DATA: o.dataDir,
      METATRADER_CONNECTOR_URL: `http://127.0.0.1:${o.port}`,
      MONITOR_PAIRS: "EURUSD",
    },
    logFile: join(o.root, "market-monitor.log"),
  });
  o.closing.push(() => monitor.stop());
  const gone = new AbortController();
  const { body } = await fetch(`http://127.0.0.1:${portOf(monitor)}/stream`, { signal: gone.signal });
  const read = { bytes: 0 };
  const reading = (async () => {
    for await (const chunk of body ?? []) read.bytes += chunk.length;
  })().catch(() => undefined);
  o.closing.push(async () => {
    gone.abort();
    await reading;
  });
  return read;
}
