// Bars of bids from valid ticks, by the broker's time aligned to UTC. M1 takes the ticks; M5, M15, H1, H4 and D1 are put
// together from closed bars of the next smaller kind; two more series close by number of ticks and by range. A bar of time
// closes at its symbol's first tick of a later bar, or by another record's time: one second after its end, once its symbol
// has also been silent for a second (a backlog after a reconnect still fills its own bars). A tick older than the newest
// closed minute enters none of them.

import { onBarClosed } from "../ensemble/predict";
import { check, FAULT_STATE } from "../fault";
import { BAR_BYTES, BAR_CODE, Bar } from "../generated/records";
import { begin, commit } from "../outbox";
import { barsOf, flowOf, RANGE_SERIES, seriesOf, stream, TICK_SERIES, TIMEFRAMES, timeframeSeconds } from "../state";
import { Bars, Flow, Market } from "../structures";
import { beginFlow, endFlow, flowStep, keepBarFlow, noBarFlow } from "./flow";
import { step } from "./registry";

const CLOSE_DELAY_NS: i64 = 1_000_000_000;
const NEVER: i64 = i64.MAX_VALUE;
/** Ticks of a bar made by their number. */
const TICKS_A_BAR: u32 = 256;
/** Mean spreads that a range bar spans. */
const RANGE_SPREADS: f64 = 16;
/** end_ms of an open bar that time does not close. */
const OPEN: i64 = 1;
const BASIS_TIME: u8 = 0;
const BASIS_TICKS: u8 = 1;
const BASIS_RANGE: u8 = 2;

/** A valid tick, after the quote was updated. */
// @inline
export function barsTick(symbol: u32, m: Market, time_ms: i64): void {
  const bid = m.bid_points;
  const flow = flowOf(symbol);
  const minute = barsOf(symbol, 0);
  const by_ticks = seriesOf(minute, TICK_SERIES);
  const by_range = seriesOf(minute, RANGE_SERIES);
  if (time_ms >= minute.end_ms) newMinute(symbol, m, time_ms);
  if (by_ticks.end_ms == 0) begunByTick(by_ticks, flow, time_ms, bid);
  if (by_range.end_ms == 0) {
    begunByTick(by_range, flow, time_ms, bid);
    by_range.range_points = rangeToSpan(flow, m.ask_points - bid);
  }
  flowStep(flow, time_ms, bid, m.ask_points);
  if (minute.end_ms != 0) into(minute, bid);
  into(by_ticks, bid);
  if (flow.ticks - by_ticks.tick_count >= TICKS_A_BAR) closeBar(symbol, m, TICK_SERIES);
  into(by_range, bid);
  if (by_range.high_points - by_range.low_points >= by_range.range_points) closeBar(symbol, m, RANGE_SERIES);
}

/** Closes what is over by time; returns the earliest time at which another bar can be due. */
export function closeDueBars(symbol: u32, m: Market): i64 {
  let next = NEVER;
  const first = barsOf(symbol, 0);
  for (let i: u32 = 0; i < TIMEFRAMES; i++) {
    const b = seriesOf(first, i);
    if (b.end_ms == 0) continue;
    const due = dueNs(b, m);
    if (stream().time_ns >= due) closeBar(symbol, m, i);
    else if (due < next) next = due;
  }
  return next;
}

/** When the first of the symbol's open bars is over by time. */
export function nextDue(symbol: u32, m: Market): i64 {
  let next = NEVER;
  const first = barsOf(symbol, 0);
  for (let i: u32 = 0; i < TIMEFRAMES; i++) {
    const b = seriesOf(first, i);
    if (b.end_ms != 0 && dueNs(b, m) < next) next = dueNs(b, m);
  }
  return next;
}

/** A bar that the terminal had: false when it is not newer than what is known. It replaces an open bar it covers. */
export function barsHistory(b: Bars, open_time_ms: i64, open: i64, high: i64, low: i64, close: i64, volume: u64): bool {
  if (open_time_ms <= b.last_open_time_ms) return false;
  if (b.end_ms != 0) {
    if (open_time_ms < b.open_time_ms) return false;
    b.end_ms = 0;
  }
  b.last_open_time_ms = open_time_ms;
  noBarFlow(b);
  step(b, open_time_ms, open, high, low, close, volume);
  return true;
}

/** Closes what ended, smaller bars first: closing one may open or fill the next larger. Then the tick's own minute begins. */
function newMinute(symbol: u32, m: Market, time_ms: i64): void {
  const minute = barsOf(symbol, 0);
  for (let i: u32 = 0; i < TIMEFRAMES; i++) {
    const b = seriesOf(minute, i);
    if (b.end_ms != 0 && time_ms >= b.end_ms) closeBar(symbol, m, i);
  }
  if (openBar(minute, 0, time_ms, m.bid_points)) {
    beginFlow(minute, flowOf(symbol));
    wakeAt(minute, m);
  } else stream().late_ticks++;
}

/** One of a series that time does not close. */
function begunByTick(b: Bars, flow: Flow, time_ms: i64, bid: i64): void {
  begun(b, time_ms, OPEN, bid);
  beginFlow(b, flow);
}

/** In points, at least one; `spread` until there is a mean of spreads. */
function rangeToSpan(flow: Flow, spread: i64): i64 {
  const mean = flow.ticks == 0 ? <f64>spread : flow.spread_mean;
  const range = <i64>Math.floor(mean * RANGE_SPREADS + 0.5);
  return range > 0 ? range : 1;
}

/** False when the time belongs to a bar that is closed already. */
function openBar(b: Bars, series: u32, time_ms: i64, price: i64): bool {
  const length_ms = <i64>timeframeSeconds(series) * 1000;
  const open_time_ms = time_ms - (time_ms % length_ms);
  if (open_time_ms <= b.last_open_time_ms) return false;
  begun(b, open_time_ms, open_time_ms + length_ms, price);
  return true;
}

function begun(b: Bars, open_time_ms: i64, end_ms: i64, price: i64): void {
  b.open_time_ms = open_time_ms;
  b.end_ms = end_ms;
  b.open_points = price;
  b.high_points = price;
  b.low_points = price;
  b.spread_sum_points = 0;
  b.squares = 0;
  b.tick_count = 0;
  b.ups = 0;
  b.downs = 0;
  b.flips = 0;
}

/** Without branches: whether a tick is a new high or low is anybody's guess. */
function into(b: Bars, bid: i64): void {
  const high = b.high_points;
  const low = b.low_points;
  b.high_points = bid > high ? bid : high;
  b.low_points = bid < low ? bid : low;
  b.close_points = bid;
}

/** A closed bar into the next larger one. */
function intoParent(symbol: u32, m: Market, series: u32, b: Bars): void {
  const parent = barsOf(symbol, series + 1);
  if (parent.end_ms == 0) {
    if (!openBar(parent, series + 1, b.open_time_ms, b.open_points)) return;
    wakeAt(parent, m);
  }
  if (b.high_points > parent.high_points) parent.high_points = b.high_points;
  if (b.low_points < parent.low_points) parent.low_points = b.low_points;
  parent.close_points = b.close_points;
  parent.tick_count += b.tick_count;
  parent.spread_sum_points += b.spread_sum_points;
  parent.squares += b.squares;
  parent.ups += b.ups;
  parent.downs += b.downs;
  parent.flips += b.flips;
}

function closeBar(symbol: u32, m: Market, series: u32): void {
  const s = stream();
  const b = barsOf(symbol, series);
  // Bars put together from others have had their parts added up.
  if (series == 0 || series >= TIMEFRAMES) endFlow(b, flowOf(symbol));
  const at = begin(BAR_CODE, BAR_BYTES, symbol);
  const bar = changetype<Bar>(at);
  bar.cause_seq = s.last_seq;
  bar.open_time_ms = b.open_time_ms;
  bar.open_points = b.open_points;
  bar.high_points = b.high_points;
  bar.low_points = b.low_points;
  bar.close_points = b.close_points;
  bar.spread_sum_points = <i64>b.spread_sum_points;
  bar.timeframe_s = timeframeSeconds(series);
  bar.tick_count = b.tick_count;
  bar.basis = series == TICK_SERIES ? BASIS_TICKS : series == RANGE_SERIES ? BASIS_RANGE : BASIS_TIME;
  commit(at);
  s.bars++;
  b.end_ms = 0;
  b.last_open_time_ms = b.open_time_ms;
  keepBarFlow(b);
  step(b, b.open_time_ms, b.open_points, b.high_points, b.low_points, b.close_points, b.tick_count);
  if (series + 1 < TIMEFRAMES) intoParent(symbol, m, series, b);
  if (series < TIMEFRAMES) onBarClosed(symbol, m, b, series, b.open_time_ms, true);
}

function dueNs(b: Bars, m: Market): i64 {
  const end_ns = b.end_ms * 1_000_000;
  return (end_ns > m.quote_received_ns ? end_ns : m.quote_received_ns) + CLOSE_DELAY_NS;
}

/** The tick that opens the bar is the latest sign of life so far; later ones only move the due time up. Bars of time are opened by ticks alone. */
function wakeAt(b: Bars, m: Market): void {
  const s = stream();
  check(m.quote != 0, FAULT_STATE);
  const due = dueNs(b, m);
  if (due < s.wake_ns) s.wake_ns = due;
}
