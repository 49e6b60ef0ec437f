// The features a model reads, in their fixed order (names: core-wasm/models/features.ts). All are free of scale, so
// that one model serves every symbol; all come from closed bars only, so that none can look ahead.

import { FEATURE_COUNT } from "../ensemble/head";
import { check, FAULT_NOT_FINITE } from "../fault";
import { FEATURES_AT } from "../memory";
import { Bars } from "../state";
import { rsi, rsiStep } from "./momentum";
import { logReturn, returnsStep } from "./returns";
import { hourCos, hourSin } from "./session";
import { bollingerZ, macdHistogram, macdStep } from "./trend";
import { atrRatio, atrStep, atrToClose, rangeToAtr, realisedVolatility } from "./volatility";

/** Every feature is warm from this many bars on (the longest is atr_ratio_14_50). */
export const WARM_BARS: u32 = 51;

/** Takes one closed bar in; O(1), nothing allocated. */
export function step(b: Bars, high: i64, low: i64, close: i64): void {
  returnsStep(b, close);
  rsiStep(b);
  atrStep(b, high, low);
  macdStep(b);
}

/** The features after the newest bar, at FEATURES_AT. */
export function writeFeatures(b: Bars, open_time_ms: i64, high: i64, low: i64): void {
  put(0, logReturn(b, 1));
  put(1, logReturn(b, 5));
  put(2, logReturn(b, 20));
  put(3, rsi(b));
  put(4, macdHistogram(b));
  put(5, atrToClose(b));
  put(6, atrRatio(b));
  put(7, bollingerZ(b));
  put(8, realisedVolatility(b));
  put(9, rangeToAtr(b, high, low));
  put(10, hourSin(open_time_ms));
  put(11, hourCos(open_time_ms));
}

/** Bounds of the inputs make every feature finite; should that ever be wrong, no NaN gets out of here. */
function put(index: u32, value: f64): void {
  check(isFinite(value) && index < FEATURE_COUNT, FAULT_NOT_FINITE);
  store<f64>(FEATURES_AT + <usize>index * 8, value);
}
