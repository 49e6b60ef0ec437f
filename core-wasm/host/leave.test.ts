// Operators' commands only take away, but for the signed release; and which strategies' limits there is room for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { REASONS } from "#proto/reasons.ts";
import { ALERT, CHECK_RESULT, OPERATOR_COMMAND, TRADING_STATE } from "#proto/records.ts";
import { type Answer, only, Script } from "./script.fixture.ts";

const { activate, reduce_only, halt, flatten } = OPERATOR_COMMAND;
const stateOf = (s: Script): number => s.core.status().trading_state;
const alertsOf = (answers: readonly Answer[]) => only(answers, "alert").map(({ payload }) => payload.code);

/** Names of the checks that an opening order does not pass. */
function failed(s: Script): (string | undefined)[] {
  s.opinion(0.6);
  const verdict = only(s.nextMinute(), "risk_verdict")[0]?.payload;
  assert.ok(verdict, "an intent was judged");
  const checks = verdict.checks as { code: number; result: number }[];
  return checks.filter(({ result }) => result !== CHECK_RESULT.pass).map(({ code }) => REASONS[code - 1]?.name);
}

test("leave: halted or flattening: reduce-only does not lead back, only a release does", async () => {
  for (const command of [halt, flatten]) {
    const s = await Script.ready();
    s.command(command);
    assert.deepEqual(only(s.command(reduce_only), "state_change"), []);
    assert.equal(stateOf(s), TRADING_STATE.halted);
    s.position();
    s.opinion(0.1);
    assert.equal(only(s.nextMinute(), "order_intent").length, command === flatten ? 1 : 0, "what the policy proposes");
    s.command(activate);
    s.command(reduce_only);
    assert.equal(stateOf(s), TRADING_STATE.reduce_only);
  }
});

test("leave: a command without an id: obeyed each time; a release without one is refused", async () => {
  const s = await Script.ready();
  for (let round = 0; round < 2; round++) {
    s.command(halt, 0);
    assert.equal(stateOf(s), TRADING_STATE.halted, `round ${round}`);
    s.ms += 60_000;
    assert.deepEqual(alertsOf(s.command(activate, 0)), [ALERT.refused_input]);
    assert.equal(stateOf(s), TRADING_STATE.halted);
    s.command(activate);
    assert.equal(stateOf(s), TRADING_STATE.active);
  }
});

test("leave: a command told twice: the second time it changes nothing", async () => {
  const s = await Script.ready();
  s.command(halt, 200);
  s.command(activate);
  s.command(halt, 200);
  assert.equal(stateOf(s), TRADING_STATE.active);
});

test("leave: limits of a strategy that no magic can carry: refused, and no other strategy loses its room", async () => {
  const s = await Script.ready();
  const answers = Array.from({ length: 16 }, (_, i) => s.strategyLimits({ strategy_id: 0x8000 + i }));
  assert.deepEqual(alertsOf(answers.flat()), [ALERT.refused_input]);
  s.params({ strategy_id: 6 });
  assert.deepEqual(failed(s), []);
});

test("leave: amounts out of bounds for a strategy not met before: those for all do not hold for it", async () => {
  const s = await Script.ready();
  s.strategyLimits({ strategy_id: 6, exposure_max_micros: -1n });
  s.params({ strategy_id: 6 });
  assert.deepEqual(failed(s), ["strategy_exposure", "strategy_daily_loss"]);
});
