// The kinds of record that the core says, and the journal's own, field by field (records.ts has the enumerations).
import { type Field, f, type RecordKind, timeframe } from "./record-kind.ts";

const cause = f("cause_seq", "u64", "seq of the input record that caused this output");

/** What each prediction says to one question: eight numbers, laid as the core's Scores (core-wasm/assembly/ensemble/score.ts). */
const question = (name: string, probability: string, doc: string): Field[] => [
  f(`${name}_boosted`, "f64", "score of the gradient-boosted trees"),
  f(`${name}_forest`, "f64", "of the random forest"),
  f(`${name}_logistic`, "f64", "of the logistic regression"),
  f(`${name}_perceptron`, "f64", "of the multilayer perceptron"),
  f(`${name}_gru`, "f64", "of the gated recurrent unit"),
  f(`${name}_stacked`, "f64", "the five together, before calibration"),
  f(probability, "f64", `calibrated: ${doc}`),
  f(`${name}_disagreement`, "f64", "standard deviation of the models' scores"),
];
const top = (count: number, field: (i: number) => Field): Field[] => Array.from({ length: count }, (_, i) => field(i));

/** The direction's have no prefix: they were there first. */
const contributed = (fields: (prefix: string, question: string) => Field[]): Field[] =>
  [
    ["", "direction"],
    ["volatility_", "volatility"],
    ["regime_", "regime"],
  ].flatMap(([prefix = "", question = ""]) => fields(prefix, question));

/** What a model says at the close of a bar. */
const scoring: readonly Field[] = [
  cause,
  f("bar_time_ms", "i64", "opening time of the bar that closed, UTC"),
  ...question("direction", "probability_up", "of a higher close after the horizon"),
  ...question("volatility", "probability_high_volatility", "of a next range above its recent median"),
  ...question(
    "regime",
    "probability_volatile_regime",
    "of a volatile market: the mean true range over the regime's horizon above ATR(50)",
  ),
  f("atr_points", "f64", "average true range at the close"),
  f("drift_psi", "f64", "largest population stability index of the last whole block of 250 scored bars; 0 before it"),
  ...contributed((prefix, question) =>
    top(4, (i) =>
      f(
        `${prefix}contribution_${i}`,
        "f64",
        `log-odds that the feature added to the stacked ${question}, largest size first: trees and linear model`,
      ),
    ),
  ),
  f("model_sha256_head", "bytes16", "first half of the model's digest"),
  timeframe,
  f("horizon_s", "u32", "what the direction and volatility are about"),
  f("regime_horizon_s", "u32", "what the regime is about"),
  ...contributed((prefix) =>
    top(4, (i) => f(`${prefix}contribution_feature_${i}`, "u16", "position of that feature in proto/features.ts")),
  ),
  f("drift_feature", "u16", "position of the feature that drift_psi is of"),
  f("feature_count", "u16", ""),
  f(
    "direction_models",
    "u8",
    "bits of the scores that are the model's: 1 boosted, 2 forest, 4 logistic, 8 perceptron, 16 gru",
  ),
  f("volatility_models", "u8", "likewise"),
  f("regime_models", "u8", "likewise"),
  f("direction_set", "u8", "answers that the conformal set keeps: 1 no, 2 yes"),
  f("volatility_set", "u8", "likewise"),
  f("regime_set", "u8", "likewise"),
  f("regime", "u8", "0 calm, 1 volatile"),
  f("warm", "u8", "0 = before warm-up: never traded on"),
];
const features: RecordKind["group"] = {
  name: "features",
  count: "feature_count",
  fields: [f("value", "f64", "in the order of proto/features.ts")],
};

export const OUTPUT_KINDS: readonly RecordKind[] = [
  {
    name: "bar",
    number: 101,
    version: 1,
    doc: "A bar that the core closed.",
    fields: [
      cause,
      f("open_time_ms", "i64", "UTC"),
      f("open_points", "i64", "bid"),
      f("high_points", "i64", "bid"),
      f("low_points", "i64", "bid"),
      f("close_points", "i64", "bid"),
      f("spread_sum_points", "i64", "sum of the spreads of its ticks"),
      f("timeframe_s", "u32", "bar length in seconds; 0 when it is not made by time"),
      f("tick_count", "u32", ""),
      f("basis", "u8", "BAR_BASIS: 0 time, 1 number of ticks, 2 range"),
    ],
  },
  {
    name: "prediction",
    number: 102,
    version: 3,
    doc: "One scoring of the model, at the close of a bar. Scores that the model does not have are one half; the `..._models` bits say which it has.",
    fields: scoring,
    group: features,
  },
  {
    name: "order_intent",
    number: 103,
    version: 1,
    doc: "An order that the core wants. It leaves the edge only if the verdict that follows accepts it.",
    fields: [
      cause,
      f(
        "intent_id",
        "bytes16",
        "epoch modulo 256, 1 byte; cause_seq in 6 bytes, big-endian; index in its cause, 1 byte; first half of the stream id",
      ),
      f("magic", "u64", "bit 63 = 0, bits 62-48 strategy, bits 47-0 of SHA-256(intent_id)"),
      f("position_ticket", "u64", "to close, 0 = none"),
      f("volume_microlots", "i64", ""),
      f("price_points", "i64", "ask or bid at the decision"),
      f("stop_points", "i64", "0 = none"),
      f("target_points", "i64", "0 = none"),
      f("guard_price_points", "i64", "worst price to accept"),
      f("expires_ns", "i64", "UTC nanoseconds"),
      f("deviation_points", "i32", ""),
      timeframe,
      f("probability_up_ppm", "i32", "what it was decided on"),
      f("action", "u8", "INTENT_ACTION: 1 open, 2 close"),
      f("side", "u8", "0 buy, 1 sell"),
      f("direction_set", "u8", "of the prediction that it was decided on; 0 when it was not decided on one"),
    ],
  },
  {
    name: "risk_verdict",
    number: 104,
    version: 1,
    doc: "Every pre-trade check of one intent, passed or not. Follows its intent.",
    fields: [
      cause,
      f("intent_id", "bytes16", ""),
      f("accepted", "u8", "1 = every check passed"),
      f("trading_state", "u8", "TRADING_STATE at the check"),
      f("check_count", "u16", ""),
      f("failed_count", "u16", ""),
    ],
    group: {
      name: "checks",
      count: "check_count",
      fields: [
        f("value", "i64", "what was measured"),
        f("limit", "i64", "what it was held against"),
        f("headroom", "i64", "how far from failing, negative = by how much it failed; saturating"),
        f("code", "u16", "reason code (proto/reasons.ts)"),
        f("result", "u8", "CHECK_RESULT: 0 pass, 1 fail, 2 missing data"),
        f("pad", "u8", "0"),
        f("reserved", "u32", "0"),
      ],
    },
  },
  {
    name: "state_change",
    number: 105,
    version: 1,
    doc: "The trading state changed.",
    fields: [
      cause,
      f("from_state", "u8", "TRADING_STATE"),
      f("to_state", "u8", "TRADING_STATE"),
      f("reason", "u16", "reason code, 0 = operator"),
    ],
  },
  {
    name: "alert",
    number: 106,
    version: 1,
    doc: "Something a person should know.",
    fields: [
      cause,
      f("value", "i64", ""),
      f("limit", "i64", ""),
      f("code", "u16", "ALERT"),
      f("severity", "u8", "SEVERITY: 0 info, 1 warning, 2 critical"),
    ],
  },
  {
    name: "correlation",
    number: 107,
    version: 1,
    doc: "The matrix of correlations at a whole hour: five-minute log returns of the mids, moving over about a day.",
    fields: [cause, f("grid_time_ms", "i64", "the hour, UTC milliseconds"), f("pair_count", "u16", "known ones")],
    group: {
      name: "pairs",
      count: "pair_count",
      fields: [
        f("correlation", "f64", "-1..1"),
        f("symbol_a", "u16", "the lesser index"),
        f("symbol_b", "u16", ""),
        f("intervals", "u32", "five-minute intervals it rests on, at most 288"),
      ],
    },
  },
  {
    name: "shadow_prediction",
    number: 124,
    version: 1,
    doc: "What the shadow model says of the same bar, as a prediction; never traded on. Without features where the live model's prediction of the bar, which comes before it, has them.",
    fields: scoring,
    group: features,
  },
  {
    name: "batch_seal",
    number: 201,
    version: 1,
    doc: "Closes a batch: all records since the previous seal. Chained, signed; the leaf of the audit log. The signature covers the record's bytes before `signature`, with check as 0.",
    fields: [
      f("stream_id", "bytes16", ""),
      f("first_seq", "u64", "first record of the batch; the last is this seal's seq - 1"),
      f("record_count", "u32", "records, this one not counted"),
      f("reserved", "u32", "0"),
      f("previous_hash", "bytes32", "SHA-256 of the previous seal's whole record; zero for the first"),
      f("records_sha256", "bytes32", "of the batch's bytes, this record not included"),
      f("outputs_digest", "bytes32", "digest of all outputs after the batch's last input (core-wasm/host/digest.ts)"),
      f("signature", "bytes64", "Ed25519 by the stream's key"),
    ],
  },
];
