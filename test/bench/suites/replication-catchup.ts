// A box comes back after an offline day: a real connector has journaled as many records as a day of four busy symbols
// gives, without a cloud; then the cloud appears, and until it has decided all of it again the terminal goes on trading.
// Timed: from the line to the last offline record verified; and the order's latency meanwhile against that before.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { ensureIdentity } from "#mesh/identity/identity-io.ts";
import { startNats } from "#storage/engines/nats.ts";
import { freePort } from "#storage/engines/process.ts";
import {
  type ConnectorProcess,
  startConnectorProcess,
  TinyEa,
} from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { type BenchRow, percentile, row } from "../harness.ts";

/** Gold and three pairs on the busiest days of the real files (130,000 and 80,000 ticks), and a heartbeat every second. */
const DAY_RECORDS = 130_000 + 3 * 80_000 + 86_400;
const AIM_S = 5;
const FRAME_TICKS = 500;
/** All ticks of the day lie in one bar, so that pouring them in gives no orders. */
const START_MS = Date.UTC(2014, 4, 13);
const ROUNDS_BEFORE = 400;
const REJECTED = 10006;

async function startService(main: string, env: Record<string, string>): Promise<{ stop: () => Promise<void> }> {
  const child = fork(main, {
    env: { ...process.env, LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await new Promise<void>((done, fail) => {
    child.once("message", () => done());
    child.once("exit", (code) => fail(new Error(`${main} ended with ${code}`)));
  });
  return {
    stop: () =>
      new Promise((done) => {
        child.removeAllListeners("exit");
        child.once("exit", () => done());
        child.kill("SIGTERM");
      }),
  };
}

class Market {
  readonly ea: TinyEa;
  #minute = 0;

  constructor(port: number) {
    const clock = () => ({ trade: START_MS / 1000, gmt: START_MS / 1000 });
    this.ea = new TinyEa({ port, barsUntilMs: START_MS, clock });
  }

  /** A day's worth of quotes inside one minute: as many records, and no bar that closes. */
  async pour(records: number): Promise<void> {
    const { ea } = this;
    for (let sent = 0; sent < records; sent += FRAME_TICKS) {
      const rows = Array.from({ length: FRAME_TICKS }, (_, i) =>
        this.#quote(START_MS + Math.floor((sent + i) / 20), sent + i),
      );
      const frame = ea.ticks(rows);
      await ea.until(() => ea.acked + 8 >= frame, "room");
    }
    const last = ea.framer.seq;
    await ea.until(() => ea.acked >= last, "the day to be durable", 60_000);
    this.#minute = 1;
  }

  #quote(ms: number, i: number): { ms: number; bid: number; ask: number } {
    return { ms, bid: 1.386 + (i % 50) / 1e5, ask: 1.3861 + (i % 50) / 1e5 };
  }

  /** One tick that closes a bar to its order, microseconds; the broker refuses, so that the next tick gives another. */
  async order(): Promise<number> {
    const { ea } = this;
    const before = ea.commands.length;
    const began = performance.now();
    ea.ticks([this.#quote(START_MS + 60_000 * ++this.#minute, this.#minute)]);
    await ea.until(() => ea.commands.length > before, "an order");
    const took = (performance.now() - began) * 1000;
    const cmd = ea.commands.pop();
    if (cmd) ea.result(cmd, { retcode: REJECTED, final: true });
    const refused = ea.framer.seq;
    await ea.until(() => ea.acked >= refused, "acknowledgement of the refusal");
    return took;
  }
}

interface CatchUp {
  readonly seconds: number;
  readonly records: number;
  readonly before: readonly number[];
  readonly during: readonly number[];
}

/** Trades on until the cloud has verified what was there when the line stood. */
async function catchUp(box: ConnectorProcess, market: Market, appear: () => Promise<void>): Promise<CatchUp> {
  const before: number[] = [];
  for (let i = 0; i < ROUNDS_BEFORE; i++) before.push(await market.order());
  const target = Number((await box.status()).last_seq);
  await appear();
  const state = async () =>
    (await box.status()) as { verified_seq: number; cloud_durable_seq: number; replication: { connected: boolean } };
  let began = 0;
  const during: number[] = [];
  for (;;) {
    const { verified_seq, replication } = await state();
    if (replication.connected && began === 0) began = performance.now();
    if (verified_seq >= target) return { seconds: (performance.now() - began) / 1000, records: target, before, during };
    // Ten orders between two looks: looking costs the connector time too.
    for (let i = 0; i < 10; i++) {
      const took = await market.order();
      if (began > 0) during.push(took);
    }
  }
}

export async function catchupRows(): Promise<BenchRow[]> {
  const root = mkdtempSync(join(process.cwd(), ".bench-catchup-"));
  const at = (name: string): string => join(root, name);
  writeFileSync(at("model.lsm"), sampleModel());
  const limits = { orders_a_minute_max: 64, loss_streak_max: 1_000_000, spread_max_points: 1_000 };
  const strategy = { enter_edge_ppm: 0, intent_life_ms: 600_000 };
  writeFileSync(at("edge.json"), JSON.stringify({ limits, strategy, session: { commands_per_s_max: 1000 } }));
  ensureIdentity(at("tls"), ["data-bridge"]);
  const nats = await startNats({ dataDir: at("nats") });
  const grpc = await freePort();
  const env = { NATS_URL: nats.url, LOCKSTEP_TLS_DIR: at("tls"), LOCKSTEP_MODEL_DIR: root };
  const stops: (() => Promise<unknown>)[] = [() => nats.stop()];
  try {
    stops.push((await startService("cloud/trading-engine/main.ts", { ...env, PORT: "0" })).stop);
    const box = await startConnectorProcess({
      dataDir: at("edge"),
      env: {
        LOCKSTEP_CLOCK: "terminal",
        LOCKSTEP_MODEL: at("model.lsm"),
        LOCKSTEP_EDGE_CONFIG: at("edge.json"),
        BACKEND_URL: `localhost:${grpc}`,
        LOCKSTEP_TLS_DIR: at("tls"),
        LOG_LEVEL: "error",
      },
    });
    stops.push(() => box.kill("SIGTERM"));
    const market = new Market(box.port);
    await market.ea.until(() => market.ea.live, "live");
    await market.pour(DAY_RECORDS);
    const { seconds, records, before, during } = await catchUp(box, market, async () => {
      const bridge = await startService("cloud/data-bridge/main.ts", { ...env, PORT: String(grpc), HEALTH_PORT: "0" });
      stops.push(bridge.stop);
    });
    market.ea.close();
    const latency = (p: number): BenchRow =>
      row({
        name: `tick in to order out at p${p} while an offline day is caught up`,
        unit: "us",
        value: percentile(during, p),
        peer: "the same before the line was back",
        peerValue: percentile(before, p),
        better: "less",
      });
    return [
      row({
        name: `catch-up of an offline day (${records.toLocaleString("en-US")} records, to verified), trading on`,
        unit: "s",
        value: seconds,
        peer: "aim of issue 6",
        peerValue: AIM_S,
        better: "less",
      }),
      latency(50),
      latency(99),
    ];
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(root, { recursive: true, force: true });
  }
}
