// The core over real ticks with all features and risk: the module alone against plain C++, and with its host.
import { Core } from "#core-wasm/host/core.ts";
import { FEATURE_COUNT } from "#proto/features.ts";
import { REASONS } from "#proto/reasons.ts";
import { type BenchRow, median, row } from "../harness.ts";
import { NativeCore } from "./core-native.ts";
import { BareModule, type BenchStream, benchStream } from "./core-stream.ts";

/** Short rounds in turns: a neighbour's burst falls on both sides of a ratio, or on few of them. */
const ROUNDS = 11;
const CHUNK_BYTES = 1 << 18;

/** Nanoseconds of one replay through the host: copies in and out, and the digest of the outputs. */
function hostNs(core: Core, empty: Uint8Array, records: Uint8Array): number {
  core.restore(empty);
  const began = process.threadCpuUsage();
  for (let at = 0; at < records.length; at += CHUNK_BYTES) core.apply(records.subarray(at, at + CHUNK_BYTES));
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) * 1000;
}

interface Round {
  /** Nanoseconds of processor time a tick. */
  readonly plain: number;
  readonly module: number;
  readonly native: number;
  readonly host: number;
}

async function measure({ bytes, ticks, artefact }: BenchStream) {
  using native = new NativeCore(bytes);
  const module = await BareModule.load(artefact);
  const same = Buffer.compare(module.run(bytes).outputs, native.outputs()) === 0;
  if (!same) throw new Error("the native peer does other work: its outputs are not the module's");
  const core = await Core.load();
  core.loadModel(artefact);
  const empty = core.snapshot();
  const rounds = Array.from({ length: ROUNDS }, () => ({
    plain: native.ns("plain"),
    module: module.run(bytes).ns / ticks,
    native: native.ns("native"),
    host: hostNs(core, empty, bytes) / ticks,
  }));
  return { rounds, module: median(rounds.map((r) => r.module)) };
}

/** The module's own median time, and a peer's that stands to it as in the median round: what a ratio is worth on a noisy machine. */
function against(rounds: readonly Round[], ours: "module" | "host", peer: "plain" | "native") {
  const value = median(rounds.map((r) => r[ours]));
  return { value, peerValue: value / median(rounds.map((r) => r[ours] / r[peer])) };
}

export async function week(): Promise<BenchRow[]> {
  const stream = await benchStream();
  const { what } = stream;
  const { rounds, module } = await measure(stream);
  const plain = against(rounds, "module", "plain");
  const native = against(rounds, "module", "native");
  const host = against(rounds, "host", "plain");
  const count = stream.ticks.toLocaleString("en-US");
  const work = `${FEATURE_COUNT} features, scores, ${REASONS.length} checks an intent, records out`;
  const peer = "plain C++ -O3, the same steps, the same output bytes";
  const rate = { unit: "ticks/s", better: "more" } as const;
  return [
    row({
      name: `replay of ${what}, ${count} ticks: ${work}; the module alone`,
      ...rate,
      value: 1e9 / plain.value,
      peer,
      peerValue: 1e9 / plain.peerValue,
    }),
    row({
      name: `replay of ${what}, the module alone, against C++ for this very processor`,
      ...rate,
      value: 1e9 / native.value,
      peer: "the same C++, -O3 -march=native",
      peerValue: 1e9 / native.peerValue,
    }),
    row({
      name: `replay of ${what} with the host: copies and the digest of the outputs`,
      ...rate,
      value: 1e9 / host.value,
      peer,
      peerValue: 1e9 / host.peerValue,
    }),
    row({
      name: `features of ${what}, everything else included: time a tick and feature`,
      unit: "ns",
      value: module / FEATURE_COUNT,
      peer,
      peerValue: plain.peerValue / FEATURE_COUNT,
      better: "less",
    }),
  ];
}
