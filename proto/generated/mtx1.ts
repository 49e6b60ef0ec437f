// Generated from proto/mtx1.ts by `npm run generate`. Do not edit.
import { readBytes, writeBytes } from "../binary.ts";
import { need, rowEndOf, TextReader, utf8Length, writeStr8, writeStr16 } from "../mtx1/text.ts";

/** First frame of a session: who is calling. */
export interface Hello {
  readonly proto_min: number;
  readonly proto_max: number;
  readonly caps: number;
  readonly login: bigint;
  /** random at first start, kept in the EA's journal */
  readonly instance_id: bigint;
  /** unique */
  readonly client_nonce: Uint8Array;
  /** 0 demo, 1 contest, 2 real */
  readonly trade_mode: number;
  /** 0 netting, 1 exchange, 2 hedging */
  readonly margin_mode: number;
  readonly ea_version: number;
  readonly terminal_build: number;
  readonly server: string;
  readonly company: string;
  readonly currency: string;
  readonly terminal: string;
}

export const Hello = {
  name: "hello",
  type: 1,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 48,
  /** Offsets in bytes from the start of the payload. */
  offset: { proto_min: 0, proto_max: 2, caps: 4, login: 8, instance_id: 16, client_nonce: 24, trade_mode: 40, margin_mode: 41, ea_version: 42, terminal_build: 44 },
  lengthOf(v: Hello): number {
    return 48 + 1 + utf8Length(v.server) + 1 + utf8Length(v.company) + 1 + utf8Length(v.currency) + 1 + utf8Length(v.terminal);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Hello {
    need(at + 48, end, "hello");
    const text = new TextReader(view, at + 48, end, "hello");
    return { proto_min: view.getUint16(at + 0, true), proto_max: view.getUint16(at + 2, true), caps: view.getUint32(at + 4, true), login: view.getBigUint64(at + 8, true), instance_id: view.getBigUint64(at + 16, true), client_nonce: readBytes(view, at + 24, 16), trade_mode: view.getUint8(at + 40), margin_mode: view.getUint8(at + 41), ea_version: view.getUint16(at + 42, true), terminal_build: view.getUint32(at + 44, true), server: text.str8(), company: text.str8(), currency: text.str8(), terminal: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Hello): void {
    view.setUint16(at + 0, v.proto_min, true);
    view.setUint16(at + 2, v.proto_max, true);
    view.setUint32(at + 4, v.caps, true);
    view.setBigUint64(at + 8, v.login, true);
    view.setBigUint64(at + 16, v.instance_id, true);
    writeBytes(view, at + 24, 16, v.client_nonce, "client_nonce");
    view.setUint8(at + 40, v.trade_mode);
    view.setUint8(at + 41, v.margin_mode);
    view.setUint16(at + 42, v.ea_version, true);
    view.setUint32(at + 44, v.terminal_build, true);
    let next = at + 48;
    next = writeStr8(view, next, v.server, "server");
    next = writeStr8(view, next, v.company, "company");
    next = writeStr8(view, next, v.currency, "currency");
    next = writeStr8(view, next, v.terminal, "terminal");
  },
} as const;

/** The connector's nonce, which the EA must answer. */
export interface Challenge {
  /** unpredictable */
  readonly server_nonce: Uint8Array;
  /** version chosen */
  readonly proto: number;
  readonly heartbeat_ms: number;
  /** largest payload */
  readonly max_frame: number;
  readonly utc_ms: bigint;
}

export const Challenge = {
  name: "challenge",
  type: 2,
  from: "connector",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 48,
  /** Offsets in bytes from the start of the payload. */
  offset: { server_nonce: 0, proto: 32, heartbeat_ms: 34, max_frame: 36, utc_ms: 40 },
  lengthOf(_v: Challenge): number {
    return 48;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Challenge {
    need(at + 48, end, "challenge");
    return { server_nonce: readBytes(view, at + 0, 32), proto: view.getUint16(at + 32, true), heartbeat_ms: view.getUint16(at + 34, true), max_frame: view.getUint32(at + 36, true), utc_ms: view.getBigInt64(at + 40, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Challenge): void {
    writeBytes(view, at + 0, 32, v.server_nonce, "server_nonce");
    view.setUint16(at + 32, v.proto, true);
    view.setUint16(at + 34, v.heartbeat_ms, true);
    view.setUint32(at + 36, v.max_frame, true);
    view.setBigInt64(at + 40, v.utc_ms, true);
  },
} as const;

/** Proof that the EA knows the secret. */
export interface Auth {
  /** HMAC(K, 'MTX1-EA' server_nonce client_nonce login server) */
  readonly mac: Uint8Array;
}

export const Auth = {
  name: "auth",
  type: 3,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 32,
  /** Offsets in bytes from the start of the payload. */
  offset: { mac: 0 },
  lengthOf(_v: Auth): number {
    return 32;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Auth {
    need(at + 32, end, "auth");
    return { mac: readBytes(view, at + 0, 32) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Auth): void {
    writeBytes(view, at + 0, 32, v.mac, "mac");
  },
} as const;

/** Proof that the connector knows it too; the session is open, not yet live. */
export interface Welcome {
  /** HMAC(K, 'MTX1-SRV' client_nonce server_nonce session_id) */
  readonly mac: Uint8Array;
  readonly session_id: bigint;
  readonly utc_ms: bigint;
  /** 0 none, 1 cancel our pendings, 2 also close our positions */
  readonly disconnect_policy: number;
  readonly policy_delay_ms: number;
  readonly max_cmd_per_s: number;
}

export const Welcome = {
  name: "welcome",
  type: 4,
  from: "connector",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 64,
  /** Offsets in bytes from the start of the payload. */
  offset: { mac: 0, session_id: 32, utc_ms: 40, disconnect_policy: 48, policy_delay_ms: 52, max_cmd_per_s: 56 },
  lengthOf(_v: Welcome): number {
    return 64;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Welcome {
    need(at + 64, end, "welcome");
    return { mac: readBytes(view, at + 0, 32), session_id: view.getBigUint64(at + 32, true), utc_ms: view.getBigInt64(at + 40, true), disconnect_policy: view.getUint8(at + 48), policy_delay_ms: view.getUint32(at + 52, true), max_cmd_per_s: view.getUint32(at + 56, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Welcome): void {
    writeBytes(view, at + 0, 32, v.mac, "mac");
    view.setBigUint64(at + 32, v.session_id, true);
    view.setBigInt64(at + 40, v.utc_ms, true);
    view.setUint8(at + 48, v.disconnect_policy);
    view.setUint32(at + 52, v.policy_delay_ms, true);
    view.setUint32(at + 56, v.max_cmd_per_s, true);
  },
} as const;

/** The session is refused. */
export interface Reject {
  /** BYE_CODE */
  readonly code: number;
  readonly retry_after_ms: number;
  readonly text: string;
}

export const Reject = {
  name: "reject",
  type: 5,
  from: "both",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { code: 0, retry_after_ms: 4 },
  lengthOf(v: Reject): number {
    return 8 + 1 + utf8Length(v.text);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Reject {
    need(at + 8, end, "reject");
    const text = new TextReader(view, at + 8, end, "reject");
    return { code: view.getUint16(at + 0, true), retry_after_ms: view.getUint32(at + 4, true), text: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Reject): void {
    view.setUint16(at + 0, v.code, true);
    view.setUint32(at + 4, v.retry_after_ms, true);
    let next = at + 8;
    next = writeStr8(view, next, v.text, "text");
  },
} as const;

/** Every second both ways; silence of 5 s beyond the announced busy_ms is death. */
export interface Heartbeat {
  readonly sender_utc_ms: bigint;
  /** sender_utc_ms of the peer's last heartbeat */
  readonly echo_peer_ms: bigint;
  /** how long ago that came */
  readonly echo_held_ms: number;
  /** 1 broker connected, 2 trading allowed, 4 live */
  readonly flags: number;
  /** TimeTradeServer, broker time */
  readonly trade_server_ms: bigint;
  readonly ping_us: number;
  /** the EA may be silent for this long */
  readonly busy_ms: number;
}

export const Heartbeat = {
  name: "heartbeat",
  type: 6,
  from: "both",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 40,
  /** Offsets in bytes from the start of the payload. */
  offset: { sender_utc_ms: 0, echo_peer_ms: 8, echo_held_ms: 16, flags: 20, trade_server_ms: 24, ping_us: 32, busy_ms: 36 },
  lengthOf(_v: Heartbeat): number {
    return 40;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Heartbeat {
    need(at + 40, end, "heartbeat");
    return { sender_utc_ms: view.getBigInt64(at + 0, true), echo_peer_ms: view.getBigInt64(at + 8, true), echo_held_ms: view.getUint32(at + 16, true), flags: view.getUint32(at + 20, true), trade_server_ms: view.getBigInt64(at + 24, true), ping_us: view.getInt32(at + 32, true), busy_ms: view.getUint32(at + 36, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Heartbeat): void {
    view.setBigInt64(at + 0, v.sender_utc_ms, true);
    view.setBigInt64(at + 8, v.echo_peer_ms, true);
    view.setUint32(at + 16, v.echo_held_ms, true);
    view.setUint32(at + 20, v.flags, true);
    view.setBigInt64(at + 24, v.trade_server_ms, true);
    view.setInt32(at + 32, v.ping_us, true);
    view.setUint32(at + 36, v.busy_ms, true);
  },
} as const;

/** The session ends. */
export interface Bye {
  /** BYE_CODE */
  readonly code: number;
  readonly retry_after_ms: number;
  readonly text: string;
}

export const Bye = {
  name: "bye",
  type: 7,
  from: "both",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { code: 0, retry_after_ms: 4 },
  lengthOf(v: Bye): number {
    return 8 + 1 + utf8Length(v.text);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Bye {
    need(at + 8, end, "bye");
    const text = new TextReader(view, at + 8, end, "bye");
    return { code: view.getUint16(at + 0, true), retry_after_ms: view.getUint32(at + 4, true), text: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Bye): void {
    view.setUint16(at + 0, v.code, true);
    view.setUint32(at + 4, v.retry_after_ms, true);
    let next = at + 8;
    next = writeStr8(view, next, v.text, "text");
  },
} as const;

/** The terminal's clocks. */
export interface TimeInfo {
  /** TimeTradeServer */
  readonly trade_server_s: bigint;
  /** TimeGMT */
  readonly gmt_s: bigint;
  /** TimeCurrent */
  readonly current_s: bigint;
  readonly last_tick_msc: bigint;
  /** the EA's own estimate */
  readonly offset_s: number;
  readonly flags: number;
}

export const TimeInfo = {
  name: "time_info",
  type: 8,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 40,
  /** Offsets in bytes from the start of the payload. */
  offset: { trade_server_s: 0, gmt_s: 8, current_s: 16, last_tick_msc: 24, offset_s: 32, flags: 36 },
  lengthOf(_v: TimeInfo): number {
    return 40;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): TimeInfo {
    need(at + 40, end, "time_info");
    return { trade_server_s: view.getBigInt64(at + 0, true), gmt_s: view.getBigInt64(at + 8, true), current_s: view.getBigInt64(at + 16, true), last_tick_msc: view.getBigInt64(at + 24, true), offset_s: view.getInt32(at + 32, true), flags: view.getUint32(at + 36, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: TimeInfo): void {
    view.setBigInt64(at + 0, v.trade_server_s, true);
    view.setBigInt64(at + 8, v.gmt_s, true);
    view.setBigInt64(at + 16, v.current_s, true);
    view.setBigInt64(at + 24, v.last_tick_msc, true);
    view.setInt32(at + 32, v.offset_s, true);
    view.setUint32(at + 36, v.flags, true);
  },
} as const;

/** Commands may follow. */
export interface GoLive {
}

export const GoLive = {
  name: "go_live",
  type: 9,
  from: "connector",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 0,
  /** Offsets in bytes from the start of the payload. */
  offset: {  },
  lengthOf(_v: GoLive): number {
    return 0;
  },
  /** The payload in [at, end). */
  read(_view: DataView, at: number, end: number): GoLive {
    need(at + 0, end, "go_live");
    return {  };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(_view: DataView, _at: number, _v: GoLive): void {
  },
} as const;

export interface SubscribeSymbol {
  /** 1 ticks, 2 M1 bars, 4 book */
  readonly what: number;
  /** broker time; 0 = since this EA first said HELLO */
  readonly from_msc: bigint;
  readonly symbol: string;
}

/** Symbols wanted, each with the cursor up to which the connector has its ticks. */
export interface Subscribe {
  /** 1 replaces all earlier ones */
  readonly flags: number;
  readonly symbols: readonly SubscribeSymbol[];
}

export const Subscribe = {
  name: "subscribe",
  type: 16,
  from: "connector",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 4,
  /** Offsets in bytes from the start of the payload. */
  offset: { count: 0, flags: 2 },
  row: { bytes: 16, what: 4, from_msc: 8 },
  lengthOf(v: Subscribe): number {
    return 4 + v.symbols.reduce((sum, row) => sum + 16 + 1 + utf8Length(row.symbol), 0);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Subscribe {
    need(at + 4, end, "subscribe");
    const count = view.getUint16(at + 0, true);
    const symbols: SubscribeSymbol[] = [];
    let item = at + 4;
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, 16, "subscribe");
      const text = new TextReader(view, item + 16, rowEnd, "subscribe");
      symbols.push({ what: view.getUint8(item + 4), from_msc: view.getBigInt64(item + 8, true), symbol: text.str8() });
      item = rowEnd;
    }
    return { flags: view.getUint16(at + 2, true), symbols };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Subscribe): void {
    view.setUint16(at + 2, v.flags, true);
    view.setUint16(at + 0, v.symbols.length, true);
    let item = at + 4;
    for (const row of v.symbols) {
      const bytes = 16 + 1 + utf8Length(row.symbol);
      view.setUint32(item, bytes, true);
      view.setUint8(item + 4, row.what);
      view.setBigInt64(item + 8, row.from_msc, true);
      let next = item + 16;
      next = writeStr8(view, next, row.symbol, "symbol");
      item += bytes;
    }
  },
} as const;

export interface TicksRow {
  /** after base_msc, may be negative */
  readonly dt_ms: number;
  /** raw TICK_FLAG bits */
  readonly flags: number;
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  readonly volume_real: number;
}

/** Ticks of one symbol, oldest first. */
export interface Ticks {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** 0 live, 1 backfill, 2 poll fallback */
  readonly source: number;
  /** 1 gap before, 2 overlap */
  readonly flags: number;
  /** broker time */
  readonly base_msc: bigint;
  /** running number of the first row in this session */
  readonly index_of_first: bigint;
  readonly rows: readonly TicksRow[];
}

export const Ticks = {
  name: "ticks",
  type: 17,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 24,
  /** Offsets in bytes from the start of the payload. */
  offset: { symbol_id: 0, source: 2, flags: 3, count: 4, base_msc: 8, index_of_first: 16 },
  row: { bytes: 40, dt_ms: 0, flags: 4, bid: 8, ask: 16, last: 24, volume_real: 32 },
  lengthOf(v: Ticks): number {
    return 24 + v.rows.length * 40;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Ticks {
    need(at + 24, end, "ticks");
    const count = view.getUint32(at + 4, true);
    need(at + 24 + count * 40, end, "ticks");
    const rows: TicksRow[] = [];
    for (let item = at + 24; rows.length < count; item += 40) {
      rows.push({ dt_ms: view.getInt32(item + 0, true), flags: view.getUint32(item + 4, true), bid: view.getFloat64(item + 8, true), ask: view.getFloat64(item + 16, true), last: view.getFloat64(item + 24, true), volume_real: view.getFloat64(item + 32, true) });
    }
    return { symbol_id: view.getUint16(at + 0, true), source: view.getUint8(at + 2), flags: view.getUint8(at + 3), base_msc: view.getBigInt64(at + 8, true), index_of_first: view.getBigUint64(at + 16, true), rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Ticks): void {
    view.setUint16(at + 0, v.symbol_id, true);
    view.setUint8(at + 2, v.source);
    view.setUint8(at + 3, v.flags);
    view.setBigInt64(at + 8, v.base_msc, true);
    view.setBigUint64(at + 16, v.index_of_first, true);
    view.setUint32(at + 4, v.rows.length, true);
    let item = at + 24;
    for (const row of v.rows) {
      const bytes = 40;
      view.setInt32(item + 0, row.dt_ms, true);
      view.setUint32(item + 4, row.flags, true);
      view.setFloat64(item + 8, row.bid, true);
      view.setFloat64(item + 16, row.ask, true);
      view.setFloat64(item + 24, row.last, true);
      view.setFloat64(item + 32, row.volume_real, true);
      item += bytes;
    }
  },
} as const;

export interface BarsRow {
  /** broker time */
  readonly open_time_s: bigint;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly tick_volume: bigint;
  readonly real_volume: bigint;
  /** points */
  readonly spread: number;
}

/** Bars of one symbol and timeframe, oldest first. */
export interface Bars {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  readonly tf_minutes: number;
  /** 1 last bar still open, 2 backfill */
  readonly flags: number;
  readonly rows: readonly BarsRow[];
}

export const Bars = {
  name: "bars",
  type: 18,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 16,
  /** Offsets in bytes from the start of the payload. */
  offset: { symbol_id: 0, tf_minutes: 2, count: 4, flags: 8 },
  row: { bytes: 64, open_time_s: 0, open: 8, high: 16, low: 24, close: 32, tick_volume: 40, real_volume: 48, spread: 56 },
  lengthOf(v: Bars): number {
    return 16 + v.rows.length * 64;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Bars {
    need(at + 16, end, "bars");
    const count = view.getUint32(at + 4, true);
    need(at + 16 + count * 64, end, "bars");
    const rows: BarsRow[] = [];
    for (let item = at + 16; rows.length < count; item += 64) {
      rows.push({ open_time_s: view.getBigInt64(item + 0, true), open: view.getFloat64(item + 8, true), high: view.getFloat64(item + 16, true), low: view.getFloat64(item + 24, true), close: view.getFloat64(item + 32, true), tick_volume: view.getBigInt64(item + 40, true), real_volume: view.getBigInt64(item + 48, true), spread: view.getInt32(item + 56, true) });
    }
    return { symbol_id: view.getUint16(at + 0, true), tf_minutes: view.getUint16(at + 2, true), flags: view.getUint8(at + 8), rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Bars): void {
    view.setUint16(at + 0, v.symbol_id, true);
    view.setUint16(at + 2, v.tf_minutes, true);
    view.setUint8(at + 8, v.flags);
    view.setUint32(at + 4, v.rows.length, true);
    let item = at + 16;
    for (const row of v.rows) {
      const bytes = 64;
      view.setBigInt64(item + 0, row.open_time_s, true);
      view.setFloat64(item + 8, row.open, true);
      view.setFloat64(item + 16, row.high, true);
      view.setFloat64(item + 24, row.low, true);
      view.setFloat64(item + 32, row.close, true);
      view.setBigInt64(item + 40, row.tick_volume, true);
      view.setBigInt64(item + 48, row.real_volume, true);
      view.setInt32(item + 56, row.spread, true);
      item += bytes;
    }
  },
} as const;

/** Ticks are missing. */
export interface Gap {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** 1 sync timeout, 2 cursor too old, 3 history rewritten, 4 overload */
  readonly reason: number;
  readonly est_lost: number;
  readonly from_msc: bigint;
  readonly to_msc: bigint;
}

export const Gap = {
  name: "gap",
  type: 19,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 24,
  /** Offsets in bytes from the start of the payload. */
  offset: { symbol_id: 0, reason: 2, est_lost: 4, from_msc: 8, to_msc: 16 },
  lengthOf(_v: Gap): number {
    return 24;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Gap {
    need(at + 24, end, "gap");
    return { symbol_id: view.getUint16(at + 0, true), reason: view.getUint16(at + 2, true), est_lost: view.getUint32(at + 4, true), from_msc: view.getBigInt64(at + 8, true), to_msc: view.getBigInt64(at + 16, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Gap): void {
    view.setUint16(at + 0, v.symbol_id, true);
    view.setUint16(at + 2, v.reason, true);
    view.setUint32(at + 4, v.est_lost, true);
    view.setBigInt64(at + 8, v.from_msc, true);
    view.setBigInt64(at + 16, v.to_msc, true);
  },
} as const;

/** Asks for past ticks or bars. */
export interface HistoryReq {
  readonly req: number;
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** 0 ticks, 1 bars */
  readonly kind: number;
  readonly tf_minutes: number;
  readonly max: number;
  readonly from: bigint;
  readonly to: bigint;
}

export const HistoryReq = {
  name: "history_req",
  type: 21,
  from: "connector",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 32,
  /** Offsets in bytes from the start of the payload. */
  offset: { req: 0, symbol_id: 4, kind: 6, tf_minutes: 8, max: 12, from: 16, to: 24 },
  lengthOf(_v: HistoryReq): number {
    return 32;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): HistoryReq {
    need(at + 32, end, "history_req");
    return { req: view.getUint32(at + 0, true), symbol_id: view.getUint16(at + 4, true), kind: view.getUint8(at + 6), tf_minutes: view.getUint16(at + 8, true), max: view.getUint32(at + 12, true), from: view.getBigInt64(at + 16, true), to: view.getBigInt64(at + 24, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: HistoryReq): void {
    view.setUint32(at + 0, v.req, true);
    view.setUint16(at + 4, v.symbol_id, true);
    view.setUint8(at + 6, v.kind);
    view.setUint16(at + 8, v.tf_minutes, true);
    view.setUint32(at + 12, v.max, true);
    view.setBigInt64(at + 16, v.from, true);
    view.setBigInt64(at + 24, v.to, true);
  },
} as const;

/** Everything asked for has been sent. */
export interface HistoryEnd {
  readonly req: number;
  readonly status: number;
  readonly rows: bigint;
}

export const HistoryEnd = {
  name: "history_end",
  type: 22,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 16,
  /** Offsets in bytes from the start of the payload. */
  offset: { req: 0, status: 4, rows: 8 },
  lengthOf(_v: HistoryEnd): number {
    return 16;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): HistoryEnd {
    need(at + 16, end, "history_end");
    return { req: view.getUint32(at + 0, true), status: view.getUint32(at + 4, true), rows: view.getBigUint64(at + 8, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: HistoryEnd): void {
    view.setUint32(at + 0, v.req, true);
    view.setUint32(at + 4, v.status, true);
    view.setBigUint64(at + 8, v.rows, true);
  },
} as const;

/** The account. */
export interface Account {
  readonly login: bigint;
  /** 0 demo, 1 contest, 2 real */
  readonly trade_mode: number;
  /** 0 netting, 1 exchange, 2 hedging */
  readonly margin_mode: number;
  /** 1 connected, 2 terminal, 4 EA, 8 account, 16 account expert, 32 FIFO, 64 hedging allowed */
  readonly perms: number;
  readonly currency_digits: number;
  readonly leverage: number;
  readonly balance: number;
  readonly credit: number;
  readonly profit: number;
  readonly equity: number;
  readonly margin: number;
  readonly margin_free: number;
  readonly margin_level: number;
  readonly so_call: number;
  readonly so_so: number;
  readonly so_mode: number;
  readonly limit_orders: number;
  /** broker time */
  readonly server_ms: bigint;
  readonly currency: string;
  readonly server: string;
  readonly company: string;
}

export const Account = {
  name: "account",
  type: 32,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 104,
  /** Offsets in bytes from the start of the payload. */
  offset: { login: 0, trade_mode: 8, margin_mode: 9, perms: 10, currency_digits: 11, leverage: 12, balance: 16, credit: 24, profit: 32, equity: 40, margin: 48, margin_free: 56, margin_level: 64, so_call: 72, so_so: 80, so_mode: 88, limit_orders: 92, server_ms: 96 },
  lengthOf(v: Account): number {
    return 104 + 1 + utf8Length(v.currency) + 1 + utf8Length(v.server) + 1 + utf8Length(v.company);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Account {
    need(at + 104, end, "account");
    const text = new TextReader(view, at + 104, end, "account");
    return { login: view.getBigUint64(at + 0, true), trade_mode: view.getUint8(at + 8), margin_mode: view.getUint8(at + 9), perms: view.getUint8(at + 10), currency_digits: view.getUint8(at + 11), leverage: view.getUint32(at + 12, true), balance: view.getFloat64(at + 16, true), credit: view.getFloat64(at + 24, true), profit: view.getFloat64(at + 32, true), equity: view.getFloat64(at + 40, true), margin: view.getFloat64(at + 48, true), margin_free: view.getFloat64(at + 56, true), margin_level: view.getFloat64(at + 64, true), so_call: view.getFloat64(at + 72, true), so_so: view.getFloat64(at + 80, true), so_mode: view.getUint8(at + 88), limit_orders: view.getUint32(at + 92, true), server_ms: view.getBigInt64(at + 96, true), currency: text.str8(), server: text.str8(), company: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Account): void {
    view.setBigUint64(at + 0, v.login, true);
    view.setUint8(at + 8, v.trade_mode);
    view.setUint8(at + 9, v.margin_mode);
    view.setUint8(at + 10, v.perms);
    view.setUint8(at + 11, v.currency_digits);
    view.setUint32(at + 12, v.leverage, true);
    view.setFloat64(at + 16, v.balance, true);
    view.setFloat64(at + 24, v.credit, true);
    view.setFloat64(at + 32, v.profit, true);
    view.setFloat64(at + 40, v.equity, true);
    view.setFloat64(at + 48, v.margin, true);
    view.setFloat64(at + 56, v.margin_free, true);
    view.setFloat64(at + 64, v.margin_level, true);
    view.setFloat64(at + 72, v.so_call, true);
    view.setFloat64(at + 80, v.so_so, true);
    view.setUint8(at + 88, v.so_mode);
    view.setUint32(at + 92, v.limit_orders, true);
    view.setBigInt64(at + 96, v.server_ms, true);
    let next = at + 104;
    next = writeStr8(view, next, v.currency, "currency");
    next = writeStr8(view, next, v.server, "server");
    next = writeStr8(view, next, v.company, "company");
  },
} as const;

export interface PositionsRow {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** 0 buy, 1 sell */
  readonly type: number;
  readonly reason: number;
  readonly ticket: bigint;
  readonly identifier: bigint;
  readonly magic: bigint;
  readonly time_msc: bigint;
  readonly update_msc: bigint;
  readonly volume: number;
  readonly open: number;
  readonly sl: number;
  readonly tp: number;
  readonly current: number;
  readonly swap: number;
  readonly profit: number;
  readonly comment: string;
}

/** Open positions. */
export interface Positions {
  /** 0 = incremental */
  readonly snapshot_id: number;
  readonly rows: readonly PositionsRow[];
}

export const Positions = {
  name: "positions",
  type: 33,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { snapshot_id: 0, count: 4 },
  row: { bytes: 104, symbol_id: 4, type: 6, reason: 7, ticket: 8, identifier: 16, magic: 24, time_msc: 32, update_msc: 40, volume: 48, open: 56, sl: 64, tp: 72, current: 80, swap: 88, profit: 96 },
  lengthOf(v: Positions): number {
    return 8 + v.rows.reduce((sum, row) => sum + 104 + 1 + utf8Length(row.comment), 0);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Positions {
    need(at + 8, end, "positions");
    const count = view.getUint32(at + 4, true);
    const rows: PositionsRow[] = [];
    let item = at + 8;
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, 104, "positions");
      const text = new TextReader(view, item + 104, rowEnd, "positions");
      rows.push({ symbol_id: view.getUint16(item + 4, true), type: view.getUint8(item + 6), reason: view.getUint8(item + 7), ticket: view.getBigUint64(item + 8, true), identifier: view.getBigUint64(item + 16, true), magic: view.getBigUint64(item + 24, true), time_msc: view.getBigInt64(item + 32, true), update_msc: view.getBigInt64(item + 40, true), volume: view.getFloat64(item + 48, true), open: view.getFloat64(item + 56, true), sl: view.getFloat64(item + 64, true), tp: view.getFloat64(item + 72, true), current: view.getFloat64(item + 80, true), swap: view.getFloat64(item + 88, true), profit: view.getFloat64(item + 96, true), comment: text.str8() });
      item = rowEnd;
    }
    return { snapshot_id: view.getUint32(at + 0, true), rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Positions): void {
    view.setUint32(at + 0, v.snapshot_id, true);
    view.setUint32(at + 4, v.rows.length, true);
    let item = at + 8;
    for (const row of v.rows) {
      const bytes = 104 + 1 + utf8Length(row.comment);
      view.setUint32(item, bytes, true);
      view.setUint16(item + 4, row.symbol_id, true);
      view.setUint8(item + 6, row.type);
      view.setUint8(item + 7, row.reason);
      view.setBigUint64(item + 8, row.ticket, true);
      view.setBigUint64(item + 16, row.identifier, true);
      view.setBigUint64(item + 24, row.magic, true);
      view.setBigInt64(item + 32, row.time_msc, true);
      view.setBigInt64(item + 40, row.update_msc, true);
      view.setFloat64(item + 48, row.volume, true);
      view.setFloat64(item + 56, row.open, true);
      view.setFloat64(item + 64, row.sl, true);
      view.setFloat64(item + 72, row.tp, true);
      view.setFloat64(item + 80, row.current, true);
      view.setFloat64(item + 88, row.swap, true);
      view.setFloat64(item + 96, row.profit, true);
      let next = item + 104;
      next = writeStr8(view, next, row.comment, "comment");
      item += bytes;
    }
  },
} as const;

export interface OrdersRow {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** ORDER_TYPE */
  readonly type: number;
  /** ORDER_STATE of MT5 */
  readonly state: number;
  readonly ticket: bigint;
  readonly position_id: bigint;
  readonly position_by: bigint;
  readonly magic: bigint;
  readonly setup_msc: bigint;
  readonly done_msc: bigint;
  readonly expiration_s: bigint;
  readonly vol_initial: number;
  readonly vol_current: number;
  readonly price: number;
  readonly stoplimit: number;
  readonly sl: number;
  readonly tp: number;
  readonly filling: number;
  readonly time_type: number;
  readonly reason: number;
  readonly is_history: number;
  readonly comment: string;
  readonly external_id: string;
}

/** Working orders and, in a snapshot, history orders. */
export interface Orders {
  /** 0 = incremental */
  readonly snapshot_id: number;
  readonly rows: readonly OrdersRow[];
}

export const Orders = {
  name: "orders",
  type: 34,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { snapshot_id: 0, count: 4 },
  row: { bytes: 120, symbol_id: 4, type: 6, state: 7, ticket: 8, position_id: 16, position_by: 24, magic: 32, setup_msc: 40, done_msc: 48, expiration_s: 56, vol_initial: 64, vol_current: 72, price: 80, stoplimit: 88, sl: 96, tp: 104, filling: 112, time_type: 113, reason: 114, is_history: 115 },
  lengthOf(v: Orders): number {
    return 8 + v.rows.reduce((sum, row) => sum + 120 + 1 + utf8Length(row.comment) + 1 + utf8Length(row.external_id), 0);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Orders {
    need(at + 8, end, "orders");
    const count = view.getUint32(at + 4, true);
    const rows: OrdersRow[] = [];
    let item = at + 8;
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, 120, "orders");
      const text = new TextReader(view, item + 120, rowEnd, "orders");
      rows.push({ symbol_id: view.getUint16(item + 4, true), type: view.getUint8(item + 6), state: view.getUint8(item + 7), ticket: view.getBigUint64(item + 8, true), position_id: view.getBigUint64(item + 16, true), position_by: view.getBigUint64(item + 24, true), magic: view.getBigUint64(item + 32, true), setup_msc: view.getBigInt64(item + 40, true), done_msc: view.getBigInt64(item + 48, true), expiration_s: view.getBigInt64(item + 56, true), vol_initial: view.getFloat64(item + 64, true), vol_current: view.getFloat64(item + 72, true), price: view.getFloat64(item + 80, true), stoplimit: view.getFloat64(item + 88, true), sl: view.getFloat64(item + 96, true), tp: view.getFloat64(item + 104, true), filling: view.getUint8(item + 112), time_type: view.getUint8(item + 113), reason: view.getUint8(item + 114), is_history: view.getUint8(item + 115), comment: text.str8(), external_id: text.str8() });
      item = rowEnd;
    }
    return { snapshot_id: view.getUint32(at + 0, true), rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Orders): void {
    view.setUint32(at + 0, v.snapshot_id, true);
    view.setUint32(at + 4, v.rows.length, true);
    let item = at + 8;
    for (const row of v.rows) {
      const bytes = 120 + 1 + utf8Length(row.comment) + 1 + utf8Length(row.external_id);
      view.setUint32(item, bytes, true);
      view.setUint16(item + 4, row.symbol_id, true);
      view.setUint8(item + 6, row.type);
      view.setUint8(item + 7, row.state);
      view.setBigUint64(item + 8, row.ticket, true);
      view.setBigUint64(item + 16, row.position_id, true);
      view.setBigUint64(item + 24, row.position_by, true);
      view.setBigUint64(item + 32, row.magic, true);
      view.setBigInt64(item + 40, row.setup_msc, true);
      view.setBigInt64(item + 48, row.done_msc, true);
      view.setBigInt64(item + 56, row.expiration_s, true);
      view.setFloat64(item + 64, row.vol_initial, true);
      view.setFloat64(item + 72, row.vol_current, true);
      view.setFloat64(item + 80, row.price, true);
      view.setFloat64(item + 88, row.stoplimit, true);
      view.setFloat64(item + 96, row.sl, true);
      view.setFloat64(item + 104, row.tp, true);
      view.setUint8(item + 112, row.filling);
      view.setUint8(item + 113, row.time_type);
      view.setUint8(item + 114, row.reason);
      view.setUint8(item + 115, row.is_history);
      let next = item + 120;
      next = writeStr8(view, next, row.comment, "comment");
      next = writeStr8(view, next, row.external_id, "external_id");
      item += bytes;
    }
  },
} as const;

export interface DealsRow {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** 0 buy, 1 sell, others as MT5 */
  readonly type: number;
  /** 0 in, 1 out, 2 in and out, 3 out by */
  readonly entry: number;
  readonly deal: bigint;
  readonly order: bigint;
  readonly position_id: bigint;
  readonly magic: bigint;
  readonly time_msc: bigint;
  readonly volume: number;
  readonly price: number;
  readonly commission: number;
  readonly fee: number;
  readonly swap: number;
  readonly profit: number;
  readonly sl: number;
  readonly tp: number;
  readonly reason: number;
  readonly comment: string;
  readonly external_id: string;
}

/** Deals: the fill message. Deduplicated by deal ticket. */
export interface Deals {
  /** 0 = incremental */
  readonly snapshot_id: number;
  readonly rows: readonly DealsRow[];
}

export const Deals = {
  name: "deals",
  type: 35,
  from: "ea",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { snapshot_id: 0, count: 4 },
  row: { bytes: 120, symbol_id: 4, type: 6, entry: 7, deal: 8, order: 16, position_id: 24, magic: 32, time_msc: 40, volume: 48, price: 56, commission: 64, fee: 72, swap: 80, profit: 88, sl: 96, tp: 104, reason: 112 },
  lengthOf(v: Deals): number {
    return 8 + v.rows.reduce((sum, row) => sum + 120 + 1 + utf8Length(row.comment) + 1 + utf8Length(row.external_id), 0);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Deals {
    need(at + 8, end, "deals");
    const count = view.getUint32(at + 4, true);
    const rows: DealsRow[] = [];
    let item = at + 8;
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, 120, "deals");
      const text = new TextReader(view, item + 120, rowEnd, "deals");
      rows.push({ symbol_id: view.getUint16(item + 4, true), type: view.getUint8(item + 6), entry: view.getUint8(item + 7), deal: view.getBigUint64(item + 8, true), order: view.getBigUint64(item + 16, true), position_id: view.getBigUint64(item + 24, true), magic: view.getBigUint64(item + 32, true), time_msc: view.getBigInt64(item + 40, true), volume: view.getFloat64(item + 48, true), price: view.getFloat64(item + 56, true), commission: view.getFloat64(item + 64, true), fee: view.getFloat64(item + 72, true), swap: view.getFloat64(item + 80, true), profit: view.getFloat64(item + 88, true), sl: view.getFloat64(item + 96, true), tp: view.getFloat64(item + 104, true), reason: view.getUint8(item + 112), comment: text.str8(), external_id: text.str8() });
      item = rowEnd;
    }
    return { snapshot_id: view.getUint32(at + 0, true), rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Deals): void {
    view.setUint32(at + 0, v.snapshot_id, true);
    view.setUint32(at + 4, v.rows.length, true);
    let item = at + 8;
    for (const row of v.rows) {
      const bytes = 120 + 1 + utf8Length(row.comment) + 1 + utf8Length(row.external_id);
      view.setUint32(item, bytes, true);
      view.setUint16(item + 4, row.symbol_id, true);
      view.setUint8(item + 6, row.type);
      view.setUint8(item + 7, row.entry);
      view.setBigUint64(item + 8, row.deal, true);
      view.setBigUint64(item + 16, row.order, true);
      view.setBigUint64(item + 24, row.position_id, true);
      view.setBigUint64(item + 32, row.magic, true);
      view.setBigInt64(item + 40, row.time_msc, true);
      view.setFloat64(item + 48, row.volume, true);
      view.setFloat64(item + 56, row.price, true);
      view.setFloat64(item + 64, row.commission, true);
      view.setFloat64(item + 72, row.fee, true);
      view.setFloat64(item + 80, row.swap, true);
      view.setFloat64(item + 88, row.profit, true);
      view.setFloat64(item + 96, row.sl, true);
      view.setFloat64(item + 104, row.tp, true);
      view.setUint8(item + 112, row.reason);
      let next = item + 120;
      next = writeStr8(view, next, row.comment, "comment");
      next = writeStr8(view, next, row.external_id, "external_id");
      item += bytes;
    }
  },
} as const;

/** A symbol's specification; gives the session's number of the symbol. */
export interface SymbolSpec {
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  readonly digits: number;
  readonly trade_mode: number;
  readonly exec_mode: number;
  readonly calc_mode: number;
  readonly filling_bits: number;
  readonly expiration_bits: number;
  readonly order_bits: number;
  /** 0 bars by bid, 1 by last */
  readonly chart_mode: number;
  readonly gtc_mode: number;
  /** 1 floating spread, 2 custom */
  readonly bools: number;
  /** points */
  readonly stops_level: number;
  /** points */
  readonly freeze_level: number;
  /** points */
  readonly spread: number;
  readonly point: number;
  readonly tick_size: number;
  readonly tick_value: number;
  readonly tick_value_profit: number;
  readonly tick_value_loss: number;
  readonly contract_size: number;
  readonly vol_min: number;
  readonly vol_max: number;
  readonly vol_step: number;
  readonly vol_limit: number;
  readonly swap_long: number;
  readonly swap_short: number;
  readonly margin_initial: number;
  readonly margin_maint: number;
  readonly margin_hedged: number;
  readonly swap_mode: number;
  readonly rollover3: number;
  readonly name: string;
  readonly base_currency: string;
  readonly profit_currency: string;
  readonly margin_currency: string;
  readonly path: string;
  readonly description: string;
}

export const SymbolSpec = {
  name: "symbol_spec",
  type: 36,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 152,
  /** Offsets in bytes from the start of the payload. */
  offset: { symbol_id: 0, digits: 2, trade_mode: 3, exec_mode: 4, calc_mode: 5, filling_bits: 6, expiration_bits: 7, order_bits: 8, chart_mode: 9, gtc_mode: 10, bools: 11, stops_level: 12, freeze_level: 16, spread: 20, point: 24, tick_size: 32, tick_value: 40, tick_value_profit: 48, tick_value_loss: 56, contract_size: 64, vol_min: 72, vol_max: 80, vol_step: 88, vol_limit: 96, swap_long: 104, swap_short: 112, margin_initial: 120, margin_maint: 128, margin_hedged: 136, swap_mode: 144, rollover3: 145 },
  lengthOf(v: SymbolSpec): number {
    return 152 + 1 + utf8Length(v.name) + 1 + utf8Length(v.base_currency) + 1 + utf8Length(v.profit_currency) + 1 + utf8Length(v.margin_currency) + 2 + utf8Length(v.path) + 2 + utf8Length(v.description);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): SymbolSpec {
    need(at + 152, end, "symbol_spec");
    const text = new TextReader(view, at + 152, end, "symbol_spec");
    return { symbol_id: view.getUint16(at + 0, true), digits: view.getUint8(at + 2), trade_mode: view.getUint8(at + 3), exec_mode: view.getUint8(at + 4), calc_mode: view.getUint8(at + 5), filling_bits: view.getUint8(at + 6), expiration_bits: view.getUint8(at + 7), order_bits: view.getUint8(at + 8), chart_mode: view.getUint8(at + 9), gtc_mode: view.getUint8(at + 10), bools: view.getUint8(at + 11), stops_level: view.getInt32(at + 12, true), freeze_level: view.getInt32(at + 16, true), spread: view.getInt32(at + 20, true), point: view.getFloat64(at + 24, true), tick_size: view.getFloat64(at + 32, true), tick_value: view.getFloat64(at + 40, true), tick_value_profit: view.getFloat64(at + 48, true), tick_value_loss: view.getFloat64(at + 56, true), contract_size: view.getFloat64(at + 64, true), vol_min: view.getFloat64(at + 72, true), vol_max: view.getFloat64(at + 80, true), vol_step: view.getFloat64(at + 88, true), vol_limit: view.getFloat64(at + 96, true), swap_long: view.getFloat64(at + 104, true), swap_short: view.getFloat64(at + 112, true), margin_initial: view.getFloat64(at + 120, true), margin_maint: view.getFloat64(at + 128, true), margin_hedged: view.getFloat64(at + 136, true), swap_mode: view.getUint8(at + 144), rollover3: view.getUint8(at + 145), name: text.str8(), base_currency: text.str8(), profit_currency: text.str8(), margin_currency: text.str8(), path: text.str16(), description: text.str16() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: SymbolSpec): void {
    view.setUint16(at + 0, v.symbol_id, true);
    view.setUint8(at + 2, v.digits);
    view.setUint8(at + 3, v.trade_mode);
    view.setUint8(at + 4, v.exec_mode);
    view.setUint8(at + 5, v.calc_mode);
    view.setUint8(at + 6, v.filling_bits);
    view.setUint8(at + 7, v.expiration_bits);
    view.setUint8(at + 8, v.order_bits);
    view.setUint8(at + 9, v.chart_mode);
    view.setUint8(at + 10, v.gtc_mode);
    view.setUint8(at + 11, v.bools);
    view.setInt32(at + 12, v.stops_level, true);
    view.setInt32(at + 16, v.freeze_level, true);
    view.setInt32(at + 20, v.spread, true);
    view.setFloat64(at + 24, v.point, true);
    view.setFloat64(at + 32, v.tick_size, true);
    view.setFloat64(at + 40, v.tick_value, true);
    view.setFloat64(at + 48, v.tick_value_profit, true);
    view.setFloat64(at + 56, v.tick_value_loss, true);
    view.setFloat64(at + 64, v.contract_size, true);
    view.setFloat64(at + 72, v.vol_min, true);
    view.setFloat64(at + 80, v.vol_max, true);
    view.setFloat64(at + 88, v.vol_step, true);
    view.setFloat64(at + 96, v.vol_limit, true);
    view.setFloat64(at + 104, v.swap_long, true);
    view.setFloat64(at + 112, v.swap_short, true);
    view.setFloat64(at + 120, v.margin_initial, true);
    view.setFloat64(at + 128, v.margin_maint, true);
    view.setFloat64(at + 136, v.margin_hedged, true);
    view.setUint8(at + 144, v.swap_mode);
    view.setUint8(at + 145, v.rollover3);
    let next = at + 152;
    next = writeStr8(view, next, v.name, "name");
    next = writeStr8(view, next, v.base_currency, "base_currency");
    next = writeStr8(view, next, v.profit_currency, "profit_currency");
    next = writeStr8(view, next, v.margin_currency, "margin_currency");
    next = writeStr16(view, next, v.path, "path");
    next = writeStr16(view, next, v.description, "description");
  },
} as const;

/** State follows. */
export interface SnapshotBegin {
  readonly id: number;
  /** 1 account, 2 positions, 4 orders, 8 deals, 16 specs */
  readonly sections: number;
}

export const SnapshotBegin = {
  name: "snapshot_begin",
  type: 37,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { id: 0, sections: 4 },
  lengthOf(_v: SnapshotBegin): number {
    return 8;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): SnapshotBegin {
    need(at + 8, end, "snapshot_begin");
    return { id: view.getUint32(at + 0, true), sections: view.getUint32(at + 4, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: SnapshotBegin): void {
    view.setUint32(at + 0, v.id, true);
    view.setUint32(at + 4, v.sections, true);
  },
} as const;

/** The state is complete; the counts tell whether anything is missing. */
export interface SnapshotEnd {
  readonly id: number;
  readonly positions: number;
  readonly orders: number;
  readonly deals: number;
  /** broker time */
  readonly trade_server_ms: bigint;
}

export const SnapshotEnd = {
  name: "snapshot_end",
  type: 38,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 24,
  /** Offsets in bytes from the start of the payload. */
  offset: { id: 0, positions: 4, orders: 8, deals: 12, trade_server_ms: 16 },
  lengthOf(_v: SnapshotEnd): number {
    return 24;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): SnapshotEnd {
    need(at + 24, end, "snapshot_end");
    return { id: view.getUint32(at + 0, true), positions: view.getUint32(at + 4, true), orders: view.getUint32(at + 8, true), deals: view.getUint32(at + 12, true), trade_server_ms: view.getBigInt64(at + 16, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: SnapshotEnd): void {
    view.setUint32(at + 0, v.id, true);
    view.setUint32(at + 4, v.positions, true);
    view.setUint32(at + 8, v.orders, true);
    view.setUint32(at + 12, v.deals, true);
    view.setBigInt64(at + 16, v.trade_server_ms, true);
  },
} as const;

export interface ResyncReqCommand {
  readonly cmd_id: Uint8Array;
}

/** Asks for a snapshot and one CMD_STATUS for each id named. */
export interface ResyncReq {
  /** as in SNAPSHOT_BEGIN */
  readonly sections: number;
  /** deals and history orders from here, broker time */
  readonly history_from_s: bigint;
  readonly commands: readonly ResyncReqCommand[];
}

export const ResyncReq = {
  name: "resync_req",
  type: 39,
  from: "connector",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 16,
  /** Offsets in bytes from the start of the payload. */
  offset: { sections: 0, count: 4, history_from_s: 8 },
  row: { bytes: 16, cmd_id: 0 },
  lengthOf(v: ResyncReq): number {
    return 16 + v.commands.length * 16;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): ResyncReq {
    need(at + 16, end, "resync_req");
    const count = view.getUint32(at + 4, true);
    need(at + 16 + count * 16, end, "resync_req");
    const commands: ResyncReqCommand[] = [];
    for (let item = at + 16; commands.length < count; item += 16) {
      commands.push({ cmd_id: readBytes(view, item + 0, 16) });
    }
    return { sections: view.getUint32(at + 0, true), history_from_s: view.getBigInt64(at + 8, true), commands };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: ResyncReq): void {
    view.setUint32(at + 0, v.sections, true);
    view.setBigInt64(at + 8, v.history_from_s, true);
    view.setUint32(at + 4, v.commands.length, true);
    let item = at + 16;
    for (const row of v.commands) {
      const bytes = 16;
      writeBytes(view, item + 0, 16, row.cmd_id, "cmd_id");
      item += bytes;
    }
  },
} as const;

/** One trade command. The EA executes a cmd_id once at the most. */
export interface Cmd {
  /** the intent's id */
  readonly cmd_id: Uint8Array;
  /** CMD_ACTION */
  readonly action: number;
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  /** 0 buy, 1 sell, others as MT5 */
  readonly order_type: number;
  /** 255 = the EA chooses */
  readonly filling: number;
  readonly time_type: number;
  /** 1 partial fill allowed, 2 one retry after a requote */
  readonly flags: number;
  readonly deviation_pts: number;
  /** 0 = no limit */
  readonly max_spread_pts: number;
  readonly issued_utc_ms: bigint;
  readonly expires_utc_ms: bigint;
  readonly volume: number;
  readonly price: number;
  readonly stoplimit: number;
  readonly sl: number;
  readonly tp: number;
  readonly order_expiration_s: bigint;
  readonly position: bigint;
  readonly position_by: bigint;
  readonly order: bigint;
  readonly magic: bigint;
  /** worst price to accept, 0 = none */
  readonly guard_price: number;
  /** comment */
  readonly tag: string;
}

export const Cmd = {
  name: "cmd",
  type: 48,
  from: "connector",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 136,
  /** Offsets in bytes from the start of the payload. */
  offset: { cmd_id: 0, action: 16, symbol_id: 18, order_type: 20, filling: 21, time_type: 22, flags: 23, deviation_pts: 24, max_spread_pts: 28, issued_utc_ms: 32, expires_utc_ms: 40, volume: 48, price: 56, stoplimit: 64, sl: 72, tp: 80, order_expiration_s: 88, position: 96, position_by: 104, order: 112, magic: 120, guard_price: 128 },
  lengthOf(v: Cmd): number {
    return 136 + 1 + utf8Length(v.tag);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): Cmd {
    need(at + 136, end, "cmd");
    const text = new TextReader(view, at + 136, end, "cmd");
    return { cmd_id: readBytes(view, at + 0, 16), action: view.getUint16(at + 16, true), symbol_id: view.getUint16(at + 18, true), order_type: view.getUint8(at + 20), filling: view.getUint8(at + 21), time_type: view.getUint8(at + 22), flags: view.getUint8(at + 23), deviation_pts: view.getUint32(at + 24, true), max_spread_pts: view.getUint32(at + 28, true), issued_utc_ms: view.getBigInt64(at + 32, true), expires_utc_ms: view.getBigInt64(at + 40, true), volume: view.getFloat64(at + 48, true), price: view.getFloat64(at + 56, true), stoplimit: view.getFloat64(at + 64, true), sl: view.getFloat64(at + 72, true), tp: view.getFloat64(at + 80, true), order_expiration_s: view.getBigInt64(at + 88, true), position: view.getBigUint64(at + 96, true), position_by: view.getBigUint64(at + 104, true), order: view.getBigUint64(at + 112, true), magic: view.getBigUint64(at + 120, true), guard_price: view.getFloat64(at + 128, true), tag: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: Cmd): void {
    writeBytes(view, at + 0, 16, v.cmd_id, "cmd_id");
    view.setUint16(at + 16, v.action, true);
    view.setUint16(at + 18, v.symbol_id, true);
    view.setUint8(at + 20, v.order_type);
    view.setUint8(at + 21, v.filling);
    view.setUint8(at + 22, v.time_type);
    view.setUint8(at + 23, v.flags);
    view.setUint32(at + 24, v.deviation_pts, true);
    view.setUint32(at + 28, v.max_spread_pts, true);
    view.setBigInt64(at + 32, v.issued_utc_ms, true);
    view.setBigInt64(at + 40, v.expires_utc_ms, true);
    view.setFloat64(at + 48, v.volume, true);
    view.setFloat64(at + 56, v.price, true);
    view.setFloat64(at + 64, v.stoplimit, true);
    view.setFloat64(at + 72, v.sl, true);
    view.setFloat64(at + 80, v.tp, true);
    view.setBigInt64(at + 88, v.order_expiration_s, true);
    view.setBigUint64(at + 96, v.position, true);
    view.setBigUint64(at + 104, v.position_by, true);
    view.setBigUint64(at + 112, v.order, true);
    view.setBigUint64(at + 120, v.magic, true);
    view.setFloat64(at + 128, v.guard_price, true);
    let next = at + 136;
    next = writeStr8(view, next, v.tag, "tag");
  },
} as const;

/** The EA has taken the command, or why not. */
export interface CmdAck {
  readonly cmd_id: Uint8Array;
  /** ACK_STATUS */
  readonly status: number;
  /** CMD_STATE */
  readonly state: number;
  readonly last_retcode: number;
  readonly ea_utc_ms: bigint;
  readonly order: bigint;
  readonly deal: bigint;
  readonly text: string;
}

export const CmdAck = {
  name: "cmd_ack",
  type: 49,
  from: "ea",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 48,
  /** Offsets in bytes from the start of the payload. */
  offset: { cmd_id: 0, status: 16, state: 18, last_retcode: 20, ea_utc_ms: 24, order: 32, deal: 40 },
  lengthOf(v: CmdAck): number {
    return 48 + 1 + utf8Length(v.text);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CmdAck {
    need(at + 48, end, "cmd_ack");
    const text = new TextReader(view, at + 48, end, "cmd_ack");
    return { cmd_id: readBytes(view, at + 0, 16), status: view.getUint16(at + 16, true), state: view.getUint16(at + 18, true), last_retcode: view.getUint32(at + 20, true), ea_utc_ms: view.getBigInt64(at + 24, true), order: view.getBigUint64(at + 32, true), deal: view.getBigUint64(at + 40, true), text: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CmdAck): void {
    writeBytes(view, at + 0, 16, v.cmd_id, "cmd_id");
    view.setUint16(at + 16, v.status, true);
    view.setUint16(at + 18, v.state, true);
    view.setUint32(at + 20, v.last_retcode, true);
    view.setBigInt64(at + 24, v.ea_utc_ms, true);
    view.setBigUint64(at + 32, v.order, true);
    view.setBigUint64(at + 40, v.deal, true);
    let next = at + 48;
    next = writeStr8(view, next, v.text, "text");
  },
} as const;

/** What the trade server said. */
export interface CmdResult {
  readonly cmd_id: Uint8Array;
  /** TRADE_RETCODE */
  readonly retcode: number;
  readonly external: number;
  readonly request_id: number;
  readonly last_error: number;
  readonly order: bigint;
  readonly deal: bigint;
  readonly volume: number;
  readonly price: number;
  readonly bid: number;
  readonly ask: number;
  readonly t_recv_us: bigint;
  readonly t_send_us: bigint;
  readonly t_done_us: bigint;
  readonly send_ok: number;
  readonly final: number;
  readonly comment: string;
}

export const CmdResult = {
  name: "cmd_result",
  type: 50,
  from: "ea",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 112,
  /** Offsets in bytes from the start of the payload. */
  offset: { cmd_id: 0, retcode: 16, external: 20, request_id: 24, last_error: 28, order: 32, deal: 40, volume: 48, price: 56, bid: 64, ask: 72, t_recv_us: 80, t_send_us: 88, t_done_us: 96, send_ok: 104, final: 105 },
  lengthOf(v: CmdResult): number {
    return 112 + 1 + utf8Length(v.comment);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CmdResult {
    need(at + 112, end, "cmd_result");
    const text = new TextReader(view, at + 112, end, "cmd_result");
    return { cmd_id: readBytes(view, at + 0, 16), retcode: view.getUint32(at + 16, true), external: view.getInt32(at + 20, true), request_id: view.getUint32(at + 24, true), last_error: view.getUint32(at + 28, true), order: view.getBigUint64(at + 32, true), deal: view.getBigUint64(at + 40, true), volume: view.getFloat64(at + 48, true), price: view.getFloat64(at + 56, true), bid: view.getFloat64(at + 64, true), ask: view.getFloat64(at + 72, true), t_recv_us: view.getBigUint64(at + 80, true), t_send_us: view.getBigUint64(at + 88, true), t_done_us: view.getBigUint64(at + 96, true), send_ok: view.getUint8(at + 104), final: view.getUint8(at + 105), comment: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CmdResult): void {
    writeBytes(view, at + 0, 16, v.cmd_id, "cmd_id");
    view.setUint32(at + 16, v.retcode, true);
    view.setInt32(at + 20, v.external, true);
    view.setUint32(at + 24, v.request_id, true);
    view.setUint32(at + 28, v.last_error, true);
    view.setBigUint64(at + 32, v.order, true);
    view.setBigUint64(at + 40, v.deal, true);
    view.setFloat64(at + 48, v.volume, true);
    view.setFloat64(at + 56, v.price, true);
    view.setFloat64(at + 64, v.bid, true);
    view.setFloat64(at + 72, v.ask, true);
    view.setBigUint64(at + 80, v.t_recv_us, true);
    view.setBigUint64(at + 88, v.t_send_us, true);
    view.setBigUint64(at + 96, v.t_done_us, true);
    view.setUint8(at + 104, v.send_ok);
    view.setUint8(at + 105, v.final);
    let next = at + 112;
    next = writeStr8(view, next, v.comment, "comment");
  },
} as const;

/** One MqlTradeTransaction. */
export interface TradeTx {
  readonly event_no: bigint;
  /** TRADE_TX_TYPE */
  readonly type: number;
  readonly order_type: number;
  readonly order_state: number;
  readonly deal_type: number;
  readonly time_type: number;
  /** assigned by the EA, for this session */
  readonly symbol_id: number;
  readonly deal: bigint;
  readonly order: bigint;
  readonly position: bigint;
  readonly position_by: bigint;
  readonly expiration: bigint;
  readonly price: number;
  readonly trigger: number;
  readonly sl: number;
  readonly tp: number;
  /** remaining, for order events */
  readonly volume: number;
  readonly ea_us: bigint;
  readonly request_id: number;
  readonly retcode: number;
  /** zero = unknown */
  readonly cmd_id: Uint8Array;
}

export const TradeTx = {
  name: "trade_tx",
  type: 51,
  from: "ea",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 128,
  /** Offsets in bytes from the start of the payload. */
  offset: { event_no: 0, type: 8, order_type: 9, order_state: 10, deal_type: 11, time_type: 12, symbol_id: 14, deal: 16, order: 24, position: 32, position_by: 40, expiration: 48, price: 56, trigger: 64, sl: 72, tp: 80, volume: 88, ea_us: 96, request_id: 104, retcode: 108, cmd_id: 112 },
  lengthOf(_v: TradeTx): number {
    return 128;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): TradeTx {
    need(at + 128, end, "trade_tx");
    return { event_no: view.getBigUint64(at + 0, true), type: view.getUint8(at + 8), order_type: view.getUint8(at + 9), order_state: view.getUint8(at + 10), deal_type: view.getUint8(at + 11), time_type: view.getUint8(at + 12), symbol_id: view.getUint16(at + 14, true), deal: view.getBigUint64(at + 16, true), order: view.getBigUint64(at + 24, true), position: view.getBigUint64(at + 32, true), position_by: view.getBigUint64(at + 40, true), expiration: view.getBigInt64(at + 48, true), price: view.getFloat64(at + 56, true), trigger: view.getFloat64(at + 64, true), sl: view.getFloat64(at + 72, true), tp: view.getFloat64(at + 80, true), volume: view.getFloat64(at + 88, true), ea_us: view.getBigUint64(at + 96, true), request_id: view.getUint32(at + 104, true), retcode: view.getUint32(at + 108, true), cmd_id: readBytes(view, at + 112, 16) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: TradeTx): void {
    view.setBigUint64(at + 0, v.event_no, true);
    view.setUint8(at + 8, v.type);
    view.setUint8(at + 9, v.order_type);
    view.setUint8(at + 10, v.order_state);
    view.setUint8(at + 11, v.deal_type);
    view.setUint8(at + 12, v.time_type);
    view.setUint16(at + 14, v.symbol_id, true);
    view.setBigUint64(at + 16, v.deal, true);
    view.setBigUint64(at + 24, v.order, true);
    view.setBigUint64(at + 32, v.position, true);
    view.setBigUint64(at + 40, v.position_by, true);
    view.setBigInt64(at + 48, v.expiration, true);
    view.setFloat64(at + 56, v.price, true);
    view.setFloat64(at + 64, v.trigger, true);
    view.setFloat64(at + 72, v.sl, true);
    view.setFloat64(at + 80, v.tp, true);
    view.setFloat64(at + 88, v.volume, true);
    view.setBigUint64(at + 96, v.ea_us, true);
    view.setUint32(at + 104, v.request_id, true);
    view.setUint32(at + 108, v.retcode, true);
    writeBytes(view, at + 112, 16, v.cmd_id, "cmd_id");
  },
} as const;

export interface CmdQueryCommand {
  readonly cmd_id: Uint8Array;
}

/** Asks for one CMD_STATUS for each id named. */
export interface CmdQuery {
  /** 0 */
  readonly sections: number;
  /** 0 */
  readonly history_from_s: bigint;
  readonly commands: readonly CmdQueryCommand[];
}

export const CmdQuery = {
  name: "cmd_query",
  type: 53,
  from: "connector",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 16,
  /** Offsets in bytes from the start of the payload. */
  offset: { sections: 0, count: 4, history_from_s: 8 },
  row: { bytes: 16, cmd_id: 0 },
  lengthOf(v: CmdQuery): number {
    return 16 + v.commands.length * 16;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CmdQuery {
    need(at + 16, end, "cmd_query");
    const count = view.getUint32(at + 4, true);
    need(at + 16 + count * 16, end, "cmd_query");
    const commands: CmdQueryCommand[] = [];
    for (let item = at + 16; commands.length < count; item += 16) {
      commands.push({ cmd_id: readBytes(view, item + 0, 16) });
    }
    return { sections: view.getUint32(at + 0, true), history_from_s: view.getBigInt64(at + 8, true), commands };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CmdQuery): void {
    view.setUint32(at + 0, v.sections, true);
    view.setBigInt64(at + 8, v.history_from_s, true);
    view.setUint32(at + 4, v.commands.length, true);
    let item = at + 16;
    for (const row of v.commands) {
      const bytes = 16;
      writeBytes(view, item + 0, 16, row.cmd_id, "cmd_id");
      item += bytes;
    }
  },
} as const;

/** What the EA's journal says of a command. */
export interface CmdStatus {
  readonly cmd_id: Uint8Array;
  /** ACK_STATUS */
  readonly status: number;
  /** CMD_STATE */
  readonly state: number;
  readonly last_retcode: number;
  readonly ea_utc_ms: bigint;
  readonly order: bigint;
  readonly deal: bigint;
  readonly text: string;
}

export const CmdStatus = {
  name: "cmd_status",
  type: 54,
  from: "ea",
  mac: true,
  /** Bytes before the strings or rows. */
  fixed: 48,
  /** Offsets in bytes from the start of the payload. */
  offset: { cmd_id: 0, status: 16, state: 18, last_retcode: 20, ea_utc_ms: 24, order: 32, deal: 40 },
  lengthOf(v: CmdStatus): number {
    return 48 + 1 + utf8Length(v.text);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CmdStatus {
    need(at + 48, end, "cmd_status");
    const text = new TextReader(view, at + 48, end, "cmd_status");
    return { cmd_id: readBytes(view, at + 0, 16), status: view.getUint16(at + 16, true), state: view.getUint16(at + 18, true), last_retcode: view.getUint32(at + 20, true), ea_utc_ms: view.getBigInt64(at + 24, true), order: view.getBigUint64(at + 32, true), deal: view.getBigUint64(at + 40, true), text: text.str8() };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CmdStatus): void {
    writeBytes(view, at + 0, 16, v.cmd_id, "cmd_id");
    view.setUint16(at + 16, v.status, true);
    view.setUint16(at + 18, v.state, true);
    view.setUint32(at + 20, v.last_retcode, true);
    view.setBigInt64(at + 24, v.ea_utc_ms, true);
    view.setBigUint64(at + 32, v.order, true);
    view.setBigUint64(at + 40, v.deal, true);
    let next = at + 48;
    next = writeStr8(view, next, v.text, "text");
  },
} as const;

export interface CalCountriesRow {
  readonly country_id: bigint;
  /** ISO 3166-1, two letters */
  readonly code: string;
  readonly currency: string;
  readonly currency_symbol: string;
  readonly name: string;
  readonly url_name: string;
}

/** Countries of the economic calendar. */
export interface CalCountries {
  readonly rows: readonly CalCountriesRow[];
}

export const CalCountries = {
  name: "cal_countries",
  type: 64,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { count: 0 },
  row: { bytes: 16, country_id: 8 },
  lengthOf(v: CalCountries): number {
    return 8 + v.rows.reduce((sum, row) => sum + 16 + 1 + utf8Length(row.code) + 1 + utf8Length(row.currency) + 1 + utf8Length(row.currency_symbol) + 2 + utf8Length(row.name) + 2 + utf8Length(row.url_name), 0);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CalCountries {
    need(at + 8, end, "cal_countries");
    const count = view.getUint32(at + 0, true);
    const rows: CalCountriesRow[] = [];
    let item = at + 8;
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, 16, "cal_countries");
      const text = new TextReader(view, item + 16, rowEnd, "cal_countries");
      rows.push({ country_id: view.getBigUint64(item + 8, true), code: text.str8(), currency: text.str8(), currency_symbol: text.str8(), name: text.str16(), url_name: text.str16() });
      item = rowEnd;
    }
    return { rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CalCountries): void {
    view.setUint32(at + 0, v.rows.length, true);
    let item = at + 8;
    for (const row of v.rows) {
      const bytes = 16 + 1 + utf8Length(row.code) + 1 + utf8Length(row.currency) + 1 + utf8Length(row.currency_symbol) + 2 + utf8Length(row.name) + 2 + utf8Length(row.url_name);
      view.setUint32(item, bytes, true);
      view.setBigUint64(item + 8, row.country_id, true);
      let next = item + 16;
      next = writeStr8(view, next, row.code, "code");
      next = writeStr8(view, next, row.currency, "currency");
      next = writeStr8(view, next, row.currency_symbol, "currency_symbol");
      next = writeStr16(view, next, row.name, "name");
      next = writeStr16(view, next, row.url_name, "url_name");
      item += bytes;
    }
  },
} as const;

export interface CalEventsRow {
  readonly type: number;
  readonly sector: number;
  readonly frequency: number;
  readonly time_mode: number;
  readonly event_id: bigint;
  readonly country_id: bigint;
  readonly unit: number;
  readonly importance: number;
  readonly multiplier: number;
  readonly digits: number;
  readonly currency: string;
  readonly country: string;
  readonly name: string;
  readonly event_code: string;
  readonly url: string;
}

/** Kinds of calendar events. */
export interface CalEvents {
  readonly rows: readonly CalEventsRow[];
}

export const CalEvents = {
  name: "cal_events",
  type: 65,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { count: 0 },
  row: { bytes: 32, type: 4, sector: 5, frequency: 6, time_mode: 7, event_id: 8, country_id: 16, unit: 24, importance: 25, multiplier: 26, digits: 27 },
  lengthOf(v: CalEvents): number {
    return 8 + v.rows.reduce((sum, row) => sum + 32 + 1 + utf8Length(row.currency) + 1 + utf8Length(row.country) + 2 + utf8Length(row.name) + 2 + utf8Length(row.event_code) + 2 + utf8Length(row.url), 0);
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CalEvents {
    need(at + 8, end, "cal_events");
    const count = view.getUint32(at + 0, true);
    const rows: CalEventsRow[] = [];
    let item = at + 8;
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, 32, "cal_events");
      const text = new TextReader(view, item + 32, rowEnd, "cal_events");
      rows.push({ type: view.getUint8(item + 4), sector: view.getUint8(item + 5), frequency: view.getUint8(item + 6), time_mode: view.getUint8(item + 7), event_id: view.getBigUint64(item + 8, true), country_id: view.getBigUint64(item + 16, true), unit: view.getUint8(item + 24), importance: view.getUint8(item + 25), multiplier: view.getUint8(item + 26), digits: view.getUint8(item + 27), currency: text.str8(), country: text.str8(), name: text.str16(), event_code: text.str16(), url: text.str16() });
      item = rowEnd;
    }
    return { rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CalEvents): void {
    view.setUint32(at + 0, v.rows.length, true);
    let item = at + 8;
    for (const row of v.rows) {
      const bytes = 32 + 1 + utf8Length(row.currency) + 1 + utf8Length(row.country) + 2 + utf8Length(row.name) + 2 + utf8Length(row.event_code) + 2 + utf8Length(row.url);
      view.setUint32(item, bytes, true);
      view.setUint8(item + 4, row.type);
      view.setUint8(item + 5, row.sector);
      view.setUint8(item + 6, row.frequency);
      view.setUint8(item + 7, row.time_mode);
      view.setBigUint64(item + 8, row.event_id, true);
      view.setBigUint64(item + 16, row.country_id, true);
      view.setUint8(item + 24, row.unit);
      view.setUint8(item + 25, row.importance);
      view.setUint8(item + 26, row.multiplier);
      view.setUint8(item + 27, row.digits);
      let next = item + 32;
      next = writeStr8(view, next, row.currency, "currency");
      next = writeStr8(view, next, row.country, "country");
      next = writeStr16(view, next, row.name, "name");
      next = writeStr16(view, next, row.event_code, "event_code");
      next = writeStr16(view, next, row.url, "url");
      item += bytes;
    }
  },
} as const;

export interface CalValuesRow {
  readonly value_id: bigint;
  readonly event_id: bigint;
  /** broker time, shown with the server's current offset */
  readonly time_s: bigint;
  readonly period_s: bigint;
  readonly revision: number;
  readonly impact: number;
  readonly actual: bigint;
  readonly previous: bigint;
  readonly revised_previous: bigint;
  readonly forecast: bigint;
  readonly change_id: bigint;
}

/** Occurrences of calendar events; values in millionths, the least i64 = absent. */
export interface CalValues {
  readonly rows: readonly CalValuesRow[];
}

export const CalValues = {
  name: "cal_values",
  type: 66,
  from: "ea",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 8,
  /** Offsets in bytes from the start of the payload. */
  offset: { count: 0 },
  row: { bytes: 80, value_id: 0, event_id: 8, time_s: 16, period_s: 24, revision: 32, impact: 36, actual: 40, previous: 48, revised_previous: 56, forecast: 64, change_id: 72 },
  lengthOf(v: CalValues): number {
    return 8 + v.rows.length * 80;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CalValues {
    need(at + 8, end, "cal_values");
    const count = view.getUint32(at + 0, true);
    need(at + 8 + count * 80, end, "cal_values");
    const rows: CalValuesRow[] = [];
    for (let item = at + 8; rows.length < count; item += 80) {
      rows.push({ value_id: view.getBigUint64(item + 0, true), event_id: view.getBigUint64(item + 8, true), time_s: view.getBigInt64(item + 16, true), period_s: view.getBigInt64(item + 24, true), revision: view.getInt32(item + 32, true), impact: view.getUint8(item + 36), actual: view.getBigInt64(item + 40, true), previous: view.getBigInt64(item + 48, true), revised_previous: view.getBigInt64(item + 56, true), forecast: view.getBigInt64(item + 64, true), change_id: view.getBigUint64(item + 72, true) });
    }
    return { rows };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CalValues): void {
    view.setUint32(at + 0, v.rows.length, true);
    let item = at + 8;
    for (const row of v.rows) {
      const bytes = 80;
      view.setBigUint64(item + 0, row.value_id, true);
      view.setBigUint64(item + 8, row.event_id, true);
      view.setBigInt64(item + 16, row.time_s, true);
      view.setBigInt64(item + 24, row.period_s, true);
      view.setInt32(item + 32, row.revision, true);
      view.setUint8(item + 36, row.impact);
      view.setBigInt64(item + 40, row.actual, true);
      view.setBigInt64(item + 48, row.previous, true);
      view.setBigInt64(item + 56, row.revised_previous, true);
      view.setBigInt64(item + 64, row.forecast, true);
      view.setBigUint64(item + 72, row.change_id, true);
      item += bytes;
    }
  },
} as const;

/** Asks for the calendar. */
export interface CalReq {
  /** 1 countries, 2 events, 4 values */
  readonly what: number;
  /** broker time */
  readonly from_s: bigint;
  readonly to_s: bigint;
}

export const CalReq = {
  name: "cal_req",
  type: 67,
  from: "connector",
  mac: false,
  /** Bytes before the strings or rows. */
  fixed: 24,
  /** Offsets in bytes from the start of the payload. */
  offset: { what: 0, from_s: 8, to_s: 16 },
  lengthOf(_v: CalReq): number {
    return 24;
  },
  /** The payload in [at, end). */
  read(view: DataView, at: number, end: number): CalReq {
    need(at + 24, end, "cal_req");
    return { what: view.getUint8(at + 0), from_s: view.getBigInt64(at + 8, true), to_s: view.getBigInt64(at + 16, true) };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(view: DataView, at: number, v: CalReq): void {
    view.setUint8(at + 0, v.what);
    view.setBigInt64(at + 8, v.from_s, true);
    view.setBigInt64(at + 16, v.to_s, true);
  },
} as const;

export type AnyFrameCodec = typeof Hello | typeof Challenge | typeof Auth | typeof Welcome | typeof Reject | typeof Heartbeat | typeof Bye | typeof TimeInfo | typeof GoLive | typeof Subscribe | typeof Ticks | typeof Bars | typeof Gap | typeof HistoryReq | typeof HistoryEnd | typeof Account | typeof Positions | typeof Orders | typeof Deals | typeof SymbolSpec | typeof SnapshotBegin | typeof SnapshotEnd | typeof ResyncReq | typeof Cmd | typeof CmdAck | typeof CmdResult | typeof TradeTx | typeof CmdQuery | typeof CmdStatus | typeof CalCountries | typeof CalEvents | typeof CalValues | typeof CalReq;

export const FRAME_BY_TYPE: ReadonlyMap<number, AnyFrameCodec> = new Map<number, AnyFrameCodec>([
  [1, Hello],
  [2, Challenge],
  [3, Auth],
  [4, Welcome],
  [5, Reject],
  [6, Heartbeat],
  [7, Bye],
  [8, TimeInfo],
  [9, GoLive],
  [16, Subscribe],
  [17, Ticks],
  [18, Bars],
  [19, Gap],
  [21, HistoryReq],
  [22, HistoryEnd],
  [32, Account],
  [33, Positions],
  [34, Orders],
  [35, Deals],
  [36, SymbolSpec],
  [37, SnapshotBegin],
  [38, SnapshotEnd],
  [39, ResyncReq],
  [48, Cmd],
  [49, CmdAck],
  [50, CmdResult],
  [51, TradeTx],
  [53, CmdQuery],
  [54, CmdStatus],
  [64, CalCountries],
  [65, CalEvents],
  [66, CalValues],
  [67, CalReq],
]);
