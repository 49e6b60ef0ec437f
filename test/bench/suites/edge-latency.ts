// One tick in to its order out, against a bare TCP socket that writes and syncs 64 bytes before it answers. The two (and the
// box alone and the whole box) take turns many times in one run, so that a noisy second of the machine falls on all.

import type { Socket } from "node:net";
import { Ticks } from "#proto/generated/mtx1.ts";
import { FRAME_HEADER_BYTES } from "#proto/mtx1.ts";
import { TinyEa } from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { percentile } from "../harness.ts";
import { type BenchBox, openBox } from "./edge-box.ts";
import { withFloor } from "./edge-floor-process.ts";

/** Rounds before the first that counts: code is compiled by then. */
const WARM = 3000;
const TURNS = 20;
/** One tick, as a frame. */
const TICK_FRAME_BYTES = FRAME_HEADER_BYTES + Ticks.fixed + Ticks.row.bytes;
export const START_MS = Date.UTC(2014, 4, 13);

export const price = (i: number) => ({ bid: 1.386 + (i % 50) / 1e5, ask: 1.3861 + (i % 50) / 1e5 });

export async function live(port: number, login = 1n): Promise<TinyEa> {
  const clock = () => ({ trade: START_MS / 1000, gmt: START_MS / 1000 });
  const ea = new TinyEa({ port, login, instanceId: 5n + login, barsUntilMs: START_MS, clock, heartbeats: true });
  await ea.until(() => ea.live, "live");
  return ea;
}

/** Sends something and waits for its answer. */
type Round = () => Promise<void>;
interface Side {
  readonly round: Round;
  /** Between two rounds, not measured. */
  readonly settle?: Round;
}

/** Each tick closes an M1 bar and so gives an order; it is refused by the broker, so that the next tick gives another. */
function orderSide(ea: TinyEa): Side {
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
  return { round, settle };
}

function echoSide(socket: Socket): Side {
  const frame = Buffer.alloc(TICK_FRAME_BYTES, 5);
  return {
    round: () =>
      new Promise<void>((resolve) => {
        socket.once("data", () => resolve());
        socket.write(frame);
      }),
  };
}

/** Times of rounds in microseconds, for `seconds` or, to warm up, WARM rounds. */
async function timed(side: Side, seconds?: number): Promise<number[]> {
  const samples: number[] = [];
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
  while (seconds === undefined ? samples.length < WARM : performance.now() < until) {
    const began = performance.now();
    await side.round();
    samples.push((performance.now() - began) * 1000);
    await side.settle?.();
  }
  return samples;
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export interface Latencies {
  readonly floor: Latency;
  /** The connector alone. */
  readonly alone: Latency;
  /** With the page open and replication running. */
  readonly whole: Latency;
}

/** Medians over the turns: one bad turn of the machine is one turn. */
const overTurns = (turns: readonly number[][]): Latency => {
  const median = (p: number) =>
    percentile(
      turns.map((samples) => percentile(samples, p)),
      50,
    );
  return { p50: median(50), p99: median(99) };
};

export async function latencies(seconds: number): Promise<Latencies> {
  const boxes: BenchBox[] = [];
  const open = async (whole: boolean): Promise<TinyEa> => {
    const box = await openBox({ timeframe_s: 60, whole });
    boxes.push(box);
    return live(box.port);
  };
  try {
    return await withFloor("echo", async (socket) => {
      const eas = [await open(false), await open(true)] as const;
      const sides = { floor: echoSide(socket), alone: orderSide(eas[0]), whole: orderSide(eas[1]) };
      for (const side of Object.values(sides)) await timed(side);
      const taken = { floor: [] as number[][], alone: [] as number[][], whole: [] as number[][] };
      for (let turn = 0; turn < TURNS; turn++)
        for (const name of ["floor", "alone", "whole"] as const)
          taken[name].push(await timed(sides[name], seconds / TURNS));
      const beside = await boxes[1]?.beside();
      for (const ea of eas) ea.close();
      if (!beside || beside.pageBytes === 0 || beside.cloudSeq === 0)
        throw new Error("the page got nothing or the cloud has nothing: the whole box was not measured");
      return { floor: overTurns(taken.floor), alone: overTurns(taken.alone), whole: overTurns(taken.whole) };
    });
  } finally {
    for (const box of boxes) await box.close();
  }
}
