// Closed bars out of ticks: M1, M5, M15 and H1 of the bid, as the core builds its own. A bar in which the ticks begin or
// end counts only when they do so within its first, or last, minute.
import { TIMEFRAMES_S } from "#proto/limits.ts";
import type { HistoryBars } from "#proto/services/metatrader-connector.ts";

export type Timeframe = (typeof TIMEFRAMES_S)[number];
export type Bar = HistoryBars["bars"][number];

const EDGE_MS = 60_000;

interface Open {
  readonly open_ms: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  ticks: number;
  readonly spread: number;
  /** Whether its beginning was seen. */
  readonly whole: boolean;
}

export class BarBuilder {
  readonly #onBar: (timeframe_s: Timeframe, bar: Bar) => void;
  readonly #open = new Map<Timeframe, Open>();
  #lastMs = -1;

  constructor(onBar: (timeframe_s: Timeframe, bar: Bar) => void) {
    this.#onBar = onBar;
  }

  /** UTC milliseconds, points; a tick that is late for a bar that is closed counts for the open one. */
  onTick(time_ms: number, bid: number, ask: number): void {
    const first = this.#lastMs < 0;
    const ms = Math.max(time_ms, this.#lastMs);
    this.#lastMs = ms;
    for (const timeframe of TIMEFRAMES_S) {
      const length = timeframe * 1000;
      const open_ms = ms - (ms % length);
      const bar = this.#open.get(timeframe);
      if (bar?.open_ms === open_ms) {
        bar.high = Math.max(bar.high, bid);
        bar.low = Math.min(bar.low, bid);
        bar.close = bid;
        bar.ticks++;
        continue;
      }
      if (bar) this.#close(timeframe, bar);
      const whole = !first || ms - open_ms < EDGE_MS;
      this.#open.set(timeframe, {
        open_ms,
        open: bid,
        high: bid,
        low: bid,
        close: bid,
        ticks: 1,
        spread: ask - bid,
        whole,
      });
    }
  }

  end(): void {
    for (const [timeframe, bar] of this.#open)
      if (this.#lastMs >= bar.open_ms + timeframe * 1000 - EDGE_MS) this.#close(timeframe, bar);
    this.#open.clear();
  }

  #close(timeframe: Timeframe, { open_ms, open, high, low, close, ticks, spread, whole }: Open): void {
    if (whole) this.#onBar(timeframe, [open_ms, open, high, low, close, ticks, Math.max(0, spread)]);
  }
}
