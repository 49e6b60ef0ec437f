// Oscillators: how far and how evenly the price has moved. Conventions are TA-Lib's.
import { closeBack } from "../state";
import { Bars } from "../structures";
import { rangePosition } from "./bands";
import { perAtr } from "./volatility";
import * as w from "./windows";

const PERIOD: u32 = 14;
const CCI_PERIOD: u32 = 20;
const AROON: u32 = 14;

/** After the bar was pushed. Wilder: average gain and loss begin as plain means of 14 changes, then move by 1/14. */
export function rsiStep(b: Bars): void {
  if (b.count < 2) return;
  const change = closeBack(b, 0) - closeBack(b, 1);
  const gain = Math.max(change, 0);
  const loss = Math.max(-change, 0);
  const changes = b.count - 1;
  if (changes <= PERIOD) {
    b.gain += gain / PERIOD;
    b.loss += loss / PERIOD;
  } else {
    b.gain += (gain - b.gain) / PERIOD;
    b.loss += (loss - b.loss) / PERIOD;
  }
}

/** (RSI - 50) / 50 = (gain - loss) / (gain + loss); 0 when nothing moved at all. */
export function rsi(b: Bars): f64 {
  const sum = b.gain + b.loss;
  return b.count > PERIOD && sum > 0 ? (b.gain - b.loss) / sum : 0;
}

export function rateOfChange(b: Bars, bars: u32): f64 {
  return b.count > bars ? (w.close(0) - w.close(bars)) / w.close(bars) : 0;
}

export function momentum(b: Bars, bars: u32): f64 {
  return b.count > bars ? perAtr(b, w.close(0) - w.close(bars)) : 0;
}

export function cci(b: Bars): f64 {
  if (b.count < CCI_PERIOD) return 0;
  const newest = w.typical(0);
  let mean: f64 = 0;
  for (let i: u32 = 0; i < CCI_PERIOD; i++) mean += w.typical(i) - newest;
  mean /= CCI_PERIOD;
  let deviation: f64 = 0;
  for (let i: u32 = 0; i < CCI_PERIOD; i++) deviation += Math.abs(w.typical(i) - newest - mean);
  return deviation > 0 ? -mean / (0.015 * (deviation / CCI_PERIOD)) / 100 : 0;
}

/** -1 at the lowest low, 0 at the highest high; 0 when they are equal. */
export function williamsR(b: Bars): f64 {
  return b.count < PERIOD ? 0 : rangePosition(b, PERIOD, 0, 1) - 1;
}

/** Smoothed over 3 bars, `skip` bars ago. */
function smoothK(b: Bars, skip: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < 3; i++) sum += rangePosition(b, PERIOD, skip + i, 0);
  return sum / 3;
}

export function stochasticK(b: Bars): f64 {
  return b.count < PERIOD + 2 ? 0 : smoothK(b, 0);
}

export function stochasticD(b: Bars): f64 {
  return b.count < PERIOD + 4 ? 0 : (smoothK(b, 0) + smoothK(b, 1) + smoothK(b, 2)) / 3;
}

export function ultimate(b: Bars): f64 {
  return b.count < 29 ? 0 : (4 * pressure(b, 7) + 2 * pressure(b, 14) + pressure(b, 28)) / 7;
}

/** Sum of (close - true low) over sum of true ranges. */
function pressure(b: Bars, period: u32): f64 {
  let buying: f64 = 0;
  let ranges: f64 = 0;
  for (let i: u32 = 0; i < period; i++) {
    buying += w.close(i) - Math.min(w.low(i), w.close(i + 1));
    ranges += w.trueRange(i);
  }
  return ranges > 0 ? buying / ranges : 0;
}

export function aroon(b: Bars): f64 {
  if (b.count <= AROON) return 0;
  let high_at: u32 = 0;
  let low_at: u32 = 0;
  for (let i: u32 = 1; i <= AROON; i++) {
    if (w.high(i) > w.high(high_at)) high_at = i;
    if (w.low(i) < w.low(low_at)) low_at = i;
  }
  return (<f64>low_at - <f64>high_at) / AROON;
}

/** |net move| / sum of moves; 0 when nothing moved. */
export function efficiency(b: Bars): f64 {
  if (b.count <= 10) return 0;
  let path: f64 = 0;
  for (let i: u32 = 0; i < 10; i++) path += Math.abs(w.close(i) - w.close(i + 1));
  return path > 0 ? Math.abs(w.close(0) - w.close(10)) / path : 0;
}
