// npm run train -- FILE... [--out DIR] [--origin TEXT]: learns the logistic model from bar files of the terminal, prints
// what it is worth out of sample, and writes model.lsm and model.json. The same files give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LockstepError } from "#proto/errors.ts";
import { type Model, writeArtefact } from "./artefact.ts";
import { featuresProbe } from "./probe.ts";
import { figuresTable } from "./report.ts";
import { type HeadReport, trainModel } from "./training.ts";
import { readTrainingInputs } from "./training-io.ts";

const USAGE = `npm run train -- FILE... [--out DIR] [--origin TEXT]
  FILE      M1 or H1 bars as the terminal exports them, .csv or .csv.gz, times in UTC; the symbol is the name's beginning
  --out     where model.lsm and model.json go (default .lockstep/model)
  --origin  where the bars come from and under which licence, for the artefact's meta
  --help    this text`;
const OUT = ".lockstep/model";

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { out: { type: "string" }, origin: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help || positionals.length === 0) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const inputs = await readTrainingInputs(positionals);
  const model = trainModel(inputs, {
    origin: values.origin ?? "bars given by whoever trained it; their licence is theirs to know",
    features_probe_sha256: await featuresProbe(),
  });
  const { path, sha256 } = write(values.out ?? OUT, model);
  console.log(figuresTable(model.meta.heads as readonly HeadReport[]));
  console.log(`\n${path}: sha256 ${sha256}`);
}

function write(directory: string, model: Model): { path: string; sha256: string } {
  const bytes = writeArtefact(model);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const card = { sha256, size_bytes: bytes.length, features: model.features, ...model.meta };
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "model.lsm");
  writeFileSync(path, bytes);
  writeFileSync(join(directory, "model.json"), `${JSON.stringify(card, null, 2)}\n`);
  return { path, sha256 };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof LockstepError ? `train: ${error.message}` : error);
  process.exitCode = 1;
}
