// Generated from proto/records.ts by `npm run generate`. Do not edit.
import { readAscii, readBytes, readGroup, writeAscii, writeBytes } from "../binary.ts";

/** The first 32 bytes of each record. */
export interface Header {
  /** position in the stream, gapless from 1; 0 while not yet journaled */
  readonly seq: bigint;
  /** UTC in nanoseconds, assigned by the edge, never decreasing */
  readonly time_ns: bigint;
  /** kind number (bits 0-11) and layout version (bits 12-15) */
  readonly kind: number;
  /** index into the stream's symbol table, 0 = none */
  readonly symbol: number;
  /** whole record in bytes, a multiple of 64 */
  readonly length: number;
  /** who caused it: low 8 bits the class (SOURCE), high 24 bits its session or instance */
  readonly source: number;
  /** CRC-32C of the record with this field as 0; 0 while not yet journaled */
  readonly check: number;
}

export const HEADER_OFFSET = { seq: 0, time_ns: 8, kind: 16, symbol: 18, length: 20, source: 24, check: 28 } as const;

export function readHeader(view: DataView, at: number): Header {
  return {
    seq: view.getBigUint64(at + 0, true),
    time_ns: view.getBigInt64(at + 8, true),
    kind: view.getUint16(at + 16, true),
    symbol: view.getUint16(at + 18, true),
    length: view.getUint32(at + 20, true),
    source: view.getUint32(at + 24, true),
    check: view.getUint32(at + 28, true),
  };
}

export function writeHeader(view: DataView, at: number, v: Header): void {
  view.setBigUint64(at + 0, v.seq, true);
  view.setBigInt64(at + 8, v.time_ns, true);
  view.setUint16(at + 16, v.kind, true);
  view.setUint16(at + 18, v.symbol, true);
  view.setUint32(at + 20, v.length, true);
  view.setUint32(at + 24, v.source, true);
  view.setUint32(at + 28, v.check, true);
}

/** One quote change (MqlTick). */
export interface Tick {
  /** the broker's time_msc converted to UTC, milliseconds; bars are built from it */
  readonly broker_time_ms: bigint;
  /** bid in points of the symbol */
  readonly bid_points: bigint;
  /** ask in points of the symbol */
  readonly ask_points: bigint;
  /** raw TICK_FLAG bits: 2 bid, 4 ask, 8 last, 16 volume, 32 buy, 64 sell */
  readonly flags: number;
  /** ask minus bid; negative when the quote is crossed */
  readonly spread_points: number;
}

export const Tick = {
  kind: "tick",
  code: 4097,
  /** Offsets in bytes from the start of the record. */
  offset: { broker_time_ms: 32, bid_points: 40, ask_points: 48, flags: 56, spread_points: 60 },
  lengthOf(_v?: Tick): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Tick {
    return {
      broker_time_ms: view.getBigInt64(at + 32, true),
      bid_points: view.getBigInt64(at + 40, true),
      ask_points: view.getBigInt64(at + 48, true),
      flags: view.getUint32(at + 56, true),
      spread_points: view.getInt32(at + 60, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Tick): void {
    view.setBigInt64(at + 32, v.broker_time_ms, true);
    view.setBigInt64(at + 40, v.bid_points, true);
    view.setBigInt64(at + 48, v.ask_points, true);
    view.setUint32(at + 56, v.flags, true);
    view.setInt32(at + 60, v.spread_points, true);
  },
} as const;

/** One closed bar that the terminal had before the stream saw its ticks (MqlRates). Oldest first. */
export interface BarHistory {
  /** opening time, UTC milliseconds */
  readonly open_time_ms: bigint;
  /** first bid */
  readonly open_points: bigint;
  /** highest bid */
  readonly high_points: bigint;
  /** lowest bid */
  readonly low_points: bigint;
  /** last bid */
  readonly close_points: bigint;
  /** number of ticks, 0 when not recorded */
  readonly tick_volume: bigint;
  /** bar length in seconds (60 = M1, 3600 = H1) */
  readonly timeframe_s: number;
  /** spread of the bar in points */
  readonly spread_points: number;
  /** 1 = also emit the prediction at its close (training and evaluation); 0 = only warm up */
  readonly score: number;
}

export const BarHistory = {
  kind: "bar_history",
  code: 4098,
  /** Offsets in bytes from the start of the record. */
  offset: { open_time_ms: 32, open_points: 40, high_points: 48, low_points: 56, close_points: 64, tick_volume: 72, timeframe_s: 80, spread_points: 84, score: 88 },
  lengthOf(_v?: BarHistory): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): BarHistory {
    return {
      open_time_ms: view.getBigInt64(at + 32, true),
      open_points: view.getBigInt64(at + 40, true),
      high_points: view.getBigInt64(at + 48, true),
      low_points: view.getBigInt64(at + 56, true),
      close_points: view.getBigInt64(at + 64, true),
      tick_volume: view.getBigUint64(at + 72, true),
      timeframe_s: view.getUint32(at + 80, true),
      spread_points: view.getInt32(at + 84, true),
      score: view.getUint8(at + 88),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: BarHistory): void {
    view.setBigInt64(at + 32, v.open_time_ms, true);
    view.setBigInt64(at + 40, v.open_points, true);
    view.setBigInt64(at + 48, v.high_points, true);
    view.setBigInt64(at + 56, v.low_points, true);
    view.setBigInt64(at + 64, v.close_points, true);
    view.setBigUint64(at + 72, v.tick_volume, true);
    view.setUint32(at + 80, v.timeframe_s, true);
    view.setInt32(at + 84, v.spread_points, true);
    view.setUint8(at + 88, v.score);
  },
} as const;

/** What the broker says of a symbol. Defines the symbol index of the header; repeated when it changes. */
export interface SymbolSpec {
  /** the broker's symbol name */
  readonly name: string;
  readonly base_currency: string;
  readonly profit_currency: string;
  readonly margin_currency: string;
  /** the price grid, in points (SYMBOL_TRADE_TICK_SIZE) */
  readonly tick_size_points: bigint;
  /** worth of one tick_size move of one lot, millionths of the account currency */
  readonly tick_value_micros: bigint;
  /** units a lot, millionths */
  readonly contract_size_micros: bigint;
  /** smallest volume */
  readonly volume_min_microlots: bigint;
  /** largest volume */
  readonly volume_max_microlots: bigint;
  /** volume grid */
  readonly volume_step_microlots: bigint;
  /** largest sum in one direction, 0 = none */
  readonly volume_limit_microlots: bigint;
  /** least distance of stop and target */
  readonly stops_level_points: number;
  /** distance inside which nothing can be changed */
  readonly freeze_level_points: number;
  /** decimals of a price; a point is 10^-digits */
  readonly digits: number;
  /** SYMBOL_TRADE_MODE: 0 disabled, 1 long only, 2 short only, 3 close only, 4 full */
  readonly trade_mode: number;
  /** SYMBOL_TRADE_EXEMODE: 0 request, 1 instant, 2 market, 3 exchange */
  readonly exec_mode: number;
  /** SYMBOL_FILLING_MODE: 1 FOK, 2 IOC, 4 BOC */
  readonly filling_bits: number;
}

export const SymbolSpec = {
  kind: "symbol_spec",
  code: 4099,
  /** Offsets in bytes from the start of the record. */
  offset: { name: 32, base_currency: 48, profit_currency: 56, margin_currency: 64, tick_size_points: 72, tick_value_micros: 80, contract_size_micros: 88, volume_min_microlots: 96, volume_max_microlots: 104, volume_step_microlots: 112, volume_limit_microlots: 120, stops_level_points: 128, freeze_level_points: 132, digits: 136, trade_mode: 137, exec_mode: 138, filling_bits: 139 },
  lengthOf(_v?: SymbolSpec): number {
    return 192;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): SymbolSpec {
    return {
      name: readAscii(view, at + 32, 16),
      base_currency: readAscii(view, at + 48, 8),
      profit_currency: readAscii(view, at + 56, 8),
      margin_currency: readAscii(view, at + 64, 8),
      tick_size_points: view.getBigInt64(at + 72, true),
      tick_value_micros: view.getBigInt64(at + 80, true),
      contract_size_micros: view.getBigInt64(at + 88, true),
      volume_min_microlots: view.getBigInt64(at + 96, true),
      volume_max_microlots: view.getBigInt64(at + 104, true),
      volume_step_microlots: view.getBigInt64(at + 112, true),
      volume_limit_microlots: view.getBigInt64(at + 120, true),
      stops_level_points: view.getInt32(at + 128, true),
      freeze_level_points: view.getInt32(at + 132, true),
      digits: view.getUint8(at + 136),
      trade_mode: view.getUint8(at + 137),
      exec_mode: view.getUint8(at + 138),
      filling_bits: view.getUint8(at + 139),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: SymbolSpec): void {
    writeAscii(view, at + 32, 16, v.name, "name");
    writeAscii(view, at + 48, 8, v.base_currency, "base_currency");
    writeAscii(view, at + 56, 8, v.profit_currency, "profit_currency");
    writeAscii(view, at + 64, 8, v.margin_currency, "margin_currency");
    view.setBigInt64(at + 72, v.tick_size_points, true);
    view.setBigInt64(at + 80, v.tick_value_micros, true);
    view.setBigInt64(at + 88, v.contract_size_micros, true);
    view.setBigInt64(at + 96, v.volume_min_microlots, true);
    view.setBigInt64(at + 104, v.volume_max_microlots, true);
    view.setBigInt64(at + 112, v.volume_step_microlots, true);
    view.setBigInt64(at + 120, v.volume_limit_microlots, true);
    view.setInt32(at + 128, v.stops_level_points, true);
    view.setInt32(at + 132, v.freeze_level_points, true);
    view.setUint8(at + 136, v.digits);
    view.setUint8(at + 137, v.trade_mode);
    view.setUint8(at + 138, v.exec_mode);
    view.setUint8(at + 139, v.filling_bits);
  },
} as const;

/** The trading account as the broker reports it. */
export interface Account {
  /** account number */
  readonly login: bigint;
  /** account currency */
  readonly currency: string;
  /** millionths of the account currency, as all money */
  readonly balance_micros: bigint;
  readonly credit_micros: bigint;
  /** floating profit */
  readonly profit_micros: bigint;
  readonly equity_micros: bigint;
  /** margin in use */
  readonly margin_micros: bigint;
  readonly margin_free_micros: bigint;
  /** TimeTradeServer converted to UTC, milliseconds */
  readonly server_time_ms: bigint;
  readonly leverage: number;
  /** 0 netting, 1 exchange, 2 hedging */
  readonly margin_mode: number;
  /** 0 demo, 1 contest, 2 real */
  readonly trade_mode: number;
  /** 1 connected, 2 terminal, 4 EA, 8 account, 16 account expert, 32 FIFO, 64 hedging allowed */
  readonly permissions: number;
}

export const Account = {
  kind: "account",
  code: 4100,
  /** Offsets in bytes from the start of the record. */
  offset: { login: 32, currency: 40, balance_micros: 48, credit_micros: 56, profit_micros: 64, equity_micros: 72, margin_micros: 80, margin_free_micros: 88, server_time_ms: 96, leverage: 104, margin_mode: 108, trade_mode: 109, permissions: 110 },
  lengthOf(_v?: Account): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Account {
    return {
      login: view.getBigUint64(at + 32, true),
      currency: readAscii(view, at + 40, 8),
      balance_micros: view.getBigInt64(at + 48, true),
      credit_micros: view.getBigInt64(at + 56, true),
      profit_micros: view.getBigInt64(at + 64, true),
      equity_micros: view.getBigInt64(at + 72, true),
      margin_micros: view.getBigInt64(at + 80, true),
      margin_free_micros: view.getBigInt64(at + 88, true),
      server_time_ms: view.getBigInt64(at + 96, true),
      leverage: view.getUint32(at + 104, true),
      margin_mode: view.getUint8(at + 108),
      trade_mode: view.getUint8(at + 109),
      permissions: view.getUint8(at + 110),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Account): void {
    view.setBigUint64(at + 32, v.login, true);
    writeAscii(view, at + 40, 8, v.currency, "currency");
    view.setBigInt64(at + 48, v.balance_micros, true);
    view.setBigInt64(at + 56, v.credit_micros, true);
    view.setBigInt64(at + 64, v.profit_micros, true);
    view.setBigInt64(at + 72, v.equity_micros, true);
    view.setBigInt64(at + 80, v.margin_micros, true);
    view.setBigInt64(at + 88, v.margin_free_micros, true);
    view.setBigInt64(at + 96, v.server_time_ms, true);
    view.setUint32(at + 104, v.leverage, true);
    view.setUint8(at + 108, v.margin_mode);
    view.setUint8(at + 109, v.trade_mode);
    view.setUint8(at + 110, v.permissions);
  },
} as const;

/** An open position as the broker reports it; volume 0 says that it is gone. */
export interface Position {
  /** POSITION_TICKET */
  readonly ticket: bigint;
  /** POSITION_IDENTIFIER, never changes */
  readonly identifier: bigint;
  /** 0 = opened by another hand */
  readonly magic: bigint;
  /** 0 = closed */
  readonly volume_microlots: bigint;
  readonly open_price_points: bigint;
  /** 0 = none */
  readonly stop_points: bigint;
  /** 0 = none */
  readonly target_points: bigint;
  readonly swap_micros: bigint;
  /** floating */
  readonly profit_micros: bigint;
  /** last change, UTC milliseconds */
  readonly broker_time_ms: bigint;
  /** 0 buy, 1 sell */
  readonly side: number;
}

export const Position = {
  kind: "position",
  code: 4101,
  /** Offsets in bytes from the start of the record. */
  offset: { ticket: 32, identifier: 40, magic: 48, volume_microlots: 56, open_price_points: 64, stop_points: 72, target_points: 80, swap_micros: 88, profit_micros: 96, broker_time_ms: 104, side: 112 },
  lengthOf(_v?: Position): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Position {
    return {
      ticket: view.getBigUint64(at + 32, true),
      identifier: view.getBigUint64(at + 40, true),
      magic: view.getBigUint64(at + 48, true),
      volume_microlots: view.getBigInt64(at + 56, true),
      open_price_points: view.getBigInt64(at + 64, true),
      stop_points: view.getBigInt64(at + 72, true),
      target_points: view.getBigInt64(at + 80, true),
      swap_micros: view.getBigInt64(at + 88, true),
      profit_micros: view.getBigInt64(at + 96, true),
      broker_time_ms: view.getBigInt64(at + 104, true),
      side: view.getUint8(at + 112),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Position): void {
    view.setBigUint64(at + 32, v.ticket, true);
    view.setBigUint64(at + 40, v.identifier, true);
    view.setBigUint64(at + 48, v.magic, true);
    view.setBigInt64(at + 56, v.volume_microlots, true);
    view.setBigInt64(at + 64, v.open_price_points, true);
    view.setBigInt64(at + 72, v.stop_points, true);
    view.setBigInt64(at + 80, v.target_points, true);
    view.setBigInt64(at + 88, v.swap_micros, true);
    view.setBigInt64(at + 96, v.profit_micros, true);
    view.setBigInt64(at + 104, v.broker_time_ms, true);
    view.setUint8(at + 112, v.side);
  },
} as const;

/** What became of an order intent at the terminal. */
export interface OrderUpdate {
  /** the intent's id, zero when the order is of another hand */
  readonly intent_id: Uint8Array;
  /** 0 = none */
  readonly order_ticket: bigint;
  /** 0 = none */
  readonly deal_ticket: bigint;
  readonly volume_filled_microlots: bigint;
  /** still working at the broker */
  readonly volume_remaining_microlots: bigint;
  /** average price of what was filled, 0 = none */
  readonly price_points: bigint;
  /** UTC milliseconds */
  readonly broker_time_ms: bigint;
  /** TRADE_RETCODE */
  readonly retcode: number;
  /** ORDER_STATE */
  readonly state: number;
  /** 1 = nothing more will come */
  readonly final: number;
}

export const OrderUpdate = {
  kind: "order_update",
  code: 4102,
  /** Offsets in bytes from the start of the record. */
  offset: { intent_id: 32, order_ticket: 48, deal_ticket: 56, volume_filled_microlots: 64, volume_remaining_microlots: 72, price_points: 80, broker_time_ms: 88, retcode: 96, state: 100, final: 101 },
  lengthOf(_v?: OrderUpdate): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): OrderUpdate {
    return {
      intent_id: readBytes(view, at + 32, 16),
      order_ticket: view.getBigUint64(at + 48, true),
      deal_ticket: view.getBigUint64(at + 56, true),
      volume_filled_microlots: view.getBigInt64(at + 64, true),
      volume_remaining_microlots: view.getBigInt64(at + 72, true),
      price_points: view.getBigInt64(at + 80, true),
      broker_time_ms: view.getBigInt64(at + 88, true),
      retcode: view.getUint32(at + 96, true),
      state: view.getUint8(at + 100),
      final: view.getUint8(at + 101),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: OrderUpdate): void {
    writeBytes(view, at + 32, 16, v.intent_id, "intent_id");
    view.setBigUint64(at + 48, v.order_ticket, true);
    view.setBigUint64(at + 56, v.deal_ticket, true);
    view.setBigInt64(at + 64, v.volume_filled_microlots, true);
    view.setBigInt64(at + 72, v.volume_remaining_microlots, true);
    view.setBigInt64(at + 80, v.price_points, true);
    view.setBigInt64(at + 88, v.broker_time_ms, true);
    view.setUint32(at + 96, v.retcode, true);
    view.setUint8(at + 100, v.state);
    view.setUint8(at + 101, v.final);
  },
} as const;

/** One deal (MT5's immutable execution). Deduplicated by deal ticket. */
export interface Fill {
  /** zero when it belongs to no intent of this stream */
  readonly intent_id: Uint8Array;
  readonly deal_ticket: bigint;
  readonly order_ticket: bigint;
  /** POSITION_IDENTIFIER */
  readonly position_id: bigint;
  readonly magic: bigint;
  readonly volume_microlots: bigint;
  readonly price_points: bigint;
  /** negative = paid, fee included */
  readonly commission_micros: bigint;
  readonly swap_micros: bigint;
  /** realised, without costs */
  readonly profit_micros: bigint;
  /** UTC milliseconds */
  readonly broker_time_ms: bigint;
  /** 0 buy, 1 sell */
  readonly side: number;
  /** 0 in, 1 out, 2 in and out, 3 out by */
  readonly entry: number;
  /** DEAL_REASON: 0 client, 3 expert, 4 stop, 5 target, 6 stop out, others as MT5 */
  readonly reason: number;
}

export const Fill = {
  kind: "fill",
  code: 4103,
  /** Offsets in bytes from the start of the record. */
  offset: { intent_id: 32, deal_ticket: 48, order_ticket: 56, position_id: 64, magic: 72, volume_microlots: 80, price_points: 88, commission_micros: 96, swap_micros: 104, profit_micros: 112, broker_time_ms: 120, side: 128, entry: 129, reason: 130 },
  lengthOf(_v?: Fill): number {
    return 192;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Fill {
    return {
      intent_id: readBytes(view, at + 32, 16),
      deal_ticket: view.getBigUint64(at + 48, true),
      order_ticket: view.getBigUint64(at + 56, true),
      position_id: view.getBigUint64(at + 64, true),
      magic: view.getBigUint64(at + 72, true),
      volume_microlots: view.getBigInt64(at + 80, true),
      price_points: view.getBigInt64(at + 88, true),
      commission_micros: view.getBigInt64(at + 96, true),
      swap_micros: view.getBigInt64(at + 104, true),
      profit_micros: view.getBigInt64(at + 112, true),
      broker_time_ms: view.getBigInt64(at + 120, true),
      side: view.getUint8(at + 128),
      entry: view.getUint8(at + 129),
      reason: view.getUint8(at + 130),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Fill): void {
    writeBytes(view, at + 32, 16, v.intent_id, "intent_id");
    view.setBigUint64(at + 48, v.deal_ticket, true);
    view.setBigUint64(at + 56, v.order_ticket, true);
    view.setBigUint64(at + 64, v.position_id, true);
    view.setBigUint64(at + 72, v.magic, true);
    view.setBigInt64(at + 80, v.volume_microlots, true);
    view.setBigInt64(at + 88, v.price_points, true);
    view.setBigInt64(at + 96, v.commission_micros, true);
    view.setBigInt64(at + 104, v.swap_micros, true);
    view.setBigInt64(at + 112, v.profit_micros, true);
    view.setBigInt64(at + 120, v.broker_time_ms, true);
    view.setUint8(at + 128, v.side);
    view.setUint8(at + 129, v.entry);
    view.setUint8(at + 130, v.reason);
  },
} as const;

/** Limits in force from here on. Symbol 0 in the header = every symbol without limits of its own. */
export interface RiskLimits {
  /** largest single order */
  readonly order_volume_max_microlots: bigint;
  /** largest absolute net position of the symbol, in-flight orders included */
  readonly position_volume_max_microlots: bigint;
  /** largest loss since the day began, realised and floating (account wide) */
  readonly daily_loss_max_micros: bigint;
  /** widest spread at which to open */
  readonly spread_max_points: bigint;
  /** oldest quote on which to decide */
  readonly quote_age_max_ms: bigint;
  /** seconds after UTC midnight at which the trading day begins */
  readonly day_start_offset_s: number;
  /** of the configuration that set them */
  readonly limits_version: number;
  /** largest notional of one order, in the account currency as all money here */
  readonly order_notional_max_micros: bigint;
  /** largest sum of all symbols' long and short notionals (account wide) */
  readonly gross_exposure_max_micros: bigint;
  /** largest absolute sum of all symbols' signed notionals (account wide) */
  readonly net_exposure_max_micros: bigint;
  /** largest absolute signed notional of one currency leg (account wide) */
  readonly currency_exposure_max_micros: bigint;
  /** largest notional on one side of symbols that move together */
  readonly correlated_exposure_max_micros: bigint;
  /** least free margin after the order, orders in flight reserved */
  readonly margin_free_min_micros: bigint;
  /** largest realised loss since the day began (account wide) */
  readonly daily_realised_loss_max_micros: bigint;
  /** largest fall of the equity from its peak (account wide) */
  readonly drawdown_max_micros: bigint;
  /** largest distance of the worst accepted price from the mid */
  readonly collar_points: bigint;
  /** largest move of the bid since the last period of a minute began */
  readonly collar_period_points: bigint;
  /** pause after a streak of losses */
  readonly cooldown_ms: bigint;
  /** least time between two identical opening orders of a symbol */
  readonly repeat_min_ms: bigint;
  /** largest gross exposure over equity, thousandths */
  readonly leverage_max_milli: bigint;
  /** losing deals in a row before the pause */
  readonly loss_streak_max: number;
  /** accepted opening orders within a minute, at most 64 (account wide) */
  readonly orders_a_minute_max: number;
  /** orders in flight, this one included (account wide) */
  readonly open_orders_max: number;
  /** least |P(up) - 0.5| to open on, millionths */
  readonly edge_min_ppm: number;
  /** second of the UTC day from which may be opened */
  readonly session_from_s: number;
  /** second of the UTC day up to which may be opened; equal to session_from_s = all day */
  readonly session_to_s: number;
  /** 1 = nothing is opened without a stop */
  readonly stop_required: number;
  /** 1 = nothing is opened without a lease that is in force */
  readonly lease_required: number;
  /** 1 = nothing is opened unless the prediction's conformal set keeps one answer alone */
  readonly certainty_required: number;
}

export const RiskLimits = {
  kind: "risk_limits",
  code: 4104,
  /** Offsets in bytes from the start of the record. */
  offset: { order_volume_max_microlots: 32, position_volume_max_microlots: 40, daily_loss_max_micros: 48, spread_max_points: 56, quote_age_max_ms: 64, day_start_offset_s: 72, limits_version: 76, order_notional_max_micros: 80, gross_exposure_max_micros: 88, net_exposure_max_micros: 96, currency_exposure_max_micros: 104, correlated_exposure_max_micros: 112, margin_free_min_micros: 120, daily_realised_loss_max_micros: 128, drawdown_max_micros: 136, collar_points: 144, collar_period_points: 152, cooldown_ms: 160, repeat_min_ms: 168, leverage_max_milli: 176, loss_streak_max: 184, orders_a_minute_max: 188, open_orders_max: 192, edge_min_ppm: 196, session_from_s: 200, session_to_s: 204, stop_required: 208, lease_required: 209, certainty_required: 210 },
  lengthOf(_v?: RiskLimits): number {
    return 256;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): RiskLimits {
    return {
      order_volume_max_microlots: view.getBigInt64(at + 32, true),
      position_volume_max_microlots: view.getBigInt64(at + 40, true),
      daily_loss_max_micros: view.getBigInt64(at + 48, true),
      spread_max_points: view.getBigInt64(at + 56, true),
      quote_age_max_ms: view.getBigInt64(at + 64, true),
      day_start_offset_s: view.getInt32(at + 72, true),
      limits_version: view.getUint32(at + 76, true),
      order_notional_max_micros: view.getBigInt64(at + 80, true),
      gross_exposure_max_micros: view.getBigInt64(at + 88, true),
      net_exposure_max_micros: view.getBigInt64(at + 96, true),
      currency_exposure_max_micros: view.getBigInt64(at + 104, true),
      correlated_exposure_max_micros: view.getBigInt64(at + 112, true),
      margin_free_min_micros: view.getBigInt64(at + 120, true),
      daily_realised_loss_max_micros: view.getBigInt64(at + 128, true),
      drawdown_max_micros: view.getBigInt64(at + 136, true),
      collar_points: view.getBigInt64(at + 144, true),
      collar_period_points: view.getBigInt64(at + 152, true),
      cooldown_ms: view.getBigInt64(at + 160, true),
      repeat_min_ms: view.getBigInt64(at + 168, true),
      leverage_max_milli: view.getBigInt64(at + 176, true),
      loss_streak_max: view.getUint32(at + 184, true),
      orders_a_minute_max: view.getUint32(at + 188, true),
      open_orders_max: view.getUint32(at + 192, true),
      edge_min_ppm: view.getInt32(at + 196, true),
      session_from_s: view.getInt32(at + 200, true),
      session_to_s: view.getInt32(at + 204, true),
      stop_required: view.getUint8(at + 208),
      lease_required: view.getUint8(at + 209),
      certainty_required: view.getUint8(at + 210),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: RiskLimits): void {
    view.setBigInt64(at + 32, v.order_volume_max_microlots, true);
    view.setBigInt64(at + 40, v.position_volume_max_microlots, true);
    view.setBigInt64(at + 48, v.daily_loss_max_micros, true);
    view.setBigInt64(at + 56, v.spread_max_points, true);
    view.setBigInt64(at + 64, v.quote_age_max_ms, true);
    view.setInt32(at + 72, v.day_start_offset_s, true);
    view.setUint32(at + 76, v.limits_version, true);
    view.setBigInt64(at + 80, v.order_notional_max_micros, true);
    view.setBigInt64(at + 88, v.gross_exposure_max_micros, true);
    view.setBigInt64(at + 96, v.net_exposure_max_micros, true);
    view.setBigInt64(at + 104, v.currency_exposure_max_micros, true);
    view.setBigInt64(at + 112, v.correlated_exposure_max_micros, true);
    view.setBigInt64(at + 120, v.margin_free_min_micros, true);
    view.setBigInt64(at + 128, v.daily_realised_loss_max_micros, true);
    view.setBigInt64(at + 136, v.drawdown_max_micros, true);
    view.setBigInt64(at + 144, v.collar_points, true);
    view.setBigInt64(at + 152, v.collar_period_points, true);
    view.setBigInt64(at + 160, v.cooldown_ms, true);
    view.setBigInt64(at + 168, v.repeat_min_ms, true);
    view.setBigInt64(at + 176, v.leverage_max_milli, true);
    view.setUint32(at + 184, v.loss_streak_max, true);
    view.setUint32(at + 188, v.orders_a_minute_max, true);
    view.setUint32(at + 192, v.open_orders_max, true);
    view.setInt32(at + 196, v.edge_min_ppm, true);
    view.setInt32(at + 200, v.session_from_s, true);
    view.setInt32(at + 204, v.session_to_s, true);
    view.setUint8(at + 208, v.stop_required);
    view.setUint8(at + 209, v.lease_required);
    view.setUint8(at + 210, v.certainty_required);
  },
} as const;

/** The decision policy's parameters in force from here on. Symbol 0 = every symbol without its own. */
export interface StrategyParams {
  /** volume of an opening order */
  readonly volume_microlots: bigint;
  /** close a position after this time, 0 = never */
  readonly hold_max_ms: bigint;
  /** an intent not executed by then has expired */
  readonly intent_life_ms: bigint;
  /** open when |P(up) - 0.5| is at least this, millionths */
  readonly enter_edge_ppm: number;
  /** close when the opposite edge is at least this, millionths */
  readonly exit_edge_ppm: number;
  /** distance of the stop in thousandths of the ATR */
  readonly stop_atr_milli: number;
  /** distance of the target */
  readonly target_atr_milli: number;
  /** largest slippage to ask for */
  readonly deviation_points: number;
  /** bar length in seconds (60 = M1, 3600 = H1) */
  readonly timeframe_s: number;
  /** bits 62-48 of the magic */
  readonly strategy_id: number;
  readonly params_version: number;
  /** 0 = predict but never trade */
  readonly enabled: number;
}

export const StrategyParams = {
  kind: "strategy_params",
  code: 4105,
  /** Offsets in bytes from the start of the record. */
  offset: { volume_microlots: 32, hold_max_ms: 40, intent_life_ms: 48, enter_edge_ppm: 56, exit_edge_ppm: 60, stop_atr_milli: 64, target_atr_milli: 68, deviation_points: 72, timeframe_s: 76, strategy_id: 80, params_version: 82, enabled: 84 },
  lengthOf(_v?: StrategyParams): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): StrategyParams {
    return {
      volume_microlots: view.getBigInt64(at + 32, true),
      hold_max_ms: view.getBigInt64(at + 40, true),
      intent_life_ms: view.getBigInt64(at + 48, true),
      enter_edge_ppm: view.getInt32(at + 56, true),
      exit_edge_ppm: view.getInt32(at + 60, true),
      stop_atr_milli: view.getInt32(at + 64, true),
      target_atr_milli: view.getInt32(at + 68, true),
      deviation_points: view.getInt32(at + 72, true),
      timeframe_s: view.getUint32(at + 76, true),
      strategy_id: view.getUint16(at + 80, true),
      params_version: view.getUint16(at + 82, true),
      enabled: view.getUint8(at + 84),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: StrategyParams): void {
    view.setBigInt64(at + 32, v.volume_microlots, true);
    view.setBigInt64(at + 40, v.hold_max_ms, true);
    view.setBigInt64(at + 48, v.intent_life_ms, true);
    view.setInt32(at + 56, v.enter_edge_ppm, true);
    view.setInt32(at + 60, v.exit_edge_ppm, true);
    view.setInt32(at + 64, v.stop_atr_milli, true);
    view.setInt32(at + 68, v.target_atr_milli, true);
    view.setInt32(at + 72, v.deviation_points, true);
    view.setUint32(at + 76, v.timeframe_s, true);
    view.setUint16(at + 80, v.strategy_id, true);
    view.setUint16(at + 82, v.params_version, true);
    view.setUint8(at + 84, v.enabled);
  },
} as const;

/** The model that scores from here on. The core refuses it unless the bytes in its model region hash to this. */
export interface ModelDigest {
  /** of the artefact's bytes */
  readonly sha256: Uint8Array;
  readonly size_bytes: number;
  readonly artefact_version: number;
}

export const ModelDigest = {
  kind: "model_digest",
  code: 4106,
  /** Offsets in bytes from the start of the record. */
  offset: { sha256: 32, size_bytes: 64, artefact_version: 68 },
  lengthOf(_v?: ModelDigest): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): ModelDigest {
    return {
      sha256: readBytes(view, at + 32, 32),
      size_bytes: view.getUint32(at + 64, true),
      artefact_version: view.getUint32(at + 68, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ModelDigest): void {
    writeBytes(view, at + 32, 32, v.sha256, "sha256");
    view.setUint32(at + 64, v.size_bytes, true);
    view.setUint32(at + 68, v.artefact_version, true);
  },
} as const;

/** A command of a named person that sets the trading state. Only activate, the release, needs key and signature. */
export interface OperatorCommand {
  /** unique; a repeated id changes nothing */
  readonly command_id: Uint8Array;
  /** who */
  readonly operator: string;
  /** why */
  readonly reason: string;
  /** Ed25519, raw; zero = not signed */
  readonly public_key: Uint8Array;
  /** by it, over what proto/operator-command.ts says; zero = not signed */
  readonly signature: Uint8Array;
  /** OPERATOR_COMMAND: 1 activate (release), 2 reduce only, 3 halt, 4 kill switch: halt until released, 5 flatten: halt and close all own positions */
  readonly command: number;
}

export const OperatorCommand = {
  kind: "operator_command",
  code: 8203,
  /** Offsets in bytes from the start of the record. */
  offset: { command_id: 32, operator: 48, reason: 80, public_key: 144, signature: 176, command: 240 },
  lengthOf(_v?: OperatorCommand): number {
    return 256;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): OperatorCommand {
    return {
      command_id: readBytes(view, at + 32, 16),
      operator: readAscii(view, at + 48, 32),
      reason: readAscii(view, at + 80, 64),
      public_key: readBytes(view, at + 144, 32),
      signature: readBytes(view, at + 176, 64),
      command: view.getUint16(at + 240, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: OperatorCommand): void {
    writeBytes(view, at + 32, 16, v.command_id, "command_id");
    writeAscii(view, at + 48, 32, v.operator, "operator");
    writeAscii(view, at + 80, 64, v.reason, "reason");
    writeBytes(view, at + 144, 32, v.public_key, "public_key");
    writeBytes(view, at + 176, 64, v.signature, "signature");
    view.setUint16(at + 240, v.command, true);
  },
} as const;

/** Time passed without another record. The edge appends one a second in quiet markets. */
export interface Timer {
  /** when it was due, UTC nanoseconds */
  readonly due_ns: bigint;
  /** 0 = the heartbeat */
  readonly timer_id: number;
}

export const Timer = {
  kind: "timer",
  code: 4108,
  /** Offsets in bytes from the start of the record. */
  offset: { due_ns: 32, timer_id: 40 },
  lengthOf(_v?: Timer): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Timer {
    return {
      due_ns: view.getBigInt64(at + 32, true),
      timer_id: view.getUint32(at + 40, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Timer): void {
    view.setBigInt64(at + 32, v.due_ns, true);
    view.setUint32(at + 40, v.timer_id, true);
  },
} as const;

/** State of the line to the terminal. Nothing is opened unless it is live. */
export interface Link {
  /** EA session */
  readonly session_id: bigint;
  /** account */
  readonly login: bigint;
  /** broker time minus UTC */
  readonly server_offset_s: number;
  /** LINK: 0 down, 1 syncing, 2 live */
  readonly state: number;
}

export const Link = {
  kind: "link",
  code: 4109,
  /** Offsets in bytes from the start of the record. */
  offset: { session_id: 32, login: 40, server_offset_s: 48, state: 52 },
  lengthOf(_v?: Link): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Link {
    return {
      session_id: view.getBigUint64(at + 32, true),
      login: view.getBigUint64(at + 40, true),
      server_offset_s: view.getInt32(at + 48, true),
      state: view.getUint8(at + 52),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Link): void {
    view.setBigUint64(at + 32, v.session_id, true);
    view.setBigUint64(at + 40, v.login, true);
    view.setInt32(at + 48, v.server_offset_s, true);
    view.setUint8(at + 52, v.state);
  },
} as const;

/** Ticks are missing here, and why. */
export interface Gap {
  /** UTC */
  readonly from_ms: bigint;
  /** UTC */
  readonly to_ms: bigint;
  readonly lost_estimate: number;
  /** 1 sync timeout, 2 cursor too old, 3 history rewritten, 4 overload */
  readonly reason: number;
}

export const Gap = {
  kind: "gap",
  code: 4110,
  /** Offsets in bytes from the start of the record. */
  offset: { from_ms: 32, to_ms: 40, lost_estimate: 48, reason: 52 },
  lengthOf(_v?: Gap): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Gap {
    return {
      from_ms: view.getBigInt64(at + 32, true),
      to_ms: view.getBigInt64(at + 40, true),
      lost_estimate: view.getUint32(at + 48, true),
      reason: view.getUint16(at + 52, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Gap): void {
    view.setBigInt64(at + 32, v.from_ms, true);
    view.setBigInt64(at + 40, v.to_ms, true);
    view.setUint32(at + 48, v.lost_estimate, true);
    view.setUint16(at + 52, v.reason, true);
  },
} as const;

/** Always seq 1: whose journal this is and which module decides it. */
export interface StreamStart {
  readonly stream_id: Uint8Array;
  readonly edge_name: string;
  /** of the WebAssembly module */
  readonly core_sha256: Uint8Array;
  /** Ed25519, raw; verifies the batch seals */
  readonly public_key: Uint8Array;
  /** LAYOUT_VERSION of records.ts */
  readonly layout_version: number;
}

export const StreamStart = {
  kind: "stream_start",
  code: 4111,
  /** Offsets in bytes from the start of the record. */
  offset: { stream_id: 32, edge_name: 48, core_sha256: 80, public_key: 112, layout_version: 144 },
  lengthOf(_v?: StreamStart): number {
    return 192;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): StreamStart {
    return {
      stream_id: readBytes(view, at + 32, 16),
      edge_name: readAscii(view, at + 48, 32),
      core_sha256: readBytes(view, at + 80, 32),
      public_key: readBytes(view, at + 112, 32),
      layout_version: view.getUint32(at + 144, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: StreamStart): void {
    writeBytes(view, at + 32, 16, v.stream_id, "stream_id");
    writeAscii(view, at + 48, 32, v.edge_name, "edge_name");
    writeBytes(view, at + 80, 32, v.core_sha256, "core_sha256");
    writeBytes(view, at + 112, 32, v.public_key, "public_key");
    view.setUint32(at + 144, v.layout_version, true);
  },
} as const;

/** Leave to open positions until it expires. A newer one replaces it. */
export interface Lease {
  readonly lease_id: Uint8Array;
  /** UTC nanoseconds */
  readonly expires_ns: bigint;
  /** who gave it */
  readonly issuer: string;
}

export const Lease = {
  kind: "lease",
  code: 4112,
  /** Offsets in bytes from the start of the record. */
  offset: { lease_id: 32, expires_ns: 48, issuer: 56 },
  lengthOf(_v?: Lease): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Lease {
    return {
      lease_id: readBytes(view, at + 32, 16),
      expires_ns: view.getBigInt64(at + 48, true),
      issuer: readAscii(view, at + 56, 32),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Lease): void {
    writeBytes(view, at + 32, 16, v.lease_id, "lease_id");
    view.setBigInt64(at + 48, v.expires_ns, true);
    writeAscii(view, at + 56, 32, v.issuer, "issuer");
  },
} as const;

/** A time in which nothing of a currency is opened. The 32 newest are kept. */
export interface NewsWindow {
  /** a repeated id replaces the window; from_ms = to_ms removes it */
  readonly event_id: bigint;
  /** UTC milliseconds, included */
  readonly from_ms: bigint;
  /** UTC milliseconds, not included */
  readonly to_ms: bigint;
  /** empty = every currency */
  readonly currency: string;
}

export const NewsWindow = {
  kind: "news_window",
  code: 4113,
  /** Offsets in bytes from the start of the record. */
  offset: { event_id: 32, from_ms: 40, to_ms: 48, currency: 56 },
  lengthOf(_v?: NewsWindow): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): NewsWindow {
    return {
      event_id: view.getBigUint64(at + 32, true),
      from_ms: view.getBigInt64(at + 40, true),
      to_ms: view.getBigInt64(at + 48, true),
      currency: readAscii(view, at + 56, 8),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: NewsWindow): void {
    view.setBigUint64(at + 32, v.event_id, true);
    view.setBigInt64(at + 40, v.from_ms, true);
    view.setBigInt64(at + 48, v.to_ms, true);
    writeAscii(view, at + 56, 8, v.currency, "currency");
  },
} as const;

/** Limits of one strategy over all symbols, in force from here on. Strategy 0 = every strategy without its own. */
export interface StrategyLimits {
  /** largest gross notional of the strategy's positions and orders, account currency */
  readonly exposure_max_micros: bigint;
  /** largest realised loss of the strategy since the day began */
  readonly daily_loss_max_micros: bigint;
  /** of the configuration that set them */
  readonly limits_version: number;
  /** bits 62-48 of its positions' magic */
  readonly strategy_id: number;
}

export const StrategyLimits = {
  kind: "strategy_limits",
  code: 4114,
  /** Offsets in bytes from the start of the record. */
  offset: { exposure_max_micros: 32, daily_loss_max_micros: 40, limits_version: 48, strategy_id: 52 },
  lengthOf(_v?: StrategyLimits): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): StrategyLimits {
    return {
      exposure_max_micros: view.getBigInt64(at + 32, true),
      daily_loss_max_micros: view.getBigInt64(at + 40, true),
      limits_version: view.getUint32(at + 48, true),
      strategy_id: view.getUint16(at + 52, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: StrategyLimits): void {
    view.setBigInt64(at + 32, v.exposure_max_micros, true);
    view.setBigInt64(at + 40, v.daily_loss_max_micros, true);
    view.setUint32(at + 48, v.limits_version, true);
    view.setUint16(at + 52, v.strategy_id, true);
  },
} as const;

/** A scheduled event of the economic calendar (MqlCalendarValue). The 64 latest are kept, of moderate and high importance. */
export interface CalendarEvent {
  /** MqlCalendarValue.id; a repeated id replaces the event */
  readonly event_id: bigint;
  /** when it is due, UTC milliseconds; 0 = it was called off */
  readonly time_ms: bigint;
  /** that it is about */
  readonly currency: string;
  readonly name: string;
  /** the value, millionths; the least i64 = not known */
  readonly actual_micros: bigint;
  /** the same of the forecast */
  readonly forecast_micros: bigint;
  /** the same of the value before */
  readonly previous_micros: bigint;
  /** CALENDAR_IMPORTANCE: 0 none, 1 low, 2 moderate, 3 high */
  readonly importance: number;
}

export const CalendarEvent = {
  kind: "calendar_event",
  code: 4115,
  /** Offsets in bytes from the start of the record. */
  offset: { event_id: 32, time_ms: 40, currency: 48, name: 56, actual_micros: 120, forecast_micros: 128, previous_micros: 136, importance: 144 },
  lengthOf(_v?: CalendarEvent): number {
    return 192;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): CalendarEvent {
    return {
      event_id: view.getBigUint64(at + 32, true),
      time_ms: view.getBigInt64(at + 40, true),
      currency: readAscii(view, at + 48, 8),
      name: readAscii(view, at + 56, 64),
      actual_micros: view.getBigInt64(at + 120, true),
      forecast_micros: view.getBigInt64(at + 128, true),
      previous_micros: view.getBigInt64(at + 136, true),
      importance: view.getUint8(at + 144),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: CalendarEvent): void {
    view.setBigUint64(at + 32, v.event_id, true);
    view.setBigInt64(at + 40, v.time_ms, true);
    writeAscii(view, at + 48, 8, v.currency, "currency");
    writeAscii(view, at + 56, 64, v.name, "name");
    view.setBigInt64(at + 120, v.actual_micros, true);
    view.setBigInt64(at + 128, v.forecast_micros, true);
    view.setBigInt64(at + 136, v.previous_micros, true);
    view.setUint8(at + 144, v.importance);
  },
} as const;

/** Who may release a tripped or halted stream. A key counts from here on, until it is revoked. */
export interface OperatorKey {
  /** the name that its commands must carry */
  readonly operator: string;
  /** Ed25519, raw */
  readonly public_key: Uint8Array;
  /** 1 = no longer */
  readonly revoked: number;
}

export const OperatorKey = {
  kind: "operator_key",
  code: 4116,
  /** Offsets in bytes from the start of the record. */
  offset: { operator: 32, public_key: 64, revoked: 96 },
  lengthOf(_v?: OperatorKey): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): OperatorKey {
    return {
      operator: readAscii(view, at + 32, 32),
      public_key: readBytes(view, at + 64, 32),
      revoked: view.getUint8(at + 96),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: OperatorKey): void {
    writeAscii(view, at + 32, 32, v.operator, "operator");
    writeBytes(view, at + 64, 32, v.public_key, "public_key");
    view.setUint8(at + 96, v.revoked);
  },
} as const;

export interface NewsItemText {
  readonly piece: Uint8Array;
}

/** One item of a news source, for people and later models: the core takes note of its time and of nothing else. Each item_id once. */
export interface NewsItem {
  /** first half of SHA-256 over source, a zero byte, and the item's id at the source */
  readonly item_id: Uint8Array;
  /** as the source says, UTC milliseconds; 0 = it does not */
  readonly published_ms: bigint;
  /** when it was fetched, UTC milliseconds by the collector's clock */
  readonly fetched_ms: bigint;
  /** the source's name in the configuration */
  readonly source: string;
  /** of the answer that it came in, as received */
  readonly content_sha256: Uint8Array;
  /** UTF-8 bytes of the title at the start of the text */
  readonly title_bytes: number;
  /** UTF-8 bytes of the link behind it; what is left is zero */
  readonly link_bytes: number;
  readonly text: readonly NewsItemText[];
}

export const NewsItem = {
  kind: "news_item",
  code: 4117,
  /** Offsets in bytes from the start of the record. */
  offset: { item_id: 32, published_ms: 48, fetched_ms: 56, source: 64, content_sha256: 96, title_bytes: 128, link_bytes: 130, text_count: 132 },
  lengthOf(v: NewsItem): number {
    return Math.ceil((136 + 8 * v.text.length) / 64) * 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): NewsItem {
    return {
      item_id: readBytes(view, at + 32, 16),
      published_ms: view.getBigInt64(at + 48, true),
      fetched_ms: view.getBigInt64(at + 56, true),
      source: readAscii(view, at + 64, 32),
      content_sha256: readBytes(view, at + 96, 32),
      title_bytes: view.getUint16(at + 128, true),
      link_bytes: view.getUint16(at + 130, true),
      text: readGroup(at, 136, 8, view.getUint16(at + 132, true), (item) => ({
        piece: readBytes(view, item + 0, 8),
      })),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: NewsItem): void {
    writeBytes(view, at + 32, 16, v.item_id, "item_id");
    view.setBigInt64(at + 48, v.published_ms, true);
    view.setBigInt64(at + 56, v.fetched_ms, true);
    writeAscii(view, at + 64, 32, v.source, "source");
    writeBytes(view, at + 96, 32, v.content_sha256, "content_sha256");
    view.setUint16(at + 128, v.title_bytes, true);
    view.setUint16(at + 130, v.link_bytes, true);
    view.setUint16(at + 132, v.text.length, true);
    v.text.forEach((g, i) => {
      const item = at + 136 + i * 8;
      writeBytes(view, item + 0, 8, g.piece, "piece");
    });
  },
} as const;

/** The cloud's signature over the record that follows it at once: a lease, risk limits or a stop. Taken once. */
export interface CloudCommand {
  /** the stream that it is for */
  readonly stream_id: Uint8Array;
  /** Ed25519, raw; one of the stream's cloud keys */
  readonly public_key: Uint8Array;
  /** by it, over what proto/cloud-command.ts says */
  readonly signature: Uint8Array;
  /** of the ordered record behind its header */
  readonly payload_sha256: Uint8Array;
  /** grows with each command of a stream; one that is not above the last of its kind is refused */
  readonly number: bigint;
  /** in the stream's own time, UTC nanoseconds */
  readonly issued_ns: bigint;
  /** not to be taken from then on, UTC nanoseconds */
  readonly valid_until_ns: bigint;
  /** the box that it is for */
  readonly epoch: number;
  /** header code of the ordered record */
  readonly ordered: number;
  /** its symbol */
  readonly ordered_symbol: number;
}

export const CloudCommand = {
  kind: "cloud_command",
  code: 4118,
  /** Offsets in bytes from the start of the record. */
  offset: { stream_id: 32, public_key: 48, signature: 80, payload_sha256: 144, number: 176, issued_ns: 184, valid_until_ns: 192, epoch: 200, ordered: 204, ordered_symbol: 206 },
  lengthOf(_v?: CloudCommand): number {
    return 256;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): CloudCommand {
    return {
      stream_id: readBytes(view, at + 32, 16),
      public_key: readBytes(view, at + 48, 32),
      signature: readBytes(view, at + 80, 64),
      payload_sha256: readBytes(view, at + 144, 32),
      number: view.getBigUint64(at + 176, true),
      issued_ns: view.getBigInt64(at + 184, true),
      valid_until_ns: view.getBigInt64(at + 192, true),
      epoch: view.getUint32(at + 200, true),
      ordered: view.getUint16(at + 204, true),
      ordered_symbol: view.getUint16(at + 206, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: CloudCommand): void {
    writeBytes(view, at + 32, 16, v.stream_id, "stream_id");
    writeBytes(view, at + 48, 32, v.public_key, "public_key");
    writeBytes(view, at + 80, 64, v.signature, "signature");
    writeBytes(view, at + 144, 32, v.payload_sha256, "payload_sha256");
    view.setBigUint64(at + 176, v.number, true);
    view.setBigInt64(at + 184, v.issued_ns, true);
    view.setBigInt64(at + 192, v.valid_until_ns, true);
    view.setUint32(at + 200, v.epoch, true);
    view.setUint16(at + 204, v.ordered, true);
    view.setUint16(at + 206, v.ordered_symbol, true);
  },
} as const;

/** Another box goes on with the stream from here, under its own key. First record of its first batch. Ends every lease; from here on a lease is always required. */
export interface Takeover {
  readonly stream_id: Uint8Array;
  /** Ed25519, raw; verifies the batch seals from this batch on */
  readonly box_key: Uint8Array;
  /** the cloud's, that signed */
  readonly public_key: Uint8Array;
  /** by it, over what proto/cloud-command.ts says */
  readonly signature: Uint8Array;
  /** who ordered the replacement */
  readonly operator: string;
  /** by the cloud's clock, UTC nanoseconds: every lease of the box before has surely ended */
  readonly opens_ns: bigint;
  /** one above that of the box before */
  readonly epoch: number;
}

export const Takeover = {
  kind: "takeover",
  code: 4119,
  /** Offsets in bytes from the start of the record. */
  offset: { stream_id: 32, box_key: 48, public_key: 80, signature: 112, operator: 176, opens_ns: 208, epoch: 216 },
  lengthOf(_v?: Takeover): number {
    return 256;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Takeover {
    return {
      stream_id: readBytes(view, at + 32, 16),
      box_key: readBytes(view, at + 48, 32),
      public_key: readBytes(view, at + 80, 32),
      signature: readBytes(view, at + 112, 64),
      operator: readAscii(view, at + 176, 32),
      opens_ns: view.getBigInt64(at + 208, true),
      epoch: view.getUint32(at + 216, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Takeover): void {
    writeBytes(view, at + 32, 16, v.stream_id, "stream_id");
    writeBytes(view, at + 48, 32, v.box_key, "box_key");
    writeBytes(view, at + 80, 32, v.public_key, "public_key");
    writeBytes(view, at + 112, 64, v.signature, "signature");
    writeAscii(view, at + 176, 32, v.operator, "operator");
    view.setBigInt64(at + 208, v.opens_ns, true);
    view.setUint32(at + 216, v.epoch, true);
  },
} as const;

/** Whose commands and takeovers from the cloud count. A key counts from here on, until it is revoked. */
export interface CloudKey {
  /** Ed25519, raw */
  readonly public_key: Uint8Array;
  /** 1 = no longer */
  readonly revoked: number;
}

export const CloudKey = {
  kind: "cloud_key",
  code: 4124,
  /** Offsets in bytes from the start of the record. */
  offset: { public_key: 32, revoked: 64 },
  lengthOf(_v?: CloudKey): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): CloudKey {
    return {
      public_key: readBytes(view, at + 32, 32),
      revoked: view.getUint8(at + 64),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: CloudKey): void {
    writeBytes(view, at + 32, 32, v.public_key, "public_key");
    view.setUint8(at + 64, v.revoked);
  },
} as const;

/** The model that scores beside the live one from here on and is never traded on. The core refuses it unless the bytes in its model region hash to this. */
export interface ModelShadow {
  /** of the artefact's bytes; zero = no shadow from here on */
  readonly sha256: Uint8Array;
  /** 0 = no shadow */
  readonly size_bytes: number;
  readonly artefact_version: number;
}

export const ModelShadow = {
  kind: "model_shadow",
  code: 4120,
  /** Offsets in bytes from the start of the record. */
  offset: { sha256: 32, size_bytes: 64, artefact_version: 68 },
  lengthOf(_v?: ModelShadow): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): ModelShadow {
    return {
      sha256: readBytes(view, at + 32, 32),
      size_bytes: view.getUint32(at + 64, true),
      artefact_version: view.getUint32(at + 68, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ModelShadow): void {
    writeBytes(view, at + 32, 32, v.sha256, "sha256");
    view.setUint32(at + 64, v.size_bytes, true);
    view.setUint32(at + 68, v.artefact_version, true);
  },
} as const;

/** How the models' answers are put together and from when they count. Symbol 0 in the header = every symbol without its own. Before the first one all is as trained. */
export interface ModelConfig {
  /** who */
  readonly operator: string;
  /** why */
  readonly reason: string;
  /** Ed25519, raw; zero = not signed: then it may only take away */
  readonly public_key: Uint8Array;
  /** by it, over what proto/model-words.ts says; zero = not signed */
  readonly signature: Uint8Array;
  /** above that of the one in force */
  readonly config_version: number;
  /** heads that are on, bit 3 x timeframe (M1, M5, M15, H1, H4, D1) + question (direction, high volatility, regime) */
  readonly heads: number;
  /** thousandths of the stacker's own weight: 1000 = as trained, 0 = left out, at most 4000 */
  readonly boosted_weight_milli: number;
  /** likewise */
  readonly forest_weight_milli: number;
  /** likewise */
  readonly logistic_weight_milli: number;
  /** likewise */
  readonly perceptron_weight_milli: number;
  /** likewise */
  readonly gru_weight_milli: number;
  /** nothing is opened below this |P(up) - 0.5|, millionths; 0 = no such bound */
  readonly edge_min_ppm: number;
  /** nothing is opened above this disagreement, millionths; 1000000 = no such bound */
  readonly disagreement_max_ppm: number;
  /** nothing is opened above this drift_psi, thousandths; 0 = no such bound */
  readonly drift_max_milli: number;
  /** the regime is volatile from this probability on, millionths; 500000 = as trained */
  readonly volatile_ppm: number;
}

export const ModelConfig = {
  kind: "model_config",
  code: 4121,
  /** Offsets in bytes from the start of the record. */
  offset: { operator: 32, reason: 64, public_key: 128, signature: 160, config_version: 224, heads: 228, boosted_weight_milli: 232, forest_weight_milli: 236, logistic_weight_milli: 240, perceptron_weight_milli: 244, gru_weight_milli: 248, edge_min_ppm: 252, disagreement_max_ppm: 256, drift_max_milli: 260, volatile_ppm: 264 },
  lengthOf(_v?: ModelConfig): number {
    return 320;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): ModelConfig {
    return {
      operator: readAscii(view, at + 32, 32),
      reason: readAscii(view, at + 64, 64),
      public_key: readBytes(view, at + 128, 32),
      signature: readBytes(view, at + 160, 64),
      config_version: view.getUint32(at + 224, true),
      heads: view.getUint32(at + 228, true),
      boosted_weight_milli: view.getUint32(at + 232, true),
      forest_weight_milli: view.getUint32(at + 236, true),
      logistic_weight_milli: view.getUint32(at + 240, true),
      perceptron_weight_milli: view.getUint32(at + 244, true),
      gru_weight_milli: view.getUint32(at + 248, true),
      edge_min_ppm: view.getUint32(at + 252, true),
      disagreement_max_ppm: view.getUint32(at + 256, true),
      drift_max_milli: view.getUint32(at + 260, true),
      volatile_ppm: view.getUint32(at + 264, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ModelConfig): void {
    writeAscii(view, at + 32, 32, v.operator, "operator");
    writeAscii(view, at + 64, 64, v.reason, "reason");
    writeBytes(view, at + 128, 32, v.public_key, "public_key");
    writeBytes(view, at + 160, 64, v.signature, "signature");
    view.setUint32(at + 224, v.config_version, true);
    view.setUint32(at + 228, v.heads, true);
    view.setUint32(at + 232, v.boosted_weight_milli, true);
    view.setUint32(at + 236, v.forest_weight_milli, true);
    view.setUint32(at + 240, v.logistic_weight_milli, true);
    view.setUint32(at + 244, v.perceptron_weight_milli, true);
    view.setUint32(at + 248, v.gru_weight_milli, true);
    view.setUint32(at + 252, v.edge_min_ppm, true);
    view.setUint32(at + 256, v.disagreement_max_ppm, true);
    view.setUint32(at + 260, v.drift_max_milli, true);
    view.setUint32(at + 264, v.volatile_ppm, true);
  },
} as const;

/** Who ordered a model for this stream, and why; the model_digest or model_shadow that follows carries it out. For people and proofs: the core takes note of its time and of nothing else. */
export interface ModelAssignment {
  /** who */
  readonly operator: string;
  /** why */
  readonly reason: string;
  /** Ed25519, raw; zero = not signed, as a shadow need not be */
  readonly public_key: Uint8Array;
  /** by it, over what proto/model-words.ts says; zero = not signed */
  readonly signature: Uint8Array;
  /** of the artefact's bytes; zero = no shadow from here on */
  readonly sha256: Uint8Array;
  readonly size_bytes: number;
  /** above that of the last one of this role */
  readonly assignment_version: number;
  /** MODEL_ROLE: 1 live, 2 shadow */
  readonly role: number;
}

export const ModelAssignment = {
  kind: "model_assignment",
  code: 4122,
  /** Offsets in bytes from the start of the record. */
  offset: { operator: 32, reason: 64, public_key: 128, signature: 160, sha256: 224, size_bytes: 256, assignment_version: 260, role: 264 },
  lengthOf(_v?: ModelAssignment): number {
    return 320;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): ModelAssignment {
    return {
      operator: readAscii(view, at + 32, 32),
      reason: readAscii(view, at + 64, 64),
      public_key: readBytes(view, at + 128, 32),
      signature: readBytes(view, at + 160, 64),
      sha256: readBytes(view, at + 224, 32),
      size_bytes: view.getUint32(at + 256, true),
      assignment_version: view.getUint32(at + 260, true),
      role: view.getUint8(at + 264),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ModelAssignment): void {
    writeAscii(view, at + 32, 32, v.operator, "operator");
    writeAscii(view, at + 64, 64, v.reason, "reason");
    writeBytes(view, at + 128, 32, v.public_key, "public_key");
    writeBytes(view, at + 160, 64, v.signature, "signature");
    writeBytes(view, at + 224, 32, v.sha256, "sha256");
    view.setUint32(at + 256, v.size_bytes, true);
    view.setUint32(at + 260, v.assignment_version, true);
    view.setUint8(at + 264, v.role);
  },
} as const;

/** Another configuration is in force: what of it the core obeys follows as records, before anything else is decided. The core takes note of its time and of nothing else. */
export interface ConfigChange {
  /** of the document's text (proto/configuration/document.ts) */
  readonly document_sha256: Uint8Array;
  /** of the one in force until here */
  readonly previous_sha256: Uint8Array;
  /** who */
  readonly operator: string;
  /** why */
  readonly reason: string;
  /** Ed25519, raw; zero = not signed, which only a change that takes away may be */
  readonly public_key: Uint8Array;
  /** by it, over what proto/configuration/message.ts says; zero = not signed */
  readonly signature: Uint8Array;
  /** one more than the one in force until here; 1 the first */
  readonly config_version: number;
}

export const ConfigChange = {
  kind: "config_change",
  code: 4126,
  /** Offsets in bytes from the start of the record. */
  offset: { document_sha256: 32, previous_sha256: 64, operator: 96, reason: 128, public_key: 192, signature: 224, config_version: 288 },
  lengthOf(_v?: ConfigChange): number {
    return 320;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): ConfigChange {
    return {
      document_sha256: readBytes(view, at + 32, 32),
      previous_sha256: readBytes(view, at + 64, 32),
      operator: readAscii(view, at + 96, 32),
      reason: readAscii(view, at + 128, 64),
      public_key: readBytes(view, at + 192, 32),
      signature: readBytes(view, at + 224, 64),
      config_version: view.getUint32(at + 288, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ConfigChange): void {
    writeBytes(view, at + 32, 32, v.document_sha256, "document_sha256");
    writeBytes(view, at + 64, 32, v.previous_sha256, "previous_sha256");
    writeAscii(view, at + 96, 32, v.operator, "operator");
    writeAscii(view, at + 128, 64, v.reason, "reason");
    writeBytes(view, at + 192, 32, v.public_key, "public_key");
    writeBytes(view, at + 224, 64, v.signature, "signature");
    view.setUint32(at + 288, v.config_version, true);
  },
} as const;

/** Where the next so many calendar and history inputs came from. The core takes note of its time and of nothing else. */
export interface Provenance {
  /** name of the file, or terminal */
  readonly source: string;
  /** of the whole file; zero = told by the terminal */
  readonly content_sha256: Uint8Array;
  /** when they were handed over, UTC milliseconds by the stream's time */
  readonly received_ms: bigint;
  /** how many inputs right behind this one are of it */
  readonly inputs: number;
}

export const Provenance = {
  kind: "provenance",
  code: 4128,
  /** Offsets in bytes from the start of the record. */
  offset: { source: 32, content_sha256: 64, received_ms: 96, inputs: 104 },
  lengthOf(_v?: Provenance): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Provenance {
    return {
      source: readAscii(view, at + 32, 32),
      content_sha256: readBytes(view, at + 64, 32),
      received_ms: view.getBigInt64(at + 96, true),
      inputs: view.getUint32(at + 104, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Provenance): void {
    writeAscii(view, at + 32, 32, v.source, "source");
    writeBytes(view, at + 64, 32, v.content_sha256, "content_sha256");
    view.setBigInt64(at + 96, v.received_ms, true);
    view.setUint32(at + 104, v.inputs, true);
  },
} as const;

/** A bar that the core closed. */
export interface Bar {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  /** UTC */
  readonly open_time_ms: bigint;
  /** bid */
  readonly open_points: bigint;
  /** bid */
  readonly high_points: bigint;
  /** bid */
  readonly low_points: bigint;
  /** bid */
  readonly close_points: bigint;
  /** sum of the spreads of its ticks */
  readonly spread_sum_points: bigint;
  /** bar length in seconds; 0 when it is not made by time */
  readonly timeframe_s: number;
  readonly tick_count: number;
  /** BAR_BASIS: 0 time, 1 number of ticks, 2 range */
  readonly basis: number;
}

export const Bar = {
  kind: "bar",
  code: 4197,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, open_time_ms: 40, open_points: 48, high_points: 56, low_points: 64, close_points: 72, spread_sum_points: 80, timeframe_s: 88, tick_count: 92, basis: 96 },
  lengthOf(_v?: Bar): number {
    return 128;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Bar {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      open_time_ms: view.getBigInt64(at + 40, true),
      open_points: view.getBigInt64(at + 48, true),
      high_points: view.getBigInt64(at + 56, true),
      low_points: view.getBigInt64(at + 64, true),
      close_points: view.getBigInt64(at + 72, true),
      spread_sum_points: view.getBigInt64(at + 80, true),
      timeframe_s: view.getUint32(at + 88, true),
      tick_count: view.getUint32(at + 92, true),
      basis: view.getUint8(at + 96),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Bar): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    view.setBigInt64(at + 40, v.open_time_ms, true);
    view.setBigInt64(at + 48, v.open_points, true);
    view.setBigInt64(at + 56, v.high_points, true);
    view.setBigInt64(at + 64, v.low_points, true);
    view.setBigInt64(at + 72, v.close_points, true);
    view.setBigInt64(at + 80, v.spread_sum_points, true);
    view.setUint32(at + 88, v.timeframe_s, true);
    view.setUint32(at + 92, v.tick_count, true);
    view.setUint8(at + 96, v.basis);
  },
} as const;

export interface PredictionFeatures {
  /** in the order of proto/features.ts */
  readonly value: number;
}

/** One scoring of the model, at the close of a bar. Scores that the model does not have are one half; the `..._models` bits say which it has. */
export interface Prediction {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  /** opening time of the bar that closed, UTC */
  readonly bar_time_ms: bigint;
  /** score of the gradient-boosted trees */
  readonly direction_boosted: number;
  /** of the random forest */
  readonly direction_forest: number;
  /** of the logistic regression */
  readonly direction_logistic: number;
  /** of the multilayer perceptron */
  readonly direction_perceptron: number;
  /** of the gated recurrent unit */
  readonly direction_gru: number;
  /** the five together, before calibration */
  readonly direction_stacked: number;
  /** calibrated: of a higher close after the horizon */
  readonly probability_up: number;
  /** standard deviation of the models' scores */
  readonly direction_disagreement: number;
  /** score of the gradient-boosted trees */
  readonly volatility_boosted: number;
  /** of the random forest */
  readonly volatility_forest: number;
  /** of the logistic regression */
  readonly volatility_logistic: number;
  /** of the multilayer perceptron */
  readonly volatility_perceptron: number;
  /** of the gated recurrent unit */
  readonly volatility_gru: number;
  /** the five together, before calibration */
  readonly volatility_stacked: number;
  /** calibrated: of a next range above its recent median */
  readonly probability_high_volatility: number;
  /** standard deviation of the models' scores */
  readonly volatility_disagreement: number;
  /** score of the gradient-boosted trees */
  readonly regime_boosted: number;
  /** of the random forest */
  readonly regime_forest: number;
  /** of the logistic regression */
  readonly regime_logistic: number;
  /** of the multilayer perceptron */
  readonly regime_perceptron: number;
  /** of the gated recurrent unit */
  readonly regime_gru: number;
  /** the five together, before calibration */
  readonly regime_stacked: number;
  /** calibrated: of a volatile market: the mean true range over the regime's horizon above ATR(50) */
  readonly probability_volatile_regime: number;
  /** standard deviation of the models' scores */
  readonly regime_disagreement: number;
  /** average true range at the close */
  readonly atr_points: number;
  /** largest population stability index of the last whole block of 250 scored bars; 0 before it */
  readonly drift_psi: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_0: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_1: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_2: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_3: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_0: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_1: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_2: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_3: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_0: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_1: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_2: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_3: number;
  /** first half of the model's digest */
  readonly model_sha256_head: Uint8Array;
  /** bar length in seconds (60 = M1, 3600 = H1) */
  readonly timeframe_s: number;
  /** what the direction and volatility are about */
  readonly horizon_s: number;
  /** what the regime is about */
  readonly regime_horizon_s: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_0: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_1: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_2: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_3: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_0: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_1: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_2: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_3: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_0: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_1: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_2: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_3: number;
  /** position of the feature that drift_psi is of */
  readonly drift_feature: number;
  /** bits of the scores that are the model's: 1 boosted, 2 forest, 4 logistic, 8 perceptron, 16 gru */
  readonly direction_models: number;
  /** likewise */
  readonly volatility_models: number;
  /** likewise */
  readonly regime_models: number;
  /** answers that the conformal set keeps: 1 no, 2 yes */
  readonly direction_set: number;
  /** likewise */
  readonly volatility_set: number;
  /** likewise */
  readonly regime_set: number;
  /** 0 calm, 1 volatile */
  readonly regime: number;
  /** 0 = before warm-up: never traded on */
  readonly warm: number;
  readonly features: readonly PredictionFeatures[];
}

export const Prediction = {
  kind: "prediction",
  code: 12390,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, bar_time_ms: 40, direction_boosted: 48, direction_forest: 56, direction_logistic: 64, direction_perceptron: 72, direction_gru: 80, direction_stacked: 88, probability_up: 96, direction_disagreement: 104, volatility_boosted: 112, volatility_forest: 120, volatility_logistic: 128, volatility_perceptron: 136, volatility_gru: 144, volatility_stacked: 152, probability_high_volatility: 160, volatility_disagreement: 168, regime_boosted: 176, regime_forest: 184, regime_logistic: 192, regime_perceptron: 200, regime_gru: 208, regime_stacked: 216, probability_volatile_regime: 224, regime_disagreement: 232, atr_points: 240, drift_psi: 248, contribution_0: 256, contribution_1: 264, contribution_2: 272, contribution_3: 280, volatility_contribution_0: 288, volatility_contribution_1: 296, volatility_contribution_2: 304, volatility_contribution_3: 312, regime_contribution_0: 320, regime_contribution_1: 328, regime_contribution_2: 336, regime_contribution_3: 344, model_sha256_head: 352, timeframe_s: 368, horizon_s: 372, regime_horizon_s: 376, contribution_feature_0: 380, contribution_feature_1: 382, contribution_feature_2: 384, contribution_feature_3: 386, volatility_contribution_feature_0: 388, volatility_contribution_feature_1: 390, volatility_contribution_feature_2: 392, volatility_contribution_feature_3: 394, regime_contribution_feature_0: 396, regime_contribution_feature_1: 398, regime_contribution_feature_2: 400, regime_contribution_feature_3: 402, drift_feature: 404, feature_count: 406, direction_models: 408, volatility_models: 409, regime_models: 410, direction_set: 411, volatility_set: 412, regime_set: 413, regime: 414, warm: 415 },
  lengthOf(v: Prediction): number {
    return Math.ceil((416 + 8 * v.features.length) / 64) * 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Prediction {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      bar_time_ms: view.getBigInt64(at + 40, true),
      direction_boosted: view.getFloat64(at + 48, true),
      direction_forest: view.getFloat64(at + 56, true),
      direction_logistic: view.getFloat64(at + 64, true),
      direction_perceptron: view.getFloat64(at + 72, true),
      direction_gru: view.getFloat64(at + 80, true),
      direction_stacked: view.getFloat64(at + 88, true),
      probability_up: view.getFloat64(at + 96, true),
      direction_disagreement: view.getFloat64(at + 104, true),
      volatility_boosted: view.getFloat64(at + 112, true),
      volatility_forest: view.getFloat64(at + 120, true),
      volatility_logistic: view.getFloat64(at + 128, true),
      volatility_perceptron: view.getFloat64(at + 136, true),
      volatility_gru: view.getFloat64(at + 144, true),
      volatility_stacked: view.getFloat64(at + 152, true),
      probability_high_volatility: view.getFloat64(at + 160, true),
      volatility_disagreement: view.getFloat64(at + 168, true),
      regime_boosted: view.getFloat64(at + 176, true),
      regime_forest: view.getFloat64(at + 184, true),
      regime_logistic: view.getFloat64(at + 192, true),
      regime_perceptron: view.getFloat64(at + 200, true),
      regime_gru: view.getFloat64(at + 208, true),
      regime_stacked: view.getFloat64(at + 216, true),
      probability_volatile_regime: view.getFloat64(at + 224, true),
      regime_disagreement: view.getFloat64(at + 232, true),
      atr_points: view.getFloat64(at + 240, true),
      drift_psi: view.getFloat64(at + 248, true),
      contribution_0: view.getFloat64(at + 256, true),
      contribution_1: view.getFloat64(at + 264, true),
      contribution_2: view.getFloat64(at + 272, true),
      contribution_3: view.getFloat64(at + 280, true),
      volatility_contribution_0: view.getFloat64(at + 288, true),
      volatility_contribution_1: view.getFloat64(at + 296, true),
      volatility_contribution_2: view.getFloat64(at + 304, true),
      volatility_contribution_3: view.getFloat64(at + 312, true),
      regime_contribution_0: view.getFloat64(at + 320, true),
      regime_contribution_1: view.getFloat64(at + 328, true),
      regime_contribution_2: view.getFloat64(at + 336, true),
      regime_contribution_3: view.getFloat64(at + 344, true),
      model_sha256_head: readBytes(view, at + 352, 16),
      timeframe_s: view.getUint32(at + 368, true),
      horizon_s: view.getUint32(at + 372, true),
      regime_horizon_s: view.getUint32(at + 376, true),
      contribution_feature_0: view.getUint16(at + 380, true),
      contribution_feature_1: view.getUint16(at + 382, true),
      contribution_feature_2: view.getUint16(at + 384, true),
      contribution_feature_3: view.getUint16(at + 386, true),
      volatility_contribution_feature_0: view.getUint16(at + 388, true),
      volatility_contribution_feature_1: view.getUint16(at + 390, true),
      volatility_contribution_feature_2: view.getUint16(at + 392, true),
      volatility_contribution_feature_3: view.getUint16(at + 394, true),
      regime_contribution_feature_0: view.getUint16(at + 396, true),
      regime_contribution_feature_1: view.getUint16(at + 398, true),
      regime_contribution_feature_2: view.getUint16(at + 400, true),
      regime_contribution_feature_3: view.getUint16(at + 402, true),
      drift_feature: view.getUint16(at + 404, true),
      direction_models: view.getUint8(at + 408),
      volatility_models: view.getUint8(at + 409),
      regime_models: view.getUint8(at + 410),
      direction_set: view.getUint8(at + 411),
      volatility_set: view.getUint8(at + 412),
      regime_set: view.getUint8(at + 413),
      regime: view.getUint8(at + 414),
      warm: view.getUint8(at + 415),
      features: readGroup(at, 416, 8, view.getUint16(at + 406, true), (item) => ({
        value: view.getFloat64(item + 0, true),
      })),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Prediction): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    view.setBigInt64(at + 40, v.bar_time_ms, true);
    view.setFloat64(at + 48, v.direction_boosted, true);
    view.setFloat64(at + 56, v.direction_forest, true);
    view.setFloat64(at + 64, v.direction_logistic, true);
    view.setFloat64(at + 72, v.direction_perceptron, true);
    view.setFloat64(at + 80, v.direction_gru, true);
    view.setFloat64(at + 88, v.direction_stacked, true);
    view.setFloat64(at + 96, v.probability_up, true);
    view.setFloat64(at + 104, v.direction_disagreement, true);
    view.setFloat64(at + 112, v.volatility_boosted, true);
    view.setFloat64(at + 120, v.volatility_forest, true);
    view.setFloat64(at + 128, v.volatility_logistic, true);
    view.setFloat64(at + 136, v.volatility_perceptron, true);
    view.setFloat64(at + 144, v.volatility_gru, true);
    view.setFloat64(at + 152, v.volatility_stacked, true);
    view.setFloat64(at + 160, v.probability_high_volatility, true);
    view.setFloat64(at + 168, v.volatility_disagreement, true);
    view.setFloat64(at + 176, v.regime_boosted, true);
    view.setFloat64(at + 184, v.regime_forest, true);
    view.setFloat64(at + 192, v.regime_logistic, true);
    view.setFloat64(at + 200, v.regime_perceptron, true);
    view.setFloat64(at + 208, v.regime_gru, true);
    view.setFloat64(at + 216, v.regime_stacked, true);
    view.setFloat64(at + 224, v.probability_volatile_regime, true);
    view.setFloat64(at + 232, v.regime_disagreement, true);
    view.setFloat64(at + 240, v.atr_points, true);
    view.setFloat64(at + 248, v.drift_psi, true);
    view.setFloat64(at + 256, v.contribution_0, true);
    view.setFloat64(at + 264, v.contribution_1, true);
    view.setFloat64(at + 272, v.contribution_2, true);
    view.setFloat64(at + 280, v.contribution_3, true);
    view.setFloat64(at + 288, v.volatility_contribution_0, true);
    view.setFloat64(at + 296, v.volatility_contribution_1, true);
    view.setFloat64(at + 304, v.volatility_contribution_2, true);
    view.setFloat64(at + 312, v.volatility_contribution_3, true);
    view.setFloat64(at + 320, v.regime_contribution_0, true);
    view.setFloat64(at + 328, v.regime_contribution_1, true);
    view.setFloat64(at + 336, v.regime_contribution_2, true);
    view.setFloat64(at + 344, v.regime_contribution_3, true);
    writeBytes(view, at + 352, 16, v.model_sha256_head, "model_sha256_head");
    view.setUint32(at + 368, v.timeframe_s, true);
    view.setUint32(at + 372, v.horizon_s, true);
    view.setUint32(at + 376, v.regime_horizon_s, true);
    view.setUint16(at + 380, v.contribution_feature_0, true);
    view.setUint16(at + 382, v.contribution_feature_1, true);
    view.setUint16(at + 384, v.contribution_feature_2, true);
    view.setUint16(at + 386, v.contribution_feature_3, true);
    view.setUint16(at + 388, v.volatility_contribution_feature_0, true);
    view.setUint16(at + 390, v.volatility_contribution_feature_1, true);
    view.setUint16(at + 392, v.volatility_contribution_feature_2, true);
    view.setUint16(at + 394, v.volatility_contribution_feature_3, true);
    view.setUint16(at + 396, v.regime_contribution_feature_0, true);
    view.setUint16(at + 398, v.regime_contribution_feature_1, true);
    view.setUint16(at + 400, v.regime_contribution_feature_2, true);
    view.setUint16(at + 402, v.regime_contribution_feature_3, true);
    view.setUint16(at + 404, v.drift_feature, true);
    view.setUint8(at + 408, v.direction_models);
    view.setUint8(at + 409, v.volatility_models);
    view.setUint8(at + 410, v.regime_models);
    view.setUint8(at + 411, v.direction_set);
    view.setUint8(at + 412, v.volatility_set);
    view.setUint8(at + 413, v.regime_set);
    view.setUint8(at + 414, v.regime);
    view.setUint8(at + 415, v.warm);
    view.setUint16(at + 406, v.features.length, true);
    v.features.forEach((g, i) => {
      const item = at + 416 + i * 8;
      view.setFloat64(item + 0, g.value, true);
    });
  },
} as const;

/** An order that the core wants. It leaves the edge only if the verdict that follows accepts it. */
export interface OrderIntent {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  /** epoch modulo 256, 1 byte; cause_seq in 6 bytes, big-endian; index in its cause, 1 byte; first half of the stream id */
  readonly intent_id: Uint8Array;
  /** bit 63 = 0, bits 62-48 strategy, bits 47-0 of SHA-256(intent_id) */
  readonly magic: bigint;
  /** to close, 0 = none */
  readonly position_ticket: bigint;
  readonly volume_microlots: bigint;
  /** ask or bid at the decision */
  readonly price_points: bigint;
  /** 0 = none */
  readonly stop_points: bigint;
  /** 0 = none */
  readonly target_points: bigint;
  /** worst price to accept */
  readonly guard_price_points: bigint;
  /** UTC nanoseconds */
  readonly expires_ns: bigint;
  readonly deviation_points: number;
  /** bar length in seconds (60 = M1, 3600 = H1) */
  readonly timeframe_s: number;
  /** what it was decided on */
  readonly probability_up_ppm: number;
  /** INTENT_ACTION: 1 open, 2 close */
  readonly action: number;
  /** 0 buy, 1 sell */
  readonly side: number;
  /** of the prediction that it was decided on; 0 when it was not decided on one */
  readonly direction_set: number;
}

export const OrderIntent = {
  kind: "order_intent",
  code: 4199,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, intent_id: 40, magic: 56, position_ticket: 64, volume_microlots: 72, price_points: 80, stop_points: 88, target_points: 96, guard_price_points: 104, expires_ns: 112, deviation_points: 120, timeframe_s: 124, probability_up_ppm: 128, action: 132, side: 133, direction_set: 134 },
  lengthOf(_v?: OrderIntent): number {
    return 192;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): OrderIntent {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      intent_id: readBytes(view, at + 40, 16),
      magic: view.getBigUint64(at + 56, true),
      position_ticket: view.getBigUint64(at + 64, true),
      volume_microlots: view.getBigInt64(at + 72, true),
      price_points: view.getBigInt64(at + 80, true),
      stop_points: view.getBigInt64(at + 88, true),
      target_points: view.getBigInt64(at + 96, true),
      guard_price_points: view.getBigInt64(at + 104, true),
      expires_ns: view.getBigInt64(at + 112, true),
      deviation_points: view.getInt32(at + 120, true),
      timeframe_s: view.getUint32(at + 124, true),
      probability_up_ppm: view.getInt32(at + 128, true),
      action: view.getUint8(at + 132),
      side: view.getUint8(at + 133),
      direction_set: view.getUint8(at + 134),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: OrderIntent): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    writeBytes(view, at + 40, 16, v.intent_id, "intent_id");
    view.setBigUint64(at + 56, v.magic, true);
    view.setBigUint64(at + 64, v.position_ticket, true);
    view.setBigInt64(at + 72, v.volume_microlots, true);
    view.setBigInt64(at + 80, v.price_points, true);
    view.setBigInt64(at + 88, v.stop_points, true);
    view.setBigInt64(at + 96, v.target_points, true);
    view.setBigInt64(at + 104, v.guard_price_points, true);
    view.setBigInt64(at + 112, v.expires_ns, true);
    view.setInt32(at + 120, v.deviation_points, true);
    view.setUint32(at + 124, v.timeframe_s, true);
    view.setInt32(at + 128, v.probability_up_ppm, true);
    view.setUint8(at + 132, v.action);
    view.setUint8(at + 133, v.side);
    view.setUint8(at + 134, v.direction_set);
  },
} as const;

export interface RiskVerdictChecks {
  /** what was measured */
  readonly value: bigint;
  /** what it was held against */
  readonly limit: bigint;
  /** how far from failing, negative = by how much it failed; saturating */
  readonly headroom: bigint;
  /** reason code (proto/reasons.ts) */
  readonly code: number;
  /** CHECK_RESULT: 0 pass, 1 fail, 2 missing data */
  readonly result: number;
  /** 0 */
  readonly pad: number;
  /** 0 */
  readonly reserved: number;
}

/** Every pre-trade check of one intent, passed or not. Follows its intent. */
export interface RiskVerdict {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  readonly intent_id: Uint8Array;
  /** 1 = every check passed */
  readonly accepted: number;
  /** TRADING_STATE at the check */
  readonly trading_state: number;
  readonly failed_count: number;
  readonly checks: readonly RiskVerdictChecks[];
}

export const RiskVerdict = {
  kind: "risk_verdict",
  code: 4200,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, intent_id: 40, accepted: 56, trading_state: 57, check_count: 58, failed_count: 60 },
  lengthOf(v: RiskVerdict): number {
    return Math.ceil((64 + 32 * v.checks.length) / 64) * 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): RiskVerdict {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      intent_id: readBytes(view, at + 40, 16),
      accepted: view.getUint8(at + 56),
      trading_state: view.getUint8(at + 57),
      failed_count: view.getUint16(at + 60, true),
      checks: readGroup(at, 64, 32, view.getUint16(at + 58, true), (item) => ({
        value: view.getBigInt64(item + 0, true),
        limit: view.getBigInt64(item + 8, true),
        headroom: view.getBigInt64(item + 16, true),
        code: view.getUint16(item + 24, true),
        result: view.getUint8(item + 26),
        pad: view.getUint8(item + 27),
        reserved: view.getUint32(item + 28, true),
      })),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: RiskVerdict): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    writeBytes(view, at + 40, 16, v.intent_id, "intent_id");
    view.setUint8(at + 56, v.accepted);
    view.setUint8(at + 57, v.trading_state);
    view.setUint16(at + 60, v.failed_count, true);
    view.setUint16(at + 58, v.checks.length, true);
    v.checks.forEach((g, i) => {
      const item = at + 64 + i * 32;
      view.setBigInt64(item + 0, g.value, true);
      view.setBigInt64(item + 8, g.limit, true);
      view.setBigInt64(item + 16, g.headroom, true);
      view.setUint16(item + 24, g.code, true);
      view.setUint8(item + 26, g.result);
      view.setUint8(item + 27, g.pad);
      view.setUint32(item + 28, g.reserved, true);
    });
  },
} as const;

/** The trading state changed. */
export interface StateChange {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  /** TRADING_STATE */
  readonly from_state: number;
  /** TRADING_STATE */
  readonly to_state: number;
  /** reason code, 0 = operator */
  readonly reason: number;
}

export const StateChange = {
  kind: "state_change",
  code: 4201,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, from_state: 40, to_state: 41, reason: 42 },
  lengthOf(_v?: StateChange): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): StateChange {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      from_state: view.getUint8(at + 40),
      to_state: view.getUint8(at + 41),
      reason: view.getUint16(at + 42, true),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: StateChange): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    view.setUint8(at + 40, v.from_state);
    view.setUint8(at + 41, v.to_state);
    view.setUint16(at + 42, v.reason, true);
  },
} as const;

/** Something a person should know. */
export interface Alert {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  readonly value: bigint;
  readonly limit: bigint;
  /** ALERT */
  readonly code: number;
  /** SEVERITY: 0 info, 1 warning, 2 critical */
  readonly severity: number;
}

export const Alert = {
  kind: "alert",
  code: 4202,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, value: 40, limit: 48, code: 56, severity: 58 },
  lengthOf(_v?: Alert): number {
    return 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Alert {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      value: view.getBigInt64(at + 40, true),
      limit: view.getBigInt64(at + 48, true),
      code: view.getUint16(at + 56, true),
      severity: view.getUint8(at + 58),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Alert): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    view.setBigInt64(at + 40, v.value, true);
    view.setBigInt64(at + 48, v.limit, true);
    view.setUint16(at + 56, v.code, true);
    view.setUint8(at + 58, v.severity);
  },
} as const;

export interface CorrelationPairs {
  /** -1..1 */
  readonly correlation: number;
  /** the lesser index */
  readonly symbol_a: number;
  readonly symbol_b: number;
  /** five-minute intervals it rests on, at most 288 */
  readonly intervals: number;
}

/** The matrix of correlations at a whole hour: five-minute log returns of the mids, moving over about a day. */
export interface Correlation {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  /** the hour, UTC milliseconds */
  readonly grid_time_ms: bigint;
  readonly pairs: readonly CorrelationPairs[];
}

export const Correlation = {
  kind: "correlation",
  code: 4203,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, grid_time_ms: 40, pair_count: 48 },
  lengthOf(v: Correlation): number {
    return Math.ceil((56 + 16 * v.pairs.length) / 64) * 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): Correlation {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      grid_time_ms: view.getBigInt64(at + 40, true),
      pairs: readGroup(at, 56, 16, view.getUint16(at + 48, true), (item) => ({
        correlation: view.getFloat64(item + 0, true),
        symbol_a: view.getUint16(item + 8, true),
        symbol_b: view.getUint16(item + 10, true),
        intervals: view.getUint32(item + 12, true),
      })),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: Correlation): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    view.setBigInt64(at + 40, v.grid_time_ms, true);
    view.setUint16(at + 48, v.pairs.length, true);
    v.pairs.forEach((g, i) => {
      const item = at + 56 + i * 16;
      view.setFloat64(item + 0, g.correlation, true);
      view.setUint16(item + 8, g.symbol_a, true);
      view.setUint16(item + 10, g.symbol_b, true);
      view.setUint32(item + 12, g.intervals, true);
    });
  },
} as const;

export interface ShadowPredictionFeatures {
  /** in the order of proto/features.ts */
  readonly value: number;
}

/** What the shadow model says of the same bar, as a prediction; never traded on. Without features where the live model's prediction of the bar, which comes before it, has them. */
export interface ShadowPrediction {
  /** seq of the input record that caused this output */
  readonly cause_seq: bigint;
  /** opening time of the bar that closed, UTC */
  readonly bar_time_ms: bigint;
  /** score of the gradient-boosted trees */
  readonly direction_boosted: number;
  /** of the random forest */
  readonly direction_forest: number;
  /** of the logistic regression */
  readonly direction_logistic: number;
  /** of the multilayer perceptron */
  readonly direction_perceptron: number;
  /** of the gated recurrent unit */
  readonly direction_gru: number;
  /** the five together, before calibration */
  readonly direction_stacked: number;
  /** calibrated: of a higher close after the horizon */
  readonly probability_up: number;
  /** standard deviation of the models' scores */
  readonly direction_disagreement: number;
  /** score of the gradient-boosted trees */
  readonly volatility_boosted: number;
  /** of the random forest */
  readonly volatility_forest: number;
  /** of the logistic regression */
  readonly volatility_logistic: number;
  /** of the multilayer perceptron */
  readonly volatility_perceptron: number;
  /** of the gated recurrent unit */
  readonly volatility_gru: number;
  /** the five together, before calibration */
  readonly volatility_stacked: number;
  /** calibrated: of a next range above its recent median */
  readonly probability_high_volatility: number;
  /** standard deviation of the models' scores */
  readonly volatility_disagreement: number;
  /** score of the gradient-boosted trees */
  readonly regime_boosted: number;
  /** of the random forest */
  readonly regime_forest: number;
  /** of the logistic regression */
  readonly regime_logistic: number;
  /** of the multilayer perceptron */
  readonly regime_perceptron: number;
  /** of the gated recurrent unit */
  readonly regime_gru: number;
  /** the five together, before calibration */
  readonly regime_stacked: number;
  /** calibrated: of a volatile market: the mean true range over the regime's horizon above ATR(50) */
  readonly probability_volatile_regime: number;
  /** standard deviation of the models' scores */
  readonly regime_disagreement: number;
  /** average true range at the close */
  readonly atr_points: number;
  /** largest population stability index of the last whole block of 250 scored bars; 0 before it */
  readonly drift_psi: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_0: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_1: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_2: number;
  /** log-odds that the feature added to the stacked direction, largest size first: trees and linear model */
  readonly contribution_3: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_0: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_1: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_2: number;
  /** log-odds that the feature added to the stacked volatility, largest size first: trees and linear model */
  readonly volatility_contribution_3: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_0: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_1: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_2: number;
  /** log-odds that the feature added to the stacked regime, largest size first: trees and linear model */
  readonly regime_contribution_3: number;
  /** first half of the model's digest */
  readonly model_sha256_head: Uint8Array;
  /** bar length in seconds (60 = M1, 3600 = H1) */
  readonly timeframe_s: number;
  /** what the direction and volatility are about */
  readonly horizon_s: number;
  /** what the regime is about */
  readonly regime_horizon_s: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_0: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_1: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_2: number;
  /** position of that feature in proto/features.ts */
  readonly contribution_feature_3: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_0: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_1: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_2: number;
  /** position of that feature in proto/features.ts */
  readonly volatility_contribution_feature_3: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_0: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_1: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_2: number;
  /** position of that feature in proto/features.ts */
  readonly regime_contribution_feature_3: number;
  /** position of the feature that drift_psi is of */
  readonly drift_feature: number;
  /** bits of the scores that are the model's: 1 boosted, 2 forest, 4 logistic, 8 perceptron, 16 gru */
  readonly direction_models: number;
  /** likewise */
  readonly volatility_models: number;
  /** likewise */
  readonly regime_models: number;
  /** answers that the conformal set keeps: 1 no, 2 yes */
  readonly direction_set: number;
  /** likewise */
  readonly volatility_set: number;
  /** likewise */
  readonly regime_set: number;
  /** 0 calm, 1 volatile */
  readonly regime: number;
  /** 0 = before warm-up: never traded on */
  readonly warm: number;
  readonly features: readonly ShadowPredictionFeatures[];
}

export const ShadowPrediction = {
  kind: "shadow_prediction",
  code: 4220,
  /** Offsets in bytes from the start of the record. */
  offset: { cause_seq: 32, bar_time_ms: 40, direction_boosted: 48, direction_forest: 56, direction_logistic: 64, direction_perceptron: 72, direction_gru: 80, direction_stacked: 88, probability_up: 96, direction_disagreement: 104, volatility_boosted: 112, volatility_forest: 120, volatility_logistic: 128, volatility_perceptron: 136, volatility_gru: 144, volatility_stacked: 152, probability_high_volatility: 160, volatility_disagreement: 168, regime_boosted: 176, regime_forest: 184, regime_logistic: 192, regime_perceptron: 200, regime_gru: 208, regime_stacked: 216, probability_volatile_regime: 224, regime_disagreement: 232, atr_points: 240, drift_psi: 248, contribution_0: 256, contribution_1: 264, contribution_2: 272, contribution_3: 280, volatility_contribution_0: 288, volatility_contribution_1: 296, volatility_contribution_2: 304, volatility_contribution_3: 312, regime_contribution_0: 320, regime_contribution_1: 328, regime_contribution_2: 336, regime_contribution_3: 344, model_sha256_head: 352, timeframe_s: 368, horizon_s: 372, regime_horizon_s: 376, contribution_feature_0: 380, contribution_feature_1: 382, contribution_feature_2: 384, contribution_feature_3: 386, volatility_contribution_feature_0: 388, volatility_contribution_feature_1: 390, volatility_contribution_feature_2: 392, volatility_contribution_feature_3: 394, regime_contribution_feature_0: 396, regime_contribution_feature_1: 398, regime_contribution_feature_2: 400, regime_contribution_feature_3: 402, drift_feature: 404, feature_count: 406, direction_models: 408, volatility_models: 409, regime_models: 410, direction_set: 411, volatility_set: 412, regime_set: 413, regime: 414, warm: 415 },
  lengthOf(v: ShadowPrediction): number {
    return Math.ceil((416 + 8 * v.features.length) / 64) * 64;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): ShadowPrediction {
    return {
      cause_seq: view.getBigUint64(at + 32, true),
      bar_time_ms: view.getBigInt64(at + 40, true),
      direction_boosted: view.getFloat64(at + 48, true),
      direction_forest: view.getFloat64(at + 56, true),
      direction_logistic: view.getFloat64(at + 64, true),
      direction_perceptron: view.getFloat64(at + 72, true),
      direction_gru: view.getFloat64(at + 80, true),
      direction_stacked: view.getFloat64(at + 88, true),
      probability_up: view.getFloat64(at + 96, true),
      direction_disagreement: view.getFloat64(at + 104, true),
      volatility_boosted: view.getFloat64(at + 112, true),
      volatility_forest: view.getFloat64(at + 120, true),
      volatility_logistic: view.getFloat64(at + 128, true),
      volatility_perceptron: view.getFloat64(at + 136, true),
      volatility_gru: view.getFloat64(at + 144, true),
      volatility_stacked: view.getFloat64(at + 152, true),
      probability_high_volatility: view.getFloat64(at + 160, true),
      volatility_disagreement: view.getFloat64(at + 168, true),
      regime_boosted: view.getFloat64(at + 176, true),
      regime_forest: view.getFloat64(at + 184, true),
      regime_logistic: view.getFloat64(at + 192, true),
      regime_perceptron: view.getFloat64(at + 200, true),
      regime_gru: view.getFloat64(at + 208, true),
      regime_stacked: view.getFloat64(at + 216, true),
      probability_volatile_regime: view.getFloat64(at + 224, true),
      regime_disagreement: view.getFloat64(at + 232, true),
      atr_points: view.getFloat64(at + 240, true),
      drift_psi: view.getFloat64(at + 248, true),
      contribution_0: view.getFloat64(at + 256, true),
      contribution_1: view.getFloat64(at + 264, true),
      contribution_2: view.getFloat64(at + 272, true),
      contribution_3: view.getFloat64(at + 280, true),
      volatility_contribution_0: view.getFloat64(at + 288, true),
      volatility_contribution_1: view.getFloat64(at + 296, true),
      volatility_contribution_2: view.getFloat64(at + 304, true),
      volatility_contribution_3: view.getFloat64(at + 312, true),
      regime_contribution_0: view.getFloat64(at + 320, true),
      regime_contribution_1: view.getFloat64(at + 328, true),
      regime_contribution_2: view.getFloat64(at + 336, true),
      regime_contribution_3: view.getFloat64(at + 344, true),
      model_sha256_head: readBytes(view, at + 352, 16),
      timeframe_s: view.getUint32(at + 368, true),
      horizon_s: view.getUint32(at + 372, true),
      regime_horizon_s: view.getUint32(at + 376, true),
      contribution_feature_0: view.getUint16(at + 380, true),
      contribution_feature_1: view.getUint16(at + 382, true),
      contribution_feature_2: view.getUint16(at + 384, true),
      contribution_feature_3: view.getUint16(at + 386, true),
      volatility_contribution_feature_0: view.getUint16(at + 388, true),
      volatility_contribution_feature_1: view.getUint16(at + 390, true),
      volatility_contribution_feature_2: view.getUint16(at + 392, true),
      volatility_contribution_feature_3: view.getUint16(at + 394, true),
      regime_contribution_feature_0: view.getUint16(at + 396, true),
      regime_contribution_feature_1: view.getUint16(at + 398, true),
      regime_contribution_feature_2: view.getUint16(at + 400, true),
      regime_contribution_feature_3: view.getUint16(at + 402, true),
      drift_feature: view.getUint16(at + 404, true),
      direction_models: view.getUint8(at + 408),
      volatility_models: view.getUint8(at + 409),
      regime_models: view.getUint8(at + 410),
      direction_set: view.getUint8(at + 411),
      volatility_set: view.getUint8(at + 412),
      regime_set: view.getUint8(at + 413),
      regime: view.getUint8(at + 414),
      warm: view.getUint8(at + 415),
      features: readGroup(at, 416, 8, view.getUint16(at + 406, true), (item) => ({
        value: view.getFloat64(item + 0, true),
      })),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ShadowPrediction): void {
    view.setBigUint64(at + 32, v.cause_seq, true);
    view.setBigInt64(at + 40, v.bar_time_ms, true);
    view.setFloat64(at + 48, v.direction_boosted, true);
    view.setFloat64(at + 56, v.direction_forest, true);
    view.setFloat64(at + 64, v.direction_logistic, true);
    view.setFloat64(at + 72, v.direction_perceptron, true);
    view.setFloat64(at + 80, v.direction_gru, true);
    view.setFloat64(at + 88, v.direction_stacked, true);
    view.setFloat64(at + 96, v.probability_up, true);
    view.setFloat64(at + 104, v.direction_disagreement, true);
    view.setFloat64(at + 112, v.volatility_boosted, true);
    view.setFloat64(at + 120, v.volatility_forest, true);
    view.setFloat64(at + 128, v.volatility_logistic, true);
    view.setFloat64(at + 136, v.volatility_perceptron, true);
    view.setFloat64(at + 144, v.volatility_gru, true);
    view.setFloat64(at + 152, v.volatility_stacked, true);
    view.setFloat64(at + 160, v.probability_high_volatility, true);
    view.setFloat64(at + 168, v.volatility_disagreement, true);
    view.setFloat64(at + 176, v.regime_boosted, true);
    view.setFloat64(at + 184, v.regime_forest, true);
    view.setFloat64(at + 192, v.regime_logistic, true);
    view.setFloat64(at + 200, v.regime_perceptron, true);
    view.setFloat64(at + 208, v.regime_gru, true);
    view.setFloat64(at + 216, v.regime_stacked, true);
    view.setFloat64(at + 224, v.probability_volatile_regime, true);
    view.setFloat64(at + 232, v.regime_disagreement, true);
    view.setFloat64(at + 240, v.atr_points, true);
    view.setFloat64(at + 248, v.drift_psi, true);
    view.setFloat64(at + 256, v.contribution_0, true);
    view.setFloat64(at + 264, v.contribution_1, true);
    view.setFloat64(at + 272, v.contribution_2, true);
    view.setFloat64(at + 280, v.contribution_3, true);
    view.setFloat64(at + 288, v.volatility_contribution_0, true);
    view.setFloat64(at + 296, v.volatility_contribution_1, true);
    view.setFloat64(at + 304, v.volatility_contribution_2, true);
    view.setFloat64(at + 312, v.volatility_contribution_3, true);
    view.setFloat64(at + 320, v.regime_contribution_0, true);
    view.setFloat64(at + 328, v.regime_contribution_1, true);
    view.setFloat64(at + 336, v.regime_contribution_2, true);
    view.setFloat64(at + 344, v.regime_contribution_3, true);
    writeBytes(view, at + 352, 16, v.model_sha256_head, "model_sha256_head");
    view.setUint32(at + 368, v.timeframe_s, true);
    view.setUint32(at + 372, v.horizon_s, true);
    view.setUint32(at + 376, v.regime_horizon_s, true);
    view.setUint16(at + 380, v.contribution_feature_0, true);
    view.setUint16(at + 382, v.contribution_feature_1, true);
    view.setUint16(at + 384, v.contribution_feature_2, true);
    view.setUint16(at + 386, v.contribution_feature_3, true);
    view.setUint16(at + 388, v.volatility_contribution_feature_0, true);
    view.setUint16(at + 390, v.volatility_contribution_feature_1, true);
    view.setUint16(at + 392, v.volatility_contribution_feature_2, true);
    view.setUint16(at + 394, v.volatility_contribution_feature_3, true);
    view.setUint16(at + 396, v.regime_contribution_feature_0, true);
    view.setUint16(at + 398, v.regime_contribution_feature_1, true);
    view.setUint16(at + 400, v.regime_contribution_feature_2, true);
    view.setUint16(at + 402, v.regime_contribution_feature_3, true);
    view.setUint16(at + 404, v.drift_feature, true);
    view.setUint8(at + 408, v.direction_models);
    view.setUint8(at + 409, v.volatility_models);
    view.setUint8(at + 410, v.regime_models);
    view.setUint8(at + 411, v.direction_set);
    view.setUint8(at + 412, v.volatility_set);
    view.setUint8(at + 413, v.regime_set);
    view.setUint8(at + 414, v.regime);
    view.setUint8(at + 415, v.warm);
    view.setUint16(at + 406, v.features.length, true);
    v.features.forEach((g, i) => {
      const item = at + 416 + i * 8;
      view.setFloat64(item + 0, g.value, true);
    });
  },
} as const;

/** Closes a batch: all records since the previous seal. Chained, signed; the leaf of the audit log. The signature covers the record's bytes before `signature`, with check as 0. */
export interface BatchSeal {
  readonly stream_id: Uint8Array;
  /** first record of the batch; the last is this seal's seq - 1 */
  readonly first_seq: bigint;
  /** records, this one not counted */
  readonly record_count: number;
  /** 0 */
  readonly reserved: number;
  /** SHA-256 of the previous seal's whole record; zero for the first */
  readonly previous_hash: Uint8Array;
  /** of the batch's bytes, this record not included */
  readonly records_sha256: Uint8Array;
  /** digest of all outputs after the batch's last input (core-wasm/host/digest.ts) */
  readonly outputs_digest: Uint8Array;
  /** Ed25519 by the stream's key */
  readonly signature: Uint8Array;
}

export const BatchSeal = {
  kind: "batch_seal",
  code: 4297,
  /** Offsets in bytes from the start of the record. */
  offset: { stream_id: 32, first_seq: 48, record_count: 56, reserved: 60, previous_hash: 64, records_sha256: 96, outputs_digest: 128, signature: 160 },
  lengthOf(_v?: BatchSeal): number {
    return 256;
  },
  /** The payload of the record at byte `at`; the header is read with readHeader. */
  read(view: DataView, at: number): BatchSeal {
    return {
      stream_id: readBytes(view, at + 32, 16),
      first_seq: view.getBigUint64(at + 48, true),
      record_count: view.getUint32(at + 56, true),
      reserved: view.getUint32(at + 60, true),
      previous_hash: readBytes(view, at + 64, 32),
      records_sha256: readBytes(view, at + 96, 32),
      outputs_digest: readBytes(view, at + 128, 32),
      signature: readBytes(view, at + 160, 64),
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: BatchSeal): void {
    writeBytes(view, at + 32, 16, v.stream_id, "stream_id");
    view.setBigUint64(at + 48, v.first_seq, true);
    view.setUint32(at + 56, v.record_count, true);
    view.setUint32(at + 60, v.reserved, true);
    writeBytes(view, at + 64, 32, v.previous_hash, "previous_hash");
    writeBytes(view, at + 96, 32, v.records_sha256, "records_sha256");
    writeBytes(view, at + 128, 32, v.outputs_digest, "outputs_digest");
    writeBytes(view, at + 160, 64, v.signature, "signature");
  },
} as const;

/** Every kind by its header code. */
export const CODEC_BY_CODE = new Map<number, AnyCodec>([
  [4097, Tick],
  [4098, BarHistory],
  [4099, SymbolSpec],
  [4100, Account],
  [4101, Position],
  [4102, OrderUpdate],
  [4103, Fill],
  [4104, RiskLimits],
  [4105, StrategyParams],
  [4106, ModelDigest],
  [8203, OperatorCommand],
  [4108, Timer],
  [4109, Link],
  [4110, Gap],
  [4111, StreamStart],
  [4112, Lease],
  [4113, NewsWindow],
  [4114, StrategyLimits],
  [4115, CalendarEvent],
  [4116, OperatorKey],
  [4117, NewsItem],
  [4118, CloudCommand],
  [4119, Takeover],
  [4124, CloudKey],
  [4120, ModelShadow],
  [4121, ModelConfig],
  [4122, ModelAssignment],
  [4126, ConfigChange],
  [4128, Provenance],
  [4197, Bar],
  [12390, Prediction],
  [4199, OrderIntent],
  [4200, RiskVerdict],
  [4201, StateChange],
  [4202, Alert],
  [4203, Correlation],
  [4220, ShadowPrediction],
  [4297, BatchSeal],
]);

export type AnyCodec = typeof Tick | typeof BarHistory | typeof SymbolSpec | typeof Account | typeof Position | typeof OrderUpdate | typeof Fill | typeof RiskLimits | typeof StrategyParams | typeof ModelDigest | typeof OperatorCommand | typeof Timer | typeof Link | typeof Gap | typeof StreamStart | typeof Lease | typeof NewsWindow | typeof StrategyLimits | typeof CalendarEvent | typeof OperatorKey | typeof NewsItem | typeof CloudCommand | typeof Takeover | typeof CloudKey | typeof ModelShadow | typeof ModelConfig | typeof ModelAssignment | typeof ConfigChange | typeof Provenance | typeof Bar | typeof Prediction | typeof OrderIntent | typeof RiskVerdict | typeof StateChange | typeof Alert | typeof Correlation | typeof ShadowPrediction | typeof BatchSeal;

/** Least and, where there is no group, only length of each kind in bytes. */
export const LENGTH_BY_CODE: ReadonlyMap<number, { readonly fixed: number; readonly group: number; readonly countAt: number }> = new Map([
  [4097, { fixed: 64, group: 0, countAt: 0 }],
  [4098, { fixed: 128, group: 0, countAt: 0 }],
  [4099, { fixed: 192, group: 0, countAt: 0 }],
  [4100, { fixed: 128, group: 0, countAt: 0 }],
  [4101, { fixed: 128, group: 0, countAt: 0 }],
  [4102, { fixed: 128, group: 0, countAt: 0 }],
  [4103, { fixed: 192, group: 0, countAt: 0 }],
  [4104, { fixed: 256, group: 0, countAt: 0 }],
  [4105, { fixed: 128, group: 0, countAt: 0 }],
  [4106, { fixed: 128, group: 0, countAt: 0 }],
  [8203, { fixed: 256, group: 0, countAt: 0 }],
  [4108, { fixed: 64, group: 0, countAt: 0 }],
  [4109, { fixed: 64, group: 0, countAt: 0 }],
  [4110, { fixed: 64, group: 0, countAt: 0 }],
  [4111, { fixed: 192, group: 0, countAt: 0 }],
  [4112, { fixed: 128, group: 0, countAt: 0 }],
  [4113, { fixed: 64, group: 0, countAt: 0 }],
  [4114, { fixed: 64, group: 0, countAt: 0 }],
  [4115, { fixed: 192, group: 0, countAt: 0 }],
  [4116, { fixed: 128, group: 0, countAt: 0 }],
  [4117, { fixed: 136, group: 8, countAt: 132 }],
  [4118, { fixed: 256, group: 0, countAt: 0 }],
  [4119, { fixed: 256, group: 0, countAt: 0 }],
  [4124, { fixed: 128, group: 0, countAt: 0 }],
  [4120, { fixed: 128, group: 0, countAt: 0 }],
  [4121, { fixed: 320, group: 0, countAt: 0 }],
  [4122, { fixed: 320, group: 0, countAt: 0 }],
  [4126, { fixed: 320, group: 0, countAt: 0 }],
  [4128, { fixed: 128, group: 0, countAt: 0 }],
  [4197, { fixed: 128, group: 0, countAt: 0 }],
  [12390, { fixed: 416, group: 8, countAt: 406 }],
  [4199, { fixed: 192, group: 0, countAt: 0 }],
  [4200, { fixed: 64, group: 32, countAt: 58 }],
  [4201, { fixed: 64, group: 0, countAt: 0 }],
  [4202, { fixed: 64, group: 0, countAt: 0 }],
  [4203, { fixed: 56, group: 16, countAt: 48 }],
  [4220, { fixed: 416, group: 8, countAt: 406 }],
  [4297, { fixed: 256, group: 0, countAt: 0 }],
]);
