// What a check measured, written into its place in the verdict at once.
import { RISK_VERDICT_BYTES, RISK_VERDICT_CHECKS_BYTES, RiskVerdict, RiskVerdictChecks } from "../generated/records";
import { saturatingSubtract } from "../math/fixed";

export const PASS: u8 = 0;
export const FAIL: u8 = 1;
export const MISSING_DATA: u8 = 2;

/** They lie side by side, a byte of zero behind them: written and read as one. */
const CODE_AND_RESULT: usize = offsetof<RiskVerdictChecks>("code");

/** The entry of the verdict that the next measurement is written into, and its code. */
let entry: usize = 0;
let code: u16 = 0;

/** Before the check of that code: codes count from 1, entries lie in their order. */
export function checking(verdict: RiskVerdict, next: u16): void {
  entry = entryOf(verdict, next);
  code = next;
}

export function entryOf(verdict: RiskVerdict, which: u32): usize {
  return changetype<usize>(verdict) + RISK_VERDICT_BYTES + <usize>(which - 1) * RISK_VERDICT_CHECKS_BYTES;
}

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
  write(v, l, room, room >= 0 ? PASS : FAIL);
}

function write(v: i64, l: i64, room: i64, result: u8): void {
  const check = changetype<RiskVerdictChecks>(entry);
  check.value = v;
  check.limit = l;
  check.headroom = room;
  store<u32>(entry, <u32>code | ((<u32>result) << 16), CODE_AND_RESULT);
}

/** Of an entry: its code in the lower half, its result in the upper. */
export function codeAndResult(at: usize): u32 {
  return load<u32>(at, CODE_AND_RESULT);
}

/** Recorded for an order that this check never stops. */
export function unlimited(v: i64): void {
  measured(v, i64.MAX_VALUE, saturatingSubtract(i64.MAX_VALUE, v));
}

export function missing(): void {
  write(0, 0, 0, MISSING_DATA);
}
