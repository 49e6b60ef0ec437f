// The features against their definitions, written out once more over whole arrays, and against numbers worked by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FEATURES } from "#proto/features.ts";
import { MODEL_FEATURES } from "../models/features.ts";
import { MONDAY_MS, only, Script } from "./script.fixture.ts";

interface PlainBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const MINUTE = 60_000;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The k-th average begins as a plain mean of the first `period` values and then moves by `by`. */
function smoothed(values: readonly number[], period: number, by: number): number | undefined {
  if (values.length < period) return undefined;
  return values.slice(period).reduce((state, v) => state + (v - state) * by, mean(values.slice(0, period)));
}
const wilder = (values: readonly number[], n: number): number | undefined => smoothed(values, n, 1 / n);
const ema = (values: readonly number[], n: number): number | undefined => smoothed(values, n, 2 / (n + 1));

function macdHistogram(closes: readonly number[]): number | undefined {
  const macd: number[] = [];
  for (let n = 26; n <= closes.length; n++) {
    // The fast average begins so late that its first value, a plain mean, is at bar 26 too.
    macd.push((ema(closes.slice(14, n), 12) as number) - (ema(closes.slice(0, n), 26) as number));
  }
  const signal = ema(macd, 9);
  return signal === undefined ? undefined : (macd.at(-1) as number) - signal;
}

/** All features after the last bar, by their definitions. */
function byDefinition(bars: readonly PlainBar[], openMs: number): number[] {
  const closes = bars.map((b) => b.close);
  const close = closes.at(-1) as number;
  const changes = closes.slice(1).map((c, i) => c - (closes[i] as number));
  const ranges = bars.slice(1).map((b, i) => {
    const previous = closes[i] as number;
    return Math.max(b.high - b.low, Math.abs(b.high - previous), Math.abs(b.low - previous));
  });
  const back = (k: number): number => (closes.length > k ? Math.log(close / (closes.at(-1 - k) as number)) : 0);
  const gain =
    wilder(
      changes.map((c) => Math.max(c, 0)),
      14,
    ) ?? 0;
  const loss =
    wilder(
      changes.map((c) => Math.max(-c, 0)),
      14,
    ) ?? 0;
  const rsi = gain + loss > 0 ? 100 - 100 / (1 + gain / loss) : 50;
  const atr = wilder(ranges, 14) ?? 0;
  const long = wilder(ranges, 50);
  const last20 = closes.slice(-20);
  const deviation = Math.sqrt(mean(last20.map((c) => (c - mean(last20)) ** 2)));
  const returns = changes.map((_, i) => Math.log((closes[i + 1] as number) / (closes[i] as number))).slice(-20);
  const realised = Math.sqrt(mean(returns.map((v) => v * v)));
  const histogram = macdHistogram(closes);
  const bar = bars.at(-1) as PlainBar;
  const angle = (2 * Math.PI * (openMs % 86_400_000)) / 86_400_000;
  return [
    back(1),
    back(5),
    back(20),
    (rsi - 50) / 50,
    atr > 0 && histogram !== undefined ? histogram / atr : 0,
    atr / close,
    atr > 0 && long ? Math.log(atr / long) : 0,
    closes.length >= 20 && deviation > 0 ? (close - mean(last20)) / deviation : 0,
    atr > 0 && closes.length > 20 ? realised / (atr / close) : 0,
    atr > 0 ? (bar.high - bar.low) / atr : 0,
    Math.sin(angle),
    Math.cos(angle),
  ];
}

/** Sends the bars as history that asks to be scored; returns each prediction. */
async function predictions(bars: readonly PlainBar[], timeframe_s = 60) {
  const s = await Script.empty();
  s.opinion(0.5);
  return bars.map((b, i) => {
    const [answer] = s.bar({
      open_time_ms: BigInt(MONDAY_MS + i * MINUTE),
      open_points: BigInt(b.close),
      high_points: BigInt(b.high),
      low_points: BigInt(b.low),
      close_points: BigInt(b.close),
      timeframe_s,
      score: 1,
    });
    return answer?.payload;
  });
}

const valuesOf = (prediction: { features: { value: number }[] }): number[] => prediction.features.map((f) => f.value);

function assertClose(actual: readonly number[], expected: readonly number[], where: string): void {
  for (const [i, name] of MODEL_FEATURES.entries()) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    assert.ok(Math.abs(a - e) <= 1e-9 * Math.max(1, Math.abs(e)), `${where}: ${name} is ${a}, its definition ${e}`);
  }
}

const walk = fc
  .array(fc.record({ move: fc.integer({ min: -40, max: 40 }), up: fc.nat(30), down: fc.nat(30) }), {
    minLength: 60,
    maxLength: 130,
  })
  .map((steps) => {
    let close = 138_600;
    return steps.map(({ move, up, down }): PlainBar => {
      close += move;
      return { high: close + up, low: close - down, close };
    });
  });

test("features: random bars: every feature at every bar is its definition", async () => {
  await fc.assert(
    fc.asyncProperty(walk, async (bars) => {
      const scored = await predictions(bars);
      for (const [i, prediction] of scored.entries()) {
        const head = bars.slice(0, i + 1);
        assertClose(valuesOf(prediction), byDefinition(head, MONDAY_MS + i * MINUTE), `bar ${i + 1}`);
      }
    }),
    { numRuns: 15 },
  );
});

test("features: a straight rise of one point a bar: the numbers by hand", async () => {
  const bars = Array.from({ length: 60 }, (_, i) => ({ high: 1000 + i, low: 999 + i, close: 1000 + i }));
  const [f1, , , rsi, macd, atr, ratio, z, , range, sin, cos] = valuesOf((await predictions(bars)).at(-1));
  assert.ok(Math.abs((f1 as number) - Math.log(1059 / 1058)) < 1e-15);
  assert.equal(rsi, 1);
  // Both averages lag a straight line by a constant, (N - 1) / 2, so that the histogram vanishes.
  assert.ok(Math.abs(macd as number) < 1e-9);
  assert.ok(Math.abs((atr as number) - 1 / 1059) < 1e-15);
  assert.ok(Math.abs(ratio as number) < 1e-12);
  // 9.5 over the deviation of 0..19, sqrt(33.25).
  assert.ok(Math.abs((z as number) - 9.5 / Math.sqrt(33.25)) < 1e-12);
  assert.ok(Math.abs((range as number) - 1) < 1e-12);
  assert.ok(Math.abs((sin as number) - Math.sin((2 * Math.PI * 59) / 1440)) < 1e-15);
  assert.ok(Math.abs((cos as number) - Math.cos((2 * Math.PI * 59) / 1440)) < 1e-15);
});

test("features: Wilder's average: seeded by 14 plain values, then a fourteenth of the way", async () => {
  // True ranges 2 x 14, then 16: ATR = 2 + 14 / 14 = 3.
  const flat = Array.from({ length: 15 }, () => ({ high: 101, low: 99, close: 100 }));
  const bars = [...flat, { high: 108, low: 92, close: 100 }];
  const scored = await predictions(bars);
  assert.ok(Math.abs(scored[14].atr_points - 2) < 1e-12);
  assert.ok(Math.abs(scored[15].atr_points - 3) < 1e-12);
});

test("features: warm: 51 bars, and never before the head's own wish", async () => {
  const bars = Array.from({ length: 52 }, (_, i) => ({ high: 101 + i, low: 99, close: 100 }));
  assert.deepEqual(
    (await predictions(bars)).map((p) => p.warm),
    bars.map((_, i) => (i >= 50 ? 1 : 0)),
  );
});

test("features: a market that stands still for weeks, then jumps: finite, no fault", async () => {
  const still = { high: 100, low: 100, close: 100 };
  const moving = Array.from({ length: 60 }, (_, i) => ({ high: 120, low: 80, close: 90 + (i % 20) }));
  const s = await Script.empty();
  s.opinion(0.5);
  const bars = [...moving, ...Array.from({ length: 12_000 }, () => still), { high: 1 << 30, low: 1, close: 50 }];
  for (const [i, b] of bars.entries()) {
    const [answer] = s.bar({
      open_time_ms: BigInt(MONDAY_MS + i * MINUTE),
      open_points: BigInt(b.close),
      high_points: BigInt(b.high),
      low_points: BigInt(b.low),
      close_points: BigInt(b.close),
      score: 1,
    });
    assert.ok(valuesOf(answer?.payload).every(Number.isFinite));
  }
});

test("features: bars from ticks: the same as the same bars from history", async () => {
  const s = await Script.ready();
  const twin = await Script.ready();
  for (let i = 0; i < 5; i++) {
    const from = s.ms;
    for (const bid of [138_600 + i, 138_630 - i, 138_570, 138_590 + 2 * i]) {
      s.tick({ bid });
      s.ms += 2_000;
    }
    const answers = s.nextMinute();
    const [own] = only(answers, "prediction");
    const [bar] = only(answers, "bar");
    const [theirs] = twin.bar({
      open_time_ms: BigInt(from - (from % MINUTE)),
      open_points: 138_600n,
      high_points: BigInt(Math.max(138_630 - i, 138_600 + i)),
      low_points: 138_570n,
      close_points: BigInt(138_590 + 2 * i),
      tick_volume: BigInt(bar?.payload.tick_count),
      score: 1,
    });
    for (const [k, { name, from }] of FEATURES.entries())
      if (from !== "ticks") assert.equal(own?.payload.features[k].value, theirs?.payload.features[k].value, name);
  }
});
