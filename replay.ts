// npm run replay -- FILE... [--json] [--model FILE]: the core alone over tick files, as fast as it goes.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Core } from "#core-wasm/host/core.ts";
import { LockstepError } from "#proto/errors.ts";
import { replayFiles } from "./start/core-replay.ts";

const HELP = `npm run --silent replay -- FILE... [--json] [--model FILE]
  FILE...   MT5 tick exports (.csv, .csv.gz), several symbols and days
  --model   artefact to score with (default core-wasm/models/shipped/model.lsm)
  --json    print one JSON object: ticks, predictions, order_intents, outputs_digest, wall_s, ticks_per_s ...
The core alone: no journal, no broker; orders it wants are answered as expired. The same files give the same digest.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      help: { type: "boolean" },
      model: { type: "string", default: "core-wasm/models/shipped/model.lsm" },
    },
  });
  if (values.help) return console.log(HELP);
  if (positionals.length === 0) throw new LockstepError("bad_config", `name at least one tick file\n${HELP}`);
  const onProgress = (ticks: number): void =>
    void (process.stderr.isTTY && process.stderr.write(`\r${ticks.toLocaleString("en-US")} ticks`));
  const result = await replayFiles({
    core: await Core.load(),
    model: readFileSync(values.model),
    files: positionals,
    onProgress,
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (values.json) console.log(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(18)} ${value}`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? error.message : (error as Error).message}\n`);
  process.exitCode = 1;
}
