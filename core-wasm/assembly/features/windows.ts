// The last bars of the series in hand, laid out in the order of time at fixed addresses: features read them without a
// base, a mask or a count. `back` bars before the newest, below LAID_OUT; what the series does not have yet reads as 0.
import { WINDOWS_AT } from "../memory";
import { RING, RING_BYTES, RINGS, ringsOf } from "../state";
import { Bars } from "../structures";

/** Longest look-back and its neighbour. */
const LAID_OUT: usize = 52;
const NEWEST: usize = WINDOWS_AT + RING_BYTES - 8;

export const OPEN: usize = 0;
export const HIGH: usize = 1 * RING * 8;
export const LOW: usize = 2 * RING * 8;
export const CLOSE: usize = 3 * RING * 8;
export const VOLUME: usize = 4 * RING * 8;
export const LOG_RETURN: usize = 5 * RING * 8;
export const RANGE_SQUARE: usize = 6 * RING * 8;
export const BODY_SQUARE: usize = 7 * RING * 8;

/** Before the features of a series are found. */
export function layOut(b: Bars): void {
  const first = <usize>((b.count - <u32>LAID_OUT) & (RING - 1)) * 8;
  const rest = RING_BYTES - first;
  const before = rest < LAID_OUT * 8 ? rest : LAID_OUT * 8;
  let from = ringsOf(b);
  for (let ring: u32 = 0; ring < RINGS; ring++) {
    const to = NEWEST + 8 - LAID_OUT * 8 + <usize>ring * RING_BYTES;
    copyPairs(to, from + first, before);
    copyPairs(to + before, from, LAID_OUT * 8 - before);
    from += RING_BYTES;
  }
}

/** Two values at a time: up to one more than asked for, which the next copy or nobody reads over. */
function copyPairs(to: usize, from: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
}

/** The values of `back + 1` and `back` bars ago. */
export function pair(back: usize, window: usize): v128 {
  return v128.load(NEWEST - 8 - back * 8 + window);
}

export function open(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, OPEN);
}

export function high(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, HIGH);
}

export function low(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, LOW);
}

export function close(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, CLOSE);
}

export function volume(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, VOLUME);
}

export function logReturnOf(back: u32): f64 {
  return load<f64>(NEWEST - <usize>back * 8, LOG_RETURN);
}

/** max(high, close before) - min(low, close before). */
export function trueRange(back: u32): f64 {
  const before = close(back + 1);
  const top = high(back);
  const bottom = low(back);
  return (top > before ? top : before) - (bottom < before ? bottom : before);
}
