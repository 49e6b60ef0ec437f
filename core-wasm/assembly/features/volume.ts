// What the number of ticks says; a bar's volume is its number of ticks, as MT5 has it for symbols without an exchange.
import { closeBack, highBack, lowBack, volumeBack } from "../state";
import { Bars } from "../structures";
import * as sums from "./sums";
import { sum, total, zScore } from "./sums";
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
  return b.vwap_volume_sum > 0 ? perAtr(w.close(0) - b.vwap_price_sum / b.vwap_volume_sum) : 0;
}

export function obvSlope(b: Bars): f64 {
  if (b.count <= 20) return 0;
  const volumes = sum(sums.VOLUMES, 20);
  return volumes > 0 ? sum(sums.SIGNED_VOLUMES, 20) / volumes : 0;
}

export function volumeZ(b: Bars): f64 {
  if (b.count < 20) return 0;
  const newest = f64x2.splat(w.volume(0));
  let distances = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (let i: u32 = 0; i < 20; i += 2) {
    const distance = f64x2.sub(w.pair(i, w.VOLUME), newest);
    distances = f64x2.add(distances, distance);
    squares = f64x2.add(squares, f64x2.mul(distance, distance));
  }
  return zScore(20, total(distances), total(squares));
}

/** Of high - low. */
export function rangeZ(b: Bars): f64 {
  if (b.count < 20) return 0;
  const newest = f64x2.splat(w.high(0) - w.low(0));
  let distances = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (let i: u32 = 0; i < 20; i += 2) {
    const distance = f64x2.sub(f64x2.sub(w.pair(i, w.HIGH), w.pair(i, w.LOW)), newest);
    distances = f64x2.add(distances, distance);
    squares = f64x2.add(squares, f64x2.mul(distance, distance));
  }
  return zScore(20, total(distances), total(squares));
}
