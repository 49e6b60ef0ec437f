// Bars M1 and H1 of bids, aligned to UTC, from valid ticks by the broker's time. A bar closes at its symbol's first
// tick of a later bar, or by another record's time: one second after its end, once its symbol has also been silent for
// a second (a backlog after a reconnect still fills its own bars). A tick older than the newest closed bar enters none.

import { onBarClosed } from "../ensemble/predict";
import { BAR_BYTES, BAR_CODE, Bar } from "../generated/records";
import { begin, commit } from "../outbox";
import { Bars, barsOf, Market, stream, TIMEFRAMES, timeframeSeconds } from "../state";
import { step } from "./registry";

const CLOSE_DELAY_NS: i64 = 1_000_000_000;
const NEVER: i64 = i64.MAX_VALUE;

/** A valid tick, after the quote was updated. */
export function barsTick(symbol: u32, m: Market, time_ms: i64, bid: i64, spread: i64): void {
  for (let i: u32 = 0; i < TIMEFRAMES; i++) {
    const b = barsOf(m, i);
    if (time_ms >= b.end_ms) {
      if (b.end_ms != 0) closeBar(symbol, m, i);
      if (!openBar(b, i, time_ms, bid)) continue;
      wakeAt(b, m);
    }
    if (bid > b.high_points) b.high_points = bid;
    if (bid < b.low_points) b.low_points = bid;
    b.close_points = bid;
    if (b.tick_count == u32.MAX_VALUE) continue;
    b.tick_count++;
    b.spread_sum_points += spread;
  }
}

/** Closes what is over by time; returns the earliest time at which another bar can be due. */
export function closeDueBars(symbol: u32, m: Market): i64 {
  let next = NEVER;
  for (let i: u32 = 0; i < TIMEFRAMES; i++) {
    const b = barsOf(m, i);
    if (b.end_ms == 0) continue;
    const due = dueNs(b, m);
    if (stream().time_ns >= due) closeBar(symbol, m, i);
    else if (due < next) next = due;
  }
  return next;
}

/** When the first of the symbol's open bars is over by time. */
export function nextDue(m: Market): i64 {
  let next = NEVER;
  for (let i: u32 = 0; i < TIMEFRAMES; i++) {
    const b = barsOf(m, i);
    if (b.end_ms != 0 && dueNs(b, m) < next) next = dueNs(b, m);
  }
  return next;
}

/** A bar that the terminal had: false when it is not newer than what is known. It replaces an open bar it covers. */
export function barsHistory(b: Bars, open_time_ms: i64, high: i64, low: i64, close: i64): bool {
  if (open_time_ms <= b.last_open_time_ms) return false;
  if (b.end_ms != 0) {
    if (open_time_ms < b.open_time_ms) return false;
    b.end_ms = 0;
  }
  b.last_open_time_ms = open_time_ms;
  step(b, high, low, close);
  return true;
}

function openBar(b: Bars, index: u32, time_ms: i64, bid: i64): bool {
  const length_ms = <i64>timeframeSeconds(index) * 1000;
  const open_time_ms = time_ms - (time_ms % length_ms);
  if (open_time_ms <= b.last_open_time_ms) {
    if (index == 0) stream().late_ticks++;
    return false;
  }
  b.open_time_ms = open_time_ms;
  b.end_ms = open_time_ms + length_ms;
  b.open_points = bid;
  b.high_points = bid;
  b.low_points = bid;
  b.spread_sum_points = 0;
  b.tick_count = 0;
  return true;
}

function closeBar(symbol: u32, m: Market, index: u32): void {
  const s = stream();
  const b = barsOf(m, index);
  const at = begin(BAR_CODE, BAR_BYTES, symbol);
  const bar = changetype<Bar>(at);
  bar.cause_seq = s.last_seq;
  bar.open_time_ms = b.open_time_ms;
  bar.open_points = b.open_points;
  bar.high_points = b.high_points;
  bar.low_points = b.low_points;
  bar.close_points = b.close_points;
  bar.spread_sum_points = b.spread_sum_points;
  bar.timeframe_s = timeframeSeconds(index);
  bar.tick_count = b.tick_count;
  commit(at);
  s.bars++;
  b.end_ms = 0;
  b.last_open_time_ms = b.open_time_ms;
  step(b, b.high_points, b.low_points, b.close_points);
  onBarClosed(symbol, m, b, index, b.open_time_ms, b.high_points, b.low_points, true);
}

function dueNs(b: Bars, m: Market): i64 {
  const end_ns = b.end_ms * 1_000_000;
  return (end_ns > m.quote_received_ns ? end_ns : m.quote_received_ns) + CLOSE_DELAY_NS;
}

/** The tick that opens the bar is the latest sign of life so far; later ones only move the due time up. */
function wakeAt(b: Bars, m: Market): void {
  const s = stream();
  const due = dueNs(b, m);
  if (due < s.wake_ns) s.wake_ns = due;
}
