// npm run whatif -- DIR | FILE... --set NAME=VALUE | --model FILE: the same market decided twice, once with something changed,
// executed on paper, and exactly what came out differently.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Core } from "#core-wasm/host/core.ts";
import { type ConfigurationDocument, readDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import { isDirectory } from "./start/journal-source.ts";
import { SHIPPED_MODEL } from "./start/models.ts";
import type { PaperCosts } from "./start/paper-broker.ts";
import { COST_OPTIONS, COSTS_HELP, costsText, readCosts } from "./start/paper-costs.ts";
import { type Change, readChanges, settingsHelp } from "./start/settings.ts";
import { compare, type Difference, runOnPaper } from "./start/whatif.ts";
import { type JournalDifference, whatifJournal } from "./start/whatif-journal.ts";
import { differenceText, recordedText } from "./start/whatif-text.ts";

const HELP = `npm run whatif -- DIR | FILE... [--set NAME=VALUE]... [--model FILE] [options]
  DIR           a recorded journal, e.g. .lockstep/live (or its edge/journal), verified as it is read
  FILE...       MT5 tick exports (.csv, .csv.gz), several symbols and days; limits and account are those of \`npm run replay\`
  --set         another value for a limit or a parameter of the strategy, from its first record on; may be given several times
  --model       artefact that scores in the changed run (base: the recorded ones; of tick files ${SHIPPED_MODEL})
${COSTS_HELP}
  --configuration FILE   of a journal: a whole configuration (JSON, as config-manager keeps them) in place of every recorded limit
                and parameter; its model and what only services read are left out
  --last-hours N   of a journal: change, and count, what was decided in its last N hours
  --sealed      of a journal with records behind its last seal (a running or killed edge), take what is sealed
  --json        print one JSON object
What is compared. Of a journal, the recorded run is decided again first, and must come out as it was journaled. Its fills,
positions and balances belong to the orders that were sent then, and say nothing of others; so both the base and the changed run
take the recorded market (ticks, bars, specifications, limits, parameters, models, commands, line, time, other hands' deals) and
execute their own orders on paper: at the next tick of the symbol, ask or bid with slippage; the account is the recorded one with
the recorded orders' results taken off and the paper's put on. The difference between base and changed is the change's effect;
the difference between recorded and base is the execution's. Floating profit of other hands' positions is left out.
What --set knows (NAME, or KIND.NAME where two kinds have it; whole numbers in the unit in brackets):
${settingsHelp()}`;

interface Asked {
  readonly inputs: readonly string[];
  readonly costs: PaperCosts;
  readonly changes: readonly Change[];
  readonly model: Uint8Array | undefined;
  readonly sealedOnly: boolean;
  readonly configuration: ConfigurationDocument | undefined;
  readonly lastHours: number | undefined;
}

const progress = (text: string): void => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`));

/** A parent process hears it too. */
function percent(share: number): void {
  const done = Math.min(100, Math.round(100 * share));
  progress(`${done} %`);
  process.send?.({ percent: done });
}

async function overFiles({ inputs: files, costs, changes, model }: Asked): Promise<Difference> {
  const shipped = readFileSync(SHIPPED_MODEL);
  const run = async (name: string, o: { model: Uint8Array; changes: readonly Change[] }) =>
    runOnPaper({
      core: await Core.load(),
      files,
      costs,
      ...o,
      onProgress: (ticks) => progress(`${name}: ${ticks.toLocaleString("en-US")} ticks`),
    });
  const base = await run("base", { model: shipped, changes: [] });
  const changed = await run("changed", { model: model ?? shipped, changes });
  return compare(base.outcome, changed.outcome);
}

const overJournal = ({ inputs: [path = ""], sealedOnly, ...asked }: Asked): Promise<JournalDifference> =>
  whatifJournal({
    journal: { path, models: [SHIPPED_MODEL], sealedOnly },
    ...asked,
    onProgress: percent,
  });

async function main(): Promise<void> {
  const { values, positionals: inputs } = parseArgs({
    allowPositionals: true,
    options: {
      ...COST_OPTIONS,
      set: { type: "string", multiple: true, default: [] },
      model: { type: "string" },
      sealed: { type: "boolean", default: false },
      configuration: { type: "string" },
      "last-hours": { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(HELP);
  const [first] = inputs;
  const refuse = (what: string): never => {
    throw new LockstepError("bad_config", `${what} (--help says more)`);
  };
  if (first === undefined) return refuse("name the directory of a journal, or tick files");
  if (values.set.length === 0 && values.model === undefined && values.configuration === undefined)
    refuse("say what to change: --set, --model or --configuration");
  const changes = readChanges(values.set);
  const model = values.model === undefined ? undefined : new Uint8Array(readFileSync(values.model));
  const lastHours = values["last-hours"] === undefined ? undefined : Number(values["last-hours"]);
  if (lastHours !== undefined && !(lastHours > 0 && lastHours < 1e6)) refuse("--last-hours takes a number above 0");
  const { configuration: file, sealed: sealedOnly } = values;
  const configuration = file === undefined ? undefined : readDocument(readFileSync(file, "utf8"), file);
  if ((configuration ?? lastHours) !== undefined && !isDirectory(first))
    refuse(`--configuration and --last-hours are for a journal: ${first} is no directory`);
  if (changes.length > 0 && lastHours !== undefined) refuse("--set changes the whole journal: leave --last-hours out");
  const asked = { inputs, costs: readCosts(values), changes, model, sealedOnly, configuration, lastHours };
  if (isDirectory(first) && inputs.length > 1) refuse(`${first} is a journal: name it alone`);
  const found: Difference & Partial<JournalDifference> = await (isDirectory(first)
    ? overJournal(asked)
    : overFiles(asked));
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (values.json) return console.log(JSON.stringify(found));
  const lines = [...recordedText(found), differenceText(found)];
  console.log([...lines, `On paper: ${costsText(asked.costs)}.`].join("\n"));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? error.message : (error as Error).message}\n`);
  process.exitCode = 1;
}
