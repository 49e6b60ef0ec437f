// node test/oracle/risk-model/main.ts [--streams N] [--seed S] [--index I] [--eager]: random streams against the model.
import { parseArgs } from "node:util";
import { brokenCore } from "../../fuzz/broken-core.ts";
import { EAGER_POLICY } from "./eager-policy.ts";
import { playStream } from "./streams.ts";
import { Difference, Seen } from "./watch.ts";

const HELP = `node test/oracle/risk-model/main.ts [--streams N] [--seed S] [--index I] [--eager]
  --streams  random streams, each from seed and index alone (default 1000)
  --seed     whole number (default 1)
  --index    first stream (default 0): with --streams 1 it repeats a difference
  --eager    the core with a policy that proposes anything (eager-policy.ts)
  --counts   print how often each thing was seen`;

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    index: { type: "string", default: "0" },
    eager: { type: "boolean", default: false },
    counts: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [streams, seed, first] = [values.streams, values.seed, values.index].map(Number) as [number, number, number];
if (values.help) console.log(HELP);
else if (![streams, seed, first].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  process.stderr.write(`--streams, --seed and --index take whole numbers\n${HELP}\n`);
  process.exitCode = 2;
} else await run();

async function run(): Promise<void> {
  const seen = new Seen();
  const wasm = values.eager ? await brokenCore(...EAGER_POLICY) : undefined;
  const began = performance.now();
  try {
    for (let index = first; index < first + streams; index++) await playStream({ seed, index, seen, wasm });
  } catch (error) {
    if (!(error instanceof Difference)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const seconds = (performance.now() - began) / 1000;
  if (values.counts)
    for (const [what, times] of [...seen.counts].sort()) console.log(`${String(times).padStart(9)}  ${what}`);
  console.log(
    `${streams} streams, ${seen.verdicts} verdicts (${seen.accepted} accepted), every field as the model says; ` +
      `${Math.round(seen.verdicts / seconds)} verdicts/s`,
  );
}
