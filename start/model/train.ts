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
import { type BarSeries, buildRows, type Rows } from "#core-wasm/models/training/rows.ts";
import { evaluateModel } from "./evaluate.ts";
import { readSeries } from "./files.ts";
import { runPython, TRAINING } from "./python.ts";

const FIT = fileURLToPath(new URL("../../core-wasm/models/training/fit.py", import.meta.url));
const STEPS = 12;
/** Between learning, validation and test; longer than any feature or label looks. */
const EMBARGO_BARS = 150;
/** Where learning ends and the test begins when no dates are given: shares of the rows. */
const SHARES = [0.7, 0.85] as const;
/** Bars of less time than this know one half of the year only: the hours of the other half are learned from copies. */
const HALF_YEAR_MS = 150 * 86_400_000;
const HOUR_MS = 3_600_000;

interface Split {
  readonly validate_from_ms: number;
  readonly test_from_ms: number;
}

function splitOf(rows: Rows, { until_ms, test_from_ms }: Pick<TrainOptions, "until_ms" | "test_from_ms">): Split {
  const at = (share: number): number => rows.known_ms[Math.floor(share * (rows.count - 1))] as number;
  const validate_from_ms = until_ms ?? at(SHARES[0]);
  return { validate_from_ms, test_from_ms: Math.max(validate_from_ms, test_from_ms ?? at(SHARES[1])) };
}

/**
 * The market's day follows London and New York, which move by an hour against UTC twice a year. A short series is told again
 * as the other half of the year would have it; the core computes these rows as well.
 */
function otherHalfOfTheYear(series: readonly BarSeries[]): BarSeries[] {
  return series.flatMap((one) => {
    const [from_ms, to_ms] = [one.bars[0]?.time_ms ?? 0, one.bars.at(-1)?.time_ms ?? 0];
    if (to_ms - from_ms > HALF_YEAR_MS) return [];
    const month = new Date(from_ms).getUTCMonth();
    const shift_ms = month >= 3 && month <= 9 ? HOUR_MS : -HOUR_MS;
    return [{ ...one, bars: one.bars.map((bar) => ({ ...bar, time_ms: bar.time_ms + shift_ms })) }];
  });
}

export interface TrainOptions {
  readonly files: readonly string[];
  readonly out: string;
  readonly origin: string;
  /** The five learn from rows before this, UTC milliseconds; default by shares of the rows. */
  readonly until_ms?: number | undefined;
  /** Stack and calibration learn from rows before this too. */
  readonly test_from_ms?: number | undefined;
}

export async function train(o: TrainOptions): Promise<{ path: string; sha256: string }> {
  const work = mkdtempSync(join(tmpdir(), "lockstep-train-"));
  try {
    const datasets = [];
    const symbols = new Map<number, readonly string[]>();
    for (const [timeframe_s, series] of readSeries(o.files)) {
      const shape = { features: ENSEMBLE_FEATURES, steps: STEPS };
      const rows = await buildRows(series, shape);
      const copies = await buildRows(otherHalfOfTheYear(series), shape);
      symbols.set(timeframe_s, rows.symbols);
      datasets.push(writeDataset(work, [rows, copies], splitOf(rows, o)));
    }
    writeFileSync(join(work, "datasets.json"), JSON.stringify(datasets));
    await runPython(TRAINING, [FIT, join(work, "datasets.json"), join(work, "fitted.json")]);
    const fitted = z.array(FittedHead).parse(JSON.parse(readFileSync(join(work, "fitted.json"), "utf8")));
    const model = await modelOf(fitted, { origin: o.origin, symbols });
    return await save(o.out, model, o.files);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Rows as they were, then copies of them that are learned from and never judged by. */
function writeDataset(folder: string, [rows, copies]: readonly [Rows, Rows], split: Split): Record<string, unknown> {
  const name = timeframeName(rows.timeframe_s);
  const put = (part: string, ...values: readonly ArrayBufferView[]): void => {
    const bytes = values.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
    writeFileSync(join(folder, `${name}.${part}`), Buffer.concat(bytes));
  };
  put("x", rows.x, copies.x);
  put("sequence", rows.sequence, copies.sequence);
  put("known_ms", rows.known_ms, copies.known_ms);
  put("copy", new Uint8Array(rows.count), new Uint8Array(copies.count).fill(1));
  for (const [q, answers] of rows.answers.entries()) {
    put(`answers${q}`, answers, copies.answers[q] as Uint8Array);
    put(`answered_ms${q}`, rows.answered_ms[q] as Float64Array, copies.answered_ms[q] as Float64Array);
  }
  return {
    name,
    timeframe_s: rows.timeframe_s,
    count: rows.count + copies.count,
    steps: rows.steps,
    features: rows.features,
    questions: QUESTIONS.map((question) => question.name),
    embargo_ms: EMBARGO_BARS * rows.timeframe_s * 1000,
    drift_columns: rows.features.flatMap((feature, i) => (TIME_FEATURES.includes(feature) ? [] : [i])),
    ...split,
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
    choice: one.choice,
    walk_forward: one.walk.map(({ from_ms, to_ms, ...fold }) => ({
      from: iso(from_ms),
      to: iso(to_ms),
      ...rounded(fold),
    })),
  }));
  const meta = {
    name: "lockstep ensemble",
    tools: TRAINING.map(({ project, version }) => `${project} ${version}`),
    method: `walk-forward: stacked and calibrated on folds that the five had not learned from, the last of them the validation span, which lies behind all rows of the five; ${EMBARGO_BARS} bars of embargo between, labels that reach over are purged`,
    features_probe_sha256: await featuresProbe(),
    origin: o.origin,
    heads: notes,
  };
  return { features: ENSEMBLE_FEATURES, heads, meta };
}

const rounded = (figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(6))]));

async function save(out: string, model: Model, files: readonly string[]): Promise<{ path: string; sha256: string }> {
  const bytes = writeArtefact(model);
  const sha256 = sha256Of(bytes);
  mkdirSync(out, { recursive: true });
  const path = join(out, "model.lsm");
  writeFileSync(path, bytes);
  const { heads } = await evaluateModel({ artefact: bytes, files, all: false });
  const measured = heads.filter((head) => !head.in_sample);
  const card = { sha256, size_bytes: bytes.length, features: model.features, ...model.meta, measured };
  writeFileSync(join(out, "model.json"), `${JSON.stringify(card, null, 2)}\n`);
  return { path, sha256 };
}
