// What a replay of tick files tells the core before the first tick: whose stream it is, limits, parameters, model, symbols,
// and an account whose line is live.
import { createHash } from "node:crypto";
import type { Core } from "#core-wasm/host/core.ts";
import { plainSpec } from "#core-wasm/host/plain-spec.ts";
import { WIDE_LIMITS, WIDE_STRATEGY_LIMITS } from "#core-wasm/host/wide-limits.ts";
import {
  Account,
  Link,
  ModelDigest,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
  StreamStart,
  SymbolSpec,
} from "#proto/generated/records.ts";
import { encodeRecord, type RecordMeta } from "#proto/record.ts";
import { LAYOUT_VERSION, LINK, SOURCE } from "#proto/records.ts";

export const BALANCE_MICROS = 100_000_000_000n;
export const REPLAY_LEVERAGE = 100;

export function replayConfiguration(o: {
  first_ms: number;
  names: readonly string[];
  digits: readonly number[];
  model: Uint8Array;
  core: Core;
}): Uint8Array {
  const meta: RecordMeta = { time_ns: BigInt(o.first_ms) * 1_000_000n, source: SOURCE.operator };
  const none = new Uint8Array(32);
  const parts = [
    encodeRecord(StreamStart, meta, {
      stream_id: new Uint8Array(16),
      edge_name: "replay",
      core_sha256: o.core.digest,
      public_key: none,
      layout_version: LAYOUT_VERSION,
    }),
    encodeRecord(RiskLimits, meta, {
      order_volume_max_microlots: 1_000_000n,
      position_volume_max_microlots: 2_000_000n,
      daily_loss_max_micros: BALANCE_MICROS / 50n,
      spread_max_points: 600n,
      quote_age_max_ms: 10_000n,
      day_start_offset_s: 0,
      limits_version: 1,
      ...WIDE_LIMITS,
      daily_realised_loss_max_micros: BALANCE_MICROS,
      drawdown_max_micros: BALANCE_MICROS,
    }),
    encodeRecord(StrategyLimits, meta, WIDE_STRATEGY_LIMITS),
    encodeRecord(StrategyParams, meta, {
      volume_microlots: 100_000n,
      hold_max_ms: 3_600_000n,
      intent_life_ms: 2_000n,
      enter_edge_ppm: 15_000,
      exit_edge_ppm: 15_000,
      stop_atr_milli: 3_000,
      target_atr_milli: 4_000,
      deviation_points: 20,
      timeframe_s: 60,
      strategy_id: 1,
      params_version: 1,
      enabled: 1,
    }),
    encodeRecord(ModelDigest, meta, {
      sha256: createHash("sha256").update(o.model).digest(),
      size_bytes: o.model.length,
      artefact_version: 1,
    }),
    ...o.names.map((name, index) =>
      encodeRecord(SymbolSpec, { ...meta, symbol: index + 1 }, plainSpec(name, o.digits[index] as number)),
    ),
    encodeRecord(Account, meta, {
      login: 1n,
      currency: "USD",
      balance_micros: BALANCE_MICROS,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: BALANCE_MICROS,
      margin_micros: 0n,
      margin_free_micros: BALANCE_MICROS,
      server_time_ms: BigInt(o.first_ms),
      leverage: REPLAY_LEVERAGE,
      margin_mode: 0,
      trade_mode: 0,
      permissions: 31,
    }),
    encodeRecord(Link, meta, { session_id: 1n, login: 1n, server_offset_s: 0, state: LINK.live }),
  ];
  return new Uint8Array(Buffer.concat(parts));
}
