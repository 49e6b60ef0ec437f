// What one seed is about: which faults there are at all and how often, how large things are, how the market moves. Swarm
// testing: most faults are off in most runs, so that rare combinations are not drowned by the loud ones.
import { STAGED_BYTES_MAX } from "#proto/limits.ts";
import type { BrokerFaults } from "../terminal/broker-types.ts";
import { type LinkFaults, NO_FAULTS } from "../terminal/faults.ts";
import { SeededRandom } from "../terminal/random.ts";
import { KNOWN_SYMBOLS } from "../terminal/specs.ts";
import type { BusFaults } from "./memory-bus.ts";
import type { LineNature } from "./network.ts";
import { drawLimits, type Limits } from "./settings.ts";

/** Faults that strike at moments: how often a minute, at most. Each is a switch of its own. */
export const STRIKES = {
  "wire cut": 6,
  "wire half-open": 2,
  "wire one-way": 2,
  "wire stall": 4,
  "line cut": 8,
  "line half-open": 3,
  "line one-way": 3,
  "line stall": 5,
  "line refused": 2,
  swizzle: 2,
  "edge killed": 5,
  "edge power": 5,
  "edge power at write": 6,
  "edge power in recovery": 3,
  "edge pause": 3,
  "edge restart": 2,
  "new limits": 2,
  "new model": 2,
  "another core": 1,
  "newer journal": 1,
  "double enrolment": 3,
  "disk sync fails": 3,
  "disk full": 2,
  "disk short write": 2,
  "disk slow": 3,
  "disk stuck": 2,
  "disk damage": 2,
  "disk lost write": 1,
  "disk misdirected write": 1,
  "disk old image": 1,
  "snapshot damage": 2,
  "clock step": 4,
  "clock rate": 3,
  "terminal restart": 3,
  "terminal amnesia": 1,
  "amnesia at an order": 3,
  "broker time": 1,
  "bad ticks": 6,
  "foreign trade": 3,
  "bridge killed": 4,
  "engine killed": 4,
  "projector killed": 4,
  "bridge pause": 2,
  "log away": 3,
  "log restored": 1,
  "tables lost": 1,
  "tables away": 2,
  "two workers": 1,
  "worker of another core": 1,
  "operator command": 4,
  lease: 8,
  "news window": 2,
  "forged batch": 3,
  "replayed batch": 3,
  "forked batch": 2,
  "foreign edge": 2,
  "wrong core": 1,
  "wrong layout": 1,
  "forged frame": 3,
  "second terminal": 3,
} as const;

export type Strike = keyof typeof STRIKES;

export interface Plan {
  readonly seed: number;
  readonly symbols: readonly string[];
  readonly startUtcMs: number;
  /** Market time against the clock: bars close that much more often. */
  readonly marketSpeed: number;
  readonly tickMeanMs: number;
  readonly hedging: boolean;
  readonly brokerOffsetMs: number;
  readonly terminalSkewMs: number;
  readonly edgeSkewMs: number;
  readonly edgeRate: number;
  readonly modelWeight: number;
  readonly limits: Limits;
  readonly snapshotRecords: number;
  readonly keepRecords: number;
  /** Above so many bytes that are not durable yet, the box reads nothing from the EA. */
  readonly stagedBytes: number;
  readonly sizes: { readonly segmentSlots: number; readonly batchSlots: number; readonly groupSlots: number };
  readonly broker: BrokerFaults;
  readonly eaFaults: LinkFaults;
  readonly cloudLine: LineNature;
  readonly wireDamage: number;
  readonly bus: BusFaults;
  /** Strikes a minute; absent = switched off. */
  readonly rates: ReadonlyMap<Strike, number>;
  /** Virtual seconds with faults. */
  readonly faultsS: number;
  /** In the end: the line to the cloud stays dead for ever. */
  readonly cloudDies: boolean;
}

const MONDAY_MS = Date.UTC(2025, 2, 3);
const HOUR_MS = 3_600_000;
/** Shortly before midnight UTC, so that a day begins in the run. */
const BEFORE_MIDNIGHT_MS = 24 * HOUR_MS - 45_000;

export function planOf(seed: number): Plan {
  const random = new SeededRandom(seed, "swarm");
  // Every tenth run is long, quiet and without any fault: what breaks there breaks always.
  const calm = random.chance(0.1);
  const some = (chance: number, most: number): number => {
    const drawn = random.chance(chance) ? random.uniform() * most : 0;
    return calm ? 0 : drawn;
  };
  const symbols = KNOWN_SYMBOLS.slice(0, 1 + random.below(3));
  const batchSlots = 72 + random.below(90);
  // A box that may keep next to nothing: it deletes segments all the time, whatever the cloud has.
  const scarce = random.chance(0.35);
  return {
    seed,
    symbols,
    startUtcMs: MONDAY_MS + (random.chance(0.2) ? BEFORE_MIDNIGHT_MS : 8 * HOUR_MS + random.below(60) * 1000),
    marketSpeed: [1, 5, 10][random.below(3)] ?? 1,
    tickMeanMs: 200 + random.below(2_500),
    hedging: random.chance(0.5),
    brokerOffsetMs: (random.below(5) - 1) * HOUR_MS,
    terminalSkewMs: some(0.3, 4_000) - some(0.3, 4_000),
    edgeSkewMs: some(0.3, 4_000) - some(0.3, 4_000),
    edgeRate: 1 + some(0.3, 0.05) - some(0.3, 0.05),
    modelWeight: -1,
    limits: drawLimits(random, symbols.length, 1),
    snapshotRecords: scarce ? 15 + random.below(50) : 150 + random.below(600),
    keepRecords: scarce ? random.below(20) : random.below(400),
    stagedBytes: random.chance(0.3) ? 512 + random.below(4_000) : STAGED_BYTES_MAX,
    sizes: { groupSlots: 64, batchSlots, segmentSlots: 66 + 2 * batchSlots + (scarce ? 0 : random.below(300)) },
    ...drawTerminal(some),
    ...drawLines(random, some),
    rates: drawRates(random, calm),
    faultsS: (calm ? 45 : 15) + random.below(30),
    cloudDies: !calm && random.chance(0.1),
  };
}

function drawTerminal(some: (chance: number, most: number) => number): { broker: BrokerFaults; eaFaults: LinkFaults } {
  return {
    broker: {
      reject: some(0.4, 0.2),
      requote: some(0.4, 0.2),
      // Refusals like the two above: nothing of their own to find.
      closed: 0,
      stops: 0,
      partial: some(0.4, 0.5),
      timeout: some(0.4, 0.3),
      lost: some(0.4, 0.3),
      shuffle: some(0.5, 1),
    },
    eaFaults: { ...NO_FAULTS, duplicate: some(0.4, 0.5), silence: some(0.2, 0.1), missing: some(0.3, 0.2) },
  };
}

function drawLines(
  random: SeededRandom,
  some: (chance: number, most: number) => number,
): { cloudLine: LineNature; wireDamage: number; bus: BusFaults } {
  return {
    cloudLine: {
      name: "line",
      whole: true,
      delayUs: { least: 500, mean: 1_000 + random.below(60_000) },
      damage: some(0.2, 0.02),
      lose: some(0.2, 0.02),
      duplicate: some(0.2, 0.05),
      fullBytes: random.chance(0.3) ? 4_000 : 1_000_000,
    },
    wireDamage: some(0.2, 0.005),
    bus: { lostAck: some(0.3, 0.05), redeliver: some(0.4, 0.3), late: some(0.3, 0.1) },
  };
}

function drawRates(random: SeededRandom, calm: boolean): Map<Strike, number> {
  const rates = new Map<Strike, number>();
  const density = random.uniform() * 0.35;
  for (const [strike, most] of Object.entries(STRIKES) as [Strike, number][]) {
    const people = strike === "operator command" || strike === "lease" || strike === "news window";
    const chosen = random.chance(people ? 0.4 : density);
    const rate = random.uniform() * most;
    if (chosen && (!calm || people)) rates.set(strike, rate);
  }
  return rates;
}
