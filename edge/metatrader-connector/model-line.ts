// Carries out what the ModelFetcher decides: one line at a time to data-bridge, beside that of the journal. Line, files, clock
// and timers are handed in.
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import type { Clock, Random, Timers } from "#proto/world.ts";
import { type FetcherEffect, ModelFetcher, type ModelParts } from "#storage/replication/model-fetcher.ts";
import { decodeModelCloud, encodeModelEdge } from "#storage/replication/model-messages.ts";
import { OneLine } from "./one-line.ts";

const TICK_MS = 100;

export interface ModelLineOptions {
  /** Opens a line to data-bridge; what it throws is tried again. */
  readonly open: (handler: DuplexHandler) => Duplex;
  readonly parts: ModelParts;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly onAssignment: (assignment: ModelAssignment) => void;
  readonly onAlarm: (error: LockstepError) => void;
}

export class ModelLine {
  readonly #o: ModelLineOptions;
  readonly #fetcher: ModelFetcher;
  readonly #line: OneLine;
  #cancelTick: () => void = () => undefined;

  constructor(options: ModelLineOptions) {
    this.#o = options;
    this.#line = new OneLine(options.open);
    this.#fetcher = new ModelFetcher({ parts: options.parts, random: options.random });
  }

  start(): void {
    this.#run(this.#fetcher.start());
    this.#tick();
  }

  stop(): void {
    this.#cancelTick();
    this.#run(this.#fetcher.stop());
  }

  #tick(): void {
    this.#cancelTick = this.#o.timers.after(TICK_MS, () => this.#tick());
    this.#run(this.#fetcher.tick(this.#now()));
  }

  #now(): number {
    return this.#o.clock.monotonicMs();
  }

  #run(effects: readonly FetcherEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "connect") this.#connect();
      else if (effect.type === "send") this.#line.send(encodeModelEdge(effect.message));
      else if (effect.type === "deliver") this.#o.onAssignment(effect.assignment);
      else if (effect.type === "alarm") this.#o.onAlarm(effect.error);
      else this.#line.cut();
    }
  }

  #connect(): void {
    try {
      this.#line.connect({
        onMessage: (bytes) => this.#onMessage(bytes),
        onClosed: () => this.#run(this.#fetcher.onDisconnected(this.#now())),
      });
    } catch {
      // A missing certificate or a bad address: replication says so; tried again, somebody may bring it.
      this.#run(this.#fetcher.onDisconnected(this.#now()));
      return;
    }
    this.#run(this.#fetcher.onConnected());
  }

  #onMessage(bytes: Uint8Array): void {
    try {
      this.#run(this.#fetcher.onMessage(this.#now(), decodeModelCloud(bytes)));
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#run(this.#fetcher.onGarbage(this.#now(), error));
    }
  }
}
