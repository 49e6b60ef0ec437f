// Everything of one run put together: terminal, box, cloud, the lines between them, and the observer who sees disks,
// wires and the broker's truth.
import type { LockstepError } from "#proto/errors.ts";
import type { OperatorCommand } from "#proto/generated/records.ts";
import { segmentNumber } from "#storage/journal/segment.ts";
import { Attacker } from "./attacks.ts";
import { watchBounds } from "./checkers/bounds.ts";
import { Canon } from "./checkers/canon.ts";
import { CloudChecker } from "./checkers/cloud.ts";
import { OrderChecker } from "./checkers/orders.ts";
import { RiskChecker } from "./checkers/risk.ts";
import { MachineClock } from "./clock.ts";
import { BridgeProcess, type CloudOptions, EngineProcess, ProjectorProcess } from "./cloud.ts";
import { EdgeBox, type Twin, wireNature } from "./edge-box.ts";
import { MemoryBus } from "./memory-bus.ts";
import { Line } from "./network.ts";
import type { Plan, Strike } from "./swarm.ts";
import { TerminalMachine } from "./terminal.ts";
import type { World } from "./world.ts";

/** Halts that a fault of the disk explains. */
const BUILD_CODES = new Set(["core_digest", "unknown_version"]);
const DISK_CODES = new Set(["journal_io", "journal_full", "journal_damaged", "gap"]);

export class System {
  readonly world: World;
  readonly terminal: TerminalMachine;
  readonly box: EdgeBox;
  readonly bus: MemoryBus;
  readonly bridge: BridgeProcess;
  readonly engine: EngineProcess;
  readonly secondEngine: EngineProcess;
  readonly projector: ProjectorProcess;
  readonly canon: Canon;
  /** Snapshots that were damaged. */
  readonly damaged = new Set<string>();
  /** Signed commands that were given, in their order. */
  readonly commands: OperatorCommand[] = [];
  /** A second box under the same identity. */
  twin: EdgeBox | undefined;
  readonly orders: OrderChecker;
  readonly risk: RiskChecker;
  readonly cloud: CloudChecker;
  readonly attacker: Attacker;
  readonly streamId: string;
  /** The line to the EA now. */
  wire: Line | undefined;
  /** data-bridge takes no new line before. */
  refusedUntilUs = 0;
  /** Something on the disk is not what was written: what that explains is no violation. */
  diskFault: string | undefined;
  /** Another build has been put in this one's place: it must refuse. */
  otherBuild: string | undefined;
  /** Nothing strikes any more, also not what an earlier strike had set up. */
  quiet = false;
  /** The disk lies, or is another: only what nobody can be excused from is checked any more. */
  byzantine = false;
  /** Loud words so far: halts and alarms, by code. */
  readonly loud: string[] = [];
  /** This seed has faults that alarms are for. */
  readonly #noisy: boolean;

  constructor(world: World) {
    this.world = world;
    this.#noisy = isNoisy(world.plan);
    this.terminal = new TerminalMachine(world);
    this.box = new EdgeBox(world);
    this.streamId = Buffer.from(this.box.identity.streamId).toString("hex");
    this.bus = new MemoryBus(world);
    this.bus.faults = world.plan.bus;
    const options = this.#cloudOptions();
    this.bridge = new BridgeProcess(options);
    this.engine = new EngineProcess("engine", options);
    this.secondEngine = new EngineProcess("engine-2", options);
    this.secondEngine.supervised = false;
    this.projector = new ProjectorProcess(options);
    this.canon = new Canon(world, this.box.identity.streamId);
    this.orders = new OrderChecker(world, this.terminal);
    this.risk = new RiskChecker(world);
    this.cloud = new CloudChecker(this);
    this.#connect();
    this.attacker = new Attacker(this);
  }

  #cloudOptions(): CloudOptions {
    const { world, bus, box, streamId } = this;
    const { startUtcMs } = world.plan;
    return {
      world,
      bus,
      streamId,
      machine: new MachineClock({ scheduler: world.scheduler, startUtcMs, offsetUs: 0, rate: 1 }),
      findModel: (sha256) => box.model(sha256)?.bytes,
      watch: {
        onAlarm: (code, message) => this.#alarm("bridge", code, message),
        onDivergence: (message) => {
          world.say("engine", "DIVERGENCE", message);
          if (!this.byzantine) world.fail("edge and cloud decide the same", message);
        },
      },
    };
  }

  #connect(): void {
    const { world, box, terminal, bus, canon, orders, risk } = this;
    terminal.onSend = (id, count) => orders.onSend(id, { count, durable: !this.byzantine });
    orders.onLeaves = (known) => risk.onLeaves(known);
    orders.onAccepted = (known) => risk.onAccepted(known);
    canon.onRecord = (_record, view, code, seq) => {
      orders.onRecord(view, code, seq);
      risk.onRecord(view, code, seq);
    };
    bus.onAppended = (batch) => this.cloud.onAppended(batch);
    terminal.connect = () => {
      if (!box.process.alive || (!box.edge && !box.halted)) return undefined;
      const line = new Line({ world, nature: wireNature(world.plan.wireDamage), a: terminal.process, b: box.process });
      this.wire = line;
      box.lines.add(line);
      box.process.run(() => box.accept(line.b));
      return line.a;
    };
    terminal.onCrash = () => this.wire?.onDeath(terminal.process, { silent: false });
    this.#dialled(box);
    box.disk.onRemoved = (name) => {
      if (!this.byzantine && segmentNumber(name) !== undefined) this.cloud.onDeleted(box.firstSeq() ?? 1n);
    };
    box.watch = {
      onDurable: () => {
        if (!this.byzantine) canon.follow(box.disk);
      },
      onOpened: () => {
        world.reach("edge: opened");
        if (this.otherBuild && !this.byzantine) world.fail("another build refuses", `${this.otherBuild}: it opened`);
        this.cloud.onNewLife();
        if (!this.byzantine && !this.diskFault) canon.verify(box.disk);
      },
      onFrames: (frames) => {
        if (!this.byzantine) orders.onFrames(frames);
      },
      onAck: (durableSeq, verifiedSeq) => this.cloud.onAck(durableSeq, verifiedSeq),
      onLine: (connected) => this.cloud.onLine(connected),
      onAlarm: (error) => this.#alarm("edge", error.code, error.message),
      onHalt: (error) => this.#halt(error),
    };
  }

  #dialled(box: EdgeBox): void {
    box.bridge = () => (this.world.nowUs < this.refusedUntilUs ? undefined : this.bridge.process);
    box.dial = (end) => this.bridge.accept(end, `edge/${this.streamId}`);
  }

  /** A second box goes on under the first one's identity: with a copy of its disk, or with an empty one. */
  enrolTwice(image: Twin["image"]): void {
    const { world } = this;
    const twin = new EdgeBox(world, { of: this.box, image });
    const canon = image ? this.canon.copy() : new Canon(world, this.box.identity.streamId);
    this.twin = twin;
    this.#dialled(twin);
    twin.watch = {
      onDurable: () => canon.follow(twin.disk),
      onOpened: () => world.reach("double enrolment: the second box opened"),
      onFrames: () => undefined,
      onAck: (durableSeq) => this.cloud.onTwinAck(durableSeq),
      onLine: () => undefined,
      onAlarm: (error) => {
        world.reach(`double enrolment: the second box is refused: ${error.code}`);
        this.#alarm("twin", error.code, error.message);
      },
      onHalt: (error) => world.fail("no halt without a cause", `twin: ${error.code}: ${error.message}`),
    };
    this.cloud.onTwin(twin, canon);
    twin.start();
  }

  #alarm(who: string, code: string, message: string): void {
    const { world } = this;
    world.say(who, "ALARM", `${code}: ${message}`);
    world.reach(`alarm: ${code}`);
    this.loud.push(code);
    const explained = this.#noisy || this.diskFault !== undefined || this.byzantine;
    if (!explained) world.fail("no alarm without a cause", `${who}: ${code}: ${message}`);
  }

  #halt(error: LockstepError): void {
    const { world, box } = this;
    world.say("edge", "HALT", `${error.code}: ${error.message}`);
    world.reach(`halt: ${error.code}`);
    this.loud.push(error.code);
    const { struck } = box.disk;
    const stumbled = struck.sync + struck.space + struck.short > 0 || this.diskFault !== undefined;
    const foreign = this.otherBuild !== undefined && BUILD_CODES.has(error.code);
    if (foreign) world.reach(`edge: ${this.otherBuild}: refused`);
    if (!this.byzantine && !foreign && !(stumbled && DISK_CODES.has(error.code)) && !box.disk.crashed)
      world.fail("no halt without a cause", `${error.code}: ${error.message}`);
  }

  start(): void {
    watchBounds(this);
    this.bridge.start();
    this.projector.start();
    this.box.start();
    this.terminal.start();
    // The engine follows a stream from the moment the log knows it.
    const forget = this.bus.onChange(() => {
      if (this.bus.contents.batches.length === 0) return;
      forget();
      this.engine.start();
    });
  }

  /** After each event: has the power gone at a disk operation? */
  afterEvent(): boolean {
    const { box, world } = this;
    if (box.disk.crashed && box.process.alive) {
      world.reach("edge: power lost at a disk operation");
      box.die({ power: true, why: "the power is gone at a disk operation" });
    }
    this.cloud.look();
    return world.violation === undefined;
  }
}

/** Alarms without one of these in the plan have no cause. */
const ALARMING: readonly Strike[] = [
  "forged batch",
  "replayed batch",
  "forked batch",
  "foreign edge",
  "wrong core",
  "wrong layout",
  "log restored",
  "double enrolment",
];

const isNoisy = ({ cloudLine, rates }: Plan): boolean =>
  cloudLine.damage > 0 || cloudLine.lose > 0 || cloudLine.duplicate > 0 || ALARMING.some((strike) => rates.has(strike));
