// Outputs of the running call, in order. An output is begun (zeroed, header filled), completed by its author, then
// committed. The host takes them after the call, with seq and check 0, and keeps their digest.
import { check, FAULT_OUTBOX_FULL } from "./fault";
import { RecordHeader } from "./generated/records";
import { OUTBOX_AT, OUTBOX_BYTES } from "./memory";
import { stream } from "./state";

const SOURCE_CORE: u32 = 5;

let used: usize = 0;

export function clearOutbox(): void {
  used = 0;
}

/** Bytes of output since the call began. */
export function outboxBytes(): usize {
  return used;
}

/** The next output, zeroed but for its header. At most one is open at a time; commit ends it. */
export function begin(code: u16, bytes: u32, symbol: u32): usize {
  const length = (bytes + 63) & ~63;
  check(used + <usize>length <= OUTBOX_BYTES, FAULT_OUTBOX_FULL);
  const at = OUTBOX_AT + used;
  clear(at, length);
  const header = changetype<RecordHeader>(at);
  header.time_ns = stream().time_ns;
  header.kind = code;
  header.symbol = <u16>symbol;
  header.length = length;
  header.source = SOURCE_CORE;
  return at;
}

/** memory.fill would be a call out of the module on the engines we know. */
function clear(at: usize, length: usize): void {
  const zero = i64x2.splat(0);
  for (const end = at + length; at < end; at += 64) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
    v128.store(at, zero, 32);
    v128.store(at, zero, 48);
  }
}

export function commit(at: usize): void {
  used += <usize>changetype<RecordHeader>(at).length;
  stream().outputs++;
}
