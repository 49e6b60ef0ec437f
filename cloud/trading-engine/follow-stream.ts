// One stream followed for as long as the service runs: snapshot or the start, then batch after batch from the log, live.
// A difference halts this stream alone, for good and loudly; what the stream lacks (a model) is waited for.
import { Core } from "#core-wasm/host/core.ts";
import type { CoreInstance } from "#core-wasm/host/instance.ts";
import type { Log } from "#mesh/service/log.ts";
import { realTimers } from "#mesh/world/timers.ts";
import { assert, LockstepError } from "#proto/errors.ts";
import type { Divergence, StreamStatus } from "#proto/services/trading-engine.ts";
import type { Clock, Timers } from "#proto/world.ts";
import type { Bus, JournalBatch, VerifiedPosition } from "#storage/events/bus.ts";
import type { VerifiedState } from "./authority.ts";
import { eventsOf } from "./batch-events.ts";
import { divergenceEvent, divergenceOf } from "./compare.ts";
import { type EventQueue, VerifiedPublisher } from "./publisher.ts";
import { type FindModel, NotYet, StreamVerifier } from "./redecide.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

/** A missing model is looked for this often. */
const WAIT_MS = 1_000;
/** Re-deciding a backlog lets HTTP, heartbeats and other streams in this often. */
const TURN_MS = 8;

export interface FollowerParts {
  readonly bus: Bus;
  readonly events: EventQueue;
  readonly clock: Clock;
  /** The system's when absent. */
  readonly timers?: Timers;
  readonly log: Log;
  readonly findModel: FindModel;
  /** Where all streams of this worker are decided. */
  readonly cores: CoreInstance;
  readonly snapshotMs: number;
  /** For the metrics: records of each good batch. */
  readonly onBatch: (records: number) => void;
}

export class StreamFollower {
  readonly streamId: string;
  readonly divergences: Divergence[] = [];
  readonly #parts: FollowerParts;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #publisher: VerifiedPublisher;
  #verifier: StreamVerifier | undefined;
  #state: StreamStatus["state"] = "starting";
  #reason = "";
  #restoredSeq = 0n;
  #savedSeq = 0n;
  #hint = 0;
  #lag = 0;
  /** What an earlier run told everyone: positions never go back. */
  #toldSeq = 0n;

  constructor(o: { streamId: string; parts: FollowerParts; signal: AbortSignal }) {
    this.streamId = o.streamId;
    this.#parts = o.parts;
    this.#log = o.parts.log;
    this.#timers = o.parts.timers ?? realTimers;
    this.#signal = o.signal;
    this.#publisher = new VerifiedPublisher(o.parts.bus.verified, this.#timers);
  }

  /** Last record decided again and found equal. */
  get verifiedSeq(): bigint {
    return this.#verifier?.position.seq ?? 0n;
  }

  /** What the leases of this stream depend on; undefined before anything is verified. */
  verifiedState(): VerifiedState | undefined {
    const verifier = this.#verifier;
    if (!verifier) return undefined;
    const { position, authority } = verifier;
    return { timeNs: position.timeNs, authority, behind: this.#lag, divergences: this.divergences.length };
  }

  /** Returns when the signal aborts or the stream is halted; throws nothing that the stream itself can cause. */
  async run(): Promise<void> {
    const verifier = await this.#begin();
    if (!verifier) return;
    this.#verifier = verifier;
    const cancel = this.#saveRegularly(verifier);
    try {
      await this.#follow(verifier);
    } finally {
      cancel();
    }
  }

  #saveRegularly(verifier: StreamVerifier): () => void {
    const { snapshotMs } = this.#parts;
    let cancel = (): void => undefined;
    const again = (): void => {
      cancel = this.#timers.after(snapshotMs, () => {
        void this.#save(verifier);
        again();
      });
    };
    again();
    return () => cancel();
  }

  /** What is known goes out; called after the signal was aborted and `run` returned. */
  async finish(): Promise<void> {
    if (this.#verifier) await this.#save(this.#verifier);
    await this.#publisher.stop();
    if (this.#state === "following" || this.#state === "starting") this.#state = "stopped";
  }

  /** A verifier at the snapshot's position, or at the start of the stream. */
  async #begin(): Promise<StreamVerifier | undefined> {
    const { bus } = this.#parts;
    const told = await this.#insist(() => bus.verified.latest(this.streamId));
    this.#toldSeq = told?.verified_seq ?? 0n;
    const bytes = await this.#insist(() => bus.snapshots.latest(this.streamId));
    if (this.#signal.aborted) return undefined;
    if (bytes) {
      const verifier = this.#fresh();
      try {
        const snapshot = decodeSnapshot(bytes);
        verifier.restore(snapshot);
        this.#restoredSeq = this.#savedSeq = snapshot.position.seq;
        this.#hint = snapshot.hint;
        return verifier;
      } catch (error) {
        verifier.close();
        if (!(error instanceof LockstepError)) throw error;
        this.#log.warn("snapshot not used, deciding from the start", { stream: this.streamId, error });
      }
    }
    return this.#fresh();
  }

  #fresh(): StreamVerifier {
    const core = new Core(this.#parts.cores);
    return new StreamVerifier({ streamId: this.streamId, core, findModel: this.#parts.findModel });
  }

  async #follow(verifier: StreamVerifier): Promise<void> {
    this.#state = "following";
    const fromSeq = verifier.position.seq + 1n;
    const source = this.#parts.bus.journal.read({
      stream: this.streamId,
      fromSeq,
      hint: this.#hint,
      signal: this.#signal,
    });
    const { clock } = this.#parts;
    let turn = clock.monotonicMs();
    for await (const batch of source) {
      await this.#parts.events.room();
      if (this.#signal.aborted) return;
      if (!(await this.#take(verifier, batch))) return;
      if (clock.monotonicMs() - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = clock.monotonicMs();
      }
    }
  }

  /** False: the stream goes no further. */
  async #take(verifier: StreamVerifier, batch: JournalBatch): Promise<boolean> {
    while (!this.#signal.aborted) {
      try {
        const before = verifier.position.records;
        verifier.verify(batch.bytes);
        this.#hint = batch.index;
        this.#lag = batch.behind;
        this.#good(verifier, batch.bytes, verifier.position.records - before);
        return true;
      } catch (error) {
        this.#lag = batch.behind + 1;
        if (!(error instanceof NotYet)) {
          this.#halt(verifier, error);
          return false;
        }
        this.#wait(error);
        // Another core cannot come into this process; a model file can come into its directory.
        if (error.code === "core_digest") return false;
        await this.#pause(WAIT_MS);
      }
    }
    return false;
  }

  #good(verifier: StreamVerifier, batch: Uint8Array, records: number): void {
    if (this.#state !== "following") {
      this.#log.info("following again", { stream: this.streamId });
      this.#state = "following";
      this.#reason = "";
    }
    this.#parts.onBatch(records);
    this.#parts.events.push(eventsOf({ stream: this.streamId, batch, lastSeq: verifier.position.seq }));
    if (verifier.position.seq > this.#toldSeq) this.#publisher.set(() => this.#position(verifier));
  }

  #wait(error: NotYet): void {
    if (this.#reason === error.message) return;
    this.#state = "waiting";
    this.#reason = error.message;
    this.#log.warn("stream waits", { stream: this.streamId, error });
  }

  #halt(verifier: StreamVerifier, error: unknown): void {
    const nowNs = this.#parts.clock.nowNs();
    const divergence = divergenceOf({ error, verifier, nowNs });
    this.#state = "halted";
    this.#reason = divergence.message;
    this.divergences.push(divergence);
    this.#log.error("DIVERGENCE: stream halted, nothing of it is verified any more", { ...divergence, error });
    this.#parts.events.push([divergenceEvent({ divergence, verifier, nowNs })]);
    this.#publisher.set(() => this.#position(verifier));
  }

  #position(verifier: StreamVerifier): VerifiedPosition {
    const { seq, batches, records, outputsDigest } = verifier.position;
    return {
      stream_id: this.streamId,
      verified_seq: seq,
      batches,
      records,
      outputs_digest: outputsDigest,
      divergences: this.divergences.length,
    };
  }

  /** A halted stream's core is past its last good batch: its last snapshot stays. */
  async #save(verifier: StreamVerifier): Promise<void> {
    const { seq } = verifier.position;
    if (seq === this.#savedSeq || this.divergences.length > 0) return;
    const before = this.#savedSeq;
    this.#savedSeq = seq;
    try {
      const bytes = encodeSnapshot(verifier.snapshot(this.#hint));
      // First its events, then the snapshot: a restart from it would not publish them again.
      await this.#parts.events.flushed();
      await this.#parts.bus.snapshots.save(this.streamId, bytes);
    } catch (error) {
      if (this.#savedSeq === seq) this.#savedSeq = before;
      this.#log.warn("snapshot not saved", { stream: this.streamId, error });
    }
  }

  status(): StreamStatus {
    const verifier = this.#verifier;
    const position = verifier?.position;
    return {
      stream_id: this.streamId,
      edge_name: verifier?.edgeName ?? "",
      state: this.#state,
      reason: this.#reason,
      verified_seq: (position?.seq ?? 0n).toString(),
      verified_records: position?.records ?? 0,
      batches: position?.batches ?? 0,
      restored_seq: this.#restoredSeq.toString(),
      outputs_digest: position?.outputsDigest ?? "0".repeat(64),
      core_digest: verifier?.coreDigest ?? "0".repeat(64),
      model_digest: verifier?.model ?? "",
      shadow_digest: verifier?.shadow ?? "",
      divergences: this.divergences.length,
      trading_state: verifier?.tradingState ?? 0,
      counts: verifier?.counts ?? {},
      lag_messages: this.#lag,
      last_time_ms: Number((position?.timeNs ?? 0n) / 1_000_000n),
    };
  }

  async #insist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    while (!this.#signal.aborted) {
      try {
        return await ask();
      } catch (error) {
        assert(error instanceof LockstepError, `only the bus fails here: ${error}`);
        await this.#pause(WAIT_MS / 5);
      }
    }
    return undefined;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#timers.after(ms, done);
      this.#signal.addEventListener("abort", done, { once: true });
    });
  }
}
