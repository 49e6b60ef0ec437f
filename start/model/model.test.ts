import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { probeBars } from "#core-wasm/models/probe.ts";
import { figuresTable, walkTable } from "./describe.ts";
import { walksOf } from "./evaluate.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lockstep-model-"));
after(() => rmSync(folder, { recursive: true }));

const model = (...args: string[]) =>
  spawnSync(process.execPath, ["model.ts", ...args], { cwd: ROOT, encoding: "utf8" });

function barFile(name: string, count: number): string {
  const price = (points: number): string => (points / 100_000).toFixed(5);
  const lines = ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"];
  for (const bar of probeBars({ count, timeframe_s: 3600, seed: 3 })) {
    const [date = "", time = ""] = new Date(bar.time_ms).toISOString().replaceAll("-", ".").split("T");
    const prices = [bar.open_points, bar.high_points, bar.low_points, bar.close_points].map(price);
    lines.push([date, time.slice(0, 8), ...prices, 0, 0, 10].join("\t"));
  }
  const path = join(folder, name);
  writeFileSync(path, lines.join("\r\n"));
  return path;
}

test("model: evaluate: one JSON object, each head with its figures and the constant's; a random walk has no edge", () => {
  const { status, stdout, stderr } = model(
    "evaluate",
    barFile("AAA_H1.csv", 1500),
    "--json",
    "--report",
    join(folder, "r.html"),
  );
  assert.equal(status, 0, stderr);
  const { heads } = JSON.parse(stdout) as { heads: Record<string, number & string>[] };
  assert.deepEqual(
    heads.map(({ name }) => name),
    ["H1 direction", "H1 high volatility", "H1 volatility regime"],
  );
  for (const head of heads)
    for (const key of ["accuracy", "base_rate", "log_loss", "base_log_loss", "brier", "ece", "n"])
      assert.ok(Number.isFinite(head[key]), key);
  assert.ok((heads[0]?.log_loss as number) > (heads[0]?.base_log_loss as number) - 0.003);
  assert.match(readFileSync(join(folder, "r.html"), "utf8"), /<svg[\s\S]*H1 volatility regime/);
});

test("model: evaluate: half-hour bars are asked about as hours; days, one bar and an odd step in the file: said or borne", () => {
  const hours = barFile("CCC_H1.csv", 400);
  const text = readFileSync(hours, "utf8");
  const put = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const halves = put("CCC_M30.csv", text.replace(/^(\S+\t\d\d):00:00(.*)$/gm, "$1:00:00$2\r\n$1:30:00$2"));
  const odd = put("CCC_ODD.csv", text.replace(/^(\S+\t05):00:00(.*)$/m, "$1:00:00$2\r\n$1:30:00$2"));
  for (const path of [halves, odd]) {
    const { status, stdout, stderr } = model("evaluate", path, "--json");
    assert.equal(status, 0, stderr);
    const names = (JSON.parse(stdout).heads as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ["H1 direction", "H1 high volatility", "H1 volatility regime"]);
  }
  const days = text.split("\r\n").filter((line, i) => i === 0 || line.includes("\t05:00:00"));
  assert.match(model("evaluate", put("CCC_D1.csv", days.join("\r\n"))).stderr, /bars of 86400 s: give bars of M1/);
  assert.match(model("evaluate", put("CCC_ONE.csv", days.slice(0, 2).join("\r\n"))).stderr, /fewer than two bars/);
});

test("model: import, inspect, compare: an ONNX network becomes an artefact; wrong use is said plainly", () => {
  const onnx = join(ROOT, "core-wasm/models/import/fixtures/dense.onnx");
  const features = "log_return_1,rsi_14,range_atr,hour_sin,hour_cos,body_ratio";
  const out = join(folder, "dense.lsm");
  const imported = model("import", onnx, "--features", features, "--licence", "made for a test", "--out", out);
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(
    model("inspect", out).stdout,
    /H1 direction[\s\S]*perceptron[\s\S]*made for a test[\s\S]*memory: \d+ bytes a stream/,
  );
  const compared = model("compare", out, out, barFile("BBB_H1.csv", 400), "--json");
  assert.equal(JSON.parse(compared.stdout).length, 2, compared.stderr);
  assert.match(
    model("import", onnx, "--features", features.replace("rsi_14", "moon"), "--out", out).stderr,
    /no feature moon/,
  );
  assert.match(model("import", onnx).stderr, /--features/);
  assert.match(model("evaluate", join(folder, "none.csv")).stderr, /cannot be read/);
  assert.equal(model("evaluate").status, 2);
});

test("model: the tables in the docs: the figures of the shipped card", () => {
  const card = JSON.parse(readFileSync(join(ROOT, "core-wasm/models/shipped/model.json"), "utf8"));
  const page = readFileSync(join(ROOT, "docs/model.md"), "utf8");
  assert.ok(page.includes(figuresTable(card.measured)), figuresTable(card.measured));
  assert.ok(page.includes(walkTable(walksOf(card))), walkTable(walksOf(card)));
});
