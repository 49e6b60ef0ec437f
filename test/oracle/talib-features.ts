// What the catalogue's formulas give with TA-Lib's indicators in them, for every feature that TA-Lib has an opinion on.
import type { BarRow } from "#proto/mt5-files.ts";
import type { TalibAnswer } from "./talib-io.ts";

type Formula = (t: (name: string, back?: number) => number, bar: (back: number) => BarRow) => number;

export const TALIB_FEATURES: Readonly<Record<string, Formula>> = {
  rsi_14: (t) => (t("rsi") - 50) / 50,
  macd_histogram_atr: (t) => t("macd_histogram") / t("atr_14"),
  macd_atr: (t) => t("macd") / t("atr_14"),
  macd_signal_atr: (t) => t("macd_signal") / t("atr_14"),
  atr_14_close: (t, bar) => t("atr_14") / bar(0).close_points,
  atr_ratio_14_50: (t) => Math.log(t("atr_14") / t("atr_50")),
  bollinger_z_20: (t) => t("above_middle_20") / t("deviation_20"),
  bollinger_width_20_atr: (t) => (4 * t("deviation_20")) / t("atr_14"),
  bollinger_squeeze_20: (t) => (2 * t("deviation_20")) / (1.5 * t("atr_14")),
  close_z_50: (t) => t("above_middle_50") / t("deviation_50"),
  sma_10_atr: (t, bar) => (bar(0).close_points - t("sma_10")) / t("atr_14"),
  sma_20_atr: (t, bar) => (bar(0).close_points - t("sma_20")) / t("atr_14"),
  sma_50_atr: (t, bar) => (bar(0).close_points - t("sma_50")) / t("atr_14"),
  ema_10_atr: (t, bar) => (bar(0).close_points - t("ema_10")) / t("atr_14"),
  ema_20_atr: (t, bar) => (bar(0).close_points - t("ema_20")) / t("atr_14"),
  ema_50_atr: (t, bar) => (bar(0).close_points - t("ema_50")) / t("atr_14"),
  keltner_position_20: (t, bar) => (bar(0).close_points - t("ema_20")) / (2 * t("atr_14")),
  wma_20_atr: (t, bar) => (bar(0).close_points - t("wma_20")) / t("atr_14"),
  rate_of_change_12: (t) => t("roc_12") / 100,
  momentum_10_atr: (t) => t("mom_10") / t("atr_14"),
  adx_14: (t) => t("adx") / 100,
  plus_di_14: (t) => t("plus_di") / 100,
  minus_di_14: (t) => t("minus_di") / 100,
  cci_20: (t) => t("cci") / 100,
  williams_r_14: (t) => t("willr") / 100,
  stochastic_k_14_3: (t) => t("stoch_k") / 100,
  stochastic_d_14_3_3: (t) => t("stoch_d") / 100,
  donchian_position_20: (t, bar) => (bar(0).close_points - t("min_20")) / (t("max_20") - t("min_20")),
  donchian_width_20_atr: (t) => (t("max_20") - t("min_20")) / t("atr_14"),
  obv_slope_20: (t, bar) => {
    let volume = 0;
    for (let back = 0; back < 20; back++) volume += bar(back).tick_volume;
    return (t("obv") - t("obv", 20)) / volume;
  },
  money_flow_14: (t) => t("mfi") / 100,
  slope_14_atr: (t) => t("slope") / t("atr_14"),
  ultimate_7_14_28: (t) => t("ultosc") / 100,
  aroon_14: (t) => t("aroonosc") / 100,
  true_range_atr: (t) => t("trange") / t("atr_14"),
};

/** The formula's value at bar `i`; undefined where TA-Lib has none yet, or divides by nothing. */
export function talibValue(name: string, i: number, bars: readonly BarRow[], answer: TalibAnswer): number | undefined {
  const formula = TALIB_FEATURES[name] as Formula;
  let missing = false;
  const value = formula(
    (indicator, back = 0) => {
      const found = answer[indicator]?.[i - back];
      if (found === null || found === undefined) missing = true;
      return found ?? 0;
    },
    (back) => bars[i - back] as BarRow,
  );
  return missing || !Number.isFinite(value) ? undefined : value;
}
