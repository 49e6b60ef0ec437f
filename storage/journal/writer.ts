// The writing machine of a journal, without I/O: gives records their seq and check, stages them into groups, closes
// batches with seals, and says which bytes go where. `takeGroup` -> (write and sync) -> `onDurable`, one at a time.
// Guarantees: seqs are gapless; a batch lies in one segment and has at most `batchSlots` slots; nothing counts as
// durable before its group does.
import { createHash, type Hash } from "node:crypto";
import { assert } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { recordCheck, recordLength, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { SEAL_BYTES, type Signer, writeSeal } from "./batch.ts";
import { GROUP_BYTES_MAX, SEGMENT_HEADER_BYTES, type SegmentHeader, writeU64 } from "./segment.ts";
import { type Group, GroupPool } from "./staging.ts";

export interface WriterLimits {
  readonly segmentSlots: number;
  readonly batchSlots: number;
}

/** Where a recovered (or new) journal ends. */
export interface JournalEnd {
  readonly nextSeq: number;
  readonly segment: number;
  /** Slots of that segment file; the next ones have what the limits say. */
  readonly segmentSlots: number;
  /** Byte in the segment file at which the next commit slot goes. */
  readonly at: number;
  readonly lastTimeNs: bigint;
  readonly sealedSeq: number;
  readonly previousHash: Uint8Array;
  /** Records after the last seal, in order. */
  readonly openRecords: readonly Uint8Array[];
  readonly openCount: number;
}

/** Kind numbers of the core's outputs; below are inputs. */
const OUTPUT_KIND_MIN = 100;
const JOURNAL_KIND_MIN = 200;
const KIND_BITS = 0xfff;

export class JournalWriter {
  readonly #streamId: Uint8Array;
  readonly #signer: Signer;
  readonly #outputsDigest: () => Uint8Array;
  readonly #limits: WriterLimits;
  readonly #batchBytes: number;
  readonly #pool = new GroupPool();
  readonly #closed: Group[] = [];
  #current: Group | undefined;
  #inFlight: Group | undefined;
  #segment: number;
  #segmentBytes: number;
  #at: number;
  #opens: SegmentHeader | undefined;
  #nextSeq: number;
  #batchFirstSeq: number;
  #batchUsed = 0;
  #batchHash: Hash = createHash("sha256");
  #previousHash: Uint8Array;
  #lastTimeNs: bigint;
  #stagedBytes = 0;
  #sealedSeq: number;
  #durableSeq: number;
  #durableSealedSeq: number;

  constructor(options: {
    streamId: Uint8Array;
    signer: Signer;
    outputsDigest: () => Uint8Array;
    limits: WriterLimits;
    end: JournalEnd;
  }) {
    const { end, limits } = options;
    checkLimits(limits);
    this.#streamId = options.streamId;
    this.#signer = options.signer;
    this.#outputsDigest = options.outputsDigest;
    this.#limits = limits;
    this.#batchBytes = limits.batchSlots * SLOT_BYTES - SEAL_BYTES;
    this.#segment = end.segment;
    this.#segmentBytes = end.segmentSlots * SLOT_BYTES;
    this.#at = end.at;
    this.#nextSeq = end.nextSeq;
    this.#sealedSeq = end.sealedSeq;
    this.#durableSealedSeq = end.sealedSeq;
    this.#durableSeq = end.nextSeq - 1;
    this.#batchFirstSeq = end.sealedSeq + 1;
    this.#previousHash = end.previousHash;
    this.#lastTimeNs = end.lastTimeNs;
    for (const records of end.openRecords) {
      this.#batchHash.update(records);
      this.#batchUsed += records.length;
    }
    assert(this.#batchFirstSeq + end.openCount === end.nextSeq, "the open batch reaches to the journal's end");
  }

  get lastSeq(): number {
    return this.#nextSeq - 1;
  }
  get sealedSeq(): number {
    return this.#sealedSeq;
  }
  get durableSeq(): number {
    return this.#durableSeq;
  }
  get durableSealedSeq(): number {
    return this.#durableSealedSeq;
  }
  /** Bytes not yet durable. */
  get stagedBytes(): number {
    return this.#stagedBytes;
  }
  /** Record bytes of the open batch. */
  get batchUsed(): number {
    return this.#batchUsed;
  }

  /** Stages whole records and gives them seq and check in place. Inputs of one call stay in one batch. */
  append(records: Uint8Array): number {
    if (records.length === 0) return this.lastSeq;
    if (records.length > this.#batchBytes) return this.#appendOutputs(records);
    if (this.#batchUsed + records.length > this.#batchBytes) this.seal();
    this.#stage(records);
    return this.lastSeq;
  }

  /** More than a batch holds: only the core's outputs may be split, because their inputs have been applied already. */
  #appendOutputs(records: Uint8Array): number {
    const view = viewOf(records);
    let from = 0;
    for (let at = 0; at < records.length; ) {
      const number = view.getUint16(at + HEADER_OFFSET.kind, true) & KIND_BITS;
      assert(number >= OUTPUT_KIND_MIN, `inputs of one append fit a batch: at most ${this.#batchBytes} bytes`);
      const length = recordLength(view, at);
      if (at + length - from > this.#batchBytes) {
        this.append(records.subarray(from, at));
        from = at;
      }
      at += length;
    }
    return this.append(records.subarray(from));
  }

  #stage(records: Uint8Array): void {
    const view = viewOf(records);
    let seq = this.#nextSeq;
    let inputAt = -1;
    for (let at = 0; at < records.length; ) {
      const length = recordLength(view, at);
      const number = view.getUint16(at + HEADER_OFFSET.kind, true) & KIND_BITS;
      assert(number < JOURNAL_KIND_MIN, "the journal writes its own records");
      if (number < OUTPUT_KIND_MIN) inputAt = at;
      writeU64(view, at + HEADER_OFFSET.seq, seq++);
      view.setUint32(at + HEADER_OFFSET.check, recordCheck(view, at, length), true);
      at += length;
    }
    if (this.#batchUsed === 0) this.#openBatch();
    const group = this.#groupWithRoom(records.length);
    group.push(records, seq - this.#nextSeq, seq - 1);
    this.#nextSeq = seq;
    this.#batchUsed += records.length;
    this.#stagedBytes += records.length;
    if (inputAt >= 0) this.#lastTimeNs = view.getBigInt64(inputAt + HEADER_OFFSET.time_ns, true);
  }

  /** A batch starts in the next segment unless this one holds it even with a commit slot before each record. */
  #openBatch(): void {
    this.#batchFirstSeq = this.#nextSeq;
    const end = this.#current ? this.#at + this.#current.used : this.#at;
    if (end + worstBatchBytes(this.#limits) <= this.#segmentBytes) return;
    this.#closeCurrent();
    this.#segment += 1;
    this.#segmentBytes = this.#limits.segmentSlots * SLOT_BYTES;
    this.#at = SEGMENT_HEADER_BYTES;
    this.#opens = {
      number: this.#segment,
      streamId: this.#streamId,
      firstSeq: this.#nextSeq,
      slots: this.#limits.segmentSlots,
      previousHash: this.#previousHash,
    };
  }

  #groupWithRoom(length: number): Group {
    if (this.#current && this.#current.room() < length) this.#closeCurrent();
    this.#current ??= this.#openGroup();
    return this.#current;
  }

  #openGroup(): Group {
    const opens = this.#opens;
    this.#opens = undefined;
    return this.#pool.take({ segment: this.#segment, at: this.#at, firstSeq: this.#nextSeq, opens });
  }

  /** Ends the group being filled: nothing more goes into it, and the next one lies behind it. */
  #closeCurrent(): void {
    const group = this.#current;
    if (!group) return;
    this.#hash(group);
    this.#current = undefined;
    this.#at += group.used;
    this.#closed.push(group);
  }

  /** Adds what is new in the group to the open batch's hash; the group in flight comes before any other. */
  #hash(group: Group): void {
    if (this.#inFlight && this.#inFlight !== group) this.#hash(this.#inFlight);
    if (group.hashedTo === group.used) return;
    this.#batchHash.update(group.bytes.subarray(group.hashedTo, group.used));
    group.hashedTo = group.used;
  }

  /** Closes the open batch; nothing happens when it is empty. */
  seal(): void {
    if (this.#batchUsed === 0) return;
    const group = this.#groupWithRoom(SEAL_BYTES);
    this.#hash(group);
    const seq = this.#nextSeq;
    this.#previousHash = writeSeal(
      group.bytes,
      group.used,
      {
        seq,
        timeNs: this.#lastTimeNs,
        streamId: this.#streamId,
        firstSeq: this.#batchFirstSeq,
        recordCount: seq - this.#batchFirstSeq,
        previousHash: this.#previousHash,
        recordsSha256: this.#batchHash.digest(),
        outputsDigest: this.#outputsDigest(),
      },
      this.#signer,
    );
    group.grown(SEAL_BYTES, 1, seq);
    group.sealedSeq = seq;
    group.hashedTo = group.used;
    this.#nextSeq += 1;
    this.#stagedBytes += SEAL_BYTES;
    this.#sealedSeq = seq;
    this.#batchHash = createHash("sha256");
    this.#batchUsed = 0;
  }

  /** The next group to make durable; undefined when nothing is staged. One is out at a time. */
  takeGroup(): { group: Group; bytes: Uint8Array } | undefined {
    assert(this.#inFlight === undefined, "one group is in flight at a time");
    let group = this.#closed.shift();
    if (!group) {
      group = this.#current;
      if (!group) return undefined;
      this.#current = undefined;
      this.#at += group.used;
    }
    this.#inFlight = group;
    return { group, bytes: group.close({ segment: group.segment, streamId: this.#streamId }) };
  }

  /** The write is under way: the moment for work that no commit should wait for. */
  onIssued(): void {
    if (this.#inFlight) this.#hash(this.#inFlight);
  }

  /** The group in flight is durable. */
  onDurable(): void {
    const group = this.#inFlight;
    assert(group !== undefined, "a group was in flight");
    assert(group.firstSeq === this.#durableSeq + 1, "groups become durable in order");
    this.#hash(group);
    this.#inFlight = undefined;
    this.#durableSeq = group.lastSeq;
    if (group.sealedSeq > 0) this.#durableSealedSeq = group.sealedSeq;
    this.#stagedBytes -= group.used - SLOT_BYTES;
    this.#pool.give(group);
  }

  get hasStaged(): boolean {
    return this.#closed.length > 0 || this.#current !== undefined;
  }

  /** Where a mark goes that proves everything so far durable; only while nothing is staged or in flight. */
  markPlace(): { segment: number; at: number; firstSeq: number } {
    assert(!this.hasStaged && this.#inFlight === undefined, "a mark is written when all is durable");
    return { segment: this.#segment, at: this.#at, firstSeq: this.#nextSeq };
  }
}

/** A batch of one-slot records, each in a commit of its own, then its seal in one, then the mark. */
const worstBatchBytes = (limits: WriterLimits): number =>
  (2 * (limits.batchSlots - SEAL_BYTES / SLOT_BYTES) + 1 + SEAL_BYTES / SLOT_BYTES + 1) * SLOT_BYTES;

function checkLimits(limits: WriterLimits): void {
  assert(limits.batchSlots * SLOT_BYTES > SEAL_BYTES, "a batch holds more than its seal");
  assert(limits.batchSlots * SLOT_BYTES <= GROUP_BYTES_MAX, "a batch fits a group");
  assert(
    SEGMENT_HEADER_BYTES + worstBatchBytes(limits) <= limits.segmentSlots * SLOT_BYTES,
    `a segment of ${limits.segmentSlots} slots holds a batch of ${limits.batchSlots}`,
  );
}
