// Strikes on the line to the cloud and on the cloud itself, and what attackers try.
import type { StrikeAct } from "./nemesis.ts";
import type { System } from "./system.ts";
import { anotherCore } from "./versions.ts";

const S_US = 1_000_000;

const uniformUs = (system: System, least: number, most: number): number =>
  (least + system.world.random("strike").uniform() * (most - least)) * S_US;

const newestLine = ({ box }: System) => [...box.cloudLines].at(-1);

export const CLOUD_STRIKES = {
  "line cut": (system) => newestLine(system)?.cut({ half: false }),
  "line half-open": (system) => newestLine(system)?.cut({ half: true }),
  "line one-way": (system) => {
    const line = newestLine(system);
    if (!line?.open) return;
    const up = system.world.random("strike").chance(0.5);
    (up ? line.a : line.b).muted = true;
    system.world.reach(up ? "line: nothing goes up" : "line: no acknowledgement comes down");
  },
  "line stall": (system) => {
    const line = newestLine(system);
    if (line) line.a.stalledUntilUs = line.b.stalledUntilUs = system.world.nowUs + uniformUs(system, 0.2, 14);
  },
  "line refused": (system) => {
    system.refusedUntilUs = system.world.nowUs + uniformUs(system, 1, 10);
    newestLine(system)?.cut({ half: false });
  },
  /** Every line is stopped, one after the other, and let go again in another order. */
  swizzle: (system) => {
    const { world, wire } = system;
    const lines = [wire, newestLine(system)].flatMap((line) => line ?? []);
    for (const line of lines)
      world.scheduler.after(uniformUs(system, 0, 1), () => {
        line.a.stalledUntilUs = line.b.stalledUntilUs = world.nowUs + uniformUs(system, 0.5, 6);
        return undefined;
      });
  },
  "bridge killed": ({ bridge }) => bridge.die("kill -9"),
  "engine killed": ({ engine }) => engine.die("kill -9"),
  "projector killed": ({ projector }) => projector.die("kill -9"),
  "bridge pause": (system) => {
    if (system.bridge.process.alive) system.bridge.process.pause(uniformUs(system, 0.5, 15));
  },
  "log away": (system) => {
    system.bus.awayUntilUs = system.world.nowUs + uniformUs(system, 0.5, 10);
  },
  "log restored": (system) => {
    const { bus, world, box, cloud } = system;
    const backup = bus.backup();
    world.scheduler.after(uniformUs(system, 1, 8), () => {
      if (system.quiet) return "idle";
      const first = box.edge ? box.firstSeq() : undefined;
      const reached = backup.batches.at(-1)?.lastSeq ?? 0n;
      // The box keeps what was not yet backed up only as long as its settings say: a hole is nobody's to fill.
      if (first === undefined || first > reached + 1n || bus.lastSeq === reached) {
        world.reach("log: a restore would leave a hole");
        return "idle";
      }
      world.reach("log: restored from an older backup");
      bus.restore(backup);
      cloud.onRestored();
      for (const process of [system.bridge, system.engine]) process.die("its bus was restored");
      return undefined;
    });
  },
  "tables lost": ({ projector }) => {
    projector.die("its tables are lost");
    const { records } = projector.tables;
    for (const seq of [...records.keys()].slice(0, records.size >> 1)) records.delete(seq);
  },
  "tables away": (system) => {
    system.projector.tables.awayUntilUs = system.world.nowUs + uniformUs(system, 0.5, 10);
  },
  "two workers": (system) => {
    const { secondEngine, world } = system;
    if (system.bus.contents.batches.length === 0) return;
    secondEngine.start();
    world.scheduler.after(uniformUs(system, 1, 8), () => {
      secondEngine.die("only for a moment");
      return undefined;
    });
  },
  /** It waits for its own build, and verifies nothing; then the right one comes back. */
  "worker of another core": (system) => {
    const { engine, world } = system;
    if (system.bus.contents.batches.length === 0 || engine.wasm) return;
    engine.wasm = anotherCore();
    engine.die("replaced by another build");
    world.scheduler.after(uniformUs(system, 2, 8), () => {
      if (engine.follower?.status().state === "waiting") world.reach("engine: another core waits");
      engine.wasm = undefined;
      engine.die("replaced by the right build");
      return undefined;
    });
  },
  "double enrolment": (system) => {
    const { box, world } = system;
    if (system.twin || !box.up) return;
    system.enrolTwice(world.random("strike").chance(0.7) ? box.disk.image() : undefined);
  },
  "forged batch": ({ attacker }) => attacker.forgedBatch(),
  "replayed batch": ({ attacker }) => attacker.replayedBatch(),
  "forked batch": ({ attacker }) => attacker.forkedBatch(),
  "foreign edge": ({ attacker }) => attacker.foreignEdge(),
  "wrong core": ({ attacker }) => attacker.wrongCore(),
  "wrong layout": ({ attacker }) => attacker.wrongLayout(),
  "forged frame": ({ attacker }) => attacker.terminal({ secret: false }),
  "second terminal": ({ attacker }) => attacker.terminal({ secret: true }),
} satisfies Readonly<Record<string, StrikeAct>>;
