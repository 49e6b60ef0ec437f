// Daily loss: account wide, realised and floating, since the day began. Never stops an order that only reduces.
import { OrderIntent } from "../generated/records";
import { limitsOf } from "../settings";
import { PRESENT, stream } from "../state";
import { atMost, missing, unlimited } from "./measure";
import { dailyLoss } from "./trip";

const CLOSE: u8 = 2;

export function checkDailyLoss(symbol: u32, intent: OrderIntent): void {
  const s = stream();
  if (intent.action == CLOSE) return unlimited(s.day_start_known != 0 ? dailyLoss() : 0);
  const limits = limitsOf(symbol);
  if (limits.limits != PRESENT || s.account == 0 || s.day_start_known == 0) return missing();
  const own = limits.daily_loss_max_micros;
  const tightest = s.daily_loss_max_micros;
  atMost(dailyLoss(), own < tightest ? own : tightest);
}
