import assert from "node:assert/strict";
import { test } from "node:test";
import type { BarRow } from "#proto/mt5-files.ts";
import { HEAD_KIND } from "./artefact.ts";
import { buildRows } from "./dataset.ts";

const MINUTE = 60_000;
const bar = (minute: number, close: number, range: number): BarRow => ({
  time_ms: minute * MINUTE,
  open_points: close,
  high_points: close + range,
  low_points: close,
  close_points: close,
  tick_volume: 0,
  spread_points: 0,
});
const bars = [bar(0, 100, 5), bar(1, 101, 1), bar(2, 101, 4), bar(3, 99, 3), bar(9, 100, 9), bar(10, 105, 2)];
const series = { symbol: "A", bars, features: bars.map((_, i) => (i === 0 ? undefined : [i])) };
const options = { timeframe_s: 60, median_bars: 3 };

test("dataset: direction: one when the next close is higher, no row across a gap or before warm-up", () => {
  const rows = buildRows([series], { ...options, kind: HEAD_KIND.direction });
  assert.deepEqual([...rows.x], [1, 2, 4]);
  assert.deepEqual([...rows.y], [0, 0, 1]);
  assert.deepEqual([...rows.known_ms], [2 * MINUTE, 3 * MINUTE, 10 * MINUTE]);
  assert.deepEqual([...rows.label_ms], [3 * MINUTE, 4 * MINUTE, 11 * MINUTE]);
});

test("dataset: high volatility: the next range against the median of the last ones", () => {
  const rows = buildRows([series], { ...options, kind: HEAD_KIND.high_volatility });
  assert.deepEqual([...rows.x], [2, 4]);
  assert.deepEqual([...rows.y], [0, 0]); // 3 against the median of 5, 1, 4; 2 against that of 4, 3, 9
  const even = buildRows([series], { ...options, median_bars: 2, kind: HEAD_KIND.high_volatility });
  assert.deepEqual([...even.x], [1, 2, 4]);
  assert.deepEqual([...even.y], [1, 1, 0]); // 4 against 3, 3 against 2.5, 2 against 6
});

test("dataset: two symbols: one line of time", () => {
  const rows = buildRows([series, { ...series, symbol: "B" }], { ...options, kind: HEAD_KIND.direction });
  assert.deepEqual([...rows.x], [1, 1, 2, 2, 4, 4]);
});
