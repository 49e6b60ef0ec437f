// Positions and profit in integers, from what the broker says: position records are absolute, fills are steps between
// them. A fill counts once (deal ticket), and not at all where a newer position record already holds it. The equity
// is the broker's at each account record; between two, it moves with our own floating profit and with fills.
import { alert, POSITION_MISMATCH, WARNING } from "../alerts";
import { VOLUME_MAX } from "../bounds";
import { Fill, Position as PositionRecord } from "../generated/records";
import { multiplyDivide, saturatingAdd, saturatingSubtract } from "../math/fixed";
import { joined, lower, upper, worth } from "../risk/worth";
import {
  freePosition,
  isGone,
  POSITIONS_MAX,
  PRESENT,
  positionAt,
  rememberExposed,
  rememberGone,
  stream,
} from "../state";
import { Market, Position } from "../structures";

const BUY: u8 = 0;
const ENTRY_IN: u8 = 0;
const ENTRY_IN_OUT: u8 = 2;
/** Why positions are unknown; the greater holds longer. */
export const MISMATCH: u8 = 1;
const OVERFLOW: u8 = 2;

/** After the quote changed: the equity moves with the floating profit. */
export function markToQuote(m: Market): void {
  const s = stream();
  const floating = floatingOf(m);
  if (floating == m.floating_micros) return;
  s.equity_micros = saturatingAdd(s.equity_micros, saturatingSubtract(floating, m.floating_micros));
  m.floating_micros = floating;
}

/** After positions or specification changed without a change of worth: only the floating profit is found anew. */
export function markAnew(m: Market): void {
  m.position_count = 0;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) if (positionAt(m, i).volume_microlots != 0) m.position_count++;
  m.floating_micros = floatingOf(m);
}

/** A position record with fields in bounds. */
export function onPosition(symbol: u32, m: Market, record: PositionRecord): void {
  rememberExposed(symbol);
  if (m.positions_unknown == MISMATCH) m.positions_unknown = 0;
  const slot = find(m, record.identifier);
  if (record.volume_microlots == 0) {
    if (slot != 0) freePosition(changetype<Position>(slot));
    if (!isGone(m, record.identifier)) rememberGone(m, record.identifier);
    if (record.broker_time_ms > m.gone_time_ms) m.gone_time_ms = record.broker_time_ms;
    return markAnew(m);
  }
  const at = slot != 0 ? slot : free(m);
  if (at == 0) return lose(symbol, m, OVERFLOW, <i64>record.identifier);
  const position = changetype<Position>(at);
  if (slot == 0) position.opened_ms = record.broker_time_ms;
  position.identifier = record.identifier;
  position.ticket = record.ticket;
  position.magic = record.magic;
  position.volume_microlots = record.volume_microlots;
  position.open_price_points = record.open_price_points;
  position.side = record.side;
  if (record.broker_time_ms > position.recorded_ms) position.recorded_ms = record.broker_time_ms;
  markAnew(m);
}

/** A fill with fields in bounds whose deal was not seen before. */
export function onFill(symbol: u32, m: Market, fill: Fill): void {
  rememberExposed(symbol);
  const s = stream();
  const costs = fill.commission_micros + fill.swap_micros;
  s.realised_micros = saturatingAdd(s.realised_micros, fill.profit_micros + costs);
  const before = m.floating_micros;
  const stepped = step(symbol, m, fill);
  markAnew(m);
  // The account record of that time or later holds the deal already; so does the floating profit it was anchored to.
  if (fill.broker_time_ms <= s.account_time_ms) return;
  let change = fill.commission_micros;
  if (stepped)
    change = saturatingAdd(change, saturatingAdd(fill.profit_micros, saturatingSubtract(m.floating_micros, before)));
  s.equity_micros = saturatingAdd(s.equity_micros, change);
}

/**
 * Positions of the symbol are not known for sure: nothing is opened until a position record says more, or, when there
 * are more than the table holds, until the terminal tells all of them again.
 */
export function lose(symbol: u32, m: Market, why: u8, value: i64): void {
  rememberExposed(symbol);
  if (why > m.positions_unknown) m.positions_unknown = why;
  alert(symbol, POSITION_MISMATCH, WARNING, value, 0);
}

/** Applies the fill to its position; false when a position record already holds it. */
function step(symbol: u32, m: Market, fill: Fill): bool {
  const slot = find(m, fill.position_id);
  if (slot == 0) {
    if (fill.broker_time_ms <= m.gone_time_ms || isGone(m, fill.position_id)) return false;
    const opens = fill.entry == ENTRY_IN || fill.entry == ENTRY_IN_OUT;
    const at = free(m);
    if (!opens || at == 0) {
      lose(symbol, m, opens ? OVERFLOW : MISMATCH, <i64>fill.position_id);
      return false;
    }
    begin(changetype<Position>(at), fill, fill.volume_microlots);
    return true;
  }
  const position = changetype<Position>(slot);
  if (fill.broker_time_ms <= position.recorded_ms) return false;
  if (fill.side == position.side) grow(symbol, m, position, fill);
  else shrink(symbol, m, position, fill);
  return true;
}

function begin(position: Position, fill: Fill, volume: i64): void {
  position.identifier = fill.position_id;
  position.ticket = fill.position_id;
  position.magic = fill.magic;
  position.volume_microlots = volume;
  position.open_price_points = fill.price_points;
  position.opened_ms = fill.broker_time_ms;
  position.side = fill.side;
}

/** The opening price becomes the mean by volume. */
function grow(symbol: u32, m: Market, position: Position, fill: Fill): void {
  const volume = position.volume_microlots + fill.volume_microlots;
  if (volume > VOLUME_MAX) return lose(symbol, m, MISMATCH, volume);
  const distance = fill.price_points - position.open_price_points;
  position.open_price_points += multiplyDivide(distance, fill.volume_microlots, volume);
  position.volume_microlots = volume;
}

/** Reduces, closes, or (netting, "in and out") turns the position round; the reversing order gives the new ticket. */
function shrink(symbol: u32, m: Market, position: Position, fill: Fill): void {
  const rest = position.volume_microlots - fill.volume_microlots;
  if (rest > 0) {
    position.volume_microlots = rest;
    return;
  }
  if (rest == 0) {
    freePosition(position);
    return;
  }
  if (fill.entry != ENTRY_IN_OUT) {
    freePosition(position);
    lose(symbol, m, MISMATCH, rest);
    return;
  }
  begin(position, fill, -rest);
  position.ticket = fill.order_ticket;
}

function floatingOf(m: Market): i64 {
  if (m.position_count == 0 || m.quote == 0 || m.spec != PRESENT) return 0;
  let uppers: i64 = 0;
  let lowers: i64 = 0;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.volume_microlots == 0) continue;
    const distance =
      position.side == BUY ? m.bid_points - position.open_price_points : position.open_price_points - m.ask_points;
    const profit = worth(m, distance, position.volume_microlots);
    uppers += upper(profit);
    lowers += lower(profit);
  }
  return joined(uppers, lowers);
}

/** Address of the position, 0 = not known. */
function find(m: Market, identifier: u64): usize {
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.volume_microlots != 0 && position.identifier == identifier) return changetype<usize>(position);
  }
  return 0;
}

function free(m: Market): usize {
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.volume_microlots == 0) return changetype<usize>(position);
  }
  return 0;
}
