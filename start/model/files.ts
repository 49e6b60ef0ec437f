// Files of the terminal as series of bars: bar exports as they are (M1 also put together to M5, what lies between M5 and H1 to
// H1), tick exports made into bars.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { type BarSeries, longerBars } from "#core-wasm/models/training/rows.ts";
import { LockstepError } from "#proto/errors.ts";
import { type BarRow, Mt5FileParser } from "#proto/mt5-files.ts";

/** Bar lengths that the shipped model has heads for. */
export const TIMEFRAMES = [60, 300, 3600] as const;

/** By bar length, in the order of the symbols' names. Several files of one symbol follow each other in time. */
export function readSeries(paths: readonly string[]): Map<number, BarSeries[]> {
  const out = new Map<number, BarSeries[]>();
  const parts = paths.map(readFile).sort((a, b) => order(a.symbol, b.symbol) || first(a) - first(b));
  for (const timeframe_s of TIMEFRAMES) {
    const bySymbol = new Map<string, BarRow[]>();
    for (const { symbol, bars, timeframe_s: own } of parts) {
      if (!gives(own, timeframe_s)) continue;
      const list = bySymbol.get(symbol) ?? [];
      bySymbol.set(symbol, list);
      list.push(...(own === timeframe_s ? bars : longerBars(bars, timeframe_s)));
    }
    const series = [...bySymbol].map(([symbol, bars]) => ({ symbol, timeframe_s, bars: rising(symbol, bars) }));
    if (series.length > 0) out.set(timeframe_s, series);
  }
  return out;
}

/** Bars of `own` seconds are asked about as bars of `timeframe_s`. */
const gives = (own: number, timeframe_s: number): boolean =>
  own === timeframe_s || (own === 60 && timeframe_s === 300) || (own > 300 && timeframe_s === 3600);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const first = ({ bars }: BarSeries): number => bars[0]?.time_ms ?? 0;

function rising(symbol: string, bars: readonly BarRow[]): readonly BarRow[] {
  const back = bars.findIndex((bar, i) => i > 0 && bar.time_ms <= (bars[i - 1] as BarRow).time_ms);
  if (back >= 0)
    throw new LockstepError("bad_request", `${symbol} is given twice for the same time: one file a symbol and time`);
  return bars;
}

function readFile(path: string): BarSeries {
  const bars: BarRow[] = [];
  let fromTicks: BarRow | undefined;
  const parser = new Mt5FileParser({
    name: path,
    onBar: (row) => bars.push(row),
    onTick: ({ time_ms, bid_points, ask_points }) => {
      const minute = time_ms - (time_ms % 60_000);
      if (fromTicks?.time_ms === minute)
        fromTicks = {
          ...fromTicks,
          high_points: Math.max(fromTicks.high_points, bid_points),
          low_points: Math.min(fromTicks.low_points, bid_points),
          close_points: bid_points,
          tick_volume: fromTicks.tick_volume + 1,
        };
      else {
        if (fromTicks) bars.push(fromTicks);
        fromTicks = {
          time_ms: minute,
          open_points: bid_points,
          high_points: bid_points,
          low_points: bid_points,
          close_points: bid_points,
          tick_volume: 1,
          spread_points: ask_points - bid_points,
        };
      }
    },
  });
  parser.push(readBytes(path));
  parser.end();
  if (fromTicks) bars.push(fromTicks);
  const timeframe_s = commonStep(bars) / 1000;
  if (bars.length < 2) throw new LockstepError("bad_file", `${path} has fewer than two bars: export a longer time`);
  if (!TIMEFRAMES.some((known) => gives(timeframe_s, known)) || 3600 % timeframe_s !== 0)
    throw new LockstepError(
      "bad_file",
      `${path} has bars of ${timeframe_s} s: give bars of M1, M5, H1 or what whole hours are made of, or ticks`,
    );
  return { symbol: basename(path).split(/[_.]/)[0] as string, timeframe_s, bars };
}

function readBytes(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The commonest step between two bars, milliseconds. */
function commonStep(bars: readonly BarRow[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < bars.length; i++) {
    const step = (bars[i] as BarRow).time_ms - (bars[i - 1] as BarRow).time_ms;
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let [common, most] = [0, 0];
  for (const [step, count] of counts) if (count > most) [common, most] = [step, count];
  return common;
}
