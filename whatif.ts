// npm run whatif -- FILE... --set NAME=VALUE | --model FILE: the same ticks decided twice, once with something changed, executed on
// paper, and exactly what came out differently.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Core } from "#core-wasm/host/core.ts";
import { LockstepError } from "#proto/errors.ts";
import { compare, type Difference, type Figures, readChanges, runOnPaper, settable } from "./start/whatif.ts";

const SHIPPED = "core-wasm/models/shipped/model.lsm";
const HELP = `npm run whatif -- FILE... [--set NAME=VALUE]... [--model FILE] [--commission MONEY] [--json]
  FILE...       MT5 tick exports (.csv, .csv.gz), several symbols and days
  --set         another value for a limit or a parameter of the strategy, in its own unit; may be given several times:
                ${settable().join(", ")}
  --model       artefact to score with in the changed run (base: ${SHIPPED})
  --commission  of one lot and side, in the account currency (default 3.5)
  --json        print one JSON object
Both runs begin with the limits of \`npm run replay\`; accepted orders are executed on paper at the next tick, with its spread.`;

const money = (micros: string): string =>
  (Number(micros) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function table(d: Difference): string {
  const rows: [string, (f: Figures) => string][] = [
    ["predictions", (f) => String(f.predictions)],
    ["order intents", (f) => String(f.order_intents)],
    ["  accepted", (f) => String(f.accepted)],
    ["  refused", (f) => String(f.refused)],
    ["trades closed", (f) => String(f.trades)],
    ["  with a profit", (f) => String(f.winning_trades)],
    ["profit before costs", (f) => money(f.profit_micros)],
    ["commission", (f) => money(f.commission_micros)],
    ["net profit", (f) => money(f.net_micros)],
    ["largest drawdown", (f) => money(f.drawdown_micros)],
  ];
  const line = (name: string, a: string, b: string): string => `${name.padEnd(22)}${a.padStart(16)}${b.padStart(16)}`;
  const names = [...new Set([...Object.keys(d.base.refused_by), ...Object.keys(d.changed.refused_by)])].sort();
  return [
    line("", "base", "changed"),
    ...rows.map(([name, of]) => line(name, of(d.base), of(d.changed))),
    ...names.map((name) =>
      line(`  by ${name}`, String(d.base.refused_by[name] ?? 0), String(d.changed.refused_by[name] ?? 0)),
    ),
    "",
    `${d.same_decisions} decisions are the same; ${d.now_refused} are refused now, ${d.now_accepted} accepted now;`,
    `${d.only_base} orders are not wanted any more, ${d.only_changed} are new; net profit changes by ${money(d.net_change_micros)}.`,
    d.first ? `First difference: ${d.first.time}, ${d.first.what}` : "Nothing is different.",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values, positionals: files } = parseArgs({
    allowPositionals: true,
    options: {
      set: { type: "string", multiple: true, default: [] },
      model: { type: "string" },
      commission: { type: "string", default: "3.5" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(HELP);
  const refuse = (what: string): never => {
    throw new LockstepError("bad_config", `${what}\n${HELP}`);
  };
  if (files.length === 0) refuse("name at least one tick file");
  if (values.set.length === 0 && values.model === undefined) refuse("say what to change: --set or --model");
  const commission = Number(values.commission);
  if (!(commission >= 0 && commission <= 1e6)) refuse(`--commission ${values.commission} is not an amount`);
  const shared = { files, commission_micros: BigInt(Math.round(commission * 1e6)) };
  const changes = readChanges(values.set);
  const run = async (name: string, o: { model: string; changes?: typeof changes }) => {
    const onProgress = (ticks: number): void =>
      void (process.stderr.isTTY && process.stderr.write(`\r${name}: ${ticks.toLocaleString("en-US")} ticks`));
    return runOnPaper({
      core: await Core.load(),
      ...shared,
      onProgress,
      changes: o.changes,
      model: readFileSync(o.model),
    });
  };
  const base = await run("base", { model: SHIPPED });
  const changed = await run("changed", { model: values.model ?? SHIPPED, changes });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const difference = compare(base, changed);
  console.log(values.json ? JSON.stringify(difference) : table(difference));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? error.message : (error as Error).message}\n`);
  process.exitCode = 1;
}
