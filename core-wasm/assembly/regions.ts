// The memory map as functions, for the host.
import { INBOX_AT, INBOX_BYTES, MODEL_AT, MODEL_BYTES, OUTBOX_AT, SCRATCH_AT } from "./memory";
import { STATE_BYTES } from "./state";

export function inboxAt(): usize {
  return INBOX_AT;
}

export function inboxBytesMax(): usize {
  return INBOX_BYTES;
}

export function outboxAt(): usize {
  return OUTBOX_AT;
}

export function stateBytes(): usize {
  return STATE_BYTES;
}

export function modelAt(): usize {
  return MODEL_AT;
}

export function modelBytesMax(): usize {
  return MODEL_BYTES;
}

/** Bytes left between the compiler's static data and the scratch region; checked by the build. */
export function staticEnd(): i32 {
  return <i32>SCRATCH_AT - <i32>__heap_base;
}
