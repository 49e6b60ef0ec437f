// What a model is made of: heads, each asking one question at the close of bars of one length, and what may stand in them.
import type { Calibrator, DriftReference, Gru, Logistic, Perceptron, Stacker } from "./sections.ts";
import type { TreeSum } from "./trees.ts";

export const HEADS_MAX = 16;
/** The bars that the core builds. */
export const TIMEFRAMES_S: readonly number[] = [60, 300, 900, 3600, 14_400, 86_400];

export const HEAD_KIND = { direction: 0, high_volatility: 1, regime: 2 } as const;

/** The five, in the order of the stacker's weights. */
export const MODEL_NAMES = ["boosted", "forest", "logistic", "perceptron", "gru"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** One question at the close of bars of one length. At least one of the five models; a stacker where there are several. */
export interface ModelHead {
  /** Bar length whose close it scores. */
  readonly timeframe_s: number;
  /** How far ahead the probability looks. */
  readonly horizon_s: number;
  /** HEAD_KIND. */
  readonly kind: number;
  /** Closed bars before a score counts. */
  readonly warm_bars: number;
  readonly boosted?: TreeSum;
  readonly forest?: TreeSum;
  readonly logistic?: Logistic;
  readonly perceptron?: Perceptron;
  readonly gru?: Gru;
  readonly stacker?: Stacker;
  readonly calibrator?: Calibrator;
  readonly drift?: DriftReference;
  /** An answer stays in the prediction set while its probability is at least one minus this; default 1: both stay. */
  readonly conformal?: number;
}

export interface Model {
  /** Names of the catalogue, in the order in which every head has its numbers. */
  readonly features: readonly string[];
  readonly heads: readonly ModelHead[];
  /** A JSON object. */
  readonly meta: Readonly<Record<string, unknown>>;
}
