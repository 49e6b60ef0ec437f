// Reads a journal's records, also while another thread or process appends: only what is durable, in order, gapless.
// Batches for replication and projections; records for recovery and replay.
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { recordCheck, recordLength, viewOf } from "#proto/record.ts";
import type { Disk } from "#proto/world.ts";
import { BATCH_BYTES_MAX, equalBytes, readSeal, SEAL_BYTES, sha256 } from "./batch.ts";
import { GroupReader, type ReadGroup } from "./group-reader.ts";
import { damageError, isSeal, scanSegment } from "./scan.ts";
import { decodeSegmentHeader, readU64, segmentName } from "./segment.ts";
import { listSegments, readWhole } from "./segment-files.ts";

export class JournalReader {
  readonly #disk: Disk;
  readonly #groups: GroupReader;
  /** The batch being put together: its records so far. */
  readonly #batch = new Uint8Array(BATCH_BYTES_MAX);
  #used = 0;
  #count = 0;
  #firstSeq = 0;
  /** What is left of the group last read. */
  #group: ReadGroup | undefined;
  #groupAt = 0;

  constructor(options: { disk: Disk }) {
    this.#disk = options.disk;
    this.#groups = new GroupReader(options.disk);
  }

  /** Seq of the oldest record there is; undefined in an empty directory. */
  firstSeq(): bigint | undefined {
    for (const { header } of listSegments(this.#disk)) if (typeof header === "object") return BigInt(header.firstSeq);
    return undefined;
  }

  /**
   * The whole sealed and durable batch that starts at `fromSeq` (1, or one above a seal), as a copy; undefined while
   * there is none. Throws journal_damaged naming segment, byte and seq, and journal_truncated below the first segment.
   */
  readBatch(fromSeq: bigint): Uint8Array | undefined {
    const from = Number(fromSeq);
    if (from !== this.#firstSeq && !this.#seek(from)) return undefined;
    for (;;) {
      const batch = this.#takeFromGroup();
      if (batch) return batch;
      this.#group = this.#groups.next({ check: false });
      if (!this.#group) return undefined;
      this.#groupAt = 0;
    }
  }

  /** Batches from `fromSeq` to the last one that is durable now. */
  *batches(fromSeq: bigint): Generator<Uint8Array> {
    for (let from = fromSeq; ; ) {
      const batch = this.readBatch(from);
      if (!batch) return;
      yield batch;
      from = nextSeqOf(batch);
    }
  }

  /**
   * Whole records from `fromSeq` to the last durable one, in pieces of up to a group, seals and the unsealed rest
   * included; each piece is a copy. For recovery and replay.
   */
  *records(fromSeq: bigint): Generator<Uint8Array> {
    const from = Number(fromSeq);
    const groups = new GroupReader(this.#disk);
    try {
      if (!groups.seek(from)) return;
      for (;;) {
        const group = groups.next({ check: true });
        if (!group) return;
        if (group.lastSeq < from) continue;
        yield new Uint8Array(group.records.subarray(group.firstSeq < from ? offsetOf(group.records, from) : 0));
      }
    } finally {
      groups.close();
    }
  }

  close(): void {
    this.#groups.close();
    this.#firstSeq = 0;
    this.#group = undefined;
  }

  /** Stands before the batch that starts at `seq`. */
  #seek(seq: number): boolean {
    this.#startBatch(0);
    this.#group = undefined;
    if (!this.#groups.seek(seq)) return false;
    this.#startBatch(this.#groups.nextSeq);
    while (this.#firstSeq < seq) {
      const skipped = this.readBatch(BigInt(this.#firstSeq));
      if (!skipped) return false;
    }
    if (this.#firstSeq === seq) return true;
    const next = this.#firstSeq;
    this.#startBatch(0);
    throw new LockstepError(
      "bad_request",
      `journal: no batch starts at seq ${seq}; one starts at ${next}: ask for that`,
    );
  }

  #startBatch(firstSeq: number): void {
    this.#firstSeq = firstSeq;
    this.#used = 0;
    this.#count = 0;
  }

  /** Moves records of the group into the batch, up to its seal. */
  #takeFromGroup(): Uint8Array | undefined {
    const group = this.#group;
    if (!group) return undefined;
    const { records } = group;
    const view = viewOf(records);
    let at = this.#groupAt;
    let sealed = false;
    while (at < records.length && !sealed) {
      const length = this.#recordLength(view, at, group);
      if (readU64(view, at + HEADER_OFFSET.seq) !== this.#firstSeq + this.#count) throw this.#damage(group);
      this.#count++;
      sealed = isSeal(view, at);
      at += length;
    }
    if (this.#used + at - this.#groupAt > this.#batch.length) throw this.#damage(group);
    this.#batch.set(records.subarray(this.#groupAt, at), this.#used);
    this.#used += at - this.#groupAt;
    this.#groupAt = at;
    if (at === records.length) this.#group = undefined;
    return sealed ? this.#closeBatch(group) : undefined;
  }

  #recordLength(view: DataView, at: number, group: ReadGroup): number {
    try {
      return recordLength(view, at);
    } catch (error) {
      if (error instanceof LockstepError) throw this.#damage(group);
      throw error;
    }
  }

  /** The SHA-256 in the seal stands for every record's CRC, at a fraction of the cost. */
  #closeBatch(group: ReadGroup): Uint8Array {
    const batch = this.#batch.slice(0, this.#used);
    const view = viewOf(batch);
    const sealAt = this.#used - SEAL_BYTES;
    const seal = readSeal(batch, view, sealAt);
    const good =
      seal.firstSeq === this.#firstSeq &&
      seal.recordCount === this.#count - 1 &&
      equalBytes(seal.recordsSha256, sha256(batch.subarray(0, sealAt))) &&
      recordCheck(view, sealAt, SEAL_BYTES) === view.getUint32(sealAt + HEADER_OFFSET.check, true);
    if (!good) throw this.#damage(group);
    this.#startBatch(seal.seq + 1);
    return batch;
  }

  /** Looks through the whole segment for the first record that is not what it was. */
  #damage(group: ReadGroup): LockstepError {
    const name = segmentName(group.segment);
    const bytes = readWhole(this.#disk, name);
    const header = decodeSegmentHeader(bytes);
    const seq = this.#firstSeq;
    this.#firstSeq = 0;
    this.#group = undefined;
    const unknown = { segment: group.segment, offset: group.at, seq, what: "the batch is not what its seal says" };
    if (typeof header !== "object") return damageError(name, { ...unknown, offset: 0, what: "its header has changed" });
    const place = { segment: group.segment, streamId: header.streamId };
    const { fault } = scanSegment({ bytes, place, firstSeq: header.firstSeq });
    return damageError(name, fault && fault.offset <= group.at + group.records.length ? fault : unknown);
  }
}

/** The seq after the batch's seal, its last record. */
const nextSeqOf = (batch: Uint8Array): bigint =>
  viewOf(batch).getBigUint64(batch.length - SEAL_BYTES + HEADER_OFFSET.seq, true) + 1n;

/** Byte of the first record with at least this seq. */
function offsetOf(records: Uint8Array, seq: number): number {
  const view = viewOf(records);
  let at = 0;
  while (at < records.length && readU64(view, at + HEADER_OFFSET.seq) < seq) at += recordLength(view, at);
  return at;
}
