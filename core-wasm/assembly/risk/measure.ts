// What one check measured. One instance, rewritten by each check: nothing is allocated.
import { saturatingSubtract } from "../math/fixed";

export const PASS: u8 = 0;
export const FAIL: u8 = 1;
export const MISSING_DATA: u8 = 2;

export let value: i64 = 0;
export let limit: i64 = 0;
export let headroom: i64 = 0;
export let result: u8 = 0;

/** Passes while value <= limit. */
export function atMost(v: i64, most: i64): void {
  measured(v, most, saturatingSubtract(most, v));
}

/** Passes while value >= limit. */
export function atLeast(v: i64, least: i64): void {
  measured(v, least, saturatingSubtract(v, least));
}

/** Passes while the room left is not negative. */
export function measured(v: i64, l: i64, room: i64): void {
  value = v;
  limit = l;
  headroom = room;
  result = room >= 0 ? PASS : FAIL;
}

/** Recorded for an order that this check never stops. */
export function unlimited(v: i64): void {
  measured(v, i64.MAX_VALUE, saturatingSubtract(i64.MAX_VALUE, v));
}

export function missing(): void {
  value = 0;
  limit = 0;
  headroom = 0;
  result = MISSING_DATA;
}
