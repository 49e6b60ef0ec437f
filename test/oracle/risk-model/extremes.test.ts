// Overflow: specifications, quotes, volumes, positions and money at the bounds of the core and beside them. The model counts
// without bounds: where the true number fits an i64 the core says it, elsewhere it says the end of the i64.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, Script } from "#core-wasm/host/script.fixture.ts";
import { REASON } from "#proto/reasons.ts";
import { Choices } from "../../choices.ts";
import {
  DISTANCE_MAX,
  MAX,
  MONEY_MAX,
  POINTS_MAX,
  SPAN_MS_MAX,
  TICK_SIZE_MAX,
  TICK_VALUE_MAX,
  VOLUME_MAX,
} from "./numbers.ts";
import { Watch } from "./watch.ts";

const CASES = 150;
const SYMBOLS = 3;
const BIDS = [40n, 138_600n, POINTS_MAX / 2n, POINTS_MAX - 10n];
const VALUES = [0n, 1n, 1_000_000n, TICK_VALUE_MAX / 2n, TICK_VALUE_MAX - 1n, TICK_VALUE_MAX];
const SIZES = [1n, 1n, 1n, 100_000n, TICK_SIZE_MAX - 1n, TICK_SIZE_MAX];
const VOLUMES = [1n, 10_000n, 999_999n, 1_000_000n, 1_000_001n, VOLUME_MAX - 1n, VOLUME_MAX];
const EQUITIES = [-MONEY_MAX, -1n, 0n, 1n, 10_000_000_000n, MONEY_MAX - 1n, MONEY_MAX];

/** Limits at their greatest. */
const WIDEST = {
  ...LIMITS,
  order_volume_max_microlots: VOLUME_MAX,
  position_volume_max_microlots: VOLUME_MAX,
  daily_loss_max_micros: MAX,
  spread_max_points: DISTANCE_MAX,
  quote_age_max_ms: SPAN_MS_MAX,
  order_notional_max_micros: MONEY_MAX,
  gross_exposure_max_micros: MONEY_MAX,
  net_exposure_max_micros: MONEY_MAX,
  currency_exposure_max_micros: MONEY_MAX,
  correlated_exposure_max_micros: MONEY_MAX,
  drawdown_max_micros: MONEY_MAX,
  daily_realised_loss_max_micros: MONEY_MAX,
  leverage_max_milli: SPAN_MS_MAX,
};

const MONEY_CHECKS = [
  "order_notional",
  "gross_exposure",
  "net_exposure",
  "currency_exposure",
  "correlated_exposure",
  "leverage",
  "daily_loss",
  "drawdown",
  "strategy_exposure",
];

async function play(pick: Choices, ends: Map<string, Set<string>>): Promise<number> {
  const of = <T>(list: readonly T[]): T => list[pick.below(list.length)] as T;
  const s = await Script.empty();
  const watch = new Watch(s);
  s.limits(WIDEST);
  s.strategyLimits({ exposure_max_micros: MONEY_MAX, daily_loss_max_micros: MONEY_MAX });
  s.params({ volume_microlots: of(VOLUMES), stop_atr_milli: 100 });
  s.opinion(of([0.3, 0.7]));
  const account = () =>
    s.account({
      equity_micros: of(EQUITIES),
      margin_free_micros: of(EQUITIES),
      leverage: of([0, 1, 100, 2 ** 32 - 1]),
    });
  for (let symbol = 1; symbol <= SYMBOLS; symbol++) {
    s.spec(
      {
        base_currency: of(["EUR", "USD"]),
        profit_currency: of(["USD", "JPY"]),
        tick_value_micros: of(VALUES),
        tick_size_points: of(SIZES),
        volume_min_microlots: 1n,
        volume_step_microlots: 1n,
        volume_max_microlots: VOLUME_MAX,
      },
      symbol,
    );
    s.bid = Number(of(BIDS));
    s.history({ bars: 52, symbol });
    s.tick({ symbol, spread: of([0, 5, 9]) });
    if (symbol === 1) continue;
    for (const identifier of [1n, 2n].slice(pick.below(3))) {
      const price = { open_price_points: of([1n, ...BIDS, POINTS_MAX]), volume_microlots: of(VOLUMES) };
      s.position({ ...price, identifier, ticket: identifier, side: pick.below(2) }, symbol);
    }
  }
  s.bid = Number(watch.model.book(1).quote?.bid);
  account();
  s.link(2);
  if (pick.oneIn(2)) {
    const money = { profit_micros: of(EQUITIES), commission_micros: of(EQUITIES), swap_micros: of(EQUITIES) };
    s.fill({ ...money, position_id: 9n, entry: 1, broker_time_ms: BigInt(s.ms + 9) }, 2);
  }
  // Twice: the first is a spike, the second confirms it.
  for (const symbol of [2, 3]) {
    const bid = Number(of(BIDS));
    for (let n = 0; n < 2; n++) s.tick({ symbol, bid });
  }
  if (pick.oneIn(2)) account();
  if (pick.oneIn(2)) {
    // A release: the peak begins anew, and what then fails is not the trading state.
    s.operatorKey();
    s.command(1);
  }
  s.nextMinute();
  for (const name of MONEY_CHECKS) {
    const check = watch.last?.checks[(REASON[name] as number) - 1];
    if (check && check.result !== 2)
      ends.get(name)?.add(check.value === MAX || check.value === -MAX - 1n ? "saturates" : "fits");
  }
  return watch.last ? 1 : 0;
}

test("extremes: money at the bounds and beside them: the true number where it fits an i64, else its end", async () => {
  const ends = new Map(MONEY_CHECKS.map((name) => [name, new Set<string>()]));
  let verdicts = 0;
  for (let index = 0; index < CASES; index++) verdicts += await play(new Choices(11, index), ends);
  assert.ok(verdicts > CASES / 2, `${verdicts} verdicts`);
  for (const [name, seen] of ends) assert.deepEqual([...seen].sort(), ["fits", "saturates"], name);
});
