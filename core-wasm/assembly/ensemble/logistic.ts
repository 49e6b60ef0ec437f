// Logistic regression: z = bias + sum of weight x (x - mean) / scale, summed in the model's order.
//
// Section: u32 tag 2 | u32 bytes | u32 inputs n | u32 0 | f64 bias | f64 0 | f64 mean[n] | f64 scale[n] | f64 weight[n], to 16 bytes
import { CONTRIBUTIONS_AT, ROW_AT } from "../memory";

export const LOGISTIC_TAG: u32 = 2;
export const LOGISTIC_HEAD: usize = 32;

/** Log-odds of the row. */
export function scoreLogistic(at: usize): f64 {
  const n = <usize>load<u32>(at, 8) * 8;
  let z = load<f64>(at, 16);
  for (let i: usize = 0; i < n; i += 8) z += term(at + LOGISTIC_HEAD + i, n, i);
  return z;
}

/** Adds `weight` x each term to the contributions. */
export function explainLogistic(at: usize, weight: f64): void {
  const n = <usize>load<u32>(at, 8) * 8;
  for (let i: usize = 0; i < n; i += 8) {
    const input = CONTRIBUTIONS_AT + i;
    store<f64>(input, load<f64>(input) + weight * term(at + LOGISTIC_HEAD + i, n, i));
  }
}

/** Of the input at `i` bytes of eight; mean, scale and weight lie n apart. */
function term(at: usize, n: usize, i: usize): f64 {
  const x = <f64>load<f32>(ROW_AT + (i >> 1));
  return (load<f64>(at + n + n) * (x - load<f64>(at))) / load<f64>(at + n);
}
