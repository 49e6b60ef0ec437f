// The calendar's way into the stream: what the terminal and the files say, and of it, as records, what the core needs now.
import { CalendarEvent, NewsWindow, Provenance } from "#proto/generated/records.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import { SOURCE } from "#proto/records.ts";
import type { CalendarItem } from "#proto/services/metatrader-connector.ts";
import { Calendar, type CalendarEntry, type CalendarSettings, type Due, type Origin } from "./calendar.ts";
import { toAscii } from "./convert.ts";
import type { HotPath } from "./hot-path.ts";

const NS_PER_MS = 1_000_000n;
/** Events come near by the minute; a look costs little. */
const LOOK_MS = 1_000;
const ABSENT = -(2n ** 63n);

export class CalendarDesk {
  readonly calendar: Calendar;
  readonly #hot: HotPath;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(hot: HotPath, settings: CalendarSettings) {
    this.#hot = hot;
    this.calendar = new Calendar(settings);
  }

  /** From the terminal. Records are decided with the next commit. */
  onTerminal(entries: readonly CalendarEntry[]): void {
    if (entries.length === 0) return;
    this.calendar.offer(entries, this.#nowMs());
    this.#tell();
  }

  /** From a file, by the collector. */
  onFile(o: { source: string; content_sha256: string; events: readonly CalendarItem[] }): {
    taken: number;
    known: number;
    dropped: number;
  } {
    const origin = { source: o.source, sha256: bytesOf(o.content_sha256) };
    const outcome = this.calendar.offer(
      o.events.map((item) => entryOf(item, origin)),
      this.#nowMs(),
    );
    this.#tell();
    return outcome;
  }

  /** A few times a second; `nowMs` is monotonic. */
  tick(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    this.#tell();
  }

  /** In a replay the time is the market's: before its first tick nothing is near. */
  #nowMs(): number {
    return Number(this.#hot.time.nowNs() / NS_PER_MS);
  }

  #tell(): void {
    if (this.#hot.failure || this.calendar.size === 0) return;
    // What was told before has to be in the book.
    this.#hot.commit();
    const { book } = this.#hot;
    const currencies = new Set([...book.symbols.values()].flatMap((symbol) => symbol.currencies));
    const due = this.calendar.due({ nowMs: this.#nowMs(), told: book.told, currencies });
    for (const [origin, records] of byOrigin(due)) this.#add(origin, records);
  }

  #add(origin: Origin, { windows, events }: Due): void {
    const from = { source: SOURCE.edge };
    this.#hot.add(Provenance, from, {
      source: toAscii(origin.source, 32),
      content_sha256: origin.sha256,
      received_ms: BigInt(this.#nowMs()),
      inputs: windows.length + events.length,
    });
    // Windows first: should the core see only half of this, it is the half that keeps it from trading.
    for (const { window } of windows) this.#hot.add(NewsWindow, from, window);
    for (const { event } of events) this.#hot.add(CalendarEvent, from, event);
  }
}

function byOrigin({ windows, events }: Due): [Origin, Due][] {
  const groups = new Map<string, [Origin, Due]>();
  const groupOf = (origin: Origin): Due => {
    const key = `${origin.source} ${hexOf(origin.sha256)}`;
    const group = groups.get(key) ?? [origin, { windows: [], events: [] }];
    groups.set(key, group);
    return group[1];
  };
  for (const item of windows) groupOf(item.origin).windows.push(item);
  for (const entry of events) groupOf(entry.origin).events.push(entry);
  return [...groups.values()];
}

const micros = (text: string | null): bigint => (text === null ? ABSENT : BigInt(text));

function entryOf(item: CalendarItem, origin: Origin): CalendarEntry {
  return {
    event: {
      event_id: BigInt(item.event_id),
      time_ms: BigInt(item.time_ms),
      currency: item.currency,
      name: toAscii(item.name, 64),
      actual_micros: micros(item.actual_micros),
      forecast_micros: micros(item.forecast_micros),
      previous_micros: micros(item.previous_micros),
      importance: item.importance,
    },
    revision: item.revision,
    origin,
  };
}
