// Checks of the order itself: trading state, symbol, grid, size.
import { OrderIntent } from "../generated/records";
import { floorTo } from "../math/fixed";
import { PRESENT, stream } from "../state";
import { Market } from "../structures";
import { exit, whole } from "./exit";
import { limited, limits } from "./limits";
import { atLeast, atMost, measured, missing, unlimited } from "./measure";
import { ACTIVE, HALTED } from "./trip";

const BUY: u8 = 0;
const MODE_LONG_ONLY: u8 = 1;
const MODE_SHORT_ONLY: u8 = 2;
const MODE_FULL: u8 = 4;

/** Only active lets pass what is not a verified exit. */
export function checkTradingState(): void {
  atMost(<i64>stream().trading_state, <i64>(exit ? HALTED : ACTIVE));
}

/** Value: the symbol's trade mode. Limit: the mode that would allow this order. */
export function checkSymbol(m: Market, intent: OrderIntent): void {
  if (m.spec != PRESENT) return missing();
  const mode = m.trade_mode;
  const one_sided = intent.side == BUY ? MODE_LONG_ONLY : MODE_SHORT_ONLY;
  const allowed = mode == MODE_FULL || mode == one_sided || (mode != 0 && exit);
  measured(<i64>mode, <i64>(allowed ? mode : MODE_FULL), allowed ? 0 : -1);
}

/** The first rule that is broken is recorded; when none is, the volume against its largest. */
export function checkGrid(m: Market, intent: OrderIntent): void {
  if (m.spec != PRESENT || m.quote == 0) return missing();
  const volume = intent.volume_microlots;
  // The broker closes a whole position whatever its volume.
  if (!whole) {
    if (volume < m.volume_min_microlots) return atLeast(volume, m.volume_min_microlots);
    if (volume % m.volume_step_microlots != 0) return offGrid(volume, m.volume_step_microlots);
  }
  if (volume > m.volume_max_microlots) return atMost(volume, m.volume_max_microlots);
  if (!isOnGrid(m, intent.price_points)) return offGrid(intent.price_points, m.tick_size_points);
  if (!isOnGrid(m, intent.guard_price_points)) return offGrid(intent.guard_price_points, m.tick_size_points);
  if (intent.stop_points != 0 && !isOnGrid(m, intent.stop_points))
    return offGrid(intent.stop_points, m.tick_size_points);
  if (intent.target_points != 0 && !isOnGrid(m, intent.target_points))
    return offGrid(intent.target_points, m.tick_size_points);
  atMost(volume, m.volume_max_microlots);
}

/** Value: the lesser of the distances of stop and target; the greatest when there is neither. */
export function checkStopsLevel(m: Market, intent: OrderIntent): void {
  if (exit) return unlimited(i64.MAX_VALUE);
  if (m.spec != PRESENT || m.quote == 0) return missing();
  let nearest = i64.MAX_VALUE;
  if (intent.stop_points != 0) nearest = room(m, intent, intent.stop_points, false);
  if (intent.target_points != 0) {
    const distance = room(m, intent, intent.target_points, true);
    if (distance < nearest) nearest = distance;
  }
  atLeast(nearest, least(m));
}

export function checkOrderSize(intent: OrderIntent): void {
  if (exit) return unlimited(intent.volume_microlots);
  if (!limited) return missing();
  atMost(intent.volume_microlots, limits.order_volume_max_microlots);
}

function isOnGrid(m: Market, price: i64): bool {
  return price > 0 && price % m.tick_size_points == 0;
}

/** Limit: the grid point below; headroom: minus the distance to it, at least 1. */
function offGrid(v: i64, step: i64): void {
  const below = floorTo(v, step);
  measured(v, below, below == v ? -1 : below - v);
}

/** Distance of a stop or target from the price at which the position would be closed; negative on the wrong side. */
function room(m: Market, intent: OrderIntent, price: i64, target: bool): i64 {
  const buy = intent.side == BUY;
  const reference = buy ? m.bid_points : m.ask_points;
  return buy == target ? price - reference : reference - price;
}

function least(m: Market): i64 {
  const most = m.stops_level_points > m.freeze_level_points ? m.stops_level_points : m.freeze_level_points;
  return most > 0 ? <i64>most : 1;
}
