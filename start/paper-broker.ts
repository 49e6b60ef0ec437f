// A broker on paper for replays: executes accepted intents at the next tick of their symbol, at the ask or bid it shows, stops
// and targets when a tick reaches them. Spread is what the ticks have; commission is a parameter. Netting, no margin calls.

import type { OrderIntent, SymbolSpec } from "#proto/generated/records.ts";
import { Fill, OrderUpdate } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { INTENT_ACTION, ORDER_STATE, SIDE, SOURCE } from "#proto/records.ts";

const MICROLOTS_PER_LOT = 1_000_000n;
const ENTRY = { in: 0, out: 1 } as const;
const REASON = { expert: 3, stop: 4, target: 5 } as const;

export interface PaperTick {
  readonly symbol: number;
  readonly time_ns: bigint;
  readonly bid_points: bigint;
  readonly ask_points: bigint;
}

/** One deal, as the report and the comparison read it. Money in millionths of the account currency. */
export interface PaperDeal {
  readonly time_ns: bigint;
  readonly symbol: number;
  readonly side: number;
  readonly closes: boolean;
  readonly reason: keyof typeof REASON;
  readonly volume_microlots: bigint;
  readonly price_points: bigint;
  readonly profit_micros: bigint;
  readonly commission_micros: bigint;
}

interface PaperPosition {
  readonly id: bigint;
  readonly magic: bigint;
  readonly side: number;
  readonly volume_microlots: bigint;
  readonly open_points: bigint;
  readonly stop_points: bigint;
  readonly target_points: bigint;
}

interface Waiting {
  readonly symbol: number;
  readonly intent: OrderIntent;
}

export class PaperBroker {
  readonly #specs: ReadonlyMap<number, SymbolSpec>;
  readonly #commission: bigint;
  readonly #onDeal: (deal: PaperDeal) => void;
  readonly #waiting: Waiting[] = [];
  readonly #positions = new Map<number, PaperPosition>();
  #ticket = 0n;

  /** `commission_micros`: of one lot and side. */
  constructor(o: {
    specs: ReadonlyMap<number, SymbolSpec>;
    commission_micros: bigint;
    onDeal: (deal: PaperDeal) => void;
  }) {
    this.#specs = o.specs;
    this.#onDeal = o.onDeal;
    this.#commission = o.commission_micros;
  }

  /** An accepted intent. */
  take(symbol: number, intent: OrderIntent): void {
    this.#waiting.push({ symbol, intent });
  }

  /** What the tick causes, as records to feed after it; empty almost always. */
  tick(tick: PaperTick): Uint8Array[] {
    if (this.#waiting.length === 0 && !this.#positions.has(tick.symbol)) return [];
    const records = this.#protect(tick);
    for (let i = 0; i < this.#waiting.length; ) {
      const { symbol, intent } = this.#waiting[i] as Waiting;
      const late = tick.time_ns > intent.expires_ns;
      if (symbol !== tick.symbol && !late) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      records.push(...(late ? [this.#update(tick, { symbol, intent }, 0n)] : this.#execute(tick, intent)));
    }
    return records;
  }

  #execute(tick: PaperTick, intent: OrderIntent): Uint8Array[] {
    const buy = intent.side === SIDE.buy;
    const price = buy ? tick.ask_points : tick.bid_points;
    const worse = buy ? price > intent.guard_price_points : price < intent.guard_price_points;
    const position = this.#positions.get(tick.symbol);
    const possible = intent.action === INTENT_ACTION.open ? position === undefined : position !== undefined;
    const order = { symbol: tick.symbol, intent };
    if (worse || !possible) return [this.#update(tick, order, 0n)];
    const fill =
      intent.action === INTENT_ACTION.open
        ? this.#open(tick, intent, price)
        : this.#close(tick, position as PaperPosition, { reason: "expert", intent_id: intent.intent_id });
    return [fill, this.#update(tick, order, intent.volume_microlots)];
  }

  #open(tick: PaperTick, intent: OrderIntent, price: bigint): Uint8Array {
    const id = ++this.#ticket;
    this.#positions.set(tick.symbol, {
      id,
      magic: intent.magic,
      side: intent.side,
      volume_microlots: intent.volume_microlots,
      open_points: price,
      stop_points: intent.stop_points,
      target_points: intent.target_points,
    });
    const deal = {
      side: intent.side,
      volume_microlots: intent.volume_microlots,
      price_points: price,
      profit_micros: 0n,
    };
    return this.#deal(
      tick,
      { ...deal, closes: false, reason: "expert" },
      { id, magic: intent.magic, intent_id: intent.intent_id },
    );
  }

  #close(tick: PaperTick, p: PaperPosition, o: { reason: PaperDeal["reason"]; intent_id: Uint8Array }): Uint8Array {
    this.#positions.delete(tick.symbol);
    const long = p.side === SIDE.buy;
    const price = long ? tick.bid_points : tick.ask_points;
    const points = long ? price - p.open_points : p.open_points - price;
    const spec = this.#specs.get(tick.symbol) as SymbolSpec;
    const profit = (points * spec.tick_value_micros * p.volume_microlots) / spec.tick_size_points / MICROLOTS_PER_LOT;
    const deal = { side: long ? SIDE.sell : SIDE.buy, volume_microlots: p.volume_microlots, price_points: price };
    return this.#deal(
      tick,
      { ...deal, profit_micros: profit, closes: true, reason: o.reason },
      { id: p.id, magic: p.magic, intent_id: o.intent_id },
    );
  }

  /** Stop and target of the symbol's position; the stop first, when a tick reaches both. */
  #protect(tick: PaperTick): Uint8Array[] {
    const p = this.#positions.get(tick.symbol);
    if (p === undefined) return [];
    const price = p.side === SIDE.buy ? tick.bid_points : tick.ask_points;
    const reached = (level: bigint, below: boolean): boolean =>
      level !== 0n && (below ? price <= level : price >= level);
    const long = p.side === SIDE.buy;
    const reason = reached(p.stop_points, long) ? "stop" : reached(p.target_points, !long) ? "target" : undefined;
    return reason === undefined ? [] : [this.#close(tick, p, { reason, intent_id: new Uint8Array(16) })];
  }

  #deal(
    tick: PaperTick,
    deal: Omit<PaperDeal, "time_ns" | "symbol" | "commission_micros">,
    of: { id: bigint; magic: bigint; intent_id: Uint8Array },
  ): Uint8Array {
    const commission_micros = -((this.#commission * deal.volume_microlots) / MICROLOTS_PER_LOT);
    this.#onDeal({ ...deal, time_ns: tick.time_ns, symbol: tick.symbol, commission_micros });
    const ticket = ++this.#ticket;
    return encodeRecord(
      Fill,
      { time_ns: tick.time_ns, source: SOURCE.terminal, symbol: tick.symbol },
      {
        intent_id: of.intent_id,
        deal_ticket: ticket,
        order_ticket: ticket,
        position_id: of.id,
        magic: of.magic,
        volume_microlots: deal.volume_microlots,
        price_points: deal.price_points,
        commission_micros,
        swap_micros: 0n,
        profit_micros: deal.profit_micros,
        // After anything that was told before: the core steps over what a newer record holds already.
        broker_time_ms: tick.time_ns / 1_000_000n,
        side: deal.side,
        entry: deal.closes ? ENTRY.out : ENTRY.in,
        reason: REASON[deal.reason],
      },
    );
  }

  #update(tick: PaperTick, { symbol, intent }: Waiting, filled: bigint): Uint8Array {
    return encodeRecord(
      OrderUpdate,
      { time_ns: tick.time_ns, source: SOURCE.terminal, symbol },
      {
        intent_id: intent.intent_id,
        order_ticket: 0n,
        deal_ticket: 0n,
        volume_filled_microlots: filled,
        volume_remaining_microlots: 0n,
        price_points: 0n,
        broker_time_ms: tick.time_ns / 1_000_000n,
        retcode: 0,
        state: filled > 0n ? ORDER_STATE.done : ORDER_STATE.expired,
        final: 1,
      },
    );
  }
}
