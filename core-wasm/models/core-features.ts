// The features of bars as the core itself computes them: the bars go in as history that asks to be scored, the features
// come back in its predictions. So what a model learns from is, bit for bit, what it will score.
import { createHash } from "node:crypto";
import { Core } from "#core-wasm/host/core.ts";
import { assert } from "#proto/errors.ts";
import { FEATURE_COUNT, featureIndex } from "#proto/features.ts";
import { BarHistory, HEADER_OFFSET, ModelDigest, Prediction } from "#proto/generated/records.ts";
import type { BarRow } from "#proto/mt5-files.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import { ARTEFACT_VERSION, writeArtefact } from "./artefact.ts";
import { NEUTRAL_FEATURES, neutralHead } from "./neutral-head.ts";

const SYMBOL = 1;
const NS_PER_MS = 1_000_000n;
/** Bars handed to the core in one call. */
const BARS_A_CALL = 1024;

export interface CloseInputs {
  /** The named features, in the order asked for. */
  readonly values: readonly number[];
  readonly atr_points: number;
}

/** What models read at each bar's close; undefined where the core refused the bar or is not yet warm. */
export async function coreFeatures(
  bars: readonly BarRow[],
  options: { readonly timeframe_s: number; readonly features: readonly string[] },
): Promise<(CloseInputs | undefined)[]> {
  const core = await Core.load();
  const artefact = writeArtefact({ features: NEUTRAL_FEATURES, heads: [neutralHead(options.timeframe_s)], meta: {} });
  core.loadModel(artefact);
  const first = bars[0];
  if (first === undefined) return [];
  core.apply(modelRecord(artefact, closeNs(first, options.timeframe_s)));
  assert(core.status().model_active, "the core takes the neutral model");
  const indices = options.features.map(featureIndex);
  const byTime = new Map<number, CloseInputs>();
  for (let from = 0; from < bars.length; from += BARS_A_CALL) {
    const inputs = barRecords(bars.slice(from, from + BARS_A_CALL), { timeframe_s: options.timeframe_s, from });
    readFeatures(core.apply(inputs), indices, byTime);
  }
  return bars.map((bar) => byTime.get(bar.time_ms));
}

const closeNs = (bar: BarRow, timeframe_s: number): bigint =>
  (BigInt(bar.time_ms) + BigInt(timeframe_s) * 1000n) * NS_PER_MS;

function modelRecord(artefact: Uint8Array, time_ns: bigint): Uint8Array {
  const sha256 = new Uint8Array(createHash("sha256").update(artefact).digest());
  const payload = { sha256, size_bytes: artefact.length, artefact_version: ARTEFACT_VERSION };
  return numbered(encodeRecord(ModelDigest, { time_ns, source: SOURCE.edge }, payload), 1n);
}

function barRecords(bars: readonly BarRow[], o: { timeframe_s: number; from: number }): Uint8Array {
  const length = BarHistory.lengthOf();
  const bytes = new Uint8Array(bars.length * length);
  for (const [i, bar] of bars.entries()) {
    const meta = { time_ns: closeNs(bar, o.timeframe_s), source: SOURCE.terminal, symbol: SYMBOL };
    const record = encodeRecord(BarHistory, meta, {
      open_time_ms: BigInt(bar.time_ms),
      open_points: BigInt(bar.open_points),
      high_points: BigInt(bar.high_points),
      low_points: BigInt(bar.low_points),
      close_points: BigInt(bar.close_points),
      tick_volume: BigInt(bar.tick_volume),
      timeframe_s: o.timeframe_s,
      spread_points: bar.spread_points,
      score: 1,
    });
    bytes.set(numbered(record, BigInt(o.from + i + 2)), i * length);
  }
  return bytes;
}

function numbered(record: Uint8Array, seq: bigint): Uint8Array {
  viewOf(record).setBigUint64(HEADER_OFFSET.seq, seq, true);
  return record;
}

function readFeatures(outputs: Uint8Array, indices: readonly number[], byTime: Map<number, CloseInputs>): void {
  const view = viewOf(outputs);
  walkRecords(outputs, (at, _length, code) => {
    if (code !== Prediction.code) return;
    const prediction = Prediction.read(view, at);
    assert(prediction.features.length === FEATURE_COUNT, "a prediction has every feature");
    if (prediction.warm === 0) return;
    byTime.set(Number(prediction.bar_time_ms), {
      values: indices.map((i) => (prediction.features[i] as { value: number }).value),
      atr_points: prediction.atr_points,
    });
  });
}
