// What a GRU sees of each of the last bars: shapes free of scale, from the rings that every series keeps anyway, so that
// nothing has to be remembered for it and a new model is warm at once. Names and formulas: proto/features.ts.
import { atr } from "../features/volatility";
import * as w from "../features/windows";
import { SEQUENCE_AT } from "../memory";
import { Bars } from "../structures";

/** Columns, in the order of SEQUENCE_FEATURES; the eighth is 0. */
export const SEQUENCE_WIDTH: u32 = 7;
export const SEQUENCE_BYTES: usize = 32;
export const STEPS_MAX: u32 = 32;

/** The last `steps` bars, oldest first, the newest always at the end of the buffer; needs steps + 1 bars. */
export function writeSequence(b: Bars, steps: u32): void {
  const unit = atr(b);
  const per = unit > 0 ? 1 / unit : 0;
  let at = SEQUENCE_AT + <usize>(STEPS_MAX - steps) * SEQUENCE_BYTES;
  for (let back = steps; back-- != 0; at += SEQUENCE_BYTES) {
    const open = w.open(back);
    const high = w.high(back);
    const low = w.low(back);
    const close = w.close(back);
    const range = high - low;
    const share = range > 0 ? 1 / range : 0;
    store<f32>(at, asInput((close - w.close(back + 1)) * per));
    store<f32>(at, asInput(range * per), 4);
    store<f32>(at, asInput((close - open) * per), 8);
    store<f32>(at, asInput((high - Math.max(open, close)) * share), 12);
    store<f32>(at, asInput((Math.min(open, close) - low) * share), 16);
    store<f32>(at, asInput((close + close - high - low) * share), 20);
    store<f32>(at, asInput(w.trueRange(back) * per), 24);
    store<f32>(at, 0, 28);
  }
}

const INPUT_MAX: f64 = 1e30;

/** What models read of a value: the nearest f32, within bounds that a sum of them cannot leave. */
export function asInput(value: f64): f32 {
  return <f32>Math.min(Math.max(value, -INPUT_MAX), INPUT_MAX) + 0;
}
