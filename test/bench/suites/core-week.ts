// The core over real ticks (all files of the shared data; the sample stream where they are absent, and the rows say so),
// against plain C++ -O3 of the same bars, tick statistics and 81 features (test/bench/native).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Core } from "#core-wasm/host/core.ts";
import { sampleStream } from "#core-wasm/host/sample-stream.ts";
import { writeArtefact } from "#core-wasm/models/artefact.ts";
import { describeMarketFile, readTickFile } from "#mesh/world/market-file-io.ts";
import { FEATURE_COUNT } from "#proto/features.ts";
import { HEADER_OFFSET, ModelDigest, Prediction, Tick } from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { SLOT_BYTES, SOURCE } from "#proto/records.ts";
import { type BenchRow, row } from "../harness.ts";

const DATA = new URL("../../../../shared/data/ticks/", import.meta.url);
const NATIVE = new URL("../native/", import.meta.url);
const GROUP_BYTES = 4096 * SLOT_BYTES;
const ROUNDS = 5;

interface Row {
  readonly time_ms: number;
  readonly symbol: number;
  readonly bid: number;
  readonly ask: number;
}

async function realTicks(): Promise<Uint8Array> {
  const rows: Row[] = [];
  const files = readdirSync(DATA).filter((name) => /\.csv(\.gz)?$/.test(name));
  const infos = await Promise.all(
    files.map(async (name) => ({
      path: join(DATA.pathname, name),
      ...(await describeMarketFile(join(DATA.pathname, name))),
    })),
  );
  const names = [...new Set(infos.map(({ symbol }) => symbol))].sort();
  for (const { path, symbol } of infos) {
    const digits = Math.max(...infos.filter((i) => i.symbol === symbol).map((i) => i.digits));
    for await (const batch of readTickFile(path, { digits }))
      for (const r of batch.rows)
        rows.push({ time_ms: r.time_ms, symbol: names.indexOf(symbol) + 1, bid: r.bid_points, ask: r.ask_points });
  }
  rows.sort((a, b) => a.time_ms - b.time_ms);
  return records(rows);
}

/** Seq from 2: the model comes first. */
function records(rows: readonly Row[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * SLOT_BYTES);
  const view = viewOf(bytes);
  for (const [i, r] of rows.entries()) {
    const at = i * SLOT_BYTES;
    view.setBigUint64(at + HEADER_OFFSET.seq, BigInt(i + 2), true);
    view.setBigInt64(at + HEADER_OFFSET.time_ns, BigInt(r.time_ms) * 1_000_000n, true);
    view.setUint16(at + HEADER_OFFSET.kind, Tick.code, true);
    view.setUint16(at + HEADER_OFFSET.symbol, r.symbol, true);
    view.setUint32(at + HEADER_OFFSET.length, SLOT_BYTES, true);
    view.setUint32(at + HEADER_OFFSET.source, SOURCE.terminal, true);
    Tick.write(view, at, {
      broker_time_ms: BigInt(r.time_ms),
      bid_points: BigInt(r.bid),
      ask_points: BigInt(r.ask),
      flags: 6,
      spread_points: r.ask - r.bid,
    });
  }
  return bytes;
}

function sampleTicks(): Uint8Array {
  const stream = sampleStream({ ticks: 400_000, seed: 1 });
  const ticks: Uint8Array[] = [];
  walkRecords(stream, (at, length, code) => {
    if (code === Tick.code) ticks.push(stream.slice(at, at + length));
  });
  const bytes = new Uint8Array(Buffer.concat(ticks));
  for (let i = 0; i < ticks.length; i++)
    viewOf(bytes).setBigUint64(i * SLOT_BYTES + HEADER_OFFSET.seq, BigInt(i + 2), true);
  return bytes;
}

/** A model without an opinion that has all features written at the close of M1 and H1. */
function model(): Uint8Array {
  const head = { kind: 0, warm_bars: 0, logistic: { bias: 0, mean: [0], scale: [1], weight: [0] } };
  const heads = [60, 3600].map((timeframe_s) => ({ ...head, timeframe_s, horizon_s: timeframe_s }));
  return writeArtefact({ features: ["log_return_1"], heads, meta: {} });
}

interface CoreRun {
  readonly nsPerTick: number;
  /** Sum of the sizes of all features of all predictions. */
  readonly sum: number;
}

async function coreRun(ticks: Uint8Array): Promise<CoreRun> {
  const artefact = model();
  const core = await Core.load();
  core.loadModel(artefact);
  const empty = core.snapshot();
  const time_ns = viewOf(ticks).getBigInt64(HEADER_OFFSET.time_ns, true);
  const sha256 = new Uint8Array(createHash("sha256").update(artefact).digest());
  const digest = { sha256, size_bytes: artefact.length, artefact_version: 2 };
  const first = encodeRecord(ModelDigest, { time_ns, source: SOURCE.edge }, digest);
  viewOf(first).setBigUint64(HEADER_OFFSET.seq, 1n, true);
  let best = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    core.restore(empty);
    core.apply(first);
    const outputs: Uint8Array[] = [];
    const began = performance.now();
    for (let at = 0; at < ticks.length; at += GROUP_BYTES)
      outputs.push(core.apply(ticks.subarray(at, at + GROUP_BYTES)));
    best = Math.min(best, ((performance.now() - began) * 1e6) / (ticks.length / SLOT_BYTES));
    sum = outputs.reduce((total, bytes) => total + sizeOfFeatures(bytes), 0);
  }
  return { nsPerTick: best, sum };
}

function sizeOfFeatures(outputs: Uint8Array): number {
  const view = viewOf(outputs);
  let sum = 0;
  walkRecords(outputs, (at, _length, code) => {
    if (code !== Prediction.code) return;
    for (const { value } of Prediction.read(view, at).features) sum += Math.abs(value);
  });
  return sum;
}

interface NativeRun {
  readonly ns_per_tick: number;
  readonly sum: number;
}

function nativeRun(ticks: Uint8Array): NativeRun {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-native-"));
  try {
    const binary = join(folder, "features");
    const file = join(folder, "ticks");
    writeFileSync(file, ticks);
    const source = new URL("features.cpp", NATIVE).pathname;
    execFileSync("g++", ["-O3", "-std=c++20", "-o", binary, source], { stdio: ["ignore", "ignore", "inherit"] });
    return JSON.parse(execFileSync(binary, [file, String(ROUNDS)], { encoding: "utf8" })) as NativeRun;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function week(): Promise<BenchRow[]> {
  const real = existsSync(DATA);
  const ticks = real ? await realTicks() : sampleTicks();
  const what = real ? "the real week" : "made-up ticks (no real data here)";
  const count = ticks.length / SLOT_BYTES;
  const core = await coreRun(ticks);
  let native: NativeRun;
  try {
    native = nativeRun(ticks);
  } catch (cause) {
    throw new Error("the native peer cannot be built: install g++ (Debian: apt-get install g++)", { cause });
  }
  if (Math.abs(native.sum - core.sum) > 1e-9 * core.sum)
    throw new Error(`the native peer does other work: features sum to ${native.sum}, the core's to ${core.sum}`);
  const peer = "plain C++ -O3: the same bars and features, no records, no digest";
  return [
    row({
      name: `replay of ${what}, ${count.toLocaleString("en-US")} ticks: 8 series, ${FEATURE_COUNT} features, predictions, digest`,
      unit: "ticks/s",
      value: 1e9 / core.nsPerTick,
      peer,
      peerValue: 1e9 / native.ns_per_tick,
      better: "more",
    }),
    row({
      name: `features of ${what}: time a tick and feature`,
      unit: "ns",
      value: core.nsPerTick / FEATURE_COUNT,
      peer,
      peerValue: native.ns_per_tick / FEATURE_COUNT,
      better: "less",
    }),
  ];
}
