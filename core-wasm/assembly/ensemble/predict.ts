// The close of a bar: score the live model's heads of that timeframe, and the shadow's beside them, record what each says
// with the features it was made from, and hand the live one's answer to the policy.
import { decide } from "../decision/policy";
import { WARM_BARS, writeFeatures } from "../features/registry";
import { atr } from "../features/volatility";
import { FEATURE_COUNT } from "../generated/features";
import {
  PREDICTION_BYTES,
  PREDICTION_CODE,
  PREDICTION_FEATURES_BYTES,
  Prediction,
  SHADOW_PREDICTION_CODE,
} from "../generated/records";
import { CONTRIBUTIONS_AT, FEATURES_AT } from "../memory";
import { begin, commit } from "../outbox";
import { driftOf, stream, timeframeSeconds } from "../state";
import { Bars, Drift, Market, ModelSettings } from "../structures";
import { takeRow } from "./drift";
import { stepsOf } from "./gru";
import { DIRECTION, featureAt, featureCount, Head, HIGH_VOLATILITY, headCount, headOf, REGIME, section } from "./head";
import { hashOf, LIVE, modelReady, SHADOW } from "./model";
import { writeRow } from "./row";
import { countedModels, explainHead, Scores, scoreHead } from "./score";
import { writeSequence } from "./sequence";
import { isHeadOn, mayOpen, modelSettings, useShares, volatileFrom } from "./settings";
import { copy16 } from "./vector";

const UNDECIDED: f64 = 0.5;
/** Features whose part in an answer is recorded. */
const TOP: u32 = 4;
/** Scores begin with what a question has in the record. */
const QUESTION_BYTES: usize = 64;

/** After the indicators took the bar in. `trade` is false for bars from history: they never cause an order. */
export function onBarClosed(symbol: u32, m: Market, b: Bars, timeframe: u32, open_time_ms: i64, trade: bool): void {
  const seconds = timeframeSeconds(timeframe);
  const shadow = modelReady(SHADOW) && hasHeads(seconds);
  // Last, so that it is the one that head.ts reads.
  const live = modelReady(LIVE) && hasHeads(seconds);
  if (!live && !shadow) return;
  const decides = live && trade && findHead(seconds, DIRECTION) != 0;
  writeFeatures(symbol, m, b, open_time_ms, open_time_ms + <i64>seconds * 1000);
  const settings = modelSettings(symbol);
  useShares(settings);
  let said = changetype<Prediction>(0);
  if (live) {
    said = predict(LIVE, symbol, b, timeframe, open_time_ms, FEATURE_COUNT);
    stream().predictions++;
  }
  // Beside a prediction its features are not said again.
  if (shadow && modelReady(SHADOW)) predict(SHADOW, symbol, b, timeframe, open_time_ms, live ? 0 : FEATURE_COUNT);
  if (!decides || said.warm == 0) return;
  const opens =
    isHeadOn(settings, timeframe, DIRECTION) &&
    said.direction_models != 0 &&
    mayOpen(settings, said.probability_up, said.direction_disagreement, said.drift_psi);
  decide(symbol, m, seconds, said.probability_up, said.atr_points, said.direction_set, opens);
}

/** Records what the model in hand says; a shadow's record is laid out as a prediction. */
function predict(role: u32, symbol: u32, b: Bars, timeframe: u32, open_time_ms: i64, features: u32): Prediction {
  const seconds = timeframeSeconds(timeframe);
  const direction = findHead(seconds, DIRECTION);
  const volatility = findHead(seconds, HIGH_VOLATILITY);
  const regime = findHead(seconds, REGIME);
  const first = direction != 0 ? direction : volatility != 0 ? volatility : regime;
  const settings = modelSettings(symbol);
  writeRow();
  const code = role == LIVE ? PREDICTION_CODE : SHADOW_PREDICTION_CODE;
  const at = begin(code, PREDICTION_BYTES + features * PREDICTION_FEATURES_BYTES, symbol);
  const p = changetype<Prediction>(at);
  p.cause_seq = stream().last_seq;
  p.bar_time_ms = open_time_ms;
  p.atr_points = atr(b);
  p.model_sha256_head_0 = load<u64>(hashOf(role));
  p.model_sha256_head_1 = load<u64>(hashOf(role), 8);
  p.timeframe_s = seconds;
  p.horizon_s = changetype<Head>(first).horizon_s;
  writeDirection(p, answer(p, isHeadOn(settings, timeframe, DIRECTION) ? direction : 0, DIRECTION, b));
  writeVolatility(p, answer(p, isHeadOn(settings, timeframe, HIGH_VOLATILITY) ? volatility : 0, HIGH_VOLATILITY, b));
  writeRegime(p, answer(p, isHeadOn(settings, timeframe, REGIME) ? regime : 0, REGIME, b), regime, settings);
  writeDrift(p, driftOf(role, symbol, timeframe), changetype<Head>(first).drift_at);
  const warm = b.count >= WARM_BARS && isWarm(direction, b) && isWarm(volatility, b) && isWarm(regime, b);
  p.warm = warm ? 1 : 0;
  p.feature_count = <u16>features;
  memory.copy(at + PREDICTION_BYTES, FEATURES_AT, features * PREDICTION_FEATURES_BYTES);
  commit(at);
  return p;
}

function hasHeads(timeframe_s: u32): bool {
  for (let i: u32 = 0; i < headCount(); i++) if (headOf(i).timeframe_s == timeframe_s) return true;
  return false;
}

/** Address of the model's head, 0 = it has none. */
function findHead(timeframe_s: u32, kind: u32): usize {
  for (let i: u32 = 0; i < headCount(); i++) {
    const head = headOf(i);
    if (head.timeframe_s == timeframe_s && head.kind == kind) return changetype<usize>(head);
  }
  return 0;
}

function isWarm(head: usize, b: Bars): bool {
  return head == 0 || b.count >= changetype<Head>(head).warm_bars;
}

/** Where the record has the question's scores. */
function questionAt(p: Prediction, kind: u32): usize {
  return changetype<usize>(p) + offsetof<Prediction>("direction_boosted") + <usize>kind * QUESTION_BYTES;
}

/** Scores one question into the record; a head that is not there, or off, says one half, and keeps both answers. */
function answer(p: Prediction, at: usize, kind: u32, b: Bars): Scores {
  const into = questionAt(p, kind);
  const head = changetype<Head>(at);
  if (at == 0 || !hasSay(head)) {
    for (let i: usize = 0; i < QUESTION_BYTES - 8; i += 8) store<f64>(into + i, UNDECIDED);
    return changetype<Scores>(0);
  }
  if (head.gru_at != 0) writeSequence(b, stepsOf(section(head.gru_at)));
  const scores = scoreHead(head, kind);
  copy16(into, changetype<usize>(scores), QUESTION_BYTES);
  writeContributions(p, head, scores, kind);
  return scores;
}

/** False when none of its models has a weight that counts. */
function hasSay(head: Head): bool {
  return countedModels(head, modelsIn(head)) != 0;
}

function modelsIn(head: Head): u32 {
  return (
    (head.boosted_at != 0 ? 1 : 0) |
    (head.forest_at != 0 ? 2 : 0) |
    (head.logistic_at != 0 ? 4 : 0) |
    (head.perceptron_at != 0 ? 8 : 0) |
    (head.gru_at != 0 ? 16 : 0)
  );
}

function modelsOf(scores: Scores): u8 {
  return changetype<usize>(scores) == 0 ? 0 : <u8>scores.models;
}

function setOf(scores: Scores): u8 {
  return changetype<usize>(scores) == 0 ? 3 : <u8>scores.set;
}

/** The features that moved the answer most, by question: first the numbers of all three, further on the features. */
function writeContributions(p: Prediction, head: Head, scores: Scores, kind: u32): void {
  explainHead(head, scores, featureCount());
  const at = changetype<usize>(p);
  const slot = <usize>(kind * TOP);
  const numbers = at + offsetof<Prediction>("contribution_0") + slot * 8;
  const features = at + offsetof<Prediction>("contribution_feature_0") + slot * 2;
  for (let i: usize = 0; i < <usize>TOP; i++) {
    const largest = largestContribution();
    const from = CONTRIBUTIONS_AT + <usize>largest * 8;
    store<f64>(numbers + i * 8, load<f64>(from));
    store<u16>(features + i * 2, <u16>featureAt(largest));
    store<f64>(from, 0);
  }
}

/** The first of the model's features with the largest size. */
function largestContribution(): u32 {
  let largest: u32 = 0;
  let size: f64 = 0;
  for (let i: u32 = 0; i < featureCount(); i++) {
    const here = Math.abs(load<f64>(CONTRIBUTIONS_AT + <usize>i * 8));
    if (here <= size) continue;
    size = here;
    largest = i;
  }
  return largest;
}

function writeDirection(p: Prediction, scores: Scores): void {
  p.direction_models = modelsOf(scores);
  p.direction_set = setOf(scores);
}

function writeVolatility(p: Prediction, scores: Scores): void {
  p.volatility_models = modelsOf(scores);
  p.volatility_set = setOf(scores);
}

/** Without a head of its own the regime is what the volatility head says of the next bar. */
function writeRegime(p: Prediction, scores: Scores, head: usize, settings: ModelSettings): void {
  p.regime_models = modelsOf(scores);
  p.regime_set = setOf(scores);
  p.regime_horizon_s = head != 0 ? changetype<Head>(head).horizon_s : p.horizon_s;
  const known = p.regime_models != 0 || p.volatility_models != 0;
  const volatile = p.regime_models != 0 ? p.probability_volatile_regime : p.probability_high_volatility;
  p.regime = known && volatile >= volatileFrom(settings) ? 1 : 0;
}

function writeDrift(p: Prediction, drift: Drift, offset: u32): void {
  if (offset == 0) return;
  takeRow(section(offset), drift);
  p.drift_psi = drift.psi;
  p.drift_feature = <u16>featureAt(drift.feature);
}
