// The edge box: the connector as it runs in production, on a simulated disk, between a simulated socket to the EA and a
// simulated line to the cloud. What connector-io.ts, service.ts and replication-worker.ts do with real ones is done here.
import type { Log } from "#mesh/service/log.ts";
import { readDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Random } from "#proto/world.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import type { Connection } from "../../edge/metatrader-connector/connection.ts";
import type { DocumentStore } from "../../edge/metatrader-connector/document-store-io.ts";
import { Edge } from "../../edge/metatrader-connector/edge.ts";
import type { StreamIdentity } from "../../edge/metatrader-connector/identity-io.ts";
import type { EdgeModel } from "../../edge/metatrader-connector/model-store-io.ts";
import { ReplicationLink } from "../../edge/metatrader-connector/replication-link.ts";
import type { SeededRandom } from "../terminal/random.ts";
import { MachineClock } from "./clock.ts";
import { BoxDisk } from "./disk.ts";
import { Line, type LineEnd, type LineNature } from "./network.ts";
import { Process } from "./process.ts";
import { contrarian, edgeConfig, identityFrom, type Limits } from "./settings.ts";
import type { World } from "./world.ts";

const TICK_MS = 250;
const RESTART_MS = { least: 300, mean: 1_500 } as const;
const CLOSE_WITHIN_US = 5_000_000;

/** What others want to know of the box as it happens. */
export interface BoxWatch {
  /** Something became durable, or a life of the box began or ended. */
  onDurable(): void;
  onOpened(edge: Edge): void;
  /** Frames on their way to the EA, before any byte of them leaves. */
  onFrames(frames: readonly Uint8Array[]): void;
  onAck(durableSeq: bigint, verifiedSeq: bigint): void;
  onLine(connected: boolean): void;
  onAlarm(error: LockstepError): void;
  /** It runs and decides nothing any more, or could not be opened. */
  onHalt(error: LockstepError): void;
}

/** A second box with the first one's identity and, at most, a copy of its disk. */
export interface Twin {
  readonly of: EdgeBox;
  readonly image: ReturnType<BoxDisk["image"]> | undefined;
}

export class EdgeBox {
  readonly name: string;
  readonly process: Process;
  readonly disk: BoxDisk;
  readonly identity: StreamIdentity;
  readonly world: World;
  edge: Edge | undefined;
  link: ReplicationLink | undefined;
  /** Why it runs without deciding. */
  halted: LockstepError | undefined;
  limits: Limits;
  watch!: BoxWatch;
  /** A line to data-bridge for this process; throws when nobody is there. */
  dial: (end: LineEnd) => void = () => undefined;
  /** The next life crashes at this disk operation after its start. */
  crashNextStartAt: number | undefined;
  /** Runs once between a decision and its order's leaving. */
  atDecision: (() => void) | undefined;
  /** The module that the next life decides with: another build's, where it is set. */
  wasm: Uint8Array | undefined;
  /** Restarts by itself; false while somebody looks at it. */
  supervised = true;
  readonly lines = new Set<Line>();
  readonly cloudLines = new Set<Line>();
  readonly #models = new Map<string, EdgeModel>();
  readonly #documents: DocumentStore = documentsInMemory();
  #model: EdgeModel;
  readonly #ends = new Map<Connection, LineEnd>();
  readonly #log: Log;

  constructor(world: World, twin?: Twin) {
    const { plan } = world;
    this.world = world;
    this.name = twin ? "twin" : "edge";
    const machine = new MachineClock({
      scheduler: world.scheduler,
      startUtcMs: plan.startUtcMs,
      offsetUs: plan.edgeSkewMs * 1000,
      rate: plan.edgeRate,
    });
    this.process = new Process({ name: this.name, world, machine });
    this.disk = new BoxDisk({ owner: () => this.process, random: this.#concern("disk") });
    if (twin?.image) this.disk.restoreImage(twin.image);
    this.process.isDark = () => this.disk.crashed;
    this.identity = twin?.of.identity ?? identityFrom(world.random("identity"));
    this.limits = twin?.of.limits ?? plan.limits;
    this.#model = contrarian(plan.modelWeight);
    this.#models.set(Buffer.from(this.#model.sha256).toString("hex"), this.#model);
    if (twin) for (const [sha256, model] of twin.of.#models) this.#models.set(sha256, model);
    this.#log = this.#makeLog();
    this.disk.onDurable = () => this.watch.onDurable();
  }

  #concern(concern: string): SeededRandom {
    return this.world.random(this.name === "edge" ? concern : `${this.name} ${concern}`);
  }

  get up(): boolean {
    return this.process.alive && this.edge !== undefined && !this.disk.crashed;
  }

  /** First record that is still on the disk. */
  firstSeq(): bigint | undefined {
    const reader = new JournalReader({ disk: this.disk });
    return reader.firstSeq();
  }

  /** A model by its SHA-256 in hex. */
  model(sha256: string): EdgeModel | undefined {
    return this.#models.get(sha256);
  }

  /** From the next start on. */
  changeModel(weight: number): void {
    this.#model = contrarian(weight);
    this.#models.set(Buffer.from(this.#model.sha256).toString("hex"), this.#model);
  }

  start(): void {
    if (this.process.alive) return;
    this.process.start();
    this.halted = undefined;
    if (this.crashNextStartAt !== undefined) this.disk.arm({ crashAt: this.crashNextStartAt });
    this.crashNextStartAt = undefined;
    const { incarnation } = this.process;
    this.process.run(() => {
      void this.#open(incarnation);
    });
  }

  async #open(incarnation: number): Promise<void> {
    const { plan } = this.world;
    const isMine = (): boolean => incarnation === this.process.incarnation && this.process.alive && !this.disk.crashed;
    try {
      const edge = await Edge.open({
        config: edgeConfig({ ...plan, limits: this.limits }),
        clock: this.process.clock,
        random: this.#random("edge bytes"),
        log: this.#log,
        storage: {
          disk: this.disk,
          identity: this.identity,
          fence: { takeover: undefined, superseded: undefined, saveSuperseded: () => undefined },
          model: this.#model,
          documents: this.#documents,
          findModel: (sha256) => this.#findModel(sha256),
          ...(this.wasm && { wasm: this.wasm }),
        },
        timers: this.process.timers(),
        sizes: plan.sizes,
      });
      if (isMine()) this.process.run(() => this.#opened(edge));
    } catch (error) {
      if (isMine()) this.process.run(() => this.#refused(error));
    }
  }

  #findModel(sha256: string): EdgeModel {
    const model = this.#models.get(sha256);
    if (model) return model;
    throw new LockstepError("bad_file", `model ${sha256} is missing: the journal's tail needs it; restore it`);
  }

  #refused(error: unknown): void {
    if (!(error instanceof LockstepError)) throw error;
    this.world.say(this.name, "refuses", error.code);
    if (Edge.isHalt(error)) {
      this.halted = error;
      this.watch.onHalt(error);
      return;
    }
    // The process ends with an error and its supervisor starts it again.
    this.die({ power: false, why: (error as LockstepError).code });
  }

  #opened(edge: Edge): void {
    this.edge = edge;
    edge.onOutput = (connection) => this.#flush(connection);
    this.watch.onOpened(edge);
    this.watch.onDurable();
    this.link = this.#replicate(edge);
    edge.onDurable = (_durable, sealedSeq) => {
      this.process.after(50, () => this.link?.onSealed(sealedSeq));
      if ([...this.#ends.values()].some((end) => end.holding)) this.process.after(0, () => this.#readOn(edge));
    };
    this.link.onSealed(edge.journal.durableSealedSeq);
    this.link.start();
    this.#tick(edge);
  }

  #tick(edge: Edge): "idle" | undefined {
    if (this.edge !== edge) return "idle";
    this.process.after(this.process.machine.trueUs(TICK_MS), () => this.#tick(edge));
    const before = edge.journal.lastSeq;
    edge.tick();
    const now = edge.now();
    for (const connection of [...this.#ends.keys()]) {
      edge.link.tickHandshake(connection, now);
      this.#flush(connection);
    }
    return edge.journal.lastSeq === before ? "idle" : undefined;
  }

  /** A new socket of an EA. */
  accept(end: LineEnd): void {
    const { edge } = this;
    if (!edge) {
      end.end();
      return;
    }
    const connection = edge.link.connect(edge.now());
    this.#ends.set(connection, end);
    end.handler = {
      onData: (bytes) => {
        if (connection.closing !== undefined) return;
        edge.link.onBytes(connection, bytes, edge.now());
        this.#actAtDecision(edge);
        this.#flush(connection);
        // As connector-io.ts does: no more is read than the disk takes.
        if (edge.journal.stagedBytes <= this.world.plan.stagedBytes) return;
        this.world.reach("edge: reading stops until the disk has caught up");
        end.holding = true;
      },
      onClosed: () => {
        this.#ends.delete(connection);
        edge.link.onClosed(connection);
      },
    };
  }

  #readOn(edge: Edge): void {
    if (edge.journal.stagedBytes > this.world.plan.stagedBytes / 2) return;
    for (const end of this.#ends.values()) end.readOn();
  }

  /** An order was decided and has not left: the moment somebody was waiting for. */
  #actAtDecision(edge: Edge): void {
    const act = this.atDecision;
    if (!act || edge.hot.orders.count("deciding") === 0) return;
    this.atDecision = undefined;
    act();
  }

  #flush(connection: Connection): void {
    const end = this.#ends.get(connection);
    if (!end || this.disk.crashed || !this.process.alive) return;
    const { out } = connection;
    if (out.length > 0) {
      const frames = out.splice(0);
      this.watch.onFrames(frames);
      end.send(Buffer.concat(frames));
    }
    if (connection.closing === undefined) return;
    this.#ends.delete(connection);
    end.end();
    this.edge?.link.onClosed(connection);
  }

  #replicate(edge: Edge): ReplicationLink {
    let reader = new JournalReader({ disk: this.disk });
    return new ReplicationLink({
      open: (handler) => {
        const line = new Line({
          world: this.world,
          nature: this.world.plan.cloudLine,
          a: this.process,
          b: this.#bridge(),
        });
        line.a.handler = {
          onData: (bytes) => handler.onMessage(bytes),
          onDrain: () => handler.onDrain?.(),
          onClosed: () => handler.onClosed(undefined),
        };
        this.dial(line.b);
        this.cloudLines.add(line);
        return {
          send: (message) => line.a.send(message),
          end: () => line.a.end(),
          cut: () => line.a.end(),
        };
      },
      hello: {
        streamId: this.identity.streamId,
        edgeName: "box",
        coreSha256: edge.core.digest,
        modelSha256: edge.configuration.model.sha256,
        publicKey: this.identity.signer.publicKey,
        layoutVersion: 1,
        epoch: edge.authority.epoch,
      },
      readBatch: (fromSeq) => {
        try {
          return reader.readBatch(fromSeq);
        } catch (error) {
          reader = new JournalReader({ disk: this.disk });
          throw error;
        }
      },
      clock: this.process.clock,
      random: this.#random("sender"),
      timers: this.process.timers(),
      onAck: (durableSeq, verifiedSeq) => {
        edge.cloud.onAck(durableSeq, verifiedSeq);
        this.watch.onAck(durableSeq, verifiedSeq);
      },
      onState: ({ connected }) => {
        edge.cloud.onLine(connected);
        this.watch.onLine(connected);
        this.world.say(this.name, connected ? "streaming" : "no line");
      },
      onCommand: (bytes) => edge.authority.onCommand(bytes),
      onSuperseded: (takeover) => edge.authority.onSuperseded(takeover),
      onAlarm: (error) => this.watch.onAlarm(error),
    });
  }

  /** Where a line to the cloud ends. */
  bridge: () => Process | undefined = () => undefined;

  #bridge(): Process {
    const bridge = this.bridge();
    if (!bridge?.alive) throw new LockstepError("unavailable", "data-bridge cannot be reached");
    return bridge;
  }

  /** `power`: the machine goes dark and keeps what its disk kept; else the process alone dies. */
  die(o: { power: boolean; why: string }): void {
    const { process, world, disk } = this;
    process.kill(o.why);
    this.edge = undefined;
    this.link = undefined;
    this.#ends.clear();
    for (const line of [...this.lines, ...this.cloudLines]) line.onDeath(process, { silent: o.power });
    this.lines.clear();
    this.cloudLines.clear();
    if (o.power) disk.reboot();
    else disk.restart();
    world.reach(o.power ? `${this.name}: power lost` : `${this.name}: killed`);
    this.watch.onDurable();
    const random = this.#concern("restart");
    const pauseMs = RESTART_MS.least + random.exponential(RESTART_MS.mean);
    world.scheduler.after(pauseMs * 1000, () => {
      if (this.supervised) this.start();
      return undefined;
    });
  }

  /** A clean end and a start, as an upgrade or a change of the configuration makes. */
  restart(): void {
    const { edge, process } = this;
    if (!edge || edge.hot.failure) {
      this.die({ power: false, why: "restarted" });
      return;
    }
    const { incarnation } = process;
    const gone = (): boolean => incarnation !== process.incarnation || !process.alive;
    this.link?.stop();
    this.link = undefined;
    process.run(() => {
      // As the service stops: first the doors, then the journal.
      this.edge = undefined;
      for (const connection of [...this.#ends.keys()]) {
        edge.link.shutDown(connection, edge.now());
        this.#flush(connection);
      }
      void edge.close().then(
        () => {
          if (gone()) return;
          this.world.reach("edge: closed cleanly");
          this.die({ power: false, why: "closed" });
        },
        (error: unknown) => {
          if (!gone() && !this.disk.crashed)
            this.world.say(this.name, "close failed", String((error as Error).message));
        },
      );
    });
    process.after(CLOSE_WITHIN_US, () => this.die({ power: false, why: "it did not close in time" }));
  }

  #random(concern: string): Random {
    const random = this.#concern(concern);
    return { bytes: (count) => Uint8Array.from({ length: count }, () => random.below(256)) };
  }

  #makeLog(): Log {
    const say = (message: string): void => this.world.say(this.name, "log", message);
    return {
      debug: () => undefined,
      info: (message, fields) => {
        say(message);
        if (message === "journal truncated") this.world.reach("edge: journal truncated");
        if (Number(fields?.snapshot_seq) > 0) this.world.reach("edge: resumed from a snapshot");
      },
      warn: say,
      error: (message, fields) => {
        say(message);
        const error = fields?.error;
        if (message.startsWith("HALTED") && error instanceof LockstepError) this.watch.onHalt(error);
      },
    };
  }
}

/** The EA's socket on the box's own machine or next to it. */
export const wireNature = (damage: number): LineNature => ({
  name: "wire",
  whole: false,
  delayUs: { least: 50, mean: 400 },
  damage,
  lose: 0,
  duplicate: 0,
  fullBytes: 4 * 1024 * 1024,
});

/** As edge/metatrader-connector/document-store-io.ts keeps them on disk. */
function documentsInMemory(): DocumentStore {
  const texts = new Map<string, string>();
  return {
    keep: (sha256, text) => void texts.set(sha256, text),
    find: (sha256) => readDocument(texts.get(sha256) ?? "", sha256),
  };
}
