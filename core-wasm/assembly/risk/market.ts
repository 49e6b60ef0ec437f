// Checks of the quote: spread, collars (these never stop an order that only reduces) and age.
import { OrderIntent } from "../generated/records";
import { saturatingAbs } from "../math/fixed";
import { PRESENT, stream } from "../state";
import { Market } from "../structures";
import { exit } from "./exit";
import { limited, limits } from "./limits";
import { atMost, missing, unlimited } from "./measure";

export function checkSpread(m: Market): void {
  const spread = m.ask_points - m.bid_points;
  if (exit) return unlimited(spread);
  if (!limited || m.quote == 0) return missing();
  atMost(spread, limits.spread_max_points);
}

/** The greater of the age by the broker's clock and the time since the quote arrived: neither clock can hide it. */
export function checkQuoteAge(m: Market): void {
  const now_ns = stream().time_ns;
  const by_broker_ms = now_ns / 1_000_000 - m.quote_time_ms;
  const by_arrival_ms = (now_ns - m.quote_received_ns) / 1_000_000;
  const age_ms = by_broker_ms > by_arrival_ms ? by_broker_ms : by_arrival_ms;
  if (exit) return unlimited(age_ms);
  if (!limited || m.quote == 0) return missing();
  atMost(age_ms, limits.quote_age_max_ms);
}

/** Distance of the worst accepted price from the mid, in whole points, rounded up. */
export function checkCollar(m: Market, intent: OrderIntent): void {
  const distance = (saturatingAbs(2 * intent.guard_price_points - (m.bid_points + m.ask_points)) + 1) / 2;
  if (exit) return unlimited(distance);
  if (!limited || m.quote == 0 || m.spec != PRESENT) return missing();
  atMost(distance, limits.collar_points);
}

export function checkCollarPeriod(m: Market): void {
  const move = saturatingAbs(m.bid_points - m.collar_points);
  if (exit) return unlimited(move);
  if (!limited || m.quote == 0) return missing();
  atMost(move, limits.collar_period_points);
}
