// A day of real ticks through the whole system as processes: lines cut, the terminal and the box killed, eight hours without
// the cloud, and the broker's clock changed by an hour. Then the books: every tick of the day in the journal once, no order
// twice, positions as the terminal has them, everything verified and projected by the cloud.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { utcMsOf, zoneOf } from "#proto/broker-zone.ts";
import { parseStartOptions, type StartOptions } from "../../start/options.ts";
import { type System, startSystem } from "../../start/system.ts";
import { alertProblems, errorsOf, GRAVE, proofProblems, quiet, until } from "../chaos/chaos.ts";
import { type Books, problemsOf } from "../chaos/ledger.ts";
import type { Scene } from "../chaos/nemesis.ts";
import { Wire } from "../chaos/wire.ts";
import { Choices } from "../choices.ts";
import { type DayFiles, type DayMarket, describeDay, marketOf } from "./market.ts";
import { type DayCounts, plan, type Strike } from "./plan.ts";

const HOUR_MS = 3_600_000;
const BACK_MS = 90_000;
const LIVE_MS = 60_000;

/** Trades as often as it can, with intents that outlive what a fast clock makes of a millisecond. */
const SETTINGS = {
  limits: {
    spread_max_points: 100_000,
    quote_age_max_ms: 3_600_000,
    ...{ order_volume_max_lots: 1, position_volume_max_lots: 2, order_notional_max: 1e9, gross_exposure_max: 1e9 },
    ...{ net_exposure_max: 1e9, currency_exposure_max: 1e9, correlated_exposure_max: 1e9, leverage_max: 1000 },
    ...{ daily_loss_max: 1e6, daily_realised_loss_max: 1e6, drawdown_max: 1e6, loss_streak_max: 100_000 },
    ...{ collar_points: 1e6, collar_period_points: 1e6 },
  },
  strategy: { enter_edge_ppm: 0, exit_edge_ppm: 1_000, hold_max_ms: 1_800_000, intent_life_ms: 3_600_000 },
};

export interface DayOptions extends DayFiles, DayCounts {
  readonly seed: number;
  /** Market time against real time. */
  readonly speed: number;
  readonly downHours: number;
  readonly say: (line: string) => void;
}

export interface DayReport {
  readonly seed: number;
  readonly speed: number;
  readonly market: DayMarket;
  readonly struck: Readonly<Record<string, number>>;
  readonly restarts: Readonly<Record<string, number>>;
  /** The broker's offsets from UTC that the connector was told, seconds, in order. */
  readonly offsets_s: readonly number[];
  readonly journaled: number;
  readonly records: number;
  readonly order_intents: number;
  readonly deals: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

export async function day(o: DayOptions): Promise<DayReport> {
  const market = await describeDay(o);
  const dir = mkdtempSync(join(tmpdir(), "lockstep-day-"));
  const wires: Partial<Record<keyof Scene["wires"], Wire>> = {};
  const before = { zone: process.env.LOCKSTEP_BROKER_ZONE, config: process.env.LOCKSTEP_EDGE_CONFIG };
  process.env.LOCKSTEP_BROKER_ZONE = "ny-close";
  process.env.LOCKSTEP_EDGE_CONFIG = join(dir, "edge-settings.json");
  writeFileSync(process.env.LOCKSTEP_EDGE_CONFIG, JSON.stringify(SETTINGS));
  let system: System | undefined;
  try {
    system = await startSystem(
      optionsOf(o, dir),
      () => undefined,
      async (line, port) => {
        const { wire, port: own } = await Wire.before(port);
        wires[line] = wire;
        return own;
      },
    );
    const running = system;
    await until("the terminal live", LIVE_MS, () => running.terminal().live === true);
    const scene: Scene = {
      pids: () => running.supervisor.pids(),
      wires: wires as Scene["wires"],
      disk: undefined,
      edgeFailed: async () => false,
    };
    const struck = await strikeAll(o, market, { system: running, scene });
    const { figures, books, last } = await quietAfter(running, scene, { dir, market });
    const ledger = { dir, seed: o.seed, symbols: Object.keys(market.bySymbol), figures, terminal: last };
    const errors = errorsOf(dir);
    const problems = [
      ...(await problemsOf(ledger, books, marketOf(o))),
      ...missingTicks(market, books),
      ...proofProblems(dir, figures),
      ...alertProblems(books.alerts),
      ...Object.keys(errors).filter((name) => GRAVE.test(name)),
    ];
    return {
      seed: o.seed,
      speed: o.speed,
      market,
      struck,
      restarts: Object.fromEntries(running.supervisor.restarts),
      offsets_s: books.offsets,
      journaled: books.byKind.tick ?? 0,
      records: books.records,
      order_intents: books.byKind.order_intent ?? 0,
      deals: books.deals.length,
      errors,
      problems,
    };
  } finally {
    restore("LOCKSTEP_BROKER_ZONE", before.zone);
    restore("LOCKSTEP_EDGE_CONFIG", before.config);
    await system?.supervisor.stop();
    for (const wire of Object.values(wires)) await wire.close();
    if (process.env.LOCKSTEP_CHAOS_KEEP) o.say(`kept: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

function optionsOf(o: DayOptions, dir: string): StartOptions {
  const args = ["--ticks", ...o.ticks, "--speed", String(o.speed), "--seed", String(o.seed), "--data", dir];
  const options = parseStartOptions([...args, "--ports", "auto"]);
  if (!options) throw new Error("these options are no question for help");
  return { ...options, terminalArgs: ["--zone", "ny-close", `--move-days=${o.moveDays}`] };
}

interface Box {
  readonly system: System;
  readonly scene: Scene;
}

/** Market time as the terminal keeps it. */
const marketMs = ({ system }: Box): number => Date.parse(String(system.terminal().market_time ?? 0)) || 0;

async function strikeAll(o: DayOptions, market: DayMarket, box: Box): Promise<Record<string, number>> {
  const strikes = plan(new Choices(o.seed), {
    ...o,
    fromMs: market.firstMs,
    toMs: market.lastMs,
    downMs: o.downHours * HOUR_MS,
  });
  const counts: Record<string, number> = {};
  const running: Promise<void>[] = [];
  const spanMs = (market.lastMs - market.firstMs) / o.speed;
  for (const strike of strikes) {
    await until(
      `market time ${new Date(strike.atMs).toISOString()}`,
      spanMs + LIVE_MS,
      () => marketMs(box) >= strike.atMs,
    );
    o.say(`${new Date(strike.atMs).toISOString()} ${strike.what}${"line" in strike ? `: ${strike.line}` : ""}`);
    counts[strike.what] = (counts[strike.what] ?? 0) + 1;
    const done = struck(strike, box, o.speed);
    // Hours without the line go on while the rest happens.
    if (strike.what === "line down") running.push(done);
    else await done;
  }
  await Promise.all(running);
  return counts;
}

async function struck(strike: Strike, { scene }: Box, speed: number): Promise<void> {
  if (strike.what === "disconnect") scene.wires[strike.line].cut();
  else if (strike.what === "line down") await scene.wires.replication.refuse(strike.forMs / speed);
  else await killed(scene, strike.what === "edge kill" ? "metatrader-connector" : "terminal");
}

async function killed(scene: Scene, name: string): Promise<void> {
  await until(`${name} there`, BACK_MS, () => (scene.pids()[name] ?? 0) !== 0);
  const pid = scene.pids()[name] as number;
  process.kill(pid, "SIGKILL");
  await until(`${name} back`, BACK_MS, () => (scene.pids()[name] ?? pid) !== pid);
}

/** The day is over when the terminal has nothing more to say: then the books can be closed. */
async function quietAfter(
  system: System,
  scene: Scene,
  o: { dir: string; market: DayMarket },
): ReturnType<typeof quiet> {
  await until("the last tick of the day", LIVE_MS, async () => {
    await sleep(100);
    const told = system.terminal();
    return told.live === true && marketMs({ system, scene }) >= o.market.lastMs;
  });
  return quiet(system, scene, o.dir);
}

function missingTicks({ ticks, bySymbol }: DayMarket, books: Books): string[] {
  return Object.entries(bySymbol).flatMap(([symbol, count]) => {
    const journaled = books.ticks.get(symbol)?.length ?? 0;
    return journaled === count ? [] : [`${symbol}: ${count} of the day's ${ticks} ticks, ${journaled} in the journal`];
  });
}

/** The clock change of the day to which `date` is moved lies in it: a day on which New York changes. */
export function movedTo(date: string, to: string): number {
  const days = (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${date}T00:00:00Z`)) / (24 * HOUR_MS);
  const noon = Date.parse(`${to}T12:00:00Z`);
  const zone = zoneOf("ny-close");
  if (utcMsOf(zone, noon) - noon === utcMsOf(zone, noon - 24 * HOUR_MS) - (noon - 24 * HOUR_MS))
    throw new Error(`${to} is no day on which New York changes its clocks`);
  return days;
}
