// Input records on their way to the journal: written in place into one reused buffer, at most GROUP_SLOTS at a time.
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { encodeRecord, type RecordMeta, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";

/**
 * One apply of the core: large enough to carry 100,000 ticks/s, small enough to be decided within a millisecond; two of
 * them and what they cause fill a batch (BATCH_SLOTS_MAX), so that few batches go out half empty.
 */
export const GROUP_SLOTS = 480;

interface Codec<T> {
  readonly code: number;
  lengthOf(v: T): number;
  write(view: DataView, at: number, v: T): void;
}

export class InputGroup {
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  readonly #full: () => void;
  #used = 0;

  /** `onFull` must take the group. */
  constructor(onFull: () => void, slots = GROUP_SLOTS) {
    this.#bytes = new Uint8Array(slots * SLOT_BYTES);
    this.view = viewOf(this.#bytes);
    this.#full = onFull;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Room for one record of `length` bytes, zeroed; returns where it starts. */
  reserve(length: number): number {
    if (this.#used + length > this.#bytes.length) this.#full();
    const at = this.#used;
    this.#used += length;
    this.#bytes.fill(0, at, this.#used);
    return at;
  }

  /** Header of the record at `at`, without seq and check. */
  header(at: number, o: { code: number; length: number; timeNs: bigint; symbol: number; source: number }): void {
    const { view } = this;
    view.setBigInt64(at + HEADER_OFFSET.time_ns, o.timeNs, true);
    view.setUint16(at + HEADER_OFFSET.kind, o.code, true);
    view.setUint16(at + HEADER_OFFSET.symbol, o.symbol, true);
    view.setUint32(at + HEADER_OFFSET.length, o.length, true);
    view.setUint32(at + HEADER_OFFSET.source, o.source, true);
  }

  add<T>(codec: Codec<T>, meta: RecordMeta, payload: T): void {
    const record = encodeRecord(codec, meta, payload);
    this.#bytes.set(record, this.reserve(record.length));
  }

  /** Whole records that must stay together, their header times set. */
  addWhole(records: Uint8Array): void {
    this.#bytes.set(records, this.reserve(records.length));
  }

  /** The records so far, valid until the next one is added; the group is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    return taken;
  }
}
