// The outside observer's own copy of the stream: every record that was ever durable in the box's segment files, read from
// the platter and not from the program. It only grows; whatever is found durable later must be what was durable before.
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { checkRecord, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { decodeCommit, decodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from "#storage/journal/segment.ts";
import type { BoxDisk } from "../disk.ts";
import type { World } from "../world.ts";

const START_BYTES = 256 * 1024;

export type RecordVisitor = (record: Uint8Array, view: DataView, code: number, seq: number) => void;

export class Canon {
  readonly #world: World;
  readonly #streamId: Uint8Array;
  #bytes = new Uint8Array(START_BYTES);
  #used = 0;
  /** Where the record of seq i begins: index i - 1; the end is the last entry. */
  readonly #offsets: number[] = [0];
  #segment = 1;
  #at = SEGMENT_HEADER_BYTES;
  #lastTimeNs = 0n;
  /** Called for each record as it becomes durable for the first time. */
  onRecord: RecordVisitor = () => undefined;

  constructor(world: World, streamId: Uint8Array) {
    this.#world = world;
    this.#streamId = streamId;
  }

  /** Of another disk with the same bytes on it. */
  copy(): Canon {
    const copy = new Canon(this.#world, this.#streamId);
    copy.#bytes = this.#bytes.slice();
    copy.#used = this.#used;
    copy.#offsets.push(...this.#offsets.slice(1));
    copy.#segment = this.#segment;
    copy.#at = this.#at;
    copy.#lastTimeNs = this.#lastTimeNs;
    return copy;
  }

  get lastSeq(): number {
    return this.#offsets.length - 1;
  }

  /** Where the next commit goes. */
  get tail(): { name: string; at: number } {
    return { name: segmentName(this.#segment), at: this.#at };
  }

  /** Records `from` to `to`, both included. */
  slice(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(this.#offsets[from - 1] ?? 0, this.#offsets[to] ?? 0);
  }

  /** Bytes of a segment before its last group, which a crash may have torn. */
  usedBytes(name: string, bytes: Uint8Array): number {
    const number = Number(/\d+/.exec(name)?.[0]);
    const view = viewOf(bytes);
    let at = SEGMENT_HEADER_BYTES;
    let before = at;
    for (;;) {
      const commit = decodeCommit(bytes, view, at, at, { segment: number, streamId: this.#streamId });
      if (!commit || commit.recordCount === 0) return number < this.#segment ? at : before;
      before = at;
      at += SLOT_BYTES + commit.recordBytes;
    }
  }

  /** Takes in what has become durable since the last look. */
  follow(disk: BoxDisk): void {
    for (;;) {
      const bytes = disk.durable(segmentName(this.#segment));
      if (bytes) this.#at = this.#walk(bytes, this.#segment, this.#at, this.lastSeq + 1);
      const next = this.#segmentAfter(disk, this.#segment);
      if (next === undefined) return;
      this.#segment = next;
      this.#at = SEGMENT_HEADER_BYTES;
    }
  }

  /** The next segment's number when it goes on exactly where this copy ends. */
  #segmentAfter(disk: BoxDisk, number: number): number | undefined {
    const bytes = disk.durable(segmentName(number + 1));
    const header = bytes ? decodeSegmentHeader(bytes.subarray(0, SEGMENT_HEADER_BYTES)) : "empty";
    return typeof header === "object" && header.firstSeq === this.lastSeq + 1 ? number + 1 : undefined;
  }

  /** After a recovery: everything on the disk must be what was durable, and nothing that was may be missing. */
  verify(disk: BoxDisk): void {
    let end = 0;
    for (const name of disk.segments()) {
      const bytes = disk.durable(name);
      const header = bytes ? decodeSegmentHeader(bytes.subarray(0, SEGMENT_HEADER_BYTES)) : "empty";
      if (!bytes || typeof header !== "object") continue;
      const at = this.#walk(bytes, header.number, SEGMENT_HEADER_BYTES, header.firstSeq);
      end = Math.max(end, this.#endSeq);
      if (header.number >= this.#segment) {
        this.#segment = header.number;
        this.#at = at;
      }
    }
    if (end < this.lastSeq)
      this.#world.fail(
        "nothing durable is lost",
        `the recovered journal ends at ${end}, ${this.lastSeq} had been made durable`,
      );
  }

  #endSeq = 0;

  /** Groups from `at` on; new records are kept, known ones compared. Returns where the next commit goes. */
  #walk(bytes: Uint8Array, segment: number, from: number, firstSeq: number): number {
    const view = viewOf(bytes);
    let at = from;
    let seq = firstSeq;
    for (;;) {
      const commit = decodeCommit(bytes, view, at, at, { segment, streamId: this.#streamId });
      const isNext = commit && commit.recordCount > 0 && commit.firstSeq === seq;
      if (!isNext || at + SLOT_BYTES + commit.recordBytes > bytes.length || !isWhole(bytes, view, at, commit)) break;
      for (let record = at + SLOT_BYTES; record < at + SLOT_BYTES + commit.recordBytes; seq++) {
        const length = view.getUint32(record + HEADER_OFFSET.length, true);
        this.#take(bytes.subarray(record, record + length), seq);
        record += length;
      }
      at += SLOT_BYTES + commit.recordBytes;
    }
    this.#endSeq = seq - 1;
    return at;
  }

  #take(record: Uint8Array, seq: number): void {
    if (seq <= this.lastSeq) {
      if (Buffer.compare(this.slice(seq, seq), record) !== 0)
        this.#world.fail("what is durable never changes", `record ${seq} is on the disk with other bytes`);
      return;
    }
    const end = this.#used + record.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(record, this.#used);
    this.#used = end;
    this.#offsets.push(end);
    const kept = this.slice(seq, seq);
    const view = viewOf(kept);
    const code = view.getUint16(HEADER_OFFSET.kind, true);
    this.#checkPlace(view, code, seq);
    this.onRecord(kept, view, code, seq);
  }

  #grow(least: number): void {
    const more = new Uint8Array(Math.max(least, 2 * this.#bytes.length));
    more.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = more;
  }

  #checkPlace(view: DataView, code: number, seq: number): void {
    if (Number(view.getBigUint64(HEADER_OFFSET.seq, true)) !== seq)
      this.#world.fail("sequences have no gap", `record ${view.getBigUint64(0, true)} stands at place ${seq}`);
    if ((code & 0xfff) >= 100) return;
    const timeNs = view.getBigInt64(HEADER_OFFSET.time_ns, true);
    if (timeNs < this.#lastTimeNs)
      this.#world.fail(
        "time never decreases",
        `record ${seq} is at ${timeNs}, the input before it at ${this.#lastTimeNs}`,
      );
    this.#lastTimeNs = timeNs;
  }
}

function isWhole(bytes: Uint8Array, view: DataView, at: number, commit: { recordBytes: number }): boolean {
  try {
    const end = at + SLOT_BYTES + commit.recordBytes;
    for (let record = at + SLOT_BYTES; record < end; ) record += checkRecord(bytes, view, record);
    return true;
  } catch {
    return false;
  }
}
