// Names of the codes with which the module traps (core-wasm/assembly/fault.ts; a test compares the two).
export const FAULTS: readonly string[] = [
  "trap without a code",
  "inbox_bounds",
  "record_cut",
  "record_length",
  "kind_unknown",
  "seq_order",
  "time_order",
  "time_bounds",
  "symbol_bounds",
  "stream_start",
  "outbox_full",
  "not_finite",
  "state",
  "stream_bounds",
  "model_missing",
];
