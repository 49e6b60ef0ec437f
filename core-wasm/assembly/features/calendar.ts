// How near the economic calendar's events are to the end of a bar: those of the symbol's two currencies. Events are known
// before they are due, so nothing here looks ahead; what they turned out to be is not used.
import { CalendarEvent as EventRecord } from "../generated/records";
import { EVENTS_MAX, eventAt, PRESENT, stream } from "../state";
import { CalendarEvent, Market } from "../structures";

const MODERATE: u8 = 2;
const HIGH: u8 = 3;
/** Four hours. */
const NEAR_MS: i64 = 14_400_000;

// Found by findEvents, each 0..1.
export let ahead: f64 = 0;
export let behind: f64 = 0;
export let ahead_moderate: f64 = 0;

/** Of a bar that ended at `end_ms`. */
export function findEvents(m: Market, end_ms: i64): void {
  let next = NEAR_MS;
  let last = NEAR_MS;
  let next_moderate = NEAR_MS;
  const events = m.spec == PRESENT ? stream().events : 0;
  for (let i: u32 = 0; i < events; i++) {
    const event = eventAt(i);
    if (event.currency != m.base_currency && event.currency != m.profit_currency) continue;
    const distance = event.time_ms - end_ms;
    if (distance >= 0 && distance < next_moderate) next_moderate = distance;
    if (event.importance != HIGH) continue;
    if (distance >= 0 && distance < next) next = distance;
    if (distance <= 0 && -distance < last) last = -distance;
  }
  ahead = nearness(next);
  behind = nearness(last);
  ahead_moderate = nearness(next_moderate);
}

function nearness(distance_ms: i64): f64 {
  return 1 - <f64>distance_ms / <f64>NEAR_MS;
}

/** Keeps it, or forgets it when it was called off or does not matter. The one longest past makes room for a new one. */
export function takeEvent(record: EventRecord): void {
  const s = stream();
  const off = record.time_ms == 0 || record.importance < MODERATE;
  let at = find(record.event_id);
  if (at == s.events) {
    if (off) return;
    if (at == EVENTS_MAX) at = oldest();
    else s.events++;
  } else if (off) return forget(at);
  const event = eventAt(at);
  event.event_id = record.event_id;
  event.time_ms = record.time_ms;
  event.currency = record.currency_0;
  event.importance = record.importance;
}

/** The number of events when there is none of that id. */
function find(event_id: u64): u32 {
  const events = stream().events;
  for (let i: u32 = 0; i < events; i++) if (eventAt(i).event_id == event_id) return i;
  return events;
}

function oldest(): u32 {
  let at: u32 = 0;
  for (let i: u32 = 1; i < EVENTS_MAX; i++) if (eventAt(i).time_ms < eventAt(at).time_ms) at = i;
  return at;
}

function forget(at: u32): void {
  const s = stream();
  s.events--;
  const last = changetype<usize>(eventAt(s.events));
  memory.copy(changetype<usize>(eventAt(at)), last, offsetof<CalendarEvent>());
  memory.fill(last, 0, offsetof<CalendarEvent>());
}
