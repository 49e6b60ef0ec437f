// Distances of stop and target from the ATR: whole points, never nearer than the broker's stops level, on the price
// grid, rounded away from the price. The reference is the price at which the position would be closed: bid for a
// long position, ask for a short one.
import { ceilTo, floorTo } from "../math/fixed";
import { Market } from "../structures";

const BUY: u8 = 0;

/** Price of the stop; 0 = none is wanted. A price that falls to zero or below comes back negative and fails the checks. */
export function stopPrice(m: Market, params: Market, side: u8, atr: f64): i64 {
  return params.stop_atr_milli == 0 ? 0 : price(m, side != BUY, distance(m, atr, params.stop_atr_milli), side);
}

export function targetPrice(m: Market, params: Market, side: u8, atr: f64): i64 {
  return params.target_atr_milli == 0 ? 0 : price(m, side == BUY, distance(m, atr, params.target_atr_milli), side);
}

/** Worst price to accept: the quote plus or minus the deviation, on the grid, rounded towards the quote. */
export function guardPrice(m: Market, side: u8, deviation_points: i64): i64 {
  return side == BUY
    ? floorTo(m.ask_points + deviation_points, m.tick_size_points)
    : ceilTo(m.bid_points - deviation_points, m.tick_size_points);
}

/** atr is below 2^41 and milli at most 1e6, so the product is far inside an i64. */
function distance(m: Market, atr: f64, milli: i32): i64 {
  const wanted = <i64>Math.floor((atr * <f64>milli) / 1000 + 0.5);
  const least = <i64>m.stops_level_points;
  const points = wanted > least ? wanted : least;
  return points > 0 ? points : 1;
}

function price(m: Market, above: bool, points: i64, side: u8): i64 {
  const reference = side == BUY ? m.bid_points : m.ask_points;
  const at = above ? ceilTo(reference + points, m.tick_size_points) : floorTo(reference - points, m.tick_size_points);
  return at > 0 ? at : -m.tick_size_points;
}
