// The CMD frame of an accepted intent. Everything in it comes from the intent, so the same intent is always the same
// command: the EA refuses an id that comes back with other content.
import type { Cmd } from "#proto/generated/mtx1.ts";
import { CMD_ACTION } from "#proto/mtx1.ts";
import { INTENT_ACTION } from "#proto/records.ts";
import type { BookOrder } from "./book.ts";
import { fromMicros, fromPoints } from "./convert.ts";

const FILLING_AUTO = 255;
const ALLOW_PARTIAL = 1;
const NS_PER_MS = 1_000_000n;
const BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function makeCommand(order: BookOrder, o: { symbolId: number; digits: number }): Cmd {
  const { intent } = order;
  const price = (points: bigint): number => fromPoints(points, o.digits);
  return {
    cmd_id: intent.intent_id,
    action: intent.action === INTENT_ACTION.open ? CMD_ACTION.market : CMD_ACTION.close,
    symbol_id: o.symbolId,
    order_type: intent.side,
    filling: FILLING_AUTO,
    time_type: 0,
    flags: ALLOW_PARTIAL,
    deviation_pts: Math.max(0, intent.deviation_points),
    max_spread_pts: 0,
    issued_utc_ms: order.timeNs / NS_PER_MS,
    expires_utc_ms: intent.expires_ns / NS_PER_MS,
    volume: fromMicros(intent.volume_microlots),
    price: price(intent.price_points),
    stoplimit: 0,
    sl: price(intent.stop_points),
    tp: price(intent.target_points),
    order_expiration_s: 0n,
    position: intent.position_ticket,
    position_by: 0n,
    order: 0n,
    magic: intent.magic,
    guard_price: price(intent.guard_price_points),
    tag: `MX${base32(intent.intent_id)}`,
  };
}

/** The first 80 bits: a second mark beside the magic, for people. */
function base32(id: Uint8Array): string {
  let text = "";
  let bits = 0;
  let count = 0;
  for (let i = 0; i < 10; i++) {
    bits = ((bits << 8) | (id[i] ?? 0)) & 0xfff;
    for (count += 8; count >= 5; count -= 5) text += BASE32[(bits >> (count - 5)) & 31];
  }
  return text;
}
