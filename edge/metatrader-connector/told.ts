// What the journal says the core was told of the calendar: a fold of its records, so that nothing is told twice. Bounded:
// the oldest said is forgotten first, long after the core has forgotten it.
import type { CalendarEvent, NewsWindow } from "#proto/generated/records.ts";
import type { Told } from "./calendar.ts";

const KEPT = 512;

export class CalendarTold implements Told {
  readonly events: Map<bigint, CalendarEvent>;
  readonly windows: Map<bigint, NewsWindow>;

  constructor(saved: { events?: readonly CalendarEvent[]; windows?: readonly NewsWindow[] } = {}) {
    this.events = new Map((saved.events ?? []).map((event) => [event.event_id, event]));
    this.windows = new Map((saved.windows ?? []).map((window) => [window.event_id, window]));
  }

  onEvent(event: CalendarEvent): void {
    put(this.events, event);
  }

  onWindow(window: NewsWindow): void {
    put(this.windows, window);
  }

  toJSON(): { events: CalendarEvent[]; windows: NewsWindow[] } {
    return { events: [...this.events.values()], windows: [...this.windows.values()] };
  }
}

function put<T extends { readonly event_id: bigint }>(map: Map<bigint, T>, value: T): void {
  map.delete(value.event_id);
  map.set(value.event_id, value);
  if (map.size > KEPT) for (const oldest of map.keys()) if (map.delete(oldest)) break;
}
