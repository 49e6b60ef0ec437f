// Which inputs are in bounds (core-wasm/assembly/bounds.ts names the bounds); one that is not changes nothing but what its
// kind says fails closed.
import type * as r from "#proto/generated/records.ts";
import {
  DISTANCE_MAX,
  isMoney,
  isTime,
  MAX,
  MONEY_MAX,
  POINTS_MAX,
  SPAN_MS_MAX,
  TICK_SIZE_MAX,
  TICK_VALUE_MAX,
  TIME_NS_MAX,
  VOLUME_MAX,
  within,
} from "./numbers.ts";

const EVEN_PPM = 500_000;
const ATR_MILLI_MAX = 1_000_000;
const RATE_MAX = 64;

/** Every field lies between 0 and its bound. */
const upTo = <T>(record: T, bounds: { readonly [K in keyof T]?: T[K] & (bigint | number) }): boolean =>
  Object.entries(bounds).every(([name, most]) => {
    const value = record[name as keyof T] as bigint | number;
    return value >= 0 && value <= (most as bigint | number);
  });

export const isSpec = (s: r.SymbolSpec): boolean =>
  upTo(s, {
    tick_size_points: TICK_SIZE_MAX,
    tick_value_micros: TICK_VALUE_MAX,
    volume_max_microlots: VOLUME_MAX,
    volume_step_microlots: VOLUME_MAX,
    volume_limit_microlots: VOLUME_MAX,
    stops_level_points: Number(DISTANCE_MAX),
    freeze_level_points: Number(DISTANCE_MAX),
    trade_mode: 4,
  }) &&
  s.tick_size_points > 0n &&
  s.volume_step_microlots > 0n &&
  within(s.volume_min_microlots, 1n, s.volume_max_microlots);

export const isPosition = (p: r.Position): boolean =>
  isTime(p.broker_time_ms) &&
  upTo(p, { volume_microlots: VOLUME_MAX, side: 1 }) &&
  (p.volume_microlots === 0n || within(p.open_price_points, 1n, POINTS_MAX));

export const isUpdate = (u: r.OrderUpdate): boolean => upTo(u, { volume_filled_microlots: VOLUME_MAX });

export const isFill = (f: r.Fill): boolean =>
  within(f.volume_microlots, 1n, VOLUME_MAX) &&
  within(f.price_points, 1n, POINTS_MAX) &&
  [f.commission_micros, f.swap_micros, f.profit_micros].every(isMoney) &&
  isTime(f.broker_time_ms) &&
  f.deal_ticket !== 0n &&
  f.side <= 1;

export const isLimits = (l: r.RiskLimits): boolean =>
  upTo(l, {
    order_volume_max_microlots: VOLUME_MAX,
    position_volume_max_microlots: VOLUME_MAX,
    daily_loss_max_micros: MAX,
    spread_max_points: DISTANCE_MAX,
    quote_age_max_ms: SPAN_MS_MAX,
    order_notional_max_micros: MONEY_MAX,
    gross_exposure_max_micros: MONEY_MAX,
    net_exposure_max_micros: MONEY_MAX,
    currency_exposure_max_micros: MONEY_MAX,
    correlated_exposure_max_micros: MONEY_MAX,
    margin_free_min_micros: MONEY_MAX,
    daily_realised_loss_max_micros: MONEY_MAX,
    drawdown_max_micros: MONEY_MAX,
    collar_points: POINTS_MAX,
    collar_period_points: POINTS_MAX,
    cooldown_ms: SPAN_MS_MAX,
    repeat_min_ms: SPAN_MS_MAX,
    leverage_max_milli: SPAN_MS_MAX,
    orders_a_minute_max: RATE_MAX,
    edge_min_ppm: EVEN_PPM,
    session_from_s: 86_399,
    session_to_s: 86_399,
    stop_required: 1,
    lease_required: 1,
    certainty_required: 1,
  }) && Math.abs(l.day_start_offset_s) < 86_400;

export const isParams = (p: r.StrategyParams): boolean =>
  upTo(p, {
    volume_microlots: VOLUME_MAX,
    hold_max_ms: SPAN_MS_MAX,
    intent_life_ms: SPAN_MS_MAX,
    enter_edge_ppm: EVEN_PPM,
    exit_edge_ppm: EVEN_PPM,
    stop_atr_milli: ATR_MILLI_MAX,
    target_atr_milli: ATR_MILLI_MAX,
    deviation_points: Number(DISTANCE_MAX),
  }) && p.intent_life_ms > 0n;

export const isStrategyLimits = (l: r.StrategyLimits): boolean =>
  upTo(l, { exposure_max_micros: MONEY_MAX, daily_loss_max_micros: MONEY_MAX, strategy_id: 0x7fff });

export const isLease = (l: r.Lease): boolean => within(l.expires_ns, 1n, TIME_NS_MAX);

export const isNews = (n: r.NewsWindow): boolean => isTime(n.from_ms) && isTime(n.to_ms) && n.from_ms <= n.to_ms;
