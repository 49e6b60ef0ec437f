// One seed from beginning to end: faults, then quiet for a core of the system while the rest stays dead, then the looks
// that need everything to stand still.
import { Core } from "#core-wasm/host/core.ts";
import { checkDigests, checkProjection } from "./checkers/agreement.ts";
import { LIVENESS_S, Liveness } from "./checkers/liveness.ts";
import { unleash } from "./nemesis.ts";
import { type Plan, planOf } from "./swarm.ts";
import { System } from "./system.ts";
import { anotherCore } from "./versions.ts";
import { Violation, type ViolationFound, World } from "./world.ts";

export interface Result {
  readonly seed: number;
  readonly violation: ViolationFound | undefined;
  readonly traceHash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly records: number;
  readonly reached: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
}

export interface SimulateOptions {
  readonly seed: number;
  readonly keepTrace?: boolean;
  /** Changes what the seed has drawn. */
  readonly change?: (plan: Plan) => Plan;
}

/** Compiled once, on threads of the engine's own: from here on no instance waits for anything real. */
let modules: Promise<unknown> | undefined;
const compiled = (): Promise<unknown> => {
  modules ??= Promise.all([Core.load(), Core.load({ wasm: anotherCore() })]);
  return modules;
};

const S_US = 1_000_000;
/** A disk that lied must be found out within this. */
const BYZANTINE_S = 25;

export async function simulate(o: SimulateOptions): Promise<Result> {
  await compiled();
  const drawn = planOf(o.seed);
  const world = new World({ plan: o.change?.(drawn) ?? drawn, keepTrace: o.keepTrace ?? false });
  const system = new System(world);
  const failure = onRejections(world);
  try {
    await phases(system);
  } catch (error) {
    if (!(error instanceof Violation)) world.violation ??= escaped(world, error);
  } finally {
    failure.stop();
  }
  await new Promise((resolve) => setImmediate(resolve));
  world.say("end", "", `records ${system.canon.lastSeq} log ${system.bus.lastSeq}`);
  return {
    seed: o.seed,
    violation: world.violation,
    traceHash: world.trace.digest(),
    events: world.scheduler.events,
    simulatedMs: world.nowUs / 1000,
    records: system.canon.lastSeq,
    reached: world.reached,
    lines: world.trace.lines,
  };
}

async function phases(system: System): Promise<void> {
  const { world } = system;
  const { plan, scheduler } = world;
  system.start();
  unleash(system);
  const step = (): boolean => system.afterEvent();
  await scheduler.run(plan.faultsS * S_US, () => step() && !system.byzantine);
  if (world.violation) return;
  if (system.byzantine) return byzantineEnd(system, step);
  quiet(system);
  if (system.cloud.lost) return secondHistory(system, step);
  const liveness = new Liveness(system, { withCloud: !plan.cloudDies && !system.cloud.hole });
  liveness.start();
  // A second box that came in the last moment is faster only now.
  await scheduler.run((plan.faultsS + LIVENESS_S) * S_US, () => step() && !liveness.done && !system.cloud.lost);
  if (world.violation) return;
  if (system.cloud.lost) return secondHistory(system, step);
  if (!liveness.done) world.fail("everything comes into step", liveness.missing.join("; "));
  world.reach("liveness: in step");
  system.orders.checkDead();
  await scheduler.run(world.nowUs + 100_000, step);
  if (system.cloud.lost) return secondHistory(system, step);
  await checkDigests(system);
  if (!plan.cloudDies) checkProjection(system);
}

/** Faults stop for the core; what is cut off, half-open or one-way stays so. */
function quiet(system: System): void {
  const { world, box, bridge, engine, projector, terminal, bus } = system;
  world.say("nemesis", "quiet", "");
  system.quiet = true;
  terminal.trading = false;
  terminal.forgetsAfterUs = undefined;
  box.disk.arm({});
  box.disk.stuckUntilUs = box.disk.slowUntilUs = 0;
  bus.faults = { lostAck: 0, redeliver: 0, late: 0 };
  bus.awayUntilUs = projector.tables.awayUntilUs = 0;
  system.refusedUntilUs = 0;
  Object.assign(world.plan.cloudLine, { damage: 0, lose: 0, duplicate: 0 });
  Object.assign(world.plan.broker, { reject: 0, requote: 0, partial: 0, timeout: 0, lost: 0, shuffle: 0 });
  Object.assign(world.plan.eaFaults, { duplicate: 0, silence: 0, missing: 0 });
  if (box.edge?.hot.failure || box.halted) box.die({ power: false, why: "looked at and restarted" });
  if (!box.process.alive) world.scheduler.after(3 * S_US, () => void box.start() as undefined);
  if (!terminal.process.alive) terminal.startSoon();
  if (world.plan.cloudDies)
    for (const dead of [bridge, engine, projector]) {
      dead.supervised = false;
      dead.die("for ever");
    }
}

/** The second box was faster: the first one goes on trading, and says loudly that its line to the cloud is refused. */
async function secondHistory(system: System, step: () => boolean): Promise<void> {
  const { world, loud } = system;
  if (world.plan.cloudDies) return;
  await world.scheduler.run(world.nowUs + LIVENESS_S * S_US, () => step() && !loud.includes("fork"));
  if (world.violation) return;
  if (!loud.includes("fork")) world.fail("a second history is alarmed", `heard: ${loud.join() || "nothing"}`);
  world.reach("double enrolment: alarmed as a fork");
}

/** Nobody can promise to go on over a lying disk; only that it is found, or was without effect. */
async function byzantineEnd(system: System, step: () => boolean): Promise<void> {
  const { world } = system;
  await world.scheduler.run(world.nowUs + BYZANTINE_S * S_US, step);
  world.reach(system.loud.length > 0 ? "byzantine: loud" : "byzantine: without effect");
}

const escaped = (world: World, error: unknown): ViolationFound => ({
  invariant: "no exception escapes a machine",
  message: String((error as Error).stack),
  timeUs: world.nowUs,
  events: world.scheduler.events,
});

/** A promise that nobody waits for has failed: in the code under test, that is an exception that escaped. */
function onRejections(world: World): { stop: () => void } {
  const listener = (error: unknown): void => {
    if (error instanceof Violation || (error as Error).constructor.name === "Crashed") return;
    world.violation ??= escaped(world, error);
  };
  process.on("unhandledRejection", listener);
  return { stop: () => process.off("unhandledRejection", listener) };
}
