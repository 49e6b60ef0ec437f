// Multilayer perceptron over the standardised row, in f32.
//
// Section: u32 tag 3 | u32 bytes | u32 layers | u32 inputs n | f32 clip | u32 0 x 3 | f32 mean[n4] | f32 1/scale[n4]
//   layers: u32 in | u32 out | u32 activation | u32 0 | f32 weights[in][out4] | f32 bias[out4]; the last has one output: log-odds
// n4 = n filled up to a multiple of four with zeros.
import { DENSE_A_AT, DENSE_B_AT, ROW_AT } from "../memory";
import { multiply, sigmoids, standardise, tanhs } from "./vector";

export const PERCEPTRON_TAG: u32 = 3;
export const PERCEPTRON_HEAD: usize = 32;
export const LAYER_HEAD: usize = 16;
export const LAYERS_MAX: u32 = 8;
export const WIDTH_MAX: u32 = 128;

export const RELU: u32 = 1;
export const TANH: u32 = 2;
export const SIGMOID: u32 = 3;

export function four(n: u32): usize {
  return <usize>((n + 3) & ~3);
}

export function layerBytes(inputs: u32, outputs: u32): usize {
  return LAYER_HEAD + (<usize>inputs + 1) * four(outputs) * 4;
}

/** Log-odds of the row. */
export function scorePerceptron(at: usize): f64 {
  const n = load<u32>(at, 12);
  const mean = at + PERCEPTRON_HEAD;
  let layer = mean + four(n) * 8;
  let from = DENSE_A_AT;
  let into = DENSE_B_AT;
  standardise(ROW_AT, mean, mean + four(n) * 4, from, n, load<f32>(at, 16));
  for (let left = load<u32>(at, 8); left != 0; left--) {
    const inputs = load<u32>(layer);
    const outputs = load<u32>(layer, 4);
    const weights = layer + LAYER_HEAD;
    multiply(from, inputs, weights, weights + <usize>inputs * four(outputs) * 4, into, <u32>four(outputs));
    activate(into, outputs, load<u32>(layer, 8));
    layer += layerBytes(inputs, outputs);
    const swap = from;
    from = into;
    into = swap;
  }
  return <f64>load<f32>(from);
}

function activate(at: usize, count: u32, activation: u32): void {
  const bytes = four(count) * 4;
  if (activation == TANH) tanhs(at, bytes);
  else if (activation == SIGMOID) sigmoids(at, bytes);
  else if (activation == RELU)
    for (let i = at; i < at + bytes; i += 16) v128.store(i, f32x4.max(v128.load(i), f32x4.splat(0)));
}
