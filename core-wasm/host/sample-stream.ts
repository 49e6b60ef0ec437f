// A small made-up stream for tests and benches: one symbol with everything it needs to trade, and a seeded random walk
// of ticks. Not a market: test/terminal has that.
import { createHash } from "node:crypto";
import { FEATURE_NAMES } from "#proto/features.ts";
import {
  Account,
  BarHistory,
  HEADER_OFFSET,
  Link,
  ModelDigest,
  ModelShadow,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
  StreamStart,
  SymbolSpec,
  Tick,
} from "#proto/generated/records.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { HEADER_BYTES, LAYOUT_VERSION } from "#proto/records.ts";
import { HEAD_KIND, writeArtefact } from "../models/artefact.ts";
import { plainSpec } from "./plain-spec.ts";
import { WIDE_LIMITS, WIDE_STRATEGY_LIMITS } from "./wide-limits.ts";

const START_MS = 1_400_000_040_000;
const MS = 1_000_000n;

/** A model of two M1 heads whose direction follows the last return strongly enough to trade. */
export function sampleModel(): Uint8Array {
  const all = (value: number): number[] => FEATURE_NAMES.map(() => value);
  const logistic = { bias: 0, mean: all(0), scale: all(1), weight: [400, ...all(0.01).slice(1)] };
  const head = { timeframe_s: 60, horizon_s: 60, warm_bars: 0, logistic };
  const heads = [HEAD_KIND.direction, HEAD_KIND.high_volatility].map((kind) => ({ ...head, kind }));
  return writeArtefact({ features: FEATURE_NAMES, heads, meta: {} });
}

const named = (artefact: Uint8Array): ModelDigest => ({
  sha256: createHash("sha256").update(artefact).digest(),
  size_bytes: artefact.length,
  artefact_version: 1,
});

/** Whole input records with seq from 1: configuration, 60 history bars, then ticks about two seconds apart. */
export function sampleStream(o: {
  readonly ticks: number;
  readonly seed: number;
  /** Scores beside the model; none when absent. */
  readonly shadow?: Uint8Array;
}): Uint8Array {
  const parts: Uint8Array[] = [];
  const at = (ms: number) => ({ time_ns: BigInt(ms) * MS, source: 1 });
  const symbol = { ...at(START_MS), symbol: 1 };
  const model = sampleModel();
  parts.push(
    encodeRecord(StreamStart, at(START_MS), {
      stream_id: new Uint8Array(16).fill(7),
      edge_name: "sample",
      core_sha256: new Uint8Array(32),
      public_key: new Uint8Array(32),
      layout_version: LAYOUT_VERSION,
    }),
    encodeRecord(ModelDigest, at(START_MS), named(model)),
    ...(o.shadow ? [encodeRecord(ModelShadow, at(START_MS), named(o.shadow))] : []),
    encodeRecord(RiskLimits, at(START_MS), {
      order_volume_max_microlots: 1_000_000n,
      position_volume_max_microlots: 1_000_000n,
      daily_loss_max_micros: 1_000_000_000n,
      spread_max_points: 25n,
      quote_age_max_ms: 10_000n,
      day_start_offset_s: 0,
      limits_version: 1,
      ...WIDE_LIMITS,
    }),
    encodeRecord(StrategyLimits, at(START_MS), WIDE_STRATEGY_LIMITS),
    encodeRecord(StrategyParams, at(START_MS), {
      volume_microlots: 100_000n,
      hold_max_ms: 600_000n,
      intent_life_ms: 2_000n,
      enter_edge_ppm: 10_000,
      exit_edge_ppm: 10_000,
      stop_atr_milli: 2_000,
      target_atr_milli: 3_000,
      deviation_points: 10,
      timeframe_s: 60,
      strategy_id: 1,
      params_version: 1,
      enabled: 1,
    }),
    encodeRecord(SymbolSpec, symbol, plainSpec("EURUSD", 5)),
    encodeRecord(Account, at(START_MS), {
      login: 1n,
      currency: "USD",
      balance_micros: 10_000_000_000n,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: 10_000_000_000n,
      margin_micros: 0n,
      margin_free_micros: 10_000_000_000n,
      server_time_ms: BigInt(START_MS),
      leverage: 100,
      margin_mode: 0,
      trade_mode: 0,
      permissions: 31,
    }),
    encodeRecord(Link, at(START_MS), { session_id: 1n, login: 1n, server_offset_s: 0, state: 2 }),
  );
  for (let i = 60; i >= 1; i--) {
    const open = BigInt(138_600 + (i % 7));
    parts.push(
      encodeRecord(BarHistory, symbol, {
        open_time_ms: BigInt(START_MS - (START_MS % 60_000) - i * 60_000),
        open_points: open,
        high_points: open + 9n,
        low_points: open - 8n,
        close_points: open + BigInt(i % 3),
        tick_volume: 0n,
        timeframe_s: 60,
        spread_points: 10,
        score: 0,
      }),
    );
  }
  let random = (o.seed * 2_654_435_761) >>> 0;
  const next = (below: number): number => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  let bid = 138_600;
  let ms = START_MS;
  for (let i = 0; i < o.ticks; i++) {
    bid += next(9) - 4;
    ms += 1 + next(4_000);
    const spread = 5 + next(25);
    parts.push(
      encodeRecord(
        Tick,
        { ...at(ms), symbol: 1 },
        {
          broker_time_ms: BigInt(ms),
          bid_points: BigInt(bid),
          ask_points: BigInt(bid + spread),
          flags: 6,
          spread_points: spread,
        },
      ),
    );
  }
  const stream = new Uint8Array(Buffer.concat(parts));
  const view = viewOf(stream);
  let seq = 0n;
  for (let p = 0; p + HEADER_BYTES <= stream.length; p += view.getUint32(p + HEADER_OFFSET.length, true))
    view.setBigUint64(p + HEADER_OFFSET.seq, ++seq, true);
  return stream;
}
