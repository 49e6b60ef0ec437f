// The economic calendar as the connector knows it, and what of it the core is told: events that are near and matter to the
// stream's currencies, and a news window about each important one. The core keeps few of them (64 events, 32 windows), so
// they are told as they come near, each again only when it has changed. A machine: what is due comes out of `due`.
import type { CalendarEvent, NewsWindow } from "#proto/generated/records.ts";
import { CALENDAR_EVENTS_MAX } from "#proto/limits.ts";
import { CALENDAR_IMPORTANCE } from "#proto/records.ts";

/** Looked at by the features up to four hours before and behind; told a day ahead, so that a restart finds the windows. */
export const BEHIND_MS = 4 * 3_600_000;
export const AHEAD_MS = 24 * 3_600_000;
/** Of those told, at most so many lie in that time: the core has room for more, so that none of them is pushed out. */
const EVENTS_NEAR_MAX = 48;
const WINDOWS_NEAR_MAX = 24;
/** Records an hour of the stream's time: a calendar that says more lies; the rest is told later. */
const RECORDS_AN_HOUR = 500;
const HOUR_MS = 3_600_000;

export interface CalendarSettings {
  /** Milliseconds before and after an event in which nothing of its currency is opened. */
  readonly beforeMs: number;
  readonly afterMs: number;
  /** CALENDAR_IMPORTANCE from which an event has a window; above high = none has. */
  readonly importance: number;
}

/** Where something came from. */
export interface Origin {
  readonly source: string;
  /** Zero = told by the terminal. */
  readonly sha256: Uint8Array;
}

export interface CalendarEntry {
  readonly event: CalendarEvent;
  readonly revision: number;
  readonly origin: Origin;
}

/** What the journal says that the core was told, by event. */
export interface Told {
  readonly events: ReadonlyMap<bigint, CalendarEvent>;
  readonly windows: ReadonlyMap<bigint, NewsWindow>;
}

export interface Due {
  readonly events: CalendarEntry[];
  readonly windows: { readonly window: NewsWindow; readonly origin: Origin }[];
}

export const isTerminal = ({ sha256 }: Origin): boolean => sha256.every((byte) => byte === 0);

const sameEvent = (a: CalendarEvent, b: CalendarEvent): boolean =>
  a.time_ms === b.time_ms &&
  a.importance === b.importance &&
  a.currency === b.currency &&
  a.name === b.name &&
  a.actual_micros === b.actual_micros &&
  a.forecast_micros === b.forecast_micros &&
  a.previous_micros === b.previous_micros;

const sameWindow = (a: NewsWindow, b: NewsWindow): boolean =>
  a.from_ms === b.from_ms && a.to_ms === b.to_ms && a.currency === b.currency;

export class Calendar {
  readonly counts = { taken: 0, known: 0, outdated: 0, dropped: 0, rate_limited: 0 };
  readonly #settings: CalendarSettings;
  readonly #entries = new Map<bigint, CalendarEntry>();
  /** By time; undefined = to be sorted anew. */
  #sorted: readonly CalendarEntry[] | undefined;
  #hourMs = Number.NEGATIVE_INFINITY;
  #inHour = 0;

  constructor(settings: CalendarSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Events of any time and importance. An older revision says nothing; a file never speaks against the terminal. Returns
   * what became of them.
   */
  offer(entries: readonly CalendarEntry[], nowMs: number): { taken: number; known: number; dropped: number } {
    const outcome = { taken: 0, known: 0, dropped: 0 };
    for (const entry of entries) outcome[this.#take(entry, nowMs)]++;
    return outcome;
  }

  #take(entry: CalendarEntry, nowMs: number): "taken" | "known" | "dropped" {
    const { event_id } = entry.event;
    const known = this.#entries.get(event_id);
    if (known && (sameEvent(known.event, entry.event) || this.#isOutdated(known, entry))) {
      this.counts.known++;
      return "known";
    }
    if (!known && this.#entries.size >= CALENDAR_EVENTS_MAX && !this.#forgetPast(nowMs)) {
      this.counts.dropped++;
      return "dropped";
    }
    this.#entries.set(event_id, entry);
    this.#sorted = undefined;
    this.counts.taken++;
    return "taken";
  }

  #isOutdated(known: CalendarEntry, entry: CalendarEntry): boolean {
    const outdated = entry.revision < known.revision || (isTerminal(known.origin) && !isTerminal(entry.origin));
    if (outdated) this.counts.outdated++;
    return outdated;
  }

  #forgetPast(nowMs: number): boolean {
    const before = this.#entries.size;
    for (const [id, { event }] of this.#entries)
      if (Number(event.time_ms) < nowMs - BEHIND_MS) this.#entries.delete(id);
    this.#sorted = undefined;
    return this.#entries.size < before;
  }

  /** What the core has to be told now, the nearest first. `currencies`: those of the stream's symbols. */
  due(o: { nowMs: number; told: Told; currencies: ReadonlySet<string> }): Due {
    if (this.#entries.size === 0) return { events: [], windows: [] };
    this.#sorted ??= [...this.#entries.values()].sort((a, b) => Number(a.event.time_ms - b.event.time_ms));
    const mine = this.#sorted;
    const windows = this.#dueWindows(mine, o);
    const events = this.#dueEvents(mine, o);
    return { windows: windows.slice(0, this.#room(windows.length, o.nowMs)), events: this.#limited(events, o.nowMs) };
  }

  #limited<T>(list: readonly T[], nowMs: number): T[] {
    return list.slice(0, this.#room(list.length, nowMs));
  }

  /** How many of `wanted` records the hour still has room for; they count as told. */
  #room(wanted: number, nowMs: number): number {
    if (nowMs - this.#hourMs >= HOUR_MS) {
      this.#hourMs = nowMs;
      this.#inHour = 0;
    }
    const room = Math.min(wanted, RECORDS_AN_HOUR - this.#inHour);
    this.#inHour += room;
    this.counts.rate_limited += wanted - room;
    return room;
  }

  #dueEvents(mine: readonly CalendarEntry[], o: Parameters<Calendar["due"]>[0]): CalendarEntry[] {
    const isNear = ({ time_ms }: CalendarEvent): boolean => isBetween(time_ms, o.nowMs - BEHIND_MS, o.nowMs + AHEAD_MS);
    let near = [...o.told.events.values()].filter(isNear).length;
    return mine.filter(({ event }) => {
      const told = o.told.events.get(event.event_id);
      if (told) return !sameEvent(told, event);
      const matters = event.importance >= CALENDAR_IMPORTANCE.moderate && o.currencies.has(event.currency);
      return matters && isNear(event) && near++ < EVENTS_NEAR_MAX;
    });
  }

  #dueWindows(mine: readonly CalendarEntry[], o: Parameters<Calendar["due"]>[0]): Due["windows"] {
    const now = BigInt(Math.floor(o.nowMs));
    let near = [...o.told.windows.values()].filter(({ from_ms, to_ms }) => to_ms > now && to_ms > from_ms).length;
    return mine.flatMap(({ event, origin }) => {
      const window = this.#windowOf(event);
      const told = o.told.windows.get(event.event_id);
      if (told) return sameWindow(told, window) ? [] : [{ window, origin }];
      const open = window.to_ms > now && window.from_ms < window.to_ms && o.currencies.has(event.currency);
      const soon = Number(window.from_ms) <= o.nowMs + AHEAD_MS;
      return open && soon && near++ < WINDOWS_NEAR_MAX ? [{ window, origin }] : [];
    });
  }

  /** Of an event that has none: one of no length, which takes an earlier one back. */
  #windowOf({ event_id, time_ms, currency, importance }: CalendarEvent): NewsWindow {
    const { beforeMs, afterMs, importance: least } = this.#settings;
    const has = importance >= least && time_ms > 0n;
    const from = time_ms - BigInt(has ? beforeMs : 0);
    const from_ms = from < 1n ? 1n : from;
    return { event_id, from_ms, to_ms: has ? time_ms + BigInt(afterMs) : from_ms, currency };
  }
}

const isBetween = (time_ms: bigint, from: number, to: number): boolean =>
  Number(time_ms) >= from && Number(time_ms) <= to;
