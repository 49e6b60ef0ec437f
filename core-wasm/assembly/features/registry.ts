// All features of one series at the close of a bar, in the order of the catalogue (proto/features.ts: formulas, units,
// warm-up, sources). All are free of scale, so that one model serves every symbol, and none can look ahead.
import { check, FAULT_NOT_FINITE } from "../fault";
import * as f from "../generated/features";
import { FEATURES_AT } from "../memory";
import { flowOf } from "../state";
import { Bars, Market } from "../structures";
import { averagesStep, emaDistance, smaDistance, wmaDistance } from "./averages";
import { bollingerWidth, closeZ, donchianPosition, donchianWidth, findExtremes, keltnerPosition } from "./bands";
import * as calendar from "./calendar";
import { body, gap, lowerWick, upperWick } from "./candle";
import * as peers from "./correlation";
import { barSpread, barVolatility, spreadAtr, spreadRatio, tickDrift, tickRate, tickVolatility } from "./flow";
import * as moments from "./moments";
import { findMoments, returnZ } from "./moments";
import {
  aroon,
  cci,
  efficiency,
  momentum,
  moneyFlow,
  rateOfChange,
  rsi,
  rsiStep,
  stochasticD,
  stochasticK,
  ultimate,
  williamsR,
} from "./momentum";
import { barStep, logReturn } from "./returns";
import { dayAngle, inHours, weekAngle, weekendProximity } from "./session";
import { findSums, total } from "./sums";
import {
  adx,
  directionStep,
  macd,
  macdHistogram,
  macdSignal,
  macdStep,
  minusDi,
  plusDi,
  slope,
  slopeFit,
} from "./trend";
import * as volatility from "./volatility";
import {
  atrRatio,
  atrStep,
  atrToClose,
  choppiness,
  findRangeVolatility,
  perAtr,
  realisedVolatility,
  takeAtr,
  volatilityRatio,
} from "./volatility";
import { obvSlope, rangeZ, volumeZ, vwapDistance, vwapStep } from "./volume";
import * as w from "./windows";
import { layOut } from "./windows";

/** Every feature is warm from this many bars on. */
export const WARM_BARS: u32 = 51;

/** Takes one closed bar in; O(1), nothing allocated. */
export function step(b: Bars, open_time_ms: i64, open: i64, high: i64, low: i64, close: i64, volume: u64): void {
  barStep(b, open, high, low, close, volume);
  rsiStep(b);
  atrStep(b);
  averagesStep(b);
  macdStep(b);
  directionStep(b);
  vwapStep(b, open_time_ms);
}

/** The features after the newest bar, at FEATURES_AT. */
export function writeFeatures(symbol: u32, m: Market, b: Bars, open_time_ms: i64, end_ms: i64): void {
  layOut(b);
  takeAtr(b);
  findSums();
  findExtremes();
  put(f.LOG_RETURN_1, b.count > 1 ? w.logReturnOf(0) : 0);
  put(f.LOG_RETURN_2, logReturn(b, 2));
  put(f.LOG_RETURN_5, logReturn(b, 5));
  put(f.LOG_RETURN_10, logReturn(b, 10));
  put(f.LOG_RETURN_20, logReturn(b, 20));
  put(f.LOG_RETURN_50, logReturn(b, 50));
  writeAverages(b);
  writeMomentum(b);
  writeVolatility(b);
  writeVolume(b);
  writeShape(b);
  writeTime(open_time_ms);
  writeFlow(symbol, m, b);
  peers.findPeers(symbol);
  put(f.CORRELATION_MEAN, peers.mean);
  put(f.CORRELATION_STRONGEST, peers.strongest);
  calendar.findEvents(m, end_ms);
  put(f.CALENDAR_AHEAD, calendar.ahead);
  put(f.CALENDAR_BEHIND, calendar.behind);
  put(f.CALENDAR_AHEAD_MODERATE, calendar.ahead_moderate);
  settle();
}

function writeAverages(b: Bars): void {
  put(f.SMA_10_ATR, smaDistance(b, 10));
  put(f.SMA_20_ATR, smaDistance(b, 20));
  put(f.SMA_50_ATR, smaDistance(b, 50));
  put(f.EMA_10_ATR, emaDistance(b, b.ema_10, 10));
  put(f.EMA_20_ATR, emaDistance(b, b.ema_20, 20));
  put(f.EMA_50_ATR, emaDistance(b, b.ema_50, 50));
  put(f.WMA_20_ATR, wmaDistance(b, 20));
  put(f.MACD_ATR, macd(b));
  put(f.MACD_SIGNAL_ATR, macdSignal(b));
  put(f.MACD_HISTOGRAM_ATR, macdHistogram(b));
  put(f.BOLLINGER_Z_20, closeZ(b, 20));
  put(f.CLOSE_Z_50, closeZ(b, 50));
  const width = bollingerWidth(b);
  put(f.BOLLINGER_WIDTH_20_ATR, width);
  // Half of it over half of a Keltner channel of 1.5 ATR.
  put(f.BOLLINGER_SQUEEZE_20, width / 3);
  put(f.KELTNER_POSITION_20, keltnerPosition(b));
  put(f.DONCHIAN_POSITION_20, donchianPosition(b));
  put(f.DONCHIAN_WIDTH_20_ATR, donchianWidth(b));
}

function writeMomentum(b: Bars): void {
  put(f.RSI_14, rsi(b));
  put(f.RATE_OF_CHANGE_12, rateOfChange(b, 12));
  put(f.MOMENTUM_10_ATR, momentum(b, 10));
  put(f.ADX_14, adx(b));
  put(f.PLUS_DI_14, plusDi(b));
  put(f.MINUS_DI_14, minusDi(b));
  put(f.CCI_20, cci(b));
  put(f.WILLIAMS_R_14, williamsR(b));
  put(f.STOCHASTIC_K_14_3, stochasticK(b));
  put(f.STOCHASTIC_D_14_3_3, stochasticD(b));
  put(f.ULTIMATE_7_14_28, ultimate(b));
  put(f.AROON_14, aroon(b));
  put(f.EFFICIENCY_RATIO_10, efficiency(b));
  put(f.SLOPE_14_ATR, slope(b));
  put(f.SLOPE_FIT_14, slopeFit(b));
}

function writeVolatility(b: Bars): void {
  put(f.ATR_14_CLOSE, atrToClose(b));
  put(f.ATR_RATIO_14_50, atrRatio(b));
  put(f.REALISED_VOLATILITY_20_ATR, realisedVolatility(b, 20));
  put(f.REALISED_VOLATILITY_50_ATR, realisedVolatility(b, 50));
  put(f.VOLATILITY_RATIO_5_20, volatilityRatio(b));
  findRangeVolatility(b);
  put(f.PARKINSON_20_ATR, volatility.parkinson);
  put(f.GARMAN_KLASS_20_ATR, volatility.garman_klass);
  put(f.CHOPPINESS_14, choppiness(b));
  put(f.RETURN_Z_20, returnZ(b));
  findMoments(b);
  put(f.SKEW_50, moments.skewness);
  put(f.KURTOSIS_50, moments.excess_kurtosis);
  put(f.AUTOCORRELATION_50, moments.autocorrelation);
}

function writeVolume(b: Bars): void {
  put(f.OBV_SLOPE_20, obvSlope(b));
  put(f.MONEY_FLOW_14, moneyFlow(b));
  put(f.VWAP_DAY_ATR, vwapDistance(b));
  put(f.VOLUME_Z_20, volumeZ(b));
}

function writeShape(b: Bars): void {
  put(f.RANGE_ATR, perAtr(w.high(0) - w.low(0)));
  put(f.TRUE_RANGE_ATR, b.count > 1 ? perAtr(w.trueRange(0)) : 0);
  put(f.RANGE_Z_20, rangeZ(b));
  put(f.BODY_RATIO, body(b));
  put(f.UPPER_WICK_RATIO, upperWick(b));
  put(f.LOWER_WICK_RATIO, lowerWick(b));
  put(f.GAP_ATR, gap(b));
}

function writeTime(open_time_ms: i64): void {
  const day = dayAngle(open_time_ms);
  const week = weekAngle(open_time_ms);
  put(f.HOUR_SIN, Math.sin(day));
  put(f.HOUR_COS, Math.cos(day));
  put(f.WEEKDAY_SIN, Math.sin(week));
  put(f.WEEKDAY_COS, Math.cos(week));
  put(f.SESSION_TOKYO, inHours(open_time_ms, 0, 9));
  put(f.SESSION_LONDON, inHours(open_time_ms, 7, 16));
  put(f.SESSION_NEW_YORK, inHours(open_time_ms, 12, 21));
  put(f.WEEKEND_PROXIMITY, weekendProximity(open_time_ms));
}

function writeFlow(symbol: u32, m: Market, b: Bars): void {
  const flow = flowOf(symbol);
  put(f.SPREAD_ATR, spreadAtr(m));
  put(f.SPREAD_RATIO, spreadRatio(flow, m));
  put(f.TICK_IMBALANCE, flow.imbalance);
  put(f.TICK_RATE, tickRate(flow));
  put(f.TICK_VOLATILITY_ATR, tickVolatility(flow));
  put(f.TICK_DRIFT, tickDrift(flow));
  put(f.BAR_IMBALANCE, b.last_imbalance);
  put(f.BAR_REALISED_VOLATILITY_ATR, barVolatility(b));
  put(f.BAR_SPREAD_ATR, barSpread(b));
  put(f.BAR_MID_FLIPS, b.last_flips);
}

function put(index: u32, value: f64): void {
  store<f64>(FEATURES_AT + <usize>index * 8, value);
}

/** Bounds of the inputs make every feature finite; should that ever be wrong, no NaN gets out of here. Two at a time. */
function settle(): void {
  const zero = f64x2.splat(0);
  let differences = zero;
  for (let i: usize = 0; i < <usize>f.FEATURE_COUNT * 8; i += 16) {
    const values = v128.load(FEATURES_AT + i);
    // 0, but NaN of a value that is not finite: and then of the sum.
    differences = f64x2.add(differences, f64x2.sub(values, values));
    // Plus 0: no negative zero either.
    v128.store(FEATURES_AT + i, f64x2.add(values, zero));
  }
  check(total(differences) == 0, FAULT_NOT_FINITE);
}
