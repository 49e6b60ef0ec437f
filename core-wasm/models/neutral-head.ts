// The head that training reads features with: it says one half of everything.
import { HEAD_KIND, type ModelHead } from "./artefact.ts";

/** Bars before a score counts: twice the look-back of the slowest average (Wilder, 50 bars). */
export const WARM_BARS = 100;

/** Of one feature: the core records all of them anyway. Without an opinion. */
export const NEUTRAL_FEATURES = ["log_return_1"];

export function neutralHead(timeframe_s: number): ModelHead {
  return {
    timeframe_s,
    horizon_s: timeframe_s,
    kind: HEAD_KIND.direction,
    warm_bars: WARM_BARS,
    logistic: { bias: 0, mean: [0], scale: [1], weight: [0] },
  };
}
