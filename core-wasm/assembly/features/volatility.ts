// How much the price moves. True range: max(high, close before) - min(low, close before), from the second bar on.
// ATR(N): Wilder's average; begins as the plain mean of the first N true ranges, then moves by 1/N. Unit: points.
// Below a millionth of a point the ATR of a symbol that stands still only fades away, and what is divided by it would
// grow beyond all bounds: it counts as 0, and so does everything measured in ATRs.
import { closeBack, highBack, lowBack } from "../state";
import { Bars } from "../structures";
import { highest, lowest } from "./bands";
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
  return Math.max(highBack(b, back), previous) - Math.min(lowBack(b, back), previous);
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

/** A distance in points as ATRs. */
export function perAtr(b: Bars, points: f64): f64 {
  const range = atr(b);
  return range > 0 ? points / range : 0;
}

/** A ratio of prices as ATRs. */
export function ratioPerAtr(b: Bars, ratio: f64): f64 {
  const range = atr(b);
  return range > 0 ? (ratio * w.close(0)) / range : 0;
}

export function atrToClose(b: Bars): f64 {
  return atr(b) / w.close(0);
}

export function atrRatio(b: Bars): f64 {
  return b.count > LONG && atr(b) > 0 ? Math.log(b.atr_14 / b.atr_50) : 0;
}

function meanSquare(b: Bars, bars: u32): f64 {
  let squares: f64 = 0;
  for (let i: u32 = 0; i < bars; i++) {
    const r = w.logReturnOf(i);
    squares += r * r;
  }
  return squares / bars;
}

export function realisedVolatility(b: Bars, bars: u32): f64 {
  return b.count > bars ? ratioPerAtr(b, Math.sqrt(meanSquare(b, bars))) : 0;
}

export function volatilityRatio(b: Bars): f64 {
  if (b.count <= 20) return 0;
  const short = meanSquare(b, 5);
  const long = meanSquare(b, 20);
  return short > 0 && long > 0 ? Math.log(short / long) / 2 : 0;
}

export function parkinson(b: Bars): f64 {
  if (b.count < RANGE_BARS) return 0;
  let sum: f64 = 0;
  for (let i: u32 = 0; i < RANGE_BARS; i++) sum += w.rangeSquare(i);
  return ratioPerAtr(b, Math.sqrt(sum / RANGE_BARS / (4 * LN_2)));
}

export function garmanKlass(b: Bars): f64 {
  if (b.count < RANGE_BARS) return 0;
  let sum: f64 = 0;
  for (let i: u32 = 0; i < RANGE_BARS; i++) sum += w.rangeSquare(i) / 2 - (2 * LN_2 - 1) * w.bodySquare(i);
  return sum > 0 ? ratioPerAtr(b, Math.sqrt(sum / RANGE_BARS)) : 0;
}

export function choppiness(b: Bars): f64 {
  if (b.count <= SHORT) return 0;
  let path: f64 = 0;
  for (let i: u32 = 0; i < SHORT; i++) path += w.trueRange(i);
  const width = highest(b, SHORT) - lowest(b, SHORT);
  return width > 0 ? Math.log(path / width) / LN_14 : 0;
}

function wilder(state: f64, value: f64, n: u32, period: u32): f64 {
  return n <= period ? state + value / period : state + (value - state) / period;
}
