// A journal's segment files written from batches that are sealed already (storage/replication/restore.ts lets them
// through): a group a batch, a segment after the other. Into an empty directory only; it is a journal once `finish` returned.
import { assert } from "#proto/errors.ts";
import { SEGMENT_SLOTS } from "#proto/limits.ts";
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { Disk } from "#proto/world.ts";
import { encodeMark } from "./recovery.ts";
import { encodeCommit, SEGMENT_HEADER_BYTES } from "./segment.ts";
import { journalFailure, listSegments, SegmentFiles } from "./segment-files.ts";

export interface CopiedBatch {
  /** Records and seal. */
  readonly bytes: Uint8Array;
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  /** Hash of the seal before. */
  readonly previousHash: Uint8Array;
}

export class JournalCopy {
  readonly #files: SegmentFiles;
  readonly #streamId: Uint8Array;
  readonly #slots: number;
  #segment = 0;
  #at = 0;
  #nextSeq = 1;

  constructor(o: { disk: Disk; streamId: Uint8Array; segmentSlots?: number }) {
    assert(listSegments(o.disk).length === 0, "a copy begins in an empty directory");
    this.#streamId = o.streamId;
    this.#slots = o.segmentSlots ?? SEGMENT_SLOTS;
    this.#files = new SegmentFiles(o.disk, this.#slots);
  }

  /** In order, without gap. Throws journal_full and journal_io. */
  async append({ bytes, firstSeq, lastSeq, previousHash }: CopiedBatch): Promise<void> {
    assert(firstSeq === BigInt(this.#nextSeq), "batches are copied in order");
    const group = new Uint8Array(SLOT_BYTES + bytes.length);
    try {
      if (this.#segment === 0 || this.#at + group.length + SLOT_BYTES > this.#slots * SLOT_BYTES)
        await this.#begin(previousHash);
      const place = { segment: this.#segment, streamId: this.#streamId };
      const recordCount = Number(lastSeq - firstSeq) + 1;
      const commit = { firstSeq: this.#nextSeq, recordCount, recordBytes: bytes.length };
      encodeCommit(group, viewOf(group), place, this.#at, commit);
      group.set(bytes, SLOT_BYTES);
      await this.#files.current.write(group, this.#at);
    } catch (error) {
      throw journalFailure("writing the copy", error);
    }
    this.#at += group.length;
    this.#nextSeq = Number(lastSeq) + 1;
  }

  async #begin(previousHash: Uint8Array): Promise<void> {
    if (this.#segment > 0) await this.#files.current.sync();
    this.#segment++;
    const { number, firstSeq } = { number: this.#segment, firstSeq: this.#nextSeq };
    await this.#files.begin({ number, streamId: this.#streamId, firstSeq, slots: this.#slots, previousHash });
    this.#at = SEGMENT_HEADER_BYTES;
  }

  /** Everything is durable, and readers see it. */
  async finish(): Promise<void> {
    try {
      const { current } = this.#files;
      await current.sync();
      const place = { segment: this.#segment, streamId: this.#streamId };
      await current.writeDurable(encodeMark(place, this.#at, this.#nextSeq), this.#at);
    } catch (error) {
      throw journalFailure("ending the copy", error);
    }
    await this.close();
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}
