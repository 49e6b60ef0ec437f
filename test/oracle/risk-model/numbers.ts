// The numbers of the model: bigints without bounds, brought into an i64 only where the core keeps or records one.

export const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** Bounds of inputs; the values of core-wasm/assembly/bounds.ts, whose names they bear. */
export const POINTS_MAX = 2n ** 40n;
export const VOLUME_MAX = 2n ** 46n;
export const MONEY_MAX = 2n ** 58n;
export const TICK_VALUE_MAX = 2n ** 40n;
export const TICK_SIZE_MAX = 2n ** 30n;
export const TIME_MS_MAX = 2n ** 43n;
export const TIME_NS_MAX = 2n ** 62n;
export const SPAN_MS_MAX = 2n ** 40n;
export const DISTANCE_MAX = 2n ** 31n - 1n;

export const MS = 1_000_000n;
export const SECOND = 1_000n * MS;
export const MINUTE = 60n * SECOND;
export const DAY = 86_400n * SECOND;
const MICROLOTS_PER_LOT = 1_000_000n;

export const saturate = (v: bigint): bigint => (v > MAX ? MAX : v < MIN ? MIN : v);
export const abs = (v: bigint): bigint => (v < 0n ? -v : v);
export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const sum = (values: Iterable<bigint>): bigint => [...values].reduce((total, v) => total + v, 0n);
export const within = (v: bigint, least: bigint, most: bigint): boolean => v >= least && v <= most;
export const isMoney = (v: bigint): boolean => within(v, -MONEY_MAX, MONEY_MAX);
export const isTime = (ms: bigint): boolean => within(ms, 1n, TIME_MS_MAX);

/**
 * Money of a distance in points of a volume: first of one lot, then of the volume, each towards zero. What a lot is worth
 * beyond an i64 makes any volume of it worth the greatest amount.
 */
export function worth(points: bigint, volume: bigint, spec: { tick_value_micros: bigint; tick_size_points: bigint }) {
  const lot = (points * spec.tick_value_micros) / spec.tick_size_points;
  const amount = abs(lot) >= MAX ? lot * volume * MAX : (lot * volume) / MICROLOTS_PER_LOT;
  return amount > MAX ? MAX : amount < -MAX ? -MAX : amount;
}
