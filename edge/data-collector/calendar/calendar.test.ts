import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { zoneOf } from "#proto/broker-zone.ts";
import { CalendarItem } from "#proto/services/metatrader-connector.ts";
import { CALENDAR_REFUSALS } from "./event.ts";
import { parseCalendar } from "./file.ts";
import { parseTable } from "./table.ts";

const WRITTEN = Date.UTC(2026, 0, 9);
const FILE = { written_ms: WRITTEN, zone: zoneOf("ny-close") };
const parse = (text: string) => {
  const content = parseCalendar(text, FILE);
  assert.ok(typeof content === "object", String(content));
  return content;
};

test("calendar file: CSV with MQL5's names, broker time and millionths: read exactly", () => {
  const { events } = parse(
    "\ufeffid,event_id,time,revision,currency,importance,time_mode,name,actual_value,forecast_value,prev_value,revised_prev_value\r\n" +
      '162701,840030016,2026.01.09 15:30,1,USD,CALENDAR_IMPORTANCE_HIGH,0,"Payrolls, ""all""",-9223372036854775808,55000000,256000000,250000000\r\n',
  );
  assert.deepEqual(events, [
    {
      event_id: "162701",
      time_ms: Date.UTC(2026, 0, 9, 13, 30),
      currency: "USD",
      name: 'Payrolls, "all"',
      importance: 3,
      revision: 1,
      actual_micros: null,
      forecast_micros: "55000000",
      previous_micros: "250000000",
    },
  ]);
});

test("calendar file: JSON and plain names, times with a zone, tabs and semicolons: the same event", () => {
  const expected = parse(
    JSON.stringify([
      { time: "2026-01-09T13:30:00Z", currency: "usd", importance: 3, name: "CPI", forecast: 2.7, previous: "-0.1" },
    ]),
  );
  assert.deepEqual(
    [expected.events[0]?.time_ms, expected.events[0]?.forecast_micros, expected.events[0]?.previous_micros],
    [Date.UTC(2026, 0, 9, 13, 30), "2700000", "-100000"],
  );
  for (const mark of ["\t", ";", ","])
    assert.deepEqual(
      parse(
        [
          ["<TIME>", "Currency", "IMPORTANCE", "name", "forecast", "previous"],
          ["2026-01-09T14:30+01:00", "USD", "high", "CPI", "2.7", "-0.1"],
        ]
          .map((cells) => cells.join(mark))
          .join("\n"),
      ).events,
      expected.events,
    );
  // An event without an id that moves within its day is the same one.
  const moved = parse('{"events":[{"time":"2026-01-09T18:00:00Z","currency":"USD","importance":"3","name":"CPI"}]}');
  assert.equal(moved.events[0]?.event_id, expected.events[0]?.event_id);
});

test("calendar file: what lies or does not fit: refused with its reason, the rest taken whole", () => {
  const good = { time: "2026-01-09T13:30:00Z", currency: "USD", importance: "high", name: "CPI" };
  const cases: readonly (readonly [string, object])[] = [
    ["bad_time", { time: "tomorrow" }],
    ["bad_time", { time: "2026-02-30T10:00:00Z" }],
    ["bad_time", { time: "2031-01-01T00:00:00Z" }],
    ["bad_currency", { currency: "US" }],
    ["bad_importance", { importance: "very" }],
    ["bad_importance", { importance: 7 }],
    ["bad_importance", { importance: "constructor" }],
    ["bad_revision", { revision: "-1" }],
    ["bad_value", { forecast: "1,5" }],
    ["bad_value", { actual_value: "9223372036854775808" }],
    ["bad_value", { actual_value: 1e30 }],
    ["bad_id", { id: "18446744073709551616" }],
    ["bad_id", { id: 2 ** 60 }],
    ["no_name", { name: " \n " }],
    ["huge", { name: "x".repeat(201) }],
    ["untimed", { time_mode: "CALENDAR_TIMEMODE_DATE" }],
  ];
  for (const [why, part] of cases) {
    const { events, refused } = parse(JSON.stringify([good, { ...good, ...part }]));
    assert.deepEqual([events.length, refused], [1, { [why]: 1 }], JSON.stringify(part));
  }
  const twice = parse(
    JSON.stringify([
      { ...good, id: 5, revision: 2 },
      { ...good, id: 5, revision: 1, name: "older" },
    ]),
  );
  assert.deepEqual([twice.events.length, twice.events[0]?.name, twice.repeated], [1, "CPI", 1]);
});

test("calendar file: no table, a row too short or too long, no end of a quote: refused as a whole", () => {
  for (const text of [
    "",
    "x",
    "a,b\n1\n",
    "a,b\n1,2,3\n",
    'a,b\n"1,2\n',
    'a,b\n1,2"\n',
    "a,a\n1,2\n",
    "{}",
    "[1]",
    '{"events":3}',
    "[",
    `a,b\n${"x".repeat(3_000)},1\n`,
  ])
    assert.equal(parseTable(text), "malformed", text.slice(0, 40));
  assert.equal(parseTable(`a,b\n${"1,2\n".repeat(50_001)}`), "too_many");
  assert.deepEqual(parseTable("a,b\r\n\r\n1,2\r\n"), [{ a: "1", b: "2" }]);
});

test("calendar file: any text at all: events that the connector takes, or reasons of the list", () => {
  const soup = fc
    .array(
      fc.constantFrom(
        "time,currency,name,importance\n",
        "2026-01-09T13:30Z",
        ",",
        "USD",
        "high",
        "\n",
        '"',
        "\r",
        "\t",
        ";",
        "[",
        "{",
        "\u0000",
        "é",
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        soup,
        fc.jsonValue().map((v) => JSON.stringify([v])),
      ),
      (text) => {
        const content = parseCalendar(text, FILE);
        if (typeof content === "string") return assert.ok(CALENDAR_REFUSALS.includes(content));
        for (const event of content.events) CalendarItem.parse(event);
      },
    ),
    { numRuns: 1_000 },
  );
});
