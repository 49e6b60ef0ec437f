// macd_histogram_atr: (MACD(12, 26) - its signal(9)) / ATR(14). Appel's MACD. Each exponential average begins as the
// plain mean of its first N values, then moves by 2 / (N + 1); the signal's first value is that of bar 26. Unit: ATRs.
// Warm after 34 bars, 0 before.
// bollinger_z_20: (close - mean of the last 20 closes) / their population standard deviation. Bollinger. Unit:
// deviations. Warm after 20 bars; 0 before and when all 20 are equal.
import { Bars, closeBack } from "../state";
import { atr } from "./volatility";

const FAST: u32 = 12;
const SLOW: u32 = 26;
const SIGNAL: u32 = 9;
const BOLLINGER: u32 = 20;

/** After returnsStep. */
export function macdStep(b: Bars): void {
  const close = <f64>closeBack(b, 0);
  b.ema_12 = smooth(b.ema_12, close, b.count, FAST);
  b.ema_26 = smooth(b.ema_26, close, b.count, SLOW);
  if (b.count >= SLOW) b.macd_signal = smooth(b.macd_signal, b.ema_12 - b.ema_26, b.count - SLOW + 1, SIGNAL);
}

export function macdHistogram(b: Bars): f64 {
  const range = atr(b);
  return b.count >= SLOW + SIGNAL - 1 && range > 0 ? (b.ema_12 - b.ema_26 - b.macd_signal) / range : 0;
}

/** Means of distances to the newest close: exact integers, so that no running sum can drift. */
export function bollingerZ(b: Bars): f64 {
  if (b.count < BOLLINGER) return 0;
  const close = closeBack(b, 0);
  let sum: f64 = 0;
  for (let i: u32 = 0; i < BOLLINGER; i++) sum += <f64>(closeBack(b, i) - close);
  const mean = sum / BOLLINGER;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < BOLLINGER; i++) {
    const distance = <f64>(closeBack(b, i) - close) - mean;
    squares += distance * distance;
  }
  return squares > 0 ? -mean / Math.sqrt(squares / BOLLINGER) : 0;
}

/** The n-th value of an exponential average of N: for the first N values, `state` is the sum so far over N. */
function smooth(state: f64, value: f64, n: u32, period: u32): f64 {
  return n <= period ? state + value / period : state + ((value - state) * 2) / (period + 1);
}
