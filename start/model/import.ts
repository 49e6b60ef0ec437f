// `model import`: a model of LightGBM, XGBoost or ONNX becomes an artefact with one head.
import { readFileSync } from "node:fs";
import { writeArtefact } from "#core-wasm/models/artefact.ts";
import { HEAD_KIND, type ModelHead, TIMEFRAMES_S } from "#core-wasm/models/heads.ts";
import type { Imported } from "#core-wasm/models/import/imported.ts";
import { importLightgbm } from "#core-wasm/models/import/lightgbm.ts";
import { importOnnx } from "#core-wasm/models/import/onnx.ts";
import { importXgboost } from "#core-wasm/models/import/xgboost.ts";
import { timeframeName } from "#core-wasm/models/training/evaluate.ts";
import { QUESTIONS } from "#core-wasm/models/training/questions.ts";
import { LockstepError } from "#proto/errors.ts";

const WARM_BARS = 100;

export interface ImportOptions {
  readonly timeframe: string;
  readonly question: string;
  readonly licence: string;
  readonly features?: readonly string[];
}

/** By the file's content: JSON is XGBoost's, text that begins with `tree` LightGBM's, everything else ONNX. */
export function importFile(path: string, features?: readonly string[]): Imported<unknown> {
  const bytes = readFileSync(path);
  const start = bytes.subarray(0, 64).toString("latin1").trimStart();
  if (start.startsWith("{")) return importXgboost(bytes.toString("utf8"));
  if (start.startsWith("tree\n") || start.startsWith("tree\r\n"))
    return importLightgbm(bytes.toString("utf8").replaceAll("\r", ""));
  return importOnnx(new Uint8Array(bytes), features ? { features } : {});
}

export function importModel(path: string, o: ImportOptions): Uint8Array {
  const timeframe_s = TIMEFRAMES_S.find((seconds) => timeframeName(seconds) === o.timeframe);
  const question = QUESTIONS.find(({ name }) => name === o.question);
  if (timeframe_s === undefined || question === undefined)
    throw new LockstepError(
      "bad_request",
      `--timeframe takes ${TIMEFRAMES_S.map(timeframeName).join(", ")}; --question takes ${QUESTIONS.map(({ name }) => name).join(", ")}`,
    );
  const imported = importFile(path, o.features);
  const head = {
    timeframe_s,
    horizon_s: timeframe_s * question.ahead_bars,
    kind: HEAD_KIND[question.name],
    warm_bars: WARM_BARS,
    [imported.model]: imported.part,
  } as ModelHead;
  const meta = { name: `imported from ${path.split("/").at(-1)}`, origin: o.licence, question: question.text };
  // A GRU reads no row of features; an artefact has at least one.
  const features = imported.model === "gru" ? ["log_return_1"] : imported.features;
  return writeArtefact({ features, heads: [head], meta });
}
