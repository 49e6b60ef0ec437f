// What the number of ticks says; a bar's volume is its number of ticks, as MT5 has it for symbols without an exchange.
import { closeBack, highBack, lowBack, volumeBack } from "../state";
import { Bars } from "../structures";
import { perAtr } from "./volatility";
import * as w from "./windows";

const DAY_MS: i64 = 86_400_000;

/** After the bar was pushed. */
export function vwapStep(b: Bars, open_time_ms: i64): void {
  const day = <i32>(open_time_ms / DAY_MS);
  if (day != b.vwap_day) {
    b.vwap_day = day;
    b.vwap_price_sum = 0;
    b.vwap_volume_sum = 0;
  }
  b.vwap_price_sum += ((highBack(b, 0) + lowBack(b, 0) + closeBack(b, 0)) / 3) * volumeBack(b, 0);
  b.vwap_volume_sum += volumeBack(b, 0);
}

export function vwapDistance(b: Bars): f64 {
  return b.vwap_volume_sum > 0 ? perAtr(b, w.close(0) - b.vwap_price_sum / b.vwap_volume_sum) : 0;
}

export function obvSlope(b: Bars): f64 {
  if (b.count <= 20) return 0;
  let signed: f64 = 0;
  let sum: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) {
    const volume = w.volume(i);
    const change = w.close(i) - w.close(i + 1);
    if (change > 0) signed += volume;
    else if (change < 0) signed -= volume;
    sum += volume;
  }
  return sum > 0 ? signed / sum : 0;
}

export function moneyFlow(b: Bars): f64 {
  if (b.count <= 14) return 0;
  let positive: f64 = 0;
  let negative: f64 = 0;
  for (let i: u32 = 0; i < 14; i++) {
    const price = w.typical(i);
    const before = w.typical(i + 1);
    if (price > before) positive += price * w.volume(i);
    else if (price < before) negative += price * w.volume(i);
  }
  const sum = positive + negative;
  return sum >= 1 ? positive / sum : 0;
}

/** (newest - mean) / population standard deviation of 20 values; 0 when all are equal. */
export function volumeZ(b: Bars): f64 {
  if (b.count < 20) return 0;
  let mean: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) mean += w.volume(i);
  mean /= 20;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) squares += (w.volume(i) - mean) * (w.volume(i) - mean);
  return squares > 0 ? (w.volume(0) - mean) / Math.sqrt(squares / 20) : 0;
}

export function rangeZ(b: Bars): f64 {
  if (b.count < 20) return 0;
  let mean: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) mean += w.high(i) - w.low(i);
  mean /= 20;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) {
    const distance = w.high(i) - w.low(i) - mean;
    squares += distance * distance;
  }
  return squares > 0 ? (w.high(0) - w.low(0) - mean) / Math.sqrt(squares / 20) : 0;
}
