// Carries out what the replication Sender decides: one line at a time to data-bridge, batches from the journal's files.
// Line, journal, clock and timers are handed in: it runs in the worker thread, in benches and in the simulation alike.
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Clock, Random, Timers } from "#proto/world.ts";
import type { Hello } from "#storage/replication/messages.ts";
import { Sender, type SenderEffect } from "#storage/replication/sender.ts";
import { decodeCloud, encodeEdge } from "#storage/replication/wire.ts";
import { OneLine } from "./one-line.ts";

const TICK_MS = 50;

export interface ReplicationLinkOptions {
  /** Opens a line to data-bridge; what it throws is tried again. */
  readonly open: (handler: DuplexHandler) => Duplex;
  readonly hello: Omit<Hello, "lastSealedSeq">;
  /** The batch that starts at this seq, undefined while the journal does not show it. */
  readonly readBatch: (fromSeq: bigint) => Uint8Array | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly onAck: (durableSeq: bigint, verifiedSeq: bigint) => void;
  /** A command of the cloud and the proof of a takeover, as they came. */
  readonly onCommand?: (bytes: Uint8Array) => void;
  readonly onSuperseded?: (takeover: Uint8Array) => void;
  readonly onState: (state: { connected: boolean; error: LockstepError | undefined }) => void;
  readonly onAlarm: (error: LockstepError) => void;
}

const asLockstep = (error: unknown, what: string): LockstepError =>
  error instanceof LockstepError
    ? error
    : new LockstepError("journal_io", `${what}: ${(error as Error).message}`, { cause: error });

export class ReplicationLink {
  readonly #o: ReplicationLinkOptions;
  readonly #sender: Sender;
  readonly #line: OneLine;
  #full = false;
  /** Reads wait here while the line takes no more. */
  #waitingRead: bigint | undefined;
  #queue: SenderEffect[] = [];
  #running = false;
  #cancelTick: () => void = () => undefined;

  constructor(options: ReplicationLinkOptions) {
    this.#o = options;
    this.#line = new OneLine(options.open);
    this.#sender = new Sender({ hello: options.hello, random: options.random });
  }

  start(): void {
    this.#run(this.#sender.start());
    this.#tick();
  }

  stop(): void {
    this.#cancelTick();
    this.#run(this.#sender.stop());
  }

  onSealed(durableSealedSeq: bigint): void {
    this.#run(this.#sender.onSealed(durableSealedSeq));
  }

  #tick(): void {
    this.#cancelTick = this.#o.timers.after(TICK_MS, () => this.#tick());
    this.#run(this.#sender.tick(this.#now()));
  }

  #now(): number {
    return this.#o.clock.monotonicMs();
  }

  /** Effects bring new events and those new effects: a queue keeps them in order and the stack flat. */
  #run(effects: readonly SenderEffect[]): void {
    this.#queue.push(...effects);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let effect = this.#queue.shift(); effect; effect = this.#queue.shift()) this.#carryOut(effect);
    } finally {
      this.#running = false;
    }
  }

  #carryOut(effect: SenderEffect): void {
    switch (effect.type) {
      case "connect":
        this.#connect();
        break;
      case "disconnect":
        this.#line.cut();
        this.#forgetWaitingRead();
        break;
      case "send":
        this.#full = this.#line.send(encodeEdge(effect.message)) === false;
        break;
      case "read":
        if (this.#full) this.#waitingRead = effect.fromSeq;
        else this.#read(effect.fromSeq);
        break;
      case "acked":
        this.#o.onAck(effect.durableSeq, effect.verifiedSeq);
        break;
      case "command":
        this.#o.onCommand?.(effect.bytes);
        break;
      case "superseded":
        this.#o.onSuperseded?.(effect.takeover);
        break;
      case "state":
        this.#o.onState({ connected: effect.state === "streaming", error: effect.error });
        break;
      case "alarm":
        this.#o.onAlarm(effect.error);
    }
  }

  #read(fromSeq: bigint): void {
    let batch: Uint8Array | undefined;
    try {
      batch = this.#o.readBatch(fromSeq);
    } catch (error) {
      this.#run(this.#sender.onReadFailed(this.#now(), asLockstep(error, `batch ${fromSeq} cannot be read`)));
      return;
    }
    this.#run(this.#sender.onBatch(this.#now(), batch));
  }

  #connect(): void {
    this.#full = false;
    try {
      this.#line.connect({
        onMessage: (bytes) => this.#onMessage(bytes),
        onDrain: () => this.#onDrain(),
        onClosed: (error) => {
          this.#forgetWaitingRead();
          this.#run(this.#sender.onDisconnected(this.#now(), error));
        },
      });
    } catch (error) {
      // A missing certificate or a bad address: tried again, somebody may bring it.
      this.#run(this.#sender.onDisconnected(this.#now(), asLockstep(error, "the line cannot be opened")));
      return;
    }
    this.#run(this.#sender.onConnected());
  }

  #onMessage(bytes: Uint8Array): void {
    try {
      this.#run(this.#sender.onMessage(this.#now(), decodeCloud(bytes)));
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#run(this.#sender.onGarbage(this.#now(), error));
    }
  }

  #onDrain(): void {
    this.#full = false;
    const fromSeq = this.#waitingRead;
    this.#waitingRead = undefined;
    if (fromSeq !== undefined) this.#read(fromSeq);
  }

  /** The sender waits for an answer to each read, also when the line it was for is gone. */
  #forgetWaitingRead(): void {
    if (this.#waitingRead === undefined) return;
    this.#waitingRead = undefined;
    this.#run(this.#sender.onBatch(this.#now(), undefined));
  }
}
