// The head that training reads features with: it says one half of everything.
import { FEATURE_COUNT } from "#proto/records.ts";
import { HEAD_KIND, type ModelHead } from "./artefact.ts";

/** Bars before a score counts: twice the look-back of the slowest average (Wilder, 50 bars). */
export const WARM_BARS = 100;

/** The core computes and records features under it, without an opinion. */
export function neutralHead(timeframe_s: number): ModelHead {
  const fill = (value: number): number[] => Array.from({ length: FEATURE_COUNT }, () => value);
  return {
    timeframe_s,
    horizon_s: timeframe_s,
    kind: HEAD_KIND.direction,
    warm_bars: WARM_BARS,
    bias: 0,
    mean: fill(0),
    scale: fill(1),
    weight: fill(0),
  };
}
