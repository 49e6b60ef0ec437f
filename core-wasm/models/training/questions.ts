// What the heads are asked, and the answers that bars give. An answer exists only where the next bar follows without a gap:
// across a weekend the promised horizon would not be true. The regime counts bars, so its 24 may lie around a weekend.
import type { BarRow } from "#proto/mt5-files.ts";
import { HEAD_KIND } from "../heads.ts";

export interface Question {
  readonly name: "direction" | "high_volatility" | "regime";
  readonly kind: number;
  /** Bars that the answer looks ahead. */
  readonly ahead_bars: number;
  readonly text: string;
}

/** Recent bars that the volatility question takes the median range of, by bar length in seconds. */
export const MEDIAN_BARS: Readonly<Record<number, number>> = { 60: 60, 300: 60, 3600: 24 };
const REGIME_AHEAD = 24;
const REGIME_BEHIND = 24;

export const QUESTIONS: readonly Question[] = [
  {
    name: "direction",
    kind: HEAD_KIND.direction,
    ahead_bars: 1,
    text: "the next bar closes above this one",
  },
  {
    name: "high_volatility",
    kind: HEAD_KIND.high_volatility,
    ahead_bars: 1,
    text: "the next bar's range is above the median of the last 24 (H1) or 60 (M1, M5) ranges",
  },
  {
    name: "regime",
    kind: HEAD_KIND.regime,
    ahead_bars: REGIME_AHEAD,
    text: `volatility rises: the mean range of the next ${REGIME_AHEAD} bars (around a weekend too) is above that of the last ${REGIME_BEHIND}`,
  },
];

export interface Answer {
  readonly yes: boolean;
  /** When it was known, UTC milliseconds. */
  readonly known_ms: number;
}

const rangeOf = (bar: BarRow): number => bar.high_points - bar.low_points;

/** The answer at the close of bar `i`; undefined where there is none. */
export function answerOf(
  question: Question,
  bars: readonly BarRow[],
  i: number,
  timeframe_s: number,
): Answer | undefined {
  const [bar, next] = [bars[i], bars[i + 1]];
  const step_ms = timeframe_s * 1000;
  if (bar === undefined || next === undefined || next.time_ms - bar.time_ms !== step_ms) return undefined;
  const last = bars[i + question.ahead_bars];
  if (last === undefined) return undefined;
  const known_ms = last.time_ms + step_ms;
  if (question.kind === HEAD_KIND.direction) return { yes: next.close_points > bar.close_points, known_ms };
  if (question.kind === HEAD_KIND.regime) {
    if (i + 1 < REGIME_BEHIND) return undefined;
    return {
      yes: meanRange(bars, i + 1, i + 1 + REGIME_AHEAD) > meanRange(bars, i + 1 - REGIME_BEHIND, i + 1),
      known_ms,
    };
  }
  const count = MEDIAN_BARS[timeframe_s] ?? 60;
  if (i + 1 < count) return undefined;
  return { yes: rangeOf(next) > medianRange(bars.slice(i + 1 - count, i + 1)), known_ms };
}

function meanRange(bars: readonly BarRow[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += rangeOf(bars[i] as BarRow);
  return sum / (to - from);
}

function medianRange(bars: readonly BarRow[]): number {
  const ranges = Float64Array.from(bars, rangeOf).sort();
  const half = ranges.length >> 1;
  const upper = ranges[half] as number;
  return ranges.length % 2 === 1 ? upper : (upper + (ranges[half - 1] as number)) / 2;
}
