// log_return_1, _5, _20: ln(close / close k bars before). Unit: 1 (a log ratio). Warm after k + 1 bars, 0 before.
// ln is the portable one of AssemblyScript's library, compiled into the module.
import { Bars, closeBack, pushClose } from "../state";

/** First step of a bar: remembers its close and its return; every other indicator reads them from the ring. */
export function returnsStep(b: Bars, close: i64): void {
  const previous = b.count > 0 ? closeBack(b, 0) : close;
  b.count++;
  pushClose(b, close, Math.log(<f64>close / <f64>previous));
}

export function logReturn(b: Bars, bars: u32): f64 {
  return b.count > bars ? Math.log(<f64>closeBack(b, 0) / <f64>closeBack(b, bars)) : 0;
}
