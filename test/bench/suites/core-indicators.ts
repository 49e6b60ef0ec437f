// The core's indicators against a streaming library of npm (trading-signals), bar by bar. The core's time holds everything
// it does with a bar: taking the record in, all features (these indicators among them), the prediction written; the
// library's only its indicators. Once by indicator, once all over all.

import { createHash } from "node:crypto";
import * as ts from "trading-signals";
import { ARTEFACT_VERSION, writeArtefact } from "#core-wasm/models/artefact.ts";
import { NEUTRAL_FEATURES, neutralHead } from "#core-wasm/models/neutral-head.ts";
import { probeBars } from "#core-wasm/models/probe.ts";
import { FEATURE_COUNT } from "#proto/features.ts";
import { BarHistory, HEADER_OFFSET, ModelDigest } from "#proto/generated/records.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import { type BenchRow, row } from "../harness.ts";
import { BareModule } from "./core-stream.ts";

const BARS = 50_000;
const ROUNDS = 5;
const bars = () =>
  probeBars({ count: BARS, timeframe_s: 60, seed: 5 }).map((b, i) => ({ ...b, tick_volume: 20 + (i % 41) }));

/** Of closes, of bars: those that the core has too. */
function library() {
  const closes = [
    new ts.SMA(10),
    new ts.SMA(20),
    new ts.SMA(50),
    new ts.EMA(10),
    new ts.EMA(20),
    new ts.EMA(50),
    new ts.WMA(20),
    new ts.MACD(new ts.EMA(12), new ts.EMA(26), new ts.EMA(9)),
    new ts.RSI(14),
    new ts.BollingerBands(20, 2),
    new ts.ROC(12),
    new ts.MOM(10),
    new ts.LinearRegression(14),
  ];
  const candles = [
    new ts.ATR(14),
    new ts.ATR(50),
    new ts.ADX(14),
    new ts.CCI(20),
    new ts.WilliamsR(14),
    new ts.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }),
    new ts.OBV(2),
  ];
  return { closes, candles };
}

function libraryNs(): { ns: number; indicators: number } {
  const candles = bars().map((b) => ({
    open: b.open_points,
    high: b.high_points,
    low: b.low_points,
    close: b.close_points,
    volume: b.tick_volume,
  }));
  let best = Number.POSITIVE_INFINITY;
  let indicators = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const set = library();
    indicators = set.closes.length + set.candles.length;
    const began = process.cpuUsage();
    for (const candle of candles) {
      for (const indicator of set.closes) indicator.update(candle.close, false);
      for (const indicator of set.candles) indicator.update(candle, false);
    }
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, ((user + system) * 1000) / BARS);
  }
  return { ns: best, indicators };
}

/** A history of bars to be scored: nanoseconds a bar of the module alone, all of its features and the record included. */
async function coreNs(): Promise<number> {
  const artefact = writeArtefact({ features: NEUTRAL_FEATURES, heads: [neutralHead(60)], meta: {} });
  const module = await BareModule.load(artefact);
  const sha256 = new Uint8Array(createHash("sha256").update(artefact).digest());
  const digest = { sha256, size_bytes: artefact.length, artefact_version: ARTEFACT_VERSION };
  const records = [encodeRecord(ModelDigest, { time_ns: 1n, source: SOURCE.edge }, digest)];
  for (const b of bars())
    records.push(
      encodeRecord(
        BarHistory,
        { time_ns: BigInt(b.time_ms + 60_000) * 1_000_000n, source: SOURCE.terminal, symbol: 1 },
        {
          open_time_ms: BigInt(b.time_ms),
          open_points: BigInt(b.open_points),
          high_points: BigInt(b.high_points),
          low_points: BigInt(b.low_points),
          close_points: BigInt(b.close_points),
          tick_volume: BigInt(b.tick_volume),
          timeframe_s: 60,
          spread_points: 10,
          score: 1,
        },
      ),
    );
  for (const [i, record] of records.entries()) viewOf(record).setBigUint64(HEADER_OFFSET.seq, BigInt(i + 1), true);
  const all = new Uint8Array(Buffer.concat(records));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.min(best, module.run(all).ns / BARS);
  }
  return best;
}

export async function indicators(): Promise<BenchRow[]> {
  const peer = libraryNs();
  const core = await coreNs();
  const library = `trading-signals 8.3.0, ${peer.indicators} of the same indicators`;
  return [
    row({
      name: `features at a bar's close, recorded: time a bar and feature (${FEATURE_COUNT} of them)`,
      unit: "ns",
      value: core / FEATURE_COUNT,
      peer: `${library}: time a bar and indicator`,
      peerValue: peer.ns / peer.indicators,
      better: "less",
    }),
    row({
      name: `features at a bar's close, recorded: time a bar of all ${FEATURE_COUNT}`,
      unit: "ns",
      value: core,
      peer: `${library}: time a bar of these alone`,
      peerValue: peer.ns,
      better: "less",
    }),
  ];
}
