// A broker on paper for replays: executes accepted intents at the next tick of their symbol, at the ask or bid it shows made
// worse by slippage, stops and targets when a tick reaches them. Spread is what the ticks have; commission, swap and
// slippage are parameters. Netting. Positions are closed when the account's margin level falls below the stop-out.

import type { OrderIntent, SymbolSpec } from "#proto/generated/records.ts";
import { INTENT_ACTION, ORDER_STATE, SIDE } from "#proto/records.ts";
import {
  type DealReason,
  fillRecord,
  type PaperDeal,
  type PaperPosition,
  positionRecord,
  updateRecord,
} from "./paper-records.ts";

const MICROLOTS_PER_LOT = 1_000_000n;
/** Equity over margin, percent, below which MT5's servers close by default. */
const STOP_OUT_PERCENT = 50n;
const NO_MONEY = 10_019;
const MS_PER_DAY = 86_400_000n;

export interface PaperTick {
  readonly symbol: number;
  readonly time_ns: bigint;
  readonly bid_points: bigint;
  readonly ask_points: bigint;
}

export interface PaperCosts {
  /** Of one lot and side. */
  readonly commission_micros: bigint;
  /** Of one lot and night; three on Wednesday, none on Saturday and Sunday. */
  readonly swap_micros: bigint;
  /** Thousandths of the spread by which market orders and stops are executed worse than the tick shows. */
  readonly slippage_milli: bigint;
}

interface Waiting {
  readonly symbol: number;
  readonly intent: OrderIntent;
}

export interface PaperOptions {
  /** May grow while the run goes on. */
  readonly specs: ReadonlyMap<number, SymbolSpec>;
  readonly costs: PaperCosts;
  readonly onDeal: (deal: PaperDeal) => void;
}

export class PaperBroker {
  readonly #options: PaperOptions;
  readonly #waiting: Waiting[] = [];
  readonly #positions = new Map<number, PaperPosition>();
  readonly #quotes = new Map<number, PaperTick>();
  #ticket = 0n;
  #leverage = 0n;
  /** Balance without what was realised here, credit included. */
  #base = 0n;
  /** Of all deals, costs taken off. */
  #realised = 0n;

  constructor(options: PaperOptions) {
    this.#options = options;
  }

  /** What the account holds apart from deals on paper. Without a leverage there is no margin and no stop-out. */
  setAccount(o: { readonly base_micros: bigint; readonly leverage: number }): void {
    this.#base = o.base_micros;
    this.#leverage = BigInt(o.leverage);
  }

  get realised_micros(): bigint {
    return this.#realised;
  }

  floating_micros(): bigint {
    let sum = 0n;
    for (const [symbol, position] of this.#positions) sum += this.#profit(position, this.#quotes.get(symbol), 0n);
    return sum;
  }

  margin_micros(): bigint {
    let sum = 0n;
    for (const [symbol, p] of this.#positions) sum += this.#marginOf(symbol, p.volume_microlots, p.open_points);
    return sum;
  }

  /** An accepted intent. */
  take(symbol: number, intent: OrderIntent): void {
    this.#waiting.push({ symbol, intent });
  }

  /** All open positions anew, as the terminal tells them after it was away. */
  tellPositions(time_ns: bigint): Uint8Array[] {
    return [...this.#positions].map(([symbol, position]) => positionRecord(symbol, time_ns, position));
  }

  /** Whether a tick of the symbol may cause anything. */
  waits(symbol: number): boolean {
    return this.#waiting.length > 0 || this.#positions.has(symbol);
  }

  /** What the tick causes, as records to feed after it; empty almost always. */
  tick(tick: PaperTick): Uint8Array[] {
    this.#quotes.set(tick.symbol, tick);
    if (!this.waits(tick.symbol)) return [];
    const records = this.#positions.has(tick.symbol) ? [...this.#protect(tick), ...this.#stopOut(tick)] : [];
    for (let i = 0; i < this.#waiting.length; ) {
      const waiting = this.#waiting[i] as Waiting;
      const late = tick.time_ns > waiting.intent.expires_ns;
      if (waiting.symbol !== tick.symbol && !late) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      records.push(...(late ? [updateRecord(tick.time_ns, waiting, {})] : this.#execute(tick, waiting)));
    }
    return records;
  }

  #execute(tick: PaperTick, order: Waiting): Uint8Array[] {
    const { intent } = order;
    const buy = intent.side === SIDE.buy;
    const slip = this.#slippage(tick);
    const price = buy ? tick.ask_points + slip : tick.bid_points - slip;
    const worse = buy ? price > intent.guard_price_points : price < intent.guard_price_points;
    const position = this.#positions.get(tick.symbol);
    const opens = intent.action === INTENT_ACTION.open;
    if (worse || opens !== (position === undefined)) return [updateRecord(tick.time_ns, order, {})];
    if (opens && !this.#affords(tick.symbol, intent.volume_microlots, price))
      return [updateRecord(tick.time_ns, order, { state: ORDER_STATE.rejected, retcode: NO_MONEY })];
    const fill = opens
      ? this.#open(tick, intent, price)
      : this.#close(tick, position as PaperPosition, { reason: "expert", intent_id: intent.intent_id, slip });
    return [fill, updateRecord(tick.time_ns, order, { filled_microlots: intent.volume_microlots })];
  }

  #open(tick: PaperTick, intent: OrderIntent, price: bigint): Uint8Array {
    const { magic, side, volume_microlots, stop_points, target_points, intent_id } = intent;
    const id = ++this.#ticket;
    const position = { id, magic, side, volume_microlots, open_points: price, stop_points, target_points };
    this.#positions.set(tick.symbol, { ...position, opened_ns: tick.time_ns });
    const deal = { side, volume_microlots, price_points: price, profit_micros: 0n, swap_micros: 0n };
    return this.#deal(tick, { ...deal, closes: false, reason: "expert" }, { id, magic, intent_id });
  }

  /** At what the tick shows, made worse by `slip`. */
  #close(
    tick: PaperTick,
    p: PaperPosition,
    o: { reason: DealReason; slip: bigint; intent_id?: Uint8Array },
  ): Uint8Array {
    this.#positions.delete(tick.symbol);
    const long = p.side === SIDE.buy;
    const deal = {
      side: long ? SIDE.sell : SIDE.buy,
      volume_microlots: p.volume_microlots,
      price_points: long ? tick.bid_points - o.slip : tick.ask_points + o.slip,
      profit_micros: this.#profit(p, tick, o.slip),
      swap_micros:
        -(nights(p.opened_ns, tick.time_ns) * this.#options.costs.swap_micros * p.volume_microlots) / MICROLOTS_PER_LOT,
    };
    const of = { id: p.id, magic: p.magic, intent_id: o.intent_id ?? new Uint8Array(16) };
    return this.#deal(tick, { ...deal, closes: true, reason: o.reason }, of);
  }

  /** Stop and target of the symbol's position; the stop first, when a tick reaches both. A target is a limit: it never slips. */
  #protect(tick: PaperTick): Uint8Array[] {
    const p = this.#positions.get(tick.symbol) as PaperPosition;
    const long = p.side === SIDE.buy;
    const price = long ? tick.bid_points : tick.ask_points;
    const reached = (level: bigint, below: boolean): boolean =>
      level !== 0n && (below ? price <= level : price >= level);
    if (reached(p.stop_points, long)) return [this.#close(tick, p, { reason: "stop", slip: this.#slippage(tick) })];
    return reached(p.target_points, !long) ? [this.#close(tick, p, { reason: "target", slip: 0n })] : [];
  }

  /** The symbol's position goes when it loses and the account cannot carry it any more. */
  #stopOut(tick: PaperTick): Uint8Array[] {
    const p = this.#positions.get(tick.symbol);
    if (p === undefined || this.#leverage === 0n || this.#profit(p, tick, 0n) >= 0n) return [];
    const equity = this.#base + this.#realised + this.floating_micros();
    if (equity * 100n >= this.margin_micros() * STOP_OUT_PERCENT) return [];
    return [this.#close(tick, p, { reason: "stop_out", slip: this.#slippage(tick) })];
  }

  #affords(symbol: number, volume_microlots: bigint, price_points: bigint): boolean {
    if (this.#leverage === 0n) return true;
    const free = this.#base + this.#realised + this.floating_micros() - this.margin_micros();
    return free >= this.#marginOf(symbol, volume_microlots, price_points);
  }

  #marginOf(symbol: number, volume_microlots: bigint, price_points: bigint): bigint {
    return this.#leverage === 0n ? 0n : this.#worth(symbol, price_points, volume_microlots) / this.#leverage;
  }

  /** Of a distance in points and a volume. */
  #worth(symbol: number, points: bigint, volume_microlots: bigint): bigint {
    const spec = this.#options.specs.get(symbol);
    if (spec === undefined) return 0n;
    return (points * spec.tick_value_micros * volume_microlots) / spec.tick_size_points / MICROLOTS_PER_LOT;
  }

  #profit(p: PaperPosition, quote: PaperTick | undefined, slip: bigint): bigint {
    if (quote === undefined) return 0n;
    const points = p.side === SIDE.buy ? quote.bid_points - p.open_points : p.open_points - quote.ask_points;
    return this.#worth(quote.symbol, points - slip, p.volume_microlots);
  }

  /** Points, rounded up. */
  #slippage({ ask_points, bid_points }: PaperTick): bigint {
    const spread = ask_points > bid_points ? ask_points - bid_points : 0n;
    return (spread * this.#options.costs.slippage_milli + 999n) / 1000n;
  }

  #deal(
    tick: PaperTick,
    deal: Omit<PaperDeal, "time_ns" | "symbol" | "commission_micros" | "spread_micros">,
    of: { id: bigint; magic: bigint; intent_id: Uint8Array },
  ): Uint8Array {
    const { volume_microlots, price_points } = deal;
    const commission_micros = -((this.#options.costs.commission_micros * volume_microlots) / MICROLOTS_PER_LOT);
    const fromMid = 2n * price_points - tick.bid_points - tick.ask_points;
    const spread_micros = -this.#worth(tick.symbol, fromMid < 0n ? -fromMid : fromMid, volume_microlots) / 2n;
    const whole = { ...deal, time_ns: tick.time_ns, symbol: tick.symbol, commission_micros, spread_micros };
    this.#realised += deal.profit_micros + commission_micros + deal.swap_micros;
    this.#options.onDeal(whole);
    return fillRecord(whole, { ...of, ticket: ++this.#ticket });
  }
}

/** Nights that are paid for between two times: midnights UTC, Wednesday's counting three, the weekend's none. */
export function nights(from_ns: bigint, to_ns: bigint): bigint {
  const first = from_ns / 1_000_000n / MS_PER_DAY;
  const last = to_ns / 1_000_000n / MS_PER_DAY;
  let count = 0n;
  for (let day = first; day < last; day++) {
    // Day 0 was a Thursday.
    const weekday = (day + 4n) % 7n;
    count += weekday === 3n ? 3n : weekday === 0n || weekday === 6n ? 0n : 1n;
  }
  return count;
}
