// What the core decided: predictions, order intents, every check of every verdict, alerts.
import { COMMON, type Column, column, INTEGER, SMALL, type Table } from "./table.ts";

const same = (columns: readonly Column[]): Record<string, string> =>
  Object.fromEntries(columns.map(({ name }) => [name, name]));
const ORDER = "stream_id, symbol, time, seq";
const cause = column("cause_seq", "UInt64", INTEGER);
const id = (name: string): Column => column(name, "FixedString(16)", "ZSTD(1)");

const QUESTIONS = [
  { name: "direction", probability: "probability_up" },
  { name: "volatility", probability: "probability_high_volatility" },
  { name: "regime", probability: "probability_volatile_regime" },
] as const;
const TOP = [0, 1, 2, 3] as const;
/** The direction's have no prefix. */
const CONTRIBUTED = ["", "volatility_", "regime_"] as const;

const float = (name: string): Column => column(name, "Float64", "ZSTD(1)");
/** Five scores, stacked, calibrated, disagreement; which scores there are; which answers the conformal set keeps. */
const questionColumns = QUESTIONS.flatMap(({ name, probability }) => [
  ...["boosted", "forest", "logistic", "perceptron", "gru", "stacked"].map((score) => float(`${name}_${score}`)),
  float(probability),
  float(`${name}_disagreement`),
  column(`${name}_models`, "UInt8", "ZSTD(1)"),
  column(`${name}_set`, "UInt8", "ZSTD(1)"),
]);

const predictionColumns = [
  cause,
  column("timeframe_s", "UInt32", "ZSTD(1)"),
  column("horizon_s", "UInt32", "ZSTD(1)"),
  column("bar_time_ms", "Int64", INTEGER),
  column("regime_horizon_s", "UInt32", "ZSTD(1)"),
  ...questionColumns,
  float("atr_points"),
  float("drift_psi"),
  column("drift_feature", "UInt16", "ZSTD(1)"),
  ...CONTRIBUTED.flatMap((prefix) =>
    TOP.flatMap((i) => [
      float(`${prefix}contribution_${i}`),
      column(`${prefix}contribution_feature_${i}`, "UInt16", "ZSTD(1)"),
    ]),
  ),
  id("model_sha256_head"),
  column("regime", "UInt8", "ZSTD(1)"),
  column("warm", "UInt8", "ZSTD(1)"),
];

const scoredBy = (name: string, kind: string): Table => ({
  name,
  columns: [...COMMON, ...predictionColumns, column("features", "Array(Float64)", "ZSTD(1)")],
  orderBy: ORDER,
  sources: { [kind]: { ...same(predictionColumns), features: "features_value" } },
});

export const predictions = scoredBy("predictions", "prediction");
/** Of the model that scores beside the live one. */
export const shadowPredictions = scoredBy("shadow_predictions", "shadow_prediction");

const decisionColumns = [
  cause,
  id("intent_id"),
  column("magic", "UInt64", "ZSTD(1)"),
  column("position_ticket", "UInt64", "ZSTD(1)"),
  column("volume_microlots", "Int64", SMALL),
  column("price_points", "Int64", "ZSTD(1)"),
  column("stop_points", "Int64", "ZSTD(1)"),
  column("target_points", "Int64", "ZSTD(1)"),
  column("guard_price_points", "Int64", "ZSTD(1)"),
  column("expires_ns", "Int64", INTEGER),
  column("deviation_points", "Int32", SMALL),
  column("timeframe_s", "UInt32", "ZSTD(1)"),
  column("probability_up_ppm", "Int32", SMALL),
  column("action", "UInt8", "ZSTD(1)"),
  column("side", "UInt8", "ZSTD(1)"),
  column("direction_set", "UInt8", "ZSTD(1)"),
];

export const decisions: Table = {
  name: "decisions",
  columns: [...COMMON, ...decisionColumns],
  orderBy: ORDER,
  sources: { order_intent: same(decisionColumns) },
};

const verdictColumns = [
  cause,
  id("intent_id"),
  column("accepted", "UInt8", "ZSTD(1)"),
  column("trading_state", "UInt8", "ZSTD(1)"),
  column("failed_count", "UInt16", "ZSTD(1)"),
];
/** One array a field, all of the same length: one element a check, in the order of the verdict. */
const checkColumns = [
  column("checks_code", "Array(UInt16)", "ZSTD(1)"),
  column("checks_result", "Array(UInt8)", "ZSTD(1)"),
  column("checks_value", "Array(Int64)", "ZSTD(1)"),
  column("checks_limit", "Array(Int64)", "ZSTD(1)"),
  column("checks_headroom", "Array(Int64)", "ZSTD(1)"),
];

export const verdicts: Table = {
  name: "verdicts",
  columns: [...COMMON, ...verdictColumns, ...checkColumns],
  orderBy: ORDER,
  sources: { risk_verdict: { ...same(verdictColumns), ...same(checkColumns) } },
};

const alertColumns = [
  cause,
  column("code", "UInt16", "ZSTD(1)"),
  column("severity", "UInt8", "ZSTD(1)"),
  column("value", "Int64", "ZSTD(1)"),
  column("limit", "Int64", "ZSTD(1)"),
];

export const alerts: Table = {
  name: "alerts",
  columns: [...COMMON, ...alertColumns],
  orderBy: ORDER,
  sources: { alert: same(alertColumns) },
};
