// The simulated terminal against the real connector in a process of its own, journal on disk: what both sides say of
// ticks, orders, fills and positions must be the same, whatever was cut or killed on the way.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readEdgeJournal } from "./edge-journal.ts";
import { parseOptions } from "./options.ts";
import { run, type Summary } from "./run-io.ts";

const CONNECTOR = fileURLToPath(new URL("../../edge/metatrader-connector/main.ts", import.meta.url));
const SECRET = "test-secret-0001";
const TICKS = 12_000;

/** Trades as often as it can. Intents live longer than a window of the lagging broker. */
const SETTINGS = {
  limits: {
    spread_max_points: 100_000,
    quote_age_max_ms: 3_600_000,
    order_volume_max_lots: 1,
    position_volume_max_lots: 2,
    daily_loss_max: 1_000_000,
  },
  strategy: { enter_edge_ppm: 0, exit_edge_ppm: 1_000, hold_max_ms: 300_000, intent_life_ms: 120_000 },
};

interface Edge {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startEdge(directory: string, port = 0): Promise<Edge> {
  const settings = join(directory, "edge.json");
  writeFileSync(settings, JSON.stringify(SETTINGS));
  const env = {
    ...process.env,
    PORT: String(port),
    LOCKSTEP_EDGE_DATA: join(directory, "edge"),
    LOCKSTEP_EA_SECRET: SECRET,
    LOCKSTEP_ACCOUNTS: "12345678@Demo-Server",
    LOCKSTEP_SYMBOLS: "EURUSD,XAUUSD",
    LOCKSTEP_CLOCK: "terminal",
    LOCKSTEP_EDGE_CONFIG: settings,
  };
  const child = fork(CONNECTOR, { env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  return await new Promise((resolve, reject) => {
    child.on("message", (message) => {
      const { ready, port: bound } = message as { ready?: boolean; port?: number };
      if (ready && bound !== undefined) resolve({ child, port: bound });
    });
    child.once("exit", (code, signal) => reject(new Error(`the connector ended (${code ?? signal}): ${log}`)));
  });
}

async function stopEdge({ child }: Edge, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

interface Status {
  readonly ticks: number;
  readonly fills: number;
  readonly open_orders: number;
  readonly order_intents: number;
  readonly journal_failed: boolean;
}

const statusOf = async ({ port }: Edge): Promise<Status> =>
  (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as Status;

function play(o: {
  port: number;
  directory: string;
  faults: string;
  seed: number;
  signal: AbortSignal;
}): Promise<Summary> {
  const config = parseOptions([
    ...["--connect", `127.0.0.1:${o.port}`, "--secret", SECRET, "--symbols", "EURUSD,XAUUSD", "--speed", "max"],
    ...["--max-ticks", String(TICKS), "--seed", String(o.seed), "--faults", o.faults, "--exit", "--offset", "10800"],
    ...["--ledger", join(o.directory, "ledger.jsonl"), "--journal", join(o.directory, "terminal.jsonl")],
  ]);
  assert.ok(config);
  return run({ config, onProgress: () => {}, signal: o.signal });
}

function checkLedger(directory: string): number {
  const lines = readFileSync(join(directory, "ledger.jsonl"), "utf8").trim().split("\n");
  const ids = lines.flatMap((line) => JSON.parse(line).order_send?.cmd_id ?? []);
  assert.equal(new Set(ids).size, ids.length, "one OrderSend for one cmd_id");
  return ids.length;
}

interface Bench {
  readonly directory: string;
  /** Stopped at the end, whatever happens, as is the terminal by the signal. */
  readonly edges: Edge[];
  readonly signal: AbortSignal;
}

async function inDirectory(work: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "terminal-"));
  const edges: Edge[] = [];
  const stopping = new AbortController();
  try {
    await work({ directory, edges, signal: stopping.signal });
  } finally {
    stopping.abort();
    for (const edge of edges) await stopEdge(edge, "SIGKILL");
    rmSync(directory, { recursive: true });
  }
}

function checkEqual(directory: string, summary: Summary): void {
  const journal = readEdgeJournal(join(directory, "edge", "journal"));
  assert.equal(journal.ticks.length, TICKS);
  assert.equal(summary.ticks_acked, TICKS);
  assert.equal(summary.lost_by_connector, 0);
  assert.equal(journal.fills, summary.fills);
  assert.deepEqual(journal.positions, summary.positions);
  assert.equal(summary.order_sends, 1);
  assert.ok(checkLedger(directory) > 20);
}

test("connector: a generated market at full speed: ticks, fills and positions equal; a second run is the same", async () => {
  const equities: number[] = [];
  for (let round = 0; round < 2; round++)
    await inDirectory(async ({ directory, edges, signal }) => {
      const edge = await startEdge(directory);
      edges.push(edge);
      const summary = await play({ port: edge.port, directory, signal, faults: "mild", seed: 3 });
      const status = await statusOf(edge);
      assert.equal(status.open_orders, 0);
      assert.equal(status.journal_failed, false);
      assert.ok(summary.fills > 20);
      await stopEdge(edge);
      checkEqual(directory, summary);
      equities.push(summary.equity);
    });
  assert.equal(equities[0], equities[1]);
});

test("connector: cut lines, lost and doubled answers: nothing lost, nothing twice, positions equal", async () => {
  await inDirectory(async ({ directory, edges, signal }) => {
    const edge = await startEdge(directory);
    edges.push(edge);
    const summary = await play({
      port: edge.port,
      directory,
      signal,
      faults: "wild,cut_before=0.02,cut_after=0.1",
      seed: 5,
    });
    assert.ok(summary.reconnects > 0);
    await stopEdge(edge);
    checkEqual(directory, summary);
  });
});

test("connector: killed and started again, more than once: the terminal goes on where it was", async () => {
  await inDirectory(async ({ directory, edges, signal }) => {
    const first = await startEdge(directory);
    edges.push(first);
    const playing = play({ port: first.port, directory, signal, faults: "mild", seed: 7 });
    let edge = first;
    for (const share of [0.2, 0.5]) {
      while ((await statusOf(edge)).ticks < TICKS * share) await new Promise((resolve) => setTimeout(resolve, 10));
      await stopEdge(edge, "SIGKILL");
      edge = await startEdge(directory, first.port);
      edges.push(edge);
    }
    const summary = await playing;
    assert.ok(summary.reconnects >= 2);
    assert.equal((await statusOf(edge)).open_orders, 0);
    await stopEdge(edge);
    checkEqual(directory, summary);
  });
});
