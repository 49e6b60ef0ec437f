// The cloud's bus in memory, with the promises of storage/events/bus.ts and the failures it may have: away for a while,
// slow, an append that is done and never acknowledged, batches delivered again, restored from an older backup. It is the
// truth of what the cloud holds; each process sees it through a client of its own.
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import type { Bus, JournalBatch, JournalHead, StreamAuthority, VerifiedPosition } from "#storage/events/bus.ts";
import type { CloudEvent } from "#storage/events/envelope.ts";
import { SEAL_BYTES, sha256 } from "#storage/journal/batch.ts";
import { streamStartOf } from "#storage/replication/seal.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export interface StoredBatch {
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  readonly bytes: Uint8Array;
}

interface Contents {
  batches: StoredBatch[];
  verified: VerifiedPosition | undefined;
  snapshot: Uint8Array | undefined;
  authority: StreamAuthority | undefined;
}

/** Chances for each request. */
export interface BusFaults {
  readonly lostAck: number;
  readonly redeliver: number;
  readonly late: number;
}

const LATENCY_US = { least: 200, mean: 800, late: 400_000 } as const;

export class MemoryBus {
  readonly world: World;
  contents: Contents = { batches: [], verified: undefined, snapshot: undefined, authority: undefined };
  readonly events: CloudEvent[] = [];
  faults: BusFaults = { lostAck: 0, redeliver: 0, late: 0 };
  awayUntilUs = 0;
  /** Called for each batch that the log takes. */
  onAppended: (batch: StoredBatch) => void = () => undefined;
  readonly #changed = new Set<() => void>();

  constructor(world: World) {
    this.world = world;
  }

  get lastSeq(): bigint {
    return this.contents.batches.at(-1)?.lastSeq ?? 0n;
  }

  backup(): Contents {
    return { ...this.contents, batches: [...this.contents.batches] };
  }

  restore(backup: Contents): void {
    this.contents = { ...backup, batches: [...backup.batches] };
    this.changed();
  }

  changed(): void {
    for (const wake of [...this.#changed]) wake();
  }

  onChange(wake: () => void): () => void {
    this.#changed.add(wake);
    return () => this.#changed.delete(wake);
  }

  head(): JournalHead | undefined {
    const first = this.contents.batches[0];
    const last = this.contents.batches.at(-1);
    if (!first || !last) return undefined;
    const start = streamStartOf(first.bytes);
    if (!start) throw new LockstepError("journal_damaged", "the log does not begin with stream_start");
    return {
      lastSeq: last.lastSeq,
      lastHash: sha256(last.bytes.subarray(-SEAL_BYTES)),
      publicKey: start.public_key,
      coreSha256: start.core_sha256,
      edgeName: start.edge_name,
    };
  }

  /** True when the log has it now; false when it has other bytes there. */
  put(batch: Uint8Array, firstSeq: bigint): boolean {
    const there = this.contents.batches.find((b) => b.firstSeq === firstSeq);
    if (there) return Buffer.compare(there.bytes, batch) === 0;
    if (firstSeq !== this.lastSeq + 1n) return false;
    const bytes = batch.slice();
    const lastSeq = viewOf(bytes).getBigUint64(bytes.length - SEAL_BYTES + HEADER_OFFSET.seq, true);
    const stored = { firstSeq, lastSeq, bytes };
    this.contents.batches.push(stored);
    this.onAppended(stored);
    this.changed();
    return true;
  }

  /** `again`: what it reads may be delivered twice, as the port allows to those who project. */
  client(process: Process, o: { again: boolean } = { again: false }): Bus {
    return new BusClient(this, process, o.again).bus;
  }
}

/** What one process sees. Appends are pipelined; after one has failed, all fail until the head was asked for again. */
class BusClient {
  readonly bus: Bus;
  readonly #memory: MemoryBus;
  readonly #process: Process;
  readonly #again: boolean;
  readonly #incarnation: number;
  #broken = true;
  #lastUs = 0;

  constructor(memory: MemoryBus, process: Process, again: boolean) {
    this.#again = again;
    this.#memory = memory;
    this.#process = process;
    this.#incarnation = process.incarnation;
    const ask = <T>(answer: () => T): Promise<T> => this.#ask(answer);
    this.bus = {
      connected: true,
      close: async () => undefined,
      journal: {
        head: () =>
          ask(() => {
            this.#broken = false;
            return memory.head();
          }),
        peek: () => ask(() => memory.head()),
        append: (o) => this.#append(o),
        read: (o) => this.#read(o),
        streams: async function* () {},
      },
      verified: {
        publish: (position) =>
          ask(() => {
            memory.contents.verified = position;
            memory.changed();
          }),
        latest: () => ask(() => memory.contents.verified),
        watch: (o) => this.#watchLatest({ ...o, latest: () => memory.contents.verified }),
      },
      authorities: {
        publish: (authority) =>
          ask(() => {
            memory.contents.authority = authority;
            memory.changed();
          }),
        latest: () => ask(() => memory.contents.authority),
        watch: (o) => this.#watchLatest({ ...o, latest: () => memory.contents.authority }),
      },
      events: {
        publish: (events) => ask(() => void memory.events.push(...events)),
        subscribe: async function* () {},
      },
      snapshots: {
        save: (_stream, bytes) =>
          ask(() => {
            memory.contents.snapshot = bytes.slice();
          }),
        latest: () => ask(() => memory.contents.snapshot),
      },
      // No edge of the simulation asks for models: theirs come with them.
      models: {
        put: () => Promise.reject(unavailable()),
        get: () => ask(() => undefined),
        assign: () => Promise.reject(unavailable()),
        assigned: () => ask(() => []),
        watch: async () => undefined,
      },
    };
  }

  /** In order, each after its latency; never, when the process is gone by then. */
  #later(act: () => void): void {
    const { faults, world } = this.#memory;
    const random = world.random("bus");
    const late = random.chance(faults.late) ? LATENCY_US.late : 0;
    const at = Math.max(this.#lastUs, world.nowUs + LATENCY_US.least + random.exponential(LATENCY_US.mean) + late);
    this.#lastUs = at;
    this.#process.after(at - world.nowUs, act, this.#incarnation);
  }

  #ask<T>(answer: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#later(() => {
        if (this.#away) reject(unavailable());
        else resolve(answer());
      });
    });
  }

  get #away(): boolean {
    const away = this.#memory.world.nowUs < this.#memory.awayUntilUs;
    if (away) this.#memory.world.reach("log: away");
    return away;
  }

  #append(o: { firstSeq: bigint; batch: Uint8Array }): Promise<void> {
    const memory = this.#memory;
    const bytes = o.batch.slice();
    return new Promise((resolve, reject) => {
      this.#later(() => {
        const refuse = (error: LockstepError): void => {
          this.#broken = true;
          reject(error);
        };
        if (this.#broken) return refuse(new LockstepError("unavailable", "an append before this one failed"));
        if (this.#away) return refuse(unavailable());
        if (!memory.put(bytes, o.firstSeq))
          return refuse(new LockstepError("fork", `the log has other bytes at ${o.firstSeq}`));
        if (memory.world.random("bus").chance(memory.faults.lostAck)) {
          memory.world.reach("log: acknowledgement lost");
          return refuse(unavailable());
        }
        resolve();
      });
    });
  }

  /** Messages by their index, as an ordered consumer sees them: it goes on from its place whatever the log has become. */
  async *#read(o: { fromSeq: bigint; signal: AbortSignal }): AsyncGenerator<JournalBatch> {
    const memory = this.#memory;
    let index = -1;
    while (!o.signal.aborted) {
      const { batches } = memory.contents;
      if (index < 0 && batches.length > 0) index = batches.filter((b) => b.lastSeq < o.fromSeq).length;
      const batch = index < 0 ? undefined : batches[index];
      if (!batch) {
        await this.#changed(o.signal);
        continue;
      }
      const { firstSeq, lastSeq, bytes } = batch;
      yield { firstSeq, lastSeq, index: index + 1, behind: batches.length - index - 1, bytes: bytes.slice() };
      const { faults, world } = memory;
      if (this.#again && world.random("bus").chance(faults.redeliver)) world.reach("log: delivered again");
      else index++;
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        forget();
        signal.removeEventListener("abort", abort);
        this.#later(resolve);
      };
      const abort = (): void => {
        forget();
        resolve();
      };
      const forget = this.#memory.onChange(done);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  async #watchLatest<T>(o: {
    signal: AbortSignal;
    latest: () => T | undefined;
    onLatest: (latest: T) => void;
  }): Promise<void> {
    let told: T | undefined;
    while (!o.signal.aborted) {
      const latest = o.latest();
      if (latest && latest !== told) {
        told = latest;
        o.onLatest(latest);
      }
      await this.#changed(o.signal);
    }
  }
}

const unavailable = (): LockstepError => new LockstepError("unavailable", "the bus does not answer: it is tried again");
