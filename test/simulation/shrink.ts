// A failing seed made smaller: faults are switched off one after the other as long as the same promise is still broken.
// What is left is what it takes.
import { simulate } from "./simulate.ts";
import type { Plan } from "./swarm.ts";
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

export interface Smaller {
  readonly off: readonly string[];
  readonly violation: ViolationFound;
}

export async function shrink(o: { seed: number; plan: Plan; violation: ViolationFound }): Promise<Smaller> {
  let off: string[] = [];
  let { violation } = o;
  for (const name of switchesOf(o.plan)) {
    const attempt = [...off, name];
    const result = await simulate({ seed: o.seed, change: (plan) => without(plan, attempt) });
    if (result.violation?.invariant !== violation.invariant) continue;
    off = attempt;
    violation = result.violation;
  }
  return { off, violation };
}
