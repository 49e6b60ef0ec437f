// Training as one command: bar files in, rows by the core, fits by the pinned tools, an artefact and its figures out.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { sha256Of, writeArtefact } from "#core-wasm/models/artefact.ts";
import { ENSEMBLE_FEATURES, TIME_FEATURES } from "#core-wasm/models/features.ts";
import type { Model } from "#core-wasm/models/heads.ts";
import { featuresProbe } from "#core-wasm/models/probe.ts";
import { assembleHead, FittedHead } from "#core-wasm/models/training/assemble.ts";
import { headName, timeframeName } from "#core-wasm/models/training/evaluate.ts";
import { QUESTIONS } from "#core-wasm/models/training/questions.ts";
import { buildRows, type Rows } from "#core-wasm/models/training/rows.ts";
import { evaluateModel } from "./evaluate.ts";
import { readSeries } from "./files.ts";
import { runPython, TRAINING } from "./python.ts";

const FIT = fileURLToPath(new URL("../../core-wasm/models/training/fit.py", import.meta.url));
const STEPS = 16;
/** Between learning, validation and test; longer than any feature or label looks. */
const EMBARGO_BARS = 150;
/** Of rows that span less than the dates below: shares of the time. */
const SHARES = [0.55, 0.75] as const;
const DATES = [Date.UTC(2014, 0, 1), Date.UTC(2015, 0, 1)] as const;

interface Split {
  readonly validate_from_ms: number;
  readonly test_from_ms: number;
}

/** Up to 2013, 2014, from 2015; rows of less time are cut by shares. */
export function splitOf(rows: Pick<Rows, "known_ms" | "count">): Split {
  const at = (share: number): number => rows.known_ms[Math.floor(share * (rows.count - 1))] as number;
  const spans = at(0) < DATES[0] && at(1) > DATES[1];
  const [validate_from_ms, test_from_ms] = spans ? DATES : [at(SHARES[0]), at(SHARES[1])];
  return { validate_from_ms, test_from_ms };
}

export interface TrainOptions {
  readonly files: readonly string[];
  readonly out: string;
  readonly origin: string;
}

export async function train({ files, out, origin }: TrainOptions): Promise<{ path: string; sha256: string }> {
  const work = mkdtempSync(join(tmpdir(), "lockstep-train-"));
  try {
    const datasets = [];
    const symbols = new Map<number, readonly string[]>();
    for (const [timeframe_s, series] of readSeries(files)) {
      const rows = await buildRows(series, { features: ENSEMBLE_FEATURES, steps: STEPS });
      symbols.set(timeframe_s, rows.symbols);
      datasets.push(writeDataset(work, rows));
    }
    writeFileSync(join(work, "datasets.json"), JSON.stringify(datasets));
    await runPython(TRAINING, [FIT, join(work, "datasets.json"), join(work, "fitted.json")]);
    const fitted = z.array(FittedHead).parse(JSON.parse(readFileSync(join(work, "fitted.json"), "utf8")));
    const model = await modelOf(fitted, { origin, symbols });
    return await save(out, model, files);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function writeDataset(folder: string, rows: Rows): Record<string, unknown> {
  const name = timeframeName(rows.timeframe_s);
  const put = (part: string, values: ArrayBufferView): void =>
    writeFileSync(join(folder, `${name}.${part}`), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  put("x", rows.x);
  put("sequence", rows.sequence);
  put("known_ms", rows.known_ms);
  for (const [q, answers] of rows.answers.entries()) {
    put(`answers${q}`, answers);
    put(`answered_ms${q}`, rows.answered_ms[q] as Float64Array);
  }
  return {
    name,
    timeframe_s: rows.timeframe_s,
    count: rows.count,
    steps: rows.steps,
    features: rows.features,
    questions: QUESTIONS.map((question) => question.name),
    embargo_ms: EMBARGO_BARS * rows.timeframe_s * 1000,
    drift_columns: rows.features.flatMap((feature, i) => (TIME_FEATURES.includes(feature) ? [] : [i])),
    ...splitOf(rows),
  };
}

async function modelOf(
  fitted: readonly FittedHead[],
  o: { origin: string; symbols: ReadonlyMap<number, readonly string[]> },
): Promise<Model> {
  const heads = fitted.map((one) => assembleHead(one, { features: ENSEMBLE_FEATURES.length, steps: STEPS }));
  const iso = (ms: number): string => new Date(ms).toISOString();
  const notes = fitted.map((one, i) => ({
    name: headName(heads[i] as (typeof heads)[number]),
    question: QUESTIONS.find(({ name }) => name === one.question)?.text,
    symbols: o.symbols.get(one.timeframe_s),
    trained_from: iso(one.trained[0]),
    trained_to: iso(one.trained[1]),
    trained_rows: one.trained[2],
    validated_from: iso(one.validated[0]),
    validated_to: iso(one.validated[1]),
    validated_rows: one.validated[2],
    validation_log_loss: one.validation_log_loss,
  }));
  const meta = {
    name: "lockstep ensemble",
    tools: TRAINING.map(({ project, version }) => `${project} ${version}`),
    method: `the five models are fitted on the first span, stacked and calibrated on the second, measured on the third; ${EMBARGO_BARS} bars of embargo between, labels that reach over are purged`,
    features_probe_sha256: await featuresProbe(),
    origin: o.origin,
    heads: notes,
  };
  return { features: ENSEMBLE_FEATURES, heads, meta };
}

async function save(out: string, model: Model, files: readonly string[]): Promise<{ path: string; sha256: string }> {
  const bytes = writeArtefact(model);
  const sha256 = sha256Of(bytes);
  mkdirSync(out, { recursive: true });
  const path = join(out, "model.lsm");
  writeFileSync(path, bytes);
  const { heads } = await evaluateModel({ artefact: bytes, files, all: false });
  const card = { sha256, size_bytes: bytes.length, features: model.features, ...model.meta, measured: heads };
  writeFileSync(join(out, "model.json"), `${JSON.stringify(card, null, 2)}\n`);
  return { path, sha256 };
}
