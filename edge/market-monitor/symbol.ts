// One symbol of the stream: its ticks, its bars by length, and its predictions by bar length.
import type { Prediction } from "#proto/generated/records.ts";
import { TIMEFRAME_S } from "#proto/services/api-gateway.ts";
import { type PredictionView, viewPrediction } from "./predictions.ts";
import { Recent } from "./recent.ts";
import { type BarRow, Bars, Ticks } from "./series.ts";

/** Bar lengths that are drawn: MT5's own. A bar of another length is not kept. */
const LENGTHS_S = Object.values(TIMEFRAME_S);
const PREDICTIONS_KEPT = 500;

export class MarketSymbol {
  readonly index: number;
  readonly name: string;
  readonly digits: number;
  readonly ticks: Ticks;
  readonly bars: ReadonlyMap<number, Bars>;
  /** The newest predictions of every bar length together. */
  readonly predictions: Recent<PredictionView>;
  /** The newest prediction of the live model, and of the shadow, by bar length. */
  readonly latest: Recent<PredictionView>;

  constructor(o: { index: number; name: string; digits: number }, from?: MarketSymbol) {
    this.index = o.index;
    this.name = o.name;
    this.digits = o.digits;
    this.ticks = from?.ticks ?? new Ticks();
    this.bars = from?.bars ?? new Map(LENGTHS_S.map((length_s) => [length_s, new Bars(length_s)]));
    this.predictions = from?.predictions ?? new Recent(PREDICTIONS_KEPT);
    this.latest = from?.latest ?? new Recent(2 * LENGTHS_S.length);
  }

  withDigits(digits: number): MarketSymbol {
    return new MarketSymbol({ index: this.index, name: this.name, digits }, this);
  }

  onTick(ms: number, bid: number, ask: number, version: number): void {
    this.ticks.add(ms, bid, ask, version);
    for (const bars of this.bars.values()) bars.onTick(ms, bid, version);
  }

  onBar(length_s: number, bar: BarRow, version: number): void {
    this.bars.get(length_s)?.onBar(bar, version);
  }

  onPrediction(seq: number, prediction: Prediction, version: number): void {
    const seen = viewPrediction({ seq, symbol: this.index, shadow: false }, prediction);
    this.predictions.set(`${seen.timeframe_s}/${seen.bar_time_s}`, seen, version);
    this.latest.set(String(seen.timeframe_s), seen, version);
  }

  /** A shadow's prediction is laid out as one; it is not drawn into the chart. */
  onShadow(seq: number, prediction: Prediction, version: number): void {
    const seen = viewPrediction({ seq, symbol: this.index, shadow: true }, prediction);
    this.latest.set(`shadow ${seen.timeframe_s}`, seen, version);
  }
}
