// npm run fuzz: every parser and boundary under seeded, partly coverage-guided inputs.
import { parseArgs } from "node:util";
import { decodeTape } from "./tape.ts";
import { Finding } from "./target.ts";
import { CANARIES, TARGETS, writeCorpus } from "./targets.ts";
import { watchTarget } from "./watch.ts";

const HELP = `npm run fuzz -- [TARGET...] [options]     all targets unless some are named
  --inputs N   inputs a target (default 1000000)
  --seed S     whole number (default 1); an input is made from seed, index and corpus alone
  --index I    first input (default 0): with --inputs 1 it repeats a finding
  --tape T     plays one tape, as a finding prints it
  --smoke      the sizes of npm test
  --grow       follows V8's block coverage and keeps the tapes that reach new code in test/fuzz/corpus
  --list       names the targets
An input that takes more than 30 s, a heap above 512 MB or a process that grows by more than 1 GB is a finding.`;

/** Of a target that npm test plays elsewhere. */
const SMOKE_INPUTS = 20_000;

const n = (value: number): string => Math.round(value).toLocaleString("en-US");

function list(): void {
  for (const [kind, entries] of [
    ["", TARGETS],
    [" (must fail)", CANARIES],
  ] as const)
    for (const [name, { what }] of Object.entries(entries)) console.log(`${name.padEnd(22)} ${what}${kind}`);
}

interface Options {
  readonly inputs: number;
  readonly seed: number;
  readonly index: number;
  readonly tape: string | undefined;
  readonly smoke: boolean;
  readonly grow: boolean;
}

/** True when nothing was found. */
async function fuzzOne(name: string, o: Options): Promise<boolean> {
  const inputs = o.smoke ? TARGETS[name]?.smoke || SMOKE_INPUTS : o.inputs;
  const tape = o.tape === undefined ? {} : { tape: decodeTape(o.tape) };
  try {
    const answer = await watchTarget({ name, seed: o.seed, index: o.index, inputs, grow: o.grow, ...tape });
    if (answer.type === "grown") {
      writeCorpus(name, answer.corpus);
      console.log(`${name}: ${answer.corpus.length} tapes kept, ${n(answer.blocks)} characters of product code ran`);
      return true;
    }
    const { report, grownMb } = answer;
    const reached = report.reached.filter(([, count]) => count > 0).length;
    const rate = (report.inputs * 1000) / Math.max(report.ms, 1);
    console.log(
      `${name.padEnd(22)} ${n(report.inputs).padStart(11)} inputs  ${n(rate).padStart(7)}/s  ` +
        `${reached} of ${report.reached.length} outcomes  ${grownMb} MB grown  nothing found`,
    );
    return true;
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    console.error(error.message);
    return false;
  }
}

const whole = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { ...whole, default: "1000000" },
    seed: { ...whole, default: "1" },
    index: { ...whole, default: "0" },
    tape: { type: "string" },
    smoke: flag,
    grow: flag,
    list: flag,
    help: flag,
  },
});
const numbers = [values.inputs, values.seed, values.index].map(Number) as [number, number, number];
const unknown = positionals.filter((name) => !(name in TARGETS) && !(name in CANARIES));
if (values.help) console.log(HELP);
else if (values.list) list();
else if (unknown.length > 0 || !numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error(unknown.length > 0 ? `no target ${unknown.join(", ")}: --list names them` : HELP);
  process.exitCode = 2;
} else {
  const [inputs, seed, index] = numbers;
  const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
  const { tape, smoke, grow } = values;
  for (const name of names)
    if (!(await fuzzOne(name, { inputs, seed, index, tape, smoke, grow }))) process.exitCode = 1;
}
