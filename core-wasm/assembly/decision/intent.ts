// Order intents: identity, prices, life; each is followed by the verdict of every risk check, and is remembered as in
// flight only when accepted. The id is cause_seq (seven bytes, big-endian, so that ids sort by time), the index of the
// intent among those of its cause (one byte) and the first half of the stream's id, which is random; the magic carries
// the strategy and the last 48 bits of SHA-256(intent id).

import { check, FAULT_STATE } from "../fault";
import { ORDER_INTENT_BYTES, ORDER_INTENT_CODE, OrderIntent } from "../generated/records";
import { floorTo, saturatingAdd } from "../math/fixed";
import { sha256Tail } from "../math/sha256";
import { begin, commit } from "../outbox";
import { judge } from "../risk/checks";
import { countOrder } from "../risk/rate";
import { strategyOf } from "../risk/strategy";
import { isLimited, limitsInForce } from "../settings";
import { inFlight, PRESENT, rememberExposed, stream } from "../state";
import { IN_FLIGHT_NONE, IN_FLIGHT_SENT, Market, Position } from "../structures";
import { guardPrice, stopPrice, targetPrice } from "./stops";

export const OPEN: u8 = 1;
export const CLOSE: u8 = 2;
const BUY: u8 = 0;

/** Of the prediction in hand; every proposal begins with basedOn. */
let direction_set: u8 = 0;

/** What the next intent is decided on. */
export function basedOn(set: u8): void {
  direction_set = set;
}

/** Opens with stop and target from the ATR. `params` are the settings in force, maybe those for all symbols. */
export function open(symbol: u32, m: Market, params: Market, side: u8, timeframe_s: u32, up_ppm: i32, atr: f64): void {
  const intent = beginIntent(symbol, m, params, timeframe_s, up_ppm, OPEN, side);
  intent.volume_microlots = params.volume_microlots;
  if (m.spec == PRESENT) {
    intent.stop_points = stopPrice(m, params, side, atr);
    intent.target_points = targetPrice(m, params, side, atr);
  }
  finishIntent(symbol, m, intent);
}

/** Closes as much of the position as one order may; what is left is closed by a later one. */
export function close(symbol: u32, m: Market, params: Market, position: Position, timeframe_s: u32, up_ppm: i32): void {
  const intent = beginIntent(symbol, m, params, timeframe_s, up_ppm, CLOSE, position.side ^ 1);
  intent.position_ticket = position.ticket;
  intent.volume_microlots = closingVolume(symbol, m, position.volume_microlots);
  finishIntent(symbol, m, intent);
}

function closingVolume(symbol: u32, m: Market, volume: i64): i64 {
  let most = volume;
  if (isLimited(symbol)) {
    const limit = limitsInForce(symbol).order_volume_max_microlots;
    if (limit < most) most = limit;
  }
  if (m.spec != PRESENT) return most;
  if (m.volume_max_microlots < most) most = m.volume_max_microlots;
  return most == volume ? volume : floorTo(most, m.volume_step_microlots);
}

function beginIntent(
  symbol: u32,
  m: Market,
  params: Market,
  timeframe_s: u32,
  up_ppm: i32,
  action: u8,
  side: u8,
): OrderIntent {
  const s = stream();
  const intent = changetype<OrderIntent>(begin(ORDER_INTENT_CODE, ORDER_INTENT_BYTES, symbol));
  intent.cause_seq = s.last_seq;
  identify(intent, params.strategy_id);
  const price = side == BUY ? m.ask_points : m.bid_points;
  intent.price_points = price;
  if (m.spec == PRESENT) intent.guard_price_points = guardPrice(m, side, <i64>params.deviation_points);
  intent.expires_ns = saturatingAdd(s.time_ns, params.intent_life_ms * 1_000_000);
  intent.deviation_points = params.deviation_points;
  intent.timeframe_s = timeframe_s;
  intent.probability_up_ppm = up_ppm;
  intent.action = action;
  intent.side = side;
  intent.direction_set = direction_set;
  return intent;
}

function finishIntent(symbol: u32, m: Market, intent: OrderIntent): void {
  const s = stream();
  // Whoever proposes has a quote to propose on: clock.ts looks at no symbol without one.
  check(m.quote != 0, FAULT_STATE);
  commit(changetype<usize>(intent));
  s.intents++;
  if (!judge(symbol, m, intent)) {
    s.refused++;
    return;
  }
  s.accepted++;
  if (intent.action == OPEN) countOrder(m, intent);
  rememberExposed(symbol);
  const entry = inFlight(m, intent.action);
  check(entry.state == IN_FLIGHT_NONE, FAULT_STATE);
  entry.intent_id_0 = intent.intent_id_0;
  entry.intent_id_1 = intent.intent_id_1;
  entry.volume_microlots = intent.volume_microlots;
  entry.expires_ns = intent.expires_ns;
  entry.strategy_id = strategyOf(intent.magic);
  entry.side = intent.side;
  entry.state = IN_FLIGHT_SENT;
  if (entry.expires_ns < s.wake_ns) s.wake_ns = entry.expires_ns;
}

function identify(intent: OrderIntent, strategy_id: u16): void {
  const s = stream();
  check(s.last_seq >> 48 == 0 && s.intent_cause_index < 256, FAULT_STATE);
  // With the epoch in it: a box that was replaced while it was cut off has used the same seqs.
  const epoch = <u64>(s.epoch & 0xff);
  intent.intent_id_0 = bswap<u64>((epoch << 56) | (s.last_seq << 8) | <u64>s.intent_cause_index);
  intent.intent_id_1 = s.stream_id_0;
  s.intent_cause_index++;
  const tag = sha256Tail(changetype<usize>(intent) + offsetof<OrderIntent>("intent_id_0")) & 0xffffffffffff;
  intent.magic = ((<u64>(strategy_id & 0x7fff)) << 48) | tag;
}
