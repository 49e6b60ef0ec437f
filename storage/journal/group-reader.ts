// Walks the groups of a journal in order, across segments, while another thread or process appends: hands out a group
// only when something behind it proves it durable. What cannot be read yet is "not yet"; what can never be read again is
// journal_damaged; what has been removed is journal_truncated.
import { LockstepError } from "#proto/errors.ts";
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { Disk, DiskFile } from "#proto/world.ts";
import { type Damage, damageError, groupFault, laterCommit } from "./scan.ts";
import {
  type Commit,
  decodeCommit,
  GROUP_BYTES_MAX,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  segmentName,
  segmentNumber,
} from "./segment.ts";
import { readHeader } from "./segment-files.ts";

export interface ReadGroup {
  readonly segment: number;
  /** Byte in the segment file of the first record. */
  readonly at: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The records; valid until the next call. */
  readonly records: Uint8Array;
}

/** Holds any group and the commit slot behind it. */
const WINDOW_BYTES = GROUP_BYTES_MAX + 2 * SLOT_BYTES;

export class GroupReader {
  readonly #disk: Disk;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  readonly #view = viewOf(this.#window);
  #windowAt = 0;
  #windowBytes = 0;
  #file: DiskFile | undefined;
  #header: SegmentHeader | undefined;
  #at = 0;
  #nextSeq = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** First seq of the group that `next` hands out. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  get segment(): number {
    return this.#header?.number ?? 0;
  }

  get previousHash(): Uint8Array {
    return this.#header?.previousHash ?? new Uint8Array(32);
  }

  /** Goes to the start of the segment that holds `seq`; false while there is none. */
  seek(seq: number): boolean {
    const used = usedHeaders(this.#disk);
    const first = used[0];
    if (!first) return false;
    if (seq < first.firstSeq)
      throw new LockstepError(
        "journal_truncated",
        `journal: seq ${seq} has been removed, the first one left is ${first.firstSeq}: take it from the cloud`,
      );
    const header = used.findLast((h) => h.firstSeq <= seq);
    if (header) this.#enter(header);
    return header !== undefined;
  }

  #enter(header: SegmentHeader): void {
    this.close();
    this.#file = this.#disk.openSync(segmentName(header.number), "read");
    this.#header = header;
    this.#at = SEGMENT_HEADER_BYTES;
    this.#nextSeq = header.firstSeq;
    this.#windowBytes = 0;
  }

  /** The next durable group; undefined when there is none yet. With `check: false` its records are not looked at. */
  next(options: { check: boolean }): ReadGroup | undefined {
    for (;;) {
      if (!this.#header) return undefined;
      const group = this.#groupHere(options.check) ?? this.#groupAnew(options.check);
      if (group) return group;
      if (!this.#enterNext()) return undefined;
    }
  }

  /** From what has been read already; undefined when that does not hold a whole, proven, good group. */
  #groupHere(check: boolean): ReadGroup | undefined {
    const here = this.#at - this.#windowAt;
    const commit = this.#commitAt(here);
    if (!commit || commit.recordCount === 0 || commit.firstSeq !== this.#nextSeq) return undefined;
    const end = here + SLOT_BYTES + commit.recordBytes;
    if (end > this.#windowBytes) return undefined;
    if (!this.#commitAt(end) && !this.#isLastOfSegment(this.#nextSeq + commit.recordCount)) return undefined;
    const at = here + SLOT_BYTES;
    if (check && this.#faultOf(here, commit)) return undefined;
    const group = {
      segment: this.segment,
      at: this.#at + SLOT_BYTES,
      firstSeq: commit.firstSeq,
      lastSeq: commit.firstSeq + commit.recordCount - 1,
      records: this.#window.subarray(at, end),
    };
    this.#at += SLOT_BYTES + commit.recordBytes;
    this.#nextSeq += commit.recordCount;
    return group;
  }

  /** The same from fresh bytes. If they hold something good behind something bad, that is damage. */
  #groupAnew(check: boolean): ReadGroup | undefined {
    this.#refill();
    const group = this.#groupHere(check);
    if (group || !this.#isOvertaken(this.#wrongHere())) return group;
    // Once more: the writer may have come by between the two halves of one read.
    this.#refill();
    const wrong = this.#wrongHere();
    if (wrong) throw damageError(segmentName(this.segment), { segment: this.segment, ...wrong });
    return this.#groupHere(check);
  }

  /** Why no proven group begins at the window's start; undefined when one does. */
  #wrongHere(): Omit<Damage, "segment"> | undefined {
    const what = "its commit slot cannot be read";
    const commit = this.#commitAt(0);
    if (!commit || commit.recordCount === 0) return { offset: this.#at, seq: this.#nextSeq, what };
    const fault = this.#faultOf(0, commit);
    if (fault) return fault;
    const end = SLOT_BYTES + commit.recordBytes;
    const seq = this.#nextSeq + commit.recordCount;
    const proven = this.#commitAt(end) !== undefined || this.#isLastOfSegment(seq);
    return proven ? undefined : { offset: this.#at + end, seq, what };
  }

  /** A valid commit behind proves that there was a good one once: the writer starts none before the last is durable. */
  #isOvertaken(wrong: Omit<Damage, "segment"> | undefined): boolean {
    if (!wrong) return false;
    const { number, streamId } = this.#header as SegmentHeader;
    const bytes = this.#window.subarray(0, this.#windowBytes);
    const place = { segment: number, streamId };
    const where = { bytes, view: this.#view, from: SLOT_BYTES, place, nextSeq: wrong.seq, base: this.#windowAt };
    return laterCommit(where) || (this.#nextHeader()?.firstSeq ?? 0) > wrong.seq;
  }

  #refill(): void {
    this.#windowAt = this.#at;
    this.#windowBytes = this.#file?.readSync(this.#window, this.#at) ?? 0;
  }

  #commitAt(here: number): Commit | undefined {
    const { number, streamId } = this.#header as SegmentHeader;
    if (here < 0 || here + SLOT_BYTES > this.#windowBytes) return undefined;
    return decodeCommit(this.#window, this.#view, here, this.#windowAt + here, { segment: number, streamId });
  }

  #faultOf(here: number, commit: Commit): ReturnType<typeof groupFault> {
    if (here + SLOT_BYTES + commit.recordBytes > this.#windowBytes) return undefined;
    const where = { bytes: this.#window, view: this.#view, at: here, base: this.#windowAt };
    return groupFault({ ...where, commit, nextSeq: this.#nextSeq, segment: this.segment });
  }

  /** Whether the next segment begins exactly here: then this group was durable before. */
  #isLastOfSegment(nextSeq: number): boolean {
    return this.#nextHeader()?.firstSeq === nextSeq;
  }

  #nextHeader(): SegmentHeader | undefined {
    try {
      return readHeader(this.#disk, this.segment + 1);
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #enterNext(): boolean {
    const header = this.#nextHeader();
    if (header?.firstSeq !== this.#nextSeq) return false;
    this.#enter(header);
    return true;
  }

  close(): void {
    this.#file?.closeSync();
    this.#file = undefined;
    this.#header = undefined;
    this.#windowBytes = 0;
  }
}

/** The headers of the segments in use. One that cannot be read although a later one is in use is damage. */
function usedHeaders(disk: Disk): SegmentHeader[] {
  const numbers = disk
    .listSync()
    .flatMap((name) => segmentNumber(name) ?? [])
    .sort((a, b) => a - b);
  const headers = numbers.map((number) => readHeader(disk, number));
  const last = headers.findLastIndex((header) => header !== undefined);
  return headers.slice(0, last + 1).map((header, i) => {
    if (header) return header;
    const segment = numbers[i] ?? 0;
    throw damageError(segmentName(segment), { segment, offset: 0, seq: 0, what: "its header cannot be read" });
  });
}
