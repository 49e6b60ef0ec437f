// Integer arithmetic that cannot overflow: saturating sums, and a x b / c with a 128-bit product.

export function saturatingAdd(a: i64, b: i64): i64 {
  const sum = a + b;
  if (((a ^ sum) & (b ^ sum)) < 0) return a < 0 ? i64.MIN_VALUE : i64.MAX_VALUE;
  return sum;
}

export function saturatingSubtract(a: i64, b: i64): i64 {
  const difference = a - b;
  if (((a ^ b) & (a ^ difference)) < 0) return a < 0 ? i64.MIN_VALUE : i64.MAX_VALUE;
  return difference;
}

/** |v|, and i64.MAX_VALUE for i64.MIN_VALUE. */
export function saturatingAbs(v: i64): i64 {
  if (v >= 0) return v;
  return v == i64.MIN_VALUE ? i64.MAX_VALUE : -v;
}

/** Largest multiple of `step` (> 0) that is not above `v`. */
export function floorTo(v: i64, step: i64): i64 {
  const rest = v % step;
  return rest < 0 ? v - rest - step : v - rest;
}

/** Least multiple of `step` (> 0) that is not below `v`. */
export function ceilTo(v: i64, step: i64): i64 {
  const rest = v % step;
  return rest > 0 ? v - rest + step : v - rest;
}

/** a x b / c, towards zero, saturating; c > 0. Inlined: most divide by a constant, which is no division then. */
// @inline
export function multiplyDivide(a: i64, b: i64, c: i64): i64 {
  const x = <u64>saturatingAbs(a);
  const y = <u64>saturatingAbs(b);
  const negative = (a ^ b) < 0;
  // Two factors of together at most 62 bits: the product fits.
  const magnitude = clz<u64>(x) + clz<u64>(y) >= 66 ? (x * y) / <u64>c : wide(x, y, <u64>c);
  return negative ? -(<i64>magnitude) : <i64>magnitude;
}

/**
 * x x y / c through a 128-bit product and long division by digits of 32 bits (Knuth, TAOCP 2, 4.3.1, algorithm D; Warren,
 * Hacker's Delight, divlu), at most i64.MAX_VALUE. c > 0.
 */
function wide(x: u64, y: u64, c: u64): u64 {
  const x0 = x & 0xffffffff;
  const x1 = x >> 32;
  const y0 = y & 0xffffffff;
  const y1 = y >> 32;
  const low = x0 * y0;
  const middle = x1 * y0 + (low >> 32);
  const carry = x0 * y1 + (middle & 0xffffffff);
  const high = x1 * y1 + (middle >> 32) + (carry >> 32);
  const bottom = (carry << 32) | (low & 0xffffffff);
  if (high >= c) return <u64>i64.MAX_VALUE;
  // The divisor's highest bit is set, and with high < c what is shifted fits; c <= 2^63 - 1, so that shift is not 0.
  const shift = clz<u64>(c);
  const divisor = c << shift;
  const rest = (high << shift) | (bottom >> (64 - shift));
  const digits = bottom << shift;
  const upper = digitOf(rest, digits >> 32, divisor);
  const left = ((rest << 32) | (digits >> 32)) - upper * divisor;
  const quotient = (upper << 32) | digitOf(left, digits & 0xffffffff, divisor);
  return quotient > <u64>i64.MAX_VALUE ? <u64>i64.MAX_VALUE : quotient;
}

/** (rest, next) / divisor, one digit of 32 bits: guessed from the divisor's upper half, at most two too large. */
function digitOf(rest: u64, next: u64, divisor: u64): u64 {
  const upper = divisor >> 32;
  const lower = divisor & 0xffffffff;
  let digit = rest / upper;
  let over = rest - digit * upper;
  while (digit >> 32 != 0 || digit * lower > ((over << 32) | next)) {
    digit--;
    over += upper;
    if (over >> 32 != 0) break;
  }
  return digit;
}
