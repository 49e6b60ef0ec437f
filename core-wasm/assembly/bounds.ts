// What the fields of an input may hold. Inside these bounds no sum or product of the core can overflow; what lies
// outside is refused at the door (inputs.ts) and never reaches the state.

/** 1.1e12 points: five digits of a price of eleven million. */
export const POINTS_BITS: u64 = 40;
export const POINTS_MAX: i64 = 1 << 40;
/** 7e13 micro-lots: seventy million lots. */
export const VOLUME_MAX: i64 = 1 << 46;
/** 2.9e11 units of account currency. */
export const MONEY_MAX: i64 = 1 << 58;
export const TICK_VALUE_MAX: i64 = 1 << 40;
export const TICK_SIZE_MAX: i64 = 1 << 30;
/** Year 2248. */
export const TIME_MS_BITS: u64 = 43;
export const TIME_MS_MAX: i64 = 1 << 43;
/** Year 2116. */
export const TIME_NS_MAX: i64 = 1 << 62;
/** A quote further ahead of the stream's time would hold up every honest one after it: refused. */
export const AHEAD_MAX_NS: i64 = 86_400_000_000_000;
/** Ticks of one bar. */
export const TICK_VOLUME_MAX: u64 = 1 << 40;
/** Largest setting given in milliseconds: 34 years. */
export const SPAN_MS_MAX: i64 = 1 << 40;
/** Spread, stops level, deviation: what the record's i32 can say. */
export const DISTANCE_MAX: i64 = i32.MAX_VALUE;
export const DISTANCE_BITS: u64 = 31;

/** For least <= most. One comparison: below `least` the distance to it wraps round to beyond all bounds. */
export function within(v: i64, least: i64, most: i64): bool {
  return <u64>(v - least) <= <u64>(most - least);
}

export function isMoney(v: i64): bool {
  return within(v, -MONEY_MAX, MONEY_MAX);
}

export function isTime(ms: i64): bool {
  return within(ms, 1, TIME_MS_MAX);
}
