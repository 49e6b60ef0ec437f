// The simulated trade server: account, positions, executions. A pure machine on market time: requests come in with
// `submit`, time and prices with `advanceTo` and `onTick`, everything it tells the terminal goes to `events`.
// Guarantees: the positions are the sum of the deals; equity = balance + floating; same seed and inputs, same events.
import { assert } from "#proto/errors.ts";
import { floatingMicros, PositionBook, toCents } from "./book.ts";
import {
  type BrokerEvent,
  type BrokerFaults,
  type BrokerState,
  BUY,
  type Deal,
  FILLING,
  MARGIN_MODE,
  ORDER_STATUS,
  type Order,
  type PendingRequest,
  type Position,
  REASON,
  RETCODE,
  type RequestResult,
  SELL,
  type Side,
  type TradeRequest,
} from "./broker-types.ts";
import { SeededRandom } from "./random.ts";
import { checkRequest } from "./request-checks.ts";
import { MICRO, marginMicros, type SymbolSpec } from "./specs.ts";
import type { MarketTick } from "./tick.ts";

/** Median time from the EA to an execution, market milliseconds; log-normal about it. */
const LATENCY_MEDIAN_MS = 40;
const LATENCY_SIGMA = 0.5;
/** The rest of a partial fill comes this much later. */
const REMAINDER_MS = 250;
/** Below this margin level the worst position is closed. */
const STOP_OUT_LEVEL = 0.5;
/** Deals and history orders kept for reconciliation. */
const HISTORY_MAX = 20_000;

export interface BrokerOptions {
  readonly specs: readonly SymbolSpec[];
  readonly seed: number;
  readonly marginMode: number;
  readonly leverage: number;
  readonly balanceMicros: number;
  readonly faults: BrokerFaults;
}

export interface Quote {
  readonly bid: number;
  readonly ask: number;
}

export interface AccountFigures {
  readonly balance: number;
  readonly profit: number;
  readonly equity: number;
  readonly margin: number;
}

interface Terms {
  readonly order: Order;
  readonly volume: number;
  readonly price: number;
  readonly closes: number;
}

export class Broker {
  /** To be taken and emptied by the terminal. */
  readonly events: BrokerEvent[] = [];
  readonly deals: Deal[] = [];
  readonly historyOrders: Order[] = [];
  readonly orders = new Map<number, Order>();
  readonly options: BrokerOptions;
  private readonly book: PositionBook;
  private readonly specs: ReadonlyMap<string, SymbolSpec>;
  private readonly quotes = new Map<string, Quote>();
  private readonly random: SeededRandom;
  private pending: PendingRequest[] = [];
  private nextTicket = 1_000_001;
  private balance: number;
  private time = 0;

  constructor(options: BrokerOptions) {
    this.options = options;
    this.book = new PositionBook(options.marginMode);
    this.specs = new Map(options.specs.map((spec) => [spec.name, spec]));
    this.random = new SeededRandom(options.seed, "broker");
    this.balance = options.balanceMicros;
  }

  /** Market time: the latest moment that the server has lived through. */
  get now(): number {
    return this.time;
  }

  /** Something is on its way that will still cause events. */
  get busy(): boolean {
    return this.pending.length > 0;
  }

  /** The latest moment at which something on its way falls due, or undefined. */
  get lastDue(): number | undefined {
    return this.pending.at(-1)?.due;
  }

  get positions(): readonly Readonly<Position>[] {
    return [...this.book.positions.values()];
  }

  quote(symbol: string): Quote | undefined {
    return this.quotes.get(symbol);
  }

  spec(symbol: string): SymbolSpec | undefined {
    return this.specs.get(symbol);
  }

  /** Hands a request to the server, which gets to it after a latency of its own. */
  submit(request: TradeRequest, atMs: number): void {
    const latency = Math.ceil(LATENCY_MEDIAN_MS * Math.exp(LATENCY_SIGMA * this.random.normal()));
    this.schedule({ due: Math.max(atMs, this.time) + latency, order: request.request_id, request, remainderOf: 0 });
  }

  advanceTo(timeMs: number): void {
    for (let first = this.pending[0]; first && first.due <= timeMs; first = this.pending[0]) {
      this.pending.shift();
      this.time = Math.max(this.time, first.due);
      if (first.remainderOf === 0) this.execute(first.request);
      else this.fillRemainder(first);
    }
    this.time = Math.max(this.time, timeMs);
  }

  onTick(tick: MarketTick): void {
    this.advanceTo(tick.time_ms);
    this.quotes.set(tick.symbol, { bid: tick.bid, ask: tick.ask });
    if (this.book.positions.size === 0) return;
    for (const position of this.book.of(tick.symbol)) this.trigger(position);
    this.stopOut();
  }

  /** A quote of the past, for a server that has lived through it before: nothing is triggered. */
  seeQuote(tick: MarketTick): void {
    this.quotes.set(tick.symbol, { bid: tick.bid, ask: tick.ask });
  }

  account(): AccountFigures {
    let profit = 0;
    let margin = 0;
    for (const position of this.book.positions.values()) {
      profit += this.floating(position);
      margin += this.marginOf(position.symbol, position.volume);
    }
    return { balance: this.balance, profit, equity: this.balance + profit, margin };
  }

  floating(position: Readonly<Position>): number {
    const quote = this.quotes.get(position.symbol);
    if (!quote) return 0;
    return floatingMicros(this.specOf(position.symbol), position, position.side === BUY ? quote.bid : quote.ask);
  }

  /** Orders and deals that carry a magic: what an EA that has lost its memory looks for. */
  findByMagic(magic: string): { order: Order | undefined; deals: Deal[] } {
    const mine = (order: Order): boolean => order.magic === magic && order.reason === REASON.expert;
    return {
      order: [...this.orders.values()].find(mine) ?? this.historyOrders.findLast(mine),
      deals: this.deals.filter((deal) => deal.magic === magic && deal.reason === REASON.expert),
    };
  }

  state(): BrokerState {
    return {
      now: this.time,
      balance: this.balance,
      nextTicket: this.nextTicket,
      positions: this.positions,
      orders: [...this.orders.values()],
      pending: this.pending,
      random: this.random.state(),
    };
  }

  restore(state: BrokerState, deals: readonly Deal[], historyOrders: readonly Order[]): void {
    assert(this.time === 0, "only a new server takes an old one's place");
    this.time = state.now;
    this.balance = state.balance;
    this.nextTicket = state.nextTicket;
    for (const position of state.positions) this.book.positions.set(position.ticket, { ...position });
    for (const order of state.orders) this.orders.set(order.ticket, { ...order });
    this.pending = state.pending.map((item) => ({ ...item }));
    this.random.restore(state.random);
    this.deals.push(...deals);
    this.historyOrders.push(...historyOrders);
  }

  private specOf(symbol: string): SymbolSpec {
    const spec = this.specs.get(symbol);
    assert(spec !== undefined, `a position or order has a known symbol, not ${symbol}`);
    return spec;
  }

  private marginOf(symbol: string, volume: number): number {
    const at = this.quotes.get(symbol)?.ask ?? 0;
    return marginMicros({ spec: this.specOf(symbol), microlots: volume, at, leverage: this.options.leverage });
  }

  private schedule(item: PendingRequest): void {
    const after = this.pending.findIndex(({ due }) => due > item.due);
    this.pending.splice(after < 0 ? this.pending.length : after, 0, item);
  }

  private execute(request: TradeRequest): void {
    const { faults } = this.options;
    // Drawn for every request alike, so that one fault's rate does not move the others.
    const dice = [1, 2, 3, 4, 5, 6].map(() => this.random.uniform()) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const timedOut = dice[2] < faults.timeout;
    const refusal =
      this.checked(request) ??
      (dice[0] < faults.reject ? RETCODE.reject : undefined) ??
      (dice[1] < faults.requote ? RETCODE.requote : undefined) ??
      // By the same dice from their other end: with both at work the sum of the rates counts.
      (1 - dice[0] < faults.closed ? RETCODE.market_closed : undefined) ??
      (1 - dice[1] < faults.stops ? RETCODE.invalid_stops : undefined) ??
      (timedOut && dice[5] < 0.5 ? RETCODE.timeout : undefined);
    const silent = dice[3] < faults.lost ? ("lost" as const) : timedOut ? ("timeout" as const) : undefined;
    if (refusal !== undefined) this.answer(request, { retcode: refusal });
    else if (request.action === "protect") this.protect(request, timedOut);
    else this.fillMarket(request, { partial: dice[4] < faults.partial, silent });
  }

  /** The answer to a request that goes no further: refused, or only to be checked. */
  private checked(request: TradeRequest): number | undefined {
    const refusal = checkRequest(request, {
      spec: this.specs.get(request.symbol),
      quote: this.quotes.get(request.symbol),
      positions: this.book.of(request.symbol),
      hedging: this.options.marginMode === MARGIN_MODE.hedging,
      marginFree: () => this.account().equity - this.account().margin,
      marginOf: (volume) => this.marginOf(request.symbol, volume),
    });
    return refusal !== 0 || request.action === "check" ? refusal : undefined;
  }

  private answer(request: TradeRequest, result: Partial<RequestResult> & { retcode: number }): void {
    const { bid, ask } = this.quotes.get(request.symbol) ?? { bid: 0, ask: 0 };
    this.events.push({
      kind: "result",
      result: {
        request_id: request.request_id,
        order: 0,
        deal: 0,
        volume: 0,
        price: 0,
        bid,
        ask,
        final: true,
        comment: "",
        ...result,
      },
    });
  }

  private protect(request: TradeRequest, timedOut: boolean): void {
    const position = this.book.positions.get(request.position);
    assert(position !== undefined, "checked before");
    position.stop = request.stop;
    position.target = request.target;
    position.update_ms = this.time;
    this.events.push({ kind: "position", position: { ...position }, byDeal: false });
    this.answer(request, { retcode: timedOut ? RETCODE.timeout : RETCODE.done });
  }

  private fillMarket(
    request: TradeRequest,
    { partial, silent }: { partial: boolean; silent: "lost" | "timeout" | undefined },
  ): void {
    const volume = partial ? this.partOf(request) : request.volume;
    if (volume < request.volume && request.filling === FILLING.fok) {
      this.answer(request, { retcode: RETCODE.reject, comment: "not all of it at once" });
      return;
    }
    const price = this.executionPrice(request.symbol, request.side);
    const order = this.newOrder({ ...request, price, reason: REASON.expert });
    const works = volume < request.volume && request.filling === FILLING.return;
    const deal = this.bookExecution(
      { order, volume, price, closes: request.position },
      { closing: request.position !== 0, works },
    );
    if (works)
      this.schedule({ due: this.time + REMAINDER_MS, order: order.ticket, request, remainderOf: order.ticket });
    if (silent === "lost") return;
    const retcode =
      silent === "timeout" ? RETCODE.timeout : volume < request.volume ? RETCODE.done_partial : RETCODE.done;
    this.answer(request, { retcode, order: order.ticket, deal: deal.deal, volume, price, final: !works });
  }

  private fillRemainder({ request, remainderOf }: PendingRequest): void {
    const order = this.orders.get(remainderOf);
    if (!order) return;
    const position = request.position === 0 ? undefined : this.book.positions.get(request.position);
    const gone = request.position !== 0 && (position?.volume ?? 0) < order.remaining;
    if (gone) {
      this.finish(order, ORDER_STATUS.canceled);
      this.answer(request, { retcode: RETCODE.done_partial, order: order.ticket });
      return;
    }
    const volume = order.remaining;
    const price = this.executionPrice(order.symbol, order.side);
    const deal = this.bookExecution(
      { order, volume, price, closes: request.position },
      { closing: false, works: false },
    );
    this.answer(request, { retcode: RETCODE.done, order: order.ticket, deal: deal.deal, volume, price });
  }

  /** A part on the volume grid: at least the least volume, less than all; all when it can not be divided. */
  private partOf({ symbol, volume }: TradeRequest): number {
    const { volume_step, volume_min } = this.specOf(symbol);
    const steps = Math.floor(volume / volume_step);
    const least = Math.ceil(volume_min / volume_step);
    if (steps <= least) return volume;
    return (least + this.random.below(steps - least)) * volume_step;
  }

  /** Mostly the quote itself; sometimes worse, seldom better, in proportion to the spread. */
  private executionPrice(symbol: string, side: Side): number {
    const quote = this.quotes.get(symbol);
    assert(quote !== undefined, "nothing is executed without a quote");
    const draw = this.random.uniform();
    const scale = Math.abs(this.random.normal()) * 0.2 * (quote.ask - quote.bid);
    const slip = draw < 0.6 ? 0 : draw < 0.9 ? scale : -scale / 2;
    const grid = this.specOf(symbol).tick_size_points;
    const signed = Math.round(slip / grid) * grid;
    return Math.max(grid, side === BUY ? quote.ask + signed : quote.bid - signed);
  }

  private newOrder(o: Omit<TradeRequest, "request_id" | "action"> & { price: number; reason: number }): Order {
    const order: Order = {
      ticket: this.nextTicket++,
      symbol: o.symbol,
      side: o.side,
      volume: o.volume,
      remaining: o.volume,
      state: ORDER_STATUS.placed,
      filling: o.filling,
      reason: o.reason,
      stop: o.stop,
      target: o.target,
      price: o.price,
      position_id: 0,
      magic: o.magic,
      comment: o.comment,
      setup_ms: this.time,
      done_ms: 0,
    };
    this.orders.set(order.ticket, order);
    this.events.push({ kind: "order", change: "add", order: { ...order } });
    return order;
  }

  /** Books one execution of an order and tells of it in one of the two usual orders of transactions. */
  private bookExecution(terms: Terms, { closing, works }: { closing: boolean; works: boolean }): Deal {
    const added = this.events.length;
    const { order } = terms;
    const { deal, position } = this.enterDeal(terms);
    order.remaining -= terms.volume;
    const tellDeal = (): void => {
      this.events.push({ kind: "deal", deal }, { kind: "position", position: { ...position }, byDeal: true });
    };
    if (!closing) tellDeal();
    if (works) {
      order.state = ORDER_STATUS.partial;
      this.events.push({ kind: "order", change: "update", order: { ...order } });
    } else this.finish(order, order.remaining === 0 ? ORDER_STATUS.filled : ORDER_STATUS.canceled);
    if (closing) tellDeal();
    if (this.random.chance(this.options.faults.shuffle)) this.shuffleFrom(added);
    return deal;
  }

  private enterDeal({ order, volume, price, closes }: Terms): { deal: Deal; position: Position } {
    const spec = this.specOf(order.symbol);
    const { side, magic, comment, stop, target } = order;
    const execution = { spec, side, volume, price, order: order.ticket, closes, magic, comment, stop, target };
    const { entry, profit, position } = this.book.apply({ ...execution, timeMs: this.time });
    const commission = -toCents((spec.commission_micros * volume) / MICRO);
    order.position_id = position.identifier;
    const deal: Deal = {
      deal: this.nextTicket++,
      order: order.ticket,
      position_id: position.identifier,
      symbol: order.symbol,
      side,
      entry,
      volume,
      price,
      commission,
      profit,
      magic,
      time_ms: this.time,
      reason: order.reason,
      comment,
      stop,
      target,
    };
    this.balance += profit + commission;
    keep(this.deals, deal);
    return { deal, position };
  }

  private finish(order: Order, state: number): void {
    order.state = state;
    order.done_ms = this.time;
    this.orders.delete(order.ticket);
    keep(this.historyOrders, order);
    this.events.push({ kind: "order", change: "delete", order: { ...order } });
    this.events.push({ kind: "order", change: "history", order: { ...order } });
  }

  /** MT5 does not promise the order of transactions; a position is told after its deal all the same. */
  private shuffleFrom(start: number): void {
    const groups: BrokerEvent[][] = [];
    for (const event of this.events.splice(start)) {
      if (event.kind === "position") groups.at(-1)?.push(event);
      else groups.push([event]);
    }
    for (let i = groups.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1);
      [groups[i], groups[j]] = [groups[j] ?? [], groups[i] ?? []];
    }
    this.events.push(...groups.flat());
  }

  /** Stops and targets live at the server: they go off whether or not anyone is connected. */
  private trigger(position: Position): void {
    const quote = this.quotes.get(position.symbol);
    if (!quote) return;
    const long = position.side === BUY;
    const price = long ? quote.bid : quote.ask;
    const beyond = (level: number, below: boolean): boolean => level !== 0 && (below ? price <= level : price >= level);
    if (beyond(position.stop, long)) this.closeAtServer(position, price, REASON.stop);
    else if (beyond(position.target, !long)) this.closeAtServer(position, position.target, REASON.target);
  }

  private closeAtServer(position: Position, price: number, reason: number): void {
    const names: Record<number, string> = { [REASON.stop]: "sl", [REASON.target]: "tp", [REASON.stop_out]: "so" };
    const order = this.newOrder({
      symbol: position.symbol,
      side: position.side === BUY ? SELL : BUY,
      volume: position.volume,
      stop: 0,
      target: 0,
      filling: FILLING.return,
      position: position.ticket,
      magic: position.magic,
      comment: `[${names[reason]} ${(price / 10 ** this.specOf(position.symbol).digits).toFixed(this.specOf(position.symbol).digits)}]`,
      price,
      reason,
    });
    this.bookExecution(
      { order, volume: position.volume, price, closes: position.ticket },
      { closing: true, works: false },
    );
  }

  private stopOut(): void {
    for (;;) {
      const { equity, margin } = this.account();
      if (margin === 0 || equity >= margin * STOP_OUT_LEVEL) return;
      const worst = this.positions.reduce((a, b) => (this.floating(a) <= this.floating(b) ? a : b));
      const quote = this.quotes.get(worst.symbol);
      const position = this.book.positions.get(worst.ticket);
      if (!quote || !position) return;
      this.closeAtServer(position, worst.side === BUY ? quote.bid : quote.ask, REASON.stop_out);
    }
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > HISTORY_MAX) list.splice(0, list.length - HISTORY_MAX);
}
