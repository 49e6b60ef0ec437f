// The verified exit: a closing order of one known position, on the other side and not larger than it. It can neither grow
// nor flip anything, so every check but the broker's own rules lets it pass, whatever the state, the limits or the market.
import { OrderIntent } from "../generated/records";
import { POSITIONS_MAX, positionAt } from "../state";
import { Market } from "../structures";

const CLOSE: u8 = 2;

// Of the order in hand, found once for a verdict.
export let exit: bool = false;
/** It closes the position wholly. */
export let whole: bool = false;

export function findExit(m: Market, intent: OrderIntent): void {
  exit = false;
  whole = false;
  if (intent.action != CLOSE) return;
  for (let i: u32 = 0; i < POSITIONS_MAX; i++) {
    const position = positionAt(m, i);
    if (position.volume_microlots == 0 || position.ticket != intent.position_ticket) continue;
    exit = position.side != intent.side && intent.volume_microlots <= position.volume_microlots;
    whole = exit && intent.volume_microlots == position.volume_microlots;
    return;
  }
}
