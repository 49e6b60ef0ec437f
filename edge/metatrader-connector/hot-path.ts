// From records to orders: inputs are journaled, decided, their outputs journaled behind them, and an accepted order is
// handed on when both are durable, never before. Everything here is synchronous; the journal's one asynchronous sync is
// the only wait between a tick and its order.
import { LockstepError } from "#proto/errors.ts";
import { OrderUpdate } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { SOURCE, TRADING_STATE } from "#proto/records.ts";
import type { Book, BookOrder } from "./book.ts";
import type { BrokerTime } from "./broker-time.ts";
import { Door } from "./door.ts";
import { InputGroup } from "./input-group.ts";
import { type OrderEffect, type OrderNow, type OrderOutcome, Orders } from "./orders.ts";
import type { StreamTime } from "./stream-time.ts";

export interface JournalPort {
  readonly lastSeq: bigint;
  readonly durableSeq: bigint;
  append(records: Uint8Array): bigint;
}

export interface CorePort {
  apply(inputs: Uint8Array): Uint8Array;
}

export interface HotPathParts {
  readonly journal: JournalPort;
  readonly core: CorePort;
  readonly book: Book;
  readonly time: StreamTime;
  readonly brokerTime: BrokerTime;
  /** Slots of one apply; GROUP_SLOTS when absent. */
  readonly groupSlots?: number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Orders to send and ids to ask for; only called while a session is live. */
  readonly onOrders: (effects: readonly OrderEffect[]) => void;
  /** The journal or the core has failed: nothing is decided any more. Called once. */
  readonly onFailure: (error: LockstepError) => void;
}

interface Codec<T> {
  readonly code: number;
  lengthOf(v: T): number;
  write(view: DataView, at: number, v: T): void;
}

export class HotPath {
  readonly orders = new Orders();
  readonly door: Door;
  readonly book: Book;
  readonly time: StreamTime;
  readonly #group: InputGroup;
  readonly #journal: JournalPort;
  readonly #core: CorePort;
  readonly #nowMs: () => number;
  readonly #onOrders: (effects: readonly OrderEffect[]) => void;
  readonly #onFailure: (error: LockstepError) => void;
  /** Why nothing is decided any more. */
  failure: LockstepError | undefined;
  /** Largest group decided, and how many. */
  groups = 0;

  constructor(parts: HotPathParts) {
    this.book = parts.book;
    this.time = parts.time;
    this.#journal = parts.journal;
    this.#core = parts.core;
    this.#nowMs = parts.nowMs;
    this.#onOrders = parts.onOrders;
    this.#onFailure = parts.onFailure;
    this.#group = new InputGroup(() => this.#commitGroup(), parts.groupSlots);
    const { book, time, brokerTime } = parts;
    this.door = new Door({ book, group: this.#group, time, brokerTime });
    this.orders.mayOpen = book.tradingState === TRADING_STATE.active;
    for (const order of book.open.values()) this.orders.onRecovered(order, this.now());
  }

  now(): OrderNow {
    return { ms: this.#nowMs(), ns: this.time.nowNs() - this.time.leadNs };
  }

  /** One input that is not the door's; it is decided with the next commit. */
  add<T>(codec: Codec<T>, o: { source: number; symbol?: number }, payload: T): void {
    this.#group.add(codec, { time_ns: this.time.nowNs(), source: o.source, symbol: o.symbol ?? 0 }, payload);
  }

  /** Inputs as whole records that must lie in one batch. */
  addWhole(records: Uint8Array): void {
    this.#group.addWhole(records);
  }

  /** Journals and decides everything added so far, and what follows from it. */
  commit(): void {
    while (this.#group.usedBytes > 0) this.#commitGroup();
  }

  #commitGroup(): void {
    const inputs = this.#group.take();
    if (inputs.length === 0 || this.failure) return;
    try {
      this.#journal.append(inputs);
      const outputs = this.#core.apply(inputs);
      if (outputs.length > 0) this.#journal.append(outputs);
      this.#fold(inputs, outputs);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.fail(error);
    }
    this.groups++;
  }

  #fold(inputs: Uint8Array, outputs: Uint8Array): void {
    const filled: BookOrder[] = [];
    this.book.apply(inputs, { ticks: false, onFill: (order) => filled.push(order) });
    this.door.onCommitted();
    if (outputs.length > 0)
      this.book.apply(outputs, { onAccepted: (order) => this.orders.onAccepted(order, this.now()) });
    this.orders.mayOpen = this.book.tradingState === TRADING_STATE.active;
    for (const order of filled) this.onOrderEffects(this.orders.onFill(order, this.now()));
  }

  /** The journal said so; orders that waited for it leave now. */
  onDurable(seq: bigint): void {
    if (this.failure || this.orders.size === 0) return;
    this.onOrderEffects(this.orders.onDurable(seq, this.now()));
    this.commit();
  }

  /** Updates become records of the next commit; the rest goes to the session. */
  onOrderEffects(effects: readonly OrderEffect[]): void {
    if (effects.length === 0 || this.failure) return;
    const outgoing: OrderEffect[] = [];
    for (const effect of effects) {
      if (effect.do === "update") this.#update(effect.order, effect.outcome);
      else outgoing.push(effect);
    }
    if (outgoing.length > 0) this.#onOrders(outgoing);
  }

  #update(order: BookOrder, outcome: OrderOutcome): void {
    const { filledMicrolots, filledValue, intent } = order;
    const rest = intent.volume_microlots - filledMicrolots;
    const timeNs = this.time.nowNs();
    this.#group.add(
      OrderUpdate,
      { time_ns: timeNs, source: SOURCE.edge, symbol: order.symbol },
      {
        intent_id: bytesOf(order.id),
        order_ticket: outcome.orderTicket || order.orderTicket,
        deal_ticket: outcome.dealTicket || order.dealTicket,
        volume_filled_microlots: filledMicrolots,
        volume_remaining_microlots: outcome.final || rest < 0n ? 0n : rest,
        price_points: filledMicrolots > 0n ? filledValue / filledMicrolots : 0n,
        broker_time_ms: timeNs / 1_000_000n,
        retcode: outcome.retcode,
        state: outcome.state,
        final: outcome.final ? 1 : 0,
      },
    );
  }

  fail(error: LockstepError): void {
    if (this.failure) return;
    this.failure = error;
    this.#onFailure(error);
  }

  get lastSeq(): bigint {
    return this.#journal.lastSeq;
  }

  get durableSeq(): bigint {
    return this.#journal.durableSeq;
  }
}
