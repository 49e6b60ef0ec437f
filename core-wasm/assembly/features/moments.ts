// Distribution of the last log returns (population moments). All 0 when all returns are equal.
import { Bars } from "../structures";
import * as w from "./windows";

const BARS: u32 = 50;

function mean(b: Bars, bars: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < bars; i++) sum += w.logReturnOf(i);
  return sum / bars;
}

/** Mean of the `power`-th power of the distance to `m`. */
function moment(b: Bars, bars: u32, m: f64, power: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < bars; i++) {
    const distance = w.logReturnOf(i) - m;
    let product = distance;
    for (let p: u32 = 1; p < power; p++) product *= distance;
    sum += product;
  }
  return sum / bars;
}

/** Below this the returns differ by their rounding only. */
const VARIANCE_LEAST: f64 = 1e-30;

export function returnZ(b: Bars): f64 {
  if (b.count <= 20) return 0;
  const m = mean(b, 20);
  const variance = moment(b, 20, m, 2);
  return variance > VARIANCE_LEAST ? (w.logReturnOf(0) - m) / Math.sqrt(variance) : 0;
}

export function skewness(b: Bars): f64 {
  if (b.count <= BARS) return 0;
  const m = mean(b, BARS);
  const variance = moment(b, BARS, m, 2);
  return variance > VARIANCE_LEAST ? moment(b, BARS, m, 3) / (variance * Math.sqrt(variance)) : 0;
}

export function excessKurtosis(b: Bars): f64 {
  if (b.count <= BARS) return 0;
  const m = mean(b, BARS);
  const variance = moment(b, BARS, m, 2);
  return variance > VARIANCE_LEAST ? moment(b, BARS, m, 4) / (variance * variance) - 3 : 0;
}

export function autocorrelation(b: Bars): f64 {
  if (b.count <= BARS) return 0;
  const m = mean(b, BARS);
  const variance = moment(b, BARS, m, 2);
  if (variance <= VARIANCE_LEAST) return 0;
  let sum: f64 = 0;
  for (let i: u32 = 0; i + 1 < BARS; i++) sum += (w.logReturnOf(i) - m) * (w.logReturnOf(i + 1) - m);
  return sum / (variance * BARS);
}
