// What the log itself needs to read of a batch: where it begins and ends, its hash, and whose journal it is. It judges
// nothing; batches are verified by those who append and by those who re-decide.
import { createHash } from "node:crypto";
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal, HEADER_OFFSET, StreamStart } from "#proto/generated/records.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";

const SEAL_BYTES = BatchSeal.lengthOf();

/** First and last seq as the bytes say, right or wrong. */
export function spanOf(batch: Uint8Array): { firstSeq: bigint; lastSeq: bigint } {
  if (batch.length < SEAL_BYTES) return { firstSeq: 0n, lastSeq: 0n };
  const view = viewOf(batch);
  return { firstSeq: view.getBigUint64(0, true), lastSeq: view.getBigUint64(batch.length - SEAL_BYTES, true) };
}

/**
 * The batches of a message, each up to and with its seal. What cannot be walked is given as it is, to be refused by
 * whoever verifies it.
 */
export function* batchesOf(message: Uint8Array): Generator<Uint8Array> {
  const view = viewOf(message);
  let from = 0;
  for (let at = 0; at + SLOT_BYTES <= message.length; ) {
    const length = view.getUint32(at + HEADER_OFFSET.length, true);
    const end = at + length;
    if (length < SLOT_BYTES || end > message.length) break;
    if (view.getUint16(at + HEADER_OFFSET.kind, true) === BatchSeal.code) {
      yield message.subarray(from, end);
      from = end;
    }
    at = end;
  }
  if (from < message.length) yield message.subarray(from);
}

export function sealHash(batch: Uint8Array): Uint8Array {
  const at = batch.length - SEAL_BYTES;
  if (at < 0 || viewOf(batch).getUint16(at + HEADER_OFFSET.kind, true) !== BatchSeal.code)
    throw new LockstepError("journal_damaged", "a batch in the cloud's log does not end in its seal: restore that log");
  return createHash("sha256").update(batch.subarray(at)).digest();
}

export function streamStartOf(firstBatch: Uint8Array): StreamStart {
  const view = viewOf(firstBatch);
  recordLength(view, 0);
  if (view.getUint16(HEADER_OFFSET.kind, true) !== StreamStart.code)
    throw new LockstepError("journal_damaged", "a log in the cloud does not begin with stream_start: restore that log");
  return StreamStart.read(view, 0);
}
