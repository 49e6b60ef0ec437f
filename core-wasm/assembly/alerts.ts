// Alerts and refusals of inputs: counted always, said aloud at most once a minute where the outside could flood us.
import { ALERT_BYTES, ALERT_CODE, Alert } from "./generated/records";
import { begin, commit } from "./outbox";
import { stream } from "./state";
import { Market } from "./structures";

export const MODEL_DIGEST_MISMATCH: u16 = 1;
export const DAILY_LOSS_TRIP: u16 = 2;
export const UNKNOWN_ORDER: u16 = 3;
export const BAD_TICK: u16 = 4;
export const POSITION_MISMATCH: u16 = 5;
export const REFUSED_INPUT: u16 = 6;
export const DRAWDOWN_TRIP: u16 = 7;
export const LOSS_STREAK: u16 = 8;
export const MODEL_CONFIG_REFUSED: u16 = 16;

export const WARNING: u8 = 1;
export const CRITICAL: u8 = 2;

const MINUTE_NS: i64 = 60_000_000_000;

export function alert(symbol: u32, code: u16, severity: u8, value: i64, limit: i64): void {
  const at = begin(ALERT_CODE, ALERT_BYTES, symbol);
  const a = changetype<Alert>(at);
  a.cause_seq = stream().last_seq;
  a.value = value;
  a.limit = limit;
  a.code = code;
  a.severity = severity;
  commit(at);
}

/** A quote that no decision may use. The value is how many the symbol has had so far. */
export function badTick(symbol: u32, m: Market): void {
  const s = stream();
  s.bad_ticks++;
  m.bad_ticks++;
  if (m.last_bad_alert_ns != 0 && s.time_ns - m.last_bad_alert_ns < MINUTE_NS) return;
  m.last_bad_alert_ns = s.time_ns;
  alert(symbol, BAD_TICK, WARNING, <i64>m.bad_ticks, 0);
}

/** An input whose fields are out of bounds: it changes nothing but what its kind says fails closed. */
export function refuseInput(symbol: u32, kind: u16): void {
  const s = stream();
  s.refused_inputs++;
  if (s.last_refused_alert_ns != 0 && s.time_ns - s.last_refused_alert_ns < MINUTE_NS) return;
  s.last_refused_alert_ns = s.time_ns;
  alert(symbol, REFUSED_INPUT, WARNING, <i64>(kind & 0xfff), 0);
}
