// What the fitting script wrote becomes heads: LightGBM's text through its importer, the rest from plain arrays.
import { z } from "zod";
import { SEQUENCE_FEATURES } from "#proto/features.ts";
import { HEAD_KIND, type ModelHead } from "../heads.ts";
import { importLightgbm } from "../import/lightgbm.ts";
import { ACTIVATION, type Layer } from "../sections.ts";
import { f32AtMost, LINK, type TreeNode, treeSum } from "../trees.ts";
import { FOLD_FIGURES } from "./fold.ts";
import { QUESTIONS } from "./questions.ts";

const list = z.array(z.number());
const rows = z.array(list);
const Tree = z.object({ left: list, right: list, feature: list, threshold: list, yes: list, cover: list });
const Window = z.tuple([z.number(), z.number(), z.number()]);
const Fold = z.object({
  from_ms: z.number(),
  to_ms: z.number(),
  ...FOLD_FIGURES,
});

export const FittedHead = z.object({
  timeframe_s: z.number(),
  question: z.enum(["direction", "high_volatility", "regime"]),
  boosted: z.string(),
  forest: z.array(Tree),
  logistic: z.object({ bias: z.number(), mean: list, scale: list, weight: list }),
  perceptron: z.object({
    clip: z.number(),
    mean: list,
    inverse: list,
    epochs: z.number(),
    layers: z.array(z.object({ weights: rows, bias: list })),
  }),
  gru: z.object({
    hidden: z.number(),
    epochs: z.number(),
    clip: z.number(),
    mean: list,
    inverse: list,
    W: rows,
    U: rows,
    b: list,
    c: list,
    out: list,
    out_bias: z.number(),
  }),
  stacker: z.object({ bias: z.number(), weight: list }),
  calibrator: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("platt"), slope: z.number(), offset: z.number() }),
    z.object({ kind: z.literal("isotonic"), said: list, came: list }),
  ]),
  conformal: z.number(),
  drift: z.object({ columns: list, edges: rows, share: rows }),
  trained: Window,
  validated: Window,
  /** Settings that the first fold chose, by model. */
  choice: z.record(z.string(), z.union([z.number(), list])),
  /** Folds of the walk-forward but the first, each by what came before it. */
  walk: z.array(Fold),
});
export type FittedHead = z.infer<typeof FittedHead>;

/** Bars before a score counts: twice the look-back of the slowest average (Wilder, 50 bars). */
const WARM_BARS = 100;

export function assembleHead(fitted: FittedHead, o: { readonly features: number; readonly steps: number }): ModelHead {
  const question = QUESTIONS.find(({ name }) => name === fitted.question) as (typeof QUESTIONS)[number];
  const trees = fitted.forest.map(forestTree);
  const { clip, mean, inverse, layers } = fitted.perceptron;
  const { epochs: _, ...gru } = fitted.gru;
  return {
    timeframe_s: fitted.timeframe_s,
    horizon_s: fitted.timeframe_s * question.ahead_bars,
    kind: HEAD_KIND[fitted.question],
    warm_bars: WARM_BARS,
    boosted: importLightgbm(fitted.boosted).part,
    forest: treeSum(trees, { base: 0, factor: 1 / trees.length, link: LINK.none, inputs: o.features }),
    logistic: fitted.logistic,
    perceptron: {
      clip,
      mean,
      inverse,
      layers: layers.map(
        ({ weights, bias }, i): Layer => ({
          inputs: weights.length,
          outputs: bias.length,
          activation: i === layers.length - 1 ? ACTIVATION.identity : ACTIVATION.tanh,
          weights,
          bias,
        }),
      ),
    },
    gru: { steps: o.steps, columns: SEQUENCE_FEATURES.map((_, i) => i), ...gru },
    stacker: fitted.stacker,
    calibrator: fitted.calibrator,
    conformal: fitted.conformal,
    drift: fitted.drift,
  };
}

/** scikit-learn's arrays: x <= threshold goes left, with x as f32; a leaf has children -1. */
function forestTree(tree: z.infer<typeof Tree>): TreeNode {
  const node = (i: number): TreeNode => {
    const [left, right] = [tree.left[i] as number, tree.right[i] as number];
    if (left < 0) return { value: Math.fround(tree.yes[i] as number), cover: tree.cover[i] as number };
    return {
      input: tree.feature[i] as number,
      threshold: f32AtMost(tree.threshold[i] as number),
      left: node(left),
      right: node(right),
    };
  };
  return node(0);
}
