// From five scores to one probability: the stacker (a logistic regression over the models' log-odds), then the calibrator.
//
// Stacker: u32 tag 5 | u32 bytes 64 | u64 0 | f64 bias | f64 weight x 5
// Calibrator: u32 tag 6 | u32 bytes | u32 kind | u32 knots | Platt: f64 slope, f64 offset, on the log-odds
//                                                          | isotonic: f64 said[knots], f64 true[knots], on the probability
import { SHARES_AT } from "../memory";
import { MODELS } from "./head";

export const STACKER_TAG: u32 = 5;
export const STACKER_BYTES: u32 = 64;
export const CALIBRATOR_TAG: u32 = 6;
export const CALIBRATOR_HEAD: usize = 16;
export const PLATT: u32 = 1;
export const ISOTONIC: u32 = 2;

/** Log-odds beyond this are held at it before they are weighed: one model that is sure shall not drown the others. */
export const LOG_ODDS_MAX: f64 = 12;
/** Beyond this the probability is 0 or 1 to the last bit anyway. */
const LOGIT_MAX: f64 = 700;

export function probability(log_odds: f64): f64 {
  return 1 / (1 + Math.exp(-Math.min(Math.max(log_odds, -LOGIT_MAX), LOGIT_MAX)));
}

export function logOdds(p: f64): f64 {
  if (p <= 0) return -LOG_ODDS_MAX;
  if (p >= 1) return LOG_ODDS_MAX;
  return hold(Math.log(p / (1 - p)));
}

export function hold(log_odds: f64): f64 {
  return Math.min(Math.max(log_odds, -LOG_ODDS_MAX), LOG_ODDS_MAX);
}

/** What the model counts: its weight as trained, times the share that is set for it (settings.ts). */
export function stackerWeight(at: usize, model: u32): f64 {
  return load<f64>(at + 24 + <usize>model * 8) * load<f64>(SHARES_AT + <usize>model * 8);
}

/** Bit i: something of model i's weight counts. */
export function counted(): u32 {
  let models: u32 = 0;
  for (let i: u32 = 0; i < MODELS; i++) if (load<f64>(SHARES_AT + <usize>i * 8) != 0) models |= 1 << i;
  return models;
}

/** Log-odds of the stack; `log_odds` has one f64 a model, those that a head lacks are 0. */
export function stack(at: usize, log_odds: usize): f64 {
  let z = load<f64>(at, 16);
  for (let i: u32 = 0; i < MODELS; i++) z += stackerWeight(at, i) * hold(load<f64>(log_odds + <usize>i * 8));
  return z;
}

/** The share of yes that such a stacked score had where it was fitted. */
export function calibrate(at: usize, log_odds: f64): f64 {
  if (load<u32>(at, 8) == PLATT) return probability(load<f64>(at, 16) * log_odds + load<f64>(at, 24));
  const p = probability(log_odds);
  const knots = load<u32>(at, 12);
  const said = at + CALIBRATOR_HEAD;
  const came = said + <usize>knots * 8;
  let low: u32 = 0;
  let high = knots - 1;
  if (p <= load<f64>(said)) return load<f64>(came);
  if (p >= load<f64>(said + <usize>high * 8)) return load<f64>(came + <usize>high * 8);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<f64>(said + <usize>middle * 8) <= p) low = middle;
    else high = middle;
  }
  const x = load<f64>(said + <usize>low * 8);
  const y = load<f64>(came + <usize>low * 8);
  return y + ((p - x) / (load<f64>(said + <usize>high * 8) - x)) * (load<f64>(came + <usize>high * 8) - y);
}
