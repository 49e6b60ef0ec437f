// Logistic score: 1 / (1 + e^-z), z = bias + sum of weight x (feature - mean) / scale, summed in feature order.
// exp is the portable one of AssemblyScript's library, compiled into the module: the same bits on every engine.
import { FEATURES_AT } from "../memory";
import { FEATURE_COUNT, Head, mean, scale, weight } from "./head";

/** Beyond this the probability is 0 or 1 to the last bit anyway. */
const LOGIT_MAX: f64 = 700;

/** Probability for the features at FEATURES_AT. Finite features and an examined head give a finite result. */
export function score(head: usize): f64 {
  let z = changetype<Head>(head).bias;
  for (let i: u32 = 0; i < FEATURE_COUNT; i++) {
    const x = load<f64>(FEATURES_AT + <usize>i * 8);
    z += (weight(head, i) * (x - mean(head, i))) / scale(head, i);
  }
  z = Math.min(Math.max(z, -LOGIT_MAX), LOGIT_MAX);
  return 1 / (1 + Math.exp(-z));
}
