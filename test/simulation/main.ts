// npm run simulate: the whole system under one seed and virtual time.
//   --seeds N        so many seeds, one after the other (1)
//   --seed S         the first: a whole number, or a commit's hash (1)
//   --without LIST   faults to switch off, separated by commas
//   --trace          every line of the trace
//   --mutant NAME    with a deliberate bug; ends at the first seed that finds it
//   --mutants        every one of them in turn
//   --node PATH      the same seeds under another Node.js as well: equal traces or it fails
//   --timing         real time and rates, on stderr
import { parseArgs } from "node:util";
import { registerMutant } from "./mutants/register.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    without: { type: "string", default: "" },
    trace: { type: "boolean", default: false },
    mutant: { type: "string" },
    mutants: { type: "boolean", default: false },
    node: { type: "string" },
    timing: { type: "boolean", default: false },
  },
});

// Before the first module of the system is loaded: a mutant is a change of its source.
if (values.mutant !== undefined) await registerMutant(values.mutant);
const { runMutants, runSeeds } = await import("./run.ts");
process.exitCode = values.mutants
  ? await runMutants(Number(values.seeds))
  : await runSeeds({
      seeds: Number(values.seeds),
      first: /^\d{1,15}$/.test(values.seed) ? Number(values.seed) : Number.parseInt(values.seed.slice(0, 12), 16),
      without: values.without.split(",").filter((name) => name !== ""),
      trace: values.trace,
      mutant: values.mutant,
      node: values.node,
      timing: values.timing,
    });
