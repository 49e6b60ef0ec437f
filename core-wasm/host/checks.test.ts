// Each pre-trade check at its boundary and one step beyond it, with the measured value, limit and headroom.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { REASON, REASONS } from "#proto/reasons.ts";
import { CHECK_RESULT, OPERATOR_COMMAND } from "#proto/records.ts";
import { type Answer, EQUITY, LOT, only, PARAMS, type Quote, Script, SPEC } from "./script.fixture.ts";

const MAX = 2n ** 63n - 1n;
/** Checks that no limit is needed for. */
const UNLIMITED = [
  ...["trading_state", "symbol_known", "price_and_volume_grid", "kill_switch", "stops_level"],
  ...["strategy_exposure", "strategy_daily_loss"],
];
const { pass, fail, missing_data } = CHECK_RESULT;

interface Check {
  readonly value: bigint;
  readonly limit: bigint;
  readonly headroom: bigint;
  readonly result: number;
}

/** The verdict of the intent that the next minute brings. */
function judged(s: Script, up: number, quote: Quote = {}) {
  s.opinion(up);
  return verdictOf(s.nextMinute(quote));
}

function verdictOf(answers: readonly Answer[]) {
  const verdict = only(answers, "risk_verdict")[0]?.payload;
  assert.ok(verdict, "an intent was judged");
  assert.equal(verdict.checks.length, REASONS.length);
  const check = (name: string): Check => {
    const { value, limit, headroom, result } = verdict.checks[(REASON[name] as number) - 1];
    return { value, limit, headroom, result };
  };
  return { check, accepted: verdict.accepted as number, failed: verdict.failed_count as number, answers };
}

test("checks: the module's reason codes are those of proto/reasons.ts, in their order", () => {
  const source = readFileSync(new URL("../assembly/risk/reasons.ts", import.meta.url), "utf8");
  const codes = [...source.matchAll(/const ([A-Z_]+): u16 = (\d+)/g)].map(([, name, code]) => [
    name?.toLowerCase(),
    Number(code),
  ]);
  assert.deepEqual(
    codes,
    REASONS.map(({ name, code }) => [name, code]),
  );
});

test("checks: everything in order: accepted, nothing failed", async () => {
  const { accepted, failed, check } = judged(await Script.ready(), 0.6);
  assert.deepEqual([accepted, failed], [1, 0]);
  assert.deepEqual(check("trading_state"), { value: 0n, limit: 0n, headroom: 0n, result: pass });
  assert.deepEqual(check("symbol_known"), { value: 4n, limit: 4n, headroom: 0n, result: pass });
});

test("checks: trading state: reduce-only and halted stop an opening order, neither a verified exit", async () => {
  const s = await Script.ready();
  s.command(2);
  assert.deepEqual(judged(s, 0.6).check("trading_state"), { value: 1n, limit: 0n, headroom: -1n, result: fail });
  s.position();
  const closing = judged(s, 0.4);
  assert.deepEqual(closing.check("trading_state"), { value: 1n, limit: 2n, headroom: 1n, result: pass });
  assert.equal(closing.accepted, 1);
  const t = await Script.ready();
  t.position();
  const flattened = verdictOf(t.command(OPERATOR_COMMAND.flatten));
  assert.deepEqual(flattened.check("trading_state"), { value: 2n, limit: 2n, headroom: 0n, result: pass });
  assert.equal(flattened.accepted, 1);
});

test("checks: trade mode: long only, short only, close only, disabled", async () => {
  for (const [trade_mode, up, result] of [
    [1, 0.6, pass],
    [1, 0.4, fail],
    [2, 0.6, fail],
    [2, 0.4, pass],
    [3, 0.6, fail],
    [0, 0.6, fail],
  ] as const) {
    const s = await Script.ready();
    s.spec({ trade_mode });
    assert.equal(judged(s, up).check("symbol_known").result, result, `mode ${trade_mode} up ${up}`);
  }
  for (const trade_mode of [0, 1, 2, 3]) {
    const s = await Script.ready();
    s.position();
    s.spec({ trade_mode });
    assert.equal(judged(s, 0.4).check("symbol_known").result, trade_mode === 0 ? fail : pass);
  }
});

test("checks: volume grid: least, largest, step: at the boundary and one beyond", async () => {
  const volume = PARAMS.volume_microlots;
  for (const [changes, result, headroom] of [
    [{ volume_min_microlots: volume }, pass, 100n * LOT - volume],
    [{ volume_min_microlots: volume + 1n }, fail, -1n],
    [{ volume_max_microlots: volume }, pass, 0n],
    [{ volume_max_microlots: volume - 1n }, fail, -1n],
    [{ volume_step_microlots: volume }, pass, 100n * LOT - volume],
    [{ volume_step_microlots: volume - 1n }, fail, -1n],
  ] as const) {
    const s = await Script.ready();
    s.spec(changes);
    const check = judged(s, 0.6).check("price_and_volume_grid");
    assert.deepEqual([check.result, check.headroom], [result, headroom], JSON.stringify(changes, String));
  }
});

test("checks: price grid: a quote off the tick size", async () => {
  const s = await Script.ready();
  s.spec({ tick_size_points: 5n });
  const on = judged(s, 0.6, { bid: 138_600, spread: 10 });
  assert.equal(on.check("price_and_volume_grid").result, pass);
  const intent = only(on.answers, "order_intent")[0]?.payload;
  for (const price of [intent.stop_points, intent.target_points, intent.guard_price_points])
    assert.equal(price % 5n, 0n);
  const t = await Script.ready();
  t.spec({ tick_size_points: 5n });
  const off = judged(t, 0.6, { bid: 138_600, spread: 12 }).check("price_and_volume_grid");
  assert.deepEqual(off, { value: 138_612n, limit: 138_610n, headroom: -2n, result: fail });
});

test("checks: a stop that would fall to zero or below: refused, not left out", async () => {
  const s = await Script.ready();
  s.params({ stop_atr_milli: 1_000_000 });
  s.tick({ bid: 30 });
  const verdict = judged(s, 0.6, { bid: 30 });
  assert.ok(only(verdict.answers, "order_intent")[0]?.payload.stop_points < 0n);
  assert.equal(verdict.check("price_and_volume_grid").result, fail);
});

test("checks: order size: at the largest, and one above it", async () => {
  for (const [room, result] of [
    [0n, pass],
    [-1n, fail],
  ] as const) {
    const s = await Script.ready();
    s.limits({ order_volume_max_microlots: PARAMS.volume_microlots + room });
    const check = judged(s, 0.6).check("order_size");
    assert.deepEqual(check, {
      value: PARAMS.volume_microlots,
      limit: PARAMS.volume_microlots + room,
      headroom: room,
      result,
    });
  }
});

test("checks: position size: with what is there, at the largest and one above; also the broker's own limit", async () => {
  const volume = PARAMS.volume_microlots;
  for (const [limits, spec, result] of [
    [volume, 0n, pass],
    [volume - 1n, 0n, fail],
    [LOT, volume, pass],
    [LOT, volume - 1n, fail],
  ] as const) {
    const s = await Script.ready();
    s.limits({ position_volume_max_microlots: limits });
    s.spec({ volume_limit_microlots: spec });
    const check = judged(s, 0.4).check("position_size");
    assert.deepEqual([check.value, check.result], [volume, result]);
  }
});

test("checks: position size: never in the way of an exit from a position above the limit", async () => {
  const s = await Script.ready();
  s.position({ volume_microlots: 3n * LOT });
  s.limits({ position_volume_max_microlots: LOT, order_volume_max_microlots: LOT });
  const closing = judged(s, 0.4);
  assert.equal(closing.accepted, 1);
  assert.deepEqual(closing.check("position_size"), {
    value: 2n * LOT,
    limit: MAX,
    headroom: MAX - 2n * LOT,
    result: pass,
  });
});

test("checks: daily loss: at the largest loss, and one millionth above it; no matter to an exit", async () => {
  const at = async (loss: bigint) => {
    const s = await Script.ready();
    // An operator's reduce-only keeps the trip itself out of this test.
    s.command(2);
    s.account({ equity_micros: EQUITY - loss });
    return s;
  };
  const limit = 1_000_000_000n;
  assert.deepEqual(judged(await at(limit), 0.6).check("daily_loss"), {
    value: limit,
    limit,
    headroom: 0n,
    result: pass,
  });
  const beyond = await at(limit + 1n);
  assert.deepEqual(judged(beyond, 0.6).check("daily_loss"), {
    value: limit + 1n,
    limit,
    headroom: -1n,
    result: fail,
  });
  beyond.position();
  const closing = judged(beyond, 0.4);
  assert.equal(closing.accepted, 1);
  assert.deepEqual(closing.check("daily_loss"), {
    value: limit + 1n,
    limit: MAX,
    headroom: MAX - limit - 1n,
    result: pass,
  });
});

test("checks: spread: at the widest, and one point wider; no matter to an exit", async () => {
  const s = await Script.ready();
  assert.equal(judged(s, 0.6, { spread: 21 }).check("spread").headroom, -1n);
  assert.deepEqual(judged(s, 0.6, { spread: 20 }).check("spread"), {
    value: 20n,
    limit: 20n,
    headroom: 0n,
    result: pass,
  });
  const t = await Script.ready();
  t.position();
  const closing = judged(t, 0.4, { spread: 500 });
  assert.deepEqual([closing.accepted, closing.check("spread").result], [1, pass]);
});

test("checks: quote age: by the broker's clock, at the limit and one millisecond older", async () => {
  for (const [age, result] of [
    [5_000, pass],
    [5_001, fail],
  ] as const) {
    const s = await Script.ready();
    s.opinion(0.6);
    // The tick of the next minute arrives late: it was quoted on the minute.
    s.ms += 60_000 - (s.ms % 60_000) + age;
    const check = verdictOf(s.tick({ skewMs: -age })).check("quote_age");
    assert.deepEqual([check.value, check.headroom, check.result], [BigInt(age), 5_000n - BigInt(age), result]);
  }
});

test("checks: quote age: by arrival, when the broker's clock is ahead", async () => {
  const s = await Script.ready();
  s.opinion(0.6);
  s.tick({ skewMs: 20_000 });
  // 61 s: the bar closes by time; the quote says it is 41 s old, but it came 61 s ago.
  const { check } = verdictOf(s.timer(61_000));
  assert.equal(check("quote_age").value, 61_000n);
});

test("checks: missing data: each absence fails closed and says so", async () => {
  const limited = REASONS.map(({ name }) => name).filter((name) => !UNLIMITED.includes(name));
  const portfolio = ["gross_exposure", "net_exposure", "currency_exposure", "correlated_exposure"];
  const cases: [string, (s: Script) => void, string[]][] = [
    [
      "no specification",
      (s) => s.spec({ tick_size_points: 0n }),
      [
        ...["symbol_known", "price_and_volume_grid", "position_size", "stops_level", "order_notional"],
        ...[...portfolio, "free_margin", "leverage", "price_collar", "news_window", "strategy_exposure"],
      ],
    ],
    [
      "no account",
      (s) => s.account({ equity_micros: MAX }),
      ["position_size", "daily_loss", "free_margin", "leverage", "drawdown"],
    ],
    [
      "strategy's limits out of bounds",
      (s) => s.strategyLimits({ exposure_max_micros: -1n }),
      ["strategy_exposure", "strategy_daily_loss"],
    ],
    ["limits out of bounds", (s) => s.limits({ spread_max_points: -1n }), limited],
    ["own limits out of bounds", (s) => s.limits({ day_start_offset_s: 90_000 }, 1), limited],
    [
      "a position out of bounds",
      (s) => s.position({ side: 2 }),
      ["position_size", ...portfolio, "free_margin", "leverage", "strategy_exposure"],
    ],
  ];
  for (const [name, spoil, expected] of cases) {
    const s = await Script.ready();
    spoil(s);
    const { check, accepted, failed } = judged(s, 0.6);
    const missing = REASONS.filter((reason) => check(reason.name).result === missing_data).map((reason) => reason.name);
    assert.deepEqual([missing, accepted, failed], [expected, 0, expected.length], name);
  }
});

test("checks: no limits, no account, no specification at all: everything that needs them fails, nothing is accepted", async () => {
  const s = await Script.empty();
  s.params();
  s.history({ bars: 60 });
  s.link(2);
  s.tick();
  const { accepted, check } = judged(s, 0.6);
  assert.equal(accepted, 0);
  for (const { name } of REASONS)
    if (name !== "trading_state" && name !== "kill_switch") assert.equal(check(name).result, missing_data, name);
});

test("checks: limits of the symbol itself come before those for all", async () => {
  const s = await Script.ready();
  s.limits({ spread_max_points: 9n }, 1);
  assert.equal(judged(s, 0.6).check("spread").limit, 9n);
  const t = await Script.ready();
  t.limits({ spread_max_points: 9n }, 2);
  assert.equal(judged(t, 0.6).check("spread").limit, 20n);
});

test("checks: extreme numbers: headroom saturates, nothing wraps", async () => {
  const s = await Script.ready();
  s.limits({ daily_loss_max_micros: MAX });
  s.account({ equity_micros: 2n ** 58n });
  const { check, accepted } = judged(s, 0.6);
  assert.deepEqual(check("daily_loss"), { value: EQUITY - 2n ** 58n, limit: MAX, headroom: MAX, result: pass });
  assert.equal(accepted, 1);
  assert.equal(SPEC.volume_limit_microlots, 0n);
});
