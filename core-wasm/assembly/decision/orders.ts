// What became of accepted intents. One stays in flight until an order update says that nothing more will come and all
// that it filled is booked, or until its fills are complete. Time alone never releases it: an intent that has expired
// without a word is unknown, is said to be so once, and keeps its volume reserved until an order update comes.
import { alert, UNKNOWN_ORDER, WARNING } from "../alerts";
import { Fill, OrderUpdate } from "../generated/records";
import { freeInFlight, inFlight, market, SYMBOLS_MAX, stream } from "../state";
import { IN_FLIGHT_BOOKING, IN_FLIGHT_NONE, InFlight, Market } from "../structures";
import { CLOSE, OPEN } from "./intent";

const STATE_UNKNOWN: u8 = 9;
const STATE_WORKING: u8 = 4;
const STATE_PARTIAL: u8 = 5;
/** Longer than the connector waits for an answer before it says "unknown" itself, and than a replay's window. */
const GRACE_NS: i64 = 90_000_000_000;

export function onOrderUpdate(update: OrderUpdate): void {
  const found = findIntent(update.intent_id_0, update.intent_id_1);
  if (found == 0) return;
  const entry = changetype<InFlight>(found);
  const repeated = entry.state == IN_FLIGHT_BOOKING;
  entry.working = update.state == STATE_WORKING || update.state == STATE_PARTIAL ? 1 : 0;
  entry.updated_ms = update.broker_time_ms;
  if (update.volume_filled_microlots > entry.filled_microlots) entry.filled_microlots = update.volume_filled_microlots;
  if (update.final == 0) {
    if (update.state == STATE_UNKNOWN) sayUnknown(entry);
    return;
  }
  if (entry.filled_microlots <= entry.booked_microlots || repeated) return freeInFlight(entry);
  entry.state = IN_FLIGHT_BOOKING;
  entry.volume_microlots = entry.filled_microlots;
}

/** After the fill reached its position. */
export function onIntentFill(fill: Fill): void {
  const found = findIntent(fill.intent_id_0, fill.intent_id_1);
  if (found == 0) return;
  const entry = changetype<InFlight>(found);
  entry.booked_microlots += fill.volume_microlots;
  if (entry.booked_microlots >= entry.volume_microlots) freeInFlight(entry);
}

/** A position record as new as a final update holds the fills that it waited for. */
export function onPositionBooked(m: Market, broker_time_ms: i64): void {
  for (let action = OPEN; action <= CLOSE; action++) {
    const entry = inFlight(m, action);
    if (entry.state == IN_FLIGHT_BOOKING && broker_time_ms >= entry.updated_ms) freeInFlight(entry);
  }
}

/** Says which intents expired without a word; returns when the next one of the symbol can. */
export function expireIntents(symbol: u32, m: Market): i64 {
  let next: i64 = i64.MAX_VALUE;
  for (let action = OPEN; action <= CLOSE; action++) {
    const entry = inFlight(m, action);
    if (entry.state == IN_FLIGHT_NONE || entry.working != 0 || entry.alerted != 0) continue;
    const due = entry.expires_ns + GRACE_NS;
    if (stream().time_ns >= due) say(symbol, entry);
    else if (due < next) next = due;
  }
  return next;
}

function sayUnknown(entry: InFlight): void {
  if (entry.alerted == 0) say(symbolOf(entry), entry);
}

/** The value is the volume whose fate is not known. */
function say(symbol: u32, entry: InFlight): void {
  entry.alerted = 1;
  alert(symbol, UNKNOWN_ORDER, WARNING, entry.volume_microlots - entry.booked_microlots, 0);
}

function symbolOf(entry: InFlight): u32 {
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++) {
    const m = market(symbol);
    if (inFlight(m, OPEN) == entry || inFlight(m, CLOSE) == entry) return symbol;
  }
  return 0;
}

/** By id alone; the address of its slot, 0 = not in flight. A zero id belongs to another hand. */
function findIntent(id_0: u64, id_1: u64): usize {
  if ((id_0 | id_1) == 0) return 0;
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++) {
    const m = market(symbol);
    for (let action = OPEN; action <= CLOSE; action++) {
      const entry = inFlight(m, action);
      if (entry.state == IN_FLIGHT_NONE) continue;
      if (entry.intent_id_0 == id_0 && entry.intent_id_1 == id_1) return changetype<usize>(entry);
    }
  }
  return 0;
}
