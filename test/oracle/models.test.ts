// Imported models against the libraries they come from, on rows of the core's own features: PyTorch's answers stand committed;
// LightGBM, XGBoost, scikit-learn and ONNX Runtime are asked where their pinned wheels can be had.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Scorer } from "#core-wasm/host/scorer.ts";
import { writeArtefact } from "#core-wasm/models/artefact.ts";
import { ENSEMBLE_FEATURES } from "#core-wasm/models/features.ts";
import type { ModelHead } from "#core-wasm/models/heads.ts";
import { importOnnx } from "#core-wasm/models/import/onnx.ts";
import { probeBars } from "#core-wasm/models/probe.ts";
import { scoreRows } from "#core-wasm/models/training/evaluate.ts";
import { buildRows, NO_ANSWER, type Rows } from "#core-wasm/models/training/rows.ts";
import { SEQUENCE_FEATURES } from "#proto/features.ts";
import { readSeries } from "../../start/model/files.ts";
import { importFile } from "../../start/model/import.ts";
import { ORIGINALS, runPython } from "../../start/model/python.ts";

const FIXTURES = fileURLToPath(new URL("../../core-wasm/models/import/fixtures/", import.meta.url));
const DATA = fileURLToPath(new URL("../../../shared/data/bars/EURUSD_H1_to_2016.csv.gz", import.meta.url));
const ROWS = 10_000;
const STEPS = 16;
const NAMES = SEQUENCE_FEATURES.map(({ name }) => name);

const head = (part: Partial<ModelHead>): ModelHead => ({
  timeframe_s: 3600,
  horizon_s: 3600,
  kind: 0,
  warm_bars: 100,
  ...part,
});

async function probabilities(part: Partial<ModelHead>, features: readonly string[], rows: Rows): Promise<Float64Array> {
  const one = head(part);
  const scorer = await Scorer.load(writeArtefact({ features, heads: [one], meta: {} }));
  return scoreRows(scorer, 0, one, rows).columns[5] as Float64Array;
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}

/** Rows of given inputs or sequences, for the committed answers. */
function plainRows(
  features: readonly string[],
  x: readonly number[][],
  sequence: readonly number[][],
  steps: number,
): Rows {
  const columns = sequence.map((row) =>
    Array.from({ length: steps }, (_, s) => NAMES.map((_, k) => (k < 3 ? (row[s * 3 + k] as number) : 0))).flat(),
  );
  return {
    timeframe_s: 3600,
    features,
    steps,
    count: Math.max(x.length, sequence.length),
    symbols: ["A"],
    symbol: new Uint8Array(x.length),
    known_ms: new Float64Array(x.length),
    x:
      Float64Array.from(x.flat()).length > 0
        ? Float32Array.from(x.flat())
        : new Float32Array(sequence.length * features.length),
    sequence: Float32Array.from(columns.flat()),
    answers: [],
    answered_ms: [],
  };
}

test("import: PyTorch's dense network and GRUs: its own answers within 1e-6", async () => {
  const golden = JSON.parse(readFileSync(join(FIXTURES, "pytorch.json"), "utf8")) as Record<
    string,
    { rows: number[][]; probability: number[] }
  >;
  const dense = importOnnx(readFileSync(join(FIXTURES, "dense.onnx")), { features: ENSEMBLE_FEATURES.slice(0, 6) });
  const said = golden.dense as { rows: number[][]; probability: number[] };
  const rows = plainRows(dense.features, said.rows, [], 1);
  assert.ok(
    farthest(await probabilities({ [dense.model]: dense.part }, dense.features, rows), said.probability) < 1e-6,
  );
  for (const name of ["gru", "gru-hidden"]) {
    const gru = importOnnx(readFileSync(join(FIXTURES, `${name}.onnx`)), { features: NAMES.slice(0, 3) });
    const { rows: sequences, probability } = golden[name] as { rows: number[][]; probability: number[] };
    const own = plainRows(["log_return_1"], [], sequences, 12);
    assert.ok(
      farthest(await probabilities({ [gru.model]: gru.part }, ["log_return_1"], own), probability) < 1e-6,
      name,
    );
  }
});

test("import: what the core cannot score: refused by its name", () => {
  const refused = (message: RegExp) => ({ code: "model_refused", message });
  const onnx = (name: string, features: readonly string[]) => () =>
    importOnnx(readFileSync(join(FIXTURES, name)), { features });
  assert.throws(onnx("lstm.onnx", NAMES.slice(0, 3)), refused(/operator (LSTM|\w+)/));
  assert.throws(
    onnx("gru.onnx", ["bar_return_atr", "phase_of_the_moon", "bar_body_atr"]),
    refused(/phase_of_the_moon/),
  );
  assert.throws(() => importOnnx(readFileSync(join(FIXTURES, "dense.onnx"))), refused(/--features/));
  assert.throws(() => importOnnx(new Uint8Array([1, 2, 3])), refused(/cut off or damaged|no graph/));
});

test("import: on 10,000 rows: LightGBM, XGBoost, scikit-learn and ONNX Runtime say the same within 1e-6", async (t) => {
  const real = existsSync(DATA);
  if (!real) t.diagnostic("../shared/data/bars is absent: made-up bars were taken");
  const bars = real
    ? (readSeries([DATA])
        .get(3600)?.[0]
        ?.bars.slice(0, ROWS + 1200) ?? [])
    : probeBars({ count: ROWS + 200, timeframe_s: 3600, seed: 9 });
  const all = await buildRows([{ symbol: "EURUSD", timeframe_s: 3600, bars }], {
    features: ENSEMBLE_FEATURES,
    steps: STEPS,
  });
  const rows: Rows = { ...all, count: ROWS, x: all.x.slice(0, ROWS * ENSEMBLE_FEATURES.length) };
  const folder = mkdtempSync(join(tmpdir(), "lockstep-parity-"));
  try {
    const bytes = (values: ArrayBufferView): Uint8Array =>
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const sequence = all.sequence.slice(0, ROWS * STEPS * NAMES.length);
    writeFileSync(join(folder, "x.f32"), bytes(rows.x));
    writeFileSync(
      join(folder, "y.u8"),
      (all.answers[1] as Uint8Array).slice(0, ROWS).map((y) => (y === NO_ANSWER ? 0 : y)),
    );
    writeFileSync(join(folder, "sequence.f32"), bytes(sequence));
    const shape = { rows: ROWS, features: ENSEMBLE_FEATURES, steps: STEPS, fixtures: FIXTURES };
    writeFileSync(join(folder, "shape.json"), JSON.stringify(shape));
    try {
      await runPython(ORIGINALS, [fileURLToPath(new URL("./ask_models.py", import.meta.url)), folder]);
    } catch (error) {
      if ((error as { code?: string }).code !== "engine_missing") throw error;
      return t.diagnostic(`the libraries were not asked: ${(error as Error).message}`);
    }
    const answers = (name: string): Float64Array =>
      new Float64Array(new Uint8Array(readFileSync(join(folder, `${name}.f64`))).buffer);
    const cases: [string, string, readonly string[] | undefined, number][] = [
      ["lightgbm.txt", "lightgbm", undefined, 1e-7],
      ["xgboost.json", "xgboost", undefined, 5e-7],
      ["forest.onnx", "forest-sklearn", ENSEMBLE_FEATURES, 1e-7],
      ["forest.onnx", "forest-onnxruntime", ENSEMBLE_FEATURES, 1e-6],
      ["logistic.onnx", "logistic-sklearn", ENSEMBLE_FEATURES, 1e-6],
      ["logistic.onnx", "logistic-onnxruntime", ENSEMBLE_FEATURES, 1e-6],
    ];
    for (const [file, answer, features, near] of cases) {
      const { model, part, features: own } = importFile(join(folder, file), features);
      assert.deepEqual(own, ENSEMBLE_FEATURES);
      const most = farthest(await probabilities({ [model]: part }, own, rows), answers(answer));
      t.diagnostic(`${answer}: largest difference of ${ROWS} probabilities ${most.toExponential(1)}`);
      assert.ok(most <= near, `${answer}: ${most}`);
    }
    const dense = importFile(join(FIXTURES, "dense.onnx"), ENSEMBLE_FEATURES.slice(0, 6));
    const six = Float32Array.from(
      { length: ROWS * 6 },
      (_, i) => rows.x[Math.floor(i / 6) * ENSEMBLE_FEATURES.length + (i % 6)] as number,
    );
    const denseRows = { ...rows, features: dense.features, x: six };
    const gru = importFile(join(FIXTURES, "gru.onnx"), NAMES.slice(0, 3));
    const gruRows = { ...rows, features: ["log_return_1"], x: new Float32Array(ROWS), sequence };
    for (const [answer, imported, own] of [
      ["dense-onnxruntime", dense, denseRows],
      ["gru-onnxruntime", gru, gruRows],
    ] as const) {
      const most = farthest(
        await probabilities({ [imported.model]: imported.part }, own.features, own),
        answers(answer),
      );
      t.diagnostic(`${answer}: largest difference of ${ROWS} probabilities ${most.toExponential(1)}`);
      assert.ok(most <= 1e-6, `${answer}: ${most}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
