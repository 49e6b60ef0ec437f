// What the shipped model reads, in its order: of closed bars and the time only, so that it can be trained from bar files.

/** Checked one by one against another implementation (core-wasm/host/indicators.test.ts). */
export const MODEL_FEATURES: readonly string[] = [
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
];

export const ENSEMBLE_FEATURES: readonly string[] = [
  ...MODEL_FEATURES,
  "realised_volatility_50_atr",
  "volatility_ratio_5_20",
  "parkinson_20_atr",
  "true_range_atr",
  "range_z_20",
  "return_z_20",
  "body_ratio",
  "upper_wick_ratio",
  "lower_wick_ratio",
  "gap_atr",
  "adx_14",
  "choppiness_14",
  "efficiency_ratio_10",
  "stochastic_k_14_3",
  "donchian_width_20_atr",
  "bollinger_squeeze_20",
  "kurtosis_50",
  "weekday_sin",
  "weekday_cos",
  "session_london",
  "session_new_york",
  "weekend_proximity",
];

/** They drift by nature within a block of bars, whatever the market does. */
export const TIME_FEATURES: readonly string[] = [
  "hour_sin",
  "hour_cos",
  "weekday_sin",
  "weekday_cos",
  "session_london",
  "session_new_york",
  "weekend_proximity",
];
