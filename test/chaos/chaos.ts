// One run of chaos: the whole system on this machine, a fault injector in every line, a nemesis for so many rounds, then
// quiet, and the books. Used by chaos.test.ts and `npm run chaos`.
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Figures, isSettled, readFigures } from "../../start/figures.ts";
import { parseStartOptions, type StartOptions } from "../../start/options.ts";
import { type Ports, type System, startSystem, urlOf } from "../../start/system.ts";
import { Choices } from "../choices.ts";
import { type Books, problemsOf, readBooks } from "./ledger.ts";
import { draw, lookAfter, type Scene } from "./nemesis.ts";
import { SmallDisk } from "./small-disk.ts";
import { Wire } from "./wire.ts";

const SYMBOLS = "EURUSD,XAUUSD";
const PAUSE_MS = 700;
const LIVE_MS = 120_000;
/** Without faults everything is verified, projected and known within so long. */
const QUIET_MS = 120_000;
/** Snapshots, and what is thrown away behind them, happen in every run. */
process.env.LOCKSTEP_SNAPSHOT_RECORDS ??= "1000";
/** And so do new segments: the records of some ten seconds. */
process.env.LOCKSTEP_SEGMENT_SLOTS ??= "8192";

export interface ChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Market time against real time. */
  readonly speed: string;
  readonly disk: boolean;
  /** Kinds of faults; empty = all. */
  readonly only?: readonly string[];
  /** Ends the run early, with nothing left behind. */
  readonly signal?: AbortSignal;
  say(line: string): void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly rounds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly restarts: Readonly<Record<string, number>>;
  /** Why no round filled the disk; undefined = they did. */
  readonly disk_not_run: string | undefined;
  readonly ticks: number;
  readonly records: number;
  readonly order_intents: number;
  readonly deals: number;
  readonly reconnects: number;
  readonly alerts: Readonly<Record<string, number>>;
  /** Lines of the services' logs at level error, by service and message. */
  readonly errors: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

export async function until(what: string, ms: number, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`);
    await sleep(200);
  }
}

export async function chaos(o: ChaosOptions): Promise<ChaosReport> {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-chaos-"));
  const mounted = o.disk ? SmallDisk.mount(join(dir, "edge")) : "--no-disk was given";
  const disk = typeof mounted === "string" ? undefined : mounted;
  if (typeof mounted === "string") o.say(`rounds with a full disk do not run: ${mounted}`);
  const wires: Partial<Record<keyof Scene["wires"], Wire>> = {};
  const args = ["--speed", o.speed, "--seed", String(o.seed), "--symbols", SYMBOLS, "--data", dir, "--ports", "auto"];
  let system: System | undefined;
  let failed = true;
  try {
    system = await startSystem(
      parseStartOptions(args) as StartOptions,
      () => undefined,
      async (line, port) => {
        const { wire, port: own } = await Wire.before(port);
        wires[line] = wire;
        return own;
      },
    );
    const { supervisor, terminal, ports } = system;
    await until("the terminal live", LIVE_MS, () => terminal().live === true);
    const scene: Scene = {
      pids: () => supervisor.pids(),
      wires: wires as Scene["wires"],
      disk,
      edgeFailed: () => edgeFailed(ports),
    };
    const faults = await rounds(scene, o);
    const { figures, books, last } = await quiet(system, scene, dir);
    const ledger = { dir, seed: o.seed, symbols: SYMBOLS.split(","), figures, terminal: last };
    const errors = errorsOf(dir);
    const problems = [
      ...(await problemsOf(ledger, books)),
      ...proofProblems(dir, figures),
      ...alertProblems(books.alerts),
      ...Object.keys(errors).filter((name) => GRAVE.test(name) && !EXPLAINED.some((known) => known.test(name))),
    ];
    failed = problems.length > 0;
    return {
      seed: o.seed,
      rounds: o.rounds,
      faults,
      restarts: Object.fromEntries(supervisor.restarts),
      disk_not_run: typeof mounted === "string" ? mounted : undefined,
      ticks: books.byKind.tick ?? 0,
      records: books.records,
      order_intents: books.byKind.order_intent ?? 0,
      deals: books.deals.length,
      reconnects: Number(last.reconnects ?? 0),
      alerts: books.alerts,
      errors,
      problems,
    };
  } finally {
    await system?.supervisor.stop();
    for (const wire of Object.values(wires)) await wire.close();
    disk?.unmount();
    if (failed && process.env.LOCKSTEP_CHAOS_KEEP) o.say(`kept: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

/** False also while nobody answers: then it is the supervisor's business. */
async function edgeFailed({ connector }: Ports): Promise<boolean> {
  try {
    const response = await fetch(`${urlOf(connector)}/status`, { signal: AbortSignal.timeout(5_000) });
    const { journal_failed } = (await response.json()) as { journal_failed?: unknown };
    return typeof journal_failed === "object";
  } catch {
    return false;
  }
}

async function rounds(scene: Scene, o: ChaosOptions): Promise<Record<string, number>> {
  const pick = new Choices(o.seed);
  const counts: Record<string, number> = {};
  for (let round = 1; round <= o.rounds; round++) {
    o.signal?.throwIfAborted();
    await sleep(pick.below(PAUSE_MS));
    const faults = draw(pick, { disk: scene.disk !== undefined, only: o.only ?? [] });
    const text = faults.map(({ name }) => name).join("; ");
    o.say(`round ${round}/${o.rounds}: ${text}`);
    for (const { name } of faults) {
      const kind = name.slice(0, name.indexOf(":"));
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    try {
      await Promise.all(faults.map(({ run }) => run(scene)));
    } catch (cause) {
      throw new Error(`seed ${o.seed}, round ${round} (${text}): ${(cause as Error).message}`, { cause });
    }
  }
  return counts;
}

/** No more faults: the market ends, all that was said arrives, and the last figures are read. */
export async function quiet(
  system: System,
  scene: Scene,
  dir: string,
): Promise<{ readonly figures: Figures; readonly books: Books; readonly last: Record<string, unknown> }> {
  const { terminal, supervisor } = system;
  let figures = await readFigures(system.ports);
  await until("live again, no order open", QUIET_MS, async () => {
    await lookAfter(scene);
    figures = await readFigures(system.ports);
    return figures.edge?.link === "live" && figures.edge.open_orders === 0 && terminal().live === true;
  });
  process.kill(supervisor.pids().terminal as number, "SIGTERM");
  await system.terminalDone;
  await until("verified and projected", QUIET_MS, async () => {
    figures = await readFigures(system.ports);
    return isSettled(figures);
  }).catch((error: Error) => {
    const { engine, database } = figures;
    throw new Error(`${error.message}: ${JSON.stringify({ edge: figures.edge, engine, database })}`, { cause: error });
  });
  return { figures, books: readBooks(join(dir, "edge")), last: terminal() };
}

/** The journal by itself: `npm run verify` proves it, and every decision again gives the edge's digest. */
export function proofProblems(dir: string, figures: Figures): string[] {
  try {
    const proof = JSON.parse(
      execFileSync(process.execPath, ["verify.ts", "--json", join(dir, "edge", "journal")], {
        encoding: "utf8",
        stdio: "pipe",
      }),
    ) as { redecided: boolean; outputs_digest: string };
    if (!proof.redecided) return ["verify: the journal's beginning is gone"];
    return proof.outputs_digest === figures.edge?.outputs_digest ? [] : ["verify: decided again it is another digest"];
  } catch (error) {
    return [`verify: ${(error as { stderr?: string }).stderr ?? (error as Error).message}`];
  }
}

/** An alarm, a halt or a death in a log is a problem, */
export const GRAVE = /ALARM|HALTED|unhandled|assertion|Error:/;
/** unless a fault of the nemesis explains it. Everything else at level error is reported, and is no problem by itself. */
const EXPLAINED: readonly RegExp[] = [
  /^metatrader-connector: HALTED: nothing is decided .*: journal: the disk is full while /,
];

/** An order's fate is unknown while a line is down. */
export function alertProblems({ unknown_order: _, ...others }: Books["alerts"]): string[] {
  return Object.entries(others).map(([name, count]) => `${count} alerts of ${name}, which no fault explains`);
}

/** Numbers and ids left out, so that the same thing counts as the same. */
export function errorsOf(dir: string): Record<string, number> {
  const errors: Record<string, number> = {};
  for (const file of globSync(join(dir, "logs", "*.log")))
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const text = errorIn(line);
      if (text === undefined) continue;
      const name = `${basename(file, ".log")}: ${text.replace(/[0-9a-f]{16,}|\d+/g, "#").slice(0, 160)}`;
      errors[name] = (errors[name] ?? 0) + 1;
    }
  return errors;
}

function errorIn(line: string): string | undefined {
  if (line === "") return undefined;
  try {
    const { level, message, error } = JSON.parse(line) as {
      level?: string;
      message?: string;
      error?: { message?: string };
    };
    return level === "error" ? `${message}${error?.message ? `: ${error.message}` : ""}` : undefined;
  } catch {
    // No line of the log: what node says when it dies.
    return /Error|assert/.test(line) ? line : undefined;
  }
}
