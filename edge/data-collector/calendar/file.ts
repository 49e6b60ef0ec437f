// A calendar file as a whole: its events, each once, and how many rows were refused for what.
import type { CalendarItem } from "#proto/services/metatrader-connector.ts";
import { type CalendarFile, type CalendarRefusal, judgeEvent } from "./event.ts";
import { parseTable } from "./table.ts";

export interface CalendarContent {
  readonly events: CalendarItem[];
  readonly refused: Partial<Record<CalendarRefusal, number>>;
  /** Rows that say what another of the file says already, with a revision as new. */
  readonly repeated: number;
}

/** The content, or why none of it is taken. */
export function parseCalendar(text: string, file: CalendarFile): CalendarContent | CalendarRefusal {
  const rows = parseTable(text);
  if (typeof rows === "string") return rows;
  const events = new Map<string, CalendarItem>();
  const refused: Partial<Record<CalendarRefusal, number>> = {};
  let repeated = 0;
  for (const row of rows) {
    const event = judgeEvent(row, file);
    if (typeof event === "string") {
      refused[event] = (refused[event] ?? 0) + 1;
      continue;
    }
    const known = events.get(event.event_id);
    if (known) repeated++;
    if (!known || event.revision >= known.revision) events.set(event.event_id, event);
  }
  return { events: [...events.values()], refused, repeated };
}
