// One head over the row and sequence in scratch: five scores, stacked, calibrated, how far the models disagree, and which
// answers a conformal set keeps.
import { CONTRIBUTIONS_AT, LOG_ODDS_AT, SCORES_AT } from "../memory";
import { calibrate, counted, hold, logOdds, probability, stack, stackerWeight } from "./combine";
import { scoreGru } from "./gru";
import { BOOSTED, FOREST, GRU, Head, LOGISTIC, MODELS, PERCEPTRON, section } from "./head";
import { explainLogistic, scoreLogistic } from "./logistic";
import { scorePerceptron } from "./perceptron";
import { expectedTrees, explainTrees, isLogOdds, scoreTrees } from "./trees";

@unmanaged
export class Scores {
  // The five models in their order; one half where the head has none.
  boosted: f64;
  forest: f64;
  logistic: f64;
  perceptron: f64;
  gru: f64;
  stacked: f64;
  calibrated: f64;
  /** Standard deviation of the models' probabilities. */
  disagreement: f64;
  /** Bit i: the head has model i. */
  models: u32;
  /** Bit 0: "no" is in the prediction set; bit 1: "yes" is. */
  set: u32;
}

export const SCORES_BYTES: usize = 80;

/** Into the Scores of kind `slot` in scratch. */
export function scoreHead(head: Head, slot: u32): Scores {
  const s = changetype<Scores>(SCORES_AT + <usize>slot * SCORES_BYTES);
  const at = changetype<usize>(s);
  s.models = 0;
  trees(s, BOOSTED, section(head.boosted_at));
  trees(s, FOREST, section(head.forest_at));
  put(s, LOGISTIC, head.logistic_at != 0, head.logistic_at != 0 ? scoreLogistic(section(head.logistic_at)) : 0);
  put(
    s,
    PERCEPTRON,
    head.perceptron_at != 0,
    head.perceptron_at != 0 ? scorePerceptron(section(head.perceptron_at)) : 0,
  );
  put(s, GRU, head.gru_at != 0, head.gru_at != 0 ? scoreGru(section(head.gru_at)) : 0);
  const z = head.stacker_at != 0 ? stack(section(head.stacker_at), LOG_ODDS_AT) : onlyOne(s);
  s.stacked = probability(z);
  s.calibrated = head.calibrator_at != 0 ? calibrate(section(head.calibrator_at), z) : s.stacked;
  s.disagreement = spread(at, countedModels(head, s.models));
  s.set = (1 - s.calibrated >= 1 - head.conformal ? 1 : 0) | (s.calibrated >= 1 - head.conformal ? 2 : 0);
  return s;
}

function trees(s: Scores, model: u32, at: usize): void {
  const sum = at != 0 ? scoreTrees(at) : 0;
  if (at == 0 || isLogOdds(at)) return put(s, model, at != 0, sum);
  const p = Math.min(Math.max(sum, 0), 1);
  put(s, model, true, logOdds(p));
  store<f64>(changetype<usize>(s) + <usize>model * 8, p);
}

function put(s: Scores, model: u32, present: bool, log_odds: f64): void {
  if (present) s.models |= 1 << model;
  store<f64>(LOG_ODDS_AT + <usize>model * 8, log_odds);
  store<f64>(changetype<usize>(s) + <usize>model * 8, present ? probability(log_odds) : 0.5);
}

/** Without a stacker a head has exactly one model (artefact.ts). */
function onlyOne(s: Scores): f64 {
  return load<f64>(LOG_ODDS_AT + <usize>ctz<u32>(s.models) * 8);
}

function spread(scores: usize, models: u32): f64 {
  const count = <f64>popcnt<u32>(models);
  if (count == 1) return 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < MODELS; i++) if ((models >> i) & 1) sum += load<f64>(scores + <usize>i * 8);
  const mean = sum / count;
  for (let i: u32 = 0; i < MODELS; i++) {
    if (((models >> i) & 1) == 0) continue;
    const off = load<f64>(scores + <usize>i * 8) - mean;
    squares += off * off;
  }
  return Math.sqrt(squares / count);
}

/** Those of the head's models that have a say: without a stacker, its only one. */
export function countedModels(head: Head, models: u32): u32 {
  return head.stacker_at != 0 ? models & counted() : models;
}

/**
 * What each input did to the stacked log-odds, at CONTRIBUTIONS_AT: of the boosted trees, the forest and the logistic
 * regression, each times its weight in the stack. Perceptron and GRU are not taken apart. Behind scoreHead of the same head.
 */
export function explainHead(head: Head, scores: Scores, inputs: u32): void {
  memory.fill(CONTRIBUTIONS_AT, 0, <usize>inputs * 8);
  const stacker = section(head.stacker_at);
  explainModel(section(head.boosted_at), stacker, BOOSTED, scores.boosted);
  explainModel(section(head.forest_at), stacker, FOREST, scores.forest);
  if (head.logistic_at != 0)
    explainLogistic(section(head.logistic_at), stacker != 0 ? stackerWeight(stacker, LOGISTIC) : 1);
}

/**
 * Trees whose sum is a probability are taken apart in probabilities, then stretched so that the parts add up to what their
 * log-odds moved by.
 */
function explainModel(at: usize, stacker: usize, model: u32, p: f64): void {
  if (at == 0) return;
  const weight = stacker != 0 ? stackerWeight(stacker, model) : 1;
  explainTrees(at, isLogOdds(at) ? weight : weight * stretch(p, Math.min(Math.max(expectedTrees(at), 0), 1)));
}

function stretch(p: f64, expected: f64): f64 {
  return p == expected ? 0 : (hold(logOdds(p)) - hold(logOdds(expected))) / (p - expected);
}
