// npm run replay -- FILE... [--json] [--model FILE] [--report FILE]: the core alone over tick files, as fast as it goes.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Core } from "#core-wasm/host/core.ts";
import { LockstepError } from "#proto/errors.ts";
import { replayFiles } from "./start/core-replay.ts";
import { Outcomes } from "./start/outcomes.ts";
import type { PaperCosts } from "./start/paper-broker.ts";
import { COST_OPTIONS, COSTS_HELP, readCosts } from "./start/paper-costs.ts";
import { reportHtml } from "./start/report.ts";
import { runOnPaper } from "./start/whatif.ts";

const HELP = `npm run --silent replay -- FILE... [--json] [--model FILE] [--report FILE]
  FILE...   MT5 tick exports (.csv, .csv.gz), several symbols and days
  --model   artefact to score with (default core-wasm/models/shipped/model.lsm)
  --json    print one JSON object: ticks, predictions, order_intents, outputs_digest, wall_s, ticks_per_s ...
  --report  execute orders on paper and write a page with equity, trades, refusals and predictions against outcomes
With --report:
${COSTS_HELP}
The core alone: no journal, no broker; orders it wants are answered as expired, or with --report executed at the next
tick. The same files give the same digest.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      help: { type: "boolean" },
      report: { type: "string" },
      ...COST_OPTIONS,
      model: { type: "string", default: "core-wasm/models/shipped/model.lsm" },
    },
  });
  if (values.help) return console.log(HELP);
  if (positionals.length === 0) throw new LockstepError("bad_config", `name at least one tick file\n${HELP}`);
  const onProgress = (ticks: number): void =>
    void (process.stderr.isTTY && process.stderr.write(`\r${ticks.toLocaleString("en-US")} ticks`));
  const costs = readCosts(values);
  const options = { core: await Core.load(), model: readFileSync(values.model), files: positionals, onProgress };
  const result =
    values.report === undefined
      ? await replayFiles(options)
      : await withReport(options, { path: values.report, costs });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (values.json) console.log(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(18)} ${value}`);
}

async function withReport(
  options: Parameters<typeof replayFiles>[0],
  o: { path: string; costs: PaperCosts },
): Promise<Awaited<ReturnType<typeof replayFiles>>> {
  const outcomes = new Outcomes();
  const { result, outcome } = await runOnPaper({
    ...options,
    costs: o.costs,
    onOutputs: (outputs) => outcomes.take(outputs),
  });
  writeFileSync(
    o.path,
    reportHtml({ result, outcome, scored: outcomes.scored(), files: options.files, costs: o.costs }),
  );
  process.stderr.write(`wrote ${o.path}\n`);
  return result;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? error.message : (error as Error).message}\n`);
  process.exitCode = 1;
}
