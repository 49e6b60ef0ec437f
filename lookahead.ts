// npm run lookahead -- [FILE... | DIR] [--cuts N] [--seed S] [--json]: shows that no output depends on a later record, and that
// nothing was traded on before warm-up.
import { parseArgs } from "node:util";
import { LockstepError } from "#proto/errors.ts";
import { checkLookahead } from "./start/lookahead.ts";
import { SHIPPED_MODEL } from "./start/models.ts";

const HELP = `npm run lookahead -- [FILE... | DIR] [--cuts N] [--from-start N] [--seed S] [--model FILE]... [--sealed] [--json]
  FILE...       MT5 tick exports (.csv, .csv.gz); without any, the made-up sample stream
  DIR           a recorded journal, e.g. .lockstep/live (or its edge/journal), verified as it is read
  --cuts        records behind which the stream is cut (default 200)
  --from-start  of these, how many a fresh core gets from the first record on; the others begin at a snapshot (default 3)
  --seed        of the choice of cuts (default 1)
  --model       artefact to score with (default ${SHIPPED_MODEL}); a journal also finds those of its edge
  --sealed      of a journal with records behind its last seal (a running or killed edge), take what is sealed
  --json        print one JSON object
Each cut: a fresh core gets the stream up to there and must say, byte for byte, what the whole run had said by then; given the
rest of the step, exactly what followed. Every opening order must follow a prediction that is marked warm.
Exit 0 = all held; 1 = not, with the first difference.`;

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < least)
    throw new LockstepError("bad_config", `--${name} takes a whole number from ${least} on, not "${text}"`);
  return value;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      help: { type: "boolean" },
      sealed: { type: "boolean", default: false },
      cuts: { type: "string", default: "200" },
      "from-start": { type: "string", default: "3" },
      seed: { type: "string", default: "1" },
      model: { type: "string", multiple: true },
    },
  });
  if (values.help) return void process.stdout.write(`${HELP}\n`);
  const report = await checkLookahead({
    source: { inputs: positionals, models: values.model ?? [SHIPPED_MODEL], sealedOnly: values.sealed },
    cuts: whole("cuts", values.cuts, 1),
    cutsFromStart: whole("from-start", values["from-start"], 0),
    seed: whole("seed", values.seed, 0),
    onCut: (done) => void (process.stderr.isTTY && process.stderr.write(`\r${done} cuts`)),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (values.json) return void process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const [name, value] of Object.entries(report)) process.stdout.write(`${name.padEnd(27)} ${value}\n`);
  process.stdout.write("held: no output changed at any cut, nothing was traded on before warm-up\n");
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
