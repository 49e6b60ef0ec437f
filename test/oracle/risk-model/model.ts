// An independent model of what the core must know and how it must judge, written from the words of docs/risk.md,
// docs/records.md and core-wasm/README.md: it is fed the same journal, input by input, and works out the whole verdict of
// every intent. Bigints, maps and filters, nothing shared with the core; slow, and meant to be read.
import type * as r from "#proto/generated/records.ts";
import { INTENT_ACTION, LINK, TRADING_STATE } from "#proto/records.ts";
import { Account } from "./account.ts";
import { Book } from "./book.ts";
import { type Check, checksOf } from "./checks.ts";
import { Correlations } from "./correlation.ts";
import * as fine from "./inputs.ts";
import { Leave, News, Rate } from "./leave.ts";
import { larger, lesser, MAX, MS, saturate } from "./numbers.ts";
import { portfolioOf } from "./portfolio.ts";
import { Strategies, strategyOf } from "./strategies.ts";

const DEALS_MAX = 256;
const SYMBOLS_MAX = 16;

export interface Verdict {
  readonly accepted: boolean;
  readonly trading_state: number;
  readonly checks: readonly Check[];
  /** The intent is a verified exit. */
  readonly exit: boolean;
}

export class RiskModel {
  readonly books = new Map<number, Book>();
  readonly account = new Account();
  readonly leave = new Leave();
  /** How often each thing was met, for tests of what their streams reach. */
  readonly met = new Map<string, number>();
  now = 0n;
  readonly #limits = new Map<number, r.RiskLimits | "invalid">();
  readonly #strategies = new Strategies();
  readonly #news = new News();
  readonly #rate = new Rate();
  readonly #correlations = new Correlations();
  readonly #deals: bigint[] = [];
  #leaseExpires = 0n;
  #epoch = 0;

  constructor() {
    for (let symbol = 1; symbol <= SYMBOLS_MAX; symbol++) this.books.set(symbol, new Book((what) => this.#meet(what)));
  }

  #meet(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }

  book(symbol: number): Book {
    const book = this.books.get(symbol);
    if (!book) throw new Error(`there is no symbol ${symbol}`);
    return book;
  }

  /** What time alone causes, before the record that brings it. */
  onTime(now: bigint): void {
    this.now = now;
    if (this.account.onTime(now)) {
      this.#meet("new day");
      this.#strategies.onNewDay();
    }
    const mids = [...this.books].flatMap(([symbol, { quote }]): [number, number][] =>
      quote ? [[symbol, Number(quote.bid + quote.ask)]] : [],
    );
    this.#correlations.onTime(now, new Map(mids));
  }

  onTick(tick: r.Tick, symbol: number): void {
    const book = this.book(symbol);
    const first = book.quote === undefined;
    if (!book.onTick(tick, this.now)) return;
    const change = book.mark();
    // The account's equity already holds the profit of positions that had no quote here until now.
    if (first || book.positions.byId.size === 0) return;
    this.account.move(change);
    this.#trip();
  }

  onSpec(spec: r.SymbolSpec, symbol: number): void {
    const book = this.book(symbol);
    book.valid = fine.isSpec(spec);
    if (book.valid) book.spec = spec;
    book.mark();
  }

  onAccount(record: r.Account): void {
    if (this.account.onRecord(record)) this.#trip();
  }

  onPosition(record: r.Position, symbol: number): void {
    const book = this.book(symbol);
    if (!fine.isPosition(record)) {
      book.positions.lose("mismatch");
      return;
    }
    book.positions.onRecord(record);
    book.mark();
    book.onPositionTold(record.broker_time_ms);
  }

  onOrderUpdate(update: r.OrderUpdate): void {
    if (!fine.isUpdate(update)) return;
    const found = this.#findOrder(update.intent_id);
    found?.book.onUpdate(found.action, found.order, update);
  }

  onFill(fill: r.Fill, symbol: number): void {
    const book = this.book(symbol);
    if (!fine.isFill(fill)) book.positions.lose("mismatch");
    else if (this.#deals.includes(fill.deal_ticket)) this.#meet("deal repeated");
    else this.#onNewFill(fill, symbol, book);
  }

  #onNewFill(fill: r.Fill, symbol: number, book: Book): void {
    this.#deals.push(fill.deal_ticket);
    if (this.#deals.length > DEALS_MAX) this.#deals.shift();
    const costs = fill.commission_micros + fill.swap_micros;
    this.account.realised = saturate(this.account.realised + fill.profit_micros + costs);
    const counts = book.positions.onFill(fill);
    const change = book.mark();
    // An account record of that time or later holds the deal. Swap is in the equity since it was charged.
    if (fill.broker_time_ms > this.account.time_ms)
      this.account.move(saturate(fill.commission_micros + (counts ? saturate(fill.profit_micros + change) : 0n)));
    else this.#meet("deal already in the account");
    this.account.countStreak(fill, this.#limitsOf(symbol), this.now);
    this.#strategies.onRealised(strategyOf(fill.magic), fill.profit_micros + costs);
    const found = this.#findOrder(fill.intent_id);
    found?.book.onIntentFill(found.action, found.order, fill);
    this.#trip();
  }

  onLimits(record: r.RiskLimits, symbol: number): void {
    const valid = fine.isLimits(record);
    this.#limits.set(symbol, valid ? record : "invalid");
    if (valid && symbol === 0) this.account.onDayOffset(record.day_start_offset_s, this.now);
    this.#trip();
  }

  onParams(params: r.StrategyParams): void {
    if (fine.isParams(params)) this.#strategies.meet(params.strategy_id & 0x7fff);
  }

  onStrategyLimits(record: r.StrategyLimits): void {
    this.#strategies.onLimits(record, fine.isStrategyLimits(record));
  }

  onCommand(command: r.OperatorCommand): void {
    const what = this.leave.onCommand(command);
    if (what === "released") this.account.peak = this.account.peak === undefined ? undefined : this.account.equity;
  }

  /** Once the exits that a command causes were judged. */
  afterCommand(): void {
    this.#trip();
  }

  onLease(lease: r.Lease): void {
    if (fine.isLease(lease)) this.#leaseExpires = lease.expires_ns;
  }

  /** Another box goes on: what it may open it must be given anew, whatever the limits say. */
  onTakeover({ epoch }: r.Takeover): void {
    if (epoch !== this.#epoch + 1) return;
    this.#epoch = epoch;
    this.#leaseExpires = 1n;
  }

  onNews(window: r.NewsWindow): void {
    if (fine.isNews(window)) this.#news.onRecord(window);
  }

  onLink({ state }: r.Link): void {
    // The terminal now tells all its positions.
    if (state === LINK.syncing) for (const book of this.books.values()) book.positions.unknown = undefined;
  }

  /** The whole verdict of an intent; nothing changes but that its strategy is known from here on. */
  judge(intent: r.OrderIntent, symbol: number): Verdict {
    const book = this.book(symbol);
    const closed = [...book.positions.byId.values()].find(({ ticket }) => ticket === intent.position_ticket);
    const volume = intent.volume_microlots;
    const exit =
      intent.action === INTENT_ACTION.close &&
      closed !== undefined &&
      closed.side !== intent.side &&
      volume <= closed.volume;
    const strategy = strategyOf(intent.magic);
    const known = this.#strategies.meet(strategy);
    const order = { symbol, side: intent.side, volume, strategy };
    const checks = checksOf({
      intent,
      book,
      account: this.account,
      portfolio: portfolioOf(this.books, order, (a, b) => this.#correlations.of(a, b)),
      exit,
      whole: exit && volume === closed.volume,
      limits: this.#limitsOf(symbol),
      tightestLoss: this.#tightest((l) => l.daily_loss_max_micros) ?? MAX,
      tightestDrawdown: this.#tightest((l) => l.drawdown_max_micros) ?? MAX,
      now: this.now,
      state: this.leave.state,
      killed: this.leave.killed,
      leaseExpires: this.#leaseExpires,
      takenOver: this.#epoch > 0,
      toNews: this.#toNews(book),
      lastMinute: this.#rate.within(this.now),
      ordersInFlight: this.ordersInFlight(),
      strategyLoss: known ? saturate(-known.realised) : 0n,
      strategyLimits: this.#strategies.limitsOf(known),
    });
    return { accepted: checks.every(({ result }) => result === 0), trading_state: this.leave.state, checks, exit };
  }

  onAccepted(intent: r.OrderIntent, symbol: number): void {
    this.book(symbol).accept(intent, hex(intent.intent_id), strategyOf(intent.magic), this.now);
    if (intent.action === INTENT_ACTION.open) this.#rate.onOpened(this.now);
  }

  ordersInFlight(): bigint {
    return BigInt([...this.books.values()].reduce((count, { orders }) => count + orders.size, 0));
  }

  /** A symbol's own limits, even when they are out of bounds, or those for all. */
  #limitsOf(symbol: number): r.RiskLimits | undefined {
    const limits = this.#limits.get(symbol) ?? this.#limits.get(0);
    return limits === "invalid" ? undefined : limits;
  }

  #tightest(of: (limits: r.RiskLimits) => bigint): bigint | undefined {
    const all = [...this.#limits.values()].flatMap((limits) => (limits === "invalid" ? [] : [of(limits)]));
    return all.length === 0 ? undefined : all.reduce(lesser);
  }

  #toNews({ spec }: Book): bigint {
    const now = this.now / MS;
    return this.#news.windows
      .filter(({ from_ms, to_ms }) => to_ms > from_ms)
      .filter(({ currency }) => ["", spec?.base_currency, spec?.profit_currency].includes(currency))
      .map(({ from_ms, to_ms }) => larger(0n, larger(from_ms - now, now - to_ms + 1n)))
      .reduce(lesser, MAX);
  }

  #findOrder(intent_id: Uint8Array) {
    const id = hex(intent_id);
    for (const book of this.books.values())
      for (const [action, order] of book.orders) if (order.id === id) return { book, action, order };
    return undefined;
  }

  /** After everything that can change the equity or a limit of it. */
  #trip(): void {
    this.account.follow();
    if (this.leave.state !== TRADING_STATE.active) return;
    const beyond = (loss: bigint | undefined, limit: bigint | undefined): boolean =>
      loss !== undefined && limit !== undefined && loss > limit;
    if (
      beyond(
        this.account.loss(),
        this.#tightest((l) => l.daily_loss_max_micros),
      )
    )
      this.#meet("daily loss trips");
    else if (
      beyond(
        this.account.drawdown(),
        this.#tightest((l) => l.drawdown_max_micros),
      )
    )
      this.#meet("drawdown trips");
    else return;
    this.leave.state = TRADING_STATE.reduce_only;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
