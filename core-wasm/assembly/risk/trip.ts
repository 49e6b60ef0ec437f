// The trading state: set by operators and the kill switch, tripped by the daily loss and the drawdown, sticky until an operator activates again (and
// tripped again at once while the loss is still there). Also the trading day, which the daily loss is counted from.
import { alert, CRITICAL, DAILY_LOSS_TRIP, DRAWDOWN_TRIP } from "../alerts";
import { STATE_CHANGE_BYTES, STATE_CHANGE_CODE, StateChange } from "../generated/records";
import { saturatingSubtract } from "../math/fixed";
import { begin, commit } from "../outbox";
import { stream } from "../state";
import { DAILY_LOSS, DRAWDOWN } from "./reasons";
import { forgetRealised } from "./strategy";

export const ACTIVE: u8 = 0;
export const REDUCE_ONLY: u8 = 1;
export const HALTED: u8 = 2;

const DAY_NS: i64 = 86_400_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

export function setTradingState(to: u8, reason: u16): void {
  const s = stream();
  if (s.trading_state == to) return;
  const at = begin(STATE_CHANGE_CODE, STATE_CHANGE_BYTES, 0);
  const change = changetype<StateChange>(at);
  change.cause_seq = s.last_seq;
  change.from_state = s.trading_state;
  change.to_state = to;
  change.reason = reason;
  commit(at);
  s.trading_state = to;
}

/** Loss since the day began, negative when it is a profit. Meaningful while day_start_known. */
export function dailyLoss(): i64 {
  const s = stream();
  return saturatingSubtract(s.day_start_equity_micros, s.equity_micros);
}

/** Fall from the peak. Meaningful while peak_known. */
export function drawdown(): i64 {
  const s = stream();
  return saturatingSubtract(s.peak_equity_micros, s.equity_micros);
}

/** After everything that can change the equity or a limit of it. */
export function tripOnLosses(): void {
  const s = stream();
  if (s.account != 0 && (s.peak_known == 0 || s.equity_micros > s.peak_equity_micros)) {
    s.peak_known = 1;
    s.peak_equity_micros = s.equity_micros;
  }
  if (s.trading_state != ACTIVE) return;
  if (s.day_start_known != 0 && s.daily_loss_known != 0 && dailyLoss() > s.daily_loss_max_micros) {
    setTradingState(REDUCE_ONLY, DAILY_LOSS);
    return alert(0, DAILY_LOSS_TRIP, CRITICAL, dailyLoss(), s.daily_loss_max_micros);
  }
  if (s.peak_known == 0 || s.drawdown_known == 0 || drawdown() <= s.drawdown_max_micros) return;
  setTradingState(REDUCE_ONLY, DRAWDOWN);
  alert(0, DRAWDOWN_TRIP, CRITICAL, drawdown(), s.drawdown_max_micros);
}

/** Begins a new day when its time has come. */
export function rollDay(): void {
  const s = stream();
  if (s.time_ns < s.day_end_ns) return;
  findDayEnd();
  s.realised_micros = 0;
  forgetRealised();
  s.day_start_known = s.account;
  s.day_start_equity_micros = s.equity_micros;
}

/** The next boundary after now. A new offset moves the boundary, never the day that has begun. */
export function findDayEnd(): void {
  const s = stream();
  const since = s.time_ns - <i64>s.day_start_offset_s * SECOND_NS;
  const into = ((since % DAY_NS) + DAY_NS) % DAY_NS;
  s.day_end_ns = s.time_ns - into + DAY_NS;
}
