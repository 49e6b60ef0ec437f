// True range: max(high - low, |high - previous close|, |low - previous close|), from the second bar on.
// ATR(N): Wilder; begins as the plain mean of the first N true ranges, then moves by 1/N. Unit: points.
// atr_14_close: ATR(14) / close. Warm after 15 bars.
// atr_ratio_14_50: ln(ATR(14) / ATR(50)). Warm after 51 bars.
// realised_volatility_20_atr: root mean square of the last 20 log returns, over ATR(14) / close. Warm after 21 bars.
// range_atr: (high - low) of the bar / ATR(14). Warm after 15 bars.
// All 0 before they are warm, and when nothing moves: below a millionth of a point the ATR of a symbol that stands still
// only fades away, and what is divided by it would grow beyond all bounds.
import { Bars, closeBack, returnBack } from "../state";

const SHORT: u32 = 14;
const LONG: u32 = 50;
const REALISED: u32 = 20;
const ATR_LEAST: f64 = 1e-6;

/** After returnsStep. */
export function atrStep(b: Bars, high: i64, low: i64): void {
  if (b.count < 2) return;
  const previous = closeBack(b, 1);
  const top = previous > high ? previous : high;
  const bottom = previous < low ? previous : low;
  const range = <f64>(top - bottom);
  const ranges = b.count - 1;
  b.atr_14 = wilder(b.atr_14, range, ranges, SHORT);
  b.atr_50 = wilder(b.atr_50, range, ranges, LONG);
}

/** 0 = not warm or nothing moves: then nothing may be divided by it. */
export function atr(b: Bars): f64 {
  return b.count > SHORT && b.atr_14 > ATR_LEAST ? b.atr_14 : 0;
}

export function atrToClose(b: Bars): f64 {
  return atr(b) / <f64>closeBack(b, 0);
}

export function atrRatio(b: Bars): f64 {
  return b.count > LONG && atr(b) > 0 ? Math.log(b.atr_14 / b.atr_50) : 0;
}

export function realisedVolatility(b: Bars): f64 {
  if (b.count <= REALISED || atr(b) == 0) return 0;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < REALISED; i++) {
    const r = returnBack(b, i);
    squares += r * r;
  }
  return Math.sqrt(squares / REALISED) / atrToClose(b);
}

export function rangeToAtr(b: Bars, high: i64, low: i64): f64 {
  return atr(b) > 0 ? <f64>(high - low) / b.atr_14 : 0;
}

function wilder(state: f64, value: f64, n: u32, period: u32): f64 {
  return n <= period ? state + value / period : state + (value - state) / period;
}
