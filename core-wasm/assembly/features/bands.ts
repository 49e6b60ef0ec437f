// Channels round the price: Bollinger's, Keltner's, Donchian's; highest highs and lowest lows.
import { Bars } from "../structures";
import * as sums from "./sums";
import { sum, zScore } from "./sums";
import { atr, perAtr } from "./volatility";
import * as w from "./windows";

/** (close - SMA) / deviation; 0 when all closes are equal. */
export function closeZ(b: Bars, period: u32): f64 {
  return b.count < period ? 0 : zScore(period, sum(sums.CLOSES, period), sum(sums.CLOSE_SQUARES, period));
}

/** Four population standard deviations of 20 closes. */
export function bollingerWidth(b: Bars): f64 {
  if (b.count < 20) return 0;
  const distances = sum(sums.CLOSES, 20);
  return perAtr((4 * Math.sqrt(20 * sum(sums.CLOSE_SQUARES, 20) - distances * distances)) / 20);
}

export function keltnerPosition(b: Bars): f64 {
  return b.count < 20 || atr(b) == 0 ? 0 : (w.close(0) - b.ema_20) / (2 * b.atr_14);
}

export function donchianPosition(b: Bars): f64 {
  return b.count < 20 ? 0 : position(w.close(0), lowest20(), highest20(), 0.5);
}

export function donchianWidth(b: Bars): f64 {
  return b.count < 20 ? 0 : perAtr(highest20() - lowest20());
}

/** Where the close of `skip` bars ago, up to 4, lies in the range of 14 bars up to it; `flat` when that is empty. */
export function rangePosition(skip: u32, flat: f64): f64 {
  return position(w.close(skip), lowest14(skip), highest14(skip), flat);
}

function position(close: f64, low: f64, high: f64, flat: f64): f64 {
  const width = high - low;
  return width > 0 ? (close - low) / width : flat;
}

let core_high: v128 = i64x2.splat(0);
let core_low: v128 = i64x2.splat(0);

/** After the windows were laid out. The bars 4 to 13 back are in every one of the ranges of 14. */
export function findExtremes(): void {
  let high = w.pair(4, w.HIGH);
  let low = w.pair(4, w.LOW);
  for (let i: usize = 6; i < 14; i += 2) {
    high = f64x2.pmax(high, w.pair(i, w.HIGH));
    low = f64x2.pmin(low, w.pair(i, w.LOW));
  }
  core_high = high;
  core_low = low;
}

/** Of 14 bars, from `skip` bars ago, up to 4. */
export function highest14(skip: u32): f64 {
  const newer = f64x2.pmax(w.pair(skip, w.HIGH), w.pair(skip + 2, w.HIGH));
  const older = f64x2.pmax(w.pair(skip + 10, w.HIGH), w.pair(skip + 12, w.HIGH));
  return most(f64x2.pmax(core_high, f64x2.pmax(newer, older)));
}

export function lowest14(skip: u32): f64 {
  const newer = f64x2.pmin(w.pair(skip, w.LOW), w.pair(skip + 2, w.LOW));
  const older = f64x2.pmin(w.pair(skip + 10, w.LOW), w.pair(skip + 12, w.LOW));
  return least(f64x2.pmin(core_low, f64x2.pmin(newer, older)));
}

function highest20(): f64 {
  const older = f64x2.pmax(w.pair(14, w.HIGH), f64x2.pmax(w.pair(16, w.HIGH), w.pair(18, w.HIGH)));
  const high = most(older);
  const newer = highest14(0);
  return high > newer ? high : newer;
}

function lowest20(): f64 {
  const older = f64x2.pmin(w.pair(14, w.LOW), f64x2.pmin(w.pair(16, w.LOW), w.pair(18, w.LOW)));
  const low = least(older);
  const newer = lowest14(0);
  return low < newer ? low : newer;
}

function most(lanes: v128): f64 {
  const a = f64x2.extract_lane(lanes, 0);
  const b = f64x2.extract_lane(lanes, 1);
  return a > b ? a : b;
}

function least(lanes: v128): f64 {
  const a = f64x2.extract_lane(lanes, 0);
  const b = f64x2.extract_lane(lanes, 1);
  return a < b ? a : b;
}
