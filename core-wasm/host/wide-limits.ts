// Limits that get in nobody's way, for replays and tests; each of them sets its own where it wants one.
import type { RiskLimits, StrategyLimits } from "#proto/generated/records.ts";

const AMOUNT_MICROS = 1_000_000_000_000_000n;

export const WIDE_LIMITS = {
  order_notional_max_micros: AMOUNT_MICROS,
  gross_exposure_max_micros: AMOUNT_MICROS,
  net_exposure_max_micros: AMOUNT_MICROS,
  currency_exposure_max_micros: AMOUNT_MICROS,
  correlated_exposure_max_micros: AMOUNT_MICROS,
  margin_free_min_micros: 0n,
  daily_realised_loss_max_micros: AMOUNT_MICROS,
  drawdown_max_micros: AMOUNT_MICROS,
  collar_points: 1_000_000n,
  collar_period_points: 1_000_000n,
  cooldown_ms: 0n,
  repeat_min_ms: 0n,
  leverage_max_milli: 1_000_000n,
  loss_streak_max: 1_000,
  orders_a_minute_max: 64,
  open_orders_max: 64,
  edge_min_ppm: 0,
  session_from_s: 0,
  session_to_s: 0,
  stop_required: 0,
  lease_required: 0,
  certainty_required: 0,
} as const satisfies Partial<RiskLimits>;

/** Of every strategy. */
export const WIDE_STRATEGY_LIMITS: StrategyLimits = {
  exposure_max_micros: AMOUNT_MICROS,
  daily_loss_max_micros: AMOUNT_MICROS,
  limits_version: 1,
  strategy_id: 0,
};
