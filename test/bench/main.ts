// npm run bench -- [SUITE...] [--seconds N] [--json] [--write]: runs the suites and prints each figure with its ratio
// to a peer or floor measured in the same run; --write puts them into docs/benchmarks.md with machine and versions.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { BenchRow, Suite } from "./harness.ts";

const SUITES_DIR = new URL("./suites/", import.meta.url);
const names = readdirSync(SUITES_DIR)
  .filter((f) => f.endsWith(".ts") && !f.includes(".test.") && !f.includes("-"))
  .map((f) => f.replace(/\.ts$/, ""));

const HELP = `npm run bench -- [SUITE...] [--seconds N] [--json] [--write]
  SUITE      ${names.join(", ")} (default: all)
  --seconds  time budget of one measurement (default 3)
  --json     the last line of stdout is a list of {name, unit, value, peer, peer_value, ratio}
  --write    also replace the suites' tables in docs/benchmarks.md
ratio is how many times better than the peer or floor of the same run: above 1 is ahead.`;

function table(rows: readonly BenchRow[]): string {
  const lines = rows.map((r) => `| ${r.name} | ${r.value} ${r.unit} | ${r.peer} | ${r.peer_value} | ${r.ratio} |`);
  return [
    "| what | value | peer or floor in the same run | its value | ratio |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function write(results: ReadonlyMap<string, BenchRow[]>): void {
  const path = "docs/benchmarks.md";
  let text = readFileSync(path, "utf8");
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const machine = `${new Date().toISOString().slice(0, 10)}, lockstep ${version}, node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  for (const [name, rows] of results) {
    const section = `<!-- suite:${name} -->\n## ${name}\n\n${machine}\n\n${table(rows)}\n<!-- end:${name} -->`;
    const old = new RegExp(`<!-- suite:${name} -->[\\s\\S]*?<!-- end:${name} -->`);
    text = old.test(text) ? text.replace(old, () => section) : `${text.trimEnd()}\n\n${section}\n`;
  }
  writeFileSync(path, text);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      write: { type: "boolean" },
      help: { type: "boolean" },
      seconds: { type: "string", default: "3" },
    },
  });
  if (values.help) return console.log(HELP);
  const unknown = positionals.filter((p) => !names.includes(p));
  const seconds = Number(values.seconds);
  if (unknown.length > 0 || !(seconds > 0)) {
    console.error(
      unknown.length > 0
        ? `unknown suite: ${unknown.join(", ")}\n${HELP}`
        : `--seconds takes a number above 0\n${HELP}`,
    );
    process.exitCode = 2;
    return;
  }
  const results = new Map<string, BenchRow[]>();
  for (const name of positionals.length > 0 ? positionals : names) {
    console.error(`bench ${name} ...`);
    const { suite } = (await import(new URL(`${name}.ts`, SUITES_DIR).href)) as { suite: Suite };
    const rows = await suite.run({ seconds });
    results.set(name, rows);
    console.error(table(rows));
  }
  if (values.write) write(results);
  if (values.json) console.log(JSON.stringify([...results.values()].flat()));
}

await main();
