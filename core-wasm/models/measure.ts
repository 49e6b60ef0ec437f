// What a head is worth on rows it was not fitted on. Each figure stands beside what the best constant answer would score
// on those very rows: a bar that is set in hindsight, so a little too high rather than too low.

export interface Measures {
  readonly rows: number;
  /** Share of label 1. */
  readonly base_rate: number;
  readonly accuracy: number;
  readonly accuracy_base: number;
  /** Of the tenth of the rows whose probability is farthest from one half; the constant is that tenth's own. */
  readonly accuracy_confident_tenth: number;
  readonly accuracy_confident_tenth_base: number;
  readonly log_loss: number;
  readonly log_loss_base: number;
  readonly brier: number;
  readonly brier_base: number;
  /** Largest distance between said and true share over ten equally filled bins. */
  readonly calibration_error_max: number;
}

/** Predictions and what became true. */
export interface Scored {
  readonly p: Float64Array;
  /** 0 or 1. */
  readonly y: Uint8Array;
}

const BINS = 10;
const PROBABILITY_MIN = 1e-12;

export function measure({ p, y }: Scored): Measures {
  const said = (i: number): number => p[i] as number;
  const label = (i: number): number => y[i] as number;
  const hit = (i: number): number => (said(i) >= 0.5 ? label(i) : 1 - label(i));
  const loss = (i: number): number => -Math.log(Math.max(PROBABILITY_MIN, label(i) === 1 ? said(i) : 1 - said(i)));
  const square = (i: number): number => (said(i) - label(i)) ** 2;
  const all = Array.from(p.keys());
  const tenth = byValue(p.map((value) => -Math.abs(value - 0.5))).slice(0, Math.max(1, Math.floor(p.length / BINS)));
  const share = mean(all, label);
  const tenthShare = mean(tenth, label);
  const gaps = equalParts(byValue(p)).map((bin) => Math.abs(mean(bin, said) - mean(bin, label)));
  return {
    rows: p.length,
    base_rate: share,
    accuracy: mean(all, hit),
    accuracy_base: Math.max(share, 1 - share),
    accuracy_confident_tenth: mean(tenth, hit),
    accuracy_confident_tenth_base: Math.max(tenthShare, 1 - tenthShare),
    log_loss: mean(all, loss),
    log_loss_base: -(xLogX(share) + xLogX(1 - share)),
    brier: mean(all, square),
    brier_base: share * (1 - share),
    calibration_error_max: Math.max(...gaps),
  };
}

const xLogX = (x: number): number => (x === 0 ? 0 : x * Math.log(x));

function mean(rows: readonly number[], f: (i: number) => number): number {
  let sum = 0;
  for (const i of rows) sum += f(i);
  return sum / rows.length;
}

/** Indices in rising order of the value; equal values in their order. */
const byValue = (values: Float64Array): number[] =>
  Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);

const equalParts = (order: readonly number[]): number[][] =>
  Array.from({ length: BINS }, (_, b) =>
    order.slice(Math.floor((b * order.length) / BINS), Math.floor(((b + 1) * order.length) / BINS)),
  ).filter((bin) => bin.length > 0);
