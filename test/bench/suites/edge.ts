// The edge as one process on this machine's disk: one tick in to its order out, against a bare TCP socket that writes and
// syncs 64 bytes before it answers; and ticks a second, against the same bytes into a file with group sync.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { Ticks } from "#proto/generated/mtx1.ts";
import { FRAME_HEADER_BYTES } from "#proto/mtx1.ts";
import {
  type ConnectorProcess,
  startConnectorProcess,
  TinyEa,
} from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { type BenchRow, percentile, row, type Suite } from "../harness.ts";

/** Rounds before the first that counts: code is compiled by then. */
const WARM = 3000;
/** The two sides take turns this often. */
const TURNS = 10;
/** One tick, as a frame. */
const TICK_FRAME_BYTES = FRAME_HEADER_BYTES + Ticks.fixed + Ticks.row.bytes;
const FRAME_TICKS = 512;
const START_MS = Date.UTC(2014, 4, 13);

const price = (i: number) => ({ bid: 1.386 + (i % 50) / 1e5, ask: 1.3861 + (i % 50) / 1e5 });

async function withConnector<T>(timeframe_s: 60 | 3600, body: (p: ConnectorProcess) => Promise<T>): Promise<T> {
  // In the working directory, so that it is the disk of the project and not a memory file system.
  const root = mkdtempSync(join(process.cwd(), ".bench-edge-"));
  try {
    const model = join(root, "model.lsm");
    const config = join(root, "edge.json");
    writeFileSync(model, sampleModel());
    const strategy = { enter_edge_ppm: 0, intent_life_ms: 600_000, timeframe_s };
    writeFileSync(config, JSON.stringify({ strategy, session: { commands_per_s_max: 1000 } }));
    const env = { LOCKSTEP_CLOCK: "terminal", LOCKSTEP_MODEL: model, LOCKSTEP_EDGE_CONFIG: config };
    const connector = await startConnectorProcess({ dataDir: join(root, "edge"), env });
    try {
      return await body(connector);
    } finally {
      await connector.kill("SIGTERM");
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function live(port: number): Promise<TinyEa> {
  const clock = () => ({ trade: START_MS / 1000, gmt: START_MS / 1000 });
  const ea = new TinyEa({ port, barsUntilMs: START_MS, clock });
  await ea.until(() => ea.live, "live");
  return ea;
}

/** Sends one tick and waits for its order. */
type Round = () => Promise<void>;

/** Each tick closes an M1 bar and so gives an order; it is refused by the broker, so that the next tick gives another. */
async function orderRounds(port: number): Promise<{ round: Round; settle: Round; close: () => void }> {
  const ea = await live(port);
  let i = 0;
  let before = 0;
  const tick = () => ea.ticks([{ ms: START_MS + i * 60_000, ...price(i++) }]);
  // The first tick opens a bar and closes none.
  tick();
  const round = async () => {
    before = ea.commands.length;
    tick();
    await ea.until(() => ea.commands.length > before, `order ${i}`);
  };
  const settle = async () => {
    const cmd = ea.commands.pop();
    if (!cmd) throw new Error("an order was announced and is not there");
    ea.result(cmd, { retcode: 10006, final: true });
    const refused = ea.framer.seq;
    await ea.until(() => ea.acked >= refused, "acknowledgement of the refusal");
  };
  return { round, settle, close: () => ea.close() };
}

function echoRound(socket: Socket): Round {
  const frame = Buffer.alloc(TICK_FRAME_BYTES, 5);
  return () =>
    new Promise<void>((resolve) => {
      socket.once("data", () => resolve());
      socket.write(frame);
    });
}

/** Times of rounds in microseconds, for `seconds` or, to warm up, WARM rounds. */
async function timed(o: { round: Round; settle?: Round; seconds?: number }): Promise<number[]> {
  const samples: number[] = [];
  const until = o.seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + o.seconds * 1000;
  while (o.seconds === undefined ? samples.length < WARM : performance.now() < until) {
    const began = performance.now();
    await o.round();
    samples.push((performance.now() - began) * 1000);
    await o.settle?.();
  }
  return samples;
}

/** Both sides in turns, so that a noisy second of the machine falls on both. */
async function latencies(seconds: number): Promise<{ floor: number[]; order: number[] }> {
  return withFloor("echo", (socket) =>
    withConnector(60, async ({ port }) => {
      const orders = await orderRounds(port);
      const echo = { round: echoRound(socket) };
      await timed(echo);
      await timed(orders);
      const floor: number[] = [];
      const order: number[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        floor.push(...(await timed({ ...echo, seconds: seconds / TURNS })));
        order.push(...(await timed({ ...orders, seconds: seconds / TURNS })));
      }
      orders.close();
      return { floor, order };
    }),
  );
}

async function withFloor<T>(mode: "echo" | "sink", body: (socket: Socket) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(process.cwd(), ".bench-edge-"));
  const child = fork(new URL("./edge-floor.ts", import.meta.url), [mode, join(root, "floor")], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  try {
    const port = await new Promise<number>((resolve) =>
      child.once("message", (message) => resolve((message as { port: number }).port)),
    );
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    const result = await body(socket);
    socket.destroy();
    return result;
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await gone;
    rmSync(root, { recursive: true });
  }
}

/** Writes as fast as the other side reads. */
async function pour(socket: Socket, o: { seconds: number; next: () => Uint8Array }): Promise<void> {
  const until = performance.now() + o.seconds * 1000;
  while (performance.now() < until) {
    if (!socket.write(o.next())) await new Promise<void>((resolve) => socket.once("drain", () => resolve()));
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

async function ticksPerSecond(seconds: number): Promise<number> {
  return withConnector(3600, async ({ port, status }) => {
    const ea = await live(port);
    let sent = 0;
    const began = performance.now();
    const next = (): Uint8Array => {
      const rows = Array.from({ length: FRAME_TICKS }, (_, i) => {
        const { bid, ask } = price(sent + i);
        return { dt_ms: i * 20, flags: 6, bid, ask, last: 0, volume_real: 0 };
      });
      const base_msc = BigInt(START_MS + sent * 20);
      sent += FRAME_TICKS;
      return ea.framer.encode(Ticks, { symbol_id: 7, source: 0, flags: 0, base_msc, index_of_first: 0n, rows });
    };
    await pour(ea.socket, { seconds, next });
    await ea.until(() => ea.acked >= ea.framer.seq, "the last acknowledgement", 60_000);
    const rate = sent / ((performance.now() - began) / 1000);
    const { ticks } = await status();
    if (ticks !== sent) throw new Error(`${sent} ticks were sent, the connector has ${ticks}`);
    ea.close();
    return rate;
  });
}

async function sunkTicksPerSecond(seconds: number): Promise<number> {
  return withFloor("sink", async (socket) => {
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + Ticks.fixed + FRAME_TICKS * Ticks.row.bytes, 5);
    let frames = 0;
    let synced = 0;
    let onSynced = (): void => undefined;
    socket.on("data", (reply: Buffer) => {
      synced = Number(reply.readBigUInt64LE(reply.length - 8));
      onSynced();
    });
    const began = performance.now();
    const next = (): Uint8Array => {
      frames++;
      return frame;
    };
    await pour(socket, { seconds, next });
    await new Promise<void>((resolve) => {
      onSynced = () => synced === frames * frame.length && resolve();
      onSynced();
    });
    return (frames * FRAME_TICKS) / ((performance.now() - began) / 1000);
  });
}

async function run({ seconds }: { seconds: number }): Promise<BenchRow[]> {
  const { floor, order } = await latencies(seconds);
  const peer = "TCP echo + write + fdatasync of 64 B";
  const latency = (p: number): BenchRow =>
    row({
      name: `tick in to order out, p${p}`,
      unit: "us",
      value: percentile(order, p),
      peer,
      peerValue: percentile(floor, p),
      better: "less",
    });
  const sunk = await sunkTicksPerSecond(seconds);
  return [
    latency(50),
    latency(99),
    row({
      name: "ticks taken, decided, durable and acknowledged",
      unit: "ticks/s",
      value: await ticksPerSecond(seconds),
      peer: "the same bytes into a file, group sync",
      peerValue: sunk,
      better: "more",
    }),
  ];
}

export const suite: Suite = { name: "edge", run };
