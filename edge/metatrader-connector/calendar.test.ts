import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as m from "#proto/generated/mtx1.ts";
import type { CalendarEvent } from "#proto/generated/records.ts";
import type { FrameCodec } from "#proto/mtx1/frame.ts";
import { BrokerTime } from "./broker-time.ts";
import { Calendar, type CalendarEntry, type Due } from "./calendar.ts";
import { EaCalendar } from "./ea-calendar.ts";
import { CalendarTold } from "./told.ts";

const NOW = Date.UTC(2026, 0, 9, 12);
const HOUR = 3_600_000;
const SETTINGS = { beforeMs: 300_000, afterMs: 600_000, importance: 3 };
const CURRENCIES = new Set(["EUR", "USD"]);
const FILE = { source: "calendar.csv", sha256: new Uint8Array(32).fill(7) };
const TERMINAL = { source: "terminal", sha256: new Uint8Array(32) };
const ABSENT = -(2n ** 63n);

const entry = (
  id: number,
  inMs: number,
  o: Partial<CalendarEvent> & { revision?: number; origin?: typeof FILE } = {},
): CalendarEntry => {
  const { revision = 0, origin = FILE, ...event } = o;
  return {
    event: {
      event_id: BigInt(id),
      time_ms: BigInt(NOW + inMs),
      currency: "USD",
      name: `event ${id}`,
      actual_micros: ABSENT,
      forecast_micros: ABSENT,
      previous_micros: ABSENT,
      importance: 3,
      ...event,
    },
    revision,
    origin,
  };
};

/** A calendar and what its records, once journaled, say was told. */
function desk(): { calendar: Calendar; told: CalendarTold; due: (nowMs?: number) => Due } {
  const calendar = new Calendar(SETTINGS);
  const told = new CalendarTold();
  const due = (nowMs = NOW): Due => {
    const found = calendar.due({ nowMs, told, currencies: CURRENCIES });
    for (const { event } of found.events) told.onEvent(event);
    for (const { window } of found.windows) told.onWindow(window);
    return found;
  };
  return { calendar, told, due };
}
const ids = (due: Due) => [due.events.map(({ event }) => event.event_id), due.windows.map((w) => w.window.event_id)];

test("calendar: near, of our currencies, important: told once, with its window; the rest when it comes near", () => {
  const { calendar, due } = desk();
  calendar.offer(
    [
      entry(1, HOUR),
      entry(2, 2 * HOUR, { importance: 2, currency: "EUR" }),
      entry(3, 3 * HOUR, { importance: 1 }),
      entry(4, 3 * HOUR, { currency: "JPY" }),
      entry(5, 30 * HOUR),
      entry(6, -5 * HOUR),
    ],
    NOW,
  );
  const first = due();
  assert.deepEqual(ids(first), [[1n, 2n], [1n]]);
  assert.deepEqual(first.windows[0]?.window, {
    event_id: 1n,
    from_ms: BigInt(NOW + HOUR - 300_000),
    to_ms: BigInt(NOW + HOUR + 600_000),
    currency: "USD",
  });
  assert.deepEqual(ids(due()), [[], []]);
  assert.deepEqual(ids(due(NOW + 7 * HOUR)), [[5n], [5n]]);
});

test("calendar: revised: moved with its window; less important: its window is taken back; the same again: nothing", () => {
  const { calendar, due } = desk();
  calendar.offer([entry(1, HOUR)], NOW);
  due();
  assert.deepEqual(calendar.offer([entry(1, HOUR, { revision: 4 })], NOW), { taken: 0, known: 1, dropped: 0 });
  // Beyond what is near: the core must not keep the old time.
  calendar.offer([entry(1, 50 * HOUR, { revision: 1 })], NOW);
  const moved = due();
  assert.deepEqual(
    [moved.events[0]?.event.time_ms, moved.windows[0]?.window.from_ms],
    [BigInt(NOW + 50 * HOUR), BigInt(NOW + 50 * HOUR - 300_000)],
  );
  calendar.offer([entry(1, 50 * HOUR, { revision: 2, importance: 1 })], NOW);
  const lower = due();
  assert.equal(lower.events[0]?.event.importance, 1);
  assert.equal(lower.windows[0]?.window.from_ms, lower.windows[0]?.window.to_ms);
  assert.deepEqual(ids(due()), [[], []]);
});

test("calendar: an older revision, or a file against the terminal: changes nothing", () => {
  const { calendar, due } = desk();
  calendar.offer([entry(1, HOUR, { revision: 3 })], NOW);
  calendar.offer([entry(1, 2 * HOUR, { revision: 2 })], NOW);
  assert.equal(due().events[0]?.event.time_ms, BigInt(NOW + HOUR));
  calendar.offer([entry(1, 3 * HOUR, { revision: 3, origin: TERMINAL })], NOW);
  calendar.offer([entry(1, 4 * HOUR, { revision: 9 })], NOW);
  assert.equal(due().events[0]?.event.time_ms, BigInt(NOW + 3 * HOUR));
  assert.equal(calendar.counts.outdated, 2);
});

test("calendar: a flood: never more near the core than it has room for, never more an hour than allowed, nearest first", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: -6 * HOUR, max: 60 * HOUR })), {
        maxLength: 400,
      }),
      fc.array(fc.integer({ min: 0, max: 5 * HOUR }), { maxLength: 12 }),
      (events, steps) => {
        const { calendar, told, due } = desk();
        calendar.offer(
          events.map(([id, inMs], i) => entry(id, inMs, { revision: i })),
          NOW,
        );
        let now = NOW;
        for (const step of [0, ...steps]) {
          now += step;
          due(now);
          const near = [...told.events.values()].filter(
            ({ time_ms }) => Number(time_ms) >= now - 4 * HOUR && Number(time_ms) <= now + 24 * HOUR,
          );
          const open = [...told.windows.values()].filter(({ to_ms }) => Number(to_ms) > now);
          assert.ok(near.length <= 48 && open.length <= 24 + steps.length, `${near.length} and ${open.length}`);
        }
      },
    ),
    { numRuns: 60 },
  );
  const { calendar, due } = desk();
  for (let round = 0; round < 40; round++) {
    calendar.offer(
      Array.from({ length: 40 }, (_, i) => entry(i + 1, HOUR, { revision: round, forecast_micros: BigInt(round) })),
      NOW,
    );
    due();
  }
  assert.ok(calendar.counts.rate_limited > 0);
  calendar.offer(
    Array.from({ length: 9_000 }, (_, i) => entry(i + 1_000, 90 * HOUR)),
    NOW,
  );
  assert.ok(calendar.size <= 8_192 && calendar.counts.dropped > 0);
});

test("calendar: told, kept and read again: the same", () => {
  const { calendar, told, due } = desk();
  calendar.offer([entry(1, HOUR), entry(2, 2 * HOUR)], NOW);
  due();
  const again = new CalendarTold(told.toJSON());
  assert.deepEqual(calendar.due({ nowMs: NOW, told: again, currencies: CURRENCIES }), { events: [], windows: [] });
});

const frame = <T>(codec: FrameCodec<T>, value: T) => {
  const payload = new Uint8Array(codec.lengthOf(value));
  codec.write(new DataView(payload.buffer), 0, value);
  return { type: codec.type, flags: 0, seq: 1, ack: 0, payload, authenticated: false };
};
const KIND = {
  type: 1,
  sector: 0,
  frequency: 0,
  time_mode: 0,
  event_id: 840n,
  country_id: 840n,
  unit: 0,
  importance: 3,
  multiplier: 0,
  digits: 1,
  currency: "USD",
  country: "US",
  name: "Nonfarm Payrolls",
  event_code: "nonfarm-payrolls",
  url: "",
};
const VALUE = {
  value_id: 11n,
  event_id: 840n,
  time_s: BigInt(NOW / 1000 + 10_800),
  period_s: 0n,
  revision: 2,
  impact: 0,
  actual: ABSENT,
  previous: 1n,
  revised_previous: 2n,
  forecast: 3n,
  change_id: 0n,
};

test("ea calendar: asked once live, anew after an hour and when the broker's clock moves; shown times become UTC", () => {
  const time = new BrokerTime("ny-close");
  const read = (offsetS: number) =>
    time.onReading({ tradeServerS: NOW / 1000 + offsetS, gmtS: NOW / 1000, utcS: NOW / 1000 });
  read(10_800);
  const calendar = new EaCalendar(time);
  const ask = (ms: number) => calendar.tick({ ms, utcMs: NOW + ms });
  assert.equal(ask(0).length, 1);
  assert.deepEqual([ask(1).length, ask(HOUR - 1).length, ask(HOUR).length], [0, 0, 1]);
  read(7_200);
  read(7_200);
  assert.equal(ask(HOUR + 1).length, 1);
  read(10_800);
  read(10_800);
  assert.deepEqual(calendar.onFrame(frame(m.CalEvents, { count: 1, rows: [KIND] } as never)), []);
  const [told] = calendar.onFrame(frame(m.CalValues, { rows: [VALUE] } as never)) ?? [];
  assert.deepEqual(
    [told?.event.time_ms, told?.event.currency, told?.event.importance, told?.event.previous_micros, told?.revision],
    [BigInt(NOW), "USD", 3, 2n, 2],
  );
});

test("ea calendar: kinds that nobody told, all-day events, times that are none: left out and counted", () => {
  const calendar = new EaCalendar(new BrokerTime());
  calendar.onFrame(
    frame(m.CalEvents, {
      rows: [
        { ...KIND, time_mode: 1 },
        { ...KIND, event_id: 2n },
      ],
    } as never),
  );
  const rows = [VALUE, { ...VALUE, event_id: 9n }, { ...VALUE, event_id: 2n, time_s: -5n }];
  assert.deepEqual(calendar.onFrame(frame(m.CalValues, { rows } as never)), []);
  assert.deepEqual(calendar.counts, { rows: 3, untimed: 1, unknown_kind: 1, refused: 1 });
});

test("broker time: a rule: rows of the other season carry its offset, on both sides of a change while connected", () => {
  const at = (iso: string) => Date.parse(iso);
  const time = new BrokerTime("ny-close");
  const read = (iso: string, offsetS: number) =>
    time.onReading({ tradeServerS: at(iso) / 1000 + offsetS, gmtS: at(iso) / 1000, utcS: at(iso) / 1000 });
  read("2026-03-06T21:00:00Z", 7_200);
  const friday = at("2026-03-06T21:30:00Z");
  const monday = at("2026-03-09T08:00:00Z");
  assert.deepEqual([time.utcMs(friday + 7_200_000), time.utcMs(monday + 10_800_000)], [friday, monday]);
  read("2026-03-09T08:00:00Z", 10_800);
  read("2026-03-09T08:01:00Z", 10_800);
  assert.deepEqual([time.utcMs(friday + 7_200_000), time.utcMs(monday + 10_800_000)], [friday, monday]);
  assert.deepEqual([time.brokerMs(friday), time.brokerMs(monday)], [friday + 7_200_000, monday + 10_800_000]);
  const fixed = new BrokerTime();
  fixed.onReading({ tradeServerS: monday / 1000 + 10_800, gmtS: monday / 1000, utcS: monday / 1000 });
  assert.equal(fixed.utcMs(friday), friday - 10_800_000);
});
