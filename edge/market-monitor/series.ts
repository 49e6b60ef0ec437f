// One symbol's market as the page draws it: the newest ticks and, for each bar length, the newest bars, the open one built
// from ticks as the core builds its own (bids, UTC). Bounded rings; prices are points.

/** A few minutes of a busy market. */
const TICKS_KEPT = 4_096;
/** Ticks of one push: more than a page can show of a fifth of a second. */
const TICKS_PUSHED = 200;
const BARS_KEPT = 1_000;
/** Removed together when so many are too many: a removal costs a move of all others. */
const BARS_SPARE = 200;

/** Unix milliseconds, bid, ask. */
export type TickRow = readonly [ms: number, bid: number, ask: number];
/** Opening time in Unix seconds, then bids, then the number of ticks. */
export type BarRow = readonly [time_s: number, open: number, high: number, low: number, close: number, ticks: number];

const FIELDS = 4;

export class Ticks {
  /** Rows of milliseconds, bid, ask, version. */
  readonly #rows = new Float64Array(TICKS_KEPT * FIELDS);
  #count = 0;

  /** Ticks since the view began. */
  get count(): number {
    return this.#count;
  }

  add(ms: number, bid: number, ask: number, version: number): void {
    const at = (this.#count++ % TICKS_KEPT) * FIELDS;
    this.#rows[at] = ms;
    this.#rows[at + 1] = bid;
    this.#rows[at + 2] = ask;
    this.#rows[at + 3] = version;
  }

  /** The newest ticks after `version`, oldest first; of more than `most` only the last. */
  since(version: number, most = TICKS_PUSHED): TickRow[] {
    const found: TickRow[] = [];
    const oldest = Math.max(0, this.#count - Math.min(most, TICKS_KEPT));
    for (let i = this.#count - 1; i >= oldest; i--) {
      const at = (i % TICKS_KEPT) * FIELDS;
      const [ms = 0, bid = 0, ask = 0, stamped = 0] = this.#rows.subarray(at, at + FIELDS);
      if (stamped <= version) break;
      found.push([ms, bid, ask]);
    }
    return found.reverse();
  }

  last(): TickRow | undefined {
    return this.since(0, 1)[0];
  }
}

interface Bar {
  readonly time_s: number;
  open: number;
  high: number;
  low: number;
  close: number;
  ticks: number;
  version: number;
}

export class Bars {
  readonly #length_s: number;
  /** Oldest first, one an opening time. */
  readonly #bars: Bar[] = [];

  constructor(length_s: number) {
    this.#length_s = length_s;
  }

  onTick(ms: number, bid: number, version: number): void {
    const time_s = Math.floor(ms / 1000 / this.#length_s) * this.#length_s;
    const last = this.#bars.at(-1);
    if (last === undefined || time_s > last.time_s) {
      this.#push({ time_s, open: bid, high: bid, low: bid, close: bid, ticks: 1, version });
      return;
    }
    if (time_s < last.time_s) return;
    if (bid > last.high) last.high = bid;
    if (bid < last.low) last.low = bid;
    last.close = bid;
    last.ticks++;
    last.version = version;
  }

  /** A closed bar, from the core or from the terminal's history: it is what counts, whatever the ticks made of it. */
  onBar([time_s, open, high, low, close, ticks]: BarRow, version: number): void {
    const bar = { time_s, open, high, low, close, ticks, version };
    let at = this.#bars.length;
    while (at > 0 && (this.#bars[at - 1]?.time_s ?? 0) > time_s) at--;
    if (this.#bars[at - 1]?.time_s === time_s) this.#bars[at - 1] = bar;
    else if (at === this.#bars.length) this.#push(bar);
    else this.#bars.splice(at, 0, bar);
  }

  #push(bar: Bar): void {
    this.#bars.push(bar);
    if (this.#bars.length >= BARS_KEPT + BARS_SPARE) this.#bars.splice(0, BARS_SPARE);
  }

  /** Bars that changed after `version`, oldest first: all from the first of them on. */
  since(version: number): BarRow[] {
    let from = this.#bars.length;
    while (from > 0 && (this.#bars[from - 1]?.version ?? 0) > version) from--;
    return this.#bars.slice(from).map(rowOf);
  }

  all(): BarRow[] {
    return this.#bars.map(rowOf);
  }
}

const rowOf = (b: Bar): BarRow => [b.time_s, b.open, b.high, b.low, b.close, b.ticks];
