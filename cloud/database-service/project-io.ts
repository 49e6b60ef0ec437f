// Follows one stream's journal on the bus and moves its projection on, group by group, never past what trading-engine
// has verified. ClickHouse first, then PostgreSQL's rows and cursor in one transaction; after any failure, and at start,
// ClickHouse is taken back to the cursor. So every record is exactly one row, whatever was killed when.

import type { Log } from "#mesh/service/log.ts";
import { realTimers } from "#mesh/world/timers.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Timers } from "#proto/world.ts";
import type { ClickHouse } from "#storage/clickhouse/client.ts";
import type { Bus, JournalBatch } from "#storage/events/bus.ts";
import type { Postgres } from "#storage/postgres/pool.ts";
import type { Cursor } from "#storage/postgres/projections.ts";
import type { ProjectionTables } from "./projection-tables.ts";
import { type Group, GroupBuilder } from "./projector.ts";

/** A quarter of a million ticks an insert: beyond that ClickHouse gains nothing and memory is all it costs. */
const GROUP_BYTES_MAX = 16 * 1024 * 1024;
/** A quiet stream is projected this often: each group makes new parts in ClickHouse, which it must merge. */
const GROUP_DELAY_MS = 250;
const GROUP_BYTES_AT_ONCE = 1024 * 1024;
/** Read ahead of the verified position. */
const QUEUE_BYTES_MAX = 2 * GROUP_BYTES_MAX;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5_000;

export interface Stores {
  readonly bus: Bus;
  readonly clickhouse: ClickHouse;
  readonly postgres: Postgres;
}

export class StreamProjection {
  readonly stream: string;
  readonly #bus: Bus;
  readonly #tables: ProjectionTables;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #onGroup: (group: Group, seconds: number) => void;
  #cursor: Cursor = { seq: 0n, batches: 0 };
  #verified = 0n;
  #queue: JournalBatch[] = [];
  #queued = 0;
  #wake: () => void = () => {};
  #retryMs = RETRY_MS_MIN;
  /** Why it does not go on; empty while it does. */
  problem = "";

  constructor(o: {
    stream: string;
    bus: Bus;
    tables: ProjectionTables;
    log: Log;
    /** The system's when absent. */
    timers?: Timers;
    onGroup?: (group: Group, seconds: number) => void;
  }) {
    this.stream = o.stream;
    this.#bus = o.bus;
    this.#tables = o.tables;
    this.#timers = o.timers ?? realTimers;
    this.#log = o.log;
    this.#onGroup = o.onGroup ?? (() => {});
  }

  get projectedSeq(): bigint {
    return this.#cursor.seq;
  }

  get verifiedSeq(): bigint {
    return this.#verified;
  }

  /** Ends only when the signal aborts: whatever goes wrong is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const attempt = new AbortController();
      const stop = () => attempt.abort();
      signal.addEventListener("abort", stop, { once: true });
      try {
        await this.#follow(attempt.signal);
      } catch (error) {
        this.#report(error);
        await sleep(this.#retryMs, signal, this.#timers);
        this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
      } finally {
        attempt.abort();
        signal.removeEventListener("abort", stop);
      }
    }
  }

  #report(error: unknown): void {
    const message = error instanceof LockstepError ? `${error.code}: ${error.message}` : String(error);
    if (message !== this.problem) this.#log.error("projection waits", { stream_id: this.stream, error });
    this.problem = message;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    this.#cursor = await this.#settle();
    this.#queue = [];
    this.#queued = 0;
    let failure: { readonly error: unknown } | undefined;
    const fail = (error: unknown) => {
      failure ??= { error };
      this.#wake();
    };
    this.#read(signal).catch(fail);
    this.#watch(signal).catch(fail);
    while (!signal.aborted) {
      if (failure) throw failure.error;
      const taken = this.#take();
      if (taken.length === 0) {
        await this.#woken(signal);
        continue;
      }
      await this.#project(taken);
      this.problem = "";
      this.#retryMs = RETRY_MS_MIN;
      const bytes = taken.reduce((sum, batch) => sum + batch.bytes.length, 0);
      if (bytes < GROUP_BYTES_AT_ONCE) await sleep(GROUP_DELAY_MS, signal, this.#timers);
    }
  }

  /** The cursor, with ClickHouse exactly at it. When rows are missing below it, everything is projected again. */
  async #settle(): Promise<Cursor> {
    const tables = this.#tables;
    const { stream } = this;
    const cursor = await tables.readCursor(stream);
    const removed = await tables.removeBeyond({ stream, seq: cursor.seq });
    if (removed > 0) this.#log.info("took back unaccounted rows", { stream_id: stream, rows: removed });
    const counts = await tables.countRecords({ stream, upToSeq: cursor.seq });
    const rows = Object.values(counts).reduce((sum, n) => sum + n, 0);
    if (BigInt(rows) === cursor.seq) return cursor;
    this.#log.warn("ClickHouse does not hold what PostgreSQL says: projecting from the start", {
      stream_id: stream,
      rows,
      cursor: cursor.seq,
    });
    await tables.forget(stream);
    await tables.removeBeyond({ stream, seq: 0n });
    return { seq: 0n, batches: 0 };
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { seq, batches } = this.#cursor;
    const from = { stream: this.stream, fromSeq: seq + 1n, hint: batches + 1, signal };
    let readSeq = seq;
    for await (const batch of this.#bus.journal.read(from)) {
      if (batch.lastSeq <= readSeq) continue; // seen already: a batch may be delivered again
      readSeq = batch.lastSeq;
      this.#queue.push(batch);
      this.#queued += batch.bytes.length;
      this.#wake();
      while (this.#queued > QUEUE_BYTES_MAX && !signal.aborted) await sleep(10, signal, this.#timers);
      if (signal.aborted) return;
    }
  }

  #watch(signal: AbortSignal): Promise<void> {
    const onLatest = ({ verified_seq }: { verified_seq: bigint }) => {
      if (verified_seq > this.#verified) this.#verified = verified_seq;
      this.#wake();
    };
    return this.#bus.verified.watch({ stream: this.stream, signal, onLatest });
  }

  /** The next verified batches, up to a group's size. */
  #take(): JournalBatch[] {
    let count = 0;
    let bytes = 0;
    for (const batch of this.#queue) {
      if (batch.lastSeq > this.#verified || bytes >= GROUP_BYTES_MAX) break;
      bytes += batch.bytes.length;
      count++;
    }
    this.#queued -= bytes;
    return this.#queue.splice(0, count);
  }

  async #project(batches: readonly JournalBatch[]): Promise<void> {
    const began = performance.now();
    const builder = new GroupBuilder(this.#cursor.seq + 1n);
    for (const { bytes } of batches) builder.add(bytes);
    const group = builder.build();
    const to = { seq: group.lastSeq, batches: this.#cursor.batches + group.batches };
    await this.#tables.writeRecords({ stream: this.stream, raw: group.raw, loose: group.loose });
    await this.#tables.project({ stream: this.stream, from: this.#cursor, to, rows: group.rows });
    this.#cursor = to;
    this.#onGroup(group, (performance.now() - began) / 1000);
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        signal.removeEventListener("abort", this.#wake);
        this.#wake = () => {};
        resolve();
      };
      signal.addEventListener("abort", this.#wake, { once: true });
    });
  }
}

export function sleep(ms: number, signal: AbortSignal, timers: Timers = realTimers): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
