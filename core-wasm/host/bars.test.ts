import assert from "node:assert/strict";
import { test } from "node:test";
import { MONDAY_MS, only, Script } from "./script.fixture.ts";

const MINUTE = 60_000;

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
  const [bar] = only(s.nextMinute({ bid: 500 }), "bar");
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
  });
});

test("bars: the tick on the boundary belongs to the new bar, the millisecond before to the old", async () => {
  const s = await Script.empty();
  s.ms = MONDAY_MS + MINUTE - 1;
  assert.deepEqual(s.tick({ bid: 100 }), []);
  s.ms++;
  assert.equal(only(s.tick({ bid: 200 }), "bar")[0]?.payload.close_points, 100n);
});

test("bars: a full hour: M1 first, then H1 with all its ticks", async () => {
  const s = await Script.empty();
  for (let minute = 0; minute < 60; minute++) s.nextMinute({ bid: 100 + minute });
  const bars = only(s.nextMinute({ bid: 99 }), "bar");
  assert.deepEqual(
    bars.map((b) => [b.payload.timeframe_s, b.payload.tick_count, b.payload.high_points]),
    [[60, 1, 159n]],
  );
  s.ms = MONDAY_MS + 2 * 3_600_000 - 1000;
  s.tick({ bid: 98 });
  const hour = only(s.nextMinute({ bid: 97 }), "bar");
  assert.deepEqual(
    hour.map((b) => [b.payload.timeframe_s, b.payload.open_time_ms]),
    [
      [60, BigInt(MONDAY_MS + 2 * 3_600_000 - MINUTE)],
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
    closed.push(...only(answers, "bar").map((b) => b.payload.tick_count));
  }
  assert.deepEqual(closed, [6, 6]);
  assert.equal(only(s.timer(1_000), "bar").length, 1);
});

test("bars: a tick of a closed bar: its quote counts, no bar takes it", async () => {
  const s = await Script.empty();
  s.tick({ bid: 100 });
  s.timer(MINUTE + 1000);
  assert.deepEqual(s.tick({ bid: 300, skewMs: -2_000 }), []);
  const next = only(s.nextMinute({ bid: 101 }), "bar");
  assert.deepEqual(next, []);
});

test("bars: history over an open bar: replaces it; older history changes nothing", async () => {
  const s = await Script.ready();
  s.tick({ bid: 138_700 });
  s.bar({ open_time_ms: BigInt(MONDAY_MS), score: 1 });
  assert.deepEqual(only(s.nextMinute(), "bar"), []);
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
  const [bar] = only(s.nextMinute({ bid: 7 }), "bar");
  assert.deepEqual([bar?.payload.high_points, bar?.payload.tick_count], [100n, 2]);
  s.ms += 10;
  assert.equal(only(s.tick({ bid: 0 }), "alert")[0]?.payload.value, 6n);
});
