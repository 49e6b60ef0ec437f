// Losses of the account: of the day (with floating profit, and realised), from the peak, in a row. None stops an order that
// only reduces.
import { alert, LOSS_STREAK as LOSS_STREAK_ALERT, WARNING } from "../alerts";
import { Fill } from "../generated/records";
import { saturatingAdd, saturatingSubtract } from "../math/fixed";
import { isLimited, limitsInForce } from "../settings";
import { stream } from "../state";
import { exit } from "./exit";
import { limited, limits } from "./limits";
import { atMost, missing, unlimited } from "./measure";
import { dailyLoss, drawdown } from "./trip";

const ENTRY_IN: u8 = 0;

export function checkDailyLoss(): void {
  const s = stream();
  if (exit) return unlimited(s.day_start_known != 0 ? dailyLoss() : 0);
  if (!limited || s.account == 0 || s.day_start_known == 0) return missing();
  const own = limits.daily_loss_max_micros;
  const tightest = s.daily_loss_max_micros;
  atMost(dailyLoss(), own < tightest ? own : tightest);
}

export function checkRealisedLoss(): void {
  const loss = saturatingSubtract(0, stream().realised_micros);
  if (exit) return unlimited(loss);
  if (!limited) return missing();
  atMost(loss, limits.daily_realised_loss_max_micros);
}

export function checkDrawdown(): void {
  const s = stream();
  if (exit) return unlimited(s.peak_known != 0 ? drawdown() : 0);
  if (!limited || s.account == 0 || s.peak_known == 0) return missing();
  const own = limits.drawdown_max_micros;
  atMost(drawdown(), own < s.drawdown_max_micros ? own : s.drawdown_max_micros);
}

/** Value: milliseconds of the pause that are left. */
export function checkLossStreak(): void {
  const left_ns = stream().cool_until_ns - stream().time_ns;
  const left_ms = left_ns > 0 ? (left_ns + 999_999) / 1_000_000 : 0;
  if (exit) return unlimited(left_ms);
  if (!limited) return missing();
  atMost(left_ms, 0);
}

/** A deal that closed something: a streak of losses begins the pause, and is counted anew. */
export function countLosses(symbol: u32, fill: Fill): void {
  if (fill.entry == ENTRY_IN) return;
  const s = stream();
  const profit = saturatingAdd(fill.profit_micros, fill.commission_micros + fill.swap_micros);
  if (profit >= 0) {
    s.loss_streak = 0;
    return;
  }
  s.loss_streak++;
  if (!isLimited(symbol)) return;
  const limits = limitsInForce(symbol);
  if (s.loss_streak < limits.loss_streak_max) return;
  alert(symbol, LOSS_STREAK_ALERT, WARNING, <i64>s.loss_streak, <i64>limits.loss_streak_max);
  s.loss_streak = 0;
  s.cool_until_ns = saturatingAdd(s.time_ns, limits.cooldown_ms * 1_000_000);
}
