// npm run model -- train|import|inspect|compare|evaluate: everything that is done with models outside the core.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { Scorer } from "#core-wasm/host/scorer.ts";
import { readArtefact, sha256Of } from "#core-wasm/models/artefact.ts";
import { LockstepError } from "#proto/errors.ts";
import { compareShadow, shadowTable } from "./start/model/compare-shadow.ts";
import { describeModel, figuresTable, walkTable } from "./start/model/describe.ts";
import { assignModel, cloudAt, fetchModel, publishModel } from "./start/model/distribute.ts";
import { evaluateModel, walksOf } from "./start/model/evaluate.ts";
import { importModel } from "./start/model/import.ts";
import { evaluationPage } from "./start/model/report.ts";
import { train } from "./start/model/train.ts";
import { SHIPPED_MODEL } from "./start/models.ts";

const HELP = `npm run model -- COMMAND ...
  train FILE... [--until DATE] [--test-from DATE] [--out DIR] [--origin TEXT]
      learns all heads from bar files (fetches pinned tools from PyPI); writes model.lsm and model.json (default .lockstep/model).
      The five models learn from what lies before --until, stack and calibration from what lies before --test-from too, and the
      rest is for figures (dates in UTC; default 70 and 85 % of the rows)
  import FILE --timeframe M1|M5|H1|... --question direction|high_volatility|regime [--features a,b,...] [--licence TEXT] [--out FILE]
      LightGBM text, XGBoost JSON or ONNX becomes an artefact with one head; what the core cannot score is refused by name
  inspect [MODEL]
      what is in an artefact (default the shipped one), and what it takes of the core's memory
  compare MODEL MODEL FILE... [--json]
      two models over the same bars or ticks
  evaluate FILE... [--model MODEL] [--all] [--report out.html] [--json]
      figures beside their base rates; rows that the heads were fitted on are left out, unless --all
  compare --journal DIR [--json]
      the live model and the shadow of a recorded journal: how far they agree, and what each was worth by what happened later
  publish FILE                     gives an artefact to the cloud, which keeps it under its digest
  assign DIGEST|off --stream ID --role live|shadow --reason WHY (--key FILE | --name NAME)
                                   orders a published model for a stream: its edge fetches it, checks it and swaps; live needs --key
  orders --stream ID               what was ordered last
  fetch DIGEST --out FILE          the bytes of a published model
  --cloud URL                      of trading-engine (default http://127.0.0.1:8007)
FILE: bars (M1, M5, H1) or ticks as the terminal exports them, .csv or .csv.gz, times in UTC; the symbol is the name's beginning.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    origin: { type: "string" },
    until: { type: "string" },
    "test-from": { type: "string" },
    timeframe: { type: "string", default: "H1" },
    question: { type: "string", default: "direction" },
    features: { type: "string" },
    licence: { type: "string" },
    model: { type: "string", default: SHIPPED_MODEL },
    report: { type: "string" },
    all: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    journal: { type: "string" },
    cloud: { type: "string" },
    stream: { type: "string" },
    role: { type: "string" },
    reason: { type: "string" },
    key: { type: "string" },
    name: { type: "string" },
    help: { type: "boolean" },
  },
});

const bytesOf = (path: string): Uint8Array => {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
};

function dateOf(text: string | undefined): number | undefined {
  const time_ms = text === undefined ? undefined : Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time_ms)) throw new LockstepError("bad_request", `${text} is no date: give YYYY-MM-DD`);
  return time_ms;
}

const UNKNOWN = "not said by whoever gave it; their licence is theirs to know";

async function evaluate(files: readonly string[]): Promise<void> {
  const artefact = bytesOf(values.model);
  const { heads } = await evaluateModel({ artefact, files, all: values.all });
  for (const { name } of heads.filter((head) => head.in_sample))
    console.error(`model: ${name} was fitted on some of these rows: not out of sample`);
  const walks = walksOf(readArtefact(artefact).meta);
  const title = `Model ${sha256Of(artefact).slice(0, 16)}`;
  if (values.report) writeFileSync(values.report, evaluationPage(title, heads, walks));
  if (values.json) console.log(JSON.stringify({ heads }));
  else console.log(`${figuresTable(heads)}\n\nWalk-forward while it was trained:\n${walkTable(walks)}`);
}

async function compare([first = "", second = "", ...files]: readonly string[]): Promise<void> {
  const all = [];
  for (const path of [first, second]) {
    const { heads } = await evaluateModel({ artefact: bytesOf(path), files, all: values.all });
    all.push({ model: path, sha256: sha256Of(bytesOf(path)), heads });
  }
  if (values.json) console.log(JSON.stringify(all));
  else
    for (const { model, sha256, heads } of all)
      console.log(`${model} (${sha256.slice(0, 16)})\n${figuresTable(heads)}\n`);
}

function importOne(path: string): void {
  const artefact = importModel(path, {
    timeframe: values.timeframe,
    question: values.question,
    licence: values.licence ?? UNKNOWN,
    ...(values.features === undefined ? {} : { features: values.features.split(",") }),
  });
  const out = values.out ?? `.lockstep/model/${sha256Of(artefact).slice(0, 16)}.lsm`;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, artefact);
  console.log(`${out}\n${describeModel(artefact, readArtefact(artefact))}`);
}

/** The core says itself that it takes the model, and what it keeps in memory. */
async function inspect(bytes: Uint8Array): Promise<void> {
  console.log(describeModel(bytes, readArtefact(bytes)));
  const { streamBytes, modelRegionBytes } = await Scorer.load(bytes);
  console.log(
    `\nmemory: ${streamBytes} bytes a stream of 16 symbols; ${modelRegionBytes} bytes for models, once for all streams of an instance (this one takes ${bytes.length})`,
  );
}

function needed(name: "stream" | "role" | "reason" | "out"): string {
  const value = values[name];
  if (value === undefined || value === "") throw new LockstepError("bad_config", `give --${name}`);
  return value;
}

async function assign(digest: string): Promise<void> {
  const role = needed("role");
  if (role !== "live" && role !== "shadow") throw new LockstepError("bad_config", "--role is live or shadow");
  const { key, name } = values;
  const order = { streamId: needed("stream"), role, reason: needed("reason"), key, name } as const;
  const sha256 = digest === "off" ? undefined : digest;
  console.log(JSON.stringify(await assignModel(cloudAt(values.cloud), { ...order, sha256 })));
}

async function compareJournal(path: string): Promise<void> {
  const figures = await compareShadow({ path, models: [], sealedOnly: true });
  console.log(values.json ? JSON.stringify(figures) : shadowTable(figures));
}

async function main(): Promise<void> {
  const [command, ...rest] = positionals;
  const least = {
    train: 1,
    import: 1,
    inspect: 0,
    compare: 3,
    evaluate: 1,
    publish: 1,
    assign: 1,
    orders: 0,
    fetch: 1,
  };
  const shadow = command === "compare" && values.journal !== undefined;
  const enough = shadow ? 0 : least[command as keyof typeof least];
  if (values.help || enough === undefined || rest.length < enough) {
    console.log(HELP);
    process.exitCode = values.help ? 0 : 2;
  } else if (command === "train") {
    const { path, sha256 } = await train({
      files: rest,
      out: values.out ?? ".lockstep/model",
      origin: values.origin ?? UNKNOWN,
      until_ms: dateOf(values.until),
      test_from_ms: dateOf(values["test-from"]),
    });
    console.log(`${path}: sha256 ${sha256}`);
  } else if (command === "import") importOne(rest[0] as string);
  else if (command === "inspect") {
    await inspect(bytesOf(rest[0] ?? values.model));
  } else if (shadow) await compareJournal(values.journal as string);
  else if (command === "compare") await compare(rest);
  else if (command === "publish")
    console.log(JSON.stringify(await publishModel(cloudAt(values.cloud), rest[0] as string)));
  else if (command === "assign") await assign(rest[0] as string);
  else if (command === "orders")
    console.log(
      JSON.stringify(await cloudAt(values.cloud).listAssignments({ params: { stream_id: needed("stream") } })),
    );
  else if (command === "fetch") await fetchModel(cloudAt(values.cloud), rest[0] as string, needed("out"));
  else await evaluate(rest);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof LockstepError ? `model: ${error.message}` : error);
  process.exitCode = 1;
}
