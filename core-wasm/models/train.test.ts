import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { readArtefact } from "./artefact.ts";
import { probeBars } from "./probe.ts";

const TRAIN = fileURLToPath(new URL("./train.ts", import.meta.url));
const DATA = fileURLToPath(new URL("../../../shared/data/bars/", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "lockstep-train-"));
after(() => rmSync(directory, { recursive: true }));

function barFile(name: string, options: { count: number; timeframe_s: number; seed: number }): string {
  const price = (points: number): string => (points / 100_000).toFixed(5);
  const lines = ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"];
  for (const bar of probeBars(options)) {
    const [date = "", time = ""] = new Date(bar.time_ms).toISOString().replaceAll("-", ".").split("T");
    const prices = [bar.open_points, bar.high_points, bar.low_points, bar.close_points].map(price);
    lines.push([date, time.slice(0, 8), ...prices, 0, 0, 10].join("\t"));
  }
  const path = join(directory, name);
  writeFileSync(path, gzipSync(lines.join("\r\n")));
  return path;
}

function train(out: string, files: readonly string[]): { model: Buffer; card: string } {
  execFileSync(process.execPath, [TRAIN, ...files, "--out", join(directory, out)], { stdio: "pipe" });
  const read = (name: string): Buffer => readFileSync(join(directory, out, name));
  return { model: read("model.lsm"), card: read("model.json").toString() };
}

test("train: the same files twice, in any order: the same bytes; a random walk: no edge is claimed", () => {
  const files = [
    barFile("AAA_M1.csv.gz", { count: 2500, timeframe_s: 60, seed: 1 }),
    barFile("BBB_M1.csv.gz", { count: 2500, timeframe_s: 60, seed: 2 }),
    barFile("AAA_H1.csv.gz", { count: 2500, timeframe_s: 3600, seed: 3 }),
  ];
  const first = train("one", files);
  assert.deepEqual(train("two", files.toReversed()), first);
  const { heads, meta } = readArtefact(first.model);
  assert.deepEqual(
    heads.map(({ timeframe_s, kind }) => [timeframe_s, kind]),
    [
      [60, 0],
      [60, 1],
      [3600, 0],
      [3600, 1],
    ],
  );
  const card = JSON.parse(first.card);
  assert.equal(card.sha256, createHash("sha256").update(first.model).digest("hex"));
  assert.deepEqual(
    { ...card, sha256: undefined, size_bytes: undefined, features: undefined },
    { ...meta, sha256: undefined, size_bytes: undefined, features: undefined },
  );
  for (const { kind, measures } of card.heads)
    if (kind === "direction") assert.ok(measures.log_loss > measures.log_loss_base - 0.003);
});

test("train: no file, the wrong bars, a symbol twice: said plainly, nothing written", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [TRAIN, ...args], { encoding: "utf8", cwd: directory });
  const none = run();
  assert.equal(none.status, 2);
  assert.match(none.stdout, /npm run train -- FILE/);
  const wrong = run(barFile("CCC_M5.csv.gz", { count: 50, timeframe_s: 300, seed: 1 }));
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /bars of 300 s: the core builds M1 and H1/);
  const file = barFile("DDD_M1.csv.gz", { count: 50, timeframe_s: 60, seed: 1 });
  assert.match(run(file, file).stderr, /DDD is given twice/);
  assert.match(run(file).stderr, /too few bars/);
  assert.match(run(join(directory, "none.csv")).stderr, /cannot be read/);
  assert.equal(existsSync(join(directory, ".lockstep")), false);
});

test("train: real bars, where they are there: two runs of one file agree", (t) => {
  if (!existsSync(DATA)) return t.diagnostic("../shared/data/bars is absent: only made-up bars were tested");
  const name = readdirSync(DATA).find((entry) => entry.startsWith("USDJPY_M1")) as string;
  const file = join(DATA, name);
  assert.deepEqual(train("real-one", [file]), train("real-two", [file]));
});
