// Which limits and parameters hold for a symbol: its own, or else those for all symbols (index 0). Own settings that
// arrived out of bounds do not fall back: they fail closed.
import { RiskLimits } from "./generated/records";
import { limitsRecord, market, PRESENT, SYMBOLS_MAX, stream } from "./state";
import { Market } from "./structures";

export function limitsOf(symbol: u32): Market {
  const own = market(symbol);
  return own.limits != 0 ? own : market(0);
}

/** The record in force, for the limits that are not copied one by one; only while limitsOf(symbol).limits is PRESENT. */
export function limitsInForce(symbol: u32): RiskLimits {
  return limitsRecord(market(symbol).limits != 0 ? symbol : 0);
}

export function paramsOf(symbol: u32): Market {
  const own = market(symbol);
  return own.params != 0 ? own : market(0);
}

/** The tightest daily loss and drawdown of all limits in force are those that trip the trading state. */
export function findTrips(): void {
  const s = stream();
  s.daily_loss_known = 0;
  s.drawdown_known = 0;
  for (let i: u32 = 0; i <= SYMBOLS_MAX; i++) {
    const m = market(i);
    if (m.limits != PRESENT) continue;
    if (s.daily_loss_known == 0 || m.daily_loss_max_micros < s.daily_loss_max_micros) {
      s.daily_loss_known = 1;
      s.daily_loss_max_micros = m.daily_loss_max_micros;
    }
    const drawdown = limitsRecord(i).drawdown_max_micros;
    if (s.drawdown_known != 0 && drawdown >= s.drawdown_max_micros) continue;
    s.drawdown_known = 1;
    s.drawdown_max_micros = drawdown;
  }
}
