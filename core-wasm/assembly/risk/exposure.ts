// Position of a symbol with everything under way, and the check of its size. Opening counts the worst case: every
// order in flight that grows the same side is filled, none that shrinks it is.
import { OrderIntent } from "../generated/records";
import { saturatingAbs } from "../math/fixed";
import { limitsOf } from "../settings";
import { IN_FLIGHT_NONE, InFlight, inFlight, Market, POSITIONS_MAX, Position, PRESENT, positionAt } from "../state";
import { atMost, missing } from "./measure";

const OPEN: u8 = 1;
const CLOSE: u8 = 2;
const BUY: u8 = 0;

/** True for a closing order that cannot grow or flip what is there: one own position, not more than its volume. */
export function isReducing(m: Market, intent: OrderIntent): bool {
  if (intent.action != CLOSE) return false;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.volume_microlots == 0 || position.ticket != intent.position_ticket) continue;
    return position.side != intent.side && intent.volume_microlots <= position.volume_microlots;
  }
  return false;
}

/** Sixteen positions of at most 2^46 and two orders: far inside an i64. */
export function checkPositionSize(symbol: u32, m: Market, intent: OrderIntent): void {
  const limits = limitsOf(symbol);
  if (limits.limits != PRESENT || m.spec != PRESENT || m.positions_unknown != 0) return missing();
  let most = limits.position_volume_max_microlots;
  if (m.volume_limit_microlots != 0 && m.volume_limit_microlots < most) most = m.volume_limit_microlots;
  const net = netVolume(m);
  const volume = intent.volume_microlots;
  if (isReducing(m, intent)) {
    const after = saturatingAbs(net + (intent.side == BUY ? volume : -volume));
    const before = saturatingAbs(net);
    return atMost(after, before > most ? before : most);
  }
  const long = net + pending(m, BUY) + (intent.side == BUY ? volume : 0);
  const short = pending(m, BUY ^ 1) - net + (intent.side == BUY ? 0 : volume);
  atMost(long > short ? long : short, most);
}

export function netVolume(m: Market): i64 {
  let net: i64 = 0;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    net += position.side == BUY ? position.volume_microlots : -position.volume_microlots;
  }
  return net;
}

function pending(m: Market, side: u8): i64 {
  return open(inFlight(m, OPEN), side) + open(inFlight(m, CLOSE), side);
}

/** What may still be filled, or is filled but not yet booked as a fill. */
function open(entry: InFlight, side: u8): i64 {
  if (entry.state == IN_FLIGHT_NONE || entry.side != side) return 0;
  const rest = entry.volume_microlots - entry.booked_microlots;
  return rest > 0 ? rest : 0;
}
