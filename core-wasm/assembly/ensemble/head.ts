// An examined model as the core reads it: heads of fixed size, each naming its sections by their offset in the artefact
// (0 = it has none). Layout and meaning: core-wasm/models/README.md.
import { HELD_MODELS_AT } from "../memory";

export const HEADS_MAX: u32 = 16;
export const HEAD_BYTES: u32 = 64;
export const HEADER_BYTES: u32 = 64;

export const DIRECTION: u32 = 0;
export const HIGH_VOLATILITY: u32 = 1;
export const REGIME: u32 = 2;
export const KINDS: u32 = 3;

/** The five models, in the order of the stacker's weights and of the bits of Scores.models. */
export const BOOSTED: u32 = 0;
export const FOREST: u32 = 1;
export const LOGISTIC: u32 = 2;
export const PERCEPTRON: u32 = 3;
export const GRU: u32 = 4;
export const MODELS: u32 = 5;

@unmanaged
export class Head {
  timeframe_s: u32;
  horizon_s: u32;
  kind: u32;
  warm_bars: u32;
  boosted_at: u32;
  forest_at: u32;
  logistic_at: u32;
  perceptron_at: u32;
  gru_at: u32;
  stacker_at: u32;
  calibrator_at: u32;
  drift_at: u32;
  /** A class stays in the prediction set while its probability is at least one minus this. */
  conformal: f64;
}

/** The examined artefact that is scored with. */
let model: usize = HELD_MODELS_AT;

export function scoreWith(at: usize): void {
  model = at;
}

/** Features that the active model reads. */
export function featureCount(): u32 {
  return load<u32>(model, 12);
}

export function headCount(): u32 {
  return load<u32>(model, 16);
}

/** Position in the catalogue of the model's feature `index`. */
export function featureAt(index: u32): u32 {
  return <u32>load<u16>(model + <usize>HEADER_BYTES + <usize>index * 2);
}

/** Indices into the catalogue, u16, filled up to a multiple of 16 bytes. */
export function listBytes(features: u32): u32 {
  return (features * 2 + 15) & ~15;
}

export function headOf(index: u32): Head {
  return changetype<Head>(model + headOffset(featureCount(), index));
}

export function headOffset(features: u32, index: u32): usize {
  return <usize>(HEADER_BYTES + listBytes(features) + index * HEAD_BYTES);
}

/** Address of a section of the active model; 0 stays 0. */
export function section(offset: u32): usize {
  return offset == 0 ? 0 : model + <usize>offset;
}
