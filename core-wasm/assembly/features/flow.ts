// What single ticks say: moving means over a symbol's last ticks, and sums over the ticks of a bar. A moving mean over N
// begins as a plain mean of what there is and moves by 1/N from the N-th value on. Sums are differences of integer totals:
// exact, and a tick pays for them once, however many bars it is in.
import { Bars, Flow, Market } from "../structures";
import { perAtr, ratioPerAtr } from "./volatility";
import * as w from "./windows";

const SHORT: u32 = 64;
const LONG: u32 = 256;

const SQUARE_UNIT: f64 = 1e-20;
const UNITS: f64 = 1e20;
/** A tick that moves the mid by a tenth of itself. */
const SQUARE_MAX: f64 = 1e18;

/** A valid tick. */
export function flowStep(f: Flow, time_ms: i64, bid: i64, ask: i64): void {
  const doubled = bid + ask;
  const spread = ask - bid;
  const last = f.mid_doubled;
  let long: f64 = 1 / <f64>LONG;
  let short: f64 = 1 / <f64>SHORT;
  if (f.count < LONG) {
    const changes = f.count;
    f.count = changes + 1;
    long = 1 / <f64>(changes + 1);
    if (changes < SHORT) short = 1 / <f64>(changes == 0 ? 1 : changes);
  }
  f.spread_mean += (<f64>spread - f.spread_mean) * long;
  f.ticks++;
  f.spreads_points += <u64>spread;
  if (last != 0) {
    const moved = doubled - last;
    const r = <f64>moved / <f64>last;
    const squared = r * r;
    const units = squared * UNITS;
    f.squares += <u64>(<i64>(units < SQUARE_MAX ? units : SQUARE_MAX));
    const up = <u32>(moved > 0);
    const down = <u32>(moved < 0);
    const direction = <i32>up - <i32>down;
    f.ups += up;
    f.downs += down;
    f.flips += <u32>(direction * f.direction < 0);
    f.direction = direction != 0 ? direction : f.direction;
    f.gap_ms_mean += (<f64>(time_ms - f.time_ms) - f.gap_ms_mean) * short;
    f.imbalance += (<f64>direction - f.imbalance) * short;
    f.return_mean += (r - f.return_mean) * short;
    f.square_mean += (squared - f.square_mean) * long;
  }
  f.mid_doubled = doubled;
  f.time_ms = time_ms;
}

/** A bar that ticks go into begins: what the totals are before its first. */
export function beginFlow(b: Bars, f: Flow): void {
  b.tick_count = f.ticks;
  b.ups = f.ups;
  b.downs = f.downs;
  b.flips = f.flips;
  b.spread_sum_points = f.spreads_points;
  b.squares = f.squares;
}

/** It ends: what has come since. */
export function endFlow(b: Bars, f: Flow): void {
  b.tick_count = f.ticks - b.tick_count;
  b.ups = f.ups - b.ups;
  b.downs = f.downs - b.downs;
  b.flips = f.flips - b.flips;
  b.spread_sum_points = f.spreads_points - b.spread_sum_points;
  b.squares = f.squares - b.squares;
}

export function spreadAtr(m: Market): f64 {
  return m.quote == 0 ? 0 : perAtr(<f64>(m.ask_points - m.bid_points));
}

export function spreadRatio(f: Flow, m: Market): f64 {
  const spread = <f64>(m.ask_points - m.bid_points);
  return spread > 0 && f.spread_mean > 0 ? Math.log(spread / f.spread_mean) : 0;
}

export function tickRate(f: Flow): f64 {
  return f.count < 2 ? 0 : Math.log(1 + 1000 / Math.max(f.gap_ms_mean, 1));
}

export function tickVolatility(f: Flow): f64 {
  return ratioPerAtr(Math.sqrt(f.square_mean));
}

export function tickDrift(f: Flow): f64 {
  return f.square_mean > 0 ? Math.max(-1, Math.min(1, f.return_mean / Math.sqrt(f.square_mean))) : 0;
}

/** When a bar of our own closes, before its sums are cleared. */
export function keepBarFlow(b: Bars): void {
  const changes = <f64>(b.ups + b.downs);
  b.last_square_sum = <f64>b.squares * SQUARE_UNIT;
  b.last_spread_mean = b.tick_count > 0 ? <f64>b.spread_sum_points / <f64>b.tick_count : 0;
  b.last_imbalance = changes > 0 ? (<f64>b.ups - <f64>b.downs) / changes : 0;
  b.last_flips = changes > 0 ? <f64>b.flips / changes : 0;
}

/** A bar from history had no ticks that we know of. */
export function noBarFlow(b: Bars): void {
  b.last_square_sum = 0;
  b.last_spread_mean = 0;
  b.last_imbalance = 0;
  b.last_flips = 0;
}

export function barVolatility(b: Bars): f64 {
  return ratioPerAtr(Math.sqrt(b.last_square_sum));
}

export function barSpread(b: Bars): f64 {
  return w.close(0) > 0 ? perAtr(b.last_spread_mean) : 0;
}
