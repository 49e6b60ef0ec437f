// LightGBM's text model (Booster.save_model) as a sum of trees. Numerical splits of a binary model or a regression on
// log-odds; everything that the core's trees cannot say is refused by its name in the file.
// Format: LightGBM 4, src/boosting/gbdt_model_text.cpp and src/io/tree.cpp.
import { f32AtMost, LINK, type TreeNode, type TreeSum, treeSum } from "../trees.ts";
import { type Imported, refuseImport } from "./imported.ts";

const CATEGORICAL = 1;
const MISSING_SHIFT = 2;
const MISSING_ZERO = 1;

type Fields = ReadonlyMap<string, string>;

const fieldsOf = (block: string): Fields =>
  new Map(
    block
      .split("\n")
      .map((line) => line.trim())
      .flatMap((line) => {
        const at = line.indexOf("=");
        return at < 0 ? [[line, ""] as const] : [[line.slice(0, at), line.slice(at + 1)] as const];
      }),
  );

export function importLightgbm(text: string): Imported<TreeSum> {
  const [head = "", ...rest] = text.split(/\n(?=Tree=\d+\n)/);
  const header = fieldsOf(head);
  if (!header.has("tree")) refuseImport("LightGBM", "it does not begin with the line `tree`");
  const features = words(header, "feature_names");
  const factor = factorOf(header);
  if (number(header, "num_class") !== 1)
    refuseImport("LightGBM", `num_class=${header.get("num_class")}: only two classes`);
  const trees = rest.map((block) => treeOf(fieldsOf(block.split("\nend of trees")[0] as string)));
  if (trees.length === 0) refuseImport("LightGBM", "no tree in it");
  const averaged = header.has("average_output") ? 1 / trees.length : 1;
  const part = treeSum(trees, { base: 0, factor: factor * averaged, link: LINK.logistic, inputs: features.length });
  return { features, model: "boosted", part };
}

/** Of the raw score, to make log-odds. */
function factorOf(header: Fields): number {
  const objective = header.get("objective") ?? "";
  const [name, ...options] = objective.split(" ");
  if (name !== "binary" && name !== "cross_entropy")
    refuseImport("LightGBM", `objective "${objective}": only binary and cross_entropy say log-odds`);
  const sigmoid = options.find((option) => option.startsWith("sigmoid:"));
  return sigmoid === undefined ? 1 : Number(sigmoid.slice("sigmoid:".length));
}

function treeOf(fields: Fields): TreeNode {
  if (number(fields, "num_cat") > 0) refuseImport("LightGBM", "a categorical split (num_cat above 0)");
  if (fields.get("is_linear") === "1") refuseImport("LightGBM", "a linear tree (is_linear=1)");
  const values = numbers(fields, "leaf_value");
  const counts = fields.has("leaf_count") ? numbers(fields, "leaf_count") : values.map(() => 1);
  const leaf = (i: number): TreeNode => ({
    value: Math.fround(values[i] as number),
    cover: Math.max(counts[i] ?? 1, 1),
  });
  if (values.length === 1) return leaf(0);
  const [input, threshold, kind] = ["split_feature", "threshold", "decision_type"].map((name) =>
    numbers(fields, name),
  ) as [number[], number[], number[]];
  const [left, right] = [numbers(fields, "left_child"), numbers(fields, "right_child")];
  const node = (i: number, depth: number): TreeNode => {
    if (i < 0) return leaf(~i);
    if (depth > values.length || i >= input.length)
      refuseImport("LightGBM", "a tree whose children lead in a circle or nowhere");
    const type = kind[i] as number;
    if ((type & CATEGORICAL) !== 0) refuseImport("LightGBM", "a categorical split (decision_type)");
    if (((type >> MISSING_SHIFT) & 3) === MISSING_ZERO)
      refuseImport("LightGBM", "zeros taken as missing (zero_as_missing)");
    return {
      input: input[i] as number,
      threshold: f32AtMost(threshold[i] as number),
      left: node(left[i] as number, depth + 1),
      right: node(right[i] as number, depth + 1),
    };
  };
  return node(0, 0);
}

const words = (fields: Fields, name: string): string[] =>
  (fields.get(name) ?? "").split(" ").filter((word) => word !== "");

function numbers(fields: Fields, name: string): number[] {
  const list = words(fields, name).map(Number);
  if (list.length === 0 || list.some((v) => Number.isNaN(v))) refuseImport("LightGBM", `${name} is no list of numbers`);
  return list;
}

const number = (fields: Fields, name: string): number => Number(fields.get(name) ?? 0);
