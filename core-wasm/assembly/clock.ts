// What time alone causes: bars that are over, intents that expired, a new trading day, a point of the correlations' grid. Looked at only when the
// earliest of them can be due, so that an ordinary tick pays one comparison.
import { expireIntents } from "./decision/orders";
import { closeDueBars, nextDue } from "./features/bars";
import { correlationDue } from "./features/correlation";
import { rollDay } from "./risk/trip";
import { market, SYMBOLS_MAX, stream } from "./state";

/**
 * Before the record itself is applied; symbols in order, so that the outputs are. `ticking` is the symbol of the tick
 * about to be applied, 0 = none: a tick closes its own bars itself, with its own quote at hand to decide on.
 */
export function wake(ticking: u32): void {
  const s = stream();
  // Anything that this round begins lowers wake_ns again by itself.
  s.wake_ns = i64.MAX_VALUE;
  rollDay();
  let next = s.day_end_ns;
  const grid = correlationDue();
  if (grid < next) next = grid;
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++) {
    const m = market(symbol);
    // Without a quote no bar is open and nothing is in flight: wakeAt and finishIntent insist on one, and it is never forgotten.
    if (m.quote == 0) continue;
    const bars = symbol == ticking ? nextDue(symbol, m) : closeDueBars(symbol, m);
    if (bars < next) next = bars;
    const intents = expireIntents(symbol, m);
    if (intents < next) next = intents;
  }
  if (next < s.wake_ns) s.wake_ns = next;
}
