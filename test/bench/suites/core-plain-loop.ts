// What a plain JavaScript edge would do with a tick: check it, keep the quote, build M1 and H1. No BigInt, no objects a
// tick. It only gives the core's figures something to be held against.
import { HEADER_OFFSET, Tick } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";

const LENGTHS_MS = [60_000, 3_600_000] as const;

interface PlainBar {
  end: number;
  open: number;
  high: number;
  low: number;
  close: number;
  ticks: number;
  spreads: number;
}

const newBar = (): PlainBar => ({ end: 0, open: 0, high: 0, low: 0, close: 0, ticks: 0, spreads: 0 });

/** Exact below 2^53, as every tick is. */
const readInteger = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;

export class PlainBars {
  readonly closed: PlainBar[] = [];
  readonly #bars = [newBar(), newBar()];
  #timeMs = 0;
  bad = 0;

  apply(records: Uint8Array): void {
    const view = viewOf(records);
    for (let at = 0; at < records.length; ) {
      if (view.getUint16(at + HEADER_OFFSET.kind, true) === Tick.code) this.#tick(view, at);
      at += view.getUint32(at + HEADER_OFFSET.length, true);
    }
    this.closed.length = 0;
  }

  #tick(view: DataView, at: number): void {
    const timeMs = readInteger(view, at + Tick.offset.broker_time_ms);
    const bid = readInteger(view, at + Tick.offset.bid_points);
    const ask = readInteger(view, at + Tick.offset.ask_points);
    if (bid <= 0 || ask < bid || timeMs < this.#timeMs) {
      this.bad++;
      return;
    }
    this.#timeMs = timeMs;
    for (let i = 0; i < 2; i++) this.#bar(i, timeMs, bid, ask - bid);
  }

  #bar(i: number, timeMs: number, bid: number, spread: number): void {
    let bar = this.#bars[i] as PlainBar;
    if (timeMs >= bar.end) {
      if (bar.end !== 0) this.closed.push(bar);
      bar = newBar();
      this.#bars[i] = bar;
      const length = LENGTHS_MS[i] as number;
      bar.end = timeMs - (timeMs % length) + length;
      bar.open = bid;
      bar.high = bid;
      bar.low = bid;
    }
    if (bid > bar.high) bar.high = bid;
    if (bid < bar.low) bar.low = bid;
    bar.close = bid;
    bar.ticks++;
    bar.spreads += spread;
  }
}
