import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Broker } from "./broker.ts";
import {
  type BrokerEvent,
  type BrokerFaults,
  ENTRY,
  FILLING,
  MARGIN_MODE,
  REASON,
  RETCODE,
  type RequestResult,
  type Side,
  type TradeRequest,
} from "./broker-types.ts";
import { NO_FAULTS, parseFaults } from "./faults.ts";
import { MICRO, specFor } from "./specs.ts";

const specs = [specFor("EURUSD"), specFor("USDJPY")];
const makeBroker = (o: { hedging?: boolean; seed?: number; faults?: BrokerFaults } = {}): Broker =>
  new Broker({
    specs,
    seed: o.seed ?? 1,
    marginMode: o.hedging ? MARGIN_MODE.hedging : MARGIN_MODE.netting,
    leverage: 100,
    balanceMicros: 100_000 * MICRO,
    faults: o.faults ?? NO_FAULTS,
  });

const deal = (request_id: number, side: Side, volume: number, more: Partial<TradeRequest> = {}): TradeRequest => ({
  request_id,
  action: "deal",
  symbol: "EURUSD",
  side,
  volume,
  stop: 0,
  target: 0,
  filling: FILLING.ioc,
  position: 0,
  magic: String(request_id),
  comment: "",
  ...more,
});

let clock = 1000;
const quote = (broker: Broker, bid: number, symbol = "EURUSD"): void => {
  clock += 10_000;
  broker.onTick({ symbol, time_ms: clock, bid, ask: bid + 10, flags: 6 });
};

/** Sends it, lets it be carried out, hands back what the server said. */
function carryOut(broker: Broker, request: TradeRequest): RequestResult {
  broker.events.length = 0;
  broker.submit(request, broker.now);
  broker.advanceTo(broker.lastDue ?? broker.now);
  const answer = broker.events.find((event) => event.kind === "result");
  assert.ok(answer?.kind === "result");
  return answer.result;
}

const net = (broker: Broker, symbol: string): number =>
  broker.positions
    .filter((position) => position.symbol === symbol)
    .reduce((sum, { side, volume }) => sum + (side === 0 ? volume : -volume), 0);
const dealsNet = (broker: Broker, symbol: string): number =>
  broker.deals
    .filter((d) => d.symbol === symbol)
    .reduce((sum, { side, volume }) => sum + (side === 0 ? volume : -volume), 0);
const kinds = (events: readonly BrokerEvent[]): string[] =>
  events.map((event) => (event.kind === "order" ? event.change : event.kind)).filter((kind) => kind !== "position");

test("broker: netting: an opposite deal reduces, closes, reverses; a reversal changes the ticket, not the identifier", () => {
  const broker = makeBroker();
  quote(broker, 100_000);
  const opened = carryOut(broker, deal(1, 0, 200_000));
  assert.equal(opened.retcode, RETCODE.done);
  const [first] = broker.positions;
  carryOut(broker, deal(2, 1, 50_000));
  assert.equal(net(broker, "EURUSD"), 150_000);
  assert.equal(broker.deals.at(-1)!.entry, ENTRY.out);
  const reversed = carryOut(broker, deal(3, 1, 400_000));
  const [after] = broker.positions;
  assert.equal(net(broker, "EURUSD"), -250_000);
  assert.equal(broker.deals.at(-1)!.entry, ENTRY.inout);
  assert.equal(after!.ticket, reversed.order);
  assert.equal(after!.identifier, first!.identifier);
  carryOut(broker, deal(4, 0, 250_000));
  assert.equal(broker.positions.length, 0);
});

test("broker: hedging: each opening is a position; a close names it, and nothing else closes it", () => {
  const broker = makeBroker({ hedging: true });
  quote(broker, 100_000);
  const long = carryOut(broker, deal(1, 0, 100_000));
  carryOut(broker, deal(2, 1, 100_000));
  assert.equal(broker.positions.length, 2);
  assert.equal(carryOut(broker, deal(3, 1, 200_000, { position: long.order })).retcode, RETCODE.invalid_close_volume);
  assert.equal(carryOut(broker, deal(4, 0, 100_000, { position: long.order })).retcode, RETCODE.invalid);
  assert.equal(carryOut(broker, deal(5, 1, 100_000, { position: long.order })).retcode, RETCODE.done);
  assert.deepEqual(
    broker.positions.map(({ side }) => side),
    [1],
  );
  assert.equal(carryOut(broker, deal(6, 1, 100_000, { position: long.order })).retcode, RETCODE.position_closed);
});

test("broker: transactions: an opening and a close come in their two usual orders", () => {
  const broker = makeBroker();
  quote(broker, 100_000);
  const opened = carryOut(broker, deal(1, 0, 100_000));
  assert.deepEqual(kinds(broker.events), ["add", "deal", "delete", "history", "result"]);
  carryOut(broker, deal(2, 1, 100_000, { position: opened.order }));
  assert.deepEqual(kinds(broker.events), ["add", "delete", "history", "deal", "result"]);
});

test("broker: stop and target: go off at the server without anyone asking", () => {
  for (const [side, move, reason] of [
    [0, -300, REASON.stop],
    [0, 400, REASON.target],
    [1, 300, REASON.stop],
    [1, -400, REASON.target],
  ] as const) {
    const broker = makeBroker();
    quote(broker, 100_000);
    const sign = side === 0 ? 1 : -1;
    carryOut(broker, deal(1, side, 100_000, { stop: 100_000 - sign * 200, target: 100_000 + sign * 300 }));
    quote(broker, 100_000 + sign * 50);
    assert.equal(broker.positions.length, 1);
    quote(broker, 100_000 + move);
    assert.equal(broker.positions.length, 0);
    assert.equal(broker.deals.at(-1)!.reason, reason);
    assert.equal(broker.deals.at(-1)!.profit > 0, reason === REASON.target);
  }
});

test("broker: refusals: each with MT5's own return code", () => {
  const broker = makeBroker();
  assert.equal(carryOut(broker, deal(1, 0, 100_000)).retcode, RETCODE.price_off);
  quote(broker, 100_000);
  const cases: [Partial<TradeRequest>, number][] = [
    [{ volume: 9_999 }, RETCODE.invalid_volume],
    [{ volume: 10_001 }, RETCODE.invalid_volume],
    [{ volume: 60 * MICRO }, RETCODE.invalid_volume],
    [{ stop: 99_991 }, RETCODE.invalid_stops],
    [{ stop: 100_500 }, RETCODE.invalid_stops],
    [{ target: 100_009 }, RETCODE.invalid_stops],
    [{ filling: FILLING.return }, RETCODE.invalid_fill],
    [{ position: 77 }, RETCODE.position_closed],
    [{ volume: 50 * MICRO, side: 0 }, RETCODE.done],
    [{ volume: 50 * MICRO, side: 0 }, RETCODE.no_money],
    [{ symbol: "GBPUSD" }, RETCODE.invalid],
  ];
  for (const [more, retcode] of cases)
    assert.equal(carryOut(broker, deal(2, 0, 100_000, more)).retcode, retcode, JSON.stringify(more));
  assert.equal(carryOut(broker, deal(3, 0, 100_000, { stop: 99_990, target: 100_010 })).retcode, RETCODE.done);
});

test("broker: a sinking account: the stop-out closes, equity stays above zero", () => {
  const broker = makeBroker();
  quote(broker, 100_000);
  carryOut(broker, deal(1, 0, 50 * MICRO));
  for (let bid = 99_900; bid > 90_000 && broker.positions.length > 0; bid -= 100) quote(broker, bid);
  assert.equal(broker.deals.at(-1)!.reason, REASON.stop_out);
  assert.ok(broker.account().equity > 0);
});

const step = fc.oneof(
  fc.record({
    kind: fc.constant("quote" as const),
    symbol: fc.constantFrom("EURUSD", "USDJPY"),
    move: fc.integer({ min: -300, max: 300 }),
  }),
  fc.record({
    kind: fc.constant("order" as const),
    symbol: fc.constantFrom("EURUSD", "USDJPY"),
    side: fc.constantFrom(0 as const, 1 as const),
    steps: fc.integer({ min: 1, max: 40 }),
    close: fc.boolean(),
    stops: fc.boolean(),
  }),
);

/** Plays the steps; the base prices are those of the symbols. */
function play(broker: Broker, steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): void {
  const prices: Record<string, number> = { EURUSD: 108_000, USDJPY: 148_000 };
  for (const symbol of Object.keys(prices)) quote(broker, prices[symbol]!, symbol);
  let id = 1;
  for (const s of steps) {
    const price = prices[s.symbol]!;
    if (s.kind === "quote") {
      prices[s.symbol] = price + s.move;
      quote(broker, prices[s.symbol]!, s.symbol);
      continue;
    }
    const held = broker.positions.find(({ symbol }) => symbol === s.symbol);
    const close = s.close && held ? { position: held.ticket, side: held.side === 0 ? 1 : 0, volume: held.volume } : {};
    const sign = s.side === 0 ? 1 : -1;
    const stops = s.stops && !s.close ? { stop: price - sign * 200, target: price + sign * 250 } : {};
    broker.submit(
      deal(id++, s.side, s.steps * 10_000, { symbol: s.symbol, ...stops, ...(close as object) }),
      broker.now,
    );
  }
  broker.advanceTo((broker.lastDue ?? broker.now) + 10_000);
}

test("broker: any orders, prices and faults: positions are the sum of the deals, equity is balance and floating", () => {
  const faults = parseFaults("wild");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), fc.nat(), (steps, hedging, seed) => {
      const broker = makeBroker({ hedging, seed, faults });
      play(broker, steps);
      for (const symbol of ["EURUSD", "USDJPY"]) {
        assert.equal(net(broker, symbol), dealsNet(broker, symbol));
        if (!hedging) assert.ok(broker.positions.filter((p) => p.symbol === symbol).length <= 1);
      }
      const floating = broker.positions.reduce((sum, position) => sum + broker.floating(position), 0);
      const booked = broker.deals.reduce((sum, { profit, commission }) => sum + profit + commission, 0);
      const { balance, equity } = broker.account();
      assert.equal(balance, 100_000 * MICRO + booked);
      assert.equal(equity, balance + floating);
      assert.equal(broker.events.filter(({ kind }) => kind === "deal").length, broker.deals.length);
      const tickets = [...broker.deals.map((d) => d.deal), ...broker.historyOrders.map((o) => o.ticket)];
      assert.equal(new Set(tickets).size, tickets.length);
    }),
    { numRuns: 150 },
  );
});

test("broker: same seed and steps: same events; a saved state goes on as the server it was saved from", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
      const faults = parseFaults("wild");
      clock = 1000;
      const one = makeBroker({ seed, faults });
      play(one, steps);
      clock = 1000;
      const two = makeBroker({ seed, faults });
      play(two, steps);
      assert.deepEqual(one.events, two.events);
      const restored = makeBroker({ seed: seed + 1, faults });
      restored.restore(JSON.parse(JSON.stringify(one.state())), one.deals, one.historyOrders);
      for (const broker of [one, restored]) {
        broker.events.length = 0;
        clock = 10_000_000;
        quote(broker, 108_000);
        quote(broker, 148_000, "USDJPY");
        broker.submit(deal(9000, 0, 10_000), broker.now);
        broker.advanceTo(broker.lastDue ?? broker.now);
      }
      assert.deepEqual(one.events, restored.events);
      assert.deepEqual(one.account(), restored.account());
    }),
    { numRuns: 60 },
  );
});
