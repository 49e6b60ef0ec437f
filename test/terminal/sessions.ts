// How busy the market is through the day and week, in UTC: Asia, London, New York, their overlap, the daily rollover and
// the weekend. Clock times are those of the northern winter; daylight saving is left out.
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Sunday 4 January 1970 00:00 UTC: weeks are counted from a Sunday. */
const FIRST_SUNDAY_MS = 3 * DAY_MS;
const OPENS_AT = 22 * HOUR_MS;
const CLOSES_AT = 5 * DAY_MS + 22 * HOUR_MS;

/** Relative activity at each full hour UTC; between hours it runs in a straight line. Mean about 1. */
const BY_HOUR = [
  0.55, 0.65, 0.6, 0.5, 0.45, 0.5, 0.8, 1.3, 1.5, 1.4, 1.2, 1.1, 1.4, 1.9, 2.1, 1.9, 1.5, 1.1, 0.8, 0.7, 0.6, 0.35,
  0.25, 0.45,
] as const;

const weekOffset = (timeMs: number): number => (((timeMs - FIRST_SUNDAY_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS;

export function isOpen(timeMs: number): boolean {
  const offset = weekOffset(timeMs);
  return offset >= OPENS_AT && offset < CLOSES_AT;
}

/** The time itself when the market is open then, else the next opening. */
export function nextOpen(timeMs: number): number {
  const offset = weekOffset(timeMs);
  if (offset < OPENS_AT) return timeMs + OPENS_AT - offset;
  if (offset >= CLOSES_AT) return timeMs + WEEK_MS - offset + OPENS_AT;
  return timeMs;
}

/** The time `openMs` of open market before `timeMs`: steps over weekends. */
export function openTimeBefore(timeMs: number, openMs: number): number {
  let left = openMs;
  let at = timeMs;
  while (left > 0) {
    const step = Math.min(left, HOUR_MS);
    at -= step;
    if (isOpen(at)) left -= step;
  }
  return at;
}

export function activity(timeMs: number): number {
  const hours = (((timeMs % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;
  const hour = Math.floor(hours);
  const from = BY_HOUR[hour] ?? 1;
  const to = BY_HOUR[(hour + 1) % 24] ?? 1;
  return from + (to - from) * (hours - hour);
}

/** How many times wider the spread is: thin markets, and the half hour about the rollover at 22:00 UTC. */
export function spreadFactor(timeMs: number): number {
  const minuteOfDay = Math.floor((((timeMs % DAY_MS) + DAY_MS) % DAY_MS) / 60_000);
  const fromRollover = Math.abs(minuteOfDay - 22 * 60);
  const rollover = fromRollover < 30 ? 1 + 3 * (1 - fromRollover / 30) : 1;
  return rollover * (1 + 0.25 / Math.max(0.25, activity(timeMs)));
}
