// The segment files of one journal on a Disk: which there are, what their headers say, and the preparation of the next
// one (zero filled, synced, renamed into place) ahead of use. Used by the writing side; readers have their own handles.
import { assert, LockstepError } from "#proto/errors.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { Disk, DiskFile } from "#proto/world.ts";
import { damageError } from "./scan.ts";
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  isZero,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  segmentName,
  segmentNumber,
} from "./segment.ts";

export interface SegmentFound {
  readonly number: number;
  readonly name: string;
  readonly bytes: number;
  readonly header: SegmentHeader | "empty" | "damaged";
}

const ZERO_CHUNK_BYTES = 256 * 1024;
const PREPARED_NAME = "segment-next.tmp";

/** All segments in order of their numbers, with their headers. */
export function listSegments(disk: Disk): SegmentFound[] {
  const found: SegmentFound[] = [];
  for (const name of disk.listSync()) {
    const number = segmentNumber(name);
    if (number === undefined) continue;
    const file = disk.openSync(name, "read");
    try {
      const head = new Uint8Array(SEGMENT_HEADER_BYTES);
      const length = file.readSync(head, 0);
      found.push({ number, name, bytes: file.sizeSync(), header: decodeSegmentHeader(head.subarray(0, length)) });
    } finally {
      file.closeSync();
    }
  }
  return found.sort((a, b) => a.number - b.number);
}

/**
 * The header of a segment in use; undefined when it is not in use yet. Throws journal_damaged when records stand behind
 * a header that cannot be read: it was durable before the first of them.
 */
export function readHeader(disk: Disk, number: number): SegmentHeader | undefined {
  const name = segmentName(number);
  const file = disk.openSync(name, "read");
  try {
    const head = new Uint8Array(SEGMENT_HEADER_BYTES + SLOT_BYTES);
    // Twice: the writer may have begun the segment in the middle of the first read.
    for (let attempt = 0; attempt < 2; attempt++) {
      const header = decodeSegmentHeader(head.subarray(0, file.readSync(head, 0)));
      if (typeof header === "object") return header;
      if (isZero(head, SEGMENT_HEADER_BYTES)) return undefined;
    }
  } finally {
    file.closeSync();
  }
  throw damageError(name, { segment: number, offset: 0, seq: 0, what: "its header cannot be read" });
}

export function readWhole(disk: Disk, name: string): Uint8Array {
  const file = disk.openSync(name, "read");
  try {
    const bytes = new Uint8Array(file.sizeSync());
    const length = file.readSync(bytes, 0);
    if (length !== bytes.length)
      throw new LockstepError("journal_io", `${name}: only ${length} of ${bytes.length} bytes could be read`);
    return bytes;
  } finally {
    file.closeSync();
  }
}

/** ENOSPC and EDQUOT as journal_full, all else as journal_io; the cause is kept. */
export function journalFailure(doing: string, cause: unknown): LockstepError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new LockstepError("journal_full", `journal: the disk is full while ${doing}: free space, then restart`, {
      cause,
    });
  return new LockstepError("journal_io", `journal: ${doing} failed (${reason}): check the disk, then restart`, {
    cause,
  });
}

export class SegmentFiles {
  readonly #disk: Disk;
  readonly #bytes: number;
  /** First seq of each segment in use, by number, ascending. */
  readonly #firstSeqs = new Map<number, number>();
  #file: DiskFile | undefined;
  #number = 0;
  /** Numbers prepared and not yet in use. */
  readonly #prepared = new Set<number>();
  #preparing: Promise<void> | undefined;
  #closed = false;

  constructor(disk: Disk, segmentSlots: number) {
    this.#disk = disk;
    this.#bytes = segmentSlots * SLOT_BYTES;
  }

  /** What recovery found: segments in use, and those prepared. */
  adopt(found: { used: readonly SegmentHeader[]; prepared: readonly number[] }): void {
    for (const header of found.used) this.#firstSeqs.set(header.number, header.firstSeq);
    for (const number of found.prepared) this.#prepared.add(number);
  }

  get current(): DiskFile {
    assert(this.#file !== undefined, "a segment is open");
    return this.#file;
  }

  openCurrent(number: number): void {
    this.#file?.closeSync();
    this.#file = this.#disk.openSync(segmentName(number), "write");
    this.#number = number;
  }

  /** Makes `header`'s segment the current one: waits for its preparation, then its header is durable. */
  async begin(header: SegmentHeader): Promise<void> {
    await this.#prepare(header.number);
    this.openCurrent(header.number);
    await this.current.writeDurable(encodeSegmentHeader(header), 0);
    this.#prepared.delete(header.number);
    this.#firstSeqs.set(header.number, header.firstSeq);
  }

  /** Prepares the segment after the current one: never one further ahead, a missing number would look like damage. */
  prepareNext(): Promise<void> {
    return this.#prepare(this.#number + 1);
  }

  /** Prepares the segment unless it is; one at a time. */
  async #prepare(number: number): Promise<void> {
    while (this.#preparing) await this.#preparing.catch(() => undefined);
    if (this.#prepared.has(number) || this.#closed) return;
    this.#preparing = this.#fill(number);
    try {
      await this.#preparing;
    } finally {
      this.#preparing = undefined;
    }
  }

  async #fill(number: number): Promise<void> {
    const file = this.#disk.openSync(PREPARED_NAME, "create");
    try {
      const zero = new Uint8Array(Math.min(ZERO_CHUNK_BYTES, this.#bytes));
      for (let at = 0; at < this.#bytes && !this.#closed; at += zero.length) {
        await file.write(zero.subarray(0, Math.min(zero.length, this.#bytes - at)), at);
        await file.sync();
      }
    } finally {
      file.closeSync();
    }
    if (this.#closed) return;
    this.#disk.renameSync(PREPARED_NAME, segmentName(number));
    await this.#disk.syncDirectory();
    this.#prepared.add(number);
  }

  /** Removes whole segments that lie below `seq`; never the current one. */
  removeBelow(seq: number): number {
    const numbers = [...this.#firstSeqs.keys()].sort((a, b) => a - b);
    let removed = 0;
    for (const number of numbers) {
      const following = this.#firstSeqs.get(number + 1);
      if (number === this.#number || following === undefined || following > seq) break;
      this.#disk.removeSync(segmentName(number));
      // One at a time: a crash may keep any of several unsynced removals, and a hole would look like damage.
      this.#disk.syncDirectorySync();
      this.#firstSeqs.delete(number);
      removed++;
    }
    return removed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#preparing?.catch(() => undefined);
    this.#file?.closeSync();
    this.#file = undefined;
  }
}

/** Leftovers of a preparation that a crash cut short. */
export function removeLeftovers(disk: Disk): void {
  if (!disk.listSync().includes(PREPARED_NAME)) return;
  disk.removeSync(PREPARED_NAME);
  disk.syncDirectorySync();
}
