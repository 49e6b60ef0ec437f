// Which limits and parameters hold for a symbol: its own, or else those for all symbols (index 0). Own settings that
// arrived out of bounds do not fall back: they fail closed.
import { RiskLimits } from "./generated/records";
import { limitsRecord, market, PRESENT, SYMBOLS_MAX, stream } from "./state";
import { Market } from "./structures";

/** There are limits for the symbol, and they are in bounds. */
export function isLimited(symbol: u32): bool {
  return market(limitsHolder(symbol)).limits == PRESENT;
}

/** Meaningful while isLimited(symbol). */
export function limitsInForce(symbol: u32): RiskLimits {
  return limitsRecord(limitsHolder(symbol));
}

function limitsHolder(symbol: u32): u32 {
  return market(symbol).limits != 0 ? symbol : 0;
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
    if (market(i).limits != PRESENT) continue;
    const limits = limitsRecord(i);
    if (s.daily_loss_known == 0 || limits.daily_loss_max_micros < s.daily_loss_max_micros) {
      s.daily_loss_known = 1;
      s.daily_loss_max_micros = limits.daily_loss_max_micros;
    }
    if (s.drawdown_known != 0 && limits.drawdown_max_micros >= s.drawdown_max_micros) continue;
    s.drawdown_known = 1;
    s.drawdown_max_micros = limits.drawdown_max_micros;
  }
}
