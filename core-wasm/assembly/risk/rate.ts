// How many orders, and how often. None stops an order that only reduces.
import { OrderIntent } from "../generated/records";
import { inFlight, market, ordersSince, PRESENT, rememberRate, stream } from "../state";
import { IN_FLIGHT_NONE, Market } from "../structures";
import { exit } from "./exit";
import { limited, limits } from "./limits";
import { atLeast, atMost, missing, unlimited } from "./measure";

const MINUTE_NS: i64 = 60_000_000_000;

export function checkOrderRate(): void {
  const orders = 1 + ordersSince(stream().time_ns - MINUTE_NS);
  if (exit) return unlimited(orders);
  if (!limited) return missing();
  atMost(orders, <i64>limits.orders_a_minute_max);
}

/** Value: milliseconds since an opening order of the same side and volume; the greatest when there was none. */
export function checkRepeated(m: Market, intent: OrderIntent): void {
  const same = m.opened_ns != 0 && m.opened_side == intent.side && m.opened_microlots == intent.volume_microlots;
  const since_ms = same ? (stream().time_ns - m.opened_ns) / 1_000_000 : i64.MAX_VALUE;
  if (exit) return unlimited(since_ms);
  if (!limited) return missing();
  atLeast(since_ms, limits.repeat_min_ms);
}

/** An accepted order makes its symbol an exposed one, and that ends only with nothing in flight (portfolio.ts). */
export function checkOpenOrders(): void {
  let orders: i64 = 1;
  for (let left = stream().exposed; left != 0; left &= left - 1) {
    const m = market(ctz<u32>(left) + 1);
    for (let action: u8 = 1; action <= 2; action++) if (inFlight(m, action).state != IN_FLIGHT_NONE) orders++;
  }
  if (exit) return unlimited(orders);
  if (!limited) return missing();
  atMost(orders, <i64>limits.open_orders_max);
}

/** An accepted opening order. */
export function countOrder(m: Market, intent: OrderIntent): void {
  const now = stream().time_ns;
  rememberRate(now);
  m.opened_ns = now;
  m.opened_side = intent.side;
  m.opened_microlots = intent.volume_microlots;
}
