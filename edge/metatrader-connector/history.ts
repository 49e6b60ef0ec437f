// Bars of files on their way into the stream. History only warms a symbol up: it counts before the symbol's first tick,
// and never after it, because what was decided since was decided without it. Of a symbol that the terminal has not told
// yet the newest bars wait here, and go in right behind its specification.
import { LockstepError } from "#proto/errors.ts";
import { BarHistory, Provenance } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { HISTORY_STAGED_MAX, type TIMEFRAMES_S } from "#proto/limits.ts";
import { SOURCE } from "#proto/records.ts";
import type { HistoryBars, HistoryState } from "#proto/services/metatrader-connector.ts";
import type { Book, BookSymbol } from "./book.ts";
import type { HotPath } from "./hot-path.ts";

type Timeframe = (typeof TIMEFRAMES_S)[number];
type Bar = HistoryBars["bars"][number];
const [OPEN_TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, SPREAD] = [0, 1, 2, 3, 4, 5, 6] as const;
const NS_PER_MS = 1_000_000n;

interface Staged {
  readonly source: string;
  readonly content_sha256: string;
  readonly digits: number;
  bars: Bar[];
}

export class History {
  readonly counts = { accepted: 0, known: 0, staged: 0, dropped: 0, refused: 0 };
  readonly #hot: HotPath;
  readonly #symbols: ReadonlySet<string>;
  /** By symbol and timeframe. */
  readonly #staged = new Map<string, Map<Timeframe, Staged>>();

  constructor(hot: HotPath, symbols: readonly string[]) {
    this.#hot = hot;
    this.#symbols = new Set(symbols);
  }

  get #book(): Book {
    return this.#hot.book;
  }

  /** What of a symbol's history is here: the newest bar's opening time by timeframe. Throws not_found. */
  stateOf(name: string): HistoryState {
    this.#checkSymbol(name);
    const symbol = this.#book.symbolOf(name);
    const newest: Record<string, number> = {};
    for (const [timeframe, ms] of symbol?.barMs ?? []) newest[timeframe] = ms;
    if (!symbol)
      for (const [timeframe, { bars }] of this.#staged.get(name) ?? []) newest[timeframe] = bars.at(-1)?.[0] ?? 0;
    return { state: symbol ? (symbol.cursor.ms < 0 ? "open" : "closed") : "waiting", newest };
  }

  /** All of the bars or none. Throws refused where they cannot count, saying why. */
  add(o: HistoryBars): { accepted: number; staged: number; known: number } {
    try {
      this.#check(o);
    } catch (error) {
      this.counts.refused += o.bars.length;
      throw error;
    }
    const symbol = this.#book.symbolOf(o.symbol);
    if (!symbol) return this.#stage(o);
    const accepted = this.#write(symbol, o.timeframe_s, o);
    const known = o.bars.length - accepted;
    this.counts.known += known;
    return { accepted, staged: 0, known };
  }

  #checkSymbol(name: string): void {
    if (!this.#symbols.has(name))
      throw new LockstepError(
        "not_found",
        `${name} is not in LOCKSTEP_SYMBOLS: name the file after the broker's symbol`,
      );
  }

  #check(o: HistoryBars): void {
    this.#checkSymbol(o.symbol);
    const symbol = this.#book.symbolOf(o.symbol);
    if (symbol && symbol.cursor.ms >= 0)
      throw new LockstepError(
        "refused",
        `${o.symbol} has ticks already: history counts before a symbol's first tick only`,
      );
    if (symbol && symbol.digits < o.digits)
      throw new LockstepError("refused", `the file has ${o.digits} digits, ${o.symbol} has ${symbol.digits}`);
    let before = -1;
    const nowMs =
      this.#hot.time.mode === "wall" ? Number(this.#hot.time.nowNs() / NS_PER_MS) : Number.POSITIVE_INFINITY;
    for (const bar of o.bars) {
      const [open_ms, open, high, low, close] = bar;
      if (open_ms <= before || open_ms % (o.timeframe_s * 1000) !== 0)
        throw new LockstepError(
          "refused",
          `bars of ${o.timeframe_s} s begin on whole multiples, each later than the last`,
        );
      if (low > Math.min(open, close) || high < Math.max(open, close))
        throw new LockstepError("refused", "an opening or closing price lies outside low and high");
      before = open_ms;
    }
    if (before + o.timeframe_s * 1000 > nowMs)
      throw new LockstepError(
        "refused",
        "a bar ends in the future: BROKER_ZONE says in which zone the file is written",
      );
  }

  #stage(o: HistoryBars): { accepted: number; staged: number; known: number } {
    const mine = this.#staged.get(o.symbol) ?? new Map<Timeframe, Staged>();
    this.#staged.set(o.symbol, mine);
    const there = mine.get(o.timeframe_s);
    const newest = there?.bars.at(-1)?.[OPEN_TIME] ?? -1;
    const fresh = o.bars.filter((bar) => bar[OPEN_TIME] > newest);
    // A change of digits or of file begins anew: what waits is of one kind.
    const bars = there && there.digits === o.digits ? [...there.bars, ...fresh] : fresh;
    const over = Math.max(0, bars.length - HISTORY_STAGED_MAX);
    this.counts.dropped += over;
    this.counts.staged += fresh.length;
    mine.set(o.timeframe_s, { ...o, bars: bars.slice(over) });
    return { accepted: 0, staged: fresh.length, known: o.bars.length - fresh.length };
  }

  /** The terminal has told the symbol: what waited for it goes in before its first tick. */
  onNewSymbol(symbol: BookSymbol): void {
    const staged = this.#staged.get(symbol.name);
    this.#staged.delete(symbol.name);
    for (const [timeframe, item] of staged ?? [])
      if (item.digits <= symbol.digits) this.#write(symbol, timeframe, item);
      else this.counts.refused += item.bars.length;
  }

  #write(symbol: BookSymbol, timeframe_s: Timeframe, o: Staged | HistoryBars): number {
    const scale = 10n ** BigInt(symbol.digits - o.digits);
    const newest = symbol.barMs.get(timeframe_s) ?? -1;
    const fresh = o.bars.filter((bar) => bar[OPEN_TIME] > newest);
    if (fresh.length === 0) return 0;
    const meta = { source: SOURCE.edge, symbol: symbol.index };
    this.#hot.add(Provenance, meta, {
      source: o.source,
      content_sha256: bytesOf(o.content_sha256),
      received_ms: this.#hot.time.nowNs() / NS_PER_MS,
      inputs: fresh.length,
    });
    for (const bar of fresh)
      this.#hot.add(BarHistory, meta, {
        open_time_ms: BigInt(bar[OPEN_TIME]),
        open_points: BigInt(bar[OPEN]) * scale,
        high_points: BigInt(bar[HIGH]) * scale,
        low_points: BigInt(bar[LOW]) * scale,
        close_points: BigInt(bar[CLOSE]) * scale,
        tick_volume: BigInt(bar[VOLUME]),
        timeframe_s,
        spread_points: bar[SPREAD],
        score: 0,
      });
    symbol.barMs.set(timeframe_s, fresh.at(-1)?.[OPEN_TIME] ?? newest);
    this.counts.accepted += fresh.length;
    return fresh.length;
  }
}
