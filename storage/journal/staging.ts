// Buffers of group commits: each holds one commit slot and the records behind it, written to the segment with one call.
// Buffers are used again; a quiet journal keeps two.
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { type CommitPlace, encodeCommit, GROUP_BYTES_MAX, type SegmentHeader } from "./segment.ts";

/** Spare buffers kept; more are dropped once a burst is over. */
const SPARE_MAX = 4;

export class Group {
  readonly bytes = new Uint8Array(SLOT_BYTES + GROUP_BYTES_MAX);
  readonly view = viewOf(this.bytes);
  /** Bytes in use, the commit slot included. */
  used = SLOT_BYTES;
  recordCount = 0;
  firstSeq = 0;
  lastSeq = 0;
  /** Seq of the last seal in here, 0 when there is none. */
  sealedSeq = 0;
  /** Bytes up to here are in the open batch's hash already. */
  hashedTo = SLOT_BYTES;
  segment = 0;
  /** Where the commit slot goes in the segment file. */
  at = 0;
  /** Set when this group opens a new segment: its header must be durable before the group is written. */
  opens: SegmentHeader | undefined = undefined;

  get isEmpty(): boolean {
    return this.recordCount === 0;
  }

  room(): number {
    return this.bytes.length - this.used;
  }

  /** Copies whole records with seq and check behind what is there. */
  push(records: Uint8Array, count: number, lastSeq: number): void {
    this.bytes.set(records, this.used);
    this.grown(records.length, count, lastSeq);
  }

  /** Counts records that were written in place at `used`. */
  grown(length: number, count: number, lastSeq: number): void {
    this.used += length;
    this.recordCount += count;
    this.lastSeq = lastSeq;
  }

  /** Writes the commit slot; from here on the group does not change. */
  close(place: CommitPlace): Uint8Array {
    const recordBytes = this.used - SLOT_BYTES;
    encodeCommit(this.bytes, this.view, place, this.at, {
      firstSeq: this.firstSeq,
      recordCount: this.recordCount,
      recordBytes,
    });
    return this.bytes.subarray(0, this.used);
  }
}

export class GroupPool {
  readonly #spare: Group[] = [];

  take(start: { segment: number; at: number; firstSeq: number; opens: SegmentHeader | undefined }): Group {
    const group = this.#spare.pop() ?? new Group();
    group.used = SLOT_BYTES;
    group.hashedTo = SLOT_BYTES;
    group.recordCount = 0;
    group.sealedSeq = 0;
    group.firstSeq = start.firstSeq;
    group.lastSeq = start.firstSeq - 1;
    group.segment = start.segment;
    group.at = start.at;
    group.opens = start.opens;
    return group;
  }

  give(group: Group): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(group);
  }
}
