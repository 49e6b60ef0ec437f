// Cells of MT5's export files, read from bytes: dates, times, prices and whole numbers. Prices become whole points digit
// by digit, so no floating-point rounding is ever involved. Each reader returns NaN for what it does not accept.

const ZERO = 0x30;
const POINT = 0x2e;
const COLON = 0x3a;
const MINUS = 0x2d;
/** Powers of ten that are exact as numbers; 15 digits always fit a safe integer. */
const SIGNIFICANT_MAX = 15;
const POWER = Array.from({ length: SIGNIFICANT_MAX + 1 }, (_, i) => 10 ** i);

const digitAt = (bytes: Uint8Array, at: number): number => {
  const digit = (bytes[at] as number) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
};

const pairAt = (bytes: Uint8Array, at: number): number => digitAt(bytes, at) * 10 + digitAt(bytes, at + 1);

/** `YYYY.MM.DD` as milliseconds since 1970 in the file's own time zone. */
export function readDate(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 10 || bytes[start + 4] !== POINT || bytes[start + 7] !== POINT) return Number.NaN;
  const year = pairAt(bytes, start) * 100 + pairAt(bytes, start + 2);
  const month = pairAt(bytes, start + 5);
  const day = pairAt(bytes, start + 8);
  const ms = Date.UTC(year, month - 1, day);
  if (!(year >= 1970 && month >= 1 && month <= 12)) return Number.NaN;
  return new Date(ms).getUTCDate() === day ? ms : Number.NaN;
}

/** `HH:MM`, `HH:MM:SS` or `HH:MM:SS.mmm` as milliseconds of the day. */
export function readTime(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 5 || bytes[start + 2] !== COLON) return Number.NaN;
  const hour = pairAt(bytes, start);
  const minute = pairAt(bytes, start + 3);
  if (!(hour < 24 && minute < 60)) return Number.NaN;
  const ms = (hour * 60 + minute) * 60_000;
  if (length === 5) return ms;
  const second = pairAt(bytes, start + 6);
  if (length < 8 || bytes[start + 5] !== COLON || !(second < 60)) return Number.NaN;
  return length === 8 ? ms + second * 1000 : ms + second * 1000 + readFraction(bytes, start + 8, end);
}

function readFraction(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (bytes[start] !== POINT || length < 2 || length > 4) return Number.NaN;
  let ms = 0;
  for (let at = start + 1; at < start + 4; at++) ms = ms * 10 + (at < end ? digitAt(bytes, at) : 0);
  return ms;
}

/** A decimal price in points of 10^-digits, exact. Decimals beyond `digits` must be zeros. */
export function readPrice(bytes: Uint8Array, start: number, end: number, digits: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  const negative = at !== start;
  let value = 0;
  let significant = 0;
  let decimals = -1; // -1 = before the decimal point
  if (at >= end || bytes[at] === POINT || bytes[end - 1] === POINT) return Number.NaN;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (decimals >= digits) {
        if (digit !== 0) return Number.NaN;
        continue;
      }
      value = value * 10 + digit;
      if (value !== 0) significant++;
      if (decimals >= 0) decimals++;
    } else if (bytes[at] === POINT && decimals < 0) decimals = 0;
    else return Number.NaN;
  }
  const missing = decimals < 0 ? digits : digits - decimals;
  if (value === 0) return 0;
  if (significant + missing > SIGNIFICANT_MAX) return Number.NaN;
  const points = value * (POWER[missing] as number);
  return negative ? -points : points;
}

/** Decimals written in a price cell; 0 without a decimal point. */
export function decimalsOf(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === POINT) return end - at - 1;
  return 0;
}

/** A whole number from 0 up. */
export function readWhole(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > SIGNIFICANT_MAX) return Number.NaN;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + digitAt(bytes, at);
  return value;
}
