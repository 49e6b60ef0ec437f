// Networks as PyTorch exports them: chains of Gemm (or MatMul and Add) with activations, and one GRU layer over a sequence
// with one linear layer behind its last step.
import { SEQUENCE_FEATURES, SEQUENCE_STEPS_MAX } from "#proto/features.ts";
import { ACTIVATION, type Gru, type Layer, type Perceptron } from "../sections.ts";
import { refuseImport } from "./imported.ts";
import type { OnnxFile, OnnxNode, Tensor } from "./onnx-file.ts";

/** Inputs beyond this many units are held at it (the core's artefact needs a bound). */
const CLIP_MAX = 1000;
const ACTIVATIONS: Readonly<Record<string, number>> = {
  Relu: ACTIVATION.relu,
  Tanh: ACTIVATION.tanh,
  Sigmoid: ACTIVATION.sigmoid,
};
const PASSIVE = new Set(["Identity", "Flatten", "Cast", "Constant", "Dropout"]);
/** What PyTorch puts around a GRU to lay out batch and time. */
const AROUND_GRU = new Set([
  ...PASSIVE,
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Slice",
  "Gather",
  "Shape",
  "Concat",
  "ConstantOfShape",
  "Expand",
  "Reshape",
]);

interface Linear {
  /** rows[i][o] */
  readonly rows: number[][];
  readonly bias: number[];
}

function matrix({ dims, values }: Tensor, transposed: boolean): number[][] {
  const [a = 0, b = 0] = dims.slice(-2);
  const at = (i: number, j: number): number => values[i * b + j] as number;
  return transposed
    ? Array.from({ length: b }, (_, j) => Array.from({ length: a }, (_, i) => at(i, j)))
    : Array.from({ length: a }, (_, i) => Array.from({ length: b }, (_, j) => at(i, j)));
}

const constant = (file: OnnxFile, name: string | undefined): Tensor | undefined => file.constants.get(name ?? "");

function linearOf(file: OnnxFile, node: OnnxNode): Linear {
  const weights = constant(file, node.inputs[1]);
  if (weights === undefined) return refuseImport("ONNX", `${node.op} with weights that are not constant`);
  if (node.op === "MatMul") {
    const rows = matrix(weights, false);
    return { rows, bias: (rows[0] ?? []).map(() => 0) };
  }
  const scaled = (node.attributes.get("alpha")?.f ?? 1) !== 1 || (node.attributes.get("beta")?.f ?? 1) !== 1;
  if (scaled || (node.attributes.get("transA")?.i ?? 0) !== 0) refuseImport("ONNX", "Gemm with alpha, beta or transA");
  const rows = matrix(weights, (node.attributes.get("transB")?.i ?? 0) === 1);
  const bias = constant(file, node.inputs[2])?.values ?? (rows[0] ?? []).map(() => 0);
  return { rows, bias: [...bias] };
}

export function importDense(file: OnnxFile, inputs: number): Perceptron {
  const layers: (Linear & { activation: number })[] = [];
  for (const node of file.nodes) {
    const last = layers.at(-1);
    if (PASSIVE.has(node.op)) continue;
    if (node.op === "Gemm" || node.op === "MatMul")
      layers.push({ ...linearOf(file, node), activation: ACTIVATION.identity });
    else if (node.op === "Add" && last?.activation === ACTIVATION.identity) addBias(file, node, last);
    else if (node.op in ACTIVATIONS && last?.activation === ACTIVATION.identity)
      last.activation = ACTIVATIONS[node.op] as number;
    else if (node.op === "Softmax" && node === lastNode(file)) continue;
    else refuseImport("ONNX", `operator ${node.op}`);
  }
  if (layers.length === 0) refuseImport("ONNX", "no layer that the core knows");
  const whole = { clip: CLIP_MAX, mean: Array(inputs).fill(0), inverse: Array(inputs).fill(1) };
  return { ...whole, layers: oneOutput(layers).map(layerOf) };
}

const lastNode = (file: OnnxFile): OnnxNode | undefined => file.nodes.filter(({ op }) => !PASSIVE.has(op)).at(-1);

function addBias(file: OnnxFile, node: OnnxNode, layer: { bias: number[] }): void {
  const values = node.inputs.map((name) => constant(file, name)).find((tensor) => tensor !== undefined)?.values;
  if (values === undefined || values.length !== layer.bias.length)
    refuseImport("ONNX", "Add of something that is no bias");
  for (const [i, value] of values.entries()) layer.bias[i] = (layer.bias[i] as number) + value;
}

/** Log-odds: a last sigmoid is left away, and of two outputs under a softmax the difference is taken. */
function oneOutput(layers: readonly (Linear & { activation: number })[]): (Linear & { activation: number })[] {
  const last = layers.at(-1) as Linear & { activation: number };
  const outputs = last.bias.length;
  if (last.activation !== ACTIVATION.identity && last.activation !== ACTIVATION.sigmoid)
    refuseImport("ONNX", "a last layer that is neither log-odds nor a sigmoid");
  if (outputs > 2) refuseImport("ONNX", `${outputs} outputs`);
  const difference = (row: readonly number[]): number[] =>
    outputs === 1 ? [...row] : [(row[1] as number) - (row[0] as number)];
  const only = { rows: last.rows.map(difference), bias: difference(last.bias), activation: ACTIVATION.identity };
  return [...layers.slice(0, -1), only];
}

const layerOf = ({ rows, bias, activation }: Linear & { activation: number }): Layer => ({
  inputs: rows.length,
  outputs: bias.length,
  activation,
  weights: rows.map((row) => row.map(Math.fround)),
  bias: bias.map(Math.fround),
});

export function importGru(file: OnnxFile, features: readonly string[]): Gru {
  const node = file.nodes.find(({ op }) => op === "GRU") as OnnxNode;
  const behind = file.nodes.slice(file.nodes.indexOf(node) + 1);
  const other = file.nodes.find(
    ({ op }) => !AROUND_GRU.has(op) && !["GRU", "Gemm", "MatMul", "Add", "Sigmoid"].includes(op),
  );
  if (other) refuseImport("ONNX", `operator ${other.op} beside GRU`);
  if (file.nodes.filter(({ op }) => op === "GRU").length > 1) refuseImport("ONNX", "more than one layer of GRU");
  checkLastStep(file, node, behind);
  const hidden = node.attributes.get("hidden_size")?.i ?? 0;
  const { W, U, b, c } = gatesOf(file, node, hidden);
  const layers = behind.filter(({ op }) => op === "Gemm" || op === "MatMul").map((dense) => linearOf(file, dense));
  if (layers.length !== 1) refuseImport("ONNX", `${layers.length} linear layers behind the GRU, one is possible`);
  const [dense] = layers as [Linear];
  const add = behind.find(({ op }) => op === "Add");
  if (add) addBias(file, add, dense);
  const last = oneOutput([{ ...dense, activation: ACTIVATION.identity }])[0] as Linear;
  const steps = [...file.inputs.values()]
    .find((dims) => dims.length === 3)
    ?.find((dim, i) => i < 2 && dim !== undefined && dim > 1);
  if (steps === undefined || steps > SEQUENCE_STEPS_MAX)
    return refuseImport(
      "ONNX",
      `a sequence of ${steps ?? "unknown"} steps: export it with a fixed length of at most ${SEQUENCE_STEPS_MAX}`,
    );
  const n = features.length;
  const known = SEQUENCE_FEATURES.map(({ name }) => name);
  const unknown = features.find((name) => !known.includes(name));
  if (unknown !== undefined)
    refuseImport("ONNX", `the core has no feature ${unknown} of a bar in a sequence (it has ${known.join(", ")})`);
  return {
    steps,
    hidden,
    clip: CLIP_MAX,
    columns: features.map((name) => SEQUENCE_FEATURES.findIndex((feature) => feature.name === name)),
    mean: Array(n).fill(0),
    inverse: Array(n).fill(1),
    W,
    U,
    b,
    c,
    out: last.rows.map((row) => Math.fround(row[0] as number)),
    out_bias: Math.fround(last.bias[0] as number),
  };
}

/** The layer must read the last step: the GRU's Y_h, or its Y gathered at -1. */
function checkLastStep(file: OnnxFile, node: OnnxNode, behind: readonly OnnxNode[]): void {
  const used = new Set(behind.flatMap(({ inputs }) => inputs));
  if (used.has(node.outputs[1] ?? "-") && !used.has(node.outputs[0] ?? "-")) return;
  const gathered = behind.some(({ op, inputs }) => op === "Gather" && constant(file, inputs[1])?.values[0] === -1);
  if (!gathered)
    refuseImport("ONNX", "a GRU whose last step is not the one that is read (take output[:, -1] or the hidden state)");
}

/** Nothing, zeros, or zeros made as large as the batch. */
function beginsWithZeros(file: OnnxFile, name: string | undefined): boolean {
  if (name === undefined || name === "") return true;
  const maker = file.nodes.find(({ outputs }) => outputs.includes(name));
  const tensor = constant(file, name) ?? (maker?.op === "Expand" ? constant(file, maker.inputs[0]) : undefined);
  if (tensor !== undefined) return tensor.values.every((v) => v === 0);
  return maker?.op === "ConstantOfShape" && (maker.attributes.get("value")?.t?.values[0] ?? 0) === 0;
}

/** ONNX has the gates in the order z, r, h; the core as PyTorch: r, z, n. */
function gatesOf(file: OnnxFile, node: OnnxNode, hidden: number): Pick<Gru, "W" | "U" | "b" | "c"> {
  const [w, r, bias] = [1, 2, 3].map((i) => constant(file, node.inputs[i]));
  if (w === undefined || r === undefined) return refuseImport("ONNX", "a GRU with weights that are not constant");
  if (w.dims[0] !== 1) refuseImport("ONNX", "a GRU in both directions");
  if ((node.attributes.get("linear_before_reset")?.i ?? 0) !== 1)
    refuseImport("ONNX", "a GRU with linear_before_reset=0: PyTorch's has 1");
  if (!beginsWithZeros(file, node.inputs[5])) refuseImport("ONNX", "a GRU that does not begin with zeros");
  const order = [1, 0, 2].flatMap((gate) => Array.from({ length: hidden }, (_, i) => gate * hidden + i));
  const columns = (tensor: Tensor): number[][] =>
    matrix(tensor, true).map((row) => order.map((o) => Math.fround(row[o] as number)));
  const part = (from: number): number[] => order.map((o) => Math.fround(bias?.values[from + o] ?? 0));
  return { W: columns(w), U: columns(r), b: part(0), c: part(3 * hidden) };
}
