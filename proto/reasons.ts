// The closed list of risk reason codes. A verdict names each check by its code; a code is never used again for another meaning.

export interface Reason {
  readonly code: number;
  readonly name: string;
  /** Unit of value, limit and headroom in the verdict. */
  readonly unit: string;
  readonly doc: string;
}

const r = (code: number, name: string, unit: string, doc: string): Reason => ({ code, name, unit, doc });

export const REASONS: readonly Reason[] = [
  r(
    1,
    "trading_state",
    "TRADING_STATE",
    "0 active, 1 reduce-only, 2 halted; only active lets an order pass that is not a verified exit",
  ),
  r(2, "symbol_known", "SYMBOL_TRADE_MODE", "the symbol has a specification and its trade mode allows this order"),
  r(
    3,
    "price_and_volume_grid",
    "micro-lots or points",
    "prices lie on the tick grid; volume on its step and between its least and largest",
  ),
  r(4, "order_size", "micro-lots", "volume against the largest single order"),
  r(
    5,
    "position_size",
    "micro-lots",
    "position after the order, every order in flight that grows the same side filled, against the largest and the broker's own: the net one, on a hedging account the larger side",
  ),
  r(
    6,
    "daily_loss",
    "money micros",
    "loss since the day began, realised and floating, against the tightest of all limits in force",
  ),
  r(7, "spread", "points", "current spread against the widest at which to open"),
  r(8, "quote_age", "milliseconds", "age of the last quote against the oldest on which to decide"),
  r(9, "kill_switch", "0, 1", "1 from the kill switch until a named person's release"),
  r(10, "lease", "milliseconds", "time left of the lease, where one is required"),
  r(
    11,
    "stops_level",
    "points",
    "distance of stop and target from the closing price against the broker's stops and freeze levels",
  ),
  r(12, "order_notional", "money micros", "notional of the order"),
  r(
    13,
    "gross_exposure",
    "money micros",
    "sum of all long and short notionals with all opening orders in flight and this one, exact and saturating at the end; a notional is that of one lot at the bid, then of the volume, each towards zero",
  ),
  r(14, "net_exposure", "money micros", "absolute sum of all signed notionals with this order"),
  r(15, "currency_exposure", "money micros", "the greater absolute signed notional of the symbol's two currencies"),
  r(
    16,
    "correlated_exposure",
    "money micros",
    "notional on the order's side of symbols correlated by 0.7 or more (by -0.7 or less: on the other side), this one included",
  ),
  r(
    17,
    "free_margin",
    "money micros",
    "free margin less what opening orders in flight and this one need: their notionals over the account's leverage",
  ),
  r(18, "leverage", "thousandths", "gross exposure over equity"),
  r(19, "daily_realised_loss", "money micros", "realised loss since the day began"),
  r(20, "drawdown", "money micros", "fall of the equity from its peak, against the tightest of all limits in force"),
  r(21, "loss_streak", "milliseconds", "time left of the pause after losses in a row"),
  r(22, "price_collar", "points", "distance of the worst accepted price from the mid"),
  r(
    23,
    "price_collar_period",
    "points",
    "move of the bid since the last price before the minute, which begins with the first tick a minute or more after the one before began",
  ),
  r(24, "order_rate", "orders", "opening orders accepted within the last minute, this one included"),
  r(25, "repeated_order", "milliseconds", "time since the last identical opening order of the symbol"),
  r(26, "open_orders", "orders", "orders in flight, this one included"),
  r(27, "session_window", "seconds", "second of the UTC day, inside the hours of trading"),
  r(28, "news_window", "milliseconds", "time to the nearest news window of the symbol's currencies, 0 inside one"),
  r(29, "stop_required", "points", "the order's stop, where one is required"),
  r(30, "prediction_edge", "millionths", "|P(up) - 0.5| of the prediction"),
  r(
    31,
    "strategy_exposure",
    "money micros",
    "gross notional of the strategy's positions and orders, this one included",
  ),
  r(32, "strategy_daily_loss", "money micros", "realised loss of the strategy since the day began"),
  r(
    33,
    "prediction_uncertainty",
    "answers",
    "answers that the prediction's conformal set keeps, where certainty is required exactly one: a wide set, or an empty one, is uncertainty",
  ),
];

export const REASON = Object.fromEntries(REASONS.map(({ name, code }) => [name, code])) as Readonly<
  Record<string, number>
>;
