// What the number of ticks says; a bar's volume is its number of ticks, as MT5 has it for symbols without an exchange.
import { Bars, closeBack, highBack, lowBack, volumeBack } from "../state";
import { typical } from "./momentum";
import { perAtr } from "./volatility";

const DAY_MS: i64 = 86_400_000;

/** After the bar was pushed. */
export function vwapStep(b: Bars, open_time_ms: i64): void {
  const day = <i32>(open_time_ms / DAY_MS);
  if (day != b.vwap_day) {
    b.vwap_day = day;
    b.vwap_price_sum = 0;
    b.vwap_volume_sum = 0;
  }
  b.vwap_price_sum += typical(b, 0) * volumeBack(b, 0);
  b.vwap_volume_sum += volumeBack(b, 0);
}

export function vwapDistance(b: Bars): f64 {
  return b.vwap_volume_sum > 0 ? perAtr(b, closeBack(b, 0) - b.vwap_price_sum / b.vwap_volume_sum) : 0;
}

export function obvSlope(b: Bars): f64 {
  if (b.count <= 20) return 0;
  let signed: f64 = 0;
  let sum: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) {
    const volume = volumeBack(b, i);
    const change = closeBack(b, i) - closeBack(b, i + 1);
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
    const price = typical(b, i);
    const before = typical(b, i + 1);
    if (price > before) positive += price * volumeBack(b, i);
    else if (price < before) negative += price * volumeBack(b, i);
  }
  const sum = positive + negative;
  return sum >= 1 ? positive / sum : 0;
}

/** (newest - mean) / population standard deviation of 20 values; 0 when all are equal. */
export function volumeZ(b: Bars): f64 {
  if (b.count < 20) return 0;
  let mean: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) mean += volumeBack(b, i);
  mean /= 20;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) squares += (volumeBack(b, i) - mean) * (volumeBack(b, i) - mean);
  return squares > 0 ? (volumeBack(b, 0) - mean) / Math.sqrt(squares / 20) : 0;
}

export function rangeZ(b: Bars): f64 {
  if (b.count < 20) return 0;
  let mean: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) mean += highBack(b, i) - lowBack(b, i);
  mean /= 20;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < 20; i++) {
    const distance = highBack(b, i) - lowBack(b, i) - mean;
    squares += distance * distance;
  }
  return squares > 0 ? (highBack(b, 0) - lowBack(b, 0) - mean) / Math.sqrt(squares / 20) : 0;
}
