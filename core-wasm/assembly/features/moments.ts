// Distribution of the last log returns (population moments). All 0 when all returns are equal.
import { Bars } from "../structures";
import * as sums from "./sums";
import { sum, total } from "./sums";
import * as w from "./windows";

const BARS: u32 = 50;
/** Below this the returns differ by their rounding only. */
const VARIANCE_LEAST: f64 = 1e-30;

export function returnZ(b: Bars): f64 {
  if (b.count <= 20) return 0;
  const mean = sum(sums.RETURNS, 20) / 20;
  const middle = f64x2.splat(mean);
  let squares = f64x2.splat(0);
  for (let i: u32 = 0; i < 20; i += 2) {
    const distance = f64x2.sub(w.pair(i, w.LOG_RETURN), middle);
    squares = f64x2.add(squares, f64x2.mul(distance, distance));
  }
  const variance = total(squares) / 20;
  return variance > VARIANCE_LEAST ? (w.logReturnOf(0) - mean) / Math.sqrt(variance) : 0;
}

export let skewness: f64 = 0;
export let excess_kurtosis: f64 = 0;
export let autocorrelation: f64 = 0;

/** All three of 50 returns in one pass; bar by bar the products with the distance of the bar before. */
export function findMoments(b: Bars): void {
  skewness = 0;
  excess_kurtosis = 0;
  autocorrelation = 0;
  if (b.count <= BARS) return;
  const mean = f64x2.splat(sum(sums.RETURNS, BARS) / BARS);
  let seconds = f64x2.splat(0);
  let thirds = f64x2.splat(0);
  let fourths = f64x2.splat(0);
  let products = f64x2.splat(0);
  for (let i: u32 = 0; i < BARS; i += 2) {
    const distance = f64x2.sub(w.pair(i, w.LOG_RETURN), mean);
    const square = f64x2.mul(distance, distance);
    seconds = f64x2.add(seconds, square);
    thirds = f64x2.add(thirds, f64x2.mul(square, distance));
    fourths = f64x2.add(fourths, f64x2.mul(square, square));
    // The oldest has none before it.
    const before = i + 2 < BARS ? f64x2.sub(w.pair(i + 1, w.LOG_RETURN), mean) : oldest(mean);
    products = f64x2.add(products, f64x2.mul(distance, before));
  }
  const variance = total(seconds) / BARS;
  if (variance <= VARIANCE_LEAST) return;
  skewness = total(thirds) / BARS / (variance * Math.sqrt(variance));
  excess_kurtosis = total(fourths) / BARS / (variance * variance) - 3;
  autocorrelation = total(products) / (variance * BARS);
}

/** Distance of the last return but with nothing in the lane of the bar before it. */
function oldest(mean: v128): v128 {
  return f64x2.replace_lane(f64x2.sub(w.pair(BARS - 1, w.LOG_RETURN), mean), 0, 0);
}
