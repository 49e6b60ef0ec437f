// The configuration file as records: those that are not in force yet, by what the journal already holds.
import { CloudKey, OperatorKey, RiskLimits, StrategyLimits, StrategyParams } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { HEADER_BYTES } from "#proto/records.ts";
import type { EdgeSettings } from "./config.ts";
import { bytesOf, hexOf } from "./convert.ts";

const CLOUD_KEY = "cloud_key:";

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
    // What the cloud has signed stays in force until it signs something else: a file cannot loosen it.
    ...(inForce.has("cloud_risk_limits:0") ? [] : changed(RiskLimits, riskLimits(settings))),
    ...settings.strategy_limits.flatMap((limits) =>
      changed(
        StrategyLimits,
        {
          exposure_max_micros: limits.exposure_max,
          daily_loss_max_micros: limits.daily_loss_max,
          limits_version: limits.version,
          strategy_id: limits.strategy_id,
        },
        limits.strategy_id,
      ),
    ),
    ...changed(StrategyParams, strategyParams(settings)),
    ...operatorKeys(settings, inForce),
    ...cloudKeys(settings, inForce),
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

/** A key that is not in the configuration any more is revoked first: there is room for four. */
function cloudKeys({ cloud_keys }: EdgeSettings, inForce: ReadonlyMap<string, string>): ConfigurationRecord[] {
  const known = [...inForce.keys()]
    .filter((key) => key.startsWith(CLOUD_KEY))
    .map((key) => key.slice(CLOUD_KEY.length));
  const record = (key: string, revoked: number): ConfigurationRecord => ({
    codec: CloudKey,
    payload: { public_key: bytesOf(key), revoked },
  });
  return [
    ...known.filter((key) => !cloud_keys.includes(key)).map((key) => record(key, 1)),
    ...[...new Set(cloud_keys)].filter((key) => !known.includes(key)).map((key) => record(key, 0)),
  ];
}

const riskLimits = ({ limits, cloud_keys }: EdgeSettings): RiskLimits => ({
  order_volume_max_microlots: limits.order_volume_max_lots,
  position_volume_max_microlots: limits.position_volume_max_lots,
  daily_loss_max_micros: limits.daily_loss_max,
  spread_max_points: limits.spread_max_points,
  quote_age_max_ms: limits.quote_age_max_ms,
  day_start_offset_s: limits.day_start_offset_s,
  limits_version: limits.version,
  order_notional_max_micros: limits.order_notional_max,
  gross_exposure_max_micros: limits.gross_exposure_max,
  net_exposure_max_micros: limits.net_exposure_max,
  currency_exposure_max_micros: limits.currency_exposure_max,
  correlated_exposure_max_micros: limits.correlated_exposure_max,
  margin_free_min_micros: limits.margin_free_min,
  daily_realised_loss_max_micros: limits.daily_realised_loss_max,
  drawdown_max_micros: limits.drawdown_max,
  collar_points: limits.collar_points,
  collar_period_points: limits.collar_period_points,
  cooldown_ms: limits.cooldown_ms,
  repeat_min_ms: limits.repeat_min_ms,
  leverage_max_milli: limits.leverage_max,
  loss_streak_max: limits.loss_streak_max,
  orders_a_minute_max: limits.orders_a_minute_max,
  open_orders_max: limits.open_orders_max,
  edge_min_ppm: limits.edge_min_ppm,
  session_from_s: limits.session_from_s,
  session_to_s: limits.session_to_s,
  stop_required: limits.stop_required ? 1 : 0,
  lease_required: (limits.lease_required ?? cloud_keys.length > 0) ? 1 : 0,
  certainty_required: limits.certainty_required ? 1 : 0,
});

const strategyParams = ({ strategy }: EdgeSettings): StrategyParams => ({
  volume_microlots: strategy.volume_lots,
  hold_max_ms: strategy.hold_max_ms,
  intent_life_ms: strategy.intent_life_ms,
  enter_edge_ppm: strategy.enter_edge_ppm,
  exit_edge_ppm: strategy.exit_edge_ppm,
  stop_atr_milli: strategy.stop_atr_milli,
  target_atr_milli: strategy.target_atr_milli,
  deviation_points: strategy.deviation_points,
  timeframe_s: strategy.timeframe_s,
  strategy_id: strategy.strategy_id,
  params_version: strategy.version,
  enabled: strategy.enabled ? 1 : 0,
});
