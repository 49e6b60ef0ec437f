// The core alone. Peer: the same validation, quote and two bars in a plain JavaScript loop over the same records, with
// none of the rest (no features, no model, no policy, no risk, no digest). Floor: a bare copy of the records.
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { HEADER_OFFSET, Tick } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { type BenchRow, row, type Suite } from "../harness.ts";
import { indicators } from "./core-indicators.ts";
import { PlainBars } from "./core-plain-loop.ts";
import { risk } from "./core-risk.ts";
import { week } from "./core-week.ts";

const GROUP = 512;

/** Median of the times of one unit of work, nanoseconds, over about `seconds`. */
function medianNs(seconds: number, units: number, work: () => void): number {
  const until = performance.now() + seconds * 1000;
  const samples: number[] = [];
  for (let i = 0; i < 20 || performance.now() < until; i++) {
    const began = performance.now();
    work();
    samples.push(((performance.now() - began) * 1e6) / units);
  }
  return samples.sort((a, b) => a - b)[samples.length >> 1] as number;
}

async function newCore(): Promise<Core> {
  const core = await Core.load();
  core.loadModel(sampleModel());
  return core;
}

/** Ticks inside one minute, numbered on from the core's last record; renumbering is not part of what is timed. */
class QuietTicks {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #seq: bigint;

  constructor(o: { after: Uint8Array; count: number; seq: bigint }) {
    this.bytes = new Uint8Array(o.count * SLOT_BYTES);
    this.#view = viewOf(this.bytes);
    this.#seq = o.seq;
    for (let i = 0; i < o.count; i++) {
      const at = i * SLOT_BYTES;
      this.bytes.set(o.after, at);
      this.#view.setBigInt64(at + Tick.offset.bid_points, 138_600n + BigInt(i % 7), true);
      this.#view.setBigInt64(at + Tick.offset.ask_points, 138_610n + BigInt(i % 5), true);
    }
  }

  renumber(): Uint8Array {
    for (let at = 0; at < this.bytes.length; at += SLOT_BYTES)
      this.#view.setBigUint64(at + HEADER_OFFSET.seq, ++this.#seq, true);
    return this.bytes;
  }
}

/** Median nanoseconds a tick of `count` ticks a call that close no bar: the core, the plain loop, the copy. */
async function quiet(count: number, seconds: number): Promise<{ core: number; plain: number; copy: number }> {
  const core = await newCore();
  const head = sampleStream({ ticks: 1, seed: 1 });
  core.apply(head);
  const ticks = new QuietTicks({ after: head.slice(-SLOT_BYTES), count, seq: core.lastSeq() });
  const plain = new PlainBars();
  const into = new Uint8Array(ticks.bytes.length);
  const repeat = Math.ceil(20_000 / count);
  const groups = Array.from({ length: repeat }, () => ticks.bytes.slice());
  const renumber = (): void => {
    for (const group of groups) group.set(ticks.renumber());
  };
  const timed = (work: (group: Uint8Array) => void): number => {
    const samples: number[] = [];
    const until = performance.now() + (seconds * 1000) / 3;
    while (samples.length < 20 || performance.now() < until) {
      renumber();
      const began = performance.now();
      for (const group of groups) work(group);
      samples.push(((performance.now() - began) * 1e6) / (repeat * count));
    }
    return samples.sort((a, b) => a - b)[samples.length >> 1] as number;
  };
  return {
    core: timed((group) => core.apply(group)),
    plain: timed((group) => plain.apply(group)),
    copy: timed((group) => into.set(group)),
  };
}

async function run({ seconds }: { readonly seconds: number }): Promise<BenchRow[]> {
  const grouped = await quiet(GROUP, seconds);
  const single = await quiet(1, seconds);
  const stream = sampleStream({ ticks: 100_000, seed: 1 });
  const fresh = await newCore();
  const empty = fresh.snapshot();
  const day = medianNs(seconds, 100_000, () => {
    fresh.restore(empty);
    fresh.apply(stream);
  });
  const plainDay = medianNs(seconds, 100_000, () => new PlainBars().apply(stream));
  const loop = "plain JS loop: checks, quote, two bars";
  const ns = { unit: "ns/tick", better: "less" } as const;
  return [
    ...(await week()),
    ...(await risk()),
    ...(await indicators()),
    row({
      name: `tick that closes no bar, ${GROUP} a call`,
      ...ns,
      value: grouped.core,
      peer: loop,
      peerValue: grouped.plain,
    }),
    row({
      name: `the same against its floor`,
      ...ns,
      value: grouped.core,
      peer: "bare copy of the records",
      peerValue: grouped.copy,
    }),
    row({
      name: "tick that closes no bar, alone in a call",
      ...ns,
      value: single.core,
      peer: loop,
      peerValue: single.plain,
    }),
    row({
      name: "ticks 2 s apart: bars, features, scores, intents, verdicts, digest",
      unit: "ticks/s",
      value: 1e9 / day,
      peer: `${loop}, nothing else`,
      peerValue: 1e9 / plainDay,
      better: "more",
    }),
  ];
}

export const suite: Suite = { name: "core", run };
