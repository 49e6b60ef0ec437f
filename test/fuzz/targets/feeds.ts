// What a news source and a calendar file can hold: RSS, Atom, JSON, CSV, whole and damaged. Items and events that the
// connector takes, or a reason of the closed list; never an exception, never one item twice, never more than is allowed.
import { zoneOf } from "#proto/broker-zone.ts";
import { CalendarItem, NewsItem } from "#proto/services/metatrader-connector.ts";
import { CALENDAR_REFUSALS } from "../../../edge/data-collector/calendar/event.ts";
import { parseCalendar } from "../../../edge/data-collector/calendar/file.ts";
import { readCollectorConfig } from "../../../edge/data-collector/config.ts";
import { REFUSALS } from "../../../edge/data-collector/feeds/item.ts";
import { Source } from "../../../edge/data-collector/feeds/source.ts";
import type { Picks } from "../../choices.ts";
import { damagedText } from "../damage.ts";
import { holds, Reached, type Target } from "../target.ts";

const NOW = Date.UTC(2026, 0, 10, 12);
const ITEMS_AN_HOUR = 200;
const WORDS = ["ECB", "rates &amp; yields", "<![CDATA[a < b]]>", "é", "", " ", "x".repeat(500), "\u0007"];
const TIMES = [
  "2026-01-10T11:00:00Z",
  "Sat, 10 Jan 2026 11:00:00 GMT",
  "2031-01-01",
  "yesterday",
  "",
  "1999-01-01T00:00:00Z",
];
const LINKS = ["https://x.test/1", "javascript:alert(1)", "", "http://", "file:///etc/passwd"];
const one = <T>(list: readonly T[], pick: Picks): T => list[pick.below(list.length)] as T;

function rss(pick: Picks): string {
  const items = Array.from(
    { length: pick.below(6) },
    () =>
      `<item><title>${one(WORDS, pick)}</title><link>${one(LINKS, pick)}</link><guid>${pick.below(9)}</guid><pubDate>${one(TIMES, pick)}</pubDate></item>`,
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel>${items.join("")}</channel></rss>`;
}

function atom(pick: Picks): string {
  const entries = Array.from(
    { length: pick.below(6) },
    () =>
      `<entry><id>${pick.below(9)}</id><title>${one(WORDS, pick)}</title><link rel="${one(["self", "alternate"], pick)}" href="${one(LINKS, pick)}"/><updated>${one(TIMES, pick)}</updated></entry>`,
  );
  return `<feed xmlns="http://www.w3.org/2005/Atom">${entries.join("")}</feed>`;
}

function jsonFeed(pick: Picks): string {
  const items = Array.from({ length: pick.below(6) }, () => ({
    id: one<unknown>([pick.below(9), "a", null, {}, 1e300], pick),
    title: one(WORDS, pick),
    url: one(LINKS, pick),
    date_published: one<unknown>([...TIMES, 1_768_042_800, -1, 1e300, []], pick),
  }));
  return JSON.stringify({ items });
}

const XML_PIECES = [
  "<",
  ">",
  "&",
  "&#0;",
  "&x;",
  "]]>",
  "<!DOCTYPE r>",
  "<item>",
  "</item>",
  "</title>",
  "\0",
  '"',
  "'",
  "<!--",
  "<?",
];
const JSON_PIECES = ["{", "}", "[", "]", '"', ",", ":", "null", "1e999", '"__proto__":{},', "\\u0000", '"items":'];

export function feeds(): Target {
  const seen = new Reached(["taken", "nothing new", ...REFUSALS.map((why) => `refused: ${why}`)]);
  const config = (format: string) =>
    readCollectorConfig({ DATA_SOURCES: JSON.stringify([{ name: "s", url: "https://s.test", format }]) }).sources[0];
  const [xml, json] = [config("xml"), config("json")];
  const play = (pick: Picks): void => {
    const asJson = pick.oneIn(3);
    const source = new Source((asJson ? json : xml) as NonNullable<typeof xml>);
    let text = asJson ? jsonFeed(pick) : pick.oneIn(2) ? rss(pick) : atom(pick);
    for (let n = pick.below(4); n > 0; n--) text = damagedText(text, asJson ? JSON_PIECES : XML_PIECES, pick);
    const o = { sha256: "00".repeat(32), utc: NOW, now: 0 };
    const items = source.onAnswer(text, o);
    for (const item of items) NewsItem.parse(item);
    holds(items.length <= ITEMS_AN_HOUR, "no more items than an hour allows");
    holds(new Set(items.map(({ item_id }) => item_id)).size === items.length, "an item comes once");
    holds(source.onAnswer(text, o).length === 0, "the same answer again has nothing new");
    seen.see(items.length > 0 ? "taken" : "nothing new");
    for (const why of Object.keys(source.counts.refused)) seen.see(`refused: ${why}`);
  };
  const unreachable = Object.fromEntries(
    [
      ["too_big", "said by the fetch"],
      ["too_slow", "said by the fetch"],
      ["bad_status", "said by the fetch"],
      ["unreachable", "said by the fetch"],
      ["too_many", "five hundred items are not made here"],
    ].map(([why, reason]) => [`refused: ${why}`, reason as string]),
  );
  return { play, reached: () => seen.entries(), reachFrom: 20_000, unreachable };
}

const COLUMNS = [
  "id",
  "time",
  "currency",
  "importance",
  "name",
  "revision",
  "time_mode",
  "actual",
  "forecast_value",
  "previous",
];
const CELLS: Readonly<Record<string, readonly string[]>> = {
  id: ["", "1", "2", "18446744073709551615", "18446744073709551616", "-1", "x"],
  time: [
    "2026-01-09T13:30:00Z",
    "2026.01.09 15:30",
    "1767965400",
    "2026-02-30T00:00Z",
    "2199-01-01T00:00Z",
    "",
    "2026-01-09T13:30:00+99:99",
  ],
  currency: ["USD", "eur", "US", "", "123", "ABCDEFGHI"],
  importance: ["high", "3", "CALENDAR_IMPORTANCE_LOW", "4", "", "constructor"],
  name: ["CPI", "Payrolls, all", "", " ", "é", "x".repeat(300)],
  revision: ["", "0", "7", "-1", "9999999999"],
  time_mode: ["", "0", "1", "CALENDAR_TIMEMODE_DATETIME", "CALENDAR_TIMEMODE_DATE"],
  actual: ["", "-", "2.5", "-0.000001", "1,5", "1e9", "999999999999.999999", "9999999999999"],
  forecast_value: ["", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "1.5"],
  previous: ["", "0", ".5", "5."],
};

/** Mostly one of the first two, which are sound. */
const cellOf = (cells: readonly string[], pick: Picks): string =>
  cells[pick.oneIn(6) ? pick.below(cells.length) : pick.below(2)] as string;

function table(pick: Picks): string {
  const columns = COLUMNS.filter(() => !pick.oneIn(6));
  const rows = Array.from({ length: pick.below(8) }, () =>
    columns.map((name) => cellOf(CELLS[name] as string[], pick)),
  );
  if (pick.oneIn(3))
    return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))));
  const mark = one([",", ";", "\t"], pick);
  const cell = (text: string): string => (text.includes(mark) || pick.oneIn(4) ? `"${text}"` : text);
  return [columns.join(mark), ...rows.map((row) => row.map(cell).join(mark))].join(pick.oneIn(2) ? "\n" : "\r\n");
}

export function calendarFiles(): Target {
  const seen = new Reached(["taken", "nothing", "repeated", ...CALENDAR_REFUSALS.map((why) => `refused: ${why}`)]);
  const play = (pick: Picks): void => {
    let text = table(pick);
    for (let n = pick.below(3); n > 0; n--)
      text = damagedText(text, [...JSON_PIECES, ";", "\t", "\r", "\ufeff", '""'], pick);
    const file = { written_ms: NOW, zone: zoneOf(one(["fixed", "ny-close", "eet"] as const, pick)) };
    const content = parseCalendar(text, file);
    if (typeof content === "string") {
      seen.see(`refused: ${content}`);
      return;
    }
    for (const event of content.events) CalendarItem.parse(event);
    holds(
      new Set(content.events.map(({ event_id }) => event_id)).size === content.events.length,
      "an event comes once",
    );
    holds(JSON.stringify(parseCalendar(text, file)) === JSON.stringify(content), "read again it says the same");
    seen.see(content.events.length > 0 ? "taken" : "nothing");
    if (content.repeated > 0) seen.see("repeated");
    for (const why of Object.keys(content.refused)) seen.see(`refused: ${why}`);
  };
  const unreachable = { "refused: too_many": "fifty thousand rows are not made here" };
  return { play, reached: () => seen.entries(), reachFrom: 20_000, unreachable };
}
