// Many seeds, or every mutant: runs them, prints what was found, and gives the exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./mutants/all.ts";
import { hashesUnder } from "./other-node.ts";
import { summary, violationReport } from "./report.ts";
import { shrink, switchesOf, without } from "./shrink.ts";
import { simulate } from "./simulate.ts";
import { planOf } from "./swarm.ts";
import { Totals } from "./totals.ts";

/** From so many seeds on a state that was never reached fails the run. */
const COVERAGE_SEEDS = 1_000;
/** A mutant that survives this many has found a blind spot. */
const MUTANT_SEEDS = 400;
const FAILED = 1;
const UNREACHED = 3;

export interface RunOptions {
  readonly seeds: number;
  readonly first: number;
  readonly without: readonly string[];
  readonly trace: boolean;
  readonly mutant: string | undefined;
  /** Another Node.js to hold the traces against. */
  readonly node: string | undefined;
  readonly timing: boolean;
}

export async function runSeeds(o: RunOptions): Promise<number> {
  const totals = new Totals();
  const hashes: string[] = [];
  const began = performance.now();
  const change = (plan: ReturnType<typeof planOf>) => without(plan, o.without);
  for (let i = 0; i < o.seeds; i++) {
    const seed = o.first + i;
    const result = await simulate({ seed, keepTrace: o.trace, change });
    totals.add(result);
    hashes.push(`${seed} ${result.traceHash}`);
    if (o.trace) console.log(result.lines.join("\n"));
    if (o.timing) console.error(`seed ${seed}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    if (!result.violation) continue;
    if (o.mutant !== undefined) {
      console.log(`${o.mutant}: killed by seed ${seed}, the ${i + 1}. tried: ${result.violation.invariant}`);
      return FAILED;
    }
    await explain(seed, o);
  }
  if (o.mutant !== undefined) console.log(`${o.mutant}: SURVIVED ${o.seeds} seeds`);
  else console.log(summary(totals));
  if (o.timing) timing(totals, (performance.now() - began) / 1000);
  if (totals.violations > 0) return FAILED;
  if (o.node !== undefined && !sameUnder(o.node, hashes)) return FAILED;
  const missing = o.seeds >= COVERAGE_SEEDS && o.mutant === undefined ? totals.missing() : [];
  for (const state of missing) console.log(`never reached: ${state}`);
  return missing.length > 0 ? UNREACHED : 0;
}

function sameUnder(binary: string, hashes: readonly string[]): boolean {
  const seeds = hashes.map((line) => Number(line.split(" ")[0]));
  const theirs = hashesUnder(binary, seeds).trim().split("\n");
  const different = hashes.filter((line, i) => line !== theirs[i]);
  console.log(`${hashes.length} traces under ${binary}: ${different.length} differ`);
  for (const line of different) console.log(`  ${line}`);
  return different.length === 0;
}

/** The failing seed again, smaller, with its trace. */
async function explain(seed: number, o: RunOptions): Promise<void> {
  const change = (plan: ReturnType<typeof planOf>) => without(plan, o.without);
  const first = await simulate({ seed, change });
  if (!first.violation) {
    console.log(`seed ${seed}: NOT REPEATABLE: it failed once and not again; the simulation itself is broken`);
    return;
  }
  const plan = change(planOf(seed));
  const { off } = await shrink({ seed, plan, violation: first.violation });
  const all = [...o.without, ...off];
  const result = await simulate({ seed, keepTrace: true, change: (drawn) => without(drawn, all) });
  const needed = switchesOf(without(plan, off));
  const list = all.length > 0 ? ` --without "${all.join(",")}"` : "";
  console.log(violationReport({ result, needed, command: `npm run simulate -- --seed ${seed}${list} --trace` }));
}

function timing(totals: Totals, seconds: number): void {
  const { events, simulatedMs, seeds } = totals;
  console.error(
    `${seconds.toFixed(1)} s real: ${(seeds / seconds).toFixed(1)} seeds/s, ${Math.round(events / seconds)} events/s, ` +
      `${(simulatedMs / 1000 / seconds).toFixed(0)} times real time`,
  );
}

/** Each in a process of its own: what was loaded with one bug must not be used with another. */
export async function runMutants(seeds: number): Promise<number> {
  const survivors: string[] = [];
  for (const { name } of MUTANTS) {
    const args = [fileURLToPath(new URL("./main.ts", import.meta.url)), "--mutant", name];
    const child = spawn(process.execPath, [...args, "--seeds", String(Math.max(seeds, MUTANT_SEEDS))], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== FAILED) survivors.push(name);
  }
  console.log(
    `${MUTANTS.length} mutants, ${survivors.length} survived${survivors.map((name) => `: ${name}`).join("")}`,
  );
  return survivors.length > 0 ? FAILED : 0;
}
