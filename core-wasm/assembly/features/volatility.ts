// How much the price moves. True range: max(high, close before) - min(low, close before), from the second bar on.
// ATR(N): Wilder's average; begins as the plain mean of the first N true ranges, then moves by 1/N. Unit: points.
// Below a millionth of a point the ATR of a symbol that stands still only fades away, and what is divided by it would
// grow beyond all bounds: it counts as 0, and so does everything measured in ATRs.
import { closeBack, highBack, lowBack } from "../state";
import { Bars } from "../structures";
import { high, low } from "./bands";
import * as sums from "./sums";
import { sum, total } from "./sums";
import * as w from "./windows";

const SHORT: u32 = 14;
const LONG: u32 = 50;
const RANGE_BARS: u32 = 20;
const ATR_LEAST: f64 = 1e-6;
const LN_2: f64 = 0.6931471805599453;
const LN_14: f64 = 2.6390573296152584;

/** Needs the bar before. */
export function trueRangeBack(b: Bars, back: u32): f64 {
  const previous = closeBack(b, back + 1);
  const top = highBack(b, back);
  const bottom = lowBack(b, back);
  return (top > previous ? top : previous) - (bottom < previous ? bottom : previous);
}

/** After the bar was pushed. */
export function atrStep(b: Bars): void {
  if (b.count < 2) return;
  const range = trueRangeBack(b, 0);
  const ranges = b.count - 1;
  b.atr_14 = wilder(b.atr_14, range, ranges, SHORT);
  b.atr_50 = wilder(b.atr_50, range, ranges, LONG);
}

/** 0 = not warm or nothing moves: then nothing may be divided by it. */
export function atr(b: Bars): f64 {
  return b.count > SHORT && b.atr_14 > ATR_LEAST ? b.atr_14 : 0;
}

let inverse: f64 = 0;
let close_inverse: f64 = 0;

/** Before anything is measured in ATRs; while there is none all of it is 0. */
export function takeAtr(b: Bars): void {
  const range = atr(b);
  inverse = range > 0 ? 1 / range : 0;
  close_inverse = w.close(0) * inverse;
}

/** A distance in points as ATRs. */
export function perAtr(points: f64): f64 {
  return points * inverse;
}

/** A ratio of prices as ATRs. */
export function ratioPerAtr(ratio: f64): f64 {
  return ratio * close_inverse;
}

export function atrToClose(b: Bars): f64 {
  return atr(b) / w.close(0);
}

export function atrRatio(b: Bars): f64 {
  return b.count > LONG && atr(b) > 0 ? Math.log(b.atr_14 / b.atr_50) : 0;
}

export function realisedVolatility(b: Bars, bars: u32): f64 {
  return b.count > bars ? ratioPerAtr(Math.sqrt(sum(sums.RETURN_SQUARES, bars) / bars)) : 0;
}

export function volatilityRatio(b: Bars): f64 {
  if (b.count <= 20) return 0;
  const short = (sum(sums.RETURN_SQUARES, 4) + w.logReturnOf(4) * w.logReturnOf(4)) / 5;
  const long = sum(sums.RETURN_SQUARES, 20) / 20;
  return short > 0 && long > 0 ? Math.log(short / long) / 2 : 0;
}

export let parkinson: f64 = 0;
export let garman_klass: f64 = 0;

export function findRangeVolatility(b: Bars): void {
  parkinson = 0;
  garman_klass = 0;
  if (b.count < RANGE_BARS) return;
  let ranges = f64x2.splat(0);
  let bodies = f64x2.splat(0);
  for (let i: u32 = 0; i < RANGE_BARS; i += 2) {
    ranges = f64x2.add(ranges, w.pair(i, w.RANGE_SQUARE));
    bodies = f64x2.add(bodies, w.pair(i, w.BODY_SQUARE));
  }
  const range = total(ranges);
  parkinson = ratioPerAtr(Math.sqrt(range / RANGE_BARS / (4 * LN_2)));
  const both = range / 2 - (2 * LN_2 - 1) * total(bodies);
  if (both > 0) garman_klass = ratioPerAtr(Math.sqrt(both / RANGE_BARS));
}

export function choppiness(b: Bars): f64 {
  if (b.count <= SHORT) return 0;
  const width = high - low;
  return width > 0 ? Math.log(sum(sums.TRUE_RANGES, SHORT) / width) / LN_14 : 0;
}

function wilder(state: f64, value: f64, n: u32, period: u32): f64 {
  return n <= period ? state + value / period : state + (value - state) / period;
}
