// The map of linear memory. What a stream is decided with comes first, then the streams; nothing is allocated while
// deciding, and memory only grows when the host makes room for more streams before it begins.
//
//   0x000000  null page: fault code and cursor, readable by the host after a trap; from 0x80 on which copies of models there are
//   0x000400  static data of the compiler (SHA-256 constants, tables of log and sin), up to SCRATCH_AT
//   0x008000  scratch of the running call: never carries anything from one record to the next
//   0x010000  INBOX: whole input records, written by the host
//   0x050000  OUTBOX: whole output records, read by the host after each call
//   0x0d0000  MODEL: an artefact, written by the host, read when a model_digest record names its hash
//   0x2d0000  the models that score: copies of artefacts that were examined, found again by their hash (ensemble/model.ts)
//   0xad0000  STREAMS: the state of the first stream, of the second ... (state.ts), STATE_BYTES each; a snapshot holds
//             exactly that; all zero = an empty stream

/** u32, see fault.ts. */
export const FAULT_AT: usize = 0x40;
/** u32: address in the inbox of the record being applied. */
export const CURSOR_AT: usize = 0x44;
/** A slot of HELD_SLOT_BYTES for each copy of a model: its hash, then when it was used last. */
export const HELD_SLOTS_AT: usize = 0x80;
export const HELD_SLOT_BYTES: usize = 40;

export const SCRATCH_AT: usize = 0x8000;
export const SCRATCH_BYTES: usize = 0x8000;

export const INBOX_AT: usize = 0x10000;
export const INBOX_BYTES: usize = 0x40000;

export const OUTBOX_AT: usize = 0x50000;
export const OUTBOX_BYTES: usize = 0x80000;
/** More than one input record can cause: 16 symbols, six bars each with two predictions, intent, verdict and alerts. */
export const OUTBOX_RESERVE: usize = 0x50000;

export const MODEL_AT: usize = 0xd0000;
export const MODEL_BYTES: usize = 0x200000;
export const HELD_MODELS_AT: usize = MODEL_AT + MODEL_BYTES;
/** A stream's live and shadow model, one that comes in, and one more for the other streams. */
export const HELD_MODELS: u32 = 4;

export const STREAMS_AT: usize = HELD_MODELS_AT + HELD_MODELS * MODEL_BYTES;

// Scratch: SHA-256 message schedule, padding block, result; features; windows.
export const SHA_SCHEDULE_AT: usize = SCRATCH_AT;
export const SHA_PADDING_AT: usize = SCRATCH_AT + 0x100;
export const HASH_RESULT_AT: usize = SCRATCH_AT + 0x1400;
export const FEATURES_AT: usize = SCRATCH_AT + 0x1440;
/** The newest bars of the series in hand in the order of time: eight times 64 values. */
export const WINDOWS_AT: usize = SCRATCH_AT + 0x2000;
/** Running sums over these windows, from the newest bar back. */
export const SUMS_AT: usize = SCRATCH_AT + 0x3100;

// Scratch of the ensemble: inputs of the running score as f32, the last bars, what layers and gates compute, results.
export const ROW_AT: usize = SCRATCH_AT + 0x4000;
export const SEQUENCE_AT: usize = SCRATCH_AT + 0x4200;
export const DENSE_A_AT: usize = SCRATCH_AT + 0x4800;
export const DENSE_B_AT: usize = SCRATCH_AT + 0x4a00;
export const HIDDEN_AT: usize = SCRATCH_AT + 0x4c00;
export const GATES_INPUT_AT: usize = SCRATCH_AT + 0x4d00;
export const GATES_HIDDEN_AT: usize = SCRATCH_AT + 0x5000;
export const STEP_RAW_AT: usize = SCRATCH_AT + 0x5300;
export const STEP_AT: usize = SCRATCH_AT + 0x5320;
export const LOG_ODDS_AT: usize = SCRATCH_AT + 0x5380;
export const SCORES_AT: usize = SCRATCH_AT + 0x5400;
export const CONTRIBUTIONS_AT: usize = SCRATCH_AT + 0x5600;
/** How much of each model's weight in the stack counts, f64 x 5. */
export const SHARES_AT: usize = SCRATCH_AT + 0x5a00;
