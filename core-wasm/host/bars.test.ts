import assert from "node:assert/strict";
import { test } from "node:test";
import { BAR_BASIS } from "#proto/records.ts";
import { type Answer, MONDAY_MS, only, Script } from "./script.fixture.ts";

const MINUTE = 60_000;
const timed = (answers: readonly Answer[]): Answer[] =>
  only(answers, "bar").filter(({ payload }) => payload.basis === BAR_BASIS.time);
const minutes = (answers: readonly Answer[]): Answer[] =>
  timed(answers).filter(({ payload }) => payload.timeframe_s === 60);
/** What the last minute of an hour of rising bids closes, its first one empty: length, ticks, open, high. */
const FULL = [
  [60, 1, 159n, 159n],
  [300, 5, 155n, 159n],
  [900, 15, 145n, 159n],
  [3600, 59, 101n, 159n],
];

test("bars: ticks of a minute: open, high, low, close of the bids, spreads summed, at the next minute's tick", async () => {
  const s = await Script.empty();
  for (const [bid, spread] of [
    [100, 3],
    [120, 4],
    [90, 5],
    [110, 6],
  ] as const) {
    assert.deepEqual(s.tick({ bid, spread }), []);
    s.ms += 1_000;
  }
  const [bar] = minutes(s.nextMinute({ bid: 500 }));
  assert.deepEqual(bar?.payload, {
    cause_seq: 6n,
    open_time_ms: BigInt(MONDAY_MS),
    open_points: 100n,
    high_points: 120n,
    low_points: 90n,
    close_points: 110n,
    spread_sum_points: 18n,
    timeframe_s: 60,
    tick_count: 4,
    basis: BAR_BASIS.time,
  });
});

test("bars: the tick on the boundary belongs to the new bar, the millisecond before to the old", async () => {
  const s = await Script.empty();
  s.ms = MONDAY_MS + MINUTE - 1;
  assert.deepEqual(s.tick({ bid: 100 }), []);
  s.ms++;
  assert.equal(only(s.tick({ bid: 200 }), "bar")[0]?.payload.close_points, 100n);
});

test("bars: a full hour: the smaller first, H1 with all its ticks", async () => {
  const s = await Script.empty();
  for (let minute = 1; minute < 60; minute++) s.nextMinute({ bid: 100 + minute });
  const bars = timed(s.nextMinute({ bid: 99 }));
  assert.deepEqual(
    bars.map((b) => [b.payload.timeframe_s, b.payload.tick_count, b.payload.open_points, b.payload.high_points]),
    FULL,
  );
  s.ms = MONDAY_MS + 2 * 3_600_000 - 1000;
  s.tick({ bid: 98 });
  const hour = timed(s.nextMinute({ bid: 97 }));
  assert.deepEqual(
    hour.map((b) => [b.payload.timeframe_s, b.payload.open_time_ms]),
    [
      [60, BigInt(MONDAY_MS + 2 * 3_600_000 - MINUTE)],
      [300, BigInt(MONDAY_MS + 2 * 3_600_000 - 5 * MINUTE)],
      [900, BigInt(MONDAY_MS + 2 * 3_600_000 - 15 * MINUTE)],
      [3600, BigInt(MONDAY_MS + 3_600_000)],
    ],
  );
});

test("bars: a quiet market: closed by the timer one second after the end, not before", async () => {
  const s = await Script.empty();
  s.tick({ bid: 100 });
  assert.deepEqual(s.timer(MINUTE + 999), []);
  const [bar] = s.timer(1);
  assert.equal(bar?.kind, "bar");
  assert.equal(bar?.time_ns, BigInt(MONDAY_MS + MINUTE + 1000) * 1_000_000n);
  assert.deepEqual(s.timer(MINUTE), []);
});

test("bars: another symbol's tick a second after the end closes the bar as a timer would", async () => {
  const s = await Script.empty();
  s.tick({ bid: 100, symbol: 2 });
  s.ms += MINUTE + 999;
  assert.deepEqual(s.tick({ symbol: 1 }), []);
  s.ms += 1;
  const [bar] = s.tick({ symbol: 1 });
  assert.deepEqual([bar?.kind, bar?.symbol], ["bar", 2]);
});

test("bars: a backlog after a reconnect: fills its own bars although the clock is far ahead", async () => {
  const s = await Script.empty();
  s.ms += 30 * MINUTE;
  const closed: number[] = [];
  for (let second = 0; second < 180; second += 10) {
    s.ms += 5;
    const answers = s.tick({ bid: 100 + second, skewMs: MONDAY_MS - s.ms + second * 1000 });
    closed.push(...minutes(answers).map((b) => b.payload.tick_count));
  }
  assert.deepEqual(closed, [6, 6]);
  assert.equal(minutes(s.timer(1_000)).length, 1);
});

test("bars: a tick of a closed bar: its quote counts, no bar of time takes it", async () => {
  const s = await Script.empty();
  s.tick({ bid: 100 });
  s.timer(MINUTE + 1000);
  assert.deepEqual(timed(s.tick({ bid: 300, skewMs: -2_000 })), []);
  assert.deepEqual(timed(s.nextMinute({ bid: 101 })), []);
});

test("bars: history over an open bar: replaces it; older history changes nothing", async () => {
  const s = await Script.ready();
  s.tick({ bid: 138_700 });
  s.bar({ open_time_ms: BigInt(MONDAY_MS), score: 1 });
  assert.deepEqual(minutes(s.nextMinute()), []);
  assert.deepEqual(s.bar({ open_time_ms: BigInt(MONDAY_MS), score: 1 }), []);
});

test("bars: bad quotes: crossed, without a price, back in time, far ahead: counted, alerted once a minute, unused", async () => {
  const s = await Script.empty();
  s.tick({ bid: 100 });
  s.ms += 10;
  const [alert] = s.tick({ bid: 5000, spread: -1 });
  assert.deepEqual([alert?.kind, alert?.payload.code, alert?.payload.value], ["alert", 4, 1n]);
  for (const bad of [{ bid: 0 }, { bid: -5 }, { bid: 100, skewMs: -11 }, { bid: 100, skewMs: 86_400_001 }])
    assert.deepEqual(s.tick(bad), []);
  assert.equal(s.core.status().bad_ticks, 5);
  s.ms = MONDAY_MS + MINUTE - 1;
  s.tick({ bid: 100, spread: 0 });
  const [bar] = minutes(s.nextMinute({ bid: 7 }));
  assert.deepEqual([bar?.payload.high_points, bar?.payload.tick_count], [100n, 2]);
  s.ms += 10;
  assert.equal(only(s.tick({ bid: 0 }), "alert")[0]?.payload.value, 6n);
});

test("bars: a spike: unused and said, unless the next tick confirms it", async () => {
  const s = await Script.empty();
  const bid = 138_600;
  const far = bid + bid / 50 + 1;
  s.tick({ bid });
  s.tick({ bid: far - 1 });
  assert.equal(s.core.status().bad_ticks, 0, "a fiftieth is no spike");
  s.tick({ bid });
  const [alert] = s.tick({ bid: far });
  assert.deepEqual([alert?.payload.code, s.core.status().bad_ticks], [4, 1]);
  s.tick({ bid });
  s.tick({ bid: far });
  s.tick({ bid: far * 2 });
  assert.equal(s.core.status().bad_ticks, 3, "two spikes that differ do not confirm each other");
  s.tick({ bid: far * 2 + 5 });
  assert.equal(s.core.status().bad_ticks, 3, "two that agree do");
  const [bar] = minutes(s.nextMinute({ bid: far * 2 }));
  assert.deepEqual(
    [bar?.payload.high_points, bar?.payload.low_points, bar?.payload.tick_count],
    [BigInt(far * 2 + 5), BigInt(bid), 5],
  );
});

test("bars: a day: each kind as often as it fits", async () => {
  const s = await Script.empty();
  const closed: Answer[] = [];
  for (let i = 0; i <= 24 * 60; i++) closed.push(...timed(s.nextMinute({ bid: 1_000 + ((i * 37) % 101) })));
  const of = (timeframe_s: number) => closed.filter(({ payload }) => payload.timeframe_s === timeframe_s);
  assert.deepEqual(
    [60, 300, 900, 3600, 14_400, 86_400].map((seconds) => of(seconds).length),
    [1440, 288, 96, 24, 6, 1],
  );
});

test("bars: by number of ticks: 256 a bar, the last one's tick included, whatever the time", async () => {
  const s = await Script.empty();
  const closed: Answer[] = [];
  for (let i = 0; i < 600; i++) {
    s.ms += 700;
    closed.push(...only(s.tick({ bid: 1_000 + i }), "bar").filter(({ payload }) => payload.basis === BAR_BASIS.ticks));
  }
  assert.deepEqual(
    closed.map(({ payload: p }) => [p.timeframe_s, p.tick_count, p.open_points, p.close_points]),
    [
      [0, 256, 1_000n, 1_255n],
      [0, 256, 1_256n, 1_511n],
    ],
  );
});

test("bars: by range: closed by the tick that makes it 16 mean spreads", async () => {
  const s = await Script.empty();
  const closed: Answer[] = [];
  for (let i = 0; i < 100; i++) {
    s.ms += 100;
    closed.push(
      ...only(s.tick({ bid: 1_000 + i, spread: 2 }), "bar").filter(({ payload }) => payload.basis === BAR_BASIS.range),
    );
  }
  assert.deepEqual(
    closed.map(({ payload: p }) => [p.tick_count, p.low_points, p.high_points]),
    [
      [33, 1_000n, 1_032n],
      [33, 1_033n, 1_065n],
      [33, 1_066n, 1_098n],
    ],
  );
});
