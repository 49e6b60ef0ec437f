// The row of inputs that every model but the GRU reads, at ROW_AT: the model's features in its order, rounded to f32, then
// minus infinity (the input of a tree's leaves, trees.ts).
import { FEATURES_AT, ROW_AT } from "../memory";
import { featureAt, featureCount } from "./head";
import { asInput } from "./sequence";

const LEAF_INPUT: f32 = -Infinity;

/** From the features at FEATURES_AT. */
export function writeRow(): void {
  const n = featureCount();
  for (let i: u32 = 0; i < n; i++)
    store<f32>(ROW_AT + <usize>i * 4, asInput(load<f64>(FEATURES_AT + <usize>featureAt(i) * 8)));
  endRow(n);
}

/** Behind `n` inputs that are in place. */
export function endRow(n: u32): void {
  store<f32>(ROW_AT + <usize>n * 4, LEAF_INPUT);
}
