// What several features need of the newest bars, found in one pass over each window, two bars at a time. A running sum
// has two lanes, bars an odd and an even number back, which are added at the end: so many bars' sum is always made of the
// same roundings. Prices and volumes are whole numbers: their sums are exact whatever the order.
import { SUMS_AT } from "../memory";
import * as w from "./windows";

/** Bars of the longest sums. */
const LONG: usize = 50;
const SUM_BYTES: usize = LONG * 8;

/** close - newest close */
export const CLOSES: usize = SUMS_AT;
export const CLOSE_SQUARES: usize = SUMS_AT + SUM_BYTES;
/** (close - newest close) x bars back */
export const CLOSES_BACK: usize = SUMS_AT + 2 * SUM_BYTES;
export const RETURNS: usize = SUMS_AT + 3 * SUM_BYTES;
export const RETURN_SQUARES: usize = SUMS_AT + 4 * SUM_BYTES;
export const TRUE_RANGES: usize = SUMS_AT + 5 * SUM_BYTES;
/** close - min(low, close before) */
export const BUYING: usize = SUMS_AT + 6 * SUM_BYTES;
/** |close - close before| */
export const PATH: usize = SUMS_AT + 7 * SUM_BYTES;
export const VOLUMES: usize = SUMS_AT + 8 * SUM_BYTES;
/** Volumes of bars that rose less those of bars that fell. */
export const SIGNED_VOLUMES: usize = SUMS_AT + 9 * SUM_BYTES;

/** Over the newest `bars` bars, an even number within what the pass of that sum covers. */
export function sum(sums_at: usize, bars: u32): f64 {
  return total(v128.load(sums_at + <usize>(bars - 2) * 8));
}

export function total(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}

/** After the windows were laid out. */
export function findSums(): void {
  sumCloses();
  sumReturns();
  sumRanges();
  sumVolumes();
}

/** Over 50 bars. */
function sumCloses(): void {
  const newest = f64x2.splat(w.close(0));
  const step = f64x2.splat(2);
  let back = f64x2(1, 0);
  let closes = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  for (let i: usize = 0; i < LONG; i += 2) {
    const distance = f64x2.sub(w.pair(i, w.CLOSE), newest);
    closes = f64x2.add(closes, distance);
    squares = f64x2.add(squares, f64x2.mul(distance, distance));
    weighted = f64x2.add(weighted, f64x2.mul(distance, back));
    back = f64x2.add(back, step);
    v128.store(CLOSES + i * 8, closes);
    v128.store(CLOSE_SQUARES + i * 8, squares);
    v128.store(CLOSES_BACK + i * 8, weighted);
  }
}

/** Over 50 bars. */
function sumReturns(): void {
  let returns = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (let i: usize = 0; i < LONG; i += 2) {
    const r = w.pair(i, w.LOG_RETURN);
    returns = f64x2.add(returns, r);
    squares = f64x2.add(squares, f64x2.mul(r, r));
    v128.store(RETURNS + i * 8, returns);
    v128.store(RETURN_SQUARES + i * 8, squares);
  }
}

/** Over 28 bars. */
function sumRanges(): void {
  let ranges = f64x2.splat(0);
  let buying = f64x2.splat(0);
  for (let i: usize = 0; i < 28; i += 2) {
    const before = w.pair(i + 1, w.CLOSE);
    const top = f64x2.pmax(w.pair(i, w.HIGH), before);
    const bottom = f64x2.pmin(w.pair(i, w.LOW), before);
    ranges = f64x2.add(ranges, f64x2.sub(top, bottom));
    buying = f64x2.add(buying, f64x2.sub(w.pair(i, w.CLOSE), bottom));
    v128.store(TRUE_RANGES + i * 8, ranges);
    v128.store(BUYING + i * 8, buying);
  }
}

/** Over 20 bars. */
function sumVolumes(): void {
  const zero = f64x2.splat(0);
  let path = zero;
  let volumes = zero;
  let signed = zero;
  for (let i: usize = 0; i < 20; i += 2) {
    const volume = w.pair(i, w.VOLUME);
    const change = f64x2.sub(w.pair(i, w.CLOSE), w.pair(i + 1, w.CLOSE));
    path = f64x2.add(path, f64x2.abs(change));
    volumes = f64x2.add(volumes, volume);
    signed = f64x2.add(signed, v128.and(volume, f64x2.gt(change, zero)));
    signed = f64x2.sub(signed, v128.and(volume, f64x2.lt(change, zero)));
    v128.store(PATH + i * 8, path);
    v128.store(VOLUMES + i * 8, volumes);
    v128.store(SIGNED_VOLUMES + i * 8, signed);
  }
}

/**
 * (newest - mean) / population standard deviation of n values, by the sums of their distances to the newest and of the
 * squares of these; 0 when all are equal. The newest lies at distance 0: by that the squares outweigh the sum's square
 * by at least one part in n, and nothing is lost in taking one from the other.
 */
export function zScore(n: f64, distances: f64, squares: f64): f64 {
  const spread = n * squares - distances * distances;
  return spread > 0 ? -distances / Math.sqrt(spread) : 0;
}
