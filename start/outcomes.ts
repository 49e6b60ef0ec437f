// What became of predictions: the questions that the model was asked, answered by the bars that came after. A prediction
// without a next bar (weekend, end of the files) has no outcome.
import { MEDIAN_BARS } from "#core-wasm/models/training/questions.ts";
import { Bar, HEADER_OFFSET, Prediction } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { BAR_BASIS } from "#proto/records.ts";

interface Closed {
  readonly open_ms: number;
  readonly close: number;
  readonly range: number;
}

export interface Scored {
  readonly symbol: number;
  readonly timeframe_s: number;
  readonly time_ms: number;
  readonly regime: number;
  readonly up: number;
  readonly high: number;
  /** Undefined where nothing can be said. */
  readonly wentUp: boolean | undefined;
  readonly wasHigh: boolean | undefined;
}

export class Outcomes {
  readonly #bars = new Map<string, Closed[]>();
  readonly #said: (Omit<Scored, "wentUp" | "wasHigh"> & { readonly index: number })[] = [];

  /** Outputs of the core, in order. */
  take(outputs: Uint8Array): void {
    const view = viewOf(outputs);
    walkRecords(outputs, (at, _length, code) => {
      const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
      if (code === Bar.code) this.#bar(symbol, Bar.read(view, at));
      else if (code === Prediction.code) this.#prediction(symbol, Prediction.read(view, at));
    });
  }

  #of(symbol: number, timeframe_s: number): Closed[] {
    const key = `${symbol}/${timeframe_s}`;
    const bars = this.#bars.get(key) ?? [];
    this.#bars.set(key, bars);
    return bars;
  }

  #bar(symbol: number, bar: Bar): void {
    if (bar.basis !== BAR_BASIS.time || MEDIAN_BARS[bar.timeframe_s] === undefined) return;
    const range = Number(bar.high_points - bar.low_points);
    this.#of(symbol, bar.timeframe_s).push({
      open_ms: Number(bar.open_time_ms),
      close: Number(bar.close_points),
      range,
    });
  }

  /** It follows its bar. */
  #prediction(symbol: number, p: Prediction): void {
    if (p.warm === 0) return;
    this.#said.push({
      symbol,
      timeframe_s: p.timeframe_s,
      time_ms: Number(p.bar_time_ms) + p.timeframe_s * 1000,
      regime: p.regime,
      up: p.probability_up,
      high: p.probability_high_volatility,
      index: this.#of(symbol, p.timeframe_s).length - 1,
    });
  }

  scored(): Scored[] {
    return this.#said.map(({ index, ...said }) => {
      const bars = this.#of(said.symbol, said.timeframe_s);
      const [bar, next] = [bars[index], bars[index + 1]];
      if (bar === undefined || next === undefined || next.open_ms - bar.open_ms !== said.timeframe_s * 1000)
        return { ...said, wentUp: undefined, wasHigh: undefined };
      const count = MEDIAN_BARS[said.timeframe_s] as number;
      const ranges = bars.slice(Math.max(0, index + 1 - count), index + 1).map(({ range }) => range);
      const wasHigh = ranges.length < count ? undefined : next.range > medianOf(ranges);
      return { ...said, wentUp: next.close > bar.close, wasHigh };
    });
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
