// What the connector must remember of its own journal: symbols and tick cursors, orders that are not final, deals seen,
// positions, configuration in force. A fold of the records, so that after a crash the same fold gives the same book.

import { isConfiguredWindow } from "#proto/configuration/payloads.ts";
import { LockstepError } from "#proto/errors.ts";
import {
  BarHistory,
  BatchSeal,
  CalendarEvent,
  CloudKey,
  CODEC_BY_CODE,
  ConfigChange,
  Fill,
  HEADER_OFFSET,
  Link,
  NewsItem,
  NewsWindow,
  OperatorKey,
  OrderIntent,
  OrderUpdate,
  Position,
  RiskLimits,
  RiskVerdict,
  readHeader,
  StateChange,
  StrategyLimits,
  StrategyParams,
  StreamStart,
  SymbolSpec,
  Tick,
} from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { SYMBOLS_MAX } from "#proto/limits.ts";
import { readI64 } from "#proto/mtx1/ticks.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { HEADER_BYTES, LINK, SOURCE, TRADING_STATE } from "#proto/records.ts";
import { foldKey } from "./book-keys.ts";
import { isAboutModels, ModelBook, type SavedModels } from "./model-book.ts";
import { NewsIds } from "./news.ts";
import { TickCursor } from "./tick-cursor.ts";
import { CalendarTold } from "./told.ts";

/** Deal tickets and finished orders remembered against repeats; a resync never asks further back than days. */
const DEALS_MAX = 65_536;
const FINISHED_MAX = 4_096;
const ID_BYTES = 16;
const KIND_MASK = 0xfff;
const OUTPUT_FROM = 100;

export interface BookSymbol {
  readonly index: number;
  readonly name: string;
  digits: number;
  /** When its first symbol_spec record was made, UTC milliseconds. */
  readonly sinceMs: number;
  /** Base and profit. */
  currencies: readonly string[];
  /** Payload of the last symbol_spec record, hex: a repeated one is not journaled again. */
  spec: string;
  cursor: TickCursor;
  /** Opening time of the newest bar_history record by timeframe. */
  readonly barMs: Map<number, number>;
}

export interface BookOrder {
  readonly id: string;
  readonly intent: OrderIntent;
  readonly symbol: number;
  /** Of the accepting verdict: when this is durable the order may leave. */
  readonly seq: bigint;
  readonly timeNs: bigint;
  filledMicrolots: bigint;
  /** Sum of price times volume, for the average. */
  filledValue: bigint;
  orderTicket: bigint;
  dealTicket: bigint;
  state: number;
  final: boolean;
}

export interface BookPosition {
  readonly ticket: bigint;
  readonly symbol: number;
  readonly position: Position;
}

export interface BookWatch {
  /** False: the caller has moved the cursors already. */
  readonly ticks?: boolean;
  /** An order that may leave once its seq is durable. */
  readonly onAccepted?: (order: BookOrder) => void;
  readonly onFill?: (order: BookOrder) => void;
}

/** A config_change record as journaled. */
export type BookConfigChange = ConfigChange & { readonly seq: bigint; readonly timeNs: bigint };

export class Book {
  readonly symbols = new Map<string, BookSymbol>();
  readonly bySymbolIndex: (BookSymbol | undefined)[] = [undefined];
  /** Accepted by their verdict and not final, by intent id. */
  readonly open = new Map<string, BookOrder>();
  readonly positions = new Map<bigint, BookPosition>();
  /** Payloads of what is in force: limits and parameters by kind name and symbol or strategy (the cloud's limits apart), news windows by id, operators and cloud by their keys. */
  readonly configuration = new Map<string, string>();
  news = new NewsIds();
  told = new CalendarTold();
  streamStart: StreamStart | undefined;
  /** The last one: which document is in force, and who put it there. */
  configChange: BookConfigChange | undefined;
  models = new ModelBook();
  /** TRADING_STATE as the core last said. */
  tradingState: number = TRADING_STATE.active;
  /** Broker time minus UTC, the least of all sessions that were live; undefined = there was none. */
  serverOffsetS: number | undefined;
  sessions = 0;
  lastSeq = 0n;
  /** Time of the last input. */
  lastTimeNs = 0n;
  /** Time of the last record that came from the terminal. */
  lastTerminalNs = 0n;
  refusals = 0;
  /** Records by kind number. */
  readonly #tally: number[] = Array.from({ length: 256 }, () => 0);
  readonly #deals = new Set<bigint>();
  readonly #finished = new Map<string, BookOrder>();
  readonly #byMagic = new Map<bigint, BookOrder>();
  #decided: { intent: OrderIntent; symbol: number; timeNs: bigint } | undefined;

  /** Records by kind name since seq 1. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const codec of CODEC_BY_CODE.values())
      if (codec !== BatchSeal) counts[codec.kind] = this.#tally[codec.code & KIND_MASK] ?? 0;
    return counts;
  }

  hasDeal(ticket: bigint): boolean {
    return this.#deals.has(ticket);
  }

  /** The order of an intent, also when it was final lately. */
  order(id: string): BookOrder | undefined {
    return this.open.get(id) ?? this.#finished.get(id);
  }

  orderByMagic(magic: bigint): BookOrder | undefined {
    return this.#byMagic.get(magic);
  }

  symbolOf(name: string): BookSymbol | undefined {
    return this.symbols.get(name);
  }

  /** Takes over the caller's object for a symbol, with its cursor. */
  adopt(symbol: BookSymbol): void {
    this.symbols.set(symbol.name, symbol);
    this.bySymbolIndex[symbol.index] = symbol;
  }

  /** Index for a symbol's first symbol_spec record. */
  nextSymbolIndex(): number {
    const index = this.bySymbolIndex.length;
    if (index > SYMBOLS_MAX)
      throw new LockstepError("bad_config", `a stream holds ${SYMBOLS_MAX} symbols: list fewer in LOCKSTEP_SYMBOLS`);
    return index;
  }

  /** Folds journaled records in. */
  apply(records: Uint8Array, o: BookWatch = {}): void {
    const view = viewOf(records);
    let last = -1;
    let lastInput = -1;
    let lastOfTerminal = -1;
    walkRecords(records, (at, _length, code) => {
      last = at;
      if ((code & KIND_MASK) < OUTPUT_FROM) lastInput = at;
      if (view.getUint8(at + HEADER_OFFSET.source) === SOURCE.terminal) lastOfTerminal = at;
      // Seals are the journal's own: here they are seen only when it is read back.
      if (code === BatchSeal.code) return;
      this.#tally[code & KIND_MASK] = (this.#tally[code & KIND_MASK] ?? 0) + 1;
      if (code === Tick.code && o.ticks === false) return;
      this.#applyOne(records, view, at, code, o);
    });
    if (last < 0) return;
    this.lastSeq = view.getBigUint64(last + HEADER_OFFSET.seq, true);
    // Outputs bear the time of their cause and stand behind later inputs.
    if (lastInput >= 0) this.lastTimeNs = view.getBigInt64(lastInput + HEADER_OFFSET.time_ns, true);
    if (lastOfTerminal >= 0) this.lastTerminalNs = view.getBigInt64(lastOfTerminal + HEADER_OFFSET.time_ns, true);
  }

  #applyOne(records: Uint8Array, view: DataView, at: number, code: number, watch: BookWatch): void {
    const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
    switch (code) {
      case Tick.code: {
        const o = Tick.offset;
        this.bySymbolIndex[symbol]?.cursor.onTick(
          readI64(view, at + o.broker_time_ms),
          view.getUint32(at + o.flags, true),
          readI64(view, at + o.bid_points),
          readI64(view, at + o.ask_points),
        );
        break;
      }
      case BarHistory.code: {
        const bar = BarHistory.read(view, at);
        this.bySymbolIndex[symbol]?.barMs.set(bar.timeframe_s, Number(bar.open_time_ms));
        break;
      }
      case SymbolSpec.code:
        this.#onSpec(SymbolSpec.read(view, at), {
          index: symbol,
          spec: payloadHex(records, view, at),
          sinceMs: Number(view.getBigInt64(at + HEADER_OFFSET.time_ns, true) / 1_000_000n),
        });
        break;
      case Position.code:
        this.#onPosition(symbol, Position.read(view, at));
        break;
      case OrderIntent.code:
        this.#decided = {
          intent: OrderIntent.read(view, at),
          symbol,
          timeNs: view.getBigInt64(at + HEADER_OFFSET.time_ns, true),
        };
        break;
      case RiskVerdict.code:
        this.#onVerdict(records, view, at, watch);
        break;
      case OrderUpdate.code:
        this.#onUpdate(OrderUpdate.read(view, at));
        break;
      case Fill.code:
        this.#onFill(Fill.read(view, at), watch);
        break;
      case Link.code:
        this.#onLink(Link.read(view, at));
        break;
      case StateChange.code:
        this.tradingState = StateChange.read(view, at).to_state;
        break;
      case StreamStart.code:
        this.streamStart = StreamStart.read(view, at);
        break;
      case RiskLimits.code:
      case StrategyParams.code: {
        const by = view.getUint8(at + HEADER_OFFSET.source) === SOURCE.cloud ? "cloud_" : "";
        this.configuration.set(`${by}${CODEC_BY_CODE.get(code)?.kind}:${symbol}`, payloadHex(records, view, at));
        break;
      }
      case StrategyLimits.code:
        this.configuration.set(
          `strategy_limits:${StrategyLimits.read(view, at).strategy_id}`,
          payloadHex(records, view, at),
        );
        break;
      case NewsWindow.code:
        this.#onNewsWindow(NewsWindow.read(view, at), payloadHex(records, view, at));
        break;
      case ConfigChange.code:
        this.configChange = {
          ...ConfigChange.read(view, at),
          seq: view.getBigUint64(at, true),
          timeNs: view.getBigInt64(at + HEADER_OFFSET.time_ns, true),
        };
        break;
      case OperatorKey.code:
      case CloudKey.code:
        foldKey(this.configuration, view, at, code);
        break;
      case NewsItem.code:
        this.news.onRecord(NewsItem.read(view, at));
        break;
      case CalendarEvent.code:
        this.told.onEvent(CalendarEvent.read(view, at));
        break;
      default:
        if (isAboutModels(code)) this.models.onRecord(view, at, code);
    }
  }

  /** Of the calendar, or of a configuration: each takes back only its own. */
  #onNewsWindow(window: NewsWindow, payload: string): void {
    const key = `news_window:${window.event_id}`;
    if (!isConfiguredWindow(window)) this.told.onWindow(window);
    else if (window.from_ms < window.to_ms) this.configuration.set(key, payload);
    else this.configuration.delete(key);
  }

  #onLink(link: Link): void {
    this.sessions = Math.max(this.sessions, Number(link.session_id));
    if (link.state === LINK.live)
      this.serverOffsetS = Math.min(this.serverOffsetS ?? link.server_offset_s, link.server_offset_s);
  }

  #onSpec(spec: SymbolSpec, o: { index: number; spec: string; sinceMs: number }): void {
    const known = this.symbols.get(spec.name);
    if (known) {
      known.digits = spec.digits;
      known.currencies = currenciesOf(spec);
      known.spec = o.spec;
      return;
    }
    this.adopt(newSymbol({ ...spec, ...o }));
  }

  #onPosition(symbol: number, position: Position): void {
    if (position.volume_microlots === 0n) this.positions.delete(position.ticket);
    else this.positions.set(position.ticket, { ticket: position.ticket, symbol, position });
  }

  /** Read in place: an order waits for it, and its checks are not looked at here. */
  #onVerdict(records: Uint8Array, view: DataView, at: number, watch: BookWatch): void {
    const { offset } = RiskVerdict;
    const decided = this.#decided;
    this.#decided = undefined;
    if (view.getUint8(at + offset.accepted) !== 1) {
      this.refusals++;
      return;
    }
    const id = hexOf(records.subarray(at + offset.intent_id, at + offset.intent_id + ID_BYTES));
    const seq = view.getBigUint64(at + HEADER_OFFSET.seq, true);
    if (decided === undefined || hexOf(decided.intent.intent_id) !== id) return;
    const order: BookOrder = {
      id,
      ...decided,
      seq,
      filledMicrolots: 0n,
      filledValue: 0n,
      orderTicket: 0n,
      dealTicket: 0n,
      state: 0,
      final: false,
    };
    this.open.set(id, order);
    this.#byMagic.set(order.intent.magic, order);
    watch.onAccepted?.(order);
  }

  #onUpdate(update: OrderUpdate): void {
    const order = this.order(hexOf(update.intent_id));
    if (!order) return;
    order.state = update.state;
    if (update.order_ticket !== 0n) order.orderTicket = update.order_ticket;
    if (update.deal_ticket !== 0n) order.dealTicket = update.deal_ticket;
    if (update.final !== 1 || order.final) return;
    order.final = true;
    this.open.delete(order.id);
    this.#finished.set(order.id, order);
    if (this.#finished.size > FINISHED_MAX) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [id, order] of this.#finished) {
      this.#finished.delete(id);
      this.#byMagic.delete(order.intent.magic);
      return;
    }
  }

  #onFill(fill: Fill, watch: BookWatch): void {
    this.#deals.add(fill.deal_ticket);
    if (this.#deals.size > DEALS_MAX) for (const oldest of this.#deals) if (this.#deals.delete(oldest)) break;
    const order = this.order(hexOf(fill.intent_id));
    if (!order) return;
    order.filledMicrolots += fill.volume_microlots;
    order.filledValue += fill.volume_microlots * fill.price_points;
    order.dealTicket = fill.deal_ticket;
    if (fill.order_ticket !== 0n) order.orderTicket = fill.order_ticket;
    watch.onFill?.(order);
  }

  /** Everything, for a snapshot file; `restore` is its inverse. */
  save(): string {
    return JSON.stringify(
      {
        symbols: [...this.symbols.values()].map((s) => ({ ...s, barMs: [...s.barMs] })),
        orders: [...this.#finished.values(), ...this.open.values()],
        positions: [...this.positions.values()],
        deals: [...this.#deals],
        tally: [...this.#tally],
        configuration: [...this.configuration],
        news: this.news.list(),
        told: this.told,
        streamStart: this.streamStart,
        configChange: this.configChange,
        models: this.models.save(),
        tradingState: this.tradingState,
        serverOffsetS: this.serverOffsetS,
        sessions: this.sessions,
        lastSeq: this.lastSeq,
        lastTimeNs: this.lastTimeNs,
        lastTerminalNs: this.lastTerminalNs,
        refusals: this.refusals,
      },
      tagged,
    );
  }

  static restore(saved: string): Book {
    const from = JSON.parse(saved, untagged) as SavedBook;
    const book = new Book();
    for (const s of from.symbols) {
      const symbol: BookSymbol = { ...s, cursor: TickCursor.from(s.cursor), barMs: new Map(s.barMs) };
      book.adopt(symbol);
    }
    for (const order of from.orders) {
      (order.final ? book.#finished : book.open).set(order.id, order);
      book.#byMagic.set(order.intent.magic, order);
    }
    for (const position of from.positions) book.positions.set(position.ticket, position);
    for (const deal of from.deals) book.#deals.add(deal);
    for (const [key, payload] of from.configuration) book.configuration.set(key, payload);
    book.news = new NewsIds(from.news);
    book.told = new CalendarTold(from.told);
    from.tally.forEach((count, kind) => {
      book.#tally[kind] = count;
    });
    book.streamStart = from.streamStart;
    book.configChange = from.configChange;
    book.models = ModelBook.from(from.models);
    book.tradingState = from.tradingState;
    book.serverOffsetS = from.serverOffsetS;
    book.sessions = from.sessions;
    book.lastSeq = from.lastSeq;
    book.lastTimeNs = from.lastTimeNs;
    book.lastTerminalNs = from.lastTerminalNs;
    book.refusals = from.refusals;
    return book;
  }
}

const currenciesOf = (spec: Pick<SymbolSpec, "base_currency" | "profit_currency">): string[] => [
  spec.base_currency,
  spec.profit_currency,
];

export const newSymbol = (
  o: Pick<SymbolSpec, "name" | "digits" | "base_currency" | "profit_currency"> & {
    index: number;
    spec: string;
    sinceMs: number;
  },
): BookSymbol => ({
  index: o.index,
  name: o.name,
  sinceMs: o.sinceMs,
  digits: o.digits,
  currencies: currenciesOf(o),
  spec: o.spec,
  cursor: new TickCursor(),
  barMs: new Map(),
});

interface SavedBook {
  symbols: (Omit<BookSymbol, "cursor" | "barMs"> & {
    cursor: { ms: number; rows: number[] };
    barMs: [number, number][];
  })[];
  orders: BookOrder[];
  positions: BookPosition[];
  deals: bigint[];
  tally: number[];
  configuration: [string, string][];
  /** Absent in a snapshot from before there was news. */
  news?: string[];
  /** Likewise, of the calendar. */
  told?: { events: CalendarEvent[]; windows: NewsWindow[] };
  streamStart: StreamStart | undefined;
  /** Absent where no configuration was put into force yet. */
  configChange?: BookConfigChange;
  models: SavedModels;
  tradingState: number;
  serverOffsetS: number | undefined;
  sessions: number;
  lastSeq: bigint;
  lastTimeNs: bigint;
  lastTerminalNs: bigint;
  refusals: number;
}

const payloadHex = (records: Uint8Array, view: DataView, at: number): string =>
  hexOf(records.subarray(at + HEADER_BYTES, at + readHeader(view, at).length));

function tagged(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { $n: value.toString() };
  if (value instanceof Uint8Array) return { $b: hexOf(value) };
  return value;
}

function untagged(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { $n, $b } = value as { $n?: unknown; $b?: unknown };
  if (typeof $n === "string") return BigInt($n);
  if (typeof $b === "string") return Uint8Array.from($b.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return value;
}
