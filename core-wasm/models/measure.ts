// What a head is worth on rows it was not fitted on, each figure beside what the base rate alone would score.

export interface Measures {
  readonly rows: number;
  /** Share of label 1 in the measured rows. */
  readonly base_rate: number;
  /** What always naming the commoner label of the training rows would get right. */
  readonly accuracy_base: number;
  readonly accuracy: number;
  /** Accuracy of the tenth of the rows whose probability is farthest from one half. */
  readonly accuracy_confident_tenth: number;
  /** What always naming the training rows' commoner label would get right in that tenth. */
  readonly accuracy_confident_tenth_base: number;
  readonly log_loss: number;
  /** Of always saying the training rows' share of label 1. */
  readonly log_loss_base: number;
  readonly brier: number;
  readonly brier_base: number;
  /** Largest distance between said and true share over ten equally filled bins. */
  readonly calibration_error_max: number;
}

/** Predictions on rows that came after those of the fit. */
export interface Scored {
  readonly p: Float64Array;
  readonly y: Uint8Array;
  /** Share of label 1 in the rows of the fit, repeated for each row. */
  readonly prior: Float64Array;
}

const BINS = 10;
const PROBABILITY_MIN = 1e-12;

export function measure({ p, y, prior }: Scored): Measures {
  const rows = p.length;
  const order = byValue(p);
  const farthest = byValue(p.map((value) => -Math.abs(value - 0.5))).slice(0, Math.max(1, Math.floor(rows / BINS)));
  const all = Array.from({ length: rows }, (_, i) => i);
  const meanOf = (which: readonly number[], f: (i: number) => number): number => sumOf(which, f) / which.length;
  const label = (i: number): number => y[i] as number;
  const hit = (q: Float64Array) => (i: number) => ((q[i] as number) >= 0.5 ? label(i) : 1 - label(i));
  const loss = (q: Float64Array) => (i: number) => -Math.log(clamp(label(i) === 1 ? num(q, i) : 1 - num(q, i)));
  const square = (q: Float64Array) => (i: number) => (num(q, i) - label(i)) ** 2;
  const bins = Array.from({ length: BINS }, (_, b) =>
    order.slice(Math.floor((b * rows) / BINS), Math.floor(((b + 1) * rows) / BINS)),
  ).filter((bin) => bin.length > 0);
  return {
    rows,
    base_rate: meanOf(all, label),
    accuracy_base: meanOf(all, hit(prior)),
    accuracy: meanOf(all, hit(p)),
    accuracy_confident_tenth: meanOf(farthest, hit(p)),
    accuracy_confident_tenth_base: meanOf(farthest, hit(prior)),
    log_loss: meanOf(all, loss(p)),
    log_loss_base: meanOf(all, loss(prior)),
    brier: meanOf(all, square(p)),
    brier_base: meanOf(all, square(prior)),
    calibration_error_max: Math.max(...bins.map((bin) => Math.abs(meanOf(bin, (i) => num(p, i)) - meanOf(bin, label)))),
  };
}

const num = (values: Float64Array, i: number): number => values[i] as number;
const clamp = (value: number): number => Math.max(PROBABILITY_MIN, value);
const sumOf = (which: readonly number[], f: (i: number) => number): number => {
  let sum = 0;
  for (const i of which) sum += f(i);
  return sum;
};
/** Indices in rising order of the value; equal values in their order. */
const byValue = (values: Float64Array): number[] =>
  Array.from(values.keys()).sort((a, b) => num(values, a) - num(values, b) || a - b);
