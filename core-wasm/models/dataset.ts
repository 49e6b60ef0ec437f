// Bars and the core's features become rows to learn from. A label looks exactly one bar ahead; where the next bar is
// missing (weekends, holidays) there is no row, because the horizon that the model promises would not be true.
import type { BarRow } from "#proto/mt5-files.ts";
import { HEAD_KIND } from "./artefact.ts";
import type { TimedRows } from "./walk-forward.ts";

/** Bars of one symbol with what the core says at each close. */
export interface Series {
  readonly symbol: string;
  readonly bars: readonly BarRow[];
  /** One a bar; undefined before the core is warm. */
  readonly features: readonly (readonly number[] | undefined)[];
}

export interface LabelOptions {
  readonly kind: number;
  readonly timeframe_s: number;
  /** High volatility only: how many past ranges the median is taken of. */
  readonly median_bars: number;
}

interface Row {
  readonly known_ms: number;
  readonly features: readonly number[];
  readonly label: number;
}

/** Rows of all series in the order of time. */
export function buildRows(series: readonly Series[], options: LabelOptions): TimedRows {
  const rows = series.flatMap((one) => seriesRows(one, options)).sort((a, b) => a.known_ms - b.known_ms);
  return {
    count: rows.length,
    width: rows[0]?.features.length ?? 0,
    x: Float64Array.from(rows.flatMap((row) => row.features)),
    y: Uint8Array.from(rows, (row) => row.label),
    known_ms: Float64Array.from(rows, (row) => row.known_ms),
    label_ms: Float64Array.from(rows, (row) => row.known_ms + options.timeframe_s * 1000),
  };
}

function seriesRows({ bars, features }: Series, options: LabelOptions): Row[] {
  const step_ms = options.timeframe_s * 1000;
  const rows: Row[] = [];
  for (const [i, bar] of bars.entries()) {
    const next = bars[i + 1];
    const x = features[i];
    if (x === undefined || next === undefined || next.time_ms - bar.time_ms !== step_ms) continue;
    const label = options.kind === HEAD_KIND.direction ? isHigher(bar, next) : isWide(bars, i, next, options);
    if (label !== undefined) rows.push({ known_ms: bar.time_ms + step_ms, features: x, label });
  }
  return rows;
}

/** 1 = the next bar closes above this one; an equal close is 0. */
const isHigher = (bar: BarRow, next: BarRow): number => (next.close_points > bar.close_points ? 1 : 0);

const rangeOf = (bar: BarRow): number => bar.high_points - bar.low_points;

/** 1 = the next bar's range is above the median of the last ranges, the closed bar's included. */
function isWide(bars: readonly BarRow[], i: number, next: BarRow, o: LabelOptions): number | undefined {
  if (i + 1 < o.median_bars) return undefined;
  const ranges = Float64Array.from(bars.slice(i + 1 - o.median_bars, i + 1), rangeOf).sort();
  const half = ranges.length >> 1;
  const upper = ranges[half] as number;
  const median = ranges.length % 2 === 1 ? upper : (upper + (ranges[half - 1] as number)) / 2;
  return rangeOf(next) > median ? 1 : 0;
}
