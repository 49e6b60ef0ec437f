// Looking at a batch from its end: the seal is its last record. Its CRC is checked here, so damage is not mistaken for a
// gap or a fork; whether the rest is true is verifyBatch's business (storage/journal/batch.ts).
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal, HEADER_OFFSET, StreamStart } from "#proto/generated/records.ts";
import { checkRecord, viewOf } from "#proto/record.ts";

export interface SealClaim {
  readonly streamId: Uint8Array;
  readonly firstSeq: bigint;
  /** seq of the seal itself. */
  readonly lastSeq: bigint;
  readonly recordCount: number;
  readonly previousHash: Uint8Array;
  /** Bytes of the seal's record, a view. */
  readonly record: Uint8Array;
}

const SEAL_BYTES = BatchSeal.lengthOf();

export function sealClaim(batch: Uint8Array): SealClaim {
  const at = batch.length - SEAL_BYTES;
  const view = viewOf(batch);
  if (
    at <= 0 ||
    view.getUint16(at + HEADER_OFFSET.kind, true) !== BatchSeal.code ||
    view.getUint32(at + HEADER_OFFSET.length, true) !== SEAL_BYTES
  )
    throw new LockstepError("bad_seal", `a batch of ${batch.length} bytes does not end in a seal`);
  checkRecord(batch, view, at);
  return {
    streamId: batch.subarray(at + BatchSeal.offset.stream_id, at + BatchSeal.offset.stream_id + 16),
    firstSeq: view.getBigUint64(at + BatchSeal.offset.first_seq, true),
    lastSeq: view.getBigUint64(at + HEADER_OFFSET.seq, true),
    recordCount: view.getUint32(at + BatchSeal.offset.record_count, true),
    previousHash: batch.subarray(at + BatchSeal.offset.previous_hash, at + BatchSeal.offset.previous_hash + 32),
    record: batch.subarray(at),
  };
}

/** The stream's first record, when the batch begins with it. */
export function streamStartOf(batch: Uint8Array): StreamStart | undefined {
  const view = viewOf(batch);
  if (batch.length < StreamStart.lengthOf() || view.getUint16(HEADER_OFFSET.kind, true) !== StreamStart.code)
    return undefined;
  return StreamStart.read(view, 0);
}
