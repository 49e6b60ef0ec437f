// Channels round the price: Bollinger's, Keltner's, Donchian's.
import { Bars } from "../structures";
import { closeDeviation, meanToClose } from "./averages";
import { atr, perAtr } from "./volatility";
import * as w from "./windows";

/** (close - SMA) / deviation; 0 when all closes are equal. */
export function closeZ(b: Bars, period: u32): f64 {
  if (b.count < period) return 0;
  const mean = meanToClose(b, period);
  const deviation = closeDeviation(b, period, mean);
  return deviation > 0 ? -mean / deviation : 0;
}

export function bollingerWidth(b: Bars): f64 {
  return b.count < 20 ? 0 : perAtr(b, 4 * closeDeviation(b, 20, meanToClose(b, 20)));
}

/** Half width of Bollinger's bands over that of a Keltner channel of 1.5 ATR. */
export function squeeze(b: Bars): f64 {
  return bollingerWidth(b) / 3;
}

export function keltnerPosition(b: Bars): f64 {
  return b.count < 20 || atr(b) == 0 ? 0 : (w.close(0) - b.ema_20) / (2 * b.atr_14);
}

export function highest(b: Bars, period: u32, skip: u32 = 0): f64 {
  let most = w.high(skip);
  for (let i = skip + 1; i < skip + period; i++) {
    const high = w.high(i);
    if (high > most) most = high;
  }
  return most;
}

export function lowest(b: Bars, period: u32, skip: u32 = 0): f64 {
  let least = w.low(skip);
  for (let i = skip + 1; i < skip + period; i++) {
    const low = w.low(i);
    if (low < least) least = low;
  }
  return least;
}

/** Where the close of `skip` bars ago lies between the lowest low and the highest high; `flat` when they are equal. */
export function rangePosition(b: Bars, period: u32, skip: u32, flat: f64): f64 {
  const low = lowest(b, period, skip);
  const width = highest(b, period, skip) - low;
  return width > 0 ? (w.close(skip) - low) / width : flat;
}

export function donchianPosition(b: Bars): f64 {
  return b.count < 20 ? 0 : rangePosition(b, 20, 0, 0.5);
}

export function donchianWidth(b: Bars): f64 {
  return b.count < 20 ? 0 : perAtr(b, highest(b, 20) - lowest(b, 20));
}
