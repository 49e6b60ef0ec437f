// The map of linear memory. Fixed: two MiB from start to end, nothing is ever allocated.
//
//   0x000000  null page: fault code and cursor, readable by the host after a trap
//   0x000400  static data of the compiler (SHA-256 constants, tables of log and sin), up to SCRATCH_AT
//   0x008000  scratch of the running call: never carries anything from one record to the next
//   0x010000  STATE: everything that a snapshot holds; all zero = an empty stream
//   0x100000  INBOX: whole input records, written by the host
//   0x140000  OUTBOX: whole output records, read by the host after each call
//   0x1c0000  MODEL: an artefact, written by the host, read when a model_digest record names its hash
//   0x200000  end

/** u32, see fault.ts. */
export const FAULT_AT: usize = 0x40;
/** u32: address in the inbox of the record being applied. */
export const CURSOR_AT: usize = 0x44;

export const SCRATCH_AT: usize = 0x8000;
export const SCRATCH_BYTES: usize = 0x8000;

export const STATE_AT: usize = 0x10000;
export const STATE_BYTES_MAX: usize = 0xf0000;

export const INBOX_AT: usize = 0x100000;
export const INBOX_BYTES: usize = 0x40000;

export const OUTBOX_AT: usize = 0x140000;
export const OUTBOX_BYTES: usize = 0x80000;
/** More than one input record can cause: 16 symbols, six bars each with prediction, intent, verdict and alerts. */
export const OUTBOX_RESERVE: usize = 0x40000;

export const MODEL_AT: usize = 0x1c0000;
export const MODEL_BYTES: usize = 0x40000;

// Scratch: SHA-256 message schedule, padding block, result; features; windows.
export const SHA_SCHEDULE_AT: usize = SCRATCH_AT;
export const SHA_PADDING_AT: usize = SCRATCH_AT + 0x100;
export const HASH_RESULT_AT: usize = SCRATCH_AT + 0x1400;
export const FEATURES_AT: usize = SCRATCH_AT + 0x1440;
/** The newest bars of the series in hand in the order of time: eight times 64 values. */
export const WINDOWS_AT: usize = SCRATCH_AT + 0x2000;
/** Running sums over these windows, from the newest bar back. */
export const SUMS_AT: usize = SCRATCH_AT + 0x3100;
