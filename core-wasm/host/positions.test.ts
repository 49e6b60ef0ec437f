// Positions, equity, the trading day and the trip, from broker records. Equity is read off the daily-loss check.
import assert from "node:assert/strict";
import { test } from "node:test";
import { REASON } from "#proto/reasons.ts";
import { ALERT, CHECK_RESULT } from "#proto/records.ts";
import { type Answer, EQUITY, LOT, MONDAY_MS, only, Script } from "./script.fixture.ts";

const HOUR = 3_600_000;

const lossOf = (s: Script): bigint => EQUITY - s.core.status().equity_micros;

/** The verdict of an opening intent (refused: reduce-only); only where nothing is held. */
function look(s: Script, quote: { bid?: number; spread?: number } = {}) {
  s.command(2);
  s.tick(quote);
  s.opinion(0.9);
  const verdict = only(s.nextMinute(quote), "risk_verdict")[0]?.payload;
  s.opinion(0.5);
  s.command(1);
  const at = (name: string) => verdict.checks[(REASON[name] as number) - 1];
  return { loss: at("daily_loss").value as bigint, position: at("position_size") };
}

/** Volume of the long position that is held: what an exit (refused: trading is disabled) would close. */
function heldVolume(s: Script): bigint {
  s.spec({ trade_mode: 0 });
  s.opinion(0.1);
  const intent = only(s.nextMinute(), "order_intent")[0]?.payload;
  s.opinion(0.5);
  s.spec();
  return intent?.action === 2 ? intent.volume_microlots : 0n;
}

/** The trip comes with an alert and a change of state. */
function trips(answers: readonly Answer[]) {
  return only(answers, "state_change").map((a) => [a.payload.from_state, a.payload.to_state, a.payload.reason]);
}

test("positions: a deal without a ticket cannot be told from a repetition: refused, and the positions are not known", async () => {
  const s = await Script.ready();
  const codes = only(s.fill({ deal_ticket: 0n }), "alert").map(({ payload }) => payload.code);
  assert.deepEqual(codes, [ALERT.refused_input, ALERT.position_mismatch]);
  s.opinion(0.9);
  const verdict = only(s.nextMinute(), "risk_verdict")[0]?.payload;
  assert.equal(verdict.checks[(REASON.position_size as number) - 1].result, CHECK_RESULT.missing_data);
});

test("equity: the floating profit of a position moves it, tick by tick, in integers", async () => {
  const s = await Script.ready();
  // Loss enough for 0.1 lot at 1 a point: limit 1000.000000 units.
  s.position({ volume_microlots: LOT / 10n, open_price_points: 138_600n });
  s.limits({ daily_loss_max_micros: 5_000_000n });
  assert.deepEqual(trips(s.tick({ bid: 138_550 })), [], "50 points of 0.1 a point: at the limit");
  const answers = s.tick({ bid: 138_549 });
  assert.deepEqual(trips(answers), [[0, 1, REASON.daily_loss]]);
  const alert = only(answers, "alert")[0]?.payload;
  assert.deepEqual([alert.code, alert.severity, alert.value, alert.limit], [2, 2, 5_100_000n, 5_000_000n]);
});

test("equity: a short position is marked at the ask", async () => {
  const s = await Script.ready();
  s.position({ side: 1, open_price_points: 138_600n });
  s.limits({ daily_loss_max_micros: 500_000n });
  assert.deepEqual(trips(s.tick({ bid: 138_595, spread: 14 })), []);
  assert.deepEqual(trips(s.tick({ bid: 138_595, spread: 20 })), [], "15 points of loss, less the 10 there before");
  assert.equal(trips(s.tick({ bid: 138_595, spread: 21 })).length, 1);
});

test("trip: sticky through recovery, and again at once while the loss is there when an operator activates", async () => {
  const s = await Script.ready();
  s.account({ equity_micros: EQUITY - 1_000_000_001n });
  assert.equal(s.core.status().trading_state, 1);
  assert.deepEqual(trips(s.command(1)), [
    [1, 0, 0],
    [0, 1, REASON.daily_loss],
  ]);
  s.account({ equity_micros: EQUITY });
  assert.equal(s.core.status().trading_state, 1);
  assert.deepEqual(trips(s.command(1)), [[1, 0, 0]]);
});

test("trip: a new day forgets the loss, not the trip", async () => {
  const s = await Script.ready();
  s.account({ equity_micros: EQUITY - 1_000_000_001n });
  s.ms = MONDAY_MS + 24 * HOUR;
  s.timer(0);
  assert.equal(s.core.status().trading_state, 1);
  assert.deepEqual(trips(s.command(1)), [[1, 0, 0]]);
});

test("trip: the tightest of all limits in force counts", async () => {
  const s = await Script.ready();
  s.limits({ daily_loss_max_micros: 10n }, 3);
  assert.equal(trips(s.account({ equity_micros: EQUITY - 11n })).length, 1);
});

test("day: begins at the offset of the limits, with the equity of that moment", async () => {
  const s = await Script.ready();
  s.limits({ day_start_offset_s: 22 * 3600 });
  s.account({ equity_micros: EQUITY - 500n });
  s.ms = MONDAY_MS + 21 * HOUR;
  s.timer(0);
  assert.equal(look(s).loss, 500n);
  s.ms = MONDAY_MS + 22 * HOUR;
  s.timer(0);
  assert.equal(look(s).loss, 0n);
  s.account({ equity_micros: EQUITY });
  assert.equal(look(s).loss, -500n);
});

test("fills: open, grow, reduce, close: volume and mean price; profit and commission reach the equity", async () => {
  const s = await Script.ready();
  s.ms += 5_000;
  s.fill({ volume_microlots: 200_000n, price_points: 138_600n, commission_micros: -300n });
  assert.deepEqual([heldVolume(s), lossOf(s)], [200_000n, 300n]);
  s.fill({ volume_microlots: 200_000n, price_points: 138_700n });
  // Mean 138650, 0.4 lots: 50 points of loss at 138600 = 20 units, and the commission.
  assert.deepEqual([heldVolume(s), lossOf(s)], [400_000n, 20_000_300n]);
  s.fill({ volume_microlots: 300_000n, price_points: 138_600n, side: 1, entry: 1, profit_micros: -15_000_000n });
  assert.deepEqual([heldVolume(s), lossOf(s)], [100_000n, 20_000_300n]);
  s.fill({ volume_microlots: 100_000n, price_points: 138_600n, side: 1, entry: 1, profit_micros: -5_000_000n });
  assert.deepEqual([look(s).position.value, lossOf(s)], [100_000n, 20_000_300n]);
});

test("fills: a deal counts once", async () => {
  const s = await Script.ready();
  s.ms += 5_000;
  for (let i = 0; i < 3; i++) s.fill({ deal_ticket: 5n, commission_micros: -300n });
  assert.deepEqual([heldVolume(s), lossOf(s)], [100_000n, 300n]);
});

test("fills: a position record that already holds the deal: not counted twice, in either order", async () => {
  const s = await Script.ready();
  s.ms += 5_000;
  s.position({ volume_microlots: 300_000n });
  s.fill({ volume_microlots: 300_000n });
  assert.equal(heldVolume(s), 300_000n);
  const t = await Script.ready();
  t.ms += 5_000;
  t.fill({ volume_microlots: 300_000n });
  t.position({ volume_microlots: 300_000n });
  assert.equal(heldVolume(t), 300_000n);
});

test("fills: of a position that is gone: late deals raise nothing and bring nothing back", async () => {
  const s = await Script.ready();
  s.position();
  const opened = BigInt(s.ms);
  s.ms += 60_000;
  s.position({ volume_microlots: 0n, broker_time_ms: opened });
  assert.deepEqual(s.fill({ side: 1, entry: 1 }), []);
  assert.deepEqual(s.fill({ broker_time_ms: opened }), []);
  assert.equal(look(s).position.value, 100_000n);
});

test("fills: netting reversal: the rest stands on the other side, under the reversing order's ticket", async () => {
  const s = await Script.ready();
  s.ms += 5_000;
  s.fill({ volume_microlots: 100_000n });
  s.fill({ volume_microlots: 300_000n, side: 1, entry: 2, order_ticket: 900n });
  s.opinion(0.9);
  const intent = only(s.nextMinute(), "order_intent")[0]?.payload;
  assert.deepEqual(
    [intent.action, intent.side, intent.volume_microlots, intent.position_ticket],
    [2, 0, 200_000n, 900n],
  );
});

test("fills: more is closed than was there, or of a position never heard of: alert, nothing is opened until it is told", async () => {
  for (const [first, second] of [
    [{ volume_microlots: 100_000n }, { volume_microlots: 100_001n, side: 1, entry: 1 }],
    [{ volume_microlots: 100_000n }, { position_id: 1n, side: 1, entry: 1 }],
  ] as const) {
    const s = await Script.ready();
    s.ms += 5_000;
    s.fill(first);
    assert.equal(only(s.fill(second), "alert")[0]?.payload.code, 5);
    s.position({ volume_microlots: 0n });
    assert.equal(look(s).position.result, 0);
  }
  const s = await Script.ready();
  s.ms += 5_000;
  s.fill({ position_id: 1n, side: 1, entry: 1 });
  assert.equal(look(s).position.result, 2);
});

test("positions: more than the table holds: unknown until the terminal tells all of them again", async () => {
  const s = await Script.ready();
  for (let i = 1n; i <= 16n; i++) assert.deepEqual(s.position({ identifier: i, ticket: i }), []);
  assert.equal(only(s.position({ identifier: 17n, ticket: 17n }), "alert")[0]?.payload.code, 5);
  for (let i = 1n; i <= 16n; i++) s.position({ identifier: i, ticket: i, volume_microlots: 0n });
  assert.equal(look(s).position.result, 2);
  s.link(1);
  s.link(2);
  assert.equal(look(s).position.result, 0);
});

test("account: holds what came before it: late fills of earlier times change the position, not the equity", async () => {
  const s = await Script.ready();
  s.ms += 5_000;
  const dealMs = BigInt(s.ms);
  s.ms += 1_000;
  s.account({ equity_micros: EQUITY - 700n });
  s.fill({ broker_time_ms: dealMs, commission_micros: -700n });
  assert.deepEqual([heldVolume(s), lossOf(s)], [100_000n, 700n]);
});

test("account: a position known before its first quote: its profit is not counted twice", async () => {
  const s = await Script.ready();
  s.spec({}, 2);
  s.position({ identifier: 5n, open_price_points: 1n, volume_microlots: LOT }, 2);
  s.account({ equity_micros: EQUITY });
  s.tick({ symbol: 2 });
  assert.equal(look(s).loss, 0n);
});

test("equity: worth beyond all bounds saturates and never wraps", async () => {
  const s = await Script.ready();
  s.spec({ tick_value_micros: 2n ** 20n });
  for (let i = 0; i < 2; i++) s.tick({ bid: 2 ** 40 - 10 });
  s.position({ volume_microlots: 2n ** 46n, open_price_points: 2n ** 40n });
  assert.equal(lossOf(s), 0n);
  for (let i = 0; i < 2; i++) s.tick({ bid: 1 });
  assert.equal(s.core.status().trading_state, 1);
  assert.ok(s.core.status().equity_micros < -(2n ** 62n));
});

test("operator commands: a repeated id changes nothing; one out of bounds is refused and said", async () => {
  const s = await Script.ready();
  assert.equal(trips(s.command(2, 200)).length, 1);
  assert.equal(trips(s.command(1, 201)).length, 1);
  assert.deepEqual(s.command(2, 200), []);
  assert.equal(s.core.status().trading_state, 0);
  assert.equal(only(s.command(9), "alert")[0]?.payload.code, 6);
});
