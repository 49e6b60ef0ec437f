// Everything the core remembers of one stream, as plain structures at fixed addresses. All zero = an empty stream;
// a snapshot is a copy of STATE_AT .. STATE_AT + STATE_BYTES. Nothing in it is a float that could be NaN.
//
//   Stream | deals ring | commands ring | model: list of features, heads
//   Market x 17 (index = symbol; 0 holds what is for all symbols)
//     = scalars | identifiers of the last positions gone x 8 | Position x 16 | InFlight x 2 (open, close)
//   Flow x 16: the last ticks of a symbol
//   Bars x 8 x 16: the series of a symbol (M1, M5, M15, H1, H4, D1, by ticks, by range), each with rings of its last bars
//   Correlations: of all symbols | risk_limits records x 17 | times of orders x 64 | news windows x 32
import { HEAD_BYTES_MAX, HEADS_MAX } from "./ensemble/head";
import { check, FAULT_SYMBOL_BOUNDS } from "./fault";
import { FEATURE_COUNT } from "./generated/features";
import { RISK_LIMITS_BYTES, RiskLimits } from "./generated/records";
import { STATE_AT } from "./memory";

export const SYMBOLS_MAX: u32 = 16;
/** Series whose bars are made by time. */
export const TIMEFRAMES: u32 = 6;
export const TICK_SERIES: u32 = 6;
export const RANGE_SERIES: u32 = 7;
export const SERIES: u32 = 8;
export const POSITIONS_MAX: u32 = 16;
/** Positions that a record said were closed, remembered because their last deals may come later. */
const GONE_MAX: u32 = 8;
export const DEALS_MAX: u32 = 256;
export const COMMANDS_MAX: u32 = 256;
/** Bars kept of each series; a power of two above the longest look-back (51 bars). */
export const RING: u32 = 64;

/** Times of the last accepted opening orders. */
export const RATES_MAX: u32 = 64;
export const NEWS_MAX: u32 = 32;

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
  model_0: u64;
  model_1: u64;
  model_2: u64;
  model_3: u64;
  equity_micros: i64;
  day_start_equity_micros: i64;
  realised_micros: i64;
  account_time_ms: i64;
  peak_equity_micros: i64;
  margin_free_micros: i64;
  /** Tightest drawdown of all limits in force; trips the trading state. */
  drawdown_max_micros: i64;
  lease_expires_ns: i64;
  /** The pause after a streak of losses ends here. */
  cool_until_ns: i64;
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
  /** Features that each head reads. */
  feature_count: u32;
  deals_at: u32;
  commands_at: u32;
  intent_cause_index: u32;
  leverage: u32;
  loss_streak: u32;
  rates_at: u32;
  news_at: u32;
  trading_state: u8;
  link: u8;
  account: u8;
  day_start_known: u8;
  daily_loss_known: u8;
  model_active: u8;
  margin_mode: u8;
  started: u8;
  killed: u8;
  peak_known: u8;
  drawdown_known: u8;
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
  base_currency: u64;
  profit_currency: u64;
  // risk_limits
  order_volume_max_microlots: i64;
  position_volume_max_microlots: i64;
  daily_loss_max_micros: i64;
  spread_max_points: i64;
  quote_age_max_ms: i64;
  /** Where the period of the price collar began. */
  collar_points: i64;
  collar_ns: i64;
  /** The last accepted opening order. */
  opened_ns: i64;
  opened_microlots: i64;
  // strategy_params
  volume_microlots: i64;
  hold_max_ms: i64;
  intent_life_ms: i64;
  stops_level_points: i32;
  freeze_level_points: i32;
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
  opened_side: u8;
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

/** What a symbol's ticks have been like lately. */
@unmanaged
export class Flow {
  /** bid + ask of the last tick. */
  mid_doubled: i64;
  time_ms: i64;
  spread_mean: f64;
  gap_ms_mean: f64;
  imbalance: f64;
  return_mean: f64;
  square_mean: f64;
  /** Ticks so far, up to where the means no longer care. */
  count: u32;
  /** Of the last change of the mid: 1, -1, 0 = none yet. */
  direction: i32;
  // Totals since ever, modulo their size: a bar's own are the difference between its end and its beginning.
  ticks: u32;
  ups: u32;
  downs: u32;
  flips: u32;
  spreads_points: u64;
  /** Squared returns of the mid in units of 1e-20. */
  squares: u64;
}

@unmanaged
export class Bars {
  /** Opening time of the open bar; meaningful while end_ms is not 0. */
  open_time_ms: i64;
  /** First millisecond after the open bar, 0 = none is open; 1 in a series not made by time. */
  end_ms: i64;
  open_points: i64;
  high_points: i64;
  low_points: i64;
  close_points: i64;
  spread_sum_points: u64;
  /** Squared returns of the mid in units of 1e-20. */
  squares: u64;
  /** Range at which an open range bar closes. */
  range_points: i64;
  /** Opening time of the newest closed bar, our own or from history. */
  last_open_time_ms: i64;
  tick_count: u32;
  ups: u32;
  downs: u32;
  flips: u32;
  /** Closed bars taken in by the indicators. */
  count: u32;
  /** UTC day that the two sums below are of. */
  vwap_day: i32;
  vwap_price_sum: f64;
  vwap_volume_sum: f64;
  gain: f64;
  loss: f64;
  ema_10: f64;
  ema_20: f64;
  ema_50: f64;
  macd_fast: f64;
  macd_slow: f64;
  macd_signal: f64;
  atr_14: f64;
  atr_50: f64;
  move_up: f64;
  move_down: f64;
  move_range: f64;
  adx: f64;
  // Of the newest closed bar, for the features that are not in a ring.
  last_square_sum: f64;
  last_spread_mean: f64;
  last_imbalance: f64;
  last_flips: f64;
}

/** A time in which nothing of a currency is opened. */
@unmanaged
export class NewsWindow {
  event_id: u64;
  from_ms: i64;
  to_ms: i64;
  /** As the record has it; 0 = every currency. */
  currency: u64;
}

/** Symbols' mids at the last grid point and the moving products of their five-minute returns. */
@unmanaged
export class Correlations {
  due_ns: i64;
  started: u32;
}

const DEALS_AT: usize = STATE_AT + ((offsetof<Stream>() + 63) & ~63);
const COMMANDS_AT: usize = DEALS_AT + DEALS_MAX * 8;
export const HEADS_AT: usize = COMMANDS_AT + COMMANDS_MAX * 16;
export const FEATURE_LIST_AT: usize = HEADS_AT + <usize>HEADS_MAX * HEAD_BYTES_MAX;
const MARKETS_AT: usize = (FEATURE_LIST_AT + <usize>FEATURE_COUNT * 2 + 63) & ~63;

const POSITION_BYTES: usize = (offsetof<Position>() + 7) & ~7;
const IN_FLIGHT_BYTES: usize = (offsetof<InFlight>() + 7) & ~7;
const GONE_OFFSET: usize = (offsetof<Market>() + 7) & ~7;
const POSITIONS_OFFSET: usize = GONE_OFFSET + GONE_MAX * 8;
const IN_FLIGHT_OFFSET: usize = POSITIONS_OFFSET + <usize>POSITIONS_MAX * POSITION_BYTES;
const MARKET_BYTES: usize = (IN_FLIGHT_OFFSET + 2 * IN_FLIGHT_BYTES + 63) & ~63;

const FLOWS_AT: usize = MARKETS_AT + <usize>(SYMBOLS_MAX + 1) * MARKET_BYTES;
const FLOW_BYTES: usize = (offsetof<Flow>() + 63) & ~63;

const BARS_AT: usize = FLOWS_AT + <usize>SYMBOLS_MAX * FLOW_BYTES;
/** Rings: open, high, low, close (points), volume (ticks), log return, squared log of high / low, of close / open. */
export const RINGS: u32 = 8;
const RINGS_OFFSET: usize = (offsetof<Bars>() + 7) & ~7;
export const RING_BYTES: usize = <usize>RING * 8;
const BARS_BYTES: usize = (RINGS_OFFSET + RINGS * RING_BYTES + 63) & ~63;

export const CORRELATIONS_AT: usize = BARS_AT + <usize>SYMBOLS_MAX * SERIES * BARS_BYTES;
export const MIDS_AT: usize = CORRELATIONS_AT + ((offsetof<Correlations>() + 7) & ~7);
/** Returns of the interval just over: only valid while it is being taken in. */
export const PRODUCTS_AT: usize = MIDS_AT + <usize>SYMBOLS_MAX * 8;
export const PAIR_COUNTS_AT: usize = PRODUCTS_AT + <usize>SYMBOLS_MAX * SYMBOLS_MAX * 8;
const LIMITS_AT: usize = (PAIR_COUNTS_AT + <usize>SYMBOLS_MAX * SYMBOLS_MAX * 4 + 63) & ~63;
const RATES_AT: usize = LIMITS_AT + <usize>(SYMBOLS_MAX + 1) * RISK_LIMITS_BYTES;
const NEWS_AT: usize = RATES_AT + <usize>RATES_MAX * 8;
const NEWS_BYTES: usize = (offsetof<NewsWindow>() + 7) & ~7;
const STATE_END: usize = NEWS_AT + <usize>NEWS_MAX * NEWS_BYTES;

export const STATE_BYTES: usize = STATE_END - STATE_AT;

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

export function flowOf(symbol: u32): Flow {
  check(symbol - 1 < SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return changetype<Flow>(FLOWS_AT + <usize>(symbol - 1) * FLOW_BYTES);
}

export function barsOf(symbol: u32, series: u32): Bars {
  check(symbol - 1 < SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return changetype<Bars>(BARS_AT + <usize>((symbol - 1) * SERIES + series) * BARS_BYTES);
}

/** Another series of the same symbol, from its first. */
export function seriesOf(first: Bars, series: u32): Bars {
  return changetype<Bars>(changetype<usize>(first) + <usize>series * BARS_BYTES);
}

/** 0 for a series not made by time. */
export function timeframeSeconds(series: u32): u32 {
  switch (series) {
    case 0:
      return 60;
    case 1:
      return 300;
    case 2:
      return 900;
    case 3:
      return 3600;
    case 4:
      return 14_400;
    case 5:
      return 86_400;
    default:
      return 0;
  }
}

/** TIMEFRAMES when the length is not one that the core builds. */
export function timeframeIndex(seconds: u32): u32 {
  for (let i: u32 = 0; i < TIMEFRAMES; i++) if (timeframeSeconds(i) == seconds) return i;
  return TIMEFRAMES;
}

/** Values `back` bars before the newest; `back` < RING and < bars.count. For the running indicators: features read windows.ts. */
export function highBack(b: Bars, back: u32): f64 {
  return load<f64>(ringAt(b, back), RING * 8);
}

export function lowBack(b: Bars, back: u32): f64 {
  return load<f64>(ringAt(b, back), 2 * RING * 8);
}

export function closeBack(b: Bars, back: u32): f64 {
  return load<f64>(ringAt(b, back), 3 * RING * 8);
}

export function volumeBack(b: Bars, back: u32): f64 {
  return load<f64>(ringAt(b, back), 4 * RING * 8);
}

/** Stores the bar that b.count, already raised, counts as newest. Points are exact in a float: they are below 2^41. */
export function pushBar(b: Bars, open: f64, high: f64, low: f64, close: f64, volume: f64, log_return: f64): void {
  const at = ringAt(b, 0);
  const range = Math.log(high / low);
  const body = Math.log(close / open);
  store<f64>(at, open);
  store<f64>(at, high, RING * 8);
  store<f64>(at, low, 2 * RING * 8);
  store<f64>(at, close, 3 * RING * 8);
  store<f64>(at, volume, 4 * RING * 8);
  store<f64>(at, log_return, 5 * RING * 8);
  store<f64>(at, range * range, 6 * RING * 8);
  store<f64>(at, body * body, 7 * RING * 8);
}

/** Where the rings begin, each RING_BYTES long. */
export function ringsOf(b: Bars): usize {
  return changetype<usize>(b) + RINGS_OFFSET;
}

function ringAt(b: Bars, back: u32): usize {
  return ringsOf(b) + <usize>((b.count - 1 - back) & (RING - 1)) * 8;
}

/** The copied risk_limits record of a symbol, 0 = for all; meaningful while market(symbol).limits is PRESENT. */
export function limitsRecord(symbol: u32): RiskLimits {
  return changetype<RiskLimits>(LIMITS_AT + <usize>symbol * RISK_LIMITS_BYTES);
}

/** How many accepted opening orders are younger than `time_ns`, two at a time; a slot of time 0 holds none. */
export function ordersSince(time_ns: i64): i64 {
  const since = i64x2.splat(time_ns > 0 ? time_ns : 0);
  let younger = i64x2.splat(0);
  for (let at = RATES_AT; at < RATES_AT + <usize>RATES_MAX * 8; at += 16)
    younger = i64x2.sub(younger, i64x2.gt_s(v128.load(at), since));
  return i64x2.extract_lane(younger, 0) + i64x2.extract_lane(younger, 1);
}

export function rememberRate(time_ns: i64): void {
  const s = stream();
  store<i64>(RATES_AT + <usize>s.rates_at * 8, time_ns);
  s.rates_at = (s.rates_at + 1) & (RATES_MAX - 1);
}

export function newsAt(index: u32): NewsWindow {
  return changetype<NewsWindow>(NEWS_AT + <usize>index * NEWS_BYTES);
}

export function correlations(): Correlations {
  return changetype<Correlations>(CORRELATIONS_AT);
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
