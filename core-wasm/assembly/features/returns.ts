// Log returns: ln(close / close k bars before). Unit: 1 (a log ratio). ln is the portable one of AssemblyScript's library,
// compiled into the module.
import { closeBack, pushBar } from "../state";
import { Bars } from "../structures";
import * as w from "./windows";

/** First step of a bar: remembers it and its return; every other indicator reads them from the rings. */
export function barStep(b: Bars, open: i64, high: i64, low: i64, close: i64, volume: u64): void {
  const previous = b.count > 0 ? closeBack(b, 0) : <f64>close;
  b.count++;
  pushBar(b, <f64>open, <f64>high, <f64>low, <f64>close, <f64>volume, Math.log(<f64>close / previous));
}

export function logReturn(b: Bars, bars: u32): f64 {
  return b.count > bars ? Math.log(w.close(0) / w.close(bars)) : 0;
}
