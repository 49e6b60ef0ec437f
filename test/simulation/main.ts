// npm run simulate: the whole system under one seed and virtual time.
import { parseArgs } from "node:util";
import { registerMutant } from "./mutants/register.ts";

const HELP = `npm run simulate -- [options]: box, terminal, lines, cloud, disks and clocks in one process, under one seed

  --seeds N        so many seeds, one after the other (1)
  --seed S         the first: a whole number, or a commit's hash (1)
  --without LIST   faults to switch off, separated by commas
  --until S        all faults stop after S simulated seconds
  --trace          every line of the trace
  --mutant NAME    with a deliberate bug; ends at the first seed that finds it
  --explain        with --mutant: the smallest failing run and its trace, as for any other violation
  --mutants        every deliberate bug in turn, and a table of what found it
  --node PATH      the same seeds under another Node.js as well: equal traces or it fails
  --timing         real time and rates at the end, on stderr

stdout has no real times: the same seeds print the same bytes. Progress goes to stderr.
Exit: 0 nothing found, 1 a promise was broken (or a bug survived), 3 a state was never reached (from 1,000 seeds on).`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    without: { type: "string", default: "" },
    until: { type: "string" },
    trace: { type: "boolean", default: false },
    mutant: { type: "string" },
    explain: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    node: { type: "string" },
    timing: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  // Before the first module of the system is loaded: a mutant is a change of its source.
  if (values.mutant !== undefined) await registerMutant(values.mutant);
  const { runSeeds } = await import("./run.ts");
  return runSeeds({
    seeds: Number(values.seeds),
    first: /^\d{1,15}$/.test(values.seed) ? Number(values.seed) : Number.parseInt(values.seed.slice(0, 12), 16),
    cut: {
      off: values.without.split(",").filter((name) => name !== ""),
      untilS: values.until === undefined ? undefined : Number(values.until),
    },
    trace: values.trace,
    mutant: values.mutant,
    explain: values.explain,
    node: values.node,
    timing: values.timing,
  });
}

if (values.help) console.log(HELP);
else if (values.mutants) process.exitCode = await (await import("./mutants/run.ts")).runMutants(Number(values.seeds));
else process.exitCode = await main();
