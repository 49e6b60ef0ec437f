// The names of the features, in the order in which the core writes them and a model reads them. Formulas, units and
// warm-up: core-wasm/assembly/features/.
import { assert } from "#proto/errors.ts";
import { FEATURE_COUNT } from "#proto/records.ts";

export const FEATURE_NAMES = [
  "log_return_1",
  "log_return_5",
  "log_return_20",
  "rsi_14",
  "macd_histogram_atr",
  "atr_14_close",
  "atr_ratio_14_50",
  "bollinger_z_20",
  "realised_volatility_20_atr",
  "range_atr",
  "hour_sin",
  "hour_cos",
] as const;

assert(FEATURE_NAMES.length === FEATURE_COUNT, "every feature has a name");
