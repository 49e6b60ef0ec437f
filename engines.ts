// npm run engines -- [FILE... | DIR] [--only NAMES] [--json]: one stream through the same module on several WebAssembly engines,
// side by side. They must give the same bytes.
import { parseArgs } from "node:util";
import { LockstepError } from "#proto/errors.ts";
import { ENGINES } from "./start/engines/catalogue.ts";
import { type EnginesReport, runEngines } from "./start/engines/run.ts";
import { SHIPPED_MODEL } from "./start/models.ts";

const NAMES = ENGINES.map(({ name }) => name);
const HELP = `npm run engines -- [FILE... | DIR] [--only NAMES] [--model FILE]... [--sealed] [--json]
  FILE...   MT5 tick exports (.csv, .csv.gz); without any, the made-up sample stream
  DIR       a recorded journal, e.g. .lockstep/live (or its edge/journal): its inputs, as they were journaled; verified as
            they are read, and held against the outputs digest that the live run sealed last
  --only    engines to run, by comma: ${NAMES.join(",")} (default all)
  --model   artefact to score with (default ${SHIPPED_MODEL}); a journal also finds those of its edge
  --sealed  of a journal with records behind its last seal (a running or killed edge), take what is sealed
  --json    print one JSON object
Each engine runs the stream twice: straight through, and carried into new instances by copies of the state. What is not on
this machine is fetched once into .lockstep/tools, pinned by version and hash.
Exit 0 = all equal; 1 = one differs, or could not be run.`;

function chosen(only: string | undefined): typeof ENGINES {
  if (only === undefined) return ENGINES;
  const names = only.split(",");
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new LockstepError("bad_config", `--only: no engine "${unknown}"; there are ${NAMES.join(", ")}`);
  return ENGINES.filter(({ name }) => names.includes(name));
}

function table(report: EnginesReport): string {
  const head = [
    "engine",
    "outputs digest",
    "SHA-256 of outputs",
    "SHA-256 of state",
    "records",
    "seconds",
    "records/s",
    "",
  ];
  const short = (hex: string): string => hex.slice(0, 16);
  const digests = (o: EnginesReport["recorded"]): string[] => [
    short(o.outputs_digest),
    short(o.outputs_sha256),
    short(o.state_sha256),
    o.records.toLocaleString("en-US"),
  ];
  const rows = report.engines.map((e) =>
    "failed" in e
      ? [e.engine, "not run", "", "", "", "", "", e.how]
      : [
          e.engine,
          ...digests(e),
          e.seconds.toFixed(3),
          e.records_per_s.toLocaleString("en-US"),
          `${e.version} (${e.how})`,
        ],
  );
  const live = report.live && ["(live run)", short(report.live.outputs_digest), "", "", "", "", "", "its last seal"];
  const all = [
    head,
    ...(live ? [live] : []),
    ["(recorded)", ...digests(report.recorded), "", "", "this process"],
    ...rows,
  ];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function verdict(report: EnginesReport): string[] {
  const bad = report.engines.flatMap((e) =>
    "failed" in e
      ? [`not run: ${e.engine}: ${e.failed}`]
      : e.differs.map((what) => `different: ${e.engine} (${e.version}): ${what}`),
  );
  if (bad.length > 0) return bad;
  const { live, recorded } = report;
  if (live && live.outputs_digest !== recorded.outputs_digest)
    return [`different: the live run sealed ${live.outputs_digest}, this process decided ${recorded.outputs_digest}`];
  const said = `equal on ${report.engines.length} engines, in both runs of each: ${recorded.outputs_digest}`;
  return [live ? `${said}, as the live run sealed it at seq ${live.seq}` : said];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      help: { type: "boolean" },
      sealed: { type: "boolean", default: false },
      only: { type: "string" },
      model: { type: "string", multiple: true },
    },
  });
  if (values.help) return void process.stdout.write(`${HELP}\n`);
  const report = await runEngines({
    engines: chosen(values.only),
    source: { inputs: positionals, models: values.model ?? [SHIPPED_MODEL], sealedOnly: values.sealed },
    onEngine: (name) => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${name} ...`)),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const text = values.json ? JSON.stringify(report) : [table(report), "", ...verdict(report)].join("\n");
  process.stdout.write(`${text}\n`);
  if (!report.equal) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
