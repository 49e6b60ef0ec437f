// The sections of an artefact besides the trees: types, writers and readers. Layouts are drawn above the core's readers
// (core-wasm/assembly/ensemble). Writers begin behind tag and length; readers too.
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { refuse } from "./refuse.ts";

/** P = 1 / (1 + exp(-(bias + sum of weight * (x - mean) / scale))). */
export interface Logistic {
  readonly bias: number;
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly weight: readonly number[];
}

export const ACTIVATION = { identity: 0, relu: 1, tanh: 2, sigmoid: 3 } as const;

export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: number;
  /** Row i has what input i gives to each output. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** f32. Inputs are (x - mean) x inverse, held within -clip and clip; the last layer's one output is log-odds. */
export interface Perceptron {
  readonly clip: number;
  readonly mean: readonly number[];
  readonly inverse: readonly number[];
  readonly layers: readonly Layer[];
}

/** f32, PyTorch's form and gate order (r, z, n): row i of W and U has 3 x hidden numbers. */
export interface Gru {
  readonly steps: number;
  readonly hidden: number;
  readonly clip: number;
  /** Positions in SEQUENCE_FEATURES. */
  readonly columns: readonly number[];
  readonly mean: readonly number[];
  readonly inverse: readonly number[];
  readonly W: readonly (readonly number[])[];
  readonly U: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
  readonly out: readonly number[];
  readonly out_bias: number;
}

/** Log-odds = bias + sum of weight x the models' log-odds, held within -12 and 12. */
export interface Stacker {
  readonly bias: number;
  /** In the order of MODEL_NAMES. */
  readonly weight: readonly number[];
}

export type Calibrator =
  | { readonly kind: "platt"; readonly slope: number; readonly offset: number }
  /** Straight lines between the knots, flat outside. */
  | { readonly kind: "isotonic"; readonly said: readonly number[]; readonly came: readonly number[] };

const CALIBRATOR_KIND = { platt: 1, isotonic: 2 } as const;

/** How the training rows were spread over ten bins. */
export interface DriftReference {
  /** Positions in the model's feature list. */
  readonly columns: readonly number[];
  /** Nine edges a feature; bin i has the values above i edges. */
  readonly edges: readonly (readonly number[])[];
  readonly share: readonly (readonly number[])[];
}

export const DRIFT_BINS = 10;

const padded = (values: readonly number[], length: number): number[] => [
  ...values,
  ...Array.from({ length: length - values.length }, () => 0),
];
const four = (n: number): number => (n + 3) & ~3;

export function writeLogistic(out: ByteWriter, part: Logistic, features: number): void {
  out.u32s([features, 0]);
  out.f64s([part.bias, 0, ...part.mean, ...part.scale, ...part.weight]);
}

export function readLogistic(reader: ByteReader): Logistic {
  const n = reader.u32();
  reader.skip(4);
  const bias = reader.f64();
  reader.skip(8);
  return { bias, mean: reader.f64s(n), scale: reader.f64s(n), weight: reader.f64s(n) };
}

export function writePerceptron(out: ByteWriter, part: Perceptron, features: number): void {
  out.u32s([part.layers.length, features]);
  out.f32s([part.clip, 0, 0, 0, ...padded(part.mean, four(features)), ...padded(part.inverse, four(features))]);
  for (const { inputs, outputs, activation, weights, bias } of part.layers) {
    out.u32s([inputs, outputs, activation, 0]);
    for (const row of [...weights, bias]) out.f32s(padded(row, four(outputs)));
  }
}

export function readPerceptron(reader: ByteReader): Perceptron {
  const [count, n] = [reader.u32(), reader.u32()];
  const clip = reader.f32();
  reader.skip(12);
  const mean = reader.f32s(four(n)).slice(0, n);
  const inverse = reader.f32s(four(n)).slice(0, n);
  const layers = Array.from({ length: Math.min(count, 8) }, (): Layer => {
    const [inputs, outputs, activation] = [reader.u32(), reader.u32(), reader.u32()];
    reader.skip(4);
    if (inputs > 128 || outputs > 128) refuse(`a layer of ${inputs} to ${outputs}`);
    const rows = Array.from({ length: inputs + 1 }, () => reader.f32s(four(outputs)).slice(0, outputs));
    return { inputs, outputs, activation, weights: rows.slice(0, inputs), bias: rows[inputs] as number[] };
  });
  return { clip, mean, inverse, layers };
}

/** Three gates of `hidden` numbers, each filled up to a multiple of four. */
const gates = (row: readonly number[], hidden: number): number[] =>
  [0, 1, 2].flatMap((gate) => padded(row.slice(gate * hidden, (gate + 1) * hidden), four(hidden)));

export function writeGru(out: ByteWriter, part: Gru): void {
  const from = out.length - 8;
  out.u32s([part.steps, part.columns.length, part.hidden]);
  out.f32s([part.clip]);
  out.u32s([0, 0]);
  for (const column of part.columns) out.u16(column);
  out.pad(from);
  const inputs = four(part.columns.length);
  out.f32s([...padded(part.mean, inputs), ...padded(part.inverse, inputs)]);
  for (const row of [...part.W, ...part.U, part.b, part.c]) out.f32s(gates(row, part.hidden));
  out.f32s([...padded(part.out, four(part.hidden)), part.out_bias, 0, 0, 0]);
}

export function readGru(reader: ByteReader): Gru {
  const [steps, inputs, hidden] = [reader.u32(), reader.u32(), reader.u32()];
  const clip = reader.f32();
  reader.skip(8);
  if (inputs > 64 || hidden > 64) refuse(`a GRU of ${inputs} inputs and ${hidden} hidden`);
  const columns = reader.u16s(inputs);
  reader.align();
  const mean = reader.f32s(four(inputs)).slice(0, inputs);
  const inverse = reader.f32s(four(inputs)).slice(0, inputs);
  const row = (): number[] => [0, 1, 2].flatMap(() => reader.f32s(four(hidden)).slice(0, hidden));
  const rows = (count: number): number[][] => Array.from({ length: count }, row);
  const [W, U, b, c] = [rows(inputs), rows(hidden), row(), row()];
  const out = reader.f32s(four(hidden)).slice(0, hidden);
  return { steps, hidden, clip, columns, mean, inverse, W, U, b, c, out, out_bias: reader.f32() };
}

export function writeStacker(out: ByteWriter, part: Stacker): void {
  out.u32s([0, 0]);
  out.f64s([part.bias, ...part.weight]);
}

export function readStacker(reader: ByteReader): Stacker {
  reader.skip(8);
  return { bias: reader.f64(), weight: reader.f64s(5) };
}

export function writeCalibrator(out: ByteWriter, part: Calibrator): void {
  if (part.kind === "platt") {
    out.u32s([CALIBRATOR_KIND.platt, 0]);
    out.f64s([part.slope, part.offset]);
  } else {
    out.u32s([CALIBRATOR_KIND.isotonic, part.said.length]);
    out.f64s([...part.said, ...part.came]);
  }
}

export function readCalibrator(reader: ByteReader): Calibrator {
  const [kind, knots] = [reader.u32(), reader.u32()];
  if (kind === CALIBRATOR_KIND.platt) return { kind: "platt", slope: reader.f64(), offset: reader.f64() };
  if (kind !== CALIBRATOR_KIND.isotonic) refuse(`calibrator kind ${kind}`);
  return { kind: "isotonic", said: reader.f64s(knots), came: reader.f64s(knots) };
}

export function writeDrift(out: ByteWriter, part: DriftReference): void {
  const from = out.length - 8;
  out.u32s([part.columns.length, 0]);
  for (const column of part.columns) out.u16(column);
  out.pad(from);
  for (const row of part.edges) out.f32s(row);
  out.pad(from);
  for (const row of part.share) out.f64s(row);
}

export function readDrift(reader: ByteReader): DriftReference {
  const count = Math.min(reader.u32(), 1024);
  reader.skip(4);
  const columns = reader.u16s(count);
  reader.align();
  const edges = Array.from({ length: count }, () => reader.f32s(DRIFT_BINS - 1));
  reader.align();
  return { columns, edges, share: Array.from({ length: count }, () => reader.f64s(DRIFT_BINS)) };
}
