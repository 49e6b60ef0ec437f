// Logistic regression with an L2 penalty, fitted by Newton's method (iteratively reweighted least squares). It minimises
// sum of log-losses + l2/2 * |weights|^2 over standardised features; the bias is not penalised. The same rows in the same
// order give the same bits.
import { assert, LockstepError } from "#proto/errors.ts";

/** Rows of features, row-major, with their labels. */
export interface Rows {
  readonly count: number;
  readonly width: number;
  readonly x: Float64Array;
  /** 0 or 1. */
  readonly y: Uint8Array;
}

export interface Logistic {
  readonly bias: number;
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly weight: readonly number[];
}

const ITERATIONS_MAX = 50;
/** Largest gradient entry, a row, at which the optimum counts as found. */
const GRADIENT_MAX = 1e-12;
const HALVINGS_MAX = 30;
/** Near the optimum two losses differ by less than their rounding; the gradient still tells which is nearer. */
const LOSS_NOISE = 1e-12;

export function fitLogistic(rows: Rows, options: { l2: number }): Logistic {
  const { mean, scale } = momentsOf(rows);
  const x = standardise(rows, mean, scale);
  const size = rows.width + 1;
  let beta = new Float64Array(size); // bias first
  let here = evaluate(x, rows, beta, options.l2);
  for (let iteration = 0; ; iteration++) {
    if (steepness(here) <= GRADIENT_MAX * rows.count) break;
    if (iteration === ITERATIONS_MAX)
      throw new LockstepError("bad_request", "the regression does not converge: give more rows or a larger L2");
    const step = solve(here.hessian, here.gradient, size);
    let factor = 1;
    let next = evaluate(x, rows, moved(beta, step, factor), options.l2);
    const noise = LOSS_NOISE * (1 + here.loss);
    for (let halving = 0; next.loss > here.loss + noise && halving < HALVINGS_MAX; halving++) {
      factor /= 2;
      next = evaluate(x, rows, moved(beta, step, factor), options.l2);
    }
    if (next.loss >= here.loss - noise && steepness(next) >= steepness(here)) break; // as far as the arithmetic goes
    beta = moved(beta, step, factor);
    here = next;
  }
  return { bias: beta[0] as number, mean: [...mean], scale: [...scale], weight: [...beta.subarray(1)] };
}

/** Probabilities of `rows` under a fitted model. */
export function predict(model: Logistic, rows: Rows): Float64Array {
  const x = standardise(rows, Float64Array.from(model.mean), Float64Array.from(model.scale));
  const beta = Float64Array.from([model.bias, ...model.weight]);
  return Float64Array.from({ length: rows.count }, (_, row) => sigmoid(scoreOf(x, row * rows.width, beta)));
}

/** Mean and standard deviation of each column; a column that never changes gets scale 1. */
function momentsOf(rows: Rows): { mean: Float64Array; scale: Float64Array } {
  assert(rows.count > 0 && rows.x.length >= rows.count * rows.width, "rows have their features");
  const mean = new Float64Array(rows.width);
  const scale = new Float64Array(rows.width);
  for (let i = 0; i < rows.count * rows.width; i++) mean[i % rows.width] = at(mean, i % rows.width) + at(rows.x, i);
  for (let column = 0; column < rows.width; column++) mean[column] = at(mean, column) / rows.count;
  for (let i = 0; i < rows.count * rows.width; i++) {
    const off = at(rows.x, i) - at(mean, i % rows.width);
    scale[i % rows.width] = at(scale, i % rows.width) + off * off;
  }
  for (let column = 0; column < rows.width; column++) {
    const deviation = Math.sqrt(at(scale, column) / rows.count);
    scale[column] = deviation > 1e-12 * Math.abs(at(mean, column)) ? deviation : 1;
  }
  return { mean, scale };
}

function standardise(rows: Rows, mean: Float64Array, scale: Float64Array): Float64Array {
  const x = new Float64Array(rows.count * rows.width);
  for (let i = 0; i < x.length; i++) x[i] = (at(rows.x, i) - at(mean, i % rows.width)) / at(scale, i % rows.width);
  return x;
}

interface Evaluation {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** Upper triangle, row-major. */
  readonly hessian: Float64Array;
}

function evaluate(x: Float64Array, rows: Rows, beta: Float64Array, l2: number): Evaluation {
  const size = beta.length;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let loss = 0;
  const row = new Float64Array(size).fill(1);
  for (let r = 0; r < rows.count; r++) {
    row.set(x.subarray(r * rows.width, (r + 1) * rows.width), 1);
    const score = scoreOf(x, r * rows.width, beta);
    const p = sigmoid(score);
    const y = rows.y[r] as number;
    loss += softplus(y === 1 ? -score : score);
    const weight = p * (1 - p);
    for (let i = 0; i < size; i++) {
      const xi = at(row, i);
      gradient[i] = at(gradient, i) + (p - y) * xi;
      const wxi = weight * xi;
      for (let j = i; j < size; j++) hessian[i * size + j] = at(hessian, i * size + j) + wxi * at(row, j);
    }
  }
  for (let i = 1; i < size; i++) {
    loss += (l2 / 2) * at(beta, i) * at(beta, i);
    gradient[i] = at(gradient, i) + l2 * at(beta, i);
    hessian[i * size + i] = at(hessian, i * size + i) + l2;
  }
  return { loss, gradient, hessian };
}

const steepness = ({ gradient }: Evaluation): number => gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);

/** Solves H s = g for a symmetric positive definite H (upper triangle given), by Cholesky. */
function solve(hessian: Float64Array, gradient: Float64Array, size: number): Float64Array {
  const u = hessian.slice(); // becomes the factor: H = U'U
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++)
      for (let j = i; j < size; j++) u[i * size + j] = at(u, i * size + j) - at(u, k * size + i) * at(u, k * size + j);
    const pivot = Math.sqrt(at(u, i * size + i));
    if (!(pivot > 0))
      throw new LockstepError("bad_request", "the regression has no single optimum: give a larger L2 or other rows");
    for (let j = i; j < size; j++) u[i * size + j] = at(u, i * size + j) / pivot;
  }
  const s = gradient.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) s[i] = at(s, i) - at(u, k * size + i) * at(s, k);
    s[i] = at(s, i) / at(u, i * size + i);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) s[i] = at(s, i) - at(u, i * size + k) * at(s, k);
    s[i] = at(s, i) / at(u, i * size + i);
  }
  return s;
}

const at = (values: Float64Array, i: number): number => values[i] as number;
const moved = (beta: Float64Array, step: Float64Array, factor: number): Float64Array<ArrayBuffer> =>
  beta.map((value, i) => value - factor * at(step, i)) as Float64Array<ArrayBuffer>;

function scoreOf(x: Float64Array, from: number, beta: Float64Array): number {
  let score = at(beta, 0);
  for (let i = 1; i < beta.length; i++) score += at(beta, i) * at(x, from + i - 1);
  return score;
}

const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));
/** log(1 + exp(v)) without overflow. */
const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
