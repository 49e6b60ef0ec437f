// The edge as processes on this machine's disk: one tick in to its order out, alone and with the page open and replication
// running, against a bare TCP socket that writes and syncs 64 bytes before it answers; ticks a second as fast as they go,
// against the same bytes into a file with group sync; and eight terminals at a steady rate.
import type { Socket } from "node:net";
import { Ticks } from "#proto/generated/mtx1.ts";
import { FRAME_HEADER_BYTES } from "#proto/mtx1.ts";
import { type BenchRow, row, type Suite } from "../harness.ts";
import { openBox } from "./edge-box.ts";
import { withFloor } from "./edge-floor-process.ts";
import { type Latencies, latencies, live, price, START_MS } from "./edge-latency.ts";
import { type Sustained, sustained } from "./edge-terminals.ts";

const FRAME_TICKS = 512;
/** Of eight terminals together, as asked for. */
const STEADY_TICKS_PER_S = 50_000;
const STEADY_S = 10;
const RESIDENT_MB_MOST = 200;
/** Ticks that wait longer were not taken in step. */
const LAG_MS_MOST = 1_000;

/** Writes as fast as the other side reads. */
async function pour(socket: Socket, o: { seconds: number; next: () => Uint8Array }): Promise<void> {
  const until = performance.now() + o.seconds * 1000;
  while (performance.now() < until) {
    if (!socket.write(o.next())) await new Promise<void>((resolve) => socket.once("drain", () => resolve()));
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

async function ticksPerSecond(seconds: number): Promise<number> {
  const box = await openBox({ timeframe_s: 3600 });
  try {
    const ea = await live(box.port);
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
    const { ticks } = await box.status();
    if (ticks !== sent) throw new Error(`${sent} ticks were sent, the connector has ${ticks}`);
    ea.close();
    return rate;
  } finally {
    await box.close();
  }
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

function latencyRows({ floor, alone, whole }: Latencies): BenchRow[] {
  const peer = "TCP echo + write + fdatasync of 64 B";
  const one = (name: string, p: "p50" | "p99", value: number): BenchRow =>
    row({ name: `tick in to order out${name}, ${p}`, unit: "us", value, peer, peerValue: floor[p], better: "less" });
  return (["p50", "p99"] as const).flatMap((p) => [
    one("", p, alone[p]),
    one(", page open and replication running", p, whole[p]),
  ]);
}

function steadyRows({ one, many }: { one: Sustained; many: Sustained }): BenchRow[] {
  const { lagMs, terminals } = many;
  const of = `${terminals} terminals, ${STEADY_S} s`;
  const memory = (what: string, value: number): BenchRow =>
    row({ name: what, unit: "MB", value, peer: "aim", peerValue: RESIDENT_MB_MOST, better: "less" });
  const lag = (what: string, value: number): BenchRow =>
    row({ name: `${of}: ${what}`, unit: "ms", value, peer: "most allowed", peerValue: LAG_MS_MOST, better: "less" });
  return [
    row({
      name: `${of}: ticks taken once, decided, durable`,
      unit: "ticks/s",
      value: many.ticksPerS,
      peer: "aim",
      peerValue: STEADY_TICKS_PER_S,
      better: "more",
    }),
    lag("sent to acknowledged, p99", lagMs.p99),
    lag("sent to acknowledged, the longest", lagMs.most),
    memory("resident memory of the connector, 1 terminal, after its ticks", one.residentMb.after),
    memory(`resident memory of the connector, ${terminals} terminals, idle`, many.residentMb.idle),
    memory(`resident memory of the connector, ${terminals} terminals, after their ticks`, many.residentMb.after),
  ];
}

async function run({ seconds }: { seconds: number }): Promise<BenchRow[]> {
  const rows = latencyRows(await latencies(seconds));
  const sunk = await sunkTicksPerSecond(seconds);
  rows.push(
    row({
      name: "ticks taken, decided, durable and acknowledged",
      unit: "ticks/s",
      value: await ticksPerSecond(seconds),
      peer: "the same bytes into a file, group sync",
      peerValue: sunk,
      better: "more",
    }),
  );
  const one = await sustained({ terminals: 1, rate: STEADY_TICKS_PER_S / 8, seconds });
  const many = await sustained({ terminals: 8, rate: STEADY_TICKS_PER_S, seconds: STEADY_S });
  return [...rows, ...steadyRows({ one, many })];
}

export const suite: Suite = { name: "edge", run };
