// Position of a symbol with everything under way, and the check of its size. Opening counts the worst case: every
// order in flight that grows the same side is filled, none that shrinks it is. On a netting account the two sides of a
// symbol are one position; on a hedging account each stands for itself, and the larger one counts.
import { OrderIntent } from "../generated/records";
import { saturatingAbs } from "../math/fixed";
import { inFlight, POSITIONS_MAX, PRESENT, positionAt, stream } from "../state";
import { IN_FLIGHT_NONE, InFlight, Market } from "../structures";
import { exit } from "./exit";
import { limited, limits } from "./limits";
import { atMost, missing, unlimited } from "./measure";

const OPEN: u8 = 1;
const CLOSE: u8 = 2;
const BUY: u8 = 0;
const SELL: u8 = 1;
/** Account.margin_mode. */
const HEDGING: u8 = 2;

/** Sixteen positions of at most 2^46 and two orders: far inside an i64. */
export function checkPositionSize(m: Market, intent: OrderIntent): void {
  const long = sideVolume(m, BUY);
  const short = sideVolume(m, SELL);
  const volume = intent.volume_microlots;
  if (exit) return unlimited(afterExit(long, short, intent.side == BUY ? volume : -volume));
  if (!limited || m.spec != PRESENT || stream().account == 0 || m.positions_unknown != 0) return missing();
  let most = limits.position_volume_max_microlots;
  if (m.volume_limit_microlots != 0 && m.volume_limit_microlots < most) most = m.volume_limit_microlots;
  const hedging = isHedging();
  const up = (hedging ? long : long - short) + pending(m, BUY, hedging) + (intent.side == BUY ? volume : 0);
  const down = (hedging ? short : short - long) + pending(m, SELL, hedging) + (intent.side == BUY ? 0 : volume);
  atMost(up > down ? up : down, most);
}

/** The larger side, or the net position, after an exit of that signed volume. */
function afterExit(long: i64, short: i64, volume: i64): i64 {
  if (!isHedging()) return saturatingAbs(long - short + volume);
  const up = volume < 0 ? long + volume : long;
  const down = volume < 0 ? short : short - volume;
  return up > down ? up : down;
}

function isHedging(): bool {
  return stream().margin_mode == HEDGING;
}

function sideVolume(m: Market, side: u8): i64 {
  let volume: i64 = 0;
  if (m.position_count == 0) return volume;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.side == side) volume += position.volume_microlots;
  }
  return volume;
}

/** An order that closes moves the net position, but never grows a side of a hedging account. */
function pending(m: Market, side: u8, hedging: bool): i64 {
  return open(inFlight(m, OPEN), side) + (hedging ? 0 : open(inFlight(m, CLOSE), side));
}

/** What may still be filled, or is filled but not yet booked as a fill. */
function open(entry: InFlight, side: u8): i64 {
  if (entry.state == IN_FLIGHT_NONE || entry.side != side) return 0;
  const rest = entry.volume_microlots - entry.booked_microlots;
  return rest > 0 ? rest : 0;
}
