// rsi_14: relative strength index with Wilder's smoothing (Wilder, New Concepts in Technical Trading Systems, 1978),
// as (RSI - 50) / 50, so from -1 to 1. Average gain and loss begin as the plain mean of the first 14 changes, then
// move by 1/14. Warm after 15 bars; 0 before, and when nothing moved at all.
import { Bars, closeBack } from "../state";

const PERIOD: u32 = 14;

/** After returnsStep. */
export function rsiStep(b: Bars): void {
  if (b.count < 2) return;
  const change = <f64>(closeBack(b, 0) - closeBack(b, 1));
  const gain = Math.max(change, 0);
  const loss = Math.max(-change, 0);
  const changes = b.count - 1;
  if (changes <= PERIOD) {
    b.gain += gain / PERIOD;
    b.loss += loss / PERIOD;
  } else {
    b.gain += (gain - b.gain) / PERIOD;
    b.loss += (loss - b.loss) / PERIOD;
  }
}

/** (RSI - 50) / 50 = (gain - loss) / (gain + loss). */
export function rsi(b: Bars): f64 {
  const sum = b.gain + b.loss;
  return b.count > PERIOD && sum > 0 ? (b.gain - b.loss) / sum : 0;
}
