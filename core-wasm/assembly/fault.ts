// Broken promises of the outside that leave no safe way on: store a code where the host finds it, then trap.
// Codes are mirrored by name in core-wasm/host/faults.ts (a test compares the two).
import { FAULT_AT } from "./memory";

export const FAULT_INBOX_BOUNDS: u32 = 1;
export const FAULT_RECORD_CUT: u32 = 2;
export const FAULT_RECORD_LENGTH: u32 = 3;
export const FAULT_KIND_UNKNOWN: u32 = 4;
export const FAULT_SEQ_ORDER: u32 = 5;
export const FAULT_TIME_ORDER: u32 = 6;
export const FAULT_TIME_BOUNDS: u32 = 7;
export const FAULT_SYMBOL_BOUNDS: u32 = 8;
export const FAULT_STREAM_START: u32 = 9;
export const FAULT_OUTBOX_FULL: u32 = 10;
export const FAULT_NOT_FINITE: u32 = 11;
export const FAULT_STATE: u32 = 12;
export const FAULT_STREAM_BOUNDS: u32 = 13;
export const FAULT_MODEL_MISSING: u32 = 14;

export function check(condition: bool, code: u32): void {
  if (!condition) {
    store<u32>(FAULT_AT, code);
    unreachable();
  }
}
