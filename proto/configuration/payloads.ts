// Limits and strategy as people write them into the integers of the records: money in millionths, volumes in micro-lots.
import type {
  NewsWindow as NewsWindowPayload,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
} from "../generated/records.ts";
import type { NewsWindow } from "./document.ts";
import type { Limits, Strategy, StrategyLimit } from "./settings.ts";

const micros = (amount: number): bigint => BigInt(Math.round(amount * 1e6));

export const riskLimitsRecord = (limits: Limits, version: number): RiskLimits => ({
  order_volume_max_microlots: micros(limits.order_volume_max_lots),
  position_volume_max_microlots: micros(limits.position_volume_max_lots),
  daily_loss_max_micros: micros(limits.daily_loss_max),
  spread_max_points: BigInt(limits.spread_max_points),
  quote_age_max_ms: BigInt(limits.quote_age_max_ms),
  day_start_offset_s: limits.day_start_offset_s,
  limits_version: version,
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

export const strategyParamsRecord = (strategy: Strategy, version: number): StrategyParams => ({
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
  params_version: version,
  enabled: Number(strategy.enabled),
});

/** Undefined: nothing may be done. */
export const strategyLimitsRecord = (
  strategy_id: number,
  own: StrategyLimit | undefined,
  version: number,
): StrategyLimits => ({
  exposure_max_micros: micros(own?.exposure_max ?? 0),
  daily_loss_max_micros: micros(own?.daily_loss_max ?? 0),
  limits_version: version,
  strategy_id,
});

/** Ids of a configuration's news windows begin with these bits, so that they are told from a calendar's. */
const WINDOW_IDS = 0xc0f1n << 48n;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

export const isConfiguredWindow = ({ event_id }: { readonly event_id: bigint }): boolean =>
  event_id >> 48n === WINDOW_IDS >> 48n;

/** Its id follows from its words (FNV-1a, 64 bits, the lower 48). */
export function newsWindowRecord({ from, to, currency }: NewsWindow): NewsWindowPayload {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(`${from} ${to} ${currency}`))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return {
    event_id: WINDOW_IDS | BigInt.asUintN(48, hash),
    from_ms: BigInt(Date.parse(from)),
    to_ms: BigInt(Date.parse(to)),
    currency,
  };
}
