// Every limit of risk_limits and strategy_limits: passes at what is measured and fails one unit beyond it, with the model
// watching. A limit that is declared and not in the tables here fails the test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, LOT, PARAMS, Script } from "#core-wasm/host/script.fixture.ts";
import { WIDE_STRATEGY_LIMITS } from "#core-wasm/host/wide-limits.ts";
import { Lease, type RiskLimits } from "#proto/generated/records.ts";
import { REASON, REASONS } from "#proto/reasons.ts";
import { CHECK_RESULT } from "#proto/records.ts";
import { LIMIT_OF, STRATEGY_LIMIT_OF, withLimit } from "./limit-fields.ts";
import type { Verdict } from "./model.ts";
import { Watch } from "./watch.ts";

const AT_LEAST = ["free_margin", "repeated_order", "prediction_edge"];
/** These two also trip the trading state. */
const TRIPS = ["daily_loss", "drawdown"];
const EQUITY = 10_000_000_000n;

interface Situation {
  readonly limits?: Partial<RiskLimits>;
  readonly strategy?: { readonly exposure_max_micros?: bigint; readonly daily_loss_max_micros?: bigint };
  /** Before the order is asked for. */
  readonly lead?: (s: Script) => void;
  /** Of the tick that asks for it, within its minute. */
  readonly afterMs?: number;
}

/** An order after losses, on a quote that moved and is 300 ms old, a minute after an identical one: everything measures more than 0. */
async function judged({ limits, strategy, lead, afterMs = 0 }: Situation): Promise<Verdict> {
  const s = await Script.ready({ symbols: 2 });
  const watch = new Watch(s);
  s.opinion(0.6);
  s.nextMinute();
  const [before] = watch.accepted;
  assert.ok(before, "the identical order before is accepted");
  s.update(before.intent.intent_id);
  s.position({ volume_microlots: LOT }, 2);
  s.ms += 5;
  s.account({ equity_micros: EQUITY - 1_000n, server_time_ms: BigInt(s.ms) });
  const loss = { entry: 1, side: 1, volume_microlots: LOT / 2n, profit_micros: -700n };
  s.fill({ ...loss, broker_time_ms: BigInt(s.ms) }, 2);
  s.limits(limits);
  s.strategyLimits({ ...strategy, strategy_id: PARAMS.strategy_id });
  lead?.(s);
  s.ms += 60_000 - (s.ms % 60_000) + afterMs;
  s.tick({ bid: s.bid + 15, skewMs: -Math.min(afterMs, 300) });
  assert.ok(watch.last);
  return watch.last;
}

const checkOf = (verdict: Verdict, name: string) => {
  const found = verdict.checks[(REASON[name] as number) - 1];
  assert.ok(found, name);
  return found;
};
const failedOf = ({ checks }: Verdict): string[] =>
  checks.filter(({ result }) => result !== CHECK_RESULT.pass).map(({ code }) => REASONS[code - 1]?.name ?? "");

const OLD_QUOTE = { afterMs: 300 };

test("limits: each number of risk_limits: passes at what is measured, one unit beyond fails and is named alone", async () => {
  const roomy = await judged(OLD_QUOTE);
  assert.deepEqual(failedOf(roomy), []);
  for (const name of Object.keys(LIMIT_OF)) {
    const { value } = checkOf(roomy, name);
    assert.ok(value > 0n && value < 2n ** 58n, `${name} is measured: ${value}`);
    const at = await judged({ ...OLD_QUOTE, limits: withLimit(LIMITS, name, value) });
    assert.deepEqual([checkOf(at, name).headroom, failedOf(at)], [0n, []], name);
    const beyond = value + (AT_LEAST.includes(name) ? 1n : -1n);
    const over = await judged({ ...OLD_QUOTE, limits: withLimit(LIMITS, name, beyond) });
    const failed = TRIPS.includes(name) ? ["trading_state", name] : [name];
    assert.deepEqual([checkOf(over, name).headroom, failedOf(over)], [-1n, failed], name);
  }
});

test("limits: each number of strategy_limits: the same", async () => {
  const roomy = await judged(OLD_QUOTE);
  for (const [name, field] of Object.entries(STRATEGY_LIMIT_OF)) {
    const { value } = checkOf(roomy, name);
    assert.ok(value > 0n, `${name} is measured`);
    assert.deepEqual(failedOf(await judged({ ...OLD_QUOTE, strategy: { [field]: value } })), [], name);
    assert.deepEqual(failedOf(await judged({ ...OLD_QUOTE, strategy: { [field]: value - 1n } })), [name], name);
  }
});

/** After a second loss in a row, exactly `after` ms before the order. */
const lossBefore = (after: number) => (s: Script) => {
  s.ms += 60_000 - (s.ms % 60_000) - after;
  s.fill({ entry: 1, side: 1, volume_microlots: LOT / 10n, profit_micros: -1n, broker_time_ms: 1n }, 2);
};
const leaseFor = (ms: number) => (s: Script) => {
  const expires = s.ms - (s.ms % 60_000) + 60_000 + ms;
  s.send(Lease, { lease_id: new Uint8Array(16), expires_ns: BigInt(expires) * 1_000_000n, issuer: "cloud" });
};
const secondOf = (verdict: Verdict): number => Number(checkOf(verdict, "session_window").value);

test("limits: streak, pause, hours, stop and lease: one unit is the difference too", async () => {
  const second = secondOf(await judged({}));
  const pause = { loss_streak_max: 1 };
  const cases: readonly (readonly [field: keyof RiskLimits, check: string, passes: Situation, fails: Situation])[] = [
    [
      "loss_streak_max",
      "loss_streak",
      { limits: { loss_streak_max: 3, cooldown_ms: 120_000n }, lead: lossBefore(10_000) },
      { limits: { loss_streak_max: 2, cooldown_ms: 120_000n }, lead: lossBefore(10_000) },
    ],
    [
      "cooldown_ms",
      "loss_streak",
      { limits: { ...pause, cooldown_ms: 10_000n }, lead: lossBefore(10_000) },
      { limits: { ...pause, cooldown_ms: 10_001n }, lead: lossBefore(10_000) },
    ],
    [
      "session_from_s",
      "session_window",
      { limits: { session_from_s: second, session_to_s: second + 9 } },
      { limits: { session_from_s: second + 1, session_to_s: second + 9 } },
    ],
    [
      "session_to_s",
      "session_window",
      { limits: { session_from_s: second - 9, session_to_s: second + 1 } },
      { limits: { session_from_s: second - 9, session_to_s: second } },
    ],
    [
      "stop_required",
      "stop_required",
      { limits: { stop_required: 0 }, lead: (s) => s.params({ stop_atr_milli: 0 }) },
      { limits: { stop_required: 1 }, lead: (s) => s.params({ stop_atr_milli: 0 }) },
    ],
    [
      "lease_required",
      "lease",
      { limits: { lease_required: 1 }, lead: leaseFor(1) },
      { limits: { lease_required: 1 }, lead: leaseFor(0) },
    ],
    [
      "certainty_required",
      "prediction_uncertainty",
      { limits: { certainty_required: 1 }, lead: (s) => s.opinion(0.6, 0.5) },
      { limits: { certainty_required: 1 }, lead: (s) => s.opinion(0.6, 0.6) },
    ],
  ];
  for (const [field, check, passes, fails] of cases) {
    assert.deepEqual(failedOf(await judged(passes)), [], field);
    assert.deepEqual(failedOf(await judged(fails)), [check], field);
  }
  const settings = ["limits_version", "day_start_offset_s"];
  const named = [...Object.values(LIMIT_OF), ...cases.map(([field]) => field), ...settings];
  assert.deepEqual([...named].sort(), Object.keys(LIMITS).sort(), "a limit has no line in these tables");
  const ofStrategy = [...Object.values(STRATEGY_LIMIT_OF), "limits_version", "strategy_id"];
  assert.deepEqual(ofStrategy.sort(), Object.keys(WIDE_STRATEGY_LIMITS).sort());
});
