import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MarketGenerator } from "./market.ts";
import { isOpen, nextOpen, openTimeBefore } from "./sessions.ts";
import { KNOWN_SYMBOLS, specFor } from "./specs.ts";
import type { MarketTick } from "./tick.ts";

/** Wednesday 5 March 2025 08:00 UTC. */
const START = Date.UTC(2025, 2, 5, 8);

function take(symbol: string, seed: number, count: number, startMs = START): MarketTick[] {
  const market = new MarketGenerator({ spec: specFor(symbol), seed, startMs, weekends: true });
  return Array.from({ length: count }, () => market.next());
}

test("market: same seed: same ticks, another seed: others", () => {
  for (const symbol of KNOWN_SYMBOLS) {
    assert.deepEqual(take(symbol, 7, 500), take(symbol, 7, 500));
    assert.notDeepEqual(take(symbol, 7, 500), take(symbol, 8, 500));
  }
});

test("market: any seed, symbol and start: never crossed, never back in time, never a quote without a change", () => {
  const cases = fc.record({
    seed: fc.nat(),
    symbol: fc.constantFrom(...KNOWN_SYMBOLS),
    start: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) }),
  });
  fc.assert(
    fc.property(cases, ({ seed, symbol, start }) => {
      let before: MarketTick | undefined;
      for (const tick of take(symbol, seed, 300, start)) {
        assert.ok(tick.bid > 0 && tick.ask > tick.bid, "spread above zero");
        assert.ok(Number.isSafeInteger(tick.bid) && Number.isSafeInteger(tick.ask));
        assert.ok(tick.time_ms >= (before?.time_ms ?? start) && isOpen(tick.time_ms), "open and in order");
        if (before) assert.equal(tick.flags, (tick.bid === before.bid ? 0 : 2) | (tick.ask === before.ask ? 0 : 4));
        before = tick;
      }
    }),
    { numRuns: 60 },
  );
});

test("market: a day of ticks: range, spread and pace are those of its symbol", () => {
  const ticks = take("EURUSD", 3, 60_000);
  const bids = ticks.map(({ bid }) => bid);
  const range = (Math.max(...bids) - Math.min(...bids)) / 108_500;
  assert.ok(range > 0.0005 && range < 0.05, `range ${range}`);
  const meanSpread = ticks.reduce((sum, { bid, ask }) => sum + ask - bid, 0) / ticks.length;
  assert.ok(meanSpread > 5 && meanSpread < 60, `spread ${meanSpread}`);
  const hours = (ticks[59_999]!.time_ms - START) / 3_600_000;
  assert.ok(hours > 4 && hours < 60, `hours ${hours}`);
});

test("market: friday evening: nothing until sunday 22:00", () => {
  const friday = Date.UTC(2025, 2, 7, 21, 59);
  const ticks = take("EURUSD", 1, 400, friday);
  assert.ok(ticks.every(({ time_ms }) => isOpen(time_ms)));
  assert.ok(ticks.at(-1)!.time_ms > Date.UTC(2025, 2, 9, 22));
  assert.equal(nextOpen(Date.UTC(2025, 2, 8, 3)), Date.UTC(2025, 2, 9, 22));
});

test("market: history: the wanted closed bars, joined to one another and to the first tick", () => {
  for (const startMs of [START + 1234, Date.UTC(2025, 2, 10, 1, 30)]) {
    const spec = specFor("XAUUSD");
    const market = new MarketGenerator({
      spec,
      seed: 5,
      startMs,
      weekends: true,
      history: { minutes: 300, hours: 300 },
    });
    for (const [bars, length] of [
      [market.history.minutes, 60_000],
      [market.history.hours, 3_600_000],
    ] as const) {
      assert.equal(bars.length, 300);
      for (const [i, bar] of bars.entries()) {
        assert.equal(bar.open_time_ms % length, 0);
        assert.ok(bar.low <= Math.min(bar.open, bar.close) && bar.high >= Math.max(bar.open, bar.close));
        if (i > 0) assert.ok(bar.open_time_ms > bars[i - 1]!.open_time_ms);
      }
      assert.ok(bars.at(-1)!.open_time_ms + length <= startMs);
    }
    const first = market.next();
    assert.ok(Math.abs(first.bid / market.history.minutes.at(-1)!.close - 1) < 0.01);
  }
});

test("sessions: time before: skips the weekend", () => {
  const monday = Date.UTC(2025, 2, 10, 0);
  assert.equal(openTimeBefore(monday, 2 * 3_600_000), Date.UTC(2025, 2, 9, 22));
  assert.equal(openTimeBefore(monday, 3 * 3_600_000), Date.UTC(2025, 2, 7, 21));
});
