// Many seeds: runs them, prints what was found, and gives the exit code.
import { hashesUnder } from "./other-node.ts";
import { summary, violationReport } from "./report.ts";
import { type Cut, cut, shrink, switchesOf } from "./shrink.ts";
import { simulate } from "./simulate.ts";
import { planOf } from "./swarm.ts";
import { Totals } from "./totals.ts";

/** From so many seeds on a state that was never reached fails the run. */
const COVERAGE_SEEDS = 1_000;
const PROGRESS_MS = 10_000;
const FAILED = 1;
const UNREACHED = 3;

export interface RunOptions {
  readonly seeds: number;
  readonly first: number;
  /** What is taken away from what each seed draws. */
  readonly cut: Cut;
  readonly trace: boolean;
  readonly mutant: string | undefined;
  readonly explain: boolean;
  /** Another Node.js to hold the traces against. */
  readonly node: string | undefined;
  readonly timing: boolean;
}

export async function runSeeds(o: RunOptions): Promise<number> {
  const totals = new Totals();
  const hashes: string[] = [];
  const began = performance.now();
  const tell = progress(o.seeds);
  const stop = onInterrupt();
  for (let i = 0; i < o.seeds && !stop.asked; i++) {
    const seed = o.first + i;
    const result = await simulate({ seed, keepTrace: o.trace, change: (plan) => cut(plan, o.cut) });
    totals.add(result);
    hashes.push(`${seed} ${result.traceHash}`);
    if (o.trace) console.log(result.lines.join("\n"));
    tell(totals, seed);
    if (!result.violation) continue;
    if (o.mutant !== undefined) {
      console.log(`${o.mutant}: killed by seed ${seed}, the ${i + 1}. tried: ${result.violation.invariant}`);
      if (o.explain) await explain(seed, o);
      return FAILED;
    }
    await explain(seed, o);
  }
  if (o.mutant !== undefined) console.log(`${o.mutant}: SURVIVED ${totals.seeds} seeds`);
  else console.log(summary(totals));
  if (o.timing) timing(totals, (performance.now() - began) / 1000);
  if (totals.violations > 0) return FAILED;
  if (o.node !== undefined && !sameUnder(o.node, hashes)) return FAILED;
  const missing = totals.seeds >= COVERAGE_SEEDS && o.mutant === undefined ? totals.missing() : [];
  for (const state of missing) console.log(`never reached: ${state}`);
  return missing.length > 0 ? UNREACHED : 0;
}

/** Ctrl-C ends the run after the seed that is under way: what was seen so far is printed. */
function onInterrupt(): { readonly asked: boolean } {
  const stop = { asked: false };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      stop.asked = true;
    });
  return stop;
}

/** Now and then, on stderr. */
function progress(seeds: number): (totals: Totals, seed: number) => void {
  let told = performance.now();
  return (totals, seed) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    console.error(`${totals.seeds} of ${seeds} seeds (the last: ${seed}), ${totals.violations} violations`);
  };
}

function sameUnder(binary: string, hashes: readonly string[]): boolean {
  const seeds = hashes.map((line) => Number(line.split(" ")[0]));
  const theirs = hashesUnder(binary, seeds).trim().split("\n");
  const different = hashes.filter((line, i) => line !== theirs[i]);
  console.log(`${hashes.length} traces under ${binary}: ${different.length} differ`);
  for (const line of different) console.log(`  ${line}`);
  return different.length === 0;
}

/** The failing seed again, as small as it gets, with its trace. */
async function explain(seed: number, o: RunOptions): Promise<void> {
  const first = await simulate({ seed, change: (plan) => cut(plan, o.cut) });
  if (!first.violation) {
    console.log(`seed ${seed}: NOT REPEATABLE: it failed once and not again; the simulation itself is broken`);
    return;
  }
  console.error(`seed ${seed} fails: making it smaller`);
  const least = await shrink({ seed, cut: o.cut, violation: first.violation });
  const result = await simulate({ seed, keepTrace: true, change: (plan) => cut(plan, least) });
  const plan = cut(planOf(seed), least);
  console.log(
    violationReport({ result, needed: switchesOf(plan), faultsS: plan.faultsS, command: commandOf(seed, o, least) }),
  );
}

function commandOf(seed: number, { mutant }: RunOptions, { off, untilS }: Cut): string {
  const options = [
    ...(mutant === undefined ? [] : [`--mutant ${mutant}`]),
    ...(untilS === undefined ? [] : [`--until ${untilS}`]),
    ...(off.length > 0 ? [`--without "${off.join(",")}"`] : []),
  ];
  return ["npm run simulate --", `--seed ${seed}`, ...options, "--trace"].join(" ");
}

function timing(totals: Totals, seconds: number): void {
  const { events, simulatedMs, seeds } = totals;
  const { user, system } = process.cpuUsage();
  console.error(
    `${seconds.toFixed(1)} s real, ${((user + system) / 1e6).toFixed(1)} s of processor time: ` +
      `${(seeds / seconds).toFixed(1)} seeds/s, ${Math.round(events / seconds)} events/s, ` +
      `${(simulatedMs / 1000 / seconds).toFixed(0)} times real time`,
  );
}
