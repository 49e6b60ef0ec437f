// Frames in, records out, once. Doubles become integers, broker time becomes UTC, session numbers of symbols become the
// stream's. What cannot be converted exactly is refused and counted; it never becomes a guess.
import {
  type Account as AccountFrame,
  Account as AccountIn,
  Bars,
  Deals,
  type DealsRow,
  Gap as GapIn,
  Positions,
  type PositionsRow,
  type SymbolSpec as SymbolSpecFrame,
  SymbolSpec as SymbolSpecIn,
  Ticks,
} from "#proto/generated/mtx1.ts";
import { Account, BarHistory, Fill, Gap, Position, SymbolSpec, Tick } from "#proto/generated/records.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import { SYMBOLS_MAX } from "#proto/limits.ts";
import { decodePayload, type Frame } from "#proto/mtx1/frame.ts";
import { eachTick, readTicksHead } from "#proto/mtx1/ticks.ts";
import { viewOf } from "#proto/record.ts";
import { HEADER_BYTES, SLOT_BYTES, SOURCE } from "#proto/records.ts";
import { type Book, type BookOrder, type BookSymbol, newSymbol } from "./book.ts";
import type { BrokerTime } from "./broker-time.ts";
import { allOf, nearestPoints, quotePoints, scaleOf, toAscii, toMicros, writeI64 } from "./convert.ts";
import type { InputGroup } from "./input-group.ts";
import type { StreamTime } from "./stream-time.ts";

const NS_PER_MS = 1_000_000n;
const NO_INTENT = new Uint8Array(16);
const ENTRY = { in: 0, out: 1, inout: 2, out_by: 3 } as const;
const ACTION_OPEN = 1;
/** ENUM_DEAL_REASON: an Expert Advisor's order. Every other is a person's or the server's own. */
const REASON_EXPERT = 3;
const MARGIN_HEDGING = 2;
/** A terminal's first ticks may be looked for this long before its symbol was first told: its clock is not ours. */
const SINCE_MARGIN_MS = 60_000;
/** Year 2115: inside what the core takes as a time. */
const TIME_MS_MAX = 4_600_000_000_000;

export interface DoorCounts {
  ticks: number;
  overlap: number;
  refused: number;
  unknown_symbol: number;
  repeated_deals: number;
  other_deals: number;
  /** Positions and deals of symbols that are not in LOCKSTEP_SYMBOLS; the account's figures hold what they are worth. */
  other_symbols: number;
  /** Frames with ticks or bars of a symbol that another session brings. */
  other_feed: number;
  /** Accounts told before the broker had a time. */
  early_accounts: number;
}

/** What the door knows of one session. */
export interface DoorSession {
  readonly source: number;
  /** The session's symbol numbers. */
  readonly symbols: Map<number, BookSymbol>;
}

const newSession = (source: number): DoorSession => ({ source, symbols: new Map() });

export interface DoorParts {
  readonly book: Book;
  readonly group: InputGroup;
  readonly time: StreamTime;
  readonly brokerTime: BrokerTime;
}

export class Door {
  readonly counts: DoorCounts = {
    ticks: 0,
    overlap: 0,
    refused: 0,
    unknown_symbol: 0,
    repeated_deals: 0,
    other_deals: 0,
    other_feed: 0,
    early_accounts: 0,
    other_symbols: 0,
  };
  /** Its records may follow at once: no tick of it has come. */
  onNewSymbol: (symbol: BookSymbol) => void = () => undefined;
  readonly #book: Book;
  readonly #group: InputGroup;
  readonly #time: StreamTime;
  readonly #brokerTime: BrokerTime;
  /** The session that brings a symbol's specification, ticks and bars, by the symbol's index: the first that told it. */
  readonly #feeds = new Map<number, DoorSession>();
  /** Whose frames are taken now. */
  #session: DoorSession = newSession(SOURCE.terminal);
  /** New symbols of this group, whose records the book has not folded in yet. */
  readonly #fresh = new Map<string, BookSymbol>();
  /** Deals of this group, likewise. */
  readonly #freshDeals = new Set<bigint>();
  /** Positions that this group ends, likewise. */
  readonly #freshGone = new Set<bigint>();
  #hedging = false;

  constructor(parts: DoorParts) {
    this.#book = parts.book;
    this.#group = parts.group;
    this.#time = parts.time;
    this.#brokerTime = parts.brokerTime;
  }

  /** A session begins: its frames come next. What nobody else brings will be sent from the cursors on. */
  onSession(sessionNumber: number): DoorSession {
    this.#session = newSession(SOURCE.terminal | ((sessionNumber & 0xffffff) << 8));
    for (const symbol of this.#book.symbols.values()) if (!this.#feeds.has(symbol.index)) symbol.cursor.onSession();
    return this.#session;
  }

  /** The frames that follow are this session's. */
  select(session: DoorSession): void {
    this.#session = session;
  }

  /** A session is over: nobody brings its symbols now. Returns their indices. */
  onSessionEnd(session: DoorSession): number[] {
    const orphans = [...this.#feeds].flatMap(([index, feeder]) => (feeder === session ? [index] : []));
    for (const index of orphans) this.#feeds.delete(index);
    return orphans;
  }

  /** True when an open session brings this symbol. */
  isFed(name: string): boolean {
    const symbol = this.#symbolNamed(name);
    return symbol !== undefined && this.#feeds.has(symbol.index);
  }

  #symbolNamed(name: string): BookSymbol | undefined {
    return this.#book.symbolOf(name) ?? this.#fresh.get(name);
  }

  /** The group was folded into the book: its new symbols are the book's now, with the cursors the door has moved. */
  onCommitted(): void {
    for (const symbol of this.#fresh.values()) this.#book.adopt(symbol);
    this.#fresh.clear();
    this.#freshDeals.clear();
    this.#freshGone.clear();
  }

  /** A session's number of a symbol of the stream. */
  sessionSymbolId(session: DoorSession, index: number): number | undefined {
    for (const [id, symbol] of session.symbols) if (symbol.index === index) return id;
    return undefined;
  }

  digitsOf(index: number): number {
    return this.#book.bySymbolIndex[index]?.digits ?? 0;
  }

  /**
   * Broker milliseconds from which the EA should send a symbol's ticks: the newest one here; without one, since the symbol
   * was first told, so that none is lost that was told and never became durable; 0 = since the EA's own first hello.
   */
  cursorMsc(name: string): bigint {
    const symbol = this.#book.symbolOf(name);
    if (!symbol) return 0n;
    if (symbol.cursor.ms >= 0) return BigInt(this.#brokerTime.brokerMs(symbol.cursor.ms));
    // A replay's time is that of its ticks: before the first one there is none.
    const sinceMs = this.#time.mode === "wall" ? symbol.sinceMs - SINCE_MARGIN_MS : 0;
    return sinceMs > 0 ? BigInt(this.#brokerTime.brokerMs(sinceMs)) : 0n;
  }

  /** Whether a symbol's past bars are still of use: it has no tick yet. */
  wantsBars(name: string): boolean {
    return (this.#book.symbolOf(name)?.cursor.ms ?? -1) < 0;
  }

  /** Returns false for a frame that makes no records. */
  onFrame(frame: Frame): boolean {
    switch (frame.type) {
      case Ticks.type:
        this.#onTicks(frame.payload);
        return true;
      case Bars.type:
        this.#onBars(frame.payload);
        return true;
      case GapIn.type:
        this.#onGap(frame.payload);
        return true;
      case SymbolSpecIn.type:
        this.#onSpec(decodePayload(SymbolSpecIn, frame.payload));
        return true;
      case AccountIn.type:
        this.#onAccount(decodePayload(AccountIn, frame.payload));
        return true;
      case Positions.type:
        for (const row of decodePayload(Positions, frame.payload).rows) this.#onPosition(row);
        return true;
      case Deals.type:
        for (const row of decodePayload(Deals, frame.payload).rows) this.#onDeal(row);
        return true;
      default:
        return false;
    }
  }

  #symbol(id: number): BookSymbol | undefined {
    const symbol = this.#session.symbols.get(id);
    if (!symbol) this.counts.unknown_symbol++;
    return symbol;
  }

  /** Of a position or a deal: those of symbols that are not the stream's come without a number. */
  #symbolOfBook(id: number): BookSymbol | undefined {
    if (id !== 0) return this.#symbol(id);
    this.counts.other_symbols++;
    return undefined;
  }

  /** The same for what only one session brings, so that nothing is told twice. */
  #fedSymbol(id: number): BookSymbol | undefined {
    const symbol = this.#symbol(id);
    if (!symbol || this.#feeds.get(symbol.index) === this.#session) return symbol;
    this.counts.other_feed++;
    return undefined;
  }

  #meta(symbol: number): { time_ns: bigint; source: number; symbol: number } {
    return { time_ns: this.#time.nowNs(), source: this.#session.source, symbol };
  }

  #onTicks(payload: Uint8Array): void {
    const symbol = this.#fedSymbol(readTicksHead(payload).symbolId);
    if (!symbol) return;
    const scale = scaleOf(symbol.digits);
    let timeNs = this.#time.nowNs();
    eachTick(payload, (brokerMs, flags, bid, ask) => {
      const bidPoints = quotePoints(bid, scale);
      const askPoints = quotePoints(ask, scale);
      const ms = this.#brokerTime.utcMs(brokerMs);
      const spread = (askPoints ?? 0) - (bidPoints ?? 0);
      const sound = bidPoints !== undefined && askPoints !== undefined && spread === (spread | 0);
      if (!sound || !(ms > 0 && ms <= TIME_MS_MAX)) {
        this.counts.refused++;
        return;
      }
      if (symbol.cursor.has(ms, flags, bidPoints, askPoints)) {
        this.counts.overlap++;
        return;
      }
      timeNs = this.#time.onMarketTime(ms);
      this.#putTick(symbol.index, timeNs, { ms, flags, bidPoints, askPoints });
      symbol.cursor.onTick(ms, flags, bidPoints, askPoints);
    });
  }

  #putTick(
    symbol: number,
    timeNs: bigint,
    tick: { ms: number; flags: number; bidPoints: number; askPoints: number },
  ): void {
    const at = this.#group.reserve(SLOT_BYTES);
    const { view } = this.#group;
    this.#group.header(at, { code: Tick.code, length: SLOT_BYTES, timeNs, symbol, source: this.#session.source });
    writeI64(view, at + Tick.offset.broker_time_ms, tick.ms);
    writeI64(view, at + Tick.offset.bid_points, tick.bidPoints);
    writeI64(view, at + Tick.offset.ask_points, tick.askPoints);
    view.setUint32(at + Tick.offset.flags, tick.flags, true);
    view.setInt32(at + Tick.offset.spread_points, tick.askPoints - tick.bidPoints, true);
    this.counts.ticks++;
  }

  /** History only warms the core up: closed bars, each once, and none after the symbol's first tick. */
  #onBars(payload: Uint8Array): void {
    const bars = decodePayload(Bars, payload);
    const symbol = this.#fedSymbol(bars.symbol_id);
    if (!symbol || symbol.cursor.ms >= 0) return;
    const scale = scaleOf(symbol.digits);
    const closed = bars.flags & 1 ? bars.rows.slice(0, -1) : bars.rows;
    const timeframe_s = bars.tf_minutes * 60;
    for (const row of closed) {
      const openMs = this.#brokerTime.utcMs(Number(row.open_time_s) * 1000);
      if (openMs <= (symbol.barMs.get(timeframe_s) ?? -1)) continue;
      const numbers = allOf({
        open_time_ms: Number.isSafeInteger(openMs) ? openMs : undefined,
        open_points: nearestPoints(row.open, scale),
        high_points: nearestPoints(row.high, scale),
        low_points: nearestPoints(row.low, scale),
        close_points: nearestPoints(row.close, scale),
      });
      if (!numbers || row.tick_volume < 0n) {
        this.counts.refused++;
        continue;
      }
      symbol.barMs.set(timeframe_s, openMs);
      const rest = { tick_volume: row.tick_volume, timeframe_s, spread_points: row.spread, score: 0 };
      this.#group.add(BarHistory, this.#meta(symbol.index), { ...numbers, ...rest });
    }
  }

  #onGap(payload: Uint8Array): void {
    const gap = decodePayload(GapIn, payload);
    const symbol = this.#fedSymbol(gap.symbol_id);
    if (!symbol) return;
    this.#group.add(Gap, this.#meta(symbol.index), {
      from_ms: this.#utc(gap.from_msc),
      to_ms: this.#utc(gap.to_msc),
      lost_estimate: gap.est_lost,
      reason: gap.reason,
    });
  }

  #utc(brokerMsc: bigint): bigint {
    return BigInt(this.#brokerTime.utcMs(Number(brokerMsc)));
  }

  #onSpec(frame: SymbolSpecFrame): void {
    const record = specRecord(frame);
    const known = this.#symbolNamed(frame.name);
    if (!record || (!known && this.#book.symbols.size + this.#fresh.size >= SYMBOLS_MAX)) {
      this.counts.refused++;
      return;
    }
    const index = known?.index ?? this.#book.nextSymbolIndex() + this.#fresh.size;
    const bytes = new Uint8Array(SymbolSpec.lengthOf(record));
    SymbolSpec.write(viewOf(bytes), 0, record);
    const payload = hexOf(bytes.subarray(HEADER_BYTES));
    if (known) this.#session.symbols.set(frame.symbol_id, known);
    if (!this.#feeds.has(index)) this.#feeds.set(index, this.#session);
    if (known?.spec === payload || this.#feeds.get(index) !== this.#session) return;
    this.#group.add(SymbolSpec, this.#meta(index), record);
    if (known) return;
    // Ticks of this group may follow before the book folds the record in.
    const symbol = newSymbol({ ...record, index, spec: payload, sinceMs: Number(this.#time.nowNs() / NS_PER_MS) });
    this.#fresh.set(record.name, symbol);
    this.#session.symbols.set(frame.symbol_id, symbol);
    this.onNewSymbol(symbol);
  }

  #onAccount(frame: AccountFrame): void {
    this.#hedging = frame.margin_mode === MARGIN_HEDGING;
    // Before its first quote a terminal has no server time. The account is told again with one; until then it is unknown.
    if (frame.server_ms <= 0n || this.#utc(frame.server_ms) <= 0n) {
      this.counts.early_accounts++;
      return;
    }
    const numbers = allOf({
      balance_micros: toMicros(frame.balance),
      credit_micros: toMicros(frame.credit),
      profit_micros: toMicros(frame.profit),
      equity_micros: toMicros(frame.equity),
      margin_micros: toMicros(frame.margin),
      margin_free_micros: toMicros(frame.margin_free),
    });
    if (!numbers) {
      this.counts.refused++;
      return;
    }
    this.#group.add(Account, this.#meta(0), {
      ...numbers,
      login: frame.login,
      currency: toAscii(frame.currency, 8),
      server_time_ms: this.#utc(frame.server_ms),
      leverage: frame.leverage,
      margin_mode: frame.margin_mode,
      trade_mode: frame.trade_mode,
      permissions: frame.perms,
    });
  }

  #onPosition(row: PositionsRow): void {
    const symbol = this.#symbolOfBook(row.symbol_id);
    if (!symbol) return;
    const scale = scaleOf(symbol.digits);
    const numbers = allOf({
      volume_microlots: toMicros(row.volume),
      open_price_points: nearestPoints(row.open, scale),
      stop_points: nearestPoints(row.sl, scale),
      target_points: nearestPoints(row.tp, scale),
      swap_micros: toMicros(row.swap),
      profit_micros: toMicros(row.profit),
    });
    if (!numbers || row.type > 1) {
      this.counts.refused++;
      return;
    }
    this.#renamed(row);
    this.#group.add(Position, this.#meta(symbol.index), {
      ...numbers,
      ticket: row.ticket,
      identifier: row.identifier,
      magic: row.magic,
      broker_time_ms: this.#utc(row.update_msc || row.time_msc),
      side: row.type,
    });
  }

  /**
   * A netting reversal or a swap re-opening gives a position another ticket under the same identifier, by which the core
   * knows it: the old ticket ends before the new one is told, or its end would be the new one's.
   */
  #renamed({ ticket, identifier }: PositionsRow): void {
    for (const { ticket: old, position } of this.#book.positions.values())
      if (position.identifier === identifier && old !== ticket) this.positionGone(old);
  }

  /** The position is not in the broker's list any more. */
  positionGone(ticket: bigint): void {
    const known = this.#book.positions.get(ticket);
    if (!known || this.#freshGone.has(ticket)) return;
    this.#freshGone.add(ticket);
    const gone = { ...known.position, volume_microlots: 0n, profit_micros: 0n };
    this.#group.add(Position, this.#meta(known.symbol), gone);
  }

  #onDeal(row: DealsRow): void {
    // Balance, credit and the like are no executions; the account's figures carry them.
    if (row.type > 1) {
      this.counts.other_deals++;
      return;
    }
    if (this.#book.hasDeal(row.deal) || this.#freshDeals.has(row.deal)) {
      this.counts.repeated_deals++;
      return;
    }
    const symbol = this.#symbolOfBook(row.symbol_id);
    if (!symbol) return;
    const numbers = allOf({
      volume_microlots: toMicros(row.volume),
      price_points: nearestPoints(row.price, scaleOf(symbol.digits)),
      commission_micros: toMicros(row.commission + row.fee),
      swap_micros: toMicros(row.swap),
      profit_micros: toMicros(row.profit),
    });
    if (!numbers) {
      this.counts.refused++;
      return;
    }
    const order = this.#book.orderByMagic(row.magic);
    const ours = order && this.#causedBy(order, row) ? bytesOf(order.id) : NO_INTENT;
    this.#freshDeals.add(row.deal);
    this.#group.add(Fill, this.#meta(symbol.index), {
      ...numbers,
      intent_id: ours,
      deal_ticket: row.deal,
      order_ticket: row.order,
      position_id: row.position_id,
      magic: row.magic,
      broker_time_ms: this.#utc(row.time_msc),
      side: row.type,
      entry: row.entry,
      reason: row.reason,
    });
  }

  /**
   * A position keeps the magic of the order that opened it: what the server or a person does to it is not that order's
   * fill, nor is a deal of another order's ticket. An opening order closes something only on a netting account, what
   * another hand has opened the other way; a closing one opens nothing.
   */
  #causedBy({ intent, orderTicket }: BookOrder, row: DealsRow): boolean {
    if (row.reason !== REASON_EXPERT || row.entry === ENTRY.out_by) return false;
    if (orderTicket !== 0n && row.order !== 0n && row.order !== orderTicket) return false;
    if (intent.action === ACTION_OPEN) return row.entry === ENTRY.in || !this.#hedging;
    return row.entry !== ENTRY.in;
  }
}

function specRecord(frame: SymbolSpecFrame): SymbolSpec | undefined {
  const scale = scaleOf(frame.digits);
  const numbers = allOf({
    tick_size_points: nearestPoints(frame.tick_size, scale),
    tick_value_micros: toMicros(frame.tick_value),
    contract_size_micros: toMicros(frame.contract_size),
    volume_min_microlots: toMicros(frame.vol_min),
    volume_max_microlots: toMicros(frame.vol_max),
    volume_step_microlots: toMicros(frame.vol_step),
    volume_limit_microlots: toMicros(frame.vol_limit),
  });
  const name = toAscii(frame.name, 16);
  if (!numbers || name !== frame.name || name === "" || numbers.tick_size_points < 1n) return undefined;
  return {
    ...numbers,
    name,
    base_currency: toAscii(frame.base_currency, 8),
    profit_currency: toAscii(frame.profit_currency, 8),
    margin_currency: toAscii(frame.margin_currency, 8),
    stops_level_points: frame.stops_level,
    freeze_level_points: frame.freeze_level,
    digits: frame.digits,
    trade_mode: frame.trade_mode,
    exec_mode: frame.exec_mode,
    filling_bits: frame.filling_bits,
  };
}
