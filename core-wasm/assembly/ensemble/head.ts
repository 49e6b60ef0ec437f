// One head of a model in the state: logistic weights of one timeframe and question over the model's list of features,
// copied from the artefact when a model_digest record makes it active, so that a snapshot holds everything that decides.
//
//   0 u32 timeframe_s | 4 u32 horizon_s | 8 u32 kind | 12 u32 warm_bars | 16 f64 bias | mean[n] | scale[n] | weight[n]
import { FEATURE_COUNT } from "../generated/features";

export const HEADS_MAX: u32 = 8;
export const HEAD_BYTES_MAX: usize = 24 + 3 * 8 * FEATURE_COUNT;

export const DIRECTION: u32 = 0;
export const HIGH_VOLATILITY: u32 = 1;

@unmanaged
export class Head {
  timeframe_s: u32;
  horizon_s: u32;
  kind: u32;
  warm_bars: u32;
  bias: f64;
}

/** Bytes of a head over n features. */
export function headBytes(n: u32): u32 {
  return 24 + 3 * 8 * n;
}

export function mean(head: usize, feature: u32): f64 {
  return load<f64>(head + 24 + <usize>feature * 8);
}

export function scale(head: usize, feature: u32, n: u32): f64 {
  return load<f64>(head + 24 + <usize>(n + feature) * 8);
}

export function weight(head: usize, feature: u32, n: u32): f64 {
  return load<f64>(head + 24 + <usize>(2 * n + feature) * 8);
}
