// The close of a bar: score the active model's heads of that timeframe, record the prediction with the features it was made
// from, and hand it to the policy.
import { decide } from "../decision/policy";
import { WARM_BARS, writeFeatures } from "../features/registry";
import { atr } from "../features/volatility";
import { FEATURE_COUNT } from "../generated/features";
import { PREDICTION_BYTES, PREDICTION_CODE, PREDICTION_FEATURES_BYTES, Prediction } from "../generated/records";
import { CONTRIBUTIONS_AT, FEATURES_AT } from "../memory";
import { begin, commit } from "../outbox";
import { driftOf, stream, timeframeSeconds } from "../state";
import { Bars, Market } from "../structures";
import { takeRow } from "./drift";
import { stepsOf } from "./gru";
import { DIRECTION, featureAt, featureCount, Head, HIGH_VOLATILITY, headCount, headOf, REGIME, section } from "./head";
import { modelReady } from "./model";
import { writeRow } from "./row";
import { explainHead, Scores, scoreHead } from "./score";
import { writeSequence } from "./sequence";
import { copy16 } from "./vector";

const UNDECIDED: f64 = 0.5;
/** Features whose part in a prediction is recorded. */
const TOP: u32 = 4;
/** Scores begin with what a question has in the record. */
const QUESTION_BYTES: usize = 64;

/** After the indicators took the bar in. `trade` is false for bars from history: they never cause an order. */
export function onBarClosed(symbol: u32, m: Market, b: Bars, timeframe: u32, open_time_ms: i64, trade: bool): void {
  if (!modelReady()) return;
  const s = stream();
  const seconds = timeframeSeconds(timeframe);
  const direction = findHead(seconds, DIRECTION);
  const volatility = findHead(seconds, HIGH_VOLATILITY);
  const regime = findHead(seconds, REGIME);
  const first = direction != 0 ? direction : volatility != 0 ? volatility : regime;
  if (first == 0) return;
  writeFeatures(symbol, m, b, open_time_ms, open_time_ms + <i64>seconds * 1000);
  writeRow();
  const at = begin(PREDICTION_CODE, PREDICTION_BYTES + FEATURE_COUNT * PREDICTION_FEATURES_BYTES, symbol);
  const p = changetype<Prediction>(at);
  p.cause_seq = s.last_seq;
  p.bar_time_ms = open_time_ms;
  p.atr_points = atr(b);
  p.model_sha256_head_0 = s.model_0;
  p.model_sha256_head_1 = s.model_1;
  p.timeframe_s = seconds;
  p.horizon_s = changetype<Head>(first).horizon_s;
  writeDirection(p, answer(p, direction, DIRECTION, offsetof<Prediction>("direction_boosted"), b), direction);
  writeVolatility(p, answer(p, volatility, HIGH_VOLATILITY, offsetof<Prediction>("volatility_boosted"), b));
  writeRegime(p, answer(p, regime, REGIME, offsetof<Prediction>("regime_boosted"), b), regime);
  writeDrift(p, symbol, timeframe, changetype<Head>(first).drift_at);
  const warm = b.count >= WARM_BARS && isWarm(direction, b) && isWarm(volatility, b) && isWarm(regime, b);
  p.warm = warm ? 1 : 0;
  p.feature_count = <u16>FEATURE_COUNT;
  memory.copy(at + PREDICTION_BYTES, FEATURES_AT, FEATURE_COUNT * PREDICTION_FEATURES_BYTES);
  commit(at);
  s.predictions++;
  if (trade && warm && direction != 0) decide(symbol, m, seconds, p.probability_up, p.atr_points, p.direction_set);
}

/** Address of the active model's head, 0 = it has none. */
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

/** Scores one question into the record; a head that is not there says one half, and keeps both answers. */
function answer(p: Prediction, at: usize, slot: u32, offset: usize, b: Bars): Scores {
  const into = changetype<usize>(p) + offset;
  if (at == 0) {
    for (let i: usize = 0; i < QUESTION_BYTES - 8; i += 8) store<f64>(into + i, UNDECIDED);
    return changetype<Scores>(0);
  }
  const head = changetype<Head>(at);
  if (head.gru_at != 0) writeSequence(b, stepsOf(section(head.gru_at)));
  const scores = scoreHead(head, slot);
  copy16(into, changetype<usize>(scores), QUESTION_BYTES);
  return scores;
}

function modelsOf(scores: Scores): u8 {
  return changetype<usize>(scores) == 0 ? 0 : <u8>scores.models;
}

function setOf(scores: Scores): u8 {
  return changetype<usize>(scores) == 0 ? 3 : <u8>scores.set;
}

function writeDirection(p: Prediction, scores: Scores, head: usize): void {
  p.direction_models = modelsOf(scores);
  p.direction_set = setOf(scores);
  if (head == 0) return;
  explainHead(changetype<Head>(head), featureCount());
  for (let i: u32 = 0; i < TOP; i++) {
    const largest = largestContribution();
    const at = CONTRIBUTIONS_AT + <usize>largest * 8;
    store<f64>(changetype<usize>(p) + offsetof<Prediction>("contribution_0") + <usize>i * 8, load<f64>(at));
    const feature = changetype<usize>(p) + offsetof<Prediction>("contribution_feature_0") + <usize>i * 2;
    store<u16>(feature, <u16>featureAt(largest));
    store<f64>(at, 0);
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

function writeVolatility(p: Prediction, scores: Scores): void {
  p.volatility_models = modelsOf(scores);
  p.volatility_set = setOf(scores);
}

/** Without a head of its own the regime is what the volatility head says of the next bar. */
function writeRegime(p: Prediction, scores: Scores, head: usize): void {
  p.regime_models = modelsOf(scores);
  p.regime_set = setOf(scores);
  p.regime_horizon_s = head != 0 ? changetype<Head>(head).horizon_s : p.horizon_s;
  const known = head != 0 || p.volatility_models != 0;
  const volatile = head != 0 ? p.probability_volatile_regime : p.probability_high_volatility;
  p.regime = known && volatile >= UNDECIDED ? 1 : 0;
}

function writeDrift(p: Prediction, symbol: u32, timeframe: u32, offset: u32): void {
  if (offset == 0) return;
  const drift = driftOf(symbol, timeframe);
  takeRow(section(offset), drift);
  p.drift_psi = drift.psi;
  p.drift_feature = <u16>featureAt(drift.feature);
}
