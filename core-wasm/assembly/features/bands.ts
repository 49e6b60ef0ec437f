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

/** Where the newest close lies in the range of 14 bars; `flat` when that is empty. */
export function rangePosition(flat: f64): f64 {
  return position(w.close(0), low, high, flat);
}

function position(close: f64, low: f64, high: f64, flat: f64): f64 {
  const width = high - low;
  return width > 0 ? (close - low) / width : flat;
}

// Found by findExtremes. Of the newest 14 bars, and where the close of so many bars ago lies in the range of 14 up to it.
export let high: f64 = 0;
export let low: f64 = 0;
export let position_0: f64 = 0;
export let position_1: f64 = 0;
export let position_2: f64 = 0;
export let position_3: f64 = 0;
export let position_4: f64 = 0;

/** After the windows were laid out. The bars 4 to 13 back are in every one of the ranges of 14. */
export function findExtremes(): void {
  let highs = w.pair(4, w.HIGH);
  let lows = w.pair(4, w.LOW);
  for (let i: usize = 6; i < 14; i += 2) {
    highs = f64x2.pmax(highs, w.pair(i, w.HIGH));
    lows = f64x2.pmin(lows, w.pair(i, w.LOW));
  }
  high = highest14(highs, 0);
  low = lowest14(lows, 0);
  position_0 = position(w.close(0), low, high, 0);
  position_1 = position(w.close(1), lowest14(lows, 1), highest14(highs, 1), 0);
  position_2 = position(w.close(2), lowest14(lows, 2), highest14(highs, 2), 0);
  position_3 = position(w.close(3), lowest14(lows, 3), highest14(highs, 3), 0);
  position_4 = position(w.close(4), lowest14(lows, 4), highest14(highs, 4), 0);
}

/** Of 14 bars, from `skip` bars ago, up to 4. */
function highest14(shared: v128, skip: u32): f64 {
  const newer = f64x2.pmax(w.pair(skip, w.HIGH), w.pair(skip + 2, w.HIGH));
  const older = f64x2.pmax(w.pair(skip + 10, w.HIGH), w.pair(skip + 12, w.HIGH));
  return most(f64x2.pmax(shared, f64x2.pmax(newer, older)));
}

function lowest14(shared: v128, skip: u32): f64 {
  const newer = f64x2.pmin(w.pair(skip, w.LOW), w.pair(skip + 2, w.LOW));
  const older = f64x2.pmin(w.pair(skip + 10, w.LOW), w.pair(skip + 12, w.LOW));
  return least(f64x2.pmin(shared, f64x2.pmin(newer, older)));
}

function highest20(): f64 {
  const older = f64x2.pmax(w.pair(14, w.HIGH), f64x2.pmax(w.pair(16, w.HIGH), w.pair(18, w.HIGH)));
  const before = most(older);
  return before > high ? before : high;
}

function lowest20(): f64 {
  const older = f64x2.pmin(w.pair(14, w.LOW), f64x2.pmin(w.pair(16, w.LOW), w.pair(18, w.LOW)));
  const before = least(older);
  return before < low ? before : low;
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
