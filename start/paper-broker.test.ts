// Orders on paper: at the next tick's ask or bid, never beyond the guard price or after their time; stops before targets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fill, type OrderIntent, OrderUpdate, type SymbolSpec } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { ORDER_STATE } from "#proto/records.ts";
import { nights, PaperBroker } from "./paper-broker.ts";
import type { PaperDeal } from "./paper-records.ts";

const LOT = 1_000_000n;
const spec = { tick_size_points: 1n, tick_value_micros: 1_000_000n } as SymbolSpec;
const intent = (changes: Partial<OrderIntent> = {}): OrderIntent =>
  ({
    intent_id: new Uint8Array(16).fill(1),
    magic: 5n,
    volume_microlots: LOT,
    stop_points: 90n,
    target_points: 120n,
    guard_price_points: 105n,
    expires_ns: 1_000n,
    action: 1,
    side: 0,
    ...changes,
  }) as OrderIntent;

const MS_PER_DAY = 86_400_000;
const at = (day: string, hour: number): bigint =>
  BigInt(Date.parse(`${day}T00:00:00Z`) + (hour * MS_PER_DAY) / 24) * 1_000_000n;

function broker(costs: { swap_micros?: bigint; slippage_milli?: bigint } = {}) {
  const deals: PaperDeal[] = [];
  const paper = new PaperBroker({
    specs: new Map([[1, spec]]),
    costs: { commission_micros: 3_000_000n, swap_micros: 0n, slippage_milli: 0n, ...costs },
    onDeal: (deal) => void deals.push(deal),
  });
  let time_ns = 0n;
  const tick = (bid: number, ask: number, symbol = 1) =>
    paper.tick({ symbol, time_ns: ++time_ns, bid_points: BigInt(bid), ask_points: BigInt(ask) });
  return { paper, deals, tick };
}

const stateOf = (record: Uint8Array): number => OrderUpdate.read(viewOf(record), 0).state;

test("paper: a buy: at the next tick's ask, with its commission; nothing before and nothing at another symbol's tick", () => {
  const { paper, deals, tick } = broker();
  assert.deepEqual(tick(100, 102), []);
  paper.take(1, intent());
  assert.deepEqual(tick(100, 102, 2), []);
  const [fill, update] = tick(101, 103) as [Uint8Array, Uint8Array];
  const { price_points, side, entry, commission_micros } = Fill.read(viewOf(fill), 0);
  assert.deepEqual([price_points, side, entry, commission_micros], [103n, 0, 0, -3_000_000n]);
  assert.equal(stateOf(update), ORDER_STATE.done);
  assert.equal(deals.length, 1);
});

test("paper: beyond the guard price, after its time, without a position to close: expired, no deal", () => {
  for (const [order, bid, ask] of [
    [intent({ guard_price_points: 102n }), 101, 103],
    [intent({ expires_ns: 0n }), 101, 102],
    [intent({ action: 2, side: 1, guard_price_points: 1n }), 101, 102],
  ] as const) {
    const { paper, deals, tick } = broker();
    paper.take(1, order);
    const [update] = tick(bid, ask) as [Uint8Array];
    assert.equal(stateOf(update), ORDER_STATE.expired);
    assert.deepEqual(deals, []);
  }
});

test("paper: stop and target of a long and a short position, at the price that the tick shows", () => {
  for (const [side, bid, ask, reason, profit] of [
    [0, 91, 92, undefined, 0n],
    [0, 90, 92, "stop", -13n],
    [0, 85, 86, "stop", -18n],
    [0, 120, 121, "target", 17n],
    [1, 119, 120, "stop", -18n],
    [1, 88, 90, "target", 12n],
    [1, 89, 91, undefined, 0n],
  ] as const) {
    const { paper, deals, tick } = broker();
    const levels = side === 0 ? {} : { stop_points: 120n, target_points: 90n, guard_price_points: 100n };
    paper.take(1, intent({ side, ...levels }));
    tick(102, 103);
    tick(bid, ask);
    assert.equal(deals[1]?.reason, reason, `${side} ${bid}/${ask}`);
    if (reason) assert.equal(deals[1]?.profit_micros, profit * 1_000_000n);
  }
});

test("paper: an order to close: the other side's price, and the profit of its volume", () => {
  const { paper, deals, tick } = broker();
  paper.take(1, intent({ volume_microlots: LOT / 2n }));
  tick(102, 103);
  paper.take(1, intent({ action: 2, side: 1, guard_price_points: 1n }));
  tick(113, 115);
  assert.deepEqual(
    deals.map((d) => [d.closes, d.price_points, d.profit_micros, d.commission_micros]),
    [
      [false, 103n, 0n, -1_500_000n],
      [true, 113n, 5_000_000n, -1_500_000n],
    ],
  );
});

test("paper: slippage: orders and stops are worse by a share of the spread rounded up, targets never; the guard price holds", () => {
  const slipping = () => broker({ slippage_milli: 250n });
  const { paper, deals, tick } = slipping();
  paper.take(1, intent());
  tick(96, 101);
  assert.equal(deals[0]?.price_points, 103n);
  tick(88, 93);
  assert.deepEqual([deals[1]?.reason, deals[1]?.price_points, deals[1]?.profit_micros], ["stop", 86n, -17_000_000n]);
  // From the mid: 4.5 of them at each side.
  assert.deepEqual(
    deals.map((d) => d.spread_micros),
    [-4_500_000n, -4_500_000n],
  );
  const target = slipping();
  target.paper.take(1, intent());
  target.tick(96, 101);
  target.tick(120, 125);
  assert.deepEqual([target.deals[1]?.reason, target.deals[1]?.price_points], ["target", 120n]);
  const guarded = slipping();
  guarded.paper.take(1, intent({ guard_price_points: 102n }));
  guarded.tick(96, 101);
  assert.deepEqual(guarded.deals, []);
});

test("paper: swap: nothing within a day, one a night, three on Wednesday, none at the weekend", () => {
  assert.equal(nights(at("2014-05-05", 0), at("2014-05-05", 23)), 0n);
  assert.equal(nights(at("2014-05-05", 23), at("2014-05-06", 1)), 1n);
  assert.equal(nights(at("2014-05-07", 23), at("2014-05-08", 1)), 3n);
  assert.equal(nights(at("2014-05-02", 23), at("2014-05-05", 1)), 1n);
  assert.equal(nights(at("2014-05-05", 1), at("2014-05-12", 1)), 7n);
  const { paper, deals } = broker({ swap_micros: 5_000_000n });
  const quote = { symbol: 1, bid_points: 102n, ask_points: 103n };
  paper.take(1, intent({ volume_microlots: LOT / 2n, expires_ns: at("2014-05-10", 0) }));
  paper.tick({ ...quote, time_ns: at("2014-05-07", 22) });
  paper.take(1, intent({ action: 2, side: 1, guard_price_points: 1n, expires_ns: at("2014-05-10", 0) }));
  paper.tick({ ...quote, time_ns: at("2014-05-08", 1) });
  assert.equal(deals[1]?.swap_micros, -7_500_000n);
  assert.equal(paper.realised_micros, -500_000n - 3_000_000n - 7_500_000n);
});

test("paper: margin: an order beyond the free margin is rejected; a loss that leaves half of it closes the position", () => {
  const rich = (base: bigint) => {
    const made = broker();
    made.paper.setAccount({ base_micros: base, leverage: 10 });
    made.paper.take(1, intent({ stop_points: 0n, target_points: 0n }));
    return made;
  };
  // One lot at 103 is worth 103 units: 10.3 of margin.
  const poor = rich(10_000_000n);
  const [update] = poor.tick(102, 103) as [Uint8Array];
  const { state, retcode } = OrderUpdate.read(viewOf(update), 0);
  assert.deepEqual([state, retcode], [ORDER_STATE.rejected, 10_019]);
  const { deals, tick, paper } = rich(20_000_000n);
  tick(102, 103);
  assert.equal(paper.margin_micros(), 10_300_000n);
  // Equity 17 less the loss: 5.15 is half of the margin.
  tick(92, 93);
  assert.equal(deals.length, 1);
  tick(91, 92);
  assert.deepEqual([deals[1]?.reason, deals[1]?.profit_micros], ["stop_out", -12_000_000n]);
});
