// What goes wrong, one round at a time, all of it drawn from the seed: processes killed, stopped and continued, engines
// restarted, lines cut, refused, late, held one way or damaged, the edge's disk full. A round ends when its fault is over
// and what died is there again.
import { setTimeout as sleep } from "node:timers/promises";
import type { Picks } from "../choices.ts";
import type { SmallDisk } from "./small-disk.ts";
import type { Direction, Wire } from "./wire.ts";

/** Killed, stopped and continued. The terminal is the broker's truth and is only stopped. */
const PROCESSES = ["metatrader-connector", "data-bridge", "trading-engine", "database-service", "api-gateway"] as const;
const ENGINES = ["nats-server", "postgres"] as const;
const BACK_MS = 90_000;
const POLL_MS = 25;

export interface Scene {
  readonly pids: () => Readonly<Record<string, number>>;
  readonly wires: Readonly<Record<"terminal" | "replication" | "nats", Wire>>;
  /** Undefined where none could be mounted. */
  readonly disk: SmallDisk | undefined;
  /** Whether the box says that it has failed, and waits for a person. */
  readonly edgeFailed: () => Promise<boolean>;
}

interface Fault {
  readonly name: string;
  readonly run: (scene: Scene) => Promise<void>;
}

const WEIGHTS = {
  "kill -9": 8,
  "kill -9 while starting": 2,
  "stop and continue": 4,
  "restart engine": 2,
  "cut line": 5,
  "refuse line": 2,
  "late line": 2,
  "one-way line": 3,
  "damage line": 4,
  "full disk": 3,
} as const;
export const FAULTS = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];
type FaultName = (typeof FAULTS)[number];

const one = <T>(list: readonly T[], pick: Picks): T => list[pick.below(list.length)] as T;

function pidOf(scene: Scene, name: string): number {
  const pid = scene.pids()[name];
  if (pid === undefined || pid === 0) throw new Error(`${name} has no process`);
  return pid;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += POLL_MS) {
    if (waited > BACK_MS) throw new Error(`${what}: not within ${BACK_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function present(scene: Scene, name: string): Promise<number> {
  await until(`${name} there`, () => (scene.pids()[name] ?? 0) !== 0);
  return pidOf(scene, name);
}

/** It was started again: another process, which says that it is ready. */
const back = (scene: Scene, name: string, before: number): Promise<void> =>
  until(`${name} back`, () => (scene.pids()[name] ?? before) !== before);

/** Two faults of a round may have chosen the same process: what is dead already is not killed. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

async function kill(scene: Scene, name: string, signal: NodeJS.Signals): Promise<void> {
  const pid = await present(scene, name);
  send(pid, signal);
  await back(scene, name, pid);
}

async function stopFor(scene: Scene, name: string, ms: number): Promise<void> {
  const pid = await present(scene, name);
  send(pid, "SIGSTOP");
  try {
    await sleep(ms);
  } finally {
    send(pid, "SIGCONT");
  }
}

/** The line is used again after what was done to it. */
async function flows(wire: Wire): Promise<void> {
  const { up } = wire.passed;
  await until("the line used again", () => wire.passed.up > up);
}

const LINES = ["terminal", "replication", "nats"] as const;
/** Bits in what NATS carries are nobody's to notice but the batch's signature: a damaged log stays damaged. */
const DAMAGED_LINES = ["terminal", "replication"] as const;

function fault(name: FaultName, pick: Picks): Fault {
  const made = (what: string, run: Fault["run"]): Fault => ({ name: `${name}: ${what}`, run });
  const ms = (most: number): number => 100 + pick.below(most);
  const direction: Direction = pick.oneIn(2) ? "up" : "down";
  switch (name) {
    case "kill -9": {
      const victim = one([...PROCESSES, ...PROCESSES, "metatrader-connector", ...ENGINES], pick);
      return made(victim, (scene) => kill(scene, victim, "SIGKILL"));
    }
    case "kill -9 while starting": {
      const victim = one(["metatrader-connector", "trading-engine", "database-service"], pick);
      const wait = ms(300);
      return made(`${victim}, again ${wait} ms after it was back`, async (scene) => {
        await kill(scene, victim, "SIGKILL");
        await sleep(wait);
        await kill(scene, victim, "SIGKILL");
      });
    }
    case "stop and continue": {
      const victim = one([...PROCESSES, ...ENGINES, "terminal"], pick);
      const span = ms(pick.oneIn(4) ? 7_000 : 1_500);
      return made(`${victim} for ${span} ms`, (scene) => stopFor(scene, victim, span));
    }
    case "restart engine": {
      const victim = one([...ENGINES, "database-service"], pick);
      return made(victim, (scene) => kill(scene, victim, victim === "postgres" ? "SIGINT" : "SIGTERM"));
    }
    case "cut line": {
      const line = one(LINES, pick);
      return made(line, async ({ wires }) => {
        wires[line].cut();
        await flows(wires[line]);
      });
    }
    case "refuse line": {
      const line = one(LINES, pick);
      const span = ms(3_000);
      return made(`${line} for ${span} ms`, async ({ wires }) => {
        await wires[line].refuse(span);
        await flows(wires[line]);
      });
    }
    case "late line": {
      const line = one(LINES, pick);
      const late = ms(200);
      return made(`${line} by ${late} ms`, ({ wires }) => wires[line].delay(late, 1_500));
    }
    case "one-way line": {
      const line = one(LINES, pick);
      const span = ms(pick.oneIn(4) ? 8_000 : 2_000);
      return made(`${line}, nothing ${direction} for ${span} ms`, ({ wires }) => wires[line].hold(direction, span));
    }
    case "damage line": {
      const line = one(DAMAGED_LINES, pick);
      const bit = pick.word();
      return made(`${line} ${direction}`, async ({ wires }) => {
        const before = wires[line].damaged;
        wires[line].damage(direction, bit);
        await until("a chunk to damage", () => wires[line].damaged > before);
        await flows(wires[line]);
      });
    }
    case "full disk": {
      const span = 1_000 + ms(5_000);
      const restart = pick.oneIn(2);
      return made(`for ${span} ms${restart ? ", the connector killed on it" : ""}`, (scene) =>
        full(scene, span, restart),
      );
    }
  }
}

async function full(scene: Scene, ms: number, restart: boolean): Promise<void> {
  const { disk } = scene;
  if (!disk) return;
  const pid = await present(scene, "metatrader-connector");
  disk.fill();
  try {
    if (restart) send(pid, "SIGKILL");
    await sleep(ms);
  } finally {
    disk.free();
  }
  // What ended on the full disk comes back; what went on is there still, or says that it has failed.
  if (restart) await back(scene, "metatrader-connector", pid);
  await present(scene, "metatrader-connector");
  await lookAfter(scene);
}

/** The person that a failed box asks for: there is space again, so it is restarted. */
export async function lookAfter(scene: Scene): Promise<void> {
  if (await scene.edgeFailed()) await kill(scene, "metatrader-connector", "SIGTERM");
}

/** The round's faults: mostly one, now and then two at a time. */
export function draw(pick: Picks, o: { readonly disk: boolean; readonly only: readonly string[] }): Fault[] {
  const wanted = FAULTS.filter((name) => o.only.length === 0 || o.only.includes(name));
  const names = wanted.filter((name) => o.disk || name !== "full disk");
  const bag = names.flatMap((name) => Array.from({ length: WEIGHTS[name] }, () => name));
  return Array.from({ length: pick.oneIn(5) ? 2 : 1 }, () => fault(one(bag, pick), pick));
}
