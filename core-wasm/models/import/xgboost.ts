// XGBoost's JSON model (Booster.save_model("x.json")) as a sum of trees: gbtree with a binary logistic objective. Format:
// XGBoost's doc/model.schema. A row goes left where x < condition, with x as f32.
import { z } from "zod";
import { f32Below, LINK, type TreeNode, type TreeSum, treeSum } from "../trees.ts";
import { type Imported, refuseImport } from "./imported.ts";

const list = z.array(z.number());
const Tree = z.object({
  left_children: list,
  right_children: list,
  split_indices: list,
  split_conditions: list,
  split_type: list.optional(),
  sum_hessian: list,
  categories: list.optional(),
});
type Tree = z.infer<typeof Tree>;

const File = z.object({
  learner: z.object({
    feature_names: z.array(z.string()),
    gradient_booster: z.object({ name: z.string(), model: z.object({ trees: z.array(Tree) }).optional() }),
    learner_model_param: z.object({ base_score: z.string(), num_class: z.string(), num_target: z.string().optional() }),
    objective: z.object({ name: z.string() }),
  }),
});

export function importXgboost(text: string): Imported<TreeSum> {
  const parsed = File.safeParse(parse(text));
  if (!parsed.success)
    return refuseImport("XGBoost", `it is no model of XGBoost's JSON (${parsed.error.issues[0]?.path.join(".")})`);
  const { gradient_booster, learner_model_param, objective, feature_names } = parsed.data.learner;
  if (gradient_booster.name !== "gbtree" || gradient_booster.model === undefined)
    refuseImport("XGBoost", `booster "${gradient_booster.name}": only gbtree`);
  if (objective.name !== "binary:logistic" && objective.name !== "reg:logistic")
    refuseImport("XGBoost", `objective "${objective.name}": only binary:logistic and reg:logistic say log-odds`);
  if (Number(learner_model_param.num_class) > 1 || Number(learner_model_param.num_target ?? 1) > 1)
    refuseImport("XGBoost", "more than two classes or several targets");
  if (feature_names.length === 0)
    refuseImport("XGBoost", "no feature_names in it: train on a matrix that has them, or set booster.feature_names");
  // A number, or a list of one since XGBoost 3.1.
  const base = Number(learner_model_param.base_score.replace(/[[\]]/g, ""));
  if (!(base > 0 && base < 1)) refuseImport("XGBoost", `base_score ${learner_model_param.base_score}`);
  const trees = (gradient_booster.model as { trees: Tree[] }).trees.map(treeOf);
  const o = { base: Math.log(base / (1 - base)), factor: 1, link: LINK.logistic, inputs: feature_names.length };
  return { features: feature_names, model: "boosted", part: treeSum(trees, o) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuseImport("XGBoost", "it is no JSON");
  }
}

function treeOf(tree: Tree): TreeNode {
  if ((tree.categories ?? []).length > 0 || (tree.split_type ?? []).some((type) => type !== 0))
    refuseImport("XGBoost", "a categorical split");
  const node = (i: number, depth: number): TreeNode => {
    const [left, right] = [tree.left_children[i], tree.right_children[i]];
    if (left === undefined || right === undefined || depth > tree.left_children.length)
      return refuseImport("XGBoost", "a tree whose children lead in a circle or nowhere");
    const condition = Math.fround(tree.split_conditions[i] as number);
    if (left === -1) return { value: condition, cover: Math.max(tree.sum_hessian[i] as number, 1e-6) };
    const input = tree.split_indices[i] as number;
    return { input, threshold: f32Below(condition), left: node(left, depth + 1), right: node(right, depth + 1) };
  };
  return node(0, 0);
}
