// What an edge box may do: limits, strategy, how it speaks with its terminal. The shapes of the connector's settings file and
// of a configuration's document. Money is in the account currency, volumes in lots, as people write them.
import { z } from "zod";

const amount = (most: number) => z.number().min(0).max(most);
const whole = (least: number, most: number) => z.number().int().min(least).max(most);

/** Without defaults: a symbol's own limits name only what is different. */
export const LIMIT_FIELDS = {
  order_volume_max_lots: amount(1e6),
  position_volume_max_lots: amount(1e6),
  daily_loss_max: amount(1e9),
  spread_max_points: whole(0, 1e6),
  quote_age_max_ms: whole(0, 3_600_000),
  day_start_offset_s: whole(-86_399, 86_399),
  order_notional_max: amount(1e10),
  gross_exposure_max: amount(1e10),
  net_exposure_max: amount(1e10),
  currency_exposure_max: amount(1e10),
  correlated_exposure_max: amount(1e10),
  margin_free_min: amount(1e10),
  daily_realised_loss_max: amount(1e9),
  drawdown_max: amount(1e9),
  collar_points: whole(0, 1e9),
  collar_period_points: whole(0, 1e9),
  cooldown_ms: whole(0, 1e10),
  repeat_min_ms: whole(0, 1e10),
  /** Gross exposure over equity. */
  leverage_max: amount(1e6),
  loss_streak_max: whole(1, 1_000_000),
  orders_a_minute_max: whole(0, 64),
  open_orders_max: whole(0, 64),
  edge_min_ppm: whole(0, 500_000),
  /** Seconds of the UTC day between which may be opened; equal = all day. */
  session_from_s: whole(0, 86_399),
  session_to_s: whole(0, 86_399),
  stop_required: z.boolean(),
  lease_required: z.boolean(),
  /** Nothing is opened unless the prediction's conformal set keeps one answer alone. */
  certainty_required: z.boolean(),
} as const;

/** Cautious for a EURUSD demo account; every real account needs its own. */
export const Limits = z.strictObject({
  order_volume_max_lots: LIMIT_FIELDS.order_volume_max_lots.default(0.1),
  position_volume_max_lots: LIMIT_FIELDS.position_volume_max_lots.default(0.2),
  daily_loss_max: LIMIT_FIELDS.daily_loss_max.default(500),
  spread_max_points: LIMIT_FIELDS.spread_max_points.default(600),
  quote_age_max_ms: LIMIT_FIELDS.quote_age_max_ms.default(10_000),
  day_start_offset_s: LIMIT_FIELDS.day_start_offset_s.default(0),
  order_notional_max: LIMIT_FIELDS.order_notional_max.default(50_000),
  gross_exposure_max: LIMIT_FIELDS.gross_exposure_max.default(200_000),
  net_exposure_max: LIMIT_FIELDS.net_exposure_max.default(200_000),
  currency_exposure_max: LIMIT_FIELDS.currency_exposure_max.default(200_000),
  correlated_exposure_max: LIMIT_FIELDS.correlated_exposure_max.default(200_000),
  margin_free_min: LIMIT_FIELDS.margin_free_min.default(0),
  daily_realised_loss_max: LIMIT_FIELDS.daily_realised_loss_max.default(500),
  drawdown_max: LIMIT_FIELDS.drawdown_max.default(2_000),
  collar_points: LIMIT_FIELDS.collar_points.default(1_000),
  collar_period_points: LIMIT_FIELDS.collar_period_points.default(5_000),
  cooldown_ms: LIMIT_FIELDS.cooldown_ms.default(3_600_000),
  repeat_min_ms: LIMIT_FIELDS.repeat_min_ms.default(0),
  leverage_max: LIMIT_FIELDS.leverage_max.default(20),
  loss_streak_max: LIMIT_FIELDS.loss_streak_max.default(10),
  orders_a_minute_max: LIMIT_FIELDS.orders_a_minute_max.default(30),
  open_orders_max: LIMIT_FIELDS.open_orders_max.default(16),
  edge_min_ppm: LIMIT_FIELDS.edge_min_ppm.default(0),
  session_from_s: LIMIT_FIELDS.session_from_s.default(0),
  session_to_s: LIMIT_FIELDS.session_to_s.default(0),
  stop_required: LIMIT_FIELDS.stop_required.default(true),
  lease_required: LIMIT_FIELDS.lease_required.default(false),
  certainty_required: LIMIT_FIELDS.certainty_required.default(false),
});
export type Limits = z.output<typeof Limits>;

export const StrategyLimit = z.strictObject({
  /** 0 = every strategy without its own. */
  strategy_id: whole(0, 32_767),
  exposure_max: amount(1e10).default(200_000),
  daily_loss_max: amount(1e9).default(500),
});
export type StrategyLimit = z.output<typeof StrategyLimit>;

export const STRATEGY_LIMITS_MAX = 15;

/** Who may release this box when it has tripped or was halted (`npm run operator -- keygen`), and sign its configuration. */
export const Operator = z.strictObject({
  name: z.string().regex(/^[ -~]{1,32}$/, "a name is 1 to 32 ASCII characters"),
  public_key: z.string().regex(/^[0-9a-f]{64}$/, "an Ed25519 public key is 64 hex digits"),
});
export type Operator = z.output<typeof Operator>;

/** What a symbol may have of its own. */
export const STRATEGY_FIELDS = {
  volume_lots: amount(1e6),
  hold_max_ms: whole(0, 1e10),
  intent_life_ms: whole(1, 3_600_000),
  enter_edge_ppm: whole(0, 500_000),
  exit_edge_ppm: whole(0, 500_000),
  stop_atr_milli: whole(0, 1_000_000),
  target_atr_milli: whole(0, 1_000_000),
  deviation_points: whole(0, 1_000_000),
  timeframe_s: z.union([z.literal(60), z.literal(3600)]),
} as const;

export const Strategy = z.strictObject({
  volume_lots: STRATEGY_FIELDS.volume_lots.default(0.1),
  hold_max_ms: STRATEGY_FIELDS.hold_max_ms.default(3_600_000),
  intent_life_ms: STRATEGY_FIELDS.intent_life_ms.default(2_000),
  enter_edge_ppm: STRATEGY_FIELDS.enter_edge_ppm.default(15_000),
  exit_edge_ppm: STRATEGY_FIELDS.exit_edge_ppm.default(15_000),
  stop_atr_milli: STRATEGY_FIELDS.stop_atr_milli.default(3_000),
  target_atr_milli: STRATEGY_FIELDS.target_atr_milli.default(4_000),
  deviation_points: STRATEGY_FIELDS.deviation_points.default(20),
  timeframe_s: STRATEGY_FIELDS.timeframe_s.default(60),
  strategy_id: whole(1, 32_767).default(1),
  /** False: predict, never trade. */
  enabled: z.boolean().default(true),
});
export type Strategy = z.output<typeof Strategy>;

export const Session = z.strictObject({
  /** What the EA does by itself when the connector is gone: 0 nothing, 1 cancel pendings, 2 also close positions. */
  disconnect_policy: whole(0, 2).default(0),
  policy_delay_ms: whole(0, 3_600_000).default(60_000),
  commands_per_s_max: whole(1, 1_000).default(20),
});
export type Session = z.output<typeof Session>;
