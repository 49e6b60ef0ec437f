// The ai.onnx.ml operators that scikit-learn's models become: TreeEnsembleClassifier, LinearClassifier, Scaler in front.
import type { Logistic } from "../sections.ts";
import { f32AtMost, f32Below, LINK, type TreeNode, type TreeSum, treeSum } from "../trees.ts";
import { refuseImport } from "./imported.ts";
import type { Attribute, OnnxFile, OnnxNode } from "./onnx-file.ts";

/** They only carry labels and probabilities on, or cast. */
const PASSIVE = new Set([
  "ZipMap",
  "Normalizer",
  "Cast",
  "Identity",
  "ArgMax",
  "ArrayFeatureExtractor",
  "Reshape",
  "Constant",
]);

function onlyNode(file: OnnxFile, op: string, also: readonly string[]): OnnxNode {
  const other = file.nodes.find((node) => node.op !== op && !PASSIVE.has(node.op) && !also.includes(node.op));
  if (other) refuseImport("ONNX", `operator ${other.op} beside ${op}`);
  const found = file.nodes.filter((node) => node.op === op);
  if (found.length !== 1) refuseImport("ONNX", `${found.length} nodes of ${op}`);
  return found[0] as OnnxNode;
}

const NONE: Attribute = { floats: [], ints: [], strings: [] };
const attribute = (node: OnnxNode, name: string): Attribute => node.attributes.get(name) ?? NONE;

/** Without a transform the sums are probabilities (a forest), with LOGISTIC they are log-odds of "yes" (boosting). */
export function importTrees(file: OnnxFile, inputs: number): ["boosted" | "forest", TreeSum] {
  const node = onlyNode(file, "TreeEnsembleClassifier", []);
  const ints = (name: string): readonly number[] => attribute(node, name).ints;
  const transform = attribute(node, "post_transform").s ?? "NONE";
  const classes = new Set(ints("class_ids"));
  const both = classes.size === 2;
  if (classes.size > 2 || [...classes].some((id) => id > 1))
    refuseImport("ONNX", "a tree ensemble of more than two classes");
  if (transform !== "NONE" && transform !== "LOGISTIC") refuseImport("ONNX", `post_transform ${transform}`);
  if (both && transform === "LOGISTIC") refuseImport("ONNX", "post_transform LOGISTIC over two classes");
  // One class's weights only: they are those of "yes", whatever its number.
  const yes = both ? 1 : ([...classes][0] as number);
  const isProbability = transform === "NONE";
  const values = new Map<string, number>();
  for (const [i, tree] of ints("class_treeids").entries())
    if (ints("class_ids")[i] === yes)
      values.set(`${tree}/${ints("class_nodeids")[i]}`, attribute(node, "class_weights").floats[i] as number);
  const roots = treesOf(node, values);
  const base = attribute(node, "base_values").floats.at(-1) ?? 0;
  const o = { base, factor: 1, inputs, link: isProbability ? LINK.none : LINK.logistic };
  return [isProbability ? "forest" : "boosted", treeSum(roots, o)];
}

function treesOf(node: OnnxNode, values: ReadonlyMap<string, number>): TreeNode[] {
  const ints = (name: string): readonly number[] => attribute(node, name).ints;
  const [trees, ids] = [ints("nodes_treeids"), ints("nodes_nodeids")];
  const index = new Map(trees.map((tree, i) => [`${tree}/${ids[i]}`, i]));
  const modes = attribute(node, "nodes_modes").strings;
  const thresholds = attribute(node, "nodes_values").floats;
  const build = (tree: number, id: number, depth: number): TreeNode => {
    const i = index.get(`${tree}/${id}`);
    if (i === undefined || depth > trees.length)
      return refuseImport("ONNX", "a tree whose children lead in a circle or nowhere");
    const mode = modes[i] as string;
    if (mode === "LEAF") return { value: values.get(`${tree}/${id}`) ?? 0, cover: 1 };
    const hit = build(tree, ints("nodes_truenodeids")[i] as number, depth + 1);
    const miss = build(tree, ints("nodes_falsenodeids")[i] as number, depth + 1);
    const [input, t] = [ints("nodes_featureids")[i] as number, thresholds[i] as number];
    if (mode === "BRANCH_LEQ") return { input, threshold: f32AtMost(t), left: hit, right: miss };
    if (mode === "BRANCH_LT") return { input, threshold: f32Below(t), left: hit, right: miss };
    if (mode === "BRANCH_GT") return { input, threshold: f32AtMost(t), left: miss, right: hit };
    if (mode === "BRANCH_GTE") return { input, threshold: f32Below(t), left: miss, right: hit };
    return refuseImport("ONNX", `a split of mode ${mode}`);
  };
  const first = new Map<number, number>();
  for (const [i, tree] of trees.entries()) if (!first.has(tree)) first.set(tree, ids[i] as number);
  return [...first].map(([tree, root]) => build(tree, root, 0));
}

export function importLinear(file: OnnxFile, inputs: number): Logistic {
  const node = onlyNode(file, "LinearClassifier", ["Scaler"]);
  const { floats: coefficients } = attribute(node, "coefficients");
  const { floats: intercepts } = attribute(node, "intercepts");
  const transform = attribute(node, "post_transform").s ?? "NONE";
  if (transform !== "LOGISTIC" && transform !== "SOFTMAX")
    refuseImport("ONNX", `post_transform ${transform} of LinearClassifier`);
  const rows = coefficients.length / inputs;
  if (rows !== 1 && rows !== 2)
    refuseImport("ONNX", `LinearClassifier with ${coefficients.length} coefficients over ${inputs} features`);
  const last = coefficients.slice(-inputs);
  const softmax = transform === "SOFTMAX" && rows === 2;
  const weight = softmax ? last.map((w, i) => w - (coefficients[i] as number)) : last;
  const bias = (intercepts.at(-1) ?? 0) - (softmax ? (intercepts[0] ?? 0) : 0);
  const scaler = file.nodes.find(({ op }) => op === "Scaler");
  const one = (values: readonly number[], i: number, without: number): number =>
    values[values.length === 1 ? 0 : i] ?? without;
  return {
    bias,
    weight,
    mean: last.map((_, i) => (scaler ? one(attribute(scaler, "offset").floats, i, 0) : 0)),
    scale: last.map((_, i) => (scaler ? 1 / one(attribute(scaler, "scale").floats, i, 1) : 1)),
  };
}
