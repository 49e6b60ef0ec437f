// Outputs of the running call, in order. An output is begun (zeroed, header filled), completed by its author, then
// committed: it enters the running digest of all outputs, D(n) = SHA-256(D(n-1) || record with seq and check 0).
import { check, FAULT_OUTBOX_FULL } from "./fault";
import { RecordHeader } from "./generated/records";
import { sha256 } from "./math/sha256";
import { HASH_MESSAGE_AT, OUTBOX_AT, OUTBOX_BYTES } from "./memory";
import { Stream, stream } from "./state";

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
  memory.fill(at, 0, length);
  const header = changetype<RecordHeader>(at);
  header.time_ns = stream().time_ns;
  header.kind = code;
  header.symbol = <u16>symbol;
  header.length = length;
  header.source = SOURCE_CORE;
  return at;
}

export function commit(at: usize): void {
  const s = stream();
  const length = <usize>changetype<RecordHeader>(at).length;
  const digest = changetype<usize>(s) + offsetof<Stream>("digest_0");
  memory.copy(HASH_MESSAGE_AT, digest, 32);
  memory.copy(HASH_MESSAGE_AT + 32, at, length);
  sha256(HASH_MESSAGE_AT, 32 + length, digest);
  used += length;
  s.outputs++;
}
