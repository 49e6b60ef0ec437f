// A prediction for tests that need one to store or send: every score one half, changed where a test cares.
import type { Prediction } from "./generated/records.ts";

const question = <Q extends string>(name: Q) =>
  Object.fromEntries(
    ["boosted", "forest", "logistic", "perceptron", "gru", "stacked"].map((score) => [`${name}_${score}`, 0.5]),
  ) as Record<`${Q}_${"boosted" | "forest" | "logistic" | "perceptron" | "gru" | "stacked"}`, number>;

const contributions = <Q extends string>(name: Q, value: number) =>
  Object.fromEntries([0, 1, 2, 3].map((i) => [`${name}_contribution_${i}`, value])) as Record<
    `${Q}_contribution_${0 | 1 | 2 | 3}`,
    number
  >;

const contributionFeatures = <Q extends string>(name: Q, index: number) =>
  Object.fromEntries([0, 1, 2, 3].map((i) => [`${name}_contribution_feature_${i}`, index])) as Record<
    `${Q}_contribution_feature_${0 | 1 | 2 | 3}`,
    number
  >;

export const prediction = (changes: Partial<Prediction> = {}): Prediction => ({
  cause_seq: 1n,
  bar_time_ms: 60_000n,
  ...question("direction"),
  ...question("volatility"),
  ...question("regime"),
  probability_up: 0.5,
  probability_high_volatility: 0.4,
  probability_volatile_regime: 0.3,
  direction_disagreement: 0.01,
  volatility_disagreement: 0.02,
  regime_disagreement: 0.03,
  atr_points: 55.5,
  drift_psi: 0.05,
  contribution_0: 0.2,
  contribution_1: -0.1,
  contribution_2: 0.05,
  contribution_3: 0,
  ...contributions("volatility", 0),
  ...contributions("regime", 0),
  model_sha256_head: new Uint8Array(16).fill(9),
  timeframe_s: 60,
  horizon_s: 3600,
  regime_horizon_s: 86_400,
  contribution_feature_0: 3,
  contribution_feature_1: 0,
  contribution_feature_2: 7,
  contribution_feature_3: 9,
  ...contributionFeatures("volatility", 0),
  ...contributionFeatures("regime", 0),
  drift_feature: 5,
  direction_models: 31,
  volatility_models: 31,
  regime_models: 4,
  direction_set: 3,
  volatility_set: 2,
  regime_set: 1,
  regime: 0,
  warm: 1,
  features: [],
  ...changes,
});
