// Everything the core remembers of one stream, as plain structures at fixed addresses. All zero = an empty stream;
// a snapshot is a copy of STATE_AT .. STATE_AT + STATE_BYTES. Nothing in it is a float that could be NaN.
//
//   Stream | deals ring | commands ring | model heads | Market x 17 (index = symbol; 0 holds what is for all symbols)
//   Market = scalars | identifiers of the last positions gone x 8 | Position x 16 | InFlight x 2 (open, close)
//          | Bars x 2 (M1, H1), each with its rings of closes and returns
import { HEAD_BYTES, HEADS_MAX } from "./ensemble/head";
import { check, FAULT_SYMBOL_BOUNDS } from "./fault";
import { STATE_AT } from "./memory";

export const SYMBOLS_MAX: u32 = 16;
export const TIMEFRAMES: u32 = 2;
export const POSITIONS_MAX: u32 = 16;
/** Positions that a record said were closed, remembered because their last deals may come later. */
const GONE_MAX: u32 = 8;
export const DEALS_MAX: u32 = 256;
export const COMMANDS_MAX: u32 = 256;
/** Closes and returns kept per timeframe; a power of two above the longest look-back (20 bars). */
export const RING: u32 = 32;

export const PRESENT: u8 = 1;
/** Received but out of bounds: blocks the fallback to the settings for all symbols. */
export const INVALID: u8 = 2;

@unmanaged
export class Stream {
  last_seq: u64;
  time_ns: i64;
  /** Nothing that time alone causes is due before this. */
  wake_ns: i64;
  day_end_ns: i64;
  stream_id_0: u64;
  stream_id_1: u64;
  digest_0: u64;
  digest_1: u64;
  digest_2: u64;
  digest_3: u64;
  model_0: u64;
  model_1: u64;
  model_2: u64;
  model_3: u64;
  equity_micros: i64;
  day_start_equity_micros: i64;
  realised_micros: i64;
  account_time_ms: i64;
  /** Tightest daily loss of all limits in force; trips the trading state. */
  daily_loss_max_micros: i64;
  records: u64;
  ticks: u64;
  bad_ticks: u64;
  late_ticks: u64;
  bars: u64;
  predictions: u64;
  intents: u64;
  accepted: u64;
  refused: u64;
  duplicate_deals: u64;
  duplicate_commands: u64;
  refused_inputs: u64;
  outputs: u64;
  last_refused_alert_ns: i64;
  day_start_offset_s: i32;
  head_count: u32;
  deals_at: u32;
  commands_at: u32;
  intent_cause_index: u32;
  trading_state: u8;
  link: u8;
  account: u8;
  day_start_known: u8;
  daily_loss_known: u8;
  model_active: u8;
  margin_mode: u8;
  started: u8;
}

@unmanaged
export class Market {
  quote_time_ms: i64;
  quote_received_ns: i64;
  bid_points: i64;
  ask_points: i64;
  last_bad_alert_ns: i64;
  bad_ticks: u64;
  floating_micros: i64;
  /** Newest broker time of a position record with volume 0: deals up to then concern positions that are gone. */
  gone_time_ms: i64;
  // symbol_spec
  tick_size_points: i64;
  tick_value_micros: i64;
  volume_min_microlots: i64;
  volume_max_microlots: i64;
  volume_step_microlots: i64;
  volume_limit_microlots: i64;
  // risk_limits
  order_volume_max_microlots: i64;
  position_volume_max_microlots: i64;
  daily_loss_max_micros: i64;
  spread_max_points: i64;
  quote_age_max_ms: i64;
  // strategy_params
  volume_microlots: i64;
  hold_max_ms: i64;
  intent_life_ms: i64;
  stops_level_points: i32;
  enter_edge_ppm: i32;
  exit_edge_ppm: i32;
  stop_atr_milli: i32;
  target_atr_milli: i32;
  deviation_points: i32;
  timeframe_s: u32;
  strategy_id: u16;
  trade_mode: u8;
  enabled: u8;
  quote: u8;
  spec: u8;
  limits: u8;
  params: u8;
  /** Not 0 = the positions are not known for sure: nothing may be opened. */
  positions_unknown: u8;
  /** Where the next identifier of a position that is gone is kept. */
  gone_at: u8;
  /** Occupied slots of the position table. */
  position_count: u8;
}

@unmanaged
export class Position {
  identifier: u64;
  ticket: u64;
  magic: u64;
  /** 0 = free slot. */
  volume_microlots: i64;
  open_price_points: i64;
  opened_ms: i64;
  /** Broker time of the newest position record: it holds every deal up to then. */
  recorded_ms: i64;
  side: u8;
}

export const IN_FLIGHT_NONE: u8 = 0;
export const IN_FLIGHT_SENT: u8 = 1;
/** Final at the broker, but fills that it reported have not arrived: their volume stays reserved. */
export const IN_FLIGHT_BOOKING: u8 = 2;

@unmanaged
export class InFlight {
  intent_id_0: u64;
  intent_id_1: u64;
  volume_microlots: i64;
  /** As order updates report it. */
  filled_microlots: i64;
  /** As fills report it. */
  booked_microlots: i64;
  expires_ns: i64;
  updated_ms: i64;
  side: u8;
  state: u8;
  /** 1 = the broker has it and still works on it: no news is good news. */
  working: u8;
  alerted: u8;
}

@unmanaged
export class Bars {
  /** Opening time of the open bar; meaningful while end_ms is not 0. */
  open_time_ms: i64;
  /** First millisecond after the open bar, 0 = none is open. */
  end_ms: i64;
  open_points: i64;
  high_points: i64;
  low_points: i64;
  close_points: i64;
  spread_sum_points: i64;
  /** Opening time of the newest closed bar, our own or from history. */
  last_open_time_ms: i64;
  tick_count: u32;
  /** Closed bars taken in by the indicators. */
  count: u32;
  gain: f64;
  loss: f64;
  ema_12: f64;
  ema_26: f64;
  macd_signal: f64;
  atr_14: f64;
  atr_50: f64;
}

const DEALS_AT: usize = STATE_AT + ((offsetof<Stream>() + 63) & ~63);
const COMMANDS_AT: usize = DEALS_AT + DEALS_MAX * 8;
export const HEADS_AT: usize = COMMANDS_AT + COMMANDS_MAX * 16;
const MARKETS_AT: usize = (HEADS_AT + <usize>HEADS_MAX * HEAD_BYTES + 63) & ~63;

const POSITION_BYTES: usize = (offsetof<Position>() + 7) & ~7;
const IN_FLIGHT_BYTES: usize = (offsetof<InFlight>() + 7) & ~7;
const BARS_SCALARS: usize = (offsetof<Bars>() + 7) & ~7;
const BARS_BYTES: usize = BARS_SCALARS + RING * 16;
const GONE_OFFSET: usize = (offsetof<Market>() + 7) & ~7;
const POSITIONS_OFFSET: usize = GONE_OFFSET + GONE_MAX * 8;
const IN_FLIGHT_OFFSET: usize = POSITIONS_OFFSET + <usize>POSITIONS_MAX * POSITION_BYTES;
const BARS_OFFSET: usize = IN_FLIGHT_OFFSET + 2 * IN_FLIGHT_BYTES;
const MARKET_BYTES: usize = BARS_OFFSET + <usize>TIMEFRAMES * BARS_BYTES;

export const STATE_BYTES: usize = MARKETS_AT + <usize>(SYMBOLS_MAX + 1) * MARKET_BYTES - STATE_AT;

export function stream(): Stream {
  return changetype<Stream>(STATE_AT);
}

/** Index 0 holds the settings for all symbols; it never has quotes, positions or bars. */
export function market(symbol: u32): Market {
  check(symbol <= SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return changetype<Market>(MARKETS_AT + <usize>symbol * MARKET_BYTES);
}

export function positionAt(m: Market, index: u32): Position {
  return changetype<Position>(changetype<usize>(m) + POSITIONS_OFFSET + <usize>index * POSITION_BYTES);
}

/** One slot an action: an opening and a closing intent can be under way, never two of a kind. */
export function inFlight(m: Market, action: u8): InFlight {
  return changetype<InFlight>(changetype<usize>(m) + IN_FLIGHT_OFFSET + <usize>(action - 1) * IN_FLIGHT_BYTES);
}

export function freeInFlight(entry: InFlight): void {
  memory.fill(changetype<usize>(entry), 0, IN_FLIGHT_BYTES);
}

export function freePosition(position: Position): void {
  memory.fill(changetype<usize>(position), 0, POSITION_BYTES);
}

export function barsOf(m: Market, index: u32): Bars {
  return changetype<Bars>(changetype<usize>(m) + BARS_OFFSET + <usize>index * BARS_BYTES);
}

export function timeframeSeconds(index: u32): u32 {
  return index == 0 ? 60 : 3600;
}

/** TIMEFRAMES when the length is not one that the core builds. */
export function timeframeIndex(seconds: u32): u32 {
  return seconds == 60 ? 0 : seconds == 3600 ? 1 : TIMEFRAMES;
}

/** Close `back` bars before the newest; `back` < RING and < bars.count. */
export function closeBack(b: Bars, back: u32): i64 {
  return load<i64>(changetype<usize>(b) + BARS_SCALARS + <usize>((b.count - 1 - back) & (RING - 1)) * 8);
}

export function returnBack(b: Bars, back: u32): f64 {
  return load<f64>(changetype<usize>(b) + BARS_SCALARS + RING * 8 + <usize>((b.count - 1 - back) & (RING - 1)) * 8);
}

/** Stores close and log return of the bar that b.count, already raised, counts as newest. */
export function pushClose(b: Bars, close: i64, log_return: f64): void {
  const at = changetype<usize>(b) + BARS_SCALARS + <usize>((b.count - 1) & (RING - 1)) * 8;
  store<i64>(at, close);
  store<f64>(at + RING * 8, log_return);
}

export function rememberGone(m: Market, identifier: u64): void {
  store<u64>(changetype<usize>(m) + GONE_OFFSET + <usize>m.gone_at * 8, identifier);
  m.gone_at = (m.gone_at + 1) & <u8>(GONE_MAX - 1);
}

export function isGone(m: Market, identifier: u64): bool {
  for (let i: u32 = 0; i < GONE_MAX; i++)
    if (load<u64>(changetype<usize>(m) + GONE_OFFSET + <usize>i * 8) == identifier) return true;
  return false;
}

/** True when the ticket was seen before; otherwise remembers it (the oldest of DEALS_MAX is forgotten). */
export function dealSeen(ticket: u64): bool {
  for (let i: u32 = 0; i < DEALS_MAX; i++) if (load<u64>(DEALS_AT + <usize>i * 8) == ticket) return true;
  const s = stream();
  store<u64>(DEALS_AT + <usize>s.deals_at * 8, ticket);
  s.deals_at = (s.deals_at + 1) & (DEALS_MAX - 1);
  return false;
}

export function commandSeen(id_0: u64, id_1: u64): bool {
  for (let i: u32 = 0; i < COMMANDS_MAX; i++) {
    const at = COMMANDS_AT + <usize>i * 16;
    if (load<u64>(at) == id_0 && load<u64>(at, 8) == id_1) return true;
  }
  const s = stream();
  const at = COMMANDS_AT + <usize>s.commands_at * 16;
  store<u64>(at, id_0);
  store<u64>(at, id_1, 8);
  s.commands_at = (s.commands_at + 1) & (COMMANDS_MAX - 1);
  return false;
}
