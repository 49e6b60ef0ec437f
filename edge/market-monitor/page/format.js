// Numbers of the records for people. Integers stay exact: nothing is divided that a double cannot hold.
const MICRO = 1e6;

export const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
export const price = (points, digits) => (points / 10 ** digits).toFixed(digits);
export const priceOrNone = (points, digits) => (points === 0 ? "–" : price(points, digits));
export const lots = (microlots) => String(Number((microlots / MICRO).toFixed(6)));
export const percent = (share) => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);

export function money(micros, currency = "") {
  const text = (Math.abs(micros) / MICRO).toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  return `${micros < 0 ? "−" : ""}${text}${currency ? ` ${currency}` : ""}`;
}

/** A stream has no time before its first tick. */
const DAY_MS = 86_400_000;

const iso = (ms) => new Date(ms).toISOString();
export const clock = (ms) => iso(ms).slice(11, 19);
export const dateTime = (ms) => `${iso(ms).slice(0, 10)} ${clock(ms)}`;
/** The time alone on the day of the stream's newest record, else with its date. */
export const shortTime = (ms, nowMs) =>
  ms < DAY_MS ? "before the first tick" : iso(ms).slice(0, 10) === iso(nowMs).slice(0, 10) ? clock(ms) : dateTime(ms);

export function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const words = (name) => name.replaceAll("_", " ");
export const sentence = (name) => words(name).replace(/^./, (first) => first.toUpperCase());

/** What a number stands for, from a field's description such as "0 calm, 1 volatile". */
export function meaning(doc, value) {
  for (const [, number, name] of doc.matchAll(/(\d+) ([a-z][a-z -]*)/g)) if (Number(number) === value) return name;
  return undefined;
}

/** Saturated differences. */
const EXTREMES = { "9223372036854775807": "unbounded", "-9223372036854775808": "unbounded below" };
/** A distance in time of decades is one from no time at all. */
const CENTURY_MS = 3_155_760_000_000;

/** Value, limit or headroom of a check in the unit of its reason. Text beyond 2^53 stays as it came. */
export function measured(value, unit) {
  if (typeof value !== "number") return EXTREMES[value] ?? grouped(value);
  if (unit === "money micros") return money(value);
  if (unit === "micro-lots") return `${lots(value)} lots`;
  if (unit === "milliseconds" && Math.abs(value) > CENTURY_MS / 4) return "none";
  if (unit === "milliseconds")
    return Math.abs(value) < 10_000 ? `${grouped(value)} ms` : `${grouped(Math.round(value / 1000))} s`;
  if (unit === "thousandths") return (value / 1000).toFixed(2);
  if (unit === "millionths") return percent(value / MICRO);
  if (unit === "points") return `${grouped(value)} pt`;
  if (unit === "seconds") return `${grouped(value)} s`;
  return grouped(value);
}
