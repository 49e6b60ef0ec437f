// The core over real ticks with all features and risk: the module alone against plain C++, and with its host.
import { Core } from "#core-wasm/host/core.ts";
import { FEATURE_COUNT } from "#proto/features.ts";
import { REASONS } from "#proto/reasons.ts";
import { type BenchRow, row } from "../harness.ts";
import { NativeCore } from "./core-native.ts";
import { BareModule, type BenchStream, benchStream } from "./core-stream.ts";

const ROUNDS = 7;
const CHUNK_BYTES = 1 << 18;

const least = (values: readonly number[]): number => Math.min(...values);

/** Nanoseconds of one replay through the host: copies in and out, and the digest of the outputs. */
function hostNs(core: Core, empty: Uint8Array, records: Uint8Array): number {
  core.restore(empty);
  const began = process.cpuUsage();
  for (let at = 0; at < records.length; at += CHUNK_BYTES) core.apply(records.subarray(at, at + CHUNK_BYTES));
  const { user, system } = process.cpuUsage(began);
  return (user + system) * 1000;
}

async function measure({ bytes, ticks, artefact }: BenchStream) {
  using native = new NativeCore(bytes);
  const module = await BareModule.load(artefact);
  const same = Buffer.compare(module.run(bytes).outputs, native.outputs()) === 0;
  if (!same) throw new Error("the native peer does other work: its outputs are not the module's");
  const core = await Core.load();
  core.loadModel(artefact);
  const empty = core.snapshot();
  const times = { module: [] as number[], plain: [] as number[], native: [] as number[], host: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.plain.push(native.ns("plain"));
    times.module.push(module.run(bytes).ns / ticks);
    times.native.push(native.ns("native"));
    times.host.push(hostNs(core, empty, bytes) / ticks);
  }
  return {
    module: least(times.module),
    plain: least(times.plain),
    native: least(times.native),
    host: least(times.host),
  };
}

export async function week(): Promise<BenchRow[]> {
  const stream = await benchStream();
  const { what } = stream;
  const { module, plain, native, host } = await measure(stream);
  const count = stream.ticks.toLocaleString("en-US");
  const work = `${FEATURE_COUNT} features, scores, ${REASONS.length} checks an intent, records out`;
  const peer = "plain C++ -O3, the same steps, the same output bytes";
  const rate = { unit: "ticks/s", better: "more" } as const;
  return [
    row({
      name: `replay of ${what}, ${count} ticks: ${work}; the module alone`,
      ...rate,
      value: 1e9 / module,
      peer,
      peerValue: 1e9 / plain,
    }),
    row({
      name: `replay of ${what}, the module alone, against C++ for this very processor`,
      ...rate,
      value: 1e9 / module,
      peer: "the same C++, -O3 -march=native",
      peerValue: 1e9 / native,
    }),
    row({
      name: `replay of ${what} with the host: copies and the digest of the outputs`,
      ...rate,
      value: 1e9 / host,
      peer,
      peerValue: 1e9 / plain,
    }),
    row({
      name: `features of ${what}, everything else included: time a tick and feature`,
      unit: "ns",
      value: module / FEATURE_COUNT,
      peer,
      peerValue: plain / FEATURE_COUNT,
      better: "less",
    }),
  ];
}
