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
    "active lets everything pass, reduce-only what cannot grow or flip a position, halted nothing",
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
    "absolute position after the order, in-flight orders included, against the largest",
  ),
  r(6, "daily_loss", "money micros", "loss since the day began, realised and floating, against the largest"),
  r(7, "spread", "points", "current spread against the widest at which to open"),
  r(8, "quote_age", "milliseconds", "age of the last quote against the oldest on which to decide"),
];

export const REASON = Object.fromEntries(REASONS.map(({ name, code }) => [name, code])) as Readonly<
  Record<string, number>
>;
