// Strikes: faults that happen at moments, each at a rate of its own that the seed has drawn, from the first moment until
// the quiet phase. What each one does stands in strike-*.ts.

import { CLOUD_STRIKES } from "./strikes-cloud.ts";
import { EDGE_STRIKES } from "./strikes-edge.ts";
import { PEOPLE_STRIKES } from "./strikes-people.ts";
import type { Strike } from "./swarm.ts";
import type { System } from "./system.ts";

const MINUTE_US = 60_000_000;

export type StrikeAct = (system: System) => void;

const ACTS: Readonly<Record<Strike, StrikeAct>> = { ...EDGE_STRIKES, ...CLOUD_STRIKES, ...PEOPLE_STRIKES };

export function unleash(system: System): void {
  for (const [strike, rate] of system.world.plan.rates) schedule(system, strike, rate);
}

function schedule(system: System, strike: Strike, rate: number): void {
  const { world } = system;
  const wait = world.random(`when ${strike}`).exponential(MINUTE_US / rate);
  const at = world.nowUs + wait;
  if (at >= world.plan.faultsS * 1_000_000) return;
  world.scheduler.at(at, () => {
    schedule(system, strike, rate);
    // A disk that lies is enough for one run.
    if (system.byzantine) return "idle";
    world.say("nemesis", "strike", strike);
    world.reach(`strike: ${strike}`);
    ACTS[strike](system);
    return undefined;
  });
}
