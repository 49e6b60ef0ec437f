// A failing seed made smaller, as long as the same promise is still broken: all faults stop earlier, by halving, and one
// after the other is switched off. What is left is what it takes.
import { simulate } from "./simulate.ts";
import { type Plan, planOf } from "./swarm.ts";
import type { ViolationFound } from "./world.ts";

/** Names of everything that can be switched off in this plan: strikes, and rates of the lines, the broker, the EA, the bus. */
export function switchesOf(plan: Plan): string[] {
  const rates = Object.entries({ ...plan.broker, ...plan.eaFaults, ...plan.bus }).filter(([, rate]) => rate > 0);
  const line = (["damage", "lose", "duplicate"] as const).filter((name) => plan.cloudLine[name] > 0);
  return [
    ...plan.rates.keys(),
    ...rates.map(([name]) => name),
    ...line.map((name) => `line ${name}`),
    ...(plan.wireDamage > 0 ? ["wire damage"] : []),
    ...(plan.cloudDies ? ["cloud dies"] : []),
  ];
}

const zeroed = <T extends object>(rates: T, off: ReadonlySet<string>): T =>
  Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, off.has(name) ? 0 : rate])) as T;

/** The plan with these switched off. */
export function without(plan: Plan, names: readonly string[]): Plan {
  const off = new Set(names);
  const line = { ...plan.cloudLine };
  for (const name of ["damage", "lose", "duplicate"] as const)
    if (off.has(`line ${name}`)) Object.assign(line, { [name]: 0 });
  return {
    ...plan,
    rates: new Map([...plan.rates].filter(([strike]) => !off.has(strike))),
    broker: zeroed(plan.broker, off),
    eaFaults: zeroed(plan.eaFaults, off),
    bus: zeroed(plan.bus, off),
    cloudLine: line,
    wireDamage: off.has("wire damage") ? 0 : plan.wireDamage,
    cloudDies: plan.cloudDies && !off.has("cloud dies"),
  };
}

/** What of a plan is taken away: faults by name, and all of them after so many seconds. */
export interface Cut {
  readonly off: readonly string[];
  readonly untilS: number | undefined;
}

export const cut = (plan: Plan, { off, untilS }: Cut): Plan => ({
  ...without(plan, off),
  faultsS: Math.min(plan.faultsS, untilS ?? plan.faultsS),
});

/** Seconds between an end of the faults that still fails and one that does not. */
const PREFIX_S = 0.1;

const toMs = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** The same promise is still broken: first the shortest prefix of faults, then one fault less after the other, then both. */
export async function shrink(o: { seed: number; cut: Cut; violation: ViolationFound }): Promise<Cut> {
  let best = o.cut;
  const fails = async (attempt: Cut): Promise<boolean> => {
    const { violation } = await simulate({ seed: o.seed, change: (plan) => cut(plan, attempt) });
    if (violation?.invariant !== o.violation.invariant) return false;
    best = attempt;
    return true;
  };
  const plan = cut(planOf(o.seed), best);
  // What happened before the promise broke is enough, unless it broke in the quiet.
  const firstS = toMs(Math.min(plan.faultsS, Math.ceil(o.violation.timeUs / 1000) / 1000));
  await shortest({ most: plan.faultsS, first: firstS, fails: (untilS) => fails({ ...best, untilS }) });
  for (const name of switchesOf(plan)) await fails({ ...best, off: [...best.off, name] });
  const most = best.untilS ?? plan.faultsS;
  await shortest({ most, first: most / 2, fails: (untilS) => fails({ ...best, untilS }) });
  return best;
}

async function shortest(o: {
  most: number;
  first: number;
  fails: (untilS: number) => Promise<boolean>;
}): Promise<void> {
  let [less, more] = [0, o.most];
  for (let at = o.first < o.most ? o.first : o.most / 2; more - less > PREFIX_S; at = (less + more) / 2)
    if (await o.fails(toMs(at))) more = at;
    else less = at;
}
