// Features that TA-Lib has no opinion on, against their definitions over whole arrays; those of ticks and of several symbols
// against sums kept outside. TA-Lib's share is in test/oracle.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FEATURES, featureIndex } from "#proto/features.ts";
import { CalendarEvent } from "#proto/generated/records.ts";
import { CALENDAR_IMPORTANCE } from "#proto/records.ts";
import { type Answer, MONDAY_MS, only, Script } from "./script.fixture.ts";

const MINUTE = 60_000;

interface PlainBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly ticks: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const rms = (values: readonly number[]): number => Math.sqrt(mean(values.map((v) => v * v)));
const moment = (values: readonly number[], power: number): number =>
  mean(values.map((v) => (v - mean(values)) ** power));
const z = (values: readonly number[]): number =>
  moment(values, 2) > 0 ? ((values.at(-1) as number) - mean(values)) / Math.sqrt(moment(values, 2)) : 0;

const value = (prediction: Answer | undefined, name: string): number => {
  assert.ok(featureIndex(name) >= 0, name);
  return prediction?.payload.features[featureIndex(name)].value as number;
};

/** By their definitions, for 51 bars and more; the ATR is the core's own, which TA-Lib confirms. */
function byDefinition(bars: readonly PlainBar[], o: { atr: number; openMs: number }): Record<string, number> {
  const { atr, openMs } = o;
  const bar = bars.at(-1) as PlainBar;
  const close = bar.close;
  const before = bars.at(-2) as PlainBar;
  const closes = bars.map((b) => b.close);
  const returns = closes.slice(1).map((c, i) => Math.log(c / (closes[i] as number)));
  const ratio = atr / close;
  const last = (k: number) => returns.slice(-k);
  const ranges = bars.slice(1).map((b, i) => {
    const previous = closes[i] as number;
    return Math.max(b.high, previous) - Math.min(b.low, previous);
  });
  const top = (k: number) => Math.max(...bars.slice(-k).map((b) => b.high));
  const bottom = (k: number) => Math.min(...bars.slice(-k).map((b) => b.low));
  const whole = bar.high - bar.low;
  const part = (v: number) => (whole > 0 ? v / whole : 0);
  const parkinson = bars.slice(-20).map((b) => Math.log(b.high / b.low) ** 2 / (4 * Math.LN2));
  const klass = bars
    .slice(-20)
    .map((b) => Math.log(b.high / b.low) ** 2 / 2 - (2 * Math.LN2 - 1) * Math.log(b.close / b.open) ** 2);
  const r50 = last(50);
  const m50 = mean(r50);
  const day = bars.filter((_, i) => {
    const ms = openMs - (bars.length - 1 - i) * MINUTE;
    return Math.floor(ms / 86_400_000) === Math.floor(openMs / 86_400_000);
  });
  const typical = (b: PlainBar) => (b.high + b.low + b.close) / 3;
  const week = (openMs - 4 * 86_400_000) % (7 * 86_400_000);
  const xs = Array.from({ length: 14 }, (_, i) => i - 6.5);
  const ys = closes.slice(-14);
  const covariance = sum(xs.map((x, i) => x * (ys[i] as number)));
  const hour = Math.floor((openMs % 86_400_000) / 3_600_000);
  const inside = (from: number, to: number) => (hour >= from && hour < to ? 1 : 0);
  return {
    log_return_2: Math.log(close / (closes.at(-3) as number)),
    log_return_10: Math.log(close / (closes.at(-11) as number)),
    log_return_50: Math.log(close / (closes.at(-51) as number)),
    parkinson_20_atr: Math.sqrt(mean(parkinson)) / ratio,
    garman_klass_20_atr: mean(klass) > 0 ? Math.sqrt(mean(klass)) / ratio : 0,
    realised_volatility_50_atr: rms(r50) / ratio,
    volatility_ratio_5_20: Math.log(rms(last(5)) / rms(last(20))),
    skew_50: moment(r50, 3) / moment(r50, 2) ** 1.5,
    kurtosis_50: moment(r50, 4) / moment(r50, 2) ** 2 - 3,
    autocorrelation_50: sum(r50.slice(1).map((r, i) => (r - m50) * ((r50[i] as number) - m50))) / (50 * moment(r50, 2)),
    efficiency_ratio_10:
      Math.abs(close - (closes.at(-11) as number)) /
      sum(closes.slice(-10).map((c, i) => Math.abs(c - (closes.at(-11 + i) as number)))),
    choppiness_14: Math.log(sum(ranges.slice(-14)) / (top(14) - bottom(14))) / Math.log(14),
    slope_fit_14: covariance ** 2 / (sum(xs.map((x) => x * x)) * 14 * moment(ys, 2)),
    volume_z_20: z(bars.slice(-20).map((b) => b.ticks)),
    range_z_20: z(bars.slice(-20).map((b) => b.high - b.low)),
    return_z_20: z(last(20)),
    vwap_day_atr: (close - sum(day.map((b) => typical(b) * b.ticks)) / sum(day.map((b) => b.ticks))) / atr,
    body_ratio: part(close - bar.open),
    upper_wick_ratio: part(bar.high - Math.max(bar.open, close)),
    lower_wick_ratio: part(Math.min(bar.open, close) - bar.low),
    gap_atr: (bar.open - before.close) / atr,
    weekday_sin: Math.sin((2 * Math.PI * week) / (7 * 86_400_000)),
    weekday_cos: Math.cos((2 * Math.PI * week) / (7 * 86_400_000)),
    session_tokyo: inside(0, 9),
    session_london: inside(7, 16),
    session_new_york: inside(12, 21),
  };
}

const walk = fc
  .array(
    fc.record({
      gap: fc.integer({ min: -9, max: 9 }),
      move: fc.integer({ min: -40, max: 40 }),
      up: fc.integer({ min: 1, max: 30 }),
      down: fc.nat(30),
      ticks: fc.integer({ min: 1, max: 500 }),
    }),
    { minLength: 60, maxLength: 110 },
  )
  .map((steps) => {
    let close = 138_600;
    return steps.map(({ gap, move, up, down, ticks }): PlainBar => {
      const open = close + gap;
      close = open + move;
      return { open, high: Math.max(open, close) + up, low: Math.min(open, close) - down, close, ticks };
    });
  });

test("features: random bars: each one without a TA-Lib twin is its definition", async () => {
  await fc.assert(
    fc.asyncProperty(walk, fc.nat(7 * 24 * 60), async (bars, minutes) => {
      const s = await Script.empty();
      s.opinion(0.5);
      const from = MONDAY_MS + minutes * MINUTE;
      for (const [i, b] of bars.entries()) {
        s.ms = Math.max(s.ms, from + (i + 1) * MINUTE);
        const [prediction] = s.bar({
          open_time_ms: BigInt(from + i * MINUTE),
          open_points: BigInt(b.open),
          high_points: BigInt(b.high),
          low_points: BigInt(b.low),
          close_points: BigInt(b.close),
          tick_volume: BigInt(b.ticks),
          score: 1,
        });
        if (i < 50) continue;
        const atr = prediction?.payload.atr_points as number;
        const expected = byDefinition(bars.slice(0, i + 1), { atr, openMs: from + i * MINUTE });
        for (const [name, e] of Object.entries(expected)) {
          const a = value(prediction, name);
          assert.ok(Math.abs(a - e) <= 1e-8 * Math.max(1, Math.abs(e)), `bar ${i + 1}: ${name} is ${a}, not ${e}`);
        }
      }
    }),
    { numRuns: 15 },
  );
});

test("features: before a feature is warm it is 0", async () => {
  const s = await Script.empty();
  s.opinion(0.5);
  for (let i = 0; i < 51; i++) {
    const close = 1_000 + ((i * 37) % 101);
    const [prediction] = s.bar({
      open_time_ms: BigInt(MONDAY_MS + i * MINUTE),
      open_points: BigInt(close + 1),
      high_points: BigInt(close + 5),
      low_points: BigInt(close - 5),
      close_points: BigInt(close),
      tick_volume: 7n,
      score: 1,
    });
    for (const { name, warm_bars } of FEATURES)
      if (i + 1 < warm_bars) assert.equal(value(prediction, name), 0, `${name} at bar ${i + 1}`);
  }
});

test("features: ticks of a bar: share of ups, turns, spreads and squared returns as counted outside", async () => {
  const s = await Script.ready();
  s.nextMinute({ bid: 138_600 });
  const bids = [138_610, 138_605, 138_605, 138_620, 138_630, 138_600];
  const spreads = [10, 12, 12, 30, 5, 8];
  let mid = 2 * 138_600 + 10;
  const squares: number[] = [];
  const signs: number[] = [];
  for (const [i, bid] of bids.entries()) {
    s.ms += 1_000;
    const spread = spreads[i] as number;
    s.tick({ bid, spread });
    const now = 2 * bid + spread;
    squares.push(((now - mid) / mid) ** 2);
    signs.push(Math.sign(now - mid));
    mid = now;
  }
  const [prediction] = only(s.nextMinute({ bid: 138_600 }), "prediction");
  // The minute's first tick is one of its own: it did not move the mid.
  const moves = signs.filter((sign) => sign !== 0);
  const turns = moves.filter((sign, i) => i > 0 && sign !== moves[i - 1]).length;
  const atr = prediction?.payload.atr_points as number;
  const close = 138_600;
  assert.ok(Math.abs(value(prediction, "bar_imbalance") - sum(moves) / moves.length) < 1e-12);
  assert.ok(Math.abs(value(prediction, "bar_mid_flips") - turns / moves.length) < 1e-12);
  assert.ok(Math.abs(value(prediction, "bar_spread_atr") - mean([10, ...spreads]) / atr) < 1e-9);
  const realised = (Math.sqrt(sum(squares)) * close) / atr;
  assert.ok(Math.abs(value(prediction, "bar_realised_volatility_atr") - realised) < 1e-6 * realised);
});

test("features: correlation: of two symbols' five-minute returns, unknown below two hours, 1 for twins", async () => {
  const s = await Script.ready();
  s.spec({}, 2);
  s.spec({}, 3);
  s.opinion(0.5);
  let x = 12_345;
  let bid = s.bid;
  const a: number[] = [];
  const b: number[] = [];
  let other = bid;
  // All three are quoted before the next point of the grid.
  for (const symbol of [1, 2, 3]) s.tick({ symbol, bid, spread: 0 });
  let prediction: Answer | undefined;
  const start = s.ms - (s.ms % 300_000) + 300_000;
  for (let i = 0; i <= 60; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    bid += ((x >>> 8) % 201) - 100;
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    other += ((x >>> 8) % 201) - 100;
    a.push(bid);
    b.push(other);
    s.ms = start + i * 300_000 + 1_000;
    s.tick({ symbol: 1, bid, spread: 0 });
    s.tick({ symbol: 2, bid, spread: 0 });
    s.tick({ symbol: 3, bid: other, spread: 0 });
    s.ms = start + i * 300_000 + 70_000;
    for (const answer of only(s.tick({ symbol: 1, bid, spread: 0 }), "prediction")) {
      prediction = answer;
      if (i < 20) assert.equal(value(answer, "correlation_strongest"), 0);
    }
  }
  // The grid saw the mids just before each of its points: all but the last ones.
  const returns = (bids: readonly number[]) => bids.slice(1, -1).map((v, i) => Math.log(v / (bids[i] as number)));
  const [ra, rb] = [returns([s.bid, ...a]), returns([s.bid, ...b])];
  const product = (u: readonly number[], v: readonly number[]) => sum(u.map((r, i) => r * (v[i] as number)));
  const expected = product(ra, rb) / Math.sqrt(product(ra, ra) * product(rb, rb));
  assert.ok(Math.abs(value(prediction, "correlation_strongest") - 1) < 1e-12, "symbol 2 is the same");
  assert.ok(Math.abs(value(prediction, "correlation_mean") - (1 + expected) / 2) < 1e-9, `${expected}`);
});

test("features: calendar: nearness of the events of the symbol's currencies to the bar's end, by importance", async () => {
  const s = await Script.ready();
  const end = MONDAY_MS + MINUTE;
  const HOUR = 60 * MINUTE;
  const event = (event_id: bigint, minutes: number, changes: Partial<CalendarEvent> = {}) =>
    s.send(CalendarEvent, {
      event_id,
      time_ms: BigInt(end + minutes * MINUTE),
      currency: "USD",
      name: "Nonfarm payrolls",
      actual_micros: -(2n ** 63n),
      forecast_micros: 190_000_000_000n,
      previous_micros: 175_000_000_000n,
      importance: CALENDAR_IMPORTANCE.high,
      ...changes,
    });
  const seen = () => {
    opened += MINUTE;
    const prediction = only(s.bar({ open_time_ms: BigInt(opened), score: 1 }), "prediction")[0];
    return ["calendar_ahead", "calendar_behind", "calendar_ahead_moderate"].map((name) => value(prediction, name));
  };
  let opened = MONDAY_MS - MINUTE;
  assert.deepEqual(seen(), [0, 0, 0]);
  const near = (ms: number) => 1 - ms / (4 * HOUR);
  event(1n, 90);
  event(2n, 30, { currency: "JPY" });
  event(3n, -60, { currency: "EUR" });
  event(4n, 10, { importance: CALENDAR_IMPORTANCE.moderate });
  event(5n, 1, { importance: CALENDAR_IMPORTANCE.low });
  event(6n, 241, { currency: "EUR" });
  assert.deepEqual(seen(), [near(89 * MINUTE), near(61 * MINUTE), near(9 * MINUTE)]);
  event(1n, 0, { time_ms: 0n });
  event(4n, 20, { importance: CALENDAR_IMPORTANCE.moderate });
  assert.deepEqual(seen(), [near(239 * MINUTE), near(62 * MINUTE), near(18 * MINUTE)], "called off; moved");
  for (let i = 0; i < 70; i++) event(BigInt(100 + i), -1_000 - i);
  assert.deepEqual(
    seen(),
    [near(238 * MINUTE), near(63 * MINUTE), near(17 * MINUTE)],
    "old ones make room for old ones",
  );
});

test("features: the matrix of correlations: recorded at whole hours, every known pair, as the features see it", async () => {
  const s = await Script.ready({ symbols: 3 });
  const records: Answer[] = [];
  for (let minute = 0; minute < 60 * 4; minute++) {
    s.ms += MINUTE;
    for (let symbol = 1; symbol <= 3; symbol++) {
      const wave = Math.round(50 * Math.sin(minute / 7) + (symbol === 3 ? 40 * Math.cos(minute / 3) : 0));
      records.push(...only(s.tick({ symbol, bid: 138_600 + wave }), "correlation"));
    }
  }
  const hour = 3_600_000n;
  assert.deepEqual(
    records.map(({ payload }) => payload.grid_time_ms - BigInt(MONDAY_MS)),
    [3n * hour, 4n * hour],
  );
  const pairs = records[0]?.payload.pairs as {
    symbol_a: number;
    symbol_b: number;
    correlation: number;
    intervals: number;
  }[];
  assert.deepEqual(
    pairs.map((p) => [p.symbol_a, p.symbol_b, p.intervals]),
    [
      [1, 2, 35],
      [1, 3, 35],
      [2, 3, 35],
    ],
  );
  assert.ok(Math.abs((pairs[0]?.correlation ?? 0) - 1) < 1e-12);
  assert.equal(pairs[1]?.correlation, pairs[2]?.correlation);
  assert.ok(Math.abs(pairs[1]?.correlation ?? 9) < 1);
});
