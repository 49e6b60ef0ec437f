// A generated market: one symbol's quotes from a seed. The log price follows a volatility that itself wanders (its log is
// an Ornstein-Uhlenbeck process), with rare jumps; ticks come faster and spreads narrow when the sessions are busy.
// Guarantees: same spec, seed and start, same ticks; bid < ask always; times never go back; nothing while closed.
import { SeededRandom } from "./random.ts";
import { activity, isOpen, nextOpen, openTimeBefore, spreadFactor } from "./sessions.ts";
import type { SymbolSpec } from "./specs.ts";
import type { HistoryBar, MarketTick, SymbolHistory } from "./tick.ts";

const DAY_MS = 86_400_000;
const TRADING_YEAR_MS = 260 * DAY_MS;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The log of the volatility returns to its mean with this half life, and wanders this far from it (one sigma). */
const VOLATILITY_HALF_LIFE_MS = 3 * HOUR_MS;
const VOLATILITY_SPREAD = 0.45;
/** A jump widens the spread for some minutes. */
const SHOCK_HALF_LIFE_MS = 4 * MINUTE_MS;
/** History before the start is made of steps this long: coarser than ticks, and fast. */
const HISTORY_STEP_MS = 5_000;
/** At least this fraction of the first price, so that a long run can not reach zero. */
const FLOOR = 0.05;

export interface MarketOptions {
  readonly spec: SymbolSpec;
  readonly seed: number;
  /** UTC milliseconds of the first possible tick. */
  readonly startMs: number;
  /** Closed from Friday to Sunday 22:00 UTC; off = open round the clock (a demonstration on a weekend). */
  readonly weekends: boolean;
  /** Closed bars to have before the start. */
  readonly history?: { readonly minutes: number; readonly hours: number };
}

export class MarketGenerator {
  readonly history: SymbolHistory;
  private readonly spec: SymbolSpec;
  private readonly weekends: boolean;
  private readonly random: SeededRandom;
  private logPrice: number;
  private logVolatility = 0;
  private shock = 0;
  private timeMs: number;
  private bid = 0;
  private ask = 0;

  constructor(options: MarketOptions) {
    this.spec = options.spec;
    this.weekends = options.weekends;
    this.random = new SeededRandom(options.seed, `market ${options.spec.name}`);
    this.logPrice = Math.log(options.spec.market.price_points);
    this.timeMs = options.startMs;
    this.history = this.makeHistory(options.startMs, options.history ?? { minutes: 0, hours: 0 });
  }

  /** The next quote change. The market never ends. */
  next(): MarketTick {
    for (;;) {
      const { bid, ask } = this;
      this.advance(this.waitMs());
      this.quote();
      const flags = (this.bid === bid ? 0 : 2) | (this.ask === ask ? 0 : 4);
      if (flags !== 0) return { symbol: this.spec.name, time_ms: this.timeMs, bid: this.bid, ask: this.ask, flags };
    }
  }

  /** Several ticks may share a millisecond, as they do at brokers. */
  private waitMs(): number {
    const rate = this.spec.market.ticks_per_second * activity(this.timeMs) * Math.exp(0.6 * this.logVolatility);
    return Math.floor(this.random.exponential(1000 / rate));
  }

  private advance(waitMs: number): void {
    this.evolve(waitMs);
    const at = this.timeMs + waitMs;
    if (!this.weekends || isOpen(at)) {
      this.timeMs = at;
      return;
    }
    // The weekend passes as three hours' worth of news: the opening gap.
    this.timeMs = nextOpen(at);
    this.evolve(3 * HOUR_MS);
    this.shock = Math.max(this.shock, 1);
  }

  private evolve(stepMs: number): void {
    const { volatility, jumps_per_day, jump_size } = this.spec.market;
    const keep = 2 ** (-stepMs / VOLATILITY_HALF_LIFE_MS);
    this.logVolatility =
      this.logVolatility * keep + VOLATILITY_SPREAD * Math.sqrt(1 - keep * keep) * this.random.normal();
    const sigma = volatility * Math.exp(this.logVolatility) * Math.sqrt(activity(this.timeMs));
    this.logPrice += sigma * Math.sqrt(stepMs / TRADING_YEAR_MS) * this.random.normal();
    this.shock *= 2 ** (-stepMs / SHOCK_HALF_LIFE_MS);
    if (this.random.chance((jumps_per_day * stepMs) / DAY_MS)) {
      this.logPrice += volatility * Math.sqrt(DAY_MS / TRADING_YEAR_MS) * jump_size * this.random.normal();
      this.shock += 1 + this.random.uniform();
    }
    this.logPrice = Math.max(this.logPrice, Math.log(this.spec.market.price_points * FLOOR));
  }

  private quote(): void {
    const { spread_points } = this.spec.market;
    const calm = spread_points * spreadFactor(this.timeMs) * Math.exp(0.3 * this.logVolatility);
    const noise = Math.exp(0.15 * this.random.normal());
    const grid = this.spec.tick_size_points;
    const spread = Math.max(1, Math.round((calm * noise * (1 + 2 * this.shock)) / grid)) * grid;
    this.bid = Math.max(1, Math.round((Math.exp(this.logPrice) - spread / 2) / grid)) * grid;
    this.ask = this.bid + spread;
  }

  private makeHistory(startMs: number, wanted: { minutes: number; hours: number }): SymbolHistory {
    if (wanted.minutes === 0 && wanted.hours === 0) return { minutes: [], hours: [] };
    const openMs = Math.max(wanted.hours * HOUR_MS, wanted.minutes * MINUTE_MS) + 2 * HOUR_MS;
    const minutes = new BarBuilder(MINUTE_MS, wanted.minutes);
    const hours = new BarBuilder(HOUR_MS, wanted.hours);
    this.timeMs = this.weekends ? openTimeBefore(startMs, openMs) : startMs - openMs;
    while (this.timeMs < startMs) {
      this.quote();
      minutes.add(this.timeMs, this.bid, this.ask - this.bid);
      hours.add(this.timeMs, this.bid, this.ask - this.bid);
      this.advance(HISTORY_STEP_MS);
    }
    this.timeMs = startMs;
    return { minutes: minutes.closedBefore(startMs), hours: hours.closedBefore(startMs) };
  }
}

/** Bars of bid prices; only whole, closed ones are handed out. */
class BarBuilder {
  private readonly lengthMs: number;
  private readonly keep: number;
  private readonly bars: { -readonly [K in keyof HistoryBar]: HistoryBar[K] }[] = [];

  constructor(lengthMs: number, keep: number) {
    this.lengthMs = lengthMs;
    this.keep = keep;
  }

  add(timeMs: number, bid: number, spread: number): void {
    const open_time_ms = Math.floor(timeMs / this.lengthMs) * this.lengthMs;
    const bar = this.bars.at(-1);
    if (bar?.open_time_ms !== open_time_ms) {
      this.bars.push({ open_time_ms, open: bid, high: bid, low: bid, close: bid, tick_volume: 1, spread });
      return;
    }
    bar.high = Math.max(bar.high, bid);
    bar.low = Math.min(bar.low, bid);
    bar.close = bid;
    bar.tick_volume++;
    bar.spread = Math.min(bar.spread, spread);
  }

  /** The first bar may have begun before the first step and is left out. */
  closedBefore(timeMs: number): HistoryBar[] {
    const closed = this.bars.slice(1).filter((bar) => bar.open_time_ms + this.lengthMs <= timeMs);
    return this.keep === 0 ? [] : closed.slice(-this.keep);
  }
}
