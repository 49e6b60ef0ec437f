// Which limits and parameters hold for a symbol: its own, or else those for all symbols (index 0). Own settings that
// arrived out of bounds do not fall back: they fail closed.
import { Market, market, PRESENT, SYMBOLS_MAX, stream } from "./state";

export function limitsOf(symbol: u32): Market {
  const own = market(symbol);
  return own.limits != 0 ? own : market(0);
}

export function paramsOf(symbol: u32): Market {
  const own = market(symbol);
  return own.params != 0 ? own : market(0);
}

/** The tightest daily loss of all limits in force is the one that trips the trading state. */
export function findDailyLoss(): void {
  const s = stream();
  s.daily_loss_known = 0;
  for (let i: u32 = 0; i <= SYMBOLS_MAX; i++) {
    const m = market(i);
    if (m.limits != PRESENT) continue;
    if (s.daily_loss_known != 0 && m.daily_loss_max_micros >= s.daily_loss_max_micros) continue;
    s.daily_loss_known = 1;
    s.daily_loss_max_micros = m.daily_loss_max_micros;
  }
}
