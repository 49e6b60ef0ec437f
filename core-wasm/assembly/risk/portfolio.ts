// What all symbols together stand for: notionals in the account currency, gross, net, by currency, of symbols that move
// together; margin and leverage. Notional of a volume: its price in ticks x worth of a tick x lots, at the bid. Opening counts
// the worst case: every order in flight is filled. None stops an order that only reduces.
import { correlation } from "../features/correlation";
import { OrderIntent } from "../generated/records";
import { multiplyDivide, saturatingAbs, saturatingAdd, saturatingSubtract } from "../math/fixed";
import { forgetExposed, inFlight, market, POSITIONS_MAX, PRESENT, positionAt, stream } from "../state";
import { IN_FLIGHT_NONE, Market } from "../structures";
import { exit } from "./exit";
import { limited, limits } from "./limits";
import { atLeast, atMost, measured, missing, unlimited } from "./measure";
import { addExposure, strategyOf } from "./strategy";
import { joined, lower, upper, worth } from "./worth";

const OPEN: u8 = 1;
const CLOSE: u8 = 2;
const BUY: u8 = 0;
/** Symbols count as moving together from this correlation on. */
const TOGETHER: f64 = 0.7;

// Found once for a verdict, read by the checks after it.
/** The order's own notional is known. */
let known: bool = false;
/** So is every symbol's. */
let all_known: bool = false;
let order: i64 = 0;
let gross: i64 = 0;
// Long and short cancel each other, so these are summed exactly (worth.ts) and saturate only at the end.
let net: i64 = 0;
let base: i64 = 0;
let profit: i64 = 0;
let net_lowers: i64 = 0;
let base_lowers: i64 = 0;
let profit_lowers: i64 = 0;
let together: i64 = 0;
let reserved: i64 = 0;

/** Adds up everything with the intent filled. */
export function findPortfolio(symbol: u32, m: Market, intent: OrderIntent): void {
  known = m.spec == PRESENT && m.quote != 0;
  all_known = known;
  order = known ? notional(m, intent.volume_microlots) : 0;
  gross = order;
  const own = signed(order, intent.side);
  net = upper(own);
  net_lowers = lower(own);
  base = net;
  base_lowers = net_lowers;
  profit = upper(-own);
  profit_lowers = lower(-own);
  together = order;
  reserved = 0;
  addExposure(order, known);
  const strategy = strategyOf(intent.magic);
  for (let left = stream().exposed; left != 0; left &= left - 1)
    addSymbol(symbol, m, ctz<u32>(left) + 1, intent.side, strategy);
  net = joined(net, net_lowers);
  base = joined(base, base_lowers);
  profit = joined(profit, profit_lowers);
}

function addSymbol(symbol: u32, m: Market, other: u32, side: u8, strategy: u16): void {
  const o = market(other);
  const opening = inFlight(o, OPEN);
  if (o.positions_unknown != 0) {
    all_known = false;
    addExposure(0, false);
  }
  if (o.position_count == 0 && opening.state == IN_FLIGHT_NONE) {
    // Its last look, until something of it is remembered again.
    if (o.positions_unknown == 0 && inFlight(o, CLOSE).state == IN_FLIGHT_NONE) forgetExposed(other);
    return;
  }
  if (o.spec != PRESENT || o.quote == 0) all_known = false;
  let long: i64 = 0;
  let short: i64 = 0;
  let ours: i64 = 0;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(o, i);
    if (position.side == BUY) long += position.volume_microlots;
    else short += position.volume_microlots;
    if (strategyOf(position.magic) == strategy) ours += position.volume_microlots;
  }
  const rest = opening.volume_microlots - opening.booked_microlots;
  if (opening.state != IN_FLIGHT_NONE && rest > 0) {
    reserved = saturatingAdd(reserved, notional(o, rest));
    if (opening.side == BUY) long += rest;
    else short += rest;
    if (opening.strategy_id == strategy) ours += rest;
  }
  if (ours != 0) addExposure(notional(o, ours), o.spec == PRESENT && o.quote != 0);
  gross = saturatingAdd(gross, notional(o, long + short));
  const own = notional(o, long - short);
  net += upper(own);
  net_lowers += lower(own);
  if (o.base_currency == m.base_currency) addBase(own);
  if (o.profit_currency == m.base_currency) addBase(-own);
  if (o.profit_currency == m.profit_currency) addProfit(-own);
  if (o.base_currency == m.profit_currency) addProfit(own);
  const c: f64 = other == symbol ? 1 : correlation(symbol, other);
  if (Math.abs(c) < TOGETHER) return;
  // Only what adds to the order's own side counts.
  const same = signed(c > 0 ? own : -own, side);
  if (same > 0) together = saturatingAdd(together, same);
}

function addBase(v: i64): void {
  base += upper(v);
  base_lowers += lower(v);
}

function addProfit(v: i64): void {
  profit += upper(v);
  profit_lowers += lower(v);
}

function signed(v: i64, side: u8): i64 {
  return side == BUY ? v : -v;
}

/** At least -i64.MAX_VALUE, so that it can be turned round. */
function notional(m: Market, volume: i64): i64 {
  return m.spec == PRESENT && m.quote != 0 ? worth(m, m.bid_points, volume) : 0;
}

function isMissing(): bool {
  return !all_known || !limited;
}

export function checkNotional(): void {
  if (exit) return unlimited(order);
  if (!known || !limited) return missing();
  atMost(order, limits.order_notional_max_micros);
}

export function checkGross(): void {
  if (exit) return unlimited(gross);
  if (isMissing()) return missing();
  atMost(gross, limits.gross_exposure_max_micros);
}

export function checkNet(): void {
  if (exit) return unlimited(saturatingAbs(net));
  if (isMissing()) return missing();
  atMost(saturatingAbs(net), limits.net_exposure_max_micros);
}

export function checkCurrency(m: Market): void {
  const b = saturatingAbs(base);
  const p = saturatingAbs(profit);
  const most = b > p ? b : p;
  if (exit) return unlimited(most);
  if (isMissing() || m.base_currency == 0 || m.profit_currency == 0) return missing();
  atMost(most, limits.currency_exposure_max_micros);
}

export function checkCorrelated(): void {
  if (exit) return unlimited(together);
  if (isMissing()) return missing();
  atMost(together, limits.correlated_exposure_max_micros);
}

/** The margin of a notional is the notional over the account's leverage, as the broker counts without knowing better. */
export function checkMargin(): void {
  const s = stream();
  if (exit) return unlimited(s.margin_free_micros);
  if (isMissing() || s.account == 0 || s.leverage == 0) return missing();
  const needed = saturatingAdd(order, reserved) / <i64>s.leverage;
  atLeast(saturatingSubtract(s.margin_free_micros, needed), limits.margin_free_min_micros);
}

/** Without equity there is no leverage that would do. */
export function checkLeverage(): void {
  const s = stream();
  const milli = s.equity_micros > 0 ? multiplyDivide(gross, 1000, s.equity_micros) : i64.MAX_VALUE;
  if (exit) return measured(milli, i64.MAX_VALUE, 0);
  if (isMissing() || s.account == 0) return missing();
  const most = limits.leverage_max_milli;
  measured(milli, most, saturatingSubtract(most, milli));
}
