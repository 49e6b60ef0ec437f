// The journal of one stream: append, group commit, seal, recover. What `durableSeq` covers has been written and synced
// and survives any crash; what it does not cover has been promised to nobody. One writer a directory.
// The machine is writer.ts; here are its disk, its timers and those who wait.
import { LockstepError } from "#proto/errors.ts";
import { BATCH_SLOTS_MAX, SEAL_DELAY_MS, SEGMENT_SLOTS } from "#proto/limits.ts";
import type { Disk, DiskLock, Timers } from "#proto/world.ts";
import type { Signer } from "./batch.ts";
import { encodeMark, type Recovered, recover } from "./recovery.ts";
import { SEGMENT_HEADER_BYTES } from "./segment.ts";
import { journalFailure, removeLeftovers, SegmentFiles } from "./segment-files.ts";
import type { Group } from "./staging.ts";
import { systemTimers } from "./timers-io.ts";
import { type JournalEnd, JournalWriter } from "./writer.ts";

export type { Signer } from "./batch.ts";

const LOCK_NAME = "journal.lock";
/** After SEAL_DELAY_MS a seal waits this long for a sync in flight, in whose shadow signing costs no commit anything. */
const SEAL_GRACE_MS = 2;

export interface JournalOptions {
  readonly disk: Disk;
  /** 16 bytes. */
  readonly streamId: Uint8Array;
  readonly signer: Signer;
  /** The core's running digest of its outputs; read whenever a batch is sealed. */
  readonly outputsDigest: () => Uint8Array;
  readonly segmentSlots?: number;
  readonly batchSlots?: number;
  readonly timers?: Timers;
}

interface Waiter {
  readonly seq: bigint;
  readonly resolve: () => void;
  readonly reject: (error: LockstepError) => void;
}

export class Journal {
  readonly #files: SegmentFiles;
  readonly #writer: JournalWriter;
  readonly #lock: DiskLock;
  readonly #streamId: Uint8Array;
  readonly #timers: Timers;
  #waiters: Waiter[] = [];
  #busy = false;
  #scheduled = false;
  #closing = false;
  #sealDue = false;
  #sealDelayMs = SEAL_DELAY_MS;
  #cancelSeal: (() => void) | undefined;
  #failure: LockstepError | undefined;
  #durableSeq: bigint;
  #durableSealedSeq: bigint;
  /** Bytes of a torn, never durable group that opening threw away. */
  readonly tornBytes: number;

  /** Called on the loop after each sync, before anything else happens. */
  onDurable: (durableSeq: bigint, durableSealedSeq: bigint) => void = () => undefined;
  /** Called once: from here on nothing can be appended and nothing more becomes durable. */
  onFailure: (error: LockstepError) => void = () => undefined;
  /** The next segment could not be prepared; tried again when it is needed. */
  onWarning: (error: LockstepError) => void = () => undefined;

  /** Takes the lock, recovers what is there, and prepares to append. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { disk, streamId, segmentSlots = SEGMENT_SLOTS } = options;
    const lock = takeLock(disk);
    let files: SegmentFiles | undefined;
    try {
      removeLeftovers(disk);
      const recovered = recover(disk, streamId, segmentSlots);
      files = new SegmentFiles(disk, segmentSlots);
      files.adopt(recovered);
      const end = recovered.end ?? (await beginFirst(files, streamId, segmentSlots));
      files.openCurrent(end.segment);
      return new Journal({ options, lock, files, end, recovered });
    } catch (error) {
      await files?.close();
      lock.releaseSync();
      throw error instanceof LockstepError ? error : journalFailure("opening", error);
    }
  }

  private constructor(parts: {
    options: JournalOptions;
    lock: DiskLock;
    files: SegmentFiles;
    end: JournalEnd;
    recovered: Recovered;
  }) {
    const { options, end } = parts;
    const { streamId, signer, outputsDigest, segmentSlots = SEGMENT_SLOTS, batchSlots = BATCH_SLOTS_MAX } = options;
    this.#files = parts.files;
    this.#lock = parts.lock;
    this.#streamId = streamId;
    this.#timers = options.timers ?? systemTimers;
    this.#writer = new JournalWriter({ streamId, signer, outputsDigest, limits: { segmentSlots, batchSlots }, end });
    this.#durableSeq = BigInt(this.#writer.durableSeq);
    this.#durableSealedSeq = BigInt(this.#writer.durableSealedSeq);
    this.tornBytes = parts.recovered.tornBytes;
    this.#prepareNext();
  }

  get lastSeq(): bigint {
    return BigInt(this.#writer.lastSeq);
  }
  get sealedSeq(): bigint {
    return BigInt(this.#writer.sealedSeq);
  }
  get durableSeq(): bigint {
    return this.#durableSeq;
  }
  get durableSealedSeq(): bigint {
    return this.#durableSealedSeq;
  }
  /** Record bytes appended and not yet durable; stop reading inputs above STAGED_BYTES_MAX. */
  get stagedBytes(): number {
    return this.#writer.stagedBytes;
  }
  /** Why nothing can be appended any more, if so. */
  get failure(): LockstepError | undefined {
    return this.#failure;
  }

  /**
   * Stages whole records, giving them seq and check in place; the inputs of one call fit a batch. The commit starts when
   * the caller's synchronous work is done, so that inputs and the outputs they caused become durable together.
   */
  append(records: Uint8Array): bigint {
    this.#mustRun();
    const last = this.#writer.append(records);
    this.#schedule();
    if (this.#cancelSeal === undefined && this.#writer.batchUsed > 0) this.#startSealTimer();
    return BigInt(last);
  }

  /** Closes the open batch now. */
  seal(): void {
    this.#mustRun();
    this.#writer.seal();
    this.#stopSealTimer();
    this.#schedule();
  }

  /** A batch is sealed so long after its first record; one that is open already, at the latest so long from now. */
  set sealDelayMs(ms: number) {
    this.#sealDelayMs = ms;
    if (this.#cancelSeal === undefined || this.#failure || this.#closing) return;
    this.#stopSealTimer();
    this.#startSealTimer();
  }

  whenDurable(seq: bigint): Promise<void> {
    if (seq <= this.#durableSeq) return Promise.resolve();
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#waiters.push({ seq, resolve, reject }));
  }

  /** Removes whole segments all of whose records are below `seq` and durable in sealed batches. Returns how many. */
  truncateBelow(seq: bigint): number {
    const limit = this.#durableSealedSeq + 1n;
    try {
      return this.#files.removeBelow(Number(seq < limit ? seq : limit));
    } catch (error) {
      const failure = journalFailure("removing a segment", error);
      this.#fail(failure);
      throw failure;
    }
  }

  /** Seals, waits until all is durable, and gives the directory free; after a failure it only gives it free. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#stopSealTimer();
    try {
      if (!this.#failure) {
        this.#writer.seal();
        this.#schedule();
        await this.whenDurable(this.lastSeq);
        this.#closing = true;
        await this.#idle();
        const { bytes, at } = this.#mark();
        await this.#files.current.writeDurable(bytes, at);
      }
    } finally {
      this.#closing = true;
      await this.#idle();
      await this.#files.close();
      this.#lock.releaseSync();
    }
  }

  /** Gives the directory free and writes nothing: for an owner that cannot go on, whose digest would be no one's. */
  async release(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopSealTimer();
    await this.#idle();
    await this.#files.close();
    this.#lock.releaseSync();
  }

  #mustRun(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closing) throw new LockstepError("journal_io", "journal: it is closed: open it again to append");
  }

  /** Resolves when no write is under way. */
  async #idle(): Promise<void> {
    while (this.#busy) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }
  readonly #whenIdle: (() => void)[] = [];

  #schedule(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#pump);
  }

  readonly #pump = (): void => {
    this.#scheduled = false;
    if (this.#busy || this.#failure) return;
    const next = this.#writer.takeGroup();
    if (!next) return;
    this.#busy = true;
    const { group, bytes } = next;
    const durable = group.opens ? this.#beginSegment(group, bytes) : this.#write(group, bytes);
    durable.then(this.#onDurable, this.#onWriteFailed);
    this.#writer.onIssued();
    // In the shadow of the sync: nobody waits for the hash and the signature.
    if (this.#sealDue) this.#sealNow();
  };

  #write(group: Group, bytes: Uint8Array): Promise<void> {
    return this.#files.current.writeDurable(bytes, group.at);
  }

  async #beginSegment(group: Group, bytes: Uint8Array): Promise<void> {
    if (group.opens) await this.#files.begin(group.opens);
    await this.#write(group, bytes);
    this.#prepareNext();
  }

  #prepareNext(): void {
    this.#files.prepareNext().catch((error: unknown) => {
      if (!this.#closing) this.onWarning(journalFailure("preparing the next segment", error));
    });
  }

  readonly #onDurable = (): void => {
    const sealedBefore = this.#writer.durableSealedSeq;
    this.#writer.onDurable();
    this.#durableSeq = BigInt(this.#writer.durableSeq);
    if (this.#writer.durableSealedSeq !== sealedBefore) this.#durableSealedSeq = BigInt(this.#writer.durableSealedSeq);
    this.onDurable(this.#durableSeq, this.#durableSealedSeq);
    this.#wake();
    this.#busy = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
    if (this.#writer.hasStaged) this.#pump();
    else if (this.#writer.durableSealedSeq !== sealedBefore) this.#writeMark();
  };

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((w) => w.seq > this.#durableSeq);
    for (const waiter of waiters) if (waiter.seq <= this.#durableSeq) waiter.resolve();
  }

  #mark(): { bytes: Uint8Array; at: number } {
    const { segment, at, firstSeq } = this.#writer.markPlace();
    return { bytes: encodeMark({ segment, streamId: this.#streamId }, at, firstSeq), at };
  }

  /** Lets readers see that the sealed batches are durable while nothing else is to be written. Not synced, on purpose. */
  #writeMark(): void {
    try {
      const { bytes, at } = this.#mark();
      this.#files.current.writeSync(bytes, at);
    } catch (error) {
      this.#fail(journalFailure("writing", error));
    }
  }

  readonly #onWriteFailed = (error: unknown): void => {
    this.#busy = false;
    this.#fail(error instanceof LockstepError ? error : journalFailure("writing", error));
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  };

  /** Sticky: what a failed write or sync left on disk is unknown until it is recovered anew. */
  #fail(error: LockstepError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#stopSealTimer();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
    this.onFailure(error);
  }

  #startSealTimer(): void {
    this.#cancelSeal = this.#timers.after(this.#sealDelayMs, () => {
      if (this.#busy) return this.#sealNow();
      this.#sealDue = true;
      this.#cancelSeal = this.#timers.after(SEAL_GRACE_MS, () => this.#sealNow());
    });
  }

  #stopSealTimer(): void {
    this.#cancelSeal?.();
    this.#cancelSeal = undefined;
    this.#sealDue = false;
  }

  #sealNow(): void {
    this.#stopSealTimer();
    if (this.#failure || this.#closing) return;
    this.#writer.seal();
    this.#schedule();
  }
}

/** An empty journal: its first segment, prepared and begun. */
async function beginFirst(files: SegmentFiles, streamId: Uint8Array, slots: number): Promise<JournalEnd> {
  const previousHash = new Uint8Array(32);
  await files.begin({ number: 1, streamId, firstSeq: 1, slots, previousHash });
  return {
    nextSeq: 1,
    segment: 1,
    segmentSlots: slots,
    at: SEGMENT_HEADER_BYTES,
    lastTimeNs: 0n,
    sealedSeq: 0,
    previousHash,
    openRecords: [],
    openCount: 0,
  };
}

function takeLock(disk: Disk): DiskLock {
  try {
    return disk.lockSync(LOCK_NAME);
  } catch (error) {
    throw error instanceof LockstepError ? error : journalFailure("taking its lock", error);
  }
}
