// The checks of money, rates, windows and leave: each at its limit and one unit beyond it, and what trips or releases.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as r from "#proto/generated/records.ts";
import { REASON, REASONS } from "#proto/reasons.ts";
import { CHECK_RESULT, INTENT_ACTION, OPERATOR_COMMAND, ORDER_STATE, TRADING_STATE } from "#proto/records.ts";
import { type Answer, EQUITY, LIMITS, LOT, only, PARAMS, Script, STREAM_ID } from "./script.fixture.ts";

const { pass, fail, missing_data } = CHECK_RESULT;

function verdictOf(answers: readonly Answer[]) {
  const verdict = only(answers, "risk_verdict")[0]?.payload;
  assert.ok(verdict, "an intent was judged");
  const checks = verdict.checks as { code: number; value: bigint; limit: bigint; headroom: bigint; result: number }[];
  return {
    accepted: verdict.accepted as number,
    failed: checks.filter(({ result }) => result !== pass).map(({ code }) => REASONS[code - 1]?.name),
    check: (name: string) => {
      const found = checks[(REASON[name] as number) - 1];
      assert.ok(found, name);
      return found;
    },
  };
}

function judged(s: Script, up = 0.6) {
  s.opinion(up);
  return verdictOf(s.nextMinute());
}

const ready = async (limits: Partial<r.RiskLimits> = {}): Promise<Script> => {
  const s = await Script.ready();
  s.limits(limits);
  return s;
};

type Limit = keyof r.RiskLimits;
const AT_MOST: readonly (readonly [name: string, limit: Limit])[] = [
  ["order_size", "order_volume_max_microlots"],
  ["position_size", "position_volume_max_microlots"],
  ["spread", "spread_max_points"],
  ["order_notional", "order_notional_max_micros"],
  ["gross_exposure", "gross_exposure_max_micros"],
  ["net_exposure", "net_exposure_max_micros"],
  ["currency_exposure", "currency_exposure_max_micros"],
  ["correlated_exposure", "correlated_exposure_max_micros"],
  ["leverage", "leverage_max_milli"],
  ["price_collar", "collar_points"],
  ["order_rate", "orders_a_minute_max"],
  ["open_orders", "open_orders_max"],
];
const AT_LEAST: readonly (readonly [name: string, limit: Limit])[] = [
  ["free_margin", "margin_free_min_micros"],
  ["prediction_edge", "edge_min_ppm"],
];

/** The limit as the record has it: a number in the small fields, a bigint in the others. */
const as = (limit: Limit, value: bigint) => ({ [limit]: typeof LIMITS[limit] === "bigint" ? value : Number(value) });

test("risk: each limit: passes at what is measured, fails one unit beyond, and the verdict names that check alone", async () => {
  const free = judged(await ready());
  assert.deepEqual([free.accepted, free.failed], [1, []]);
  for (const [list, beyond] of [
    [AT_MOST, -1n],
    [AT_LEAST, 1n],
  ] as const)
    for (const [name, limit] of list) {
      const { value } = free.check(name);
      assert.ok(value > 0n, `${name} is measured`);
      const at = judged(await ready(as(limit, value)));
      assert.deepEqual([at.check(name).headroom, at.accepted, at.failed], [0n, 1, []], name);
      const over = judged(await ready(as(limit, value + beyond)));
      assert.deepEqual([over.check(name).headroom, over.accepted, over.failed], [-1n, 0, [name]], name);
    }
});

test("risk: notional and exposure: worked by hand for a position, an order in flight and the order", async () => {
  const s = await ready();
  const lot = BigInt(s.bid) * 1_000_000n; // a tick of one lot is worth one unit of account currency
  const order = lot / 10n;
  assert.equal(judged(s).check("order_notional").value, order);
  s.opinion(0.5);
  // The first is in flight now; another symbol of the same profit currency holds half a lot short.
  s.spec({ name: "GBPUSD", base_currency: "GBP" }, 2);
  s.tick({ symbol: 2 });
  s.position({ side: 1, volume_microlots: LOT / 2n, ticket: 5n, identifier: 5n }, 2);
  s.spec({ name: "XAUUSD", base_currency: "XAU" }, 3);
  s.history({ bars: 60, symbol: 3 });
  s.tick({ symbol: 3 });
  s.opinion(0.6);
  s.ms += 60_000 - (s.ms % 60_000);
  const verdict = verdictOf(s.tick({ symbol: 3 }));
  assert.equal(verdict.check("gross_exposure").value, order + lot / 2n + order);
  assert.equal(verdict.check("net_exposure").value, lot / 2n - 2n * order);
  assert.equal(verdict.check("currency_exposure").value, lot / 2n - 2n * order);
  assert.equal(verdict.check("open_orders").value, 2n);
  assert.equal(verdict.check("free_margin").value, EQUITY - (2n * order) / 100n);
});

test("risk: an exit passes every limit of money, rate, window and leave", async () => {
  const nothing = Object.fromEntries([
    ...AT_MOST.filter(([name]) => !["order_size", "position_size"].includes(name)).map(([, limit]) => [
      limit,
      as(limit, 0n)[limit],
    ]),
    ["edge_min_ppm", 500_000],
    ["margin_free_min_micros", 2n ** 58n],
    ["lease_required", 1],
    ["session_from_s", 1],
    ["session_to_s", 2],
  ]) as Partial<r.RiskLimits>;
  const s = await ready(nothing);
  s.send(r.NewsWindow, { event_id: 1n, from_ms: 1n, to_ms: 2n ** 43n, currency: "" });
  s.position();
  const verdict = judged(s, 0.4);
  assert.deepEqual([verdict.accepted, verdict.failed], [1, []]);
});

test("risk: a verified exit always passes: without limits, account or a fresh quote, beyond every limit, in every state", async () => {
  const volume = 123_456n; // off the grid: the whole position may always be closed
  const spoil: ((s: Script) => void)[] = [
    (s) => s.limits({ spread_max_points: -1n }),
    (s) => s.strategyLimits({ daily_loss_max_micros: -1n }),
    (s) => s.account({ equity_micros: 2n ** 60n }),
    (s) => s.account({ equity_micros: -EQUITY }),
    (s) => s.limits({ position_volume_max_microlots: 0n, quote_age_max_ms: 0n }),
    (s) => s.position({ identifier: 9n, side: 2 }),
    (s) => s.command(OPERATOR_COMMAND.reduce_only),
    (s) => s.spec({ trade_mode: 3, stops_level_points: 1_000_000, freeze_level_points: 1_000_000 }),
  ];
  for (const [i, how] of spoil.entries()) {
    const s = await ready();
    s.position({ volume_microlots: volume });
    how(s);
    const verdict = judged(s, 0.4);
    assert.deepEqual([verdict.accepted, verdict.failed], [1, []], `case ${i}`);
  }
  for (const command of [OPERATOR_COMMAND.halt, OPERATOR_COMMAND.kill]) {
    const s = await ready();
    s.position({ volume_microlots: volume });
    s.command(command);
    const verdict = verdictOf(s.command(OPERATOR_COMMAND.flatten));
    assert.deepEqual([verdict.accepted, verdict.failed], [1, []]);
  }
});

test("risk: flatten: closes own positions one after another, the oldest first, nobody else's, and opens nothing", async () => {
  const s = await ready();
  const at = BigInt(s.ms);
  s.position({ identifier: 1n, ticket: 1n, broker_time_ms: at - 10n });
  s.position({ identifier: 2n, ticket: 2n, broker_time_ms: at - 20n });
  s.position({ identifier: 3n, ticket: 3n, broker_time_ms: at - 30n, magic: 0n });
  const closing = (answers: readonly Answer[]) => only(answers, "order_intent").map(({ payload }) => payload);
  const [first] = closing(s.command(OPERATOR_COMMAND.flatten));
  assert.deepEqual([first.action, first.position_ticket], [INTENT_ACTION.close, 2n]);
  assert.deepEqual(closing(s.timer(2_000)), [], "one at a time");
  s.fill({ intent_id: first.intent_id, position_id: 2n, side: 1, entry: 1 });
  const [second] = closing(s.tick());
  assert.equal(second.position_ticket, 1n);
  s.update(second.intent_id, { state: ORDER_STATE.rejected });
  assert.deepEqual(closing(s.tick()), [], "a refused one is tried again, but not within a second");
  const [again] = closing(s.timer(1_000));
  s.fill({ intent_id: again.intent_id, position_id: 1n, side: 1, entry: 1 });
  s.opinion(0.9);
  assert.deepEqual([...closing(s.timer(2_000)), ...closing(s.nextMinute())], []);
  s.position({ identifier: 3n, ticket: 3n, magic: 0n, volume_microlots: 0n });
  s.command(OPERATOR_COMMAND.activate);
  assert.equal(judged(s).accepted, 1);
});

test("risk: hedging: each side stands for itself; netting: they are one position", async () => {
  for (const [margin_mode, value] of [
    [0, LOT],
    [2, 2n * LOT],
  ] as const) {
    const s = await ready({ order_volume_max_microlots: LOT });
    s.account({ margin_mode });
    s.position({ identifier: 1n, ticket: 1n, volume_microlots: 3n * LOT });
    s.position({ identifier: 2n, ticket: 2n, volume_microlots: LOT, side: 1, magic: 0n });
    assert.equal(judged(s, 0.4).check("position_size").value, value, `margin mode ${margin_mode}`);
  }
});

test("risk: strategy: its exposure over all symbols and its loss of the day, at the limit and one unit beyond", async () => {
  const notional = judged(await ready()).check("strategy_exposure").value;
  const lot_notional = notional * 10n;
  const s = await Script.ready({ symbols: 2 });
  s.position({ identifier: 5n, ticket: 5n, volume_microlots: LOT }, 2);
  s.position({ identifier: 6n, ticket: 6n, volume_microlots: LOT, magic: 99n << 48n }, 2);
  for (const [most, failed] of [
    [lot_notional + notional, []],
    [lot_notional + notional - 1n, ["strategy_exposure"]],
  ] as const) {
    s.strategyLimits({ exposure_max_micros: most, strategy_id: PARAMS.strategy_id });
    s.command(OPERATOR_COMMAND.reduce_only);
    const verdict = judged(s);
    assert.equal(verdict.check("strategy_exposure").value, lot_notional + notional);
    assert.deepEqual(verdict.failed, ["trading_state", ...failed]);
    s.command(OPERATOR_COMMAND.activate);
  }
  const t = await ready();
  t.strategyLimits({ daily_loss_max_micros: 300n, strategy_id: PARAMS.strategy_id });
  t.strategyLimits({ daily_loss_max_micros: 0n });
  const lose = (micros: bigint, strategy: number) =>
    t.fill({ entry: 1, position_id: 1n, profit_micros: -micros, magic: BigInt(strategy) << 48n });
  t.position({ identifier: 1n, ticket: 1n, magic: 0n, volume_microlots: 0n });
  lose(300n, PARAMS.strategy_id);
  lose(5_000n, 77);
  t.command(OPERATOR_COMMAND.reduce_only);
  assert.deepEqual(judged(t).failed, ["trading_state"]);
  lose(1n, PARAMS.strategy_id);
  assert.deepEqual(judged(t).failed, ["trading_state", "strategy_daily_loss"]);
});

test("risk: lease: required and absent, in force, expired", async () => {
  const s = await ready({ lease_required: 1 });
  assert.equal(judged(s).check("lease").result, missing_data);
  const lease = (leftMs: number) =>
    s.send(r.Lease, {
      lease_id: new Uint8Array(16),
      expires_ns: BigInt(s.ms - (s.ms % 60_000) + 60_000 + leftMs) * 1_000_000n,
      issuer: "cloud",
    });
  lease(0);
  assert.deepEqual(judged(s).failed, ["lease"]);
  lease(1);
  assert.equal(judged(s).check("lease").headroom, 0n);
});

test("risk: takeover: no lease of the box before counts, one is always required, and intents bear the epoch", async () => {
  const s = await ready();
  const takeover = (epoch: number) =>
    s.send(r.Takeover, {
      stream_id: STREAM_ID,
      box_key: new Uint8Array(32),
      public_key: new Uint8Array(32),
      signature: new Uint8Array(64),
      operator: "ann",
      opens_ns: 1n,
      epoch,
    });
  const lease = () =>
    s.send(r.Lease, { lease_id: new Uint8Array(16), expires_ns: BigInt(s.ms + 600_000) * 1_000_000n, issuer: "cloud" });
  lease();
  takeover(2);
  assert.equal(s.core.authority().epoch, 0, "an epoch cannot be left out");
  takeover(1);
  assert.deepEqual([s.core.authority().epoch, s.core.authority().leaseExpiresNs], [1, 1n]);
  assert.deepEqual(judged(s).failed, ["lease"], "although the limits require none");
  lease();
  const answers = s.nextMinute();
  assert.deepEqual(verdictOf(answers).failed, []);
  const intent = only(answers, "order_intent")[0];
  assert.ok(intent);
  assert.equal((intent.payload.intent_id as Uint8Array)[0], 1);
});

test("risk: kill switch: halted until a named person releases it; nobody else's command does", async () => {
  const s = await ready();
  const states = only(s.command(OPERATOR_COMMAND.kill), "state_change");
  assert.deepEqual(
    [states[0]?.payload.to_state, states[0]?.payload.reason],
    [TRADING_STATE.halted, REASON.kill_switch],
  );
  s.command(OPERATOR_COMMAND.reduce_only);
  assert.equal(s.core.status().trading_state, TRADING_STATE.halted);
  for (const operator of ["", "somebody"]) {
    s.command(OPERATOR_COMMAND.activate, undefined, operator);
    assert.equal(s.core.status().trading_state, TRADING_STATE.halted);
  }
  s.operatorKey({ revoked: 1 });
  s.command(OPERATOR_COMMAND.activate);
  assert.equal(s.core.status().trading_state, TRADING_STATE.halted, "a revoked key");
  s.operatorKey();
  s.command(OPERATOR_COMMAND.activate);
  assert.equal(judged(s).accepted, 1);
});

test("risk: drawdown: trips to reduce-only beyond its limit, stays tripped when the equity returns, and is released", async () => {
  const s = await ready({ drawdown_max_micros: 1_000n, daily_loss_max_micros: 2n ** 57n });
  s.account({ equity_micros: EQUITY + 500n });
  assert.deepEqual(only(s.account({ equity_micros: EQUITY - 500n }), "state_change"), []);
  const [trip] = only(s.account({ equity_micros: EQUITY - 501n }), "state_change");
  assert.deepEqual([trip?.payload.to_state, trip?.payload.reason], [TRADING_STATE.reduce_only, REASON.drawdown]);
  s.account({ equity_micros: EQUITY + 500n });
  assert.deepEqual(judged(s).failed, ["trading_state"]);
  s.command(OPERATOR_COMMAND.activate);
  assert.equal(judged(s).accepted, 1);
});

test("risk: realised loss of the day and a streak of losses: the pause ends by itself", async () => {
  const limits = { daily_realised_loss_max_micros: 300n, loss_streak_max: 2, cooldown_ms: 120_000n };
  const s = await ready(limits);
  const lose = (deal_ticket: bigint, on = s) => {
    on.position({ volume_microlots: LOT, broker_time_ms: BigInt(on.ms - 10) });
    on.ms += 5;
    return on.fill({
      deal_ticket,
      entry: 1,
      side: 1,
      volume_microlots: LOT,
      position_id: 77n,
      profit_micros: -150n,
      broker_time_ms: BigInt(on.ms),
    });
  };
  assert.deepEqual(only(lose(1n), "alert"), []);
  assert.equal(only(lose(2n), "alert")[0]?.payload.value, 2n);
  const paused = judged(s);
  assert.deepEqual(paused.failed, ["loss_streak"]);
  assert.equal(paused.check("daily_realised_loss").headroom, 0n);
  s.ms += 120_000;
  assert.equal(verdictOf(s.tick()).accepted, 1);
  const strict = await ready({ ...limits, loss_streak_max: 3, daily_realised_loss_max_micros: 299n });
  lose(1n, strict);
  lose(2n, strict);
  assert.deepEqual(judged(strict).failed, ["daily_realised_loss"]);
});

test("risk: stop required: an order without one is refused", async () => {
  const s = await ready({ stop_required: 1 });
  assert.equal(judged(s).accepted, 1);
  const t = await ready({ stop_required: 1 });
  t.params({ stop_atr_milli: 0 });
  assert.deepEqual(judged(t).failed, ["stop_required"]);
});

test("risk: hours: the first second inside, the last, and one before and after; over midnight too", async () => {
  const s = await ready();
  s.opinion(0.6);
  const next = s.ms - (s.ms % 60_000) + 60_000;
  const second = (next / 1000) % 86_400;
  const of = (day: number): number => (day + 86_400) % 86_400;
  for (const [from, to, result] of [
    [second, second + 1, pass],
    [second + 1, second + 2, fail],
    [second - 1, second, fail],
    [second, second - 10, pass],
    [second - 10, second, fail],
    [second, second, pass],
  ] as const) {
    const t = await ready({ session_from_s: of(from), session_to_s: of(to) });
    assert.equal(judged(t).check("session_window").result, result, `${from} to ${to}`);
  }
});

test("risk: news: of the symbol's currencies, from its first to before its last millisecond; replaced and removed by id", async () => {
  for (const [currency, shift, result] of [
    ["USD", 0, fail],
    ["EUR", 0, fail],
    ["", 0, fail],
    ["JPY", 0, pass],
    ["USD", 1, pass],
    ["USD", -1000, pass],
    ["USD", -999, fail],
  ] as const) {
    const s = await ready();
    const at = s.ms - (s.ms % 60_000) + 60_000 + shift;
    s.send(r.NewsWindow, { event_id: 9n, from_ms: BigInt(at), to_ms: BigInt(at + 1000), currency });
    assert.equal(judged(s).check("news_window").result, result, `${currency} ${shift}`);
  }
  const s = await ready();
  s.send(r.NewsWindow, { event_id: 9n, from_ms: 1n, to_ms: 2n ** 43n, currency: "" });
  s.send(r.NewsWindow, { event_id: 9n, from_ms: 1n, to_ms: 1n, currency: "" });
  assert.equal(judged(s).accepted, 1);
});

test("risk: a second order of the same side and volume: only after its time", async () => {
  for (const [minutes, result] of [
    [1, fail],
    [2, pass],
  ] as const) {
    const s = await ready({ repeat_min_ms: 120_000n });
    s.opinion(0.6);
    const answers = s.nextMinute();
    const intent = only(answers, "order_intent")[0]?.payload.intent_id;
    s.update(intent, { state: 8, final: 1 });
    s.opinion(0.5);
    for (let i = 1; i < minutes; i++) s.nextMinute();
    assert.equal(judged(s).check("repeated_order").result, result, `${minutes} minutes`);
  }
});

test("risk: a price that ran away within a minute: the order waits for the next period", async () => {
  const s = await ready({ collar_period_points: 100n });
  s.opinion(0.6);
  const from = s.bid;
  s.ms += 60_000 - (s.ms % 60_000) - 1;
  s.tick({ bid: from });
  s.ms += 1;
  assert.deepEqual(verdictOf(s.tick({ bid: from + 101 })).failed, ["price_collar_period"]);
});
