// Drift of the inputs away from what the model was trained on: the population stability index (Siddiqi 2006), the sum of
// (share now - share then) x ln(share now / share then) over ten bins of equal training share. Taken over whole blocks of
// scored bars of one series; what is recorded is the last whole block's largest, and the feature that it is of.
//
// Section: u32 tag 7 | u32 bytes | u32 features d | u32 0 | u16 which of the model's [d], to 16 bytes | f32 edge[d][9], to 16 | f64 share[d][10]
import { ROW_AT } from "../memory";
import { DRIFT_BINS, driftCounts } from "../state";
import { Drift } from "../structures";

export const DRIFT_TAG: u32 = 7;
export const DRIFT_HEAD: usize = 16;
export const EDGES: u32 = DRIFT_BINS - 1;
/** Bars of a block: the counts of a bin fit a byte. */
const BLOCK: u32 = 250;
/** Of a bin nothing fell into. */
const HALF: f64 = 0.5;

export function driftListBytes(features: u32): usize {
  return <usize>((features * 2 + 15) & ~15);
}

export function driftEdgesBytes(features: u32): usize {
  return <usize>((features * EDGES * 4 + 15) & ~15);
}

/** Takes the row in scratch in. */
export function takeRow(at: usize, drift: Drift): void {
  const features = load<u32>(at, 8);
  const list = at + DRIFT_HEAD;
  const edges = list + driftListBytes(features);
  const counts = driftCounts(drift);
  for (let i: u32 = 0; i < features; i++) {
    const x = load<f32>(ROW_AT + <usize>load<u16>(list + <usize>i * 2) * 4);
    const first = edges + <usize>(i * EDGES) * 4;
    let bin: usize = 0;
    for (let e: usize = 0; e < EDGES * 4; e += 4) bin += <usize>(x > load<f32>(first + e));
    const cell = counts + <usize>(i * DRIFT_BINS) + bin;
    store<u8>(cell, load<u8>(cell) + 1);
  }
  drift.count++;
  if (drift.count < BLOCK) return;
  closeBlock(edges + driftEdgesBytes(features), list, features, drift);
  drift.count = 0;
  memory.fill(counts, 0, <usize>(features * DRIFT_BINS));
}

function closeBlock(shares: usize, list: usize, features: u32, drift: Drift): void {
  const counts = driftCounts(drift);
  drift.psi = 0;
  for (let i: u32 = 0; i < features; i++) {
    let psi: f64 = 0;
    for (let bin: u32 = 0; bin < DRIFT_BINS; bin++) {
      const cell = <usize>(i * DRIFT_BINS + bin);
      const now = (<f64>load<u8>(counts + cell) + HALF) / (<f64>BLOCK + HALF * DRIFT_BINS);
      const then = load<f64>(shares + cell * 8);
      psi += (now - then) * Math.log(now / then);
    }
    if (psi <= drift.psi) continue;
    drift.psi = psi;
    drift.feature = <u32>load<u16>(list + <usize>i * 2);
  }
}
