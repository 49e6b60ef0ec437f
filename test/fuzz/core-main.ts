// npm run fuzz -- [--inputs N] [--seed S] [--index I]: streams of records against the core (core-fuzz.ts), as many as wanted.
import { parseArgs } from "node:util";
import { Finding } from "./core-checks.ts";
import { fuzzCore } from "./core-fuzz.ts";

const HELP = `npm run fuzz -- [--inputs N] [--seed S] [--index I]
  --inputs  streams of up to 10 records (default 1000000)
  --seed    whole number (default 1); a stream is made from seed and index alone
  --index   first stream (default 0): with --inputs 1 it repeats a finding`;

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    index: { type: "string", default: "0" },
    help: { type: "boolean" },
  },
});
const [inputs, seed, index] = [values.inputs, values.seed, values.index].map(Number) as [number, number, number];
if (values.help) console.log(HELP);
else if (![inputs, seed, index].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  process.stderr.write(`--inputs, --seed and --index take whole numbers\n${HELP}\n`);
  process.exitCode = 2;
} else {
  const began = performance.now();
  try {
    const { records, refused } = await fuzzCore({ seed, inputs, index });
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `${inputs.toLocaleString("en-US")} streams, ${records.toLocaleString("en-US")} records, ${refused.toLocaleString("en-US")} refused by name, ` +
        `no finding; ${Math.round(inputs / seconds).toLocaleString("en-US")} streams/s`,
    );
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
