// Logistic score: 1 / (1 + e^-z), z = bias + sum of weight x (feature - mean) / scale, summed in the model's order.
// exp is the portable one of AssemblyScript's library, compiled into the module: the same bits on every engine.
import { FEATURES_AT } from "../memory";
import { featureListAt } from "../state";
import { Head, mean, scale, weight } from "./head";

/** Beyond this the probability is 0 or 1 to the last bit anyway. */
const LOGIT_MAX: f64 = 700;

/** Probability for the features at FEATURES_AT. Finite features and an examined head give a finite result. */
export function score(head: usize, n: u32): f64 {
  let z = changetype<Head>(head).bias;
  for (let i: u32 = 0; i < n; i++) {
    const x = load<f64>(FEATURES_AT + <usize>load<u16>(featureListAt() + <usize>i * 2) * 8);
    z += (weight(head, i, n) * (x - mean(head, i))) / scale(head, i, n);
  }
  z = Math.min(Math.max(z, -LOGIT_MAX), LOGIT_MAX);
  return 1 / (1 + Math.exp(-z));
}
