// A head's scores in plain code and doubles: what the core's kernels are held against, and what people can read. Inputs are
// the row that the core's models read: f32 (asInput).
import { MODEL_NAMES, type ModelHead } from "./heads.ts";
import { ACTIVATION, type Calibrator, type Gru, type Layer, type Logistic, type Perceptron } from "./sections.ts";
import { LINK, scoreTrees, type TreeSum } from "./trees.ts";

const LOG_ODDS_MAX = 12;
const INPUT_MAX = 1e30;

export interface HeadScores {
  /** Probabilities in the order of MODEL_NAMES; one half where the head has none. */
  readonly scores: readonly number[];
  readonly models: number;
  readonly stacked: number;
  readonly calibrated: number;
  readonly disagreement: number;
  readonly set: number;
}

/** What a model reads of a feature's value. */
export const asInput = (value: number): number => Math.fround(Math.min(Math.max(value, -INPUT_MAX), INPUT_MAX)) + 0;

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const hold = (z: number): number => Math.min(Math.max(z, -LOG_ODDS_MAX), LOG_ODDS_MAX);
export const logOdds = (p: number): number =>
  p <= 0 ? -LOG_ODDS_MAX : p >= 1 ? LOG_ODDS_MAX : hold(Math.log(p / (1 - p)));

/** `row` in the model's order; `sequence` oldest first, one row of all SEQUENCE_FEATURES a bar. */
export function scoreHead(
  head: ModelHead,
  row: ArrayLike<number>,
  sequence: readonly ArrayLike<number>[] = [],
): HeadScores {
  const odds = [
    head.boosted && treeOdds(head.boosted, row),
    head.forest && treeOdds(head.forest, row),
    head.logistic && logisticOdds(head.logistic, row),
    head.perceptron && perceptronOdds(head.perceptron, row),
    head.gru && gruOdds(head.gru, sequence.slice(-head.gru.steps)),
  ];
  const present = odds.filter((z) => z !== undefined);
  const { stacker, calibrator } = head;
  const z = stacker
    ? odds.reduce<number>((sum, one, i) => sum + (stacker.weight[i] as number) * hold(one ?? 0), stacker.bias)
    : (present[0] as number);
  const scores = odds.map((one, i) => (one === undefined ? 0.5 : scoreOf(head, i, one, row)));
  const told = scores.filter((_, i) => odds[i] !== undefined);
  const mean = told.reduce((a, b) => a + b, 0) / told.length;
  const calibrated = calibrator ? calibrate(calibrator, z) : sigmoid(z);
  const least = 1 - (head.conformal ?? 1);
  return {
    scores,
    models: odds.reduce<number>((bits, one, i) => bits | (one === undefined ? 0 : 1 << i), 0),
    stacked: sigmoid(z),
    calibrated,
    disagreement: Math.sqrt(told.reduce((sum, p) => sum + (p - mean) ** 2, 0) / told.length),
    set: (1 - calibrated >= least ? 1 : 0) | (calibrated >= least ? 2 : 0),
  };
}

function scoreOf(head: ModelHead, model: number, odds: number, row: ArrayLike<number>): number {
  const name = MODEL_NAMES[model] as (typeof MODEL_NAMES)[number];
  const sum = name === "boosted" || name === "forest" ? head[name] : undefined;
  return sum?.link === LINK.none ? Math.min(Math.max(scoreTrees(sum, row), 0), 1) : sigmoid(odds);
}

function treeOdds(sum: TreeSum, row: ArrayLike<number>): number {
  const total = scoreTrees(sum, row);
  return sum.link === LINK.logistic ? total : logOdds(Math.min(Math.max(total, 0), 1));
}

export function logisticOdds(part: Logistic, row: ArrayLike<number>): number {
  let sum = part.bias;
  for (let i = 0; i < part.weight.length; i++)
    sum += ((part.weight[i] as number) * ((row[i] as number) - (part.mean[i] as number))) / (part.scale[i] as number);
  return sum;
}

const standardise = (o: Pick<Perceptron, "mean" | "inverse" | "clip">, values: readonly number[]): number[] =>
  values.map((x, i) => Math.min(Math.max((x - (o.mean[i] as number)) * (o.inverse[i] as number), -o.clip), o.clip));

function perceptronOdds(part: Perceptron, row: ArrayLike<number>): number {
  const first = standardise(
    part,
    Array.from({ length: part.mean.length }, (_, i) => row[i] as number),
  );
  return part.layers.reduce(layer, first)[0] as number;
}

function layer(values: number[], { weights, bias, activation }: Layer): number[] {
  return multiply(values, weights, bias).map((x) => {
    if (activation === ACTIVATION.relu) return Math.max(x, 0);
    if (activation === ACTIVATION.tanh) return Math.tanh(x);
    return activation === ACTIVATION.sigmoid ? sigmoid(x) : x;
  });
}

const multiply = (values: readonly number[], rows: readonly (readonly number[])[], bias: readonly number[]): number[] =>
  bias.map((b, o) => values.reduce((sum, x, i) => sum + x * ((rows[i] as readonly number[])[o] as number), b));

function gruOdds(part: Gru, sequence: readonly ArrayLike<number>[]): number {
  const n = part.hidden;
  let h = Array.from({ length: n }, () => 0);
  for (const bar of sequence) {
    const x = standardise(
      part,
      part.columns.map((column) => bar[column] as number),
    );
    const [a, g] = [multiply(x, part.W, part.b), multiply(h, part.U, part.c)];
    h = h.map((before, i) => {
      const at = (gate: number): number => gate * n + i;
      const r = sigmoid((a[at(0)] as number) + (g[at(0)] as number));
      const z = sigmoid((a[at(1)] as number) + (g[at(1)] as number));
      const fresh = Math.tanh((a[at(2)] as number) + r * (g[at(2)] as number));
      return (1 - z) * fresh + z * before;
    });
  }
  return h.reduce((sum, value, i) => sum + value * (part.out[i] as number), part.out_bias);
}

export function calibrate(part: Calibrator, odds: number): number {
  if (part.kind === "platt") return sigmoid(part.slope * odds + part.offset);
  const { said, came } = part;
  const p = sigmoid(odds);
  const above = said.findIndex((x) => x > p);
  if (above === 0) return came[0] as number;
  if (above < 0) return came.at(-1) as number;
  const [x, y] = [said[above - 1] as number, came[above - 1] as number];
  return y + ((p - x) / ((said[above] as number) - x)) * ((came[above] as number) - y);
}
