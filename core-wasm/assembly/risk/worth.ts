// Money of a distance in points, and exact sums of such money: up to 2^31 values are added in two halves, so that only the
// result saturates and never what is on the way to it.
import { multiplyDivide, saturatingAbs } from "../math/fixed";
import { Market } from "../structures";

const MICROLOTS_PER_LOT: i64 = 1_000_000;

/**
 * Of a volume; the symbol has a specification. Of one lot first, then of the volume, each towards zero and saturating. A lot
 * beyond an i64 makes any volume of it the greatest amount, so that it never counts for less than it is.
 */
export function worth(m: Market, points: i64, volume_microlots: i64): i64 {
  const lot = multiplyDivide(points, m.tick_value_micros, m.tick_size_points);
  if (saturatingAbs(lot) == i64.MAX_VALUE) return multiplyDivide(lot, volume_microlots, 1);
  return multiplyDivide(lot, volume_microlots, MICROLOTS_PER_LOT);
}

/** What a value adds to the sum of the upper halves. */
export function upper(v: i64): i64 {
  return v >> 32;
}

/** And to that of the lower ones. */
export function lower(v: i64): i64 {
  return v & 0xffffffff;
}

/** The sum, saturating. */
export function joined(uppers: i64, lowers: i64): i64 {
  const top = uppers + (lowers >> 32);
  if (top > <i64>i32.MAX_VALUE) return i64.MAX_VALUE;
  if (top < <i64>i32.MIN_VALUE) return i64.MIN_VALUE;
  return (top << 32) | (lowers & 0xffffffff);
}
