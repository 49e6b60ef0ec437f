// Strikes on the box, its disk, its clock and its wire to the EA.
import type { StrikeAct } from "./nemesis.ts";
import { drawLimits } from "./settings.ts";
import type { System } from "./system.ts";
import { anotherCore, newerCommit, newerHeader } from "./versions.ts";

const S_US = 1_000_000;
/** Disk operations after which the power goes: within the next commit or two. */
const OPERATIONS = 12;
/** A recovery makes about this many. */
const RECOVERY_OPERATIONS = 40;
const REPAIR_US = 4 * S_US;

const uniformUs = (system: System, least: number, most: number): number =>
  (least + system.world.random("strike").uniform() * (most - least)) * S_US;

const repairHalted = (system: System): void => {
  const { world, box } = system;
  world.scheduler.after(REPAIR_US, () => {
    if (box.process.alive && (box.edge?.hot.failure || box.halted))
      box.die({ power: false, why: "looked at and restarted" });
    return undefined;
  });
};

/** One bit of the wanted part of a file, or undefined. The last group before the end is left alone: it may be torn. */
function damageSegment(system: System): { name: string; bit: number } | undefined {
  const { box, world } = system;
  const names = box.disk.segments();
  const random = world.random("strike");
  const name = names[random.below(Math.max(1, names.length))];
  const bytes = name === undefined ? undefined : box.disk.durable(name);
  if (name === undefined || !bytes) return undefined;
  const end = system.canon.usedBytes(name, bytes);
  if (end <= 4096) return undefined;
  const bit = 8 * (random.chance(0.2) ? random.below(80) : 4096 + random.below(end - 4096)) + random.below(8);
  return { name, bit };
}

const segmentBytes = ({ box }: System): Buffer =>
  Buffer.concat(box.disk.segments().map((name) => box.disk.durable(name) ?? new Uint8Array(0)));

/** The last segment with a header of the next format, or with a commit of a later layout; what is returned undoes it. */
function writeAsNewer({ box, canon, world }: System): (() => void) | undefined {
  const { name, at } = canon.tail;
  const segment = box.disk.durable(name);
  if (!segment || !box.disk.segments().includes(name)) return undefined;
  if (world.random("strike").chance(0.5)) return box.disk.overwrite(name, 0, newerHeader(segment));
  const like = canon.slice(canon.lastSeq, canon.lastSeq);
  const commit = newerCommit({ segment, at, seq: BigInt(canon.lastSeq + 1), like });
  return at + commit.length <= segment.length ? box.disk.overwrite(name, at, commit) : undefined;
}

/** The disk is not what the observer knows any more. */
function byzantine(system: System, what: string): void {
  system.byzantine = true;
  system.diskFault = what;
  system.world.reach(`byzantine: ${what}`);
}

export const EDGE_STRIKES = {
  "wire cut": ({ wire }) => wire?.cut({ half: false }),
  "wire half-open": ({ wire }) => wire?.cut({ half: true }),
  "wire one-way": (system) => {
    if (!system.wire?.open) return;
    const end = system.world.random("strike").chance(0.5) ? system.wire.a : system.wire.b;
    end.muted = true;
  },
  "wire stall": (system) => {
    if (!system.wire) return;
    const until = system.world.nowUs + uniformUs(system, 0.1, 8);
    system.wire.a.stalledUntilUs = until;
    if (system.world.random("strike").chance(0.5)) system.wire.b.stalledUntilUs = until;
  },
  "edge killed": ({ box }) => {
    if (box.process.alive) box.die({ power: false, why: "kill -9" });
  },
  "edge power": ({ box }) => {
    if (box.process.alive) box.die({ power: true, why: "the power is gone" });
  },
  "edge power at write": ({ box, world }) => {
    if (box.process.alive) box.disk.arm({ crashAt: world.random("strike").below(OPERATIONS) });
  },
  "edge power in recovery": ({ box, world }) => {
    box.crashNextStartAt = world.random("strike").below(RECOVERY_OPERATIONS);
    if (box.process.alive)
      box.die({ power: world.random("strike").chance(0.5), why: "and once more while it recovers" });
  },
  "edge pause": (system) => {
    if (system.box.process.alive) system.box.process.pause(uniformUs(system, 0.2, 12));
  },
  "edge restart": ({ box }) => {
    if (box.process.alive) box.restart();
  },
  "new limits": ({ box, world }) => {
    box.limits = drawLimits(world.random("strike"), world.plan.symbols.length, box.limits.version + 1);
    if (box.process.alive) box.restart();
  },
  "new model": ({ box, world }) => {
    box.changeModel(world.random("strike").chance(0.5) ? 1 : -1);
    if (box.process.alive) box.restart();
  },
  /** A build with another core is put in its place: it decides nothing of this stream. */
  "another core": (system) => {
    const { box, canon, world } = system;
    if (!box.up || canon.lastSeq === 0 || system.otherBuild) return;
    box.wasm = anotherCore();
    system.otherBuild = "another core";
    box.restart();
    world.scheduler.after(2 * REPAIR_US, () => {
      box.wasm = system.otherBuild = undefined;
      if (box.process.alive) box.die({ power: false, why: "the right build is back" });
      return undefined;
    });
  },
  /** A newer build has written last, then this older one is put in its place: it leaves everything as it is. */
  "newer journal": (system) => {
    const { box, canon, world } = system;
    if (!box.up || canon.lastSeq === 0 || system.otherBuild || system.diskFault) return;
    box.supervised = false;
    box.die({ power: true, why: "a newer build takes over" });
    const undo = writeAsNewer(system);
    box.supervised = true;
    if (!undo) return box.start();
    system.otherBuild = system.diskFault = "newer journal";
    const before = segmentBytes(system);
    box.start();
    world.scheduler.after(REPAIR_US, () => {
      if (box.process.alive) box.die({ power: false, why: "the newer build is back" });
      system.otherBuild = system.diskFault = undefined;
      if (system.byzantine) return undefined;
      if (Buffer.compare(before, segmentBytes(system)) !== 0)
        world.fail("another build's journal is left alone", "its segments have other bytes");
      undo();
      return undefined;
    });
  },
  "disk sync fails": (system) => {
    system.box.disk.arm({ syncFailsAt: system.world.random("strike").below(OPERATIONS) });
    repairHalted(system);
  },
  "disk full": (system) => {
    const { box, world } = system;
    box.disk.arm({ spaceLeft: world.random("strike").below(30_000) });
    world.scheduler.after(REPAIR_US / 2, () => {
      box.disk.arm({});
      return undefined;
    });
    repairHalted(system);
  },
  "disk short write": (system) => {
    system.box.disk.arm({ shortWriteAt: system.world.random("strike").below(OPERATIONS) });
    repairHalted(system);
    system.world.scheduler.after(REPAIR_US / 2, () => {
      system.box.disk.arm({});
      return undefined;
    });
  },
  "disk slow": (system) => {
    system.box.disk.slowUntilUs = system.world.nowUs + uniformUs(system, 0.5, 5);
  },
  "disk stuck": (system) => {
    system.box.disk.stuckUntilUs = system.world.nowUs + uniformUs(system, 1, 20);
  },
  "disk damage": (system) => {
    const { box, world } = system;
    if (system.diskFault) return;
    const found = damageSegment(system);
    if (!found) return;
    box.supervised = false;
    if (box.process.alive) box.die({ power: false, why: "to be damaged" });
    box.disk.flipBit(found.name, found.bit);
    system.diskFault = "damage";
    world.say("disk", "damage", `${found.name} byte ${found.bit >> 3}`);
    box.supervised = true;
    box.start();
    // Somebody looks, finds out why, and puts the good bytes back.
    world.scheduler.after(REPAIR_US, () => {
      if (box.process.alive) box.die({ power: false, why: "repaired" });
      if (box.disk.segments().includes(found.name)) box.disk.flipBit(found.name, found.bit);
      system.diskFault = undefined;
      return undefined;
    });
  },
  "snapshot damage": (system) => {
    const { box, world } = system;
    const random = world.random("strike");
    const whole = box.disk.listSync().filter((n) => n.startsWith("snapshot-0") && !system.damaged.has(n));
    // Two are kept so that one may rot, not both.
    if (whole.length < 2) return;
    const name = whole.at(-1);
    const bytes = name === undefined ? undefined : box.disk.durable(name);
    if (name === undefined || !bytes || bytes.length === 0) return;
    if (box.process.alive) box.die({ power: false, why: "its snapshot is damaged" });
    box.disk.flipBit(name, 8 * random.below(bytes.length) + random.below(8));
    system.damaged.add(name);
  },
  "disk lost write": (system) => {
    system.box.disk.evil = "lost";
    afterEvil(system, "lost write");
  },
  "disk misdirected write": (system) => {
    system.box.disk.evil = "misdirected";
    afterEvil(system, "misdirected write");
  },
  "disk old image": (system) => {
    const { box, world } = system;
    const image = box.disk.image();
    world.scheduler.after(uniformUs(system, 1, 10), () => {
      if (system.quiet || system.byzantine || system.diskFault || !box.process.alive) return "idle";
      byzantine(system, "old image");
      box.die({ power: true, why: "its disk is set back" });
      box.disk.restoreImage(image);
      return undefined;
    });
  },
  "clock step": (system) => {
    const random = system.world.random("strike");
    const seconds = random.exponential(random.chance(0.2) ? 4_000 : 20);
    system.box.process.machine.step((random.chance(0.5) ? -1 : 1) * Math.round(seconds * S_US));
  },
  "clock rate": (system) => {
    system.box.process.machine.setRate(0.9 + system.world.random("strike").uniform() * 0.2);
  },
} satisfies Readonly<Record<string, StrikeAct>>;

/** The write that never was is found out, at the latest, when the box starts again. */
function afterEvil(system: System, what: string): void {
  const { box, world } = system;
  const before = box.disk.evils;
  byzantine(system, what);
  world.scheduler.after(2 * S_US, () => {
    if (box.disk.evils === before) box.disk.evil = undefined;
    if (box.process.alive) box.die({ power: true, why: what });
    return undefined;
  });
}
