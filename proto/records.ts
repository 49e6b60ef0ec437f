// The record layout: the single source. Every kind of record that a stream's journal can hold (input-kinds.ts,
// output-kinds.ts), field by field, with units. `npm run generate` turns this into the TypeScript and AssemblyScript codecs and docs/records.md.
// A record is little-endian, a multiple of 64 bytes, and the same bytes in the journal, the gRPC batch and the module.

import { INPUT_KINDS } from "./input-kinds.ts";
import { OUTPUT_KINDS } from "./output-kinds.ts";
import { type Field, f, type RecordKind } from "./record-kind.ts";

export type { Field, FieldType, RecordKind } from "./record-kind.ts";

export const SLOT_BYTES = 64;
export const HEADER_BYTES = 32;
export const LAYOUT_VERSION = 1;

/** The first 32 bytes of each record. `kind` holds the kind's number in bits 0-11 and its version in bits 12-15. */
export const HEADER: readonly Field[] = [
  f("seq", "u64", "position in the stream, gapless from 1; 0 while not yet journaled"),
  f("time_ns", "i64", "UTC in nanoseconds, assigned by the edge, never decreasing"),
  f("kind", "u16", "kind number (bits 0-11) and layout version (bits 12-15)"),
  f("symbol", "u16", "index into the stream's symbol table, 0 = none"),
  f("length", "u32", "whole record in bytes, a multiple of 64"),
  f("source", "u32", "who caused it: low 8 bits the class (SOURCE), high 24 bits its session or instance"),
  f("check", "u32", "CRC-32C of the record with this field as 0; 0 while not yet journaled"),
];

export const SOURCE = { terminal: 1, operator: 2, cloud: 3, timer: 4, core: 5, edge: 6, journal: 7 } as const;
export const SIDE = { buy: 0, sell: 1 } as const;
export const TRADING_STATE = { active: 0, reduce_only: 1, halted: 2 } as const;
export const LINK = { down: 0, syncing: 1, live: 2 } as const;
export const OPERATOR_COMMAND = { activate: 1, reduce_only: 2, halt: 3, kill: 4, flatten: 5 } as const;
export const INTENT_ACTION = { open: 1, close: 2 } as const;
/** Order states as the EA protocol reports them (MTX1, CMD_STATUS). */
export const ORDER_STATE = {
  none: 0,
  received: 1,
  sending: 2,
  sent: 3,
  working: 4,
  partial: 5,
  done: 6,
  rejected: 7,
  expired: 8,
  unknown: 9,
  not_found: 10,
} as const;
export const CHECK_RESULT = { pass: 0, fail: 1, missing_data: 2 } as const;
export const ALERT = {
  model_digest_mismatch: 1,
  daily_loss_trip: 2,
  unknown_order: 3,
  bad_tick: 4,
  position_mismatch: 5,
  refused_input: 6,
  drawdown_trip: 7,
  loss_streak: 8,
  model_config_refused: 16,
} as const;
/** Why a model_config is refused: the value of its alert. */
export const MODEL_CONFIG_REFUSAL = { bounds: 1, version: 2, unsigned: 3 } as const;
export const MODEL_ROLE = { live: 1, shadow: 2 } as const;
/** ENUM_CALENDAR_EVENT_IMPORTANCE. */
export const CALENDAR_IMPORTANCE = { none: 0, low: 1, moderate: 2, high: 3 } as const;
/** What closes a bar. */
export const BAR_BASIS = { time: 0, ticks: 1, range: 2 } as const;
export const SEVERITY = { info: 0, warning: 1, critical: 2 } as const;

export const KINDS: readonly RecordKind[] = [...INPUT_KINDS, ...OUTPUT_KINDS];
