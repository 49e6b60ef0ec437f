// Which field of which record limits what a check measures.
import type { RiskLimits, StrategyLimits } from "#proto/generated/records.ts";

export const LIMIT_OF: Readonly<Record<string, keyof RiskLimits>> = {
  order_size: "order_volume_max_microlots",
  position_size: "position_volume_max_microlots",
  daily_loss: "daily_loss_max_micros",
  spread: "spread_max_points",
  quote_age: "quote_age_max_ms",
  order_notional: "order_notional_max_micros",
  gross_exposure: "gross_exposure_max_micros",
  net_exposure: "net_exposure_max_micros",
  currency_exposure: "currency_exposure_max_micros",
  correlated_exposure: "correlated_exposure_max_micros",
  free_margin: "margin_free_min_micros",
  leverage: "leverage_max_milli",
  daily_realised_loss: "daily_realised_loss_max_micros",
  drawdown: "drawdown_max_micros",
  price_collar: "collar_points",
  price_collar_period: "collar_period_points",
  order_rate: "orders_a_minute_max",
  repeated_order: "repeat_min_ms",
  open_orders: "open_orders_max",
  prediction_edge: "edge_min_ppm",
};

export const STRATEGY_LIMIT_OF: Readonly<Record<string, keyof StrategyLimits>> = {
  strategy_exposure: "exposure_max_micros",
  strategy_daily_loss: "daily_loss_max_micros",
};

/** The limits with the one of a check replaced; small fields hold numbers, the others bigints. */
export function withLimit(limits: RiskLimits, check: string, value: bigint): RiskLimits {
  const field = LIMIT_OF[check];
  if (!field) throw new Error(`no field of risk_limits limits ${check}`);
  return { ...limits, [field]: typeof limits[field] === "bigint" ? value : Number(value) };
}
