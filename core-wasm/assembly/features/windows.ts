// The last bars of the series in hand, laid out in the order of time at fixed addresses: features read them without a
// base, a mask or a count. `back` bars before the newest, below RING and the count of bars.
import { WINDOWS_AT } from "../memory";
import { RING, RING_BYTES, RINGS, ringsOf } from "../state";
import { Bars } from "../structures";

const NEWEST: usize = WINDOWS_AT + RING_BYTES - 8;

/** Before the features of a series are found. */
export function layOut(b: Bars): void {
  const from = ringsOf(b);
  // The oldest of 64 lies where the next will be written.
  const older = <usize>(b.count & (RING - 1)) * 8;
  const newer = RING_BYTES - older;
  for (let ring: u32 = 0; ring < RINGS; ring++) {
    const at = <usize>ring * RING_BYTES;
    memory.copy(WINDOWS_AT + at, from + at + older, newer);
    memory.copy(WINDOWS_AT + at + newer, from + at, older);
  }
}

export function open(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8);
}

export function high(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 1 * RING * 8);
}

export function low(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 2 * RING * 8);
}

export function close(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 3 * RING * 8);
}

export function volume(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 4 * RING * 8);
}

export function logReturnOf(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 5 * RING * 8);
}

/** ln(high / low)^2 */
export function rangeSquare(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 6 * RING * 8);
}

/** ln(close / open)^2 */
export function bodySquare(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, 7 * RING * 8);
}

export function typical(back: u32): f64 {
  return (high(back) + low(back) + close(back)) / 3;
}

/** max(high, close before) - min(low, close before). */
export function trueRange(back: u32): f64 {
  const before = close(back + 1);
  const top = high(back);
  const bottom = low(back);
  return (top > before ? top : before) - (bottom < before ? bottom : before);
}
