// The 33 checks of one intent, each from its words in proto/reasons.ts: value, limit, headroom, result.
import type { OrderIntent, RiskLimits, RiskVerdictChecks } from "#proto/generated/records.ts";
import { REASONS } from "#proto/reasons.ts";
import { CHECK_RESULT, INTENT_ACTION, TRADING_STATE } from "#proto/records.ts";
import type { Account } from "./account.ts";
import { type Book, rest } from "./book.ts";
import { abs, larger, lesser, MAX, MS, SECOND, saturate } from "./numbers.ts";
import type { Portfolio } from "./portfolio.ts";

export type Check = Pick<RiskVerdictChecks, "code" | "value" | "limit" | "headroom" | "result">;
type Measured = Pick<Check, "value" | "limit" | "headroom" | "result">;

/** All that the checks of one intent need to know. */
export interface Case {
  readonly intent: OrderIntent;
  readonly book: Book;
  readonly account: Account;
  readonly portfolio: Portfolio;
  /** It closes one known position, or a part of it. */
  readonly exit: boolean;
  readonly whole: boolean;
  /** In force for the symbol; undefined = none, or out of bounds. */
  readonly limits: RiskLimits | undefined;
  /** Tightest of all limits in force. */
  readonly tightestLoss: bigint;
  readonly tightestDrawdown: bigint;
  readonly now: bigint;
  readonly state: number;
  readonly killed: boolean;
  readonly leaseExpires: bigint;
  readonly takenOver: boolean;
  readonly toNews: bigint;
  readonly lastMinute: bigint;
  readonly ordersInFlight: bigint;
  readonly strategyLoss: bigint;
  readonly strategyLimits: { readonly exposure_max_micros: bigint; readonly daily_loss_max_micros: bigint } | undefined;
}

const MISSING: Measured = { value: 0n, limit: 0n, headroom: 0n, result: CHECK_RESULT.missing_data };
const measured = (value: bigint, limit: bigint, headroom: bigint): Measured => ({
  value: saturate(value),
  limit,
  headroom: saturate(headroom),
  result: headroom >= 0n ? CHECK_RESULT.pass : CHECK_RESULT.fail,
});
const atMost = (value: bigint, most: bigint): Measured => measured(value, most, most - value);
const atLeast = (value: bigint, least: bigint): Measured => measured(value, least, value - least);
const free = (value: bigint): Measured => atMost(value, MAX);

/** A check that never stops an exit; `limit` undefined = what it needs is not there. */
const most = (value: (c: Case) => bigint, limit: (c: Case, limits: RiskLimits) => bigint | undefined) =>
  judgedBy(value, limit, atMost);
const least = (value: (c: Case) => bigint, limit: (c: Case, limits: RiskLimits) => bigint | undefined) =>
  judgedBy(value, limit, atLeast);
function judgedBy(
  value: (c: Case) => bigint,
  limit: (c: Case, limits: RiskLimits) => bigint | undefined,
  judge: (value: bigint, limit: bigint) => Measured,
) {
  return (c: Case): Measured => {
    if (c.exit) return free(value(c));
    const against = c.limits && limit(c, c.limits);
    return against === undefined ? MISSING : judge(value(c), against);
  };
}

const exposure = (value: (p: Portfolio) => bigint, limit: (limits: RiskLimits) => bigint) =>
  most(
    ({ portfolio }) => value(portfolio),
    ({ portfolio }, limits) => (portfolio.allKnown ? limit(limits) : undefined),
  );

/** Netting: both sides are one position, and any order moves it; hedging: each side stands for itself. */
function position({ book, account, intent, exit }: Case): bigint {
  const sides = [0, 1].map((side) => {
    const own = book.volume(side);
    const net = account.hedging ? own : own - book.volume(1 - side);
    if (exit) {
      // An exit shrinks the side that it is not of.
      return side === intent.side
        ? account.hedging
          ? net
          : net + intent.volume_microlots
        : net - intent.volume_microlots;
    }
    const actions = account.hedging ? [INTENT_ACTION.open] : [INTENT_ACTION.open, INTENT_ACTION.close];
    const orders = actions.map((action) => book.orders.get(action)).filter((order) => order?.side === side);
    return (
      orders.reduce((volume, order) => volume + rest(order), net) +
      (intent.side === side ? intent.volume_microlots : 0n)
    );
  });
  return larger(sides[0] as bigint, sides[1] as bigint);
}

function symbolKnown({ book, intent, exit }: Case): Measured {
  if (!book.valid || !book.spec) return MISSING;
  const mode = BigInt(book.spec.trade_mode);
  const allowed = mode === 4n || mode === (intent.side === 0 ? 1n : 2n) || (mode !== 0n && exit);
  return measured(mode, allowed ? mode : 4n, allowed ? 0n : -1n);
}

/** The first rule that is broken; when none is, the volume against its largest. */
function grid({ book, intent, whole }: Case): Measured {
  const { spec } = book;
  if (!book.priced || !spec) return MISSING;
  const volume = intent.volume_microlots;
  const { volume_min_microlots: min, volume_max_microlots: max, volume_step_microlots: step } = spec;
  const off = (v: bigint, by: bigint): Measured | undefined => {
    const below = v - (((v % by) + by) % by);
    return v > 0n && v === below ? undefined : measured(v, below, v === below ? -1n : below - v);
  };
  if (!whole && volume < min) return atLeast(volume, min);
  const byStep = whole ? undefined : off(volume, step);
  if (byStep) return byStep;
  if (volume > max) return atMost(volume, max);
  const { price_points, guard_price_points, stop_points, target_points } = intent;
  const prices = [price_points, guard_price_points, ...[stop_points, target_points].filter((price) => price !== 0n)];
  return prices.map((price) => off(price, spec.tick_size_points)).find((broken) => broken) ?? atMost(volume, max);
}

function stopsLevel({ book, intent, exit }: Case): Measured {
  if (exit) return free(MAX);
  const { spec, quote } = book;
  if (!book.priced || !spec || !quote) return MISSING;
  const level = BigInt(Math.max(spec.stops_level_points, spec.freeze_level_points, 1));
  const { stop_points: stop, target_points: target } = intent;
  const buy = intent.side === 0;
  const distances = [MAX];
  if (stop !== 0n) distances.push(buy ? quote.bid - stop : stop - quote.ask);
  if (target !== 0n) distances.push(buy ? target - quote.bid : quote.ask - target);
  return atLeast(distances.reduce(lesser), level);
}

function quoteAge({ book, now }: Case): bigint {
  const quote = book.quote ?? { time_ms: 0n, received: 0n };
  return larger(now / MS - quote.time_ms, (now - quote.received) / MS);
}

function leverage({ account, portfolio, exit, limits }: Case): Measured {
  const milli = account.equity > 0n ? saturate((portfolio.gross * 1000n) / account.equity) : MAX;
  if (exit) return measured(milli, MAX, 0n);
  return limits && portfolio.allKnown && account.known ? atMost(milli, limits.leverage_max_milli) : MISSING;
}

function lease(c: Case): Measured {
  const left = (c.leaseExpires - c.now) / MS;
  if (!c.exit && !c.limits) return MISSING;
  if (c.exit || (c.limits?.lease_required === 0 && !c.takenOver)) return free(left);
  return c.leaseExpires === 0n ? MISSING : atLeast(left, 1n);
}

/** Certain is a set of one answer; neither of both and both are not. */
function uncertainty({ intent, exit, limits }: Case): Measured {
  if (!exit && !limits) return MISSING;
  const answers = BigInt([0, 1, 1, 2][intent.direction_set & 3] ?? 0);
  if (exit || limits?.certainty_required === 0) return free(answers);
  return measured(answers, 1n, answers === 1n ? 0n : -1n);
}

/** Headroom: seconds to the last second inside, or minus those to the beginning. */
function session({ now, exit, limits }: Case): Measured {
  const second = (now / SECOND) % 86_400n;
  if (!exit && !limits) return MISSING;
  const from = BigInt(limits?.session_from_s ?? 0);
  const to = BigInt(limits?.session_to_s ?? 0);
  if (exit || from === to) return free(second);
  const inside = from < to ? second >= from && second < to : second >= from || second < to;
  const until = (at: bigint): bigint => (at - second + 86_400n) % 86_400n;
  return measured(second, to, inside ? until(to) - 1n : -until(from));
}

function collar({ book, intent }: Case): bigint {
  const twice = abs(2n * intent.guard_price_points - (book.quote?.bid ?? 0n) - (book.quote?.ask ?? 0n));
  return (twice + 1n) / 2n;
}

function sinceSame({ book, intent, now }: Case): bigint {
  const { opened } = book;
  return opened?.side === intent.side && opened.volume === intent.volume_microlots ? (now - opened.at) / MS : MAX;
}

/** A strategy's limits are apart from the symbol's. */
function ofStrategy(value: bigint, limit: bigint | undefined, exit: boolean): Measured {
  if (exit) return free(value);
  return limit === undefined ? MISSING : atMost(value, limit);
}

const quoted = <T>({ book }: Case, limit: T): T | undefined => (book.quote ? limit : undefined);

const CHECKS: Readonly<Record<string, (c: Case) => Measured>> = {
  trading_state: ({ state, exit }) => atMost(BigInt(state), BigInt(exit ? TRADING_STATE.halted : TRADING_STATE.active)),
  symbol_known: symbolKnown,
  price_and_volume_grid: grid,
  order_size: most(
    (c) => c.intent.volume_microlots,
    (_, l) => l.order_volume_max_microlots,
  ),
  position_size: most(position, ({ book, account }, limits) => {
    if (!book.valid || !book.spec || !account.known || book.positions.unknown) return undefined;
    const own = limits.position_volume_max_microlots;
    const broker = book.spec.volume_limit_microlots;
    return broker === 0n ? own : lesser(broker, own);
  }),
  daily_loss: most(
    ({ account }) => account.loss() ?? 0n,
    ({ account, tightestLoss }) => (account.known && account.loss() !== undefined ? tightestLoss : undefined),
  ),
  spread: most(
    ({ book }) => (book.quote ? book.quote.ask - book.quote.bid : 0n),
    (c, l) => quoted(c, l.spread_max_points),
  ),
  quote_age: most(quoteAge, (c, l) => quoted(c, l.quote_age_max_ms)),
  kill_switch: ({ killed, exit }) => atMost(killed ? 1n : 0n, exit ? MAX : 0n),
  lease,
  stops_level: stopsLevel,
  order_notional: most(
    ({ portfolio }) => portfolio.order,
    ({ portfolio }, l) => (portfolio.known ? l.order_notional_max_micros : undefined),
  ),
  gross_exposure: exposure(
    (p) => p.gross,
    (l) => l.gross_exposure_max_micros,
  ),
  net_exposure: exposure(
    (p) => p.net,
    (l) => l.net_exposure_max_micros,
  ),
  currency_exposure: most(
    ({ portfolio }) => portfolio.currency,
    ({ portfolio, book }, l) =>
      portfolio.allKnown && book.spec?.base_currency && book.spec.profit_currency
        ? l.currency_exposure_max_micros
        : undefined,
  ),
  correlated_exposure: exposure(
    (p) => p.together,
    (l) => l.correlated_exposure_max_micros,
  ),
  free_margin: least(
    ({ account, portfolio, exit }) =>
      exit ? account.free : account.free - saturate(portfolio.order + portfolio.reserved) / account.leverage,
    ({ account, portfolio }, l) =>
      portfolio.allKnown && account.known && account.leverage !== 0n ? l.margin_free_min_micros : undefined,
  ),
  leverage,
  daily_realised_loss: most(
    ({ account }) => saturate(-account.realised),
    (_, l) => l.daily_realised_loss_max_micros,
  ),
  drawdown: most(
    ({ account }) => account.drawdown() ?? 0n,
    ({ account, tightestDrawdown }) =>
      account.known && account.drawdown() !== undefined ? tightestDrawdown : undefined,
  ),
  loss_streak: most(
    ({ account, now }) => larger(0n, account.coolUntil - now + MS - 1n) / MS,
    () => 0n,
  ),
  price_collar: most(collar, (c, l) => (c.book.priced ? l.collar_points : undefined)),
  price_collar_period: most(
    ({ book }) => abs((book.quote?.bid ?? 0n) - book.collar),
    (c, l) => quoted(c, l.collar_period_points),
  ),
  order_rate: most(
    ({ lastMinute }) => lastMinute + 1n,
    (_, l) => BigInt(l.orders_a_minute_max),
  ),
  repeated_order: least(sinceSame, (_, l) => l.repeat_min_ms),
  open_orders: most(
    ({ ordersInFlight }) => ordersInFlight + 1n,
    (_, l) => BigInt(l.open_orders_max),
  ),
  session_window: session,
  news_window: least(
    ({ toNews }) => toNews,
    ({ book }) => (book.valid ? 1n : undefined),
  ),
  stop_required: least(
    ({ intent }) => intent.stop_points,
    (_, l) => BigInt(l.stop_required),
  ),
  prediction_edge: least(
    ({ intent }) => BigInt(Math.abs(intent.probability_up_ppm - 500_000)),
    (_, l) => BigInt(l.edge_min_ppm),
  ),
  prediction_uncertainty: uncertainty,
  strategy_exposure: ({ portfolio, strategyLimits, exit }) =>
    ofStrategy(portfolio.strategy, portfolio.strategyKnown ? strategyLimits?.exposure_max_micros : undefined, exit),
  strategy_daily_loss: ({ strategyLoss, strategyLimits, exit }) =>
    ofStrategy(strategyLoss, strategyLimits?.daily_loss_max_micros, exit),
};

/** In the order of their codes. Throws when a reason has no check here. */
export function checksOf(c: Case): Check[] {
  return REASONS.map(({ code, name }) => {
    const check = CHECKS[name];
    if (!check) throw new Error(`the model has no check ${name}: write it from its words in proto/reasons.ts`);
    return { code, ...check(c) };
  });
}
