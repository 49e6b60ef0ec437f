// Orders on paper: at the next tick's ask or bid, never beyond the guard price or after their time; stops before targets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fill, type OrderIntent, OrderUpdate, type SymbolSpec } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { ORDER_STATE } from "#proto/records.ts";
import { PaperBroker, type PaperDeal } from "./paper-broker.ts";

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

function broker() {
  const deals: PaperDeal[] = [];
  const paper = new PaperBroker({
    specs: new Map([[1, spec]]),
    commission_micros: 3_000_000n,
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
