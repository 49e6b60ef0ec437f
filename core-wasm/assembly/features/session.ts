// Where the bar's opening time lies on the UTC day and in the UTC week. Sessions have fixed hours, without daylight saving.
// sin and cos are the portable ones of AssemblyScript's library, compiled into the module.

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/** 1970-01-05, the first Monday. */
const MONDAY_MS: i64 = 4 * DAY_MS;
/** Friday 21:00 from Monday 00:00. */
const WEEKEND_MS: i64 = 4 * DAY_MS + 21 * HOUR_MS;
const NEAR_MS: i64 = 2 * DAY_MS;
const TURN: f64 = 6.283185307179586;

export function dayAngle(open_time_ms: i64): f64 {
  return (TURN * <f64>(open_time_ms % DAY_MS)) / <f64>DAY_MS;
}

export function weekAngle(open_time_ms: i64): f64 {
  return (TURN * <f64>intoWeek(open_time_ms)) / <f64>WEEK_MS;
}

/** 1 while the UTC hour is in [from, to). */
export function inHours(open_time_ms: i64, from: i64, to: i64): f64 {
  const hour = (open_time_ms % DAY_MS) / HOUR_MS;
  return hour >= from && hour < to ? 1 : 0;
}

export function weekendProximity(open_time_ms: i64): f64 {
  const distance = intoWeek(open_time_ms) - WEEKEND_MS;
  const from = distance < 0 ? -distance : distance;
  // Monday and Tuesday are nearer to the last Friday than to the next.
  const near = from < WEEK_MS - from ? from : WEEK_MS - from;
  return near >= NEAR_MS ? 0 : 1 - <f64>near / <f64>NEAR_MS;
}

function intoWeek(open_time_ms: i64): i64 {
  return (open_time_ms - MONDAY_MS + WEEK_MS) % WEEK_MS;
}
