// The cloud's processes as they run in production, each on its own client of the bus: data-bridge takes batches in,
// trading-engine decides them again, database-service projects them into tables in memory.
import { CoreInstance } from "#core-wasm/host/instance.ts";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import { Ingest } from "../../cloud/data-bridge/ingest-io.ts";
import { StreamProjection } from "../../cloud/database-service/project-io.ts";
import { StreamFollower } from "../../cloud/trading-engine/follow-stream.ts";
import { EventQueue } from "../../cloud/trading-engine/publisher.ts";
import type { MachineClock } from "./clock.ts";
import type { MemoryBus } from "./memory-bus.ts";
import { MemoryTables } from "./memory-tables.ts";
import type { LineEnd } from "./network.ts";
import { Process } from "./process.ts";
import type { World } from "./world.ts";

const RESTART_MS = { least: 200, mean: 1_500 } as const;
const SNAPSHOT_MS = 5_000;
const WARNING = "warning";

export interface CloudWatch {
  onAlarm(code: string, message: string): void;
  onDivergence(message: string): void;
}

export interface CloudOptions {
  readonly world: World;
  readonly bus: MemoryBus;
  readonly machine: MachineClock;
  readonly streamId: string;
  readonly watch: CloudWatch;
  readonly findModel: (sha256: string) => Uint8Array | undefined;
}

abstract class CloudProcess {
  readonly process: Process;
  protected readonly o: CloudOptions;
  protected stop = new AbortController();
  protected readonly log: Log;
  supervised = true;

  constructor(name: string, o: CloudOptions) {
    this.o = o;
    this.process = new Process({ name, world: o.world, machine: o.machine });
    const say = (message: string): void => o.world.say(name, "log", message);
    this.log = { debug: () => undefined, info: say, warn: say, error: say };
  }

  start(): void {
    if (this.process.alive) return;
    this.process.start();
    this.stop = new AbortController();
    this.process.run(() => this.begin());
  }

  protected abstract begin(): void;

  die(why: string): void {
    if (!this.process.alive) return;
    this.process.kill(why);
    this.o.world.reach(`${this.process.name}: killed`);
    this.ended();
    const random = this.o.world.random("restart");
    const pauseMs = RESTART_MS.least + random.exponential(RESTART_MS.mean);
    this.o.world.scheduler.after(pauseMs * 1000, () => {
      if (this.supervised) this.start();
      return undefined;
    });
  }

  protected ended(): void {}

  /** A loop that must never fail by itself. */
  protected watchOver(loop: Promise<void>): void {
    const { incarnation } = this.process;
    loop.catch((error: unknown) => {
      if (incarnation !== this.process.incarnation || !this.process.alive) return;
      this.process.run(() => {
        throw error;
      });
    });
  }
}

export class BridgeProcess extends CloudProcess {
  #ingest: Ingest | undefined;
  readonly #ends = new Set<LineEnd>();

  constructor(o: CloudOptions) {
    super("bridge", o);
  }

  protected begin(): void {
    const bus = this.o.bus.client(this.process);
    const { world, watch } = this.o;
    this.#ingest = new Ingest({
      journal: bus.journal,
      verified: bus.verified,
      log: {
        ...this.log,
        error: (message, fields) => {
          this.log.error(message);
          if (message === "ALARM") watch.onAlarm(String(fields?.code), String(fields?.reason));
        },
      },
      metrics: {
        appended: () => undefined,
        refused: (code: string) => world.reach(`refused: ${code}`),
        alarmed: () => undefined,
      } as never,
      signal: this.stop.signal,
      timers: this.process.timers(),
    });
  }

  /** A new connection; `peer` is the name in its certificate. */
  accept(end: LineEnd, peer: string): void {
    const ingest = this.#ingest;
    if (!ingest || !this.process.alive) throw new LockstepError("unavailable", "data-bridge cannot be reached");
    this.#ends.add(end);
    const handler = ingest.accept(peer, {
      send: (message) => end.send(message),
      end: () => end.end(),
      cut: () => end.end(),
    });
    end.handler = {
      onData: (bytes) => handler.onMessage(bytes),
      onClosed: () => {
        this.#ends.delete(end);
        handler.onClosed(undefined);
      },
    };
  }

  protected override ended(): void {
    const { scheduler } = this.o.world;
    for (const end of this.#ends) {
      end.closed = true;
      scheduler.after(1_000, () => {
        end.other.tellClosed();
        return undefined;
      });
    }
    this.#ends.clear();
    this.#ingest = undefined;
  }
}

export class EngineProcess extends CloudProcess {
  /** The module of the next life: another build's, where it is set. */
  wasm: Uint8Array | undefined;
  follower: StreamFollower | undefined;
  queue: EventQueue | undefined;

  protected begin(): void {
    this.watchOver(this.#run());
  }

  async #run(): Promise<void> {
    const { streamId, findModel } = this.o;
    const cores = await CoreInstance.load(this.wasm ? { wasm: this.wasm } : {});
    if (this.stop.signal.aborted) return;
    const bus = this.o.bus.client(this.process);
    const timers = this.process.timers();
    this.queue = new EventQueue(bus.events, timers);
    const follower = new StreamFollower({
      streamId,
      parts: {
        bus,
        events: this.queue,
        clock: this.process.clock,
        timers,
        log: {
          ...this.log,
          error: (message, fields) => {
            this.log.error(message);
            if (message.startsWith("DIVERGENCE")) this.o.watch.onDivergence(String(fields?.message));
          },
        },
        findModel,
        cores,
        snapshotMs: SNAPSHOT_MS,
        onBatch: () => undefined,
      },
      signal: this.stop.signal,
    });
    this.follower = follower;
    await follower.run();
  }

  protected override ended(): void {
    this.queue?.stop();
    this.follower = undefined;
  }

  get verifiedSeq(): bigint {
    return this.follower?.verifiedSeq ?? 0n;
  }
}

export class ProjectorProcess extends CloudProcess {
  readonly tables: MemoryTables;
  projection: StreamProjection | undefined;

  constructor(o: CloudOptions) {
    super("projector", o);
    this.tables = new MemoryTables();
  }

  protected begin(): void {
    const bus = this.o.bus.client(this.process, { again: true });
    this.projection = new StreamProjection({
      stream: this.o.streamId,
      bus,
      tables: this.tables.client(this.process),
      log: { ...this.log, error: () => this.log.warn(WARNING) },
      timers: this.process.timers(),
    });
    this.watchOver(this.projection.run(this.stop.signal));
  }

  protected override ended(): void {
    this.projection = undefined;
  }
}
