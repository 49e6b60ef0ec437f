// The configuration file as records: those that are not in force yet, by what the journal already holds.
import { OperatorKey, RiskLimits, StrategyLimits, StrategyParams } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { HEADER_BYTES } from "#proto/records.ts";
import type { EdgeSettings } from "./config.ts";
import { bytesOf, hexOf } from "./convert.ts";

type Codec<T> = Parameters<typeof encodeRecord<T>>[0] & { readonly kind: string };

export interface ConfigurationRecord {
  // biome-ignore lint/suspicious/noExplicitAny: codec and payload were made for each other
  readonly codec: Codec<any>;
  readonly payload: unknown;
}

/** `inForce`: payloads in hex by kind and symbol or strategy, operators' names by key (book.ts). */
export function configurationRecords(
  settings: EdgeSettings,
  inForce: ReadonlyMap<string, string>,
): ConfigurationRecord[] {
  const changed = <T>(codec: Codec<T>, payload: T, of = 0): ConfigurationRecord[] => {
    const record = encodeRecord(codec, { time_ns: 0n, source: 0 }, payload);
    return inForce.get(`${codec.kind}:${of}`) === hexOf(record.subarray(HEADER_BYTES)) ? [] : [{ codec, payload }];
  };
  return [
    ...changed(RiskLimits, riskLimits(settings.limits)),
    ...settings.strategy_limits.flatMap((limits) =>
      changed(
        StrategyLimits,
        {
          exposure_max_micros: micros(limits.exposure_max),
          daily_loss_max_micros: micros(limits.daily_loss_max),
          limits_version: limits.version,
          strategy_id: limits.strategy_id,
        },
        limits.strategy_id,
      ),
    ),
    ...changed(StrategyParams, strategyParams(settings.strategy)),
    ...operatorKeys(settings, inForce),
  ];
}

/** Who is not in the configuration any more is revoked first. */
function operatorKeys(settings: EdgeSettings, inForce: ReadonlyMap<string, string>): ConfigurationRecord[] {
  const wanted = new Map(settings.operators.map((o) => [`operator_key:${o.public_key}`, o.name]));
  const record = (key: string, operator: string, revoked: number): ConfigurationRecord => ({
    codec: OperatorKey,
    payload: { operator, public_key: bytesOf(key.slice("operator_key:".length)), revoked },
  });
  const known = [...inForce].filter(([key]) => key.startsWith("operator_key:"));
  return [
    ...known.flatMap(([key, operator]) => (wanted.get(key) === operator ? [] : [record(key, operator, 1)])),
    ...[...wanted].flatMap(([key, operator]) => (inForce.get(key) === operator ? [] : [record(key, operator, 0)])),
  ];
}

const micros = (amount: number): bigint => BigInt(Math.round(amount * 1e6));

const riskLimits = (limits: EdgeSettings["limits"]): RiskLimits => ({
  order_volume_max_microlots: micros(limits.order_volume_max_lots),
  position_volume_max_microlots: micros(limits.position_volume_max_lots),
  daily_loss_max_micros: micros(limits.daily_loss_max),
  spread_max_points: BigInt(limits.spread_max_points),
  quote_age_max_ms: BigInt(limits.quote_age_max_ms),
  day_start_offset_s: limits.day_start_offset_s,
  limits_version: limits.version,
  order_notional_max_micros: micros(limits.order_notional_max),
  gross_exposure_max_micros: micros(limits.gross_exposure_max),
  net_exposure_max_micros: micros(limits.net_exposure_max),
  currency_exposure_max_micros: micros(limits.currency_exposure_max),
  correlated_exposure_max_micros: micros(limits.correlated_exposure_max),
  margin_free_min_micros: micros(limits.margin_free_min),
  daily_realised_loss_max_micros: micros(limits.daily_realised_loss_max),
  drawdown_max_micros: micros(limits.drawdown_max),
  collar_points: BigInt(limits.collar_points),
  collar_period_points: BigInt(limits.collar_period_points),
  cooldown_ms: BigInt(limits.cooldown_ms),
  repeat_min_ms: BigInt(limits.repeat_min_ms),
  leverage_max_milli: BigInt(Math.round(limits.leverage_max * 1000)),
  loss_streak_max: limits.loss_streak_max,
  orders_a_minute_max: limits.orders_a_minute_max,
  open_orders_max: limits.open_orders_max,
  edge_min_ppm: limits.edge_min_ppm,
  session_from_s: limits.session_from_s,
  session_to_s: limits.session_to_s,
  stop_required: Number(limits.stop_required),
  lease_required: Number(limits.lease_required),
  certainty_required: Number(limits.certainty_required),
});

const strategyParams = (strategy: EdgeSettings["strategy"]): StrategyParams => ({
  volume_microlots: micros(strategy.volume_lots),
  hold_max_ms: BigInt(strategy.hold_max_ms),
  intent_life_ms: BigInt(strategy.intent_life_ms),
  enter_edge_ppm: strategy.enter_edge_ppm,
  exit_edge_ppm: strategy.exit_edge_ppm,
  stop_atr_milli: strategy.stop_atr_milli,
  target_atr_milli: strategy.target_atr_milli,
  deviation_points: strategy.deviation_points,
  timeframe_s: strategy.timeframe_s,
  strategy_id: strategy.strategy_id,
  params_version: strategy.version,
  enabled: Number(strategy.enabled),
});
