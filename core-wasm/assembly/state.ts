// Everything the core remembers of one stream, as plain structures at fixed offsets. An instance holds as many streams as
// its memory has room for, one behind the other; select() says which one is meant. All zero = an empty stream; a
// snapshot is a copy of its STATE_BYTES. Nothing in it is a float that could be NaN.
//
//   Stream | deals ring | commands ring
//   Market x 17 (index = symbol; 0 holds what is for all symbols)
//     = scalars | identifiers of the last positions gone x 8 | Position x 16 | InFlight x 2 (open, close)
//   Flow x 16: the last ticks of a symbol
//   Bars x 8 x 16: the series of a symbol (M1, M5, M15, H1, H4, D1, by ticks, by range), each with rings of its last bars
//   Correlations: of all symbols | risk_limits records x 17 | times of orders x 64 | news windows x 32
//   Strategy x 16 (0 holds what is for all strategies) | calendar events x 64 | OperatorKey x 16 | CloudKey x 4
//   Drift x 6 x 16, twice: what the inputs of the live model and of the shadow were like lately, by series | ModelSettings x 17
import { check, FAULT_STREAM_BOUNDS, FAULT_SYMBOL_BOUNDS } from "./fault";
import { RISK_LIMITS_BYTES, RiskLimits } from "./generated/records";
import { STREAMS_AT } from "./memory";
import {
  Bars,
  CalendarEvent,
  CloudKey,
  Correlations,
  Drift,
  Flow,
  InFlight,
  Market,
  ModelSettings,
  NewsWindow,
  OperatorKey,
  Position,
  Strategy,
  Stream,
} from "./structures";

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
export const DRIFT_FEATURES_MAX: u32 = 32;
export const DRIFT_BINS: u32 = 10;
export const STRATEGIES_MAX: u32 = 16;
export const EVENTS_MAX: u32 = 64;
export const OPERATORS_MAX: u32 = 16;
export const CLOUD_KEYS_MAX: u32 = 4;

export const PRESENT: u8 = 1;
/** Received but out of bounds: blocks the fallback to the settings for all symbols. */
export const INVALID: u8 = 2;

// Offsets from the beginning of a stream.
const DEALS: usize = (offsetof<Stream>() + 63) & ~63;
const COMMANDS: usize = DEALS + DEALS_MAX * 8;
const MARKETS: usize = (COMMANDS + COMMANDS_MAX * 16 + 63) & ~63;

const POSITION_BYTES: usize = (offsetof<Position>() + 7) & ~7;
const IN_FLIGHT_BYTES: usize = (offsetof<InFlight>() + 7) & ~7;
const GONE_OFFSET: usize = (offsetof<Market>() + 7) & ~7;
const POSITIONS_OFFSET: usize = GONE_OFFSET + GONE_MAX * 8;
const IN_FLIGHT_OFFSET: usize = POSITIONS_OFFSET + <usize>POSITIONS_MAX * POSITION_BYTES;
const MARKET_BYTES: usize = (IN_FLIGHT_OFFSET + 2 * IN_FLIGHT_BYTES + 63) & ~63;

const FLOWS: usize = MARKETS + <usize>(SYMBOLS_MAX + 1) * MARKET_BYTES;
const FLOW_BYTES: usize = (offsetof<Flow>() + 63) & ~63;

const BARS: usize = FLOWS + <usize>SYMBOLS_MAX * FLOW_BYTES;
/** Rings: open, high, low, close (points), volume (ticks), log return, squared log of high / low, of close / open. */
export const RINGS: u32 = 8;
const RINGS_OFFSET: usize = (offsetof<Bars>() + 7) & ~7;
export const RING_BYTES: usize = <usize>RING * 8;
const BARS_BYTES: usize = (RINGS_OFFSET + RINGS * RING_BYTES + 63) & ~63;

const CORRELATIONS: usize = BARS + <usize>SYMBOLS_MAX * SERIES * BARS_BYTES;
const MIDS: usize = CORRELATIONS + ((offsetof<Correlations>() + 7) & ~7);
const PRODUCTS: usize = MIDS + <usize>SYMBOLS_MAX * 8;
const PAIR_COUNTS: usize = PRODUCTS + <usize>SYMBOLS_MAX * SYMBOLS_MAX * 8;
const LIMITS: usize = (PAIR_COUNTS + <usize>SYMBOLS_MAX * SYMBOLS_MAX * 4 + 63) & ~63;
const RATES: usize = LIMITS + <usize>(SYMBOLS_MAX + 1) * RISK_LIMITS_BYTES;
const NEWS: usize = RATES + <usize>RATES_MAX * 8;
const NEWS_BYTES: usize = (offsetof<NewsWindow>() + 7) & ~7;
const STRATEGIES: usize = NEWS + <usize>NEWS_MAX * NEWS_BYTES;
const STRATEGY_BYTES: usize = (offsetof<Strategy>() + 7) & ~7;
const EVENTS: usize = STRATEGIES + <usize>STRATEGIES_MAX * STRATEGY_BYTES;
const EVENT_BYTES: usize = (offsetof<CalendarEvent>() + 7) & ~7;
const OPERATORS: usize = EVENTS + <usize>EVENTS_MAX * EVENT_BYTES;
const CLOUD_KEYS: usize = OPERATORS + <usize>OPERATORS_MAX * offsetof<OperatorKey>();
const DRIFTS: usize = (CLOUD_KEYS + <usize>CLOUD_KEYS_MAX * offsetof<CloudKey>() + 63) & ~63;
const DRIFT_COUNTS: usize = offsetof<Drift>();
const DRIFT_BYTES: usize = (DRIFT_COUNTS + <usize>(DRIFT_FEATURES_MAX * DRIFT_BINS) + 7) & ~7;
/** Of one model. */
const DRIFTS_BYTES: usize = <usize>(SYMBOLS_MAX * TIMEFRAMES) * DRIFT_BYTES;
const MODEL_SETTINGS: usize = DRIFTS + 2 * DRIFTS_BYTES;
const STATE_END: usize = MODEL_SETTINGS + <usize>(SYMBOLS_MAX + 1) * offsetof<ModelSettings>();

export const STATE_BYTES: usize = (STATE_END + 63) & ~63;

let base: usize = STREAMS_AT;

/** The stream that every call means from here on, 0 = the first. */
export function select(index: u32): void {
  const at = <u64>STREAMS_AT + <u64>index * STATE_BYTES;
  check(at + STATE_BYTES <= (<u64>memory.size()) << 16, FAULT_STREAM_BOUNDS);
  base = <usize>at;
}

/** Where the selected stream begins. */
export function stateAt(): usize {
  return base;
}

export function stream(): Stream {
  return changetype<Stream>(base);
}

/** Index 0 holds the settings for all symbols; it never has quotes, positions or bars. */
export function market(symbol: u32): Market {
  check(symbol <= SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return changetype<Market>(base + MARKETS + <usize>symbol * MARKET_BYTES);
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
  return changetype<Flow>(base + FLOWS + <usize>(symbol - 1) * FLOW_BYTES);
}

export function barsOf(symbol: u32, series: u32): Bars {
  check(symbol - 1 < SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return changetype<Bars>(base + BARS + <usize>((symbol - 1) * SERIES + series) * BARS_BYTES);
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
  return changetype<RiskLimits>(base + LIMITS + <usize>symbol * RISK_LIMITS_BYTES);
}

/** How many accepted opening orders are younger than `time_ns`, back from the newest; a slot of time 0 holds none. */
export function ordersSince(time_ns: i64): i64 {
  const since: i64 = time_ns > 0 ? time_ns : 0;
  const newest = stream().rates_at + RATES_MAX - 1;
  let younger: u32 = 0;
  while (younger < RATES_MAX && rateAt(newest - younger) > since) younger++;
  return <i64>younger;
}

function rateAt(index: u32): i64 {
  return load<i64>(base + <usize>(index & (RATES_MAX - 1)) * 8, RATES);
}

export function rememberRate(time_ns: i64): void {
  const s = stream();
  store<i64>(base + <usize>s.rates_at * 8, time_ns, RATES);
  s.rates_at = (s.rates_at + 1) & (RATES_MAX - 1);
}

/** Slots of the ring of news windows that were ever written. */
export function newsCount(): u32 {
  return newsAt(NEWS_MAX - 1).to_ms != 0 ? NEWS_MAX : stream().news_at;
}

export function newsAt(index: u32): NewsWindow {
  return changetype<NewsWindow>(base + NEWS + <usize>index * NEWS_BYTES);
}

/** From here on the symbol is looked at whenever exposures are added up. */
export function rememberExposed(symbol: u32): void {
  stream().exposed |= 1 << (symbol - 1);
}

/** It has nothing any more that exposures are made of. */
export function forgetExposed(symbol: u32): void {
  stream().exposed &= ~(1 << (symbol - 1));
}

export function strategyAt(index: u32): Strategy {
  return changetype<Strategy>(base + STRATEGIES + <usize>index * STRATEGY_BYTES);
}

export function eventAt(index: u32): CalendarEvent {
  return changetype<CalendarEvent>(base + EVENTS + <usize>index * EVENT_BYTES);
}

export function operatorAt(index: u32): OperatorKey {
  return changetype<OperatorKey>(base + OPERATORS + <usize>index * offsetof<OperatorKey>());
}

export function cloudKeyAt(index: u32): CloudKey {
  return changetype<CloudKey>(base + CLOUD_KEYS + <usize>index * offsetof<CloudKey>());
}

/** `role`: 0 = of the live model, 1 = of the shadow (ensemble/model.ts). */
export function driftOf(role: u32, symbol: u32, timeframe: u32): Drift {
  check(symbol - 1 < SYMBOLS_MAX && timeframe < TIMEFRAMES, FAULT_SYMBOL_BOUNDS);
  const series = <usize>((symbol - 1) * TIMEFRAMES + timeframe);
  return changetype<Drift>(base + DRIFTS + <usize>role * DRIFTS_BYTES + series * DRIFT_BYTES);
}

export function driftCounts(drift: Drift): usize {
  return changetype<usize>(drift) + DRIFT_COUNTS;
}

export function clearDrifts(role: u32): void {
  memory.fill(base + DRIFTS + <usize>role * DRIFTS_BYTES, 0, DRIFTS_BYTES);
}

/** What the shadow counted is from now on the live model's, and the other way round. */
export function exchangeDrifts(): void {
  for (let i: usize = 0; i < DRIFTS_BYTES; i += 8) {
    const at = base + DRIFTS + i;
    const live = load<u64>(at);
    store<u64>(at, load<u64>(at + DRIFTS_BYTES));
    store<u64>(at + DRIFTS_BYTES, live);
  }
}

/** The model_config of a symbol, 0 = for all; meaningful while it is present. */
export function modelSettingsAt(symbol: u32): ModelSettings {
  check(symbol <= SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return changetype<ModelSettings>(base + MODEL_SETTINGS + <usize>symbol * offsetof<ModelSettings>());
}

/** Mid of each symbol at the last grid point, f64; while an interval is being taken in, its return. */
export function midsAt(): usize {
  return base + MIDS;
}

/** Mean products of two symbols' returns, f64, row by row; only those with i <= j are used. */
export function productsAt(): usize {
  return base + PRODUCTS;
}

/** Intervals that each product is the mean of, u32. */
export function pairCountsAt(): usize {
  return base + PAIR_COUNTS;
}

export function correlations(): Correlations {
  return changetype<Correlations>(base + CORRELATIONS);
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

/** True when the ticket, not 0, was seen before; otherwise remembers it (the oldest of DEALS_MAX is forgotten). */
export function dealSeen(ticket: u64): bool {
  for (let i: u32 = 0; i < DEALS_MAX; i++) if (load<u64>(base + <usize>i * 8, DEALS) == ticket) return true;
  const s = stream();
  store<u64>(base + <usize>s.deals_at * 8, ticket, DEALS);
  s.deals_at = (s.deals_at + 1) & (DEALS_MAX - 1);
  return false;
}

/** Of ids that are not zero: a zero one is a free slot. */
export function commandSeen(id_0: u64, id_1: u64): bool {
  for (let i: u32 = 0; i < COMMANDS_MAX; i++) {
    const at = base + COMMANDS + <usize>i * 16;
    if (load<u64>(at) == id_0 && load<u64>(at, 8) == id_1) return true;
  }
  const s = stream();
  const at = base + COMMANDS + <usize>s.commands_at * 16;
  store<u64>(at, id_0);
  store<u64>(at, id_1, 8);
  s.commands_at = (s.commands_at + 1) & (COMMANDS_MAX - 1);
  return false;
}
