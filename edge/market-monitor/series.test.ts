import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Latest, Recent } from "./recent.ts";
import { type BarRow, Bars, Ticks } from "./series.ts";

test("ticks: any reader that keeps up: gets each tick once, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }), (groups) => {
      const ticks = new Ticks();
      const seen: number[] = [];
      let n = 0;
      groups.forEach((count, i) => {
        for (let k = 0; k < count; k++) ticks.add(++n, 100 + n, 110 + n, i + 1);
        seen.push(...ticks.since(i).map(([ms]) => ms));
      });
      assert.deepEqual(
        seen,
        Array.from({ length: n }, (_, i) => i + 1),
      );
      assert.equal(ticks.count, n);
    }),
  );
});

test("ticks: a reader that was away: gets the newest, and no more than it asked for", () => {
  const ticks = new Ticks();
  for (let n = 1; n <= 50_000; n++) ticks.add(n, n, n + 1, n);
  const rows = ticks.since(0);
  assert.equal(rows.length, 200);
  assert.deepEqual(rows.at(-1), [50_000, 50_000, 50_001]);
  assert.equal(ticks.since(0, 100_000).length, 4096);
});

/** What bars of these ticks are, the slow way. */
function expected(ticks: readonly (readonly [number, number])[], length_s: number): BarRow[] {
  const byTime = Map.groupBy(ticks, ([ms]) => Math.floor(ms / 1000 / length_s) * length_s);
  return [...byTime].map(([time_s, group]) => {
    const bids = group.map(([, bid]) => bid);
    return [time_s, bids[0] ?? 0, Math.max(...bids), Math.min(...bids), bids.at(-1) ?? 0, bids.length];
  });
}

test("bars: of any ticks: what a plain grouping says; a reader that keeps up has the same", () => {
  const tick = fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(fc.array(tick, { maxLength: 200 }), (steps) => {
      const bars = new Bars(60);
      const seen = new Map<number, BarRow>();
      let ms = 0;
      const ticks = steps.map(([dt, bid]) => {
        ms += dt;
        return [ms, bid] as const;
      });
      ticks.forEach(([at, bid], i) => {
        bars.onTick(at, bid, i + 1);
        if (i % 3 === 0) for (const row of bars.since(Math.max(0, i - 2))) seen.set(row[0], row);
      });
      for (const row of bars.since(Math.max(0, ticks.length - 3))) seen.set(row[0], row);
      assert.deepEqual(bars.all(), expected(ticks, 60));
      assert.deepEqual([...seen.values()], bars.all());
    }),
  );
});

test("bars: a closed bar: replaces what the ticks made; an older one finds its place; all are bounded", () => {
  const bars = new Bars(60);
  bars.onTick(120_000, 5, 1);
  bars.onBar([120, 1, 9, 1, 5, 70], 2);
  bars.onBar([0, 1, 2, 1, 2, 3], 3);
  bars.onBar([60, 2, 2, 2, 2, 1], 4);
  assert.deepEqual(
    bars.all().map(([time]) => time),
    [0, 60, 120],
  );
  assert.deepEqual(bars.all()[2], [120, 1, 9, 1, 5, 70]);
  for (let i = 3; i < 5_000; i++) bars.onBar([i * 60, 1, 1, 1, 1, 1], i);
  assert.ok(bars.all().length <= 1_200);
  assert.equal(bars.all().at(-1)?.[0], 4_999 * 60);
});

test("recent: any changes: bounded, the newest kept, since tells exactly what changed", () => {
  const change = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 100 }), fc.integer({ min: 0, max: 100 }), (changes, since) => {
      const recent = new Recent<[number, number]>(8);
      const last = new Map<number, number>();
      for (const [i, [key, value]] of changes.entries()) {
        recent.set(String(key), [key, value], i + 1);
        last.delete(key);
        last.set(key, i + 1);
      }
      const kept = [...last].slice(-8);
      assert.deepEqual(
        recent.since(since).map(([key]) => key),
        kept.filter(([, version]) => version > since).map(([key]) => key),
      );
      assert.equal(recent.size, kept.length);
    }),
  );
});

test("latest: the same value again: is no change", () => {
  const latest = new Latest({ a: 1, b: "x" });
  latest.change({ a: 1 }, 5);
  assert.equal(latest.version, 0);
  latest.change({ a: 2 }, 6);
  assert.deepEqual([latest.version, latest.value], [6, { a: 2, b: "x" }]);
});
