// All that is known of one symbol: its specification, its quote, its positions, its orders under way.
import type { Fill, OrderIntent, OrderUpdate, SymbolSpec, Tick } from "#proto/generated/records.ts";
import {
  abs,
  DAY,
  DISTANCE_MAX,
  isTime,
  larger,
  MINUTE,
  MS,
  POINTS_MAX,
  saturate,
  sum,
  within,
  worth,
} from "./numbers.ts";
import { Positions } from "./positions.ts";

const SPIKE_POINTS = 1_000n;
const SPIKE_PART = 50n;

export interface Order {
  readonly id: string;
  readonly side: number;
  readonly strategy: number;
  /** What it may come to: its volume, or what was filled once nothing more will be. */
  volume: bigint;
  /** As order updates have it. */
  filled: bigint;
  /** As deals have it. */
  booked: bigint;
  /** Nothing more will be filled, but deals that were reported have not come. */
  final: boolean;
  updated_ms: bigint;
}

export const rest = (order: Order | undefined): bigint => (order ? larger(order.volume - order.booked, 0n) : 0n);

export class Book {
  /** The last that was in bounds; valid = so was the last that came. */
  spec: SymbolSpec | undefined;
  valid = false;
  quote:
    | { readonly bid: bigint; readonly ask: bigint; readonly time_ms: bigint; readonly received: bigint }
    | undefined;
  collar = 0n;
  readonly positions: Positions;
  /** At most one of each action. */
  readonly orders = new Map<number, Order>();
  /** The last opening order that was accepted. */
  opened: { readonly at: bigint; readonly side: number; readonly volume: bigint } | undefined;
  /** Profit of the positions at the last quote. */
  floating = 0n;
  #collarSince = 0n;
  #suspect: bigint | undefined;
  readonly #met: (what: string) => void;

  constructor(met: (what: string) => void) {
    this.#met = met;
    this.positions = new Positions(met);
  }

  /** Specification and quote: without one of them nothing can be valued. */
  get priced(): boolean {
    return this.valid && this.quote !== undefined;
  }

  /** Account currency, at the bid; 0 when it cannot be valued. */
  notional(volume: bigint): bigint {
    return this.valid && this.spec && this.quote ? worth(this.quote.bid, volume, this.spec) : 0n;
  }

  volume(side: number): bigint {
    return sum([...this.positions.byId.values()].filter((p) => p.side === side).map((p) => p.volume));
  }

  /** Finds the floating profit anew; returns by how much it changed. */
  mark(): bigint {
    const { spec, quote } = this;
    const before = this.floating;
    const profits = [...this.positions.byId.values()].map(({ side, price, volume }) =>
      spec && quote && this.valid ? worth(side === 0 ? quote.bid - price : price - quote.ask, volume, spec) : 0n,
    );
    this.floating = saturate(sum(profits));
    return saturate(this.floating - before);
  }

  /** False when the quote counts for nothing. */
  onTick(tick: Tick, now: bigint): boolean {
    const { bid_points: bid, ask_points: ask, broker_time_ms: time_ms } = tick;
    const fine =
      within(bid, 1n, POINTS_MAX) &&
      within(ask, 1n, POINTS_MAX) &&
      within(ask - bid, 0n, DISTANCE_MAX) &&
      isTime(time_ms) &&
      time_ms >= (this.quote?.time_ms ?? 0n) &&
      time_ms * MS <= now + DAY;
    if (!fine || this.#isSpike(bid)) {
      this.#met(fine ? "tick spike" : "tick refused");
      return false;
    }
    // The collar's minute begins with a tick, at the price before it: a jump between two minutes is a move too.
    if (now - this.#collarSince >= MINUTE) {
      this.collar = this.quote?.bid ?? bid;
      this.#collarSince = now;
    }
    this.quote = { bid, ask, time_ms, received: now };
    return true;
  }

  /** A jump counts only when the next tick is near it too. */
  #isSpike(bid: bigint): boolean {
    const suspect = this.#suspect;
    this.#suspect = undefined;
    if (!this.quote || !isFar(this.quote.bid, bid)) return false;
    if (suspect !== undefined && !isFar(suspect, bid)) {
      this.#met("tick spike confirmed");
      return false;
    }
    this.#suspect = bid;
    return true;
  }

  accept(intent: OrderIntent, id: string, strategy: number, now: bigint): void {
    const { action, side, volume_microlots: volume } = intent;
    this.orders.set(action, { id, side, strategy, volume, filled: 0n, booked: 0n, final: false, updated_ms: 0n });
    if (action === 1) this.opened = { at: now, side, volume };
  }

  onUpdate(action: number, order: Order, update: OrderUpdate): void {
    order.updated_ms = update.broker_time_ms;
    order.filled = larger(order.filled, update.volume_filled_microlots);
    if (update.final === 0) return;
    if (order.final || order.filled <= order.booked) this.orders.delete(action);
    else this.#met("order waits for deals");
    order.final = true;
    order.volume = order.filled;
  }

  onIntentFill(action: number, order: Order, fill: Fill): void {
    order.booked += fill.volume_microlots;
    if (order.booked >= order.volume) this.orders.delete(action);
  }

  /** A position record as new as the final word holds the deals that an order waited for. */
  onPositionTold(broker_time_ms: bigint): void {
    for (const [action, order] of this.orders)
      if (order.final && broker_time_ms >= order.updated_ms) this.orders.delete(action);
  }
}

const isFar = (from: bigint, to: bigint): boolean =>
  abs(to - from) > SPIKE_POINTS && abs(to - from) * SPIKE_PART > from;
