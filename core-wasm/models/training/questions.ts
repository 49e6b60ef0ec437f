// What the heads are asked, and the answers that bars give. An answer exists only where the next bar follows without a gap:
// across a weekend the promised horizon would not be true. The regime counts bars, so its 12 may lie around a weekend.
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
const REGIME_AHEAD = 12;
/** Wilder's slow average true range: what a regime is measured against. */
const ATR_BARS = 50;

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
    text: `the market is volatile: the mean true range of the next ${REGIME_AHEAD} bars (around a weekend too) is above ATR(${ATR_BARS})`,
  },
];

export interface Answer {
  readonly yes: boolean;
  /** When it was known, UTC milliseconds. */
  readonly known_ms: number;
}

const rangeOf = (bar: BarRow): number => bar.high_points - bar.low_points;

/** The answers that one series gives. */
export class Answers {
  readonly #bars: readonly BarRow[];
  readonly #timeframe_s: number;
  readonly #trueRanges: Float64Array;
  readonly #atr: Float64Array;

  constructor(bars: readonly BarRow[], timeframe_s: number) {
    this.#bars = bars;
    this.#timeframe_s = timeframe_s;
    this.#trueRanges = Float64Array.from(bars, (bar, i) => {
      const before = bars[i - 1]?.close_points ?? bar.open_points;
      return Math.max(bar.high_points, before) - Math.min(bar.low_points, before);
    });
    this.#atr = wilderAverage(this.#trueRanges, ATR_BARS);
  }

  /** The answer at the close of bar `i`; undefined where there is none. */
  at(question: Question, i: number): Answer | undefined {
    const [bar, next, last] = [this.#bars[i], this.#bars[i + 1], this.#bars[i + question.ahead_bars]];
    const step_ms = this.#timeframe_s * 1000;
    if (!bar || !next || !last || next.time_ms - bar.time_ms !== step_ms) return undefined;
    const known_ms = last.time_ms + step_ms;
    if (question.kind === HEAD_KIND.direction) return { yes: next.close_points > bar.close_points, known_ms };
    if (question.kind === HEAD_KIND.regime) return i < ATR_BARS ? undefined : { yes: this.#isVolatile(i), known_ms };
    const count = MEDIAN_BARS[this.#timeframe_s] ?? 60;
    if (i + 1 < count) return undefined;
    return { yes: rangeOf(next) > medianRange(this.#bars.slice(i + 1 - count, i + 1)), known_ms };
  }

  #isVolatile(i: number): boolean {
    const ahead = this.#trueRanges.subarray(i + 1, i + 1 + REGIME_AHEAD);
    return ahead.reduce((sum, range) => sum + range, 0) / REGIME_AHEAD > (this.#atr[i] as number);
  }
}

/** Begins at `count` as the plain mean of the values 1 to `count` and moves by 1 / count, as the core's ATR does. */
function wilderAverage(values: Float64Array, count: number): Float64Array {
  const out = new Float64Array(values.length).fill(Number.NaN);
  let average = values.subarray(1, count + 1).reduce((sum, value) => sum + value, 0) / count;
  for (let i = count; i < values.length; i++) {
    if (i > count) average += ((values[i] as number) - average) / count;
    out[i] = average;
  }
  return out;
}

function medianRange(bars: readonly BarRow[]): number {
  const ranges = Float64Array.from(bars, rangeOf).sort();
  const half = ranges.length >> 1;
  const upper = ranges[half] as number;
  return ranges.length % 2 === 1 ? upper : (upper + (ranges[half - 1] as number)) / 2;
}
