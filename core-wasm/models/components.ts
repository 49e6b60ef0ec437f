// The 22 machine-learning components by name: what each does, from what to what, and which tests hold it. The single source of
// docs/components.md.

export interface Component {
  readonly name: string;
  readonly does: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly source: string;
  readonly tests: readonly string[];
}

const FEATURE_TESTS = [
  "core-wasm/host/features.test.ts",
  "core-wasm/host/indicators.test.ts",
  "test/oracle/talib.test.ts",
];
const KERNEL_TESTS = ["core-wasm/models/kernels.test.ts", "test/oracle/models.test.ts"];

const features = (name: string, does: string, inputs: string, file: string): Component => ({
  name,
  does,
  inputs,
  outputs: "features of the catalogue (docs/features.md)",
  source: `core-wasm/assembly/features/${file}.ts`,
  tests: FEATURE_TESTS,
});

const model = (name: string, does: string, inputs: string, file: string): Component => ({
  name,
  does,
  inputs,
  outputs: "log-odds of a head's question; its probability stands in each prediction",
  source: `core-wasm/assembly/ensemble/${file}.ts`,
  tests: KERNEL_TESTS,
});

export const COMPONENTS: readonly Component[] = [
  features("returns", "log returns over 1 to 50 bars", "closed bars", "returns"),
  features("moving averages", "SMA, EMA, WMA and MACD as distances in ATRs", "closed bars", "averages"),
  features("momentum", "RSI, ROC, stochastic, Williams %R, CCI, Aroon, Ultimate", "closed bars", "momentum"),
  features("trend", "ADX, directional movement, slope and its fit", "closed bars", "trend"),
  features(
    "volatility",
    "ATR, realised, Parkinson and Garman-Klass volatility, choppiness",
    "closed bars",
    "volatility",
  ),
  features("bands and channels", "Bollinger, Keltner, Donchian, squeeze", "closed bars", "bands"),
  features("volume", "OBV slope, money flow, VWAP distance", "closed bars with tick volume", "volume"),
  features("moments", "z-scores, skewness, kurtosis, autocorrelation", "closed bars", "moments"),
  features("candle shape", "body, wicks, gap", "closed bars", "candle"),
  features("tick flow", "spread, imbalance, rate, realised volatility and drift of ticks", "ticks", "flow"),
  features("time", "hour and weekday as angles, sessions, weekend", "time of the bar", "session"),
  features(
    "cross-asset correlation",
    "moving correlation of all symbols' five-minute returns",
    "quotes of all symbols",
    "correlation",
  ),
  model("gradient-boosted trees", "sum of trees on log-odds", "row of the model's features", "trees"),
  model("random forest", "mean of trees on probabilities", "row of the model's features", "trees"),
  model("logistic regression", "regularised linear model", "row of the model's features", "logistic"),
  model("multilayer perceptron", "dense layers in f32", "row of the model's features", "perceptron"),
  model("gated recurrent unit", "recurrent network over the last bars", "shapes of the last bars", "gru"),
  {
    name: "stacker",
    does: "weighs the five models' log-odds",
    inputs: "five log-odds",
    outputs: "stacked probability",
    source: "core-wasm/assembly/ensemble/combine.ts",
    tests: KERNEL_TESTS,
  },
  {
    name: "calibrator",
    does: "Platt scaling or isotonic regression",
    inputs: "stacked log-odds",
    outputs: "the probability that is decided on",
    source: "core-wasm/assembly/ensemble/combine.ts",
    tests: ["core-wasm/models/kernels.test.ts"],
  },
  {
    name: "market-regime classifier",
    does: "a head of its own: is the mean true range of the next 12 bars above ATR(50)",
    inputs: "as the other heads",
    outputs: "probability and regime (calm, volatile) of each prediction",
    source: "core-wasm/assembly/ensemble/predict.ts",
    tests: ["core-wasm/models/shipped.test.ts"],
  },
  {
    name: "uncertainty",
    does: "disagreement of the models (standard deviation) and a split-conformal set of answers",
    inputs: "five probabilities; the calibrated one",
    outputs: "disagreement and set of each question",
    source: "core-wasm/assembly/ensemble/score.ts",
    tests: ["core-wasm/models/kernels.test.ts", "core-wasm/host/model.test.ts"],
  },
  {
    name: "drift detector",
    does: "population stability index of the inputs against the training rows, by blocks of 250 bars",
    inputs: "rows of a series",
    outputs: "largest index and its feature",
    source: "core-wasm/assembly/ensemble/drift.ts",
    tests: ["core-wasm/models/shipped.test.ts"],
  },
];
