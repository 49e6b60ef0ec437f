// Follows a journal's files as a reader while the connector appends: sealed, durable, verified batches in order, in slices
// of time that leave the event loop free. Damage, truncation and a missing journal are told and tried again, never fatal.
import { existsSync, readdirSync } from "node:fs";
import { openDisk } from "#mesh/world/disk.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { SEAL_BYTES } from "#storage/journal/batch.ts";
import { JournalReader } from "#storage/journal/reader.ts";

/** Between two looks at a quiet journal; a batch is sealed 20 ms after its oldest record at the latest. */
const POLL_MS = 40;
const RETRY_MS = 1_000;
const SLICE_MS = 12;

export interface FollowerOptions {
  readonly directory: string;
  /** A batch of records, its seal included. */
  readonly onBatch: (records: Uint8Array) => void;
  /** Records below this seq are gone from the disk: the view begins here. */
  readonly onBegin: (firstSeq: bigint) => void;
  readonly onProblem: (problem: string | undefined) => void;
}

export class JournalFollower {
  readonly #o: FollowerOptions;
  #reader: JournalReader | undefined;
  #nextSeq = 0n;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Everything that was durable at the last look has been read. */
  caughtUp = false;

  constructor(options: FollowerOptions) {
    this.#o = options;
  }

  start(): void {
    this.#turn();
  }

  /** Begins again at the journal's first record: it is another stream's. */
  restart(): void {
    this.#close();
    this.#nextSeq = 0n;
    this.caughtUp = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#close();
  }

  #turn(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#turn(), this.#slice());
  }

  /** Reads for a moment; how long to wait until the next one. */
  #slice(): number {
    try {
      if (!this.#open()) return RETRY_MS;
      const until = performance.now() + SLICE_MS;
      while (performance.now() < until) {
        const batch = this.#reader?.readBatch(this.#nextSeq);
        if (!batch) {
          this.caughtUp = true;
          this.#o.onProblem(undefined);
          return POLL_MS;
        }
        this.#o.onBatch(batch);
        const sealAt = batch.length - SEAL_BYTES;
        this.#nextSeq = viewOf(batch).getBigUint64(sealAt + HEADER_OFFSET.seq, true) + 1n;
      }
      return 0;
    } catch (error) {
      this.#onError(error);
      return RETRY_MS;
    }
  }

  #open(): boolean {
    if (this.#reader) return true;
    // Opening a Disk would make the directory, and only the connector makes anything here.
    if (!existsSync(this.#o.directory) || !readdirSync(this.#o.directory).some((name) => name.endsWith(".journal"))) {
      this.#o.onProblem(`there is no journal in ${this.#o.directory} yet: is the connector running?`);
      return false;
    }
    const reader = new JournalReader({ disk: openDisk(this.#o.directory) });
    const firstSeq = reader.firstSeq();
    if (firstSeq === undefined) return false;
    this.#reader = reader;
    if (this.#nextSeq < firstSeq) {
      this.#nextSeq = firstSeq;
      this.#o.onBegin(firstSeq);
    }
    return true;
  }

  #onError(error: unknown): void {
    // Its position may be of a segment that is gone: the next attempt begins afresh.
    this.#close();
    const truncated = error instanceof LockstepError && error.code === "journal_truncated";
    const gone = (error as { code?: unknown }).code === "ENOENT";
    if (!truncated && !gone) this.#o.onProblem(error instanceof Error ? error.message : String(error));
  }

  #close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}
