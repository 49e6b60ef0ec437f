// Bars of one length become rows: what the core's models read at each close (its own features, and the shapes of the last
// bars), and the answers that came. Rows of several symbols at one time stand side by side.
import { SEQUENCE_FEATURES, SEQUENCE_STEPS_MAX } from "#proto/features.ts";
import type { BarRow } from "#proto/mt5-files.ts";
import { coreFeatures } from "../core-features.ts";
import { asInput } from "../plain-score.ts";
import { Answers, QUESTIONS } from "./questions.ts";

export interface BarSeries {
  readonly symbol: string;
  readonly timeframe_s: number;
  readonly bars: readonly BarRow[];
}

/** No answer. */
export const NO_ANSWER = 255;

export interface Rows {
  readonly timeframe_s: number;
  readonly features: readonly string[];
  readonly steps: number;
  readonly count: number;
  readonly symbols: readonly string[];
  /** Position in `symbols`, one a row. */
  readonly symbol: Uint8Array;
  /** Close of the bar, UTC milliseconds: when the inputs were known. */
  readonly known_ms: Float64Array;
  /** count x features. */
  readonly x: Float32Array;
  /** count x steps x SEQUENCE_FEATURES, oldest bar first. */
  readonly sequence: Float32Array;
  /** One of each of QUESTIONS: 0, 1 or NO_ANSWER. */
  readonly answers: readonly Uint8Array[];
  readonly answered_ms: readonly Float64Array[];
}

interface Row {
  readonly symbol: number;
  readonly known_ms: number;
  readonly x: readonly number[];
  readonly i: number;
  readonly atr: number;
}

/** `series` are of one bar length. */
export async function buildRows(
  series: readonly BarSeries[],
  o: { readonly features: readonly string[]; readonly steps: number },
): Promise<Rows> {
  const timeframe_s = series[0]?.timeframe_s ?? 60;
  const rows: Row[] = [];
  for (const [symbol, one] of series.entries()) {
    const said = await coreFeatures(one.bars, { timeframe_s, features: o.features });
    for (const [i, at] of said.entries()) {
      if (at === undefined || i < SEQUENCE_STEPS_MAX + 1) continue;
      const known_ms = (one.bars[i] as BarRow).time_ms + timeframe_s * 1000;
      rows.push({ symbol, known_ms, x: at.values.map(asInput), i, atr: at.atr_points });
    }
  }
  rows.sort((a, b) => a.known_ms - b.known_ms || a.symbol - b.symbol);
  const width = o.steps * SEQUENCE_FEATURES.length;
  const sequence = new Float32Array(rows.length * width);
  const x = new Float32Array(rows.length * o.features.length);
  const answersOf = series.map(({ bars }) => new Answers(bars, timeframe_s));
  const answers = QUESTIONS.map(() => new Uint8Array(rows.length).fill(NO_ANSWER));
  const answered_ms = QUESTIONS.map(() => new Float64Array(rows.length));
  for (const [r, row] of rows.entries()) {
    const { bars } = series[row.symbol] as BarSeries;
    x.set(row.x, r * o.features.length);
    writeSequence(sequence.subarray(r * width, (r + 1) * width), bars, row);
    for (const [q, question] of QUESTIONS.entries()) {
      const answer = answersOf[row.symbol]?.at(question, row.i);
      if (answer === undefined) continue;
      (answers[q] as Uint8Array)[r] = answer.yes ? 1 : 0;
      (answered_ms[q] as Float64Array)[r] = answer.known_ms;
    }
  }
  return {
    timeframe_s,
    features: o.features,
    steps: o.steps,
    count: rows.length,
    symbols: series.map(({ symbol }) => symbol),
    symbol: Uint8Array.from(rows, ({ symbol }) => symbol),
    known_ms: Float64Array.from(rows, ({ known_ms }) => known_ms),
    x,
    sequence,
    answers,
    answered_ms,
  };
}

/** As the core does (assembly/ensemble/sequence.ts); a test compares the two through a GRU. */
function writeSequence(into: Float32Array, bars: readonly BarRow[], row: Row): void {
  const per = row.atr > 0 ? 1 / row.atr : 0;
  const steps = into.length / SEQUENCE_FEATURES.length;
  for (let step = 0; step < steps; step++) {
    const at = row.i - steps + 1 + step;
    const { open_points: open, high_points: high, low_points: low, close_points: close } = bars[at] as BarRow;
    const before = (bars[at - 1] as BarRow).close_points;
    const share = high > low ? 1 / (high - low) : 0;
    const values = [
      (close - before) * per,
      (high - low) * per,
      (close - open) * per,
      (high - Math.max(open, close)) * share,
      (Math.min(open, close) - low) * share,
      (close + close - high - low) * share,
      (Math.max(high, before) - Math.min(low, before)) * per,
    ];
    into.set(values.map(asInput), step * SEQUENCE_FEATURES.length);
  }
}

/** M1 bars put together to longer ones, on UTC's grid. */
export function longerBars(bars: readonly BarRow[], timeframe_s: number): BarRow[] {
  const out: BarRow[] = [];
  for (const bar of bars) {
    const time_ms = bar.time_ms - (bar.time_ms % (timeframe_s * 1000));
    const last = out.at(-1);
    if (last?.time_ms !== time_ms) out.push({ ...bar, time_ms });
    else
      out[out.length - 1] = {
        ...last,
        high_points: Math.max(last.high_points, bar.high_points),
        low_points: Math.min(last.low_points, bar.low_points),
        close_points: bar.close_points,
        tick_volume: last.tick_volume + bar.tick_volume,
        spread_points: Math.max(last.spread_points, bar.spread_points),
      };
  }
  return out;
}
