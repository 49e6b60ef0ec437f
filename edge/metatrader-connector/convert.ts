// The terminal's doubles to the records' integers, and back. Nothing that is not finite or too large gets in: the
// caller counts the refusal.

/** Beyond this no price, volume or amount of money is real; far inside what a double holds exactly. */
export const INTEGER_MAX = 1e15;
/** A tick may lie this far off the point grid, in points: rounding noise of the broker's doubles. */
const OFF_GRID_MAX = 0.01;

const SCALES = Array.from({ length: 16 }, (_, digits) => 10 ** digits);
export const scaleOf = (digits: number): number => SCALES[digits] ?? Number.NaN;

const bounded = (n: number): number | undefined => (n >= -INTEGER_MAX && n <= INTEGER_MAX ? n : undefined);

/** A quote in points; undefined when it is not a number, too large, or between two points. */
export function quotePoints(price: number, scale: number): number | undefined {
  const exact = price * scale;
  const points = Math.round(exact);
  return Math.abs(exact - points) <= OFF_GRID_MAX ? bounded(points) : undefined;
}

/** Any price to the nearest point: averages of positions and deals may lie between two. */
export const nearestPoints = (price: number, scale: number): number | undefined => bounded(Math.round(price * scale));

/** Lots, money and sizes in millionths. */
export const toMicros = (amount: number): number | undefined => bounded(Math.round(amount * 1e6));

/** The double nearest to the decimal price: one division of two exact integers. */
export const fromPoints = (points: bigint, digits: number): number => Number(points) / scaleOf(digits);
export const fromMicros = (micros: bigint): number => Number(micros) / 1e6;

/** Printable ASCII of at most `most` characters, as records hold it. */
export const toAscii = (text: string, most: number): string => text.replace(/[^ -~]/g, "?").slice(0, most);

/** An i64 field from an integer below 2^53, without a bigint. */
export function writeI64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setInt32(at + 4, Math.floor(value / 4294967296), true);
}

/** All of `values` converted, or undefined as soon as one is refused. */
export function allOf<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]: bigint } | undefined {
  const entries: [string, bigint][] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) return undefined;
    entries.push([name, BigInt(value)]);
  }
  return Object.fromEntries(entries) as { [K in keyof T]: bigint };
}

/** Of a named set of numbers (proto/records.ts). */
export const nameOf = (names: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(names).find((name) => names[name] === value) ?? String(value);
