// The broker's clock in the past. A terminal tells no time zone, only what its server's clock says now; rows of ticks and
// bars carry the offset that was in force when they were made. A rule says when that offset changes by an hour:
//   fixed      never
//   ny-close   with New York's daylight saving, so that the broker's day ends at 17:00 in New York (GMT+2 and GMT+3)
//   eet        with the European Union's, as in Athens or Helsinki (GMT+2 and GMT+3)
// Dates by the rules in force since 2007 (US Energy Policy Act of 2005) and 1996 (EU directive 2000/84/EC); earlier years
// follow them too. No I/O, no host's time zones: the same everywhere.

export const ZONE_RULES = ["fixed", "ny-close", "eet"] as const;
export type ZoneRule = (typeof ZONE_RULES)[number];

/** Of a rule without a terminal that says otherwise: GMT+2 in winter. */
export const WINTER_OFFSET_S = 7_200;
const HOUR_S = 3_600;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The n-th Sunday of a month, or its last one (n = -1), 00:00 UTC. */
function sunday(year: number, month: number, n: number): number {
  const from = n > 0 ? Date.UTC(year, month, 1) : Date.UTC(year, month + 1, 0);
  const weekday = new Date(from).getUTCDay();
  return n > 0 ? from + (((7 - weekday) % 7) + 7 * (n - 1)) * DAY_MS : from - weekday * DAY_MS;
}

/** When summer time begins and ends in a year, UTC milliseconds. */
function summerOf(rule: Exclude<ZoneRule, "fixed">, year: number): readonly [from: number, to: number] {
  // 02:00 in New York: 07:00 UTC in winter, 06:00 in summer. 01:00 UTC in the whole of the Union.
  if (rule === "ny-close") return [sunday(year, 2, 2) + 7 * HOUR_MS, sunday(year, 10, 1) + 6 * HOUR_MS];
  return [sunday(year, 2, -1) + HOUR_MS, sunday(year, 9, -1) + HOUR_MS];
}

/** Seconds that the rule adds to the broker's winter offset at a time, UTC milliseconds: 0 or 3600. */
export function summerS(rule: ZoneRule, utcMs: number): number {
  if (rule === "fixed") return 0;
  const [from, to] = summerOf(rule, new Date(utcMs).getUTCFullYear());
  return utcMs >= from && utcMs < to ? HOUR_S : 0;
}

/** A broker's clock: its offset in winter and its rule. */
export interface BrokerZone {
  readonly rule: ZoneRule;
  /** Broker time minus UTC while there is no summer time; of `fixed` always. */
  readonly winterS: number;
}

export const zoneOf = (rule: ZoneRule, winterS = rule === "fixed" ? 0 : WINTER_OFFSET_S): BrokerZone => ({
  rule,
  winterS,
});

/** Milliseconds of the broker's clock at a UTC time. */
export const brokerMsOf = ({ rule, winterS }: BrokerZone, utcMs: number): number =>
  utcMs + (winterS + summerS(rule, utcMs)) * 1000;

/**
 * UTC milliseconds of a broker time. The hour that a clock set back shows twice is taken for its first time, and one that
 * a clock set forward never shows for the time it would have been without that; markets are closed in both.
 */
export function utcMsOf({ rule, winterS }: BrokerZone, brokerMs: number): number {
  const winter = brokerMs - winterS * 1000;
  if (rule === "fixed") return winter;
  const summer = winter - HOUR_MS;
  return summerS(rule, summer) > 0 ? summer : winter;
}
