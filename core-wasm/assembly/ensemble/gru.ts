// Gated recurrent unit (Cho 2014, in PyTorch's form: the reset gate applies behind the hidden product) over the last
// N bars, oldest first, from a hidden state of zero; then one linear layer.
//
//   r = sigmoid(Wr x + br + Ur h + cr)   z = sigmoid(Wz x + bz + Uz h + cz)   n = tanh(Wn x + bn + r (Un h + cn))   h = (1 - z) n + z h
//
// Section: u32 tag 4 | u32 bytes | u32 steps N | u32 inputs F | u32 hidden H | f32 clip | u64 0
//   u16 which of the sequence's columns [F], to 16 bytes | f32 mean[F4] | f32 1/scale[F4]
//   f32 W[F][3 H4] (r, z, n) | f32 U[H][3 H4] | f32 b[3 H4] | f32 c[3 H4] | f32 out[H4] | f32 out bias, then 12 bytes of 0
import { GATES_HIDDEN_AT, GATES_INPUT_AT, HIDDEN_AT, SEQUENCE_AT, STEP_AT, STEP_RAW_AT } from "../memory";
import { four } from "./perceptron";
import { SEQUENCE_BYTES, SEQUENCE_WIDTH, STEPS_MAX } from "./sequence";
import { multiply, sigmoids, standardise, tanhs } from "./vector";

export const GRU_TAG: u32 = 4;
export const GRU_HEAD: usize = 32;
export const HIDDEN_MAX: u32 = 64;

export function gruListBytes(inputs: u32): usize {
  return <usize>((inputs * 2 + 15) & ~15);
}

export function stepsOf(at: usize): u32 {
  return load<u32>(at, 8);
}

/** Floats behind the list. */
export function gruFloats(inputs: u32, hidden: u32): usize {
  const gates = 3 * four(hidden);
  return 2 * four(inputs) + (<usize>inputs + <usize>hidden + 2) * gates + four(hidden) + 4;
}

/** Log-odds of the sequence whose newest bar stands last at SEQUENCE_AT. */
export function scoreGru(at: usize): f64 {
  const inputs = load<u32>(at, 12);
  const hidden = load<u32>(at, 16);
  const gates = <u32>(3 * four(hidden));
  const mean = at + GRU_HEAD + gruListBytes(inputs);
  const w = mean + four(inputs) * 8;
  const u = w + <usize>inputs * gates * 4;
  const b = u + <usize>hidden * gates * 4;
  const c = b + <usize>gates * 4;
  const out = c + <usize>gates * 4;
  const whole = readsAll(at + GRU_HEAD, inputs);
  for (let i: usize = 0; i < four(hidden) * 4; i += 16) v128.store(HIDDEN_AT + i, f32x4.splat(0));
  for (let step = STEPS_MAX - stepsOf(at); step < STEPS_MAX; step++) {
    const bar = SEQUENCE_AT + <usize>step * SEQUENCE_BYTES;
    if (!whole) pick(at + GRU_HEAD, inputs, bar);
    standardise(whole ? bar : STEP_RAW_AT, mean, mean + four(inputs) * 4, STEP_AT, inputs, load<f32>(at, 20));
    multiply(STEP_AT, inputs, w, b, GATES_INPUT_AT, gates);
    multiply(HIDDEN_AT, hidden, u, c, GATES_HIDDEN_AT, gates);
    update(four(hidden) * 4);
  }
  let z = load<f32>(out + four(hidden) * 4);
  for (let i: usize = 0; i < <usize>hidden * 4; i += 4) z += load<f32>(out + i) * load<f32>(HIDDEN_AT + i);
  return <f64>z;
}

/** The columns are the sequence's own, in its order: then nothing has to be picked. */
function readsAll(list: usize, inputs: u32): bool {
  for (let i: u32 = 0; i < inputs; i++) if (<u32>load<u16>(list + <usize>i * 2) != i) return false;
  return inputs == SEQUENCE_WIDTH;
}

function pick(list: usize, inputs: u32, step: usize): void {
  v128.store(STEP_RAW_AT + (four(inputs) - 4) * 4, f32x4.splat(0));
  for (let i: u32 = 0; i < inputs; i++)
    store<f32>(STEP_RAW_AT + <usize>i * 4, load<f32>(step + <usize>load<u16>(list + <usize>i * 2) * 4));
}

/** From what the input and the hidden state give to r, z and n, `bytes` each, to the new hidden state. */
function update(bytes: usize): void {
  const n = GATES_INPUT_AT + 2 * bytes;
  for (let i: usize = 0; i < 2 * bytes; i += 16)
    v128.store(GATES_INPUT_AT + i, f32x4.add(v128.load(GATES_INPUT_AT + i), v128.load(GATES_HIDDEN_AT + i)));
  sigmoids(GATES_INPUT_AT, 2 * bytes);
  for (let i: usize = 0; i < bytes; i += 16) {
    const reset = f32x4.mul(v128.load(GATES_INPUT_AT + i), v128.load(GATES_HIDDEN_AT + 2 * bytes + i));
    v128.store(n + i, f32x4.add(v128.load(n + i), reset));
  }
  tanhs(n, bytes);
  for (let i: usize = 0; i < bytes; i += 16) {
    const z = v128.load(GATES_INPUT_AT + bytes + i);
    const fresh = f32x4.mul(f32x4.sub(f32x4.splat(1), z), v128.load(n + i));
    v128.store(HIDDEN_AT + i, f32x4.add(fresh, f32x4.mul(z, v128.load(HIDDEN_AT + i))));
  }
}
