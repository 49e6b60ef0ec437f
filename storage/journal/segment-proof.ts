// Proves one segment file by itself: every byte's checksum, every record's seq, and each batch's hash, chain (from the
// header on) and signature. What its batches decide is for others to check again.
import { LockstepError } from "#proto/errors.ts";
import { StreamStart } from "#proto/generated/records.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { Disk } from "#proto/world.ts";
import { verifyBatch } from "./batch.ts";
import { damageError, isSeal, type Scan, scanSegment } from "./scan.ts";
import { SealKeys } from "./seal-keys.ts";
import { decodeSegmentHeader, type SegmentHeader } from "./segment.ts";
import { readWhole } from "./segment-files.ts";

export interface SegmentProof {
  readonly name: string;
  readonly header: SegmentHeader;
  readonly batches: number;
  /** Records in sealed batches, seals included. */
  readonly records: number;
  readonly lastSealedSeq: number;
  readonly unsealedRecords: number;
  /** Bytes of a group that was never durable (or is being written just now); 0 in a journal that was closed. */
  readonly tornBytes: number;
  readonly publicKey: Uint8Array;
}

/** Throws journal_damaged, or what verifyBatch throws, naming segment, byte and seq. */
export function proveSegment(given: { disk: Disk; name: string; publicKey?: Uint8Array }): SegmentProof {
  const { disk, name } = given;
  // What looks damaged is read once more: a writer may have come by between the two halves of one read.
  const first = readAndScan(disk, name);
  const { bytes, header, scan } = first.scan.damage ? readAndScan(disk, name) : first;
  if (scan.damage) throw damageError(name, scan.damage);
  const { batches, open } = batchesOf(bytes, scan);
  const publicKey = given.publicKey ?? (batches.length > 0 ? firstKey(bytes, header, scan) : new Uint8Array(32));
  const keys = new SealKeys(publicKey);
  let previousHash = header.previousHash;
  let next = header.firstSeq;
  let records = 0;
  for (const { batch, at } of batches) {
    const verified = proveBatch({ name, at, batch, keys, previousHash, next, streamId: header.streamId });
    previousHash = verified.hash;
    next = Number(verified.lastSeq) + 1;
    records += verified.recordCount + 1;
  }
  const tornBytes = scan.torn ? scan.torn.to - scan.torn.from : 0;
  return {
    name,
    header,
    batches: batches.length,
    records,
    lastSealedSeq: next - 1,
    unsealedRecords: open,
    tornBytes,
    publicKey: keys.publicKey,
  };
}

function readAndScan(disk: Disk, name: string): { bytes: Uint8Array; header: SegmentHeader; scan: Scan } {
  const bytes = readWhole(disk, name);
  const header = decodeSegmentHeader(bytes);
  if (typeof header !== "object")
    throw damageError(name, { segment: 0, offset: 0, seq: 0, what: `its header is ${header}` });
  const place = { segment: header.number, streamId: header.streamId };
  return { bytes, header, scan: scanSegment({ bytes, place, firstSeq: header.firstSeq }) };
}

function proveBatch(given: {
  name: string;
  at: number;
  batch: Uint8Array;
  keys: SealKeys;
  previousHash: Uint8Array;
  next: number;
  streamId: Uint8Array;
}): ReturnType<typeof verifyBatch> {
  try {
    const { batch, keys } = given;
    const verified = verifyBatch({ ...given, publicKey: keys.keyOf(batch), firstSeq: BigInt(given.next) });
    keys.onVerified(batch);
    return verified;
  } catch (cause) {
    if (!(cause instanceof LockstepError)) throw cause;
    const where = `${given.name}, the batch from seq ${given.next} at byte ${given.at}`;
    throw new LockstepError(cause.code, `${where}: ${cause.message}`, { cause });
  }
}

/** The stream's key stands in its first record. */
function firstKey(bytes: Uint8Array, header: SegmentHeader, scan: Scan): Uint8Array {
  const group = scan.groups[0];
  const view = viewOf(bytes);
  const at = (group?.at ?? 0) + SLOT_BYTES;
  if (group && header.firstSeq === 1 && view.getUint16(at + 16, true) === StreamStart.code)
    return StreamStart.read(view, at).public_key;
  throw new LockstepError("bad_config", "only a stream's first segment names its key: give it with --public-key");
}

/** The sealed batches without the commit slots between their records, and how many records follow the last. */
function batchesOf(bytes: Uint8Array, scan: Scan): { batches: { batch: Uint8Array; at: number }[]; open: number } {
  const view = viewOf(bytes);
  const batches: { batch: Uint8Array; at: number }[] = [];
  let parts: Uint8Array[] = [];
  let startsAt = -1;
  let open = 0;
  for (const { at, commit } of scan.groups) {
    const end = at + SLOT_BYTES + commit.recordBytes;
    let from = at + SLOT_BYTES;
    for (let record = from; record < end; ) {
      if (startsAt < 0) startsAt = record;
      open++;
      const sealed = isSeal(view, record);
      record += recordLength(view, record);
      if (!sealed) continue;
      batches.push({ batch: Buffer.concat([...parts, bytes.subarray(from, record)]), at: startsAt });
      parts = [];
      startsAt = -1;
      open = 0;
      from = record;
    }
    if (from < end) parts.push(bytes.subarray(from, end));
  }
  return { batches, open };
}
