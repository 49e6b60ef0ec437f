// Direction of the price: MACD, directional movement, least squares. Conventions are TA-Lib's.
import { closeBack, highBack, lowBack } from "../state";
import { Bars } from "../structures";
import { smooth } from "./averages";
import * as sums from "./sums";
import { sum } from "./sums";
import { perAtr, trueRangeBack } from "./volatility";

const FAST: u32 = 12;
const SLOW: u32 = 26;
const SIGNAL: u32 = 9;
const PERIOD: u32 = 14;

/** After the bar was pushed. The fast average begins so late that both have their first value at bar 26. */
export function macdStep(b: Bars): void {
  const close = closeBack(b, 0);
  if (b.count > SLOW - FAST) b.macd_fast = smooth(b.macd_fast, close, b.count - (SLOW - FAST), FAST);
  b.macd_slow = smooth(b.macd_slow, close, b.count, SLOW);
  if (b.count >= SLOW) b.macd_signal = smooth(b.macd_signal, b.macd_fast - b.macd_slow, b.count - SLOW + 1, SIGNAL);
}

export function macd(b: Bars): f64 {
  return b.count >= SLOW ? perAtr(b.macd_fast - b.macd_slow) : 0;
}

export function macdSignal(b: Bars): f64 {
  return b.count >= SLOW + SIGNAL - 1 ? perAtr(b.macd_signal) : 0;
}

export function macdHistogram(b: Bars): f64 {
  return b.count >= SLOW + SIGNAL - 1 ? perAtr(b.macd_fast - b.macd_slow - b.macd_signal) : 0;
}

/** After the bar was pushed. Wilder's sums: 13 bars are added up, from then on a fourteenth is taken away first. */
export function directionStep(b: Bars): void {
  if (b.count < 2) return;
  const up = highBack(b, 0) - highBack(b, 1);
  const down = lowBack(b, 1) - lowBack(b, 0);
  const n = b.count - 1;
  if (n >= PERIOD) {
    b.move_up -= b.move_up / PERIOD;
    b.move_down -= b.move_down / PERIOD;
    b.move_range -= b.move_range / PERIOD;
  }
  if (up > 0 && up > down) b.move_up += up;
  if (down > 0 && down > up) b.move_down += down;
  b.move_range += trueRangeBack(b, 0);
  if (n < PERIOD) return;
  const sum = b.move_up + b.move_down;
  const dx = b.move_range > 0 && sum > 0 ? Math.abs(b.move_up - b.move_down) / sum : 0;
  // The first value is the mean of 14; a bar without any movement keeps the last one.
  if (n < 2 * PERIOD) b.adx += dx / PERIOD;
  else if (b.move_range > 0 && sum > 0) b.adx += (dx - b.adx) / PERIOD;
}

export function adx(b: Bars): f64 {
  return b.count >= 2 * PERIOD ? b.adx : 0;
}

export function plusDi(b: Bars): f64 {
  return b.count > PERIOD && b.move_range > 0 ? b.move_up / b.move_range : 0;
}

export function minusDi(b: Bars): f64 {
  return b.count > PERIOD && b.move_range > 0 ? b.move_down / b.move_range : 0;
}

/** Sum of (time - its mean) x (close - newest close), time rising a bar by 1. */
function covariance(): f64 {
  return (<f64>(PERIOD - 1) / 2) * sum(sums.CLOSES, PERIOD) - sum(sums.CLOSES_BACK, PERIOD);
}

/** Sum of (time - its mean)^2 over 14 bars. */
const TIME_SQUARES: f64 = <f64>(PERIOD * (PERIOD * PERIOD - 1)) / 12;

export function slope(b: Bars): f64 {
  return b.count < PERIOD ? 0 : perAtr(covariance() / TIME_SQUARES);
}

export function slopeFit(b: Bars): f64 {
  if (b.count < PERIOD) return 0;
  const distances = sum(sums.CLOSES, PERIOD);
  const squares = sum(sums.CLOSE_SQUARES, PERIOD) - (distances * distances) / PERIOD;
  const c = covariance();
  return squares > 0 ? (c * c) / (TIME_SQUARES * squares) : 0;
}
