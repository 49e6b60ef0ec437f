// Every stream's projection, from the moment the bus knows the stream, and the divergences that trading-engine reports.
import type { Log } from "#mesh/service/log.ts";
import type { Metrics } from "#mesh/service/metrics.ts";
import type { CloudEvent } from "#storage/events/envelope.ts";
import type { Lock } from "#storage/postgres/pool.ts";
import { insertDivergence } from "#storage/postgres/projections.ts";
import { type Stores, StreamProjection, sleep } from "./project-io.ts";
import { databaseTables } from "./projection-tables.ts";

const RETRY_MS = 500;
/** Any number, the same in every process: one of them projects, the others only answer questions. */
const PROJECTOR_LOCK = 7_109_222;

export class Projections {
  readonly #stores: Stores;
  readonly #log: Log;
  readonly #streams = new Map<string, StreamProjection>();
  readonly #records;
  readonly #groups;

  constructor(o: { stores: Stores; log: Log; metrics: Metrics }) {
    this.#stores = o.stores;
    this.#log = o.log;
    this.#records = o.metrics.counter("lockstep_projected_records_total", "Records projected by this process");
    this.#groups = o.metrics.histogram(
      "lockstep_projection_group_seconds",
      "Time to write one group to both databases",
      [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    );
    o.metrics.gauge("lockstep_projection_lag_records", "Verified but not yet projected", ["stream_id"], (gauge) => {
      for (const s of this.streams)
        if (s.verifiedSeq >= s.projectedSeq) gauge.set({ stream_id: s.stream }, Number(s.verifiedSeq - s.projectedSeq));
    });
  }

  get streams(): readonly StreamProjection[] {
    return [...this.#streams.values()];
  }

  get problems(): string[] {
    return this.streams.filter(({ problem }) => problem !== "").map((s) => `stream ${s.stream}: ${s.problem}`);
  }

  /** Projects while this process has the lock. Ends when the signal aborts and all work in hand is done. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const lock = await this.#lock(signal);
      if (!lock) return;
      const turn = new AbortController();
      const end = () => turn.abort();
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      void lock.lost.then(end);
      await this.#work(turn.signal);
      signal.removeEventListener("abort", end);
      await lock.release();
    }
  }

  async #lock(signal: AbortSignal): Promise<Lock | undefined> {
    for (let said = false; !signal.aborted; ) {
      try {
        const lock = await this.#stores.postgres.tryLock(PROJECTOR_LOCK);
        if (lock) return lock;
        if (!said) this.#log.info("another process projects: standing by");
        said = true;
      } catch {
        // PostgreSQL is away: /healthz says so
      }
      await sleep(RETRY_MS, signal);
    }
    return undefined;
  }

  async #work(signal: AbortSignal): Promise<void> {
    const running = [this.#divergences(signal)];
    for await (const stream of this.#stores.bus.journal.streams(signal)) {
      if (signal.aborted) break;
      const projection = new StreamProjection({
        stream,
        bus: this.#stores.bus,
        tables: databaseTables(this.#stores),
        log: this.#log,
        onGroup: ({ records }, seconds) => {
          this.#records.inc(records);
          this.#groups.observe(seconds);
        },
      });
      this.#streams.set(stream, projection);
      running.push(projection.run(signal));
    }
    await Promise.all(running);
  }

  /** From the first event the bus still has: an id that is there already changes nothing. */
  async #divergences(signal: AbortSignal): Promise<void> {
    const wanted = { type: "DivergenceDetected", from: "first", signal } as const;
    for await (const event of this.#stores.bus.events.subscribe(wanted)) {
      while (!signal.aborted) {
        try {
          await insertDivergence(this.#stores.postgres, divergenceOf(event));
          this.#log.warn("divergence", { stream_id: event.subject, id: event.id });
          break;
        } catch (error) {
          this.#log.error("a divergence waits for PostgreSQL", { error });
          await sleep(RETRY_MS, signal);
        }
      }
    }
  }
}

export function divergenceOf(event: CloudEvent) {
  const text = (name: string) => {
    const value = event.data[name];
    return value === undefined || value === null ? "" : String(value);
  };
  const seq = /:(\d+)$/.exec(event.id)?.[1] ?? "0";
  return {
    id: event.id,
    stream: event.subject,
    seq: BigInt(seq),
    detectedAt: event.time,
    code: text("code"),
    field: text("field"),
    expected: text("expected"),
    actual: text("actual"),
    message: text("message"),
  };
}
