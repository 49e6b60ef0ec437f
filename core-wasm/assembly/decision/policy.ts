// The decision policy: one position a symbol, entered on the edge of the direction head, left on the opposite edge or
// after its time. It only proposes; the risk checks decide. Called at a warm prediction from live bars. While halted it
// proposes nothing; a flatten command closes every position of ours, the oldest of a symbol first.

import { isOurs, strategyOf } from "../risk/strategy";
import { HALTED } from "../risk/trip";
import { paramsOf } from "../settings";
import { inFlight, market, POSITIONS_MAX, PRESENT, positionAt, SYMBOLS_MAX, stream } from "../state";
import { IN_FLIGHT_NONE, Market, Position } from "../structures";
import { basedOn, CLOSE, close, OPEN, open } from "./intent";

const LINK_LIVE: u8 = 2;
const EVEN_PPM: i32 = 500_000;
const BUY: u8 = 0;
const SELL: u8 = 1;
/** Between two attempts to close a position of a symbol. */
const RETRY_NS: i64 = 1_000_000_000;

/** `atr` in points; `up` is a probability, `set` the answers that its conformal set keeps; without `opens` only exits are proposed. */
export function decide(symbol: u32, m: Market, timeframe_s: u32, up: f64, atr: f64, set: u8, opens: bool): void {
  basedOn(set);
  const params = paramsOf(symbol);
  if (params.params != PRESENT || params.enabled == 0 || params.timeframe_s != timeframe_s) return;
  if (stream().link != LINK_LIVE || m.quote == 0 || stream().trading_state == HALTED) return;
  const up_ppm = <i32>Math.floor(up * 1_000_000 + 0.5);
  const edge_ppm = up_ppm - EVEN_PPM;
  if (inFlight(m, CLOSE).state != IN_FLIGHT_NONE) return;
  if (m.position_count != 0) {
    const position = oldestToLeave(m, params, edge_ppm);
    if (position != 0) close(symbol, m, params, changetype<Position>(position), timeframe_s, up_ppm);
    return;
  }
  if (!opens || inFlight(m, OPEN).state != IN_FLIGHT_NONE) return;
  if (edge_ppm >= params.enter_edge_ppm) open(symbol, m, params, BUY, timeframe_s, up_ppm, atr);
  else if (-edge_ppm >= params.enter_edge_ppm) open(symbol, m, params, SELL, timeframe_s, up_ppm, atr);
}

/** Address of the oldest position that should be left, as accounts that close first in, first out demand it; 0 = none. */
function oldestToLeave(m: Market, params: Market, edge_ppm: i32): usize {
  const all = stream().flattening != 0;
  let oldest: usize = 0;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.volume_microlots == 0) continue;
    if (all ? isOurs(position.magic) : isDone(position, params, edge_ppm)) oldest = older(oldest, position);
  }
  return oldest;
}

/** The strategy's own, which strategy 0 has none of: that is every other hand's magic. */
function isDone(position: Position, params: Market, edge_ppm: i32): bool {
  const strategy = params.strategy_id & 0x7fff;
  if (strategy == 0 || strategyOf(position.magic) != strategy) return false;
  const held_ms = stream().time_ns / 1_000_000 - position.opened_ms;
  const opposite_ppm = position.side == BUY ? -edge_ppm : edge_ppm;
  return opposite_ppm >= params.exit_edge_ppm || (params.hold_max_ms != 0 && held_ms >= params.hold_max_ms);
}

function older(at: usize, position: Position): usize {
  const other = changetype<Position>(at);
  const before =
    at == 0 ||
    position.opened_ms < other.opened_ms ||
    (position.opened_ms == other.opened_ms && position.identifier < other.identifier);
  return before ? changetype<usize>(position) : at;
}

/** While a flatten command is in force: proposes to close the symbol's oldest own position, at most once a second. */
export function flatten(symbol: u32, m: Market): void {
  const s = stream();
  const params = paramsOf(symbol);
  if (m.position_count == 0 || params.params != PRESENT || s.link != LINK_LIVE || m.quote == 0) return;
  if (inFlight(m, CLOSE).state != IN_FLIGHT_NONE || s.time_ns - m.flattened_ns < RETRY_NS) return;
  const oldest = oldestToLeave(m, params, 0);
  if (oldest == 0) return;
  m.flattened_ns = s.time_ns;
  basedOn(0);
  close(symbol, m, params, changetype<Position>(oldest), 0, EVEN_PPM);
}

export function flattenAll(): void {
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++) flatten(symbol, market(symbol));
}
