import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { probeBars } from "#core-wasm/models/probe.ts";
import { figuresTable } from "./describe.ts";

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

test("model: import, inspect, compare: an ONNX network becomes an artefact; wrong use is said plainly", () => {
  const onnx = join(ROOT, "core-wasm/models/import/fixtures/dense.onnx");
  const features = "log_return_1,rsi_14,range_atr,hour_sin,hour_cos,body_ratio";
  const out = join(folder, "dense.lsm");
  const imported = model("import", onnx, "--features", features, "--licence", "made for a test", "--out", out);
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(model("inspect", out).stdout, /H1 direction[\s\S]*perceptron[\s\S]*made for a test/);
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

test("model: the table in the docs: the figures of the shipped card", () => {
  const { measured } = JSON.parse(readFileSync(join(ROOT, "core-wasm/models/shipped/model.json"), "utf8"));
  assert.ok(readFileSync(join(ROOT, "docs/model.md"), "utf8").includes(figuresTable(measured)));
});
