// Oscillators: how far and how evenly the price has moved. Conventions are TA-Lib's.
import { closeBack } from "../state";
import { Bars } from "../structures";
import * as bands from "./bands";
import * as sums from "./sums";
import { sum, total } from "./sums";
import { perAtr } from "./volatility";
import * as w from "./windows";

const PERIOD: u32 = 14;
const CCI_PERIOD: u32 = 20;
/** Bars back that Aroon looks. */
const AROON: u32 = 14;

/** After the bar was pushed. Wilder: average gain and loss begin as plain means of 14 changes, then move by 1/14. */
export function rsiStep(b: Bars): void {
  if (b.count < 2) return;
  const change = closeBack(b, 0) - closeBack(b, 1);
  const gain = change > 0 ? change : 0;
  const loss = change < 0 ? -change : 0;
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
  const moved = b.gain + b.loss;
  return b.count > PERIOD && moved > 0 ? (b.gain - b.loss) / moved : 0;
}

export function rateOfChange(b: Bars, bars: u32): f64 {
  return b.count > bars ? (w.close(0) - w.close(bars)) / w.close(bars) : 0;
}

export function momentum(b: Bars, bars: u32): f64 {
  return b.count > bars ? perAtr(w.close(0) - w.close(bars)) : 0;
}

/** high + low + close, three times the typical price: whole numbers, and in ratios of prices the three falls out. */
function typicals(back: usize): v128 {
  return f64x2.add(f64x2.add(w.pair(back, w.HIGH), w.pair(back, w.LOW)), w.pair(back, w.CLOSE));
}

export function cci(b: Bars): f64 {
  if (b.count < CCI_PERIOD) return 0;
  const newest = f64x2.splat(w.high(0) + w.low(0) + w.close(0));
  let distances = f64x2.splat(0);
  for (let i: u32 = 0; i < CCI_PERIOD; i += 2) distances = f64x2.add(distances, f64x2.sub(typicals(i), newest));
  const mean = total(distances) / CCI_PERIOD;
  const middle = f64x2.add(newest, f64x2.splat(mean));
  let deviations = f64x2.splat(0);
  for (let i: u32 = 0; i < CCI_PERIOD; i += 2)
    deviations = f64x2.add(deviations, f64x2.abs(f64x2.sub(typicals(i), middle)));
  const deviation = total(deviations);
  return deviation > 0 ? -mean / (0.015 * (deviation / CCI_PERIOD)) / 100 : 0;
}

/** What the ticks of rising typical prices are worth of all; 0 when that is less than one point and tick. */
export function moneyFlow(b: Bars): f64 {
  if (b.count <= 14) return 0;
  let up = f64x2.splat(0);
  let down = f64x2.splat(0);
  for (let i: u32 = 0; i < 14; i += 2) {
    const price = typicals(i);
    const before = typicals(i + 1);
    const worth = f64x2.mul(price, w.pair(i, w.VOLUME));
    up = f64x2.add(up, v128.and(worth, f64x2.gt(price, before)));
    down = f64x2.add(down, v128.and(worth, f64x2.lt(price, before)));
  }
  const positive = total(up);
  const all = positive + total(down);
  return all >= 3 ? positive / all : 0;
}

/** -1 at the lowest low, 0 at the highest high; 0 when they are equal. */
export function williamsR(b: Bars): f64 {
  return b.count < PERIOD ? 0 : bands.rangePosition(1) - 1;
}

/** Smoothed over 3 bars. */
export function stochasticK(b: Bars): f64 {
  return b.count < PERIOD + 2 ? 0 : (bands.position_0 + bands.position_1 + bands.position_2) / 3;
}

/** The mean of the last three of them. */
export function stochasticD(b: Bars): f64 {
  if (b.count < PERIOD + 4) return 0;
  const k1 = bands.position_1;
  const k2 = bands.position_2;
  const k3 = bands.position_3;
  return (bands.position_0 + k1 + k2 + (k1 + k2 + k3) + (k2 + k3 + bands.position_4)) / 9;
}

export function ultimate(b: Bars): f64 {
  if (b.count < 29) return 0;
  const bottom = w.low(6) < w.close(7) ? w.low(6) : w.close(7);
  const short = pressure(sum(sums.BUYING, 6) + (w.close(6) - bottom), sum(sums.TRUE_RANGES, 6) + w.trueRange(6));
  const middle = pressure(sum(sums.BUYING, 14), sum(sums.TRUE_RANGES, 14));
  const long = pressure(sum(sums.BUYING, 28), sum(sums.TRUE_RANGES, 28));
  return (4 * short + 2 * middle + long) / 7;
}

function pressure(buying: f64, ranges: f64): f64 {
  return ranges > 0 ? buying / ranges : 0;
}

/** Of equal extremes the newest counts. */
export function aroon(b: Bars): f64 {
  if (b.count <= AROON) return 0;
  const high = f64x2.splat(w.high(AROON) > bands.high ? w.high(AROON) : bands.high);
  const low = f64x2.splat(w.low(AROON) < bands.low ? w.low(AROON) : bands.low);
  // One bit a bar, the newest the highest.
  let highs: u32 = 0;
  let lows: u32 = 0;
  for (let i: u32 = 0; i <= AROON; i += 2) {
    highs |= (<u32>i64x2.bitmask(f64x2.eq(w.pair(i, w.HIGH), high))) << (30 - i);
    lows |= (<u32>i64x2.bitmask(f64x2.eq(w.pair(i, w.LOW), low))) << (30 - i);
  }
  return (<f64>clz(lows) - <f64>clz(highs)) / AROON;
}

/** |net move| / sum of moves; 0 when nothing moved. */
export function efficiency(b: Bars): f64 {
  if (b.count <= 10) return 0;
  const path = sum(sums.PATH, 10);
  return path > 0 ? Math.abs(w.close(0) - w.close(10)) / path : 0;
}
