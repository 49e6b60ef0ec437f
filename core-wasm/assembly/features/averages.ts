// Moving averages of closes and their distances in ATRs, as TA-Lib has them. Sums run over distances to the newest close:
// exact, so that nothing can drift.
import { closeBack } from "../state";
import { Bars } from "../structures";
import * as sums from "./sums";
import { sum } from "./sums";
import { perAtr } from "./volatility";
import * as w from "./windows";

/** After the bar was pushed. */
export function averagesStep(b: Bars): void {
  const close = closeBack(b, 0);
  b.ema_10 = smooth(b.ema_10, close, b.count, 10);
  b.ema_20 = smooth(b.ema_20, close, b.count, 20);
  b.ema_50 = smooth(b.ema_50, close, b.count, 50);
}

/** The n-th value of an exponential average of N: for the first N values, `state` is the sum so far over N. */
export function smooth(state: f64, value: f64, n: u32, period: u32): f64 {
  return n <= period ? state + value / period : state + (value - state) * (<f64>2 / (<f64>period + 1));
}

/** (close - SMA) / ATR. */
export function smaDistance(b: Bars, period: u32): f64 {
  return b.count < period ? 0 : -perAtr(sum(sums.CLOSES, period) / period);
}

/** (close - EMA) / ATR. */
export function emaDistance(b: Bars, ema: f64, period: u32): f64 {
  return b.count < period ? 0 : perAtr(w.close(0) - ema);
}

/** (close - WMA) / ATR. */
export function wmaDistance(b: Bars, period: u32): f64 {
  if (b.count < period) return 0;
  const weighted = <f64>period * sum(sums.CLOSES, period) - sum(sums.CLOSES_BACK, period);
  return -perAtr((weighted * 2) / (<f64>period * (period + 1)));
}
