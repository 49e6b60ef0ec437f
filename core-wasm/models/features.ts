// What the shipped model reads, in its order: of closed bars and the time only, so that it can be trained from bar files.

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
