import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { CmdAck, CmdResult } from "#proto/generated/mtx1.ts";
import type { OrderIntent } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { ACK_STATUS, CMD_STATE } from "#proto/mtx1.ts";
import { ORDER_STATE } from "#proto/records.ts";
import type { BookOrder } from "./book.ts";
import { ANSWER_MS, type OrderEffect, type OrderNow, Orders, QUERY_MS, SETTLE_MS } from "./orders.ts";

const EXPIRES_NS = 10_000_000_000n;
const at = (ms: number): OrderNow => ({ ms, ns: BigInt(ms) * 1_000_000n });
const idOf = (n: number): string => n.toString(16).padStart(32, "0");

function orderOf(n: number, seq = 10n): BookOrder {
  const intent = { intent_id: bytesOf(idOf(n)), volume_microlots: 100_000n, expires_ns: EXPIRES_NS } as OrderIntent;
  return {
    id: idOf(n),
    intent,
    symbol: 1,
    seq,
    timeNs: 0n,
    filledMicrolots: 0n,
    filledValue: 0n,
    orderTicket: 0n,
    dealTicket: 0n,
    state: ORDER_STATE.none,
    final: false,
  };
}

const ack = (n: number, o: Partial<CmdAck>): CmdAck => ({
  cmd_id: bytesOf(idOf(n)),
  status: ACK_STATUS.accepted,
  state: CMD_STATE.received,
  last_retcode: 0,
  ea_utc_ms: 0n,
  order: 0n,
  deal: 0n,
  text: "",
  ...o,
});
const result = (n: number, o: Partial<CmdResult>): CmdResult =>
  ({ cmd_id: bytesOf(idOf(n)), retcode: 10009, final: 1, order: 7n, deal: 8n, volume: 0.1, ...o }) as CmdResult;
const summary = (effects: readonly OrderEffect[]): string[] =>
  effects.map((e) => (e.do === "update" ? `${e.outcome.state}${e.outcome.final ? "!" : ""}` : e.do));

/** Live, with one order sent. */
function sentOrder(): { orders: Orders; order: BookOrder } {
  const orders = new Orders();
  const order = orderOf(1);
  orders.onLive(at(0));
  orders.onAccepted(order, at(0));
  assert.deepEqual(summary(orders.onDurable(10n, at(1))), ["command"]);
  return { orders, order };
}

test("orders: accepted: nothing leaves before its verdict is durable, and then once", () => {
  const orders = new Orders();
  orders.onLive(at(0));
  orders.onAccepted(orderOf(1), at(0));
  assert.deepEqual(orders.onDurable(9n, at(1)), []);
  assert.deepEqual(summary(orders.onDurable(10n, at(2))), ["command"]);
  assert.deepEqual(orders.onDurable(11n, at(3)), []);
  assert.deepEqual(orders.onLive(at(4)), []);
});

test("orders: expired before it could leave: final, never sent", () => {
  const orders = new Orders();
  orders.onAccepted(orderOf(1), at(0));
  orders.onDurable(10n, at(1));
  assert.deepEqual(summary(orders.tick(at(10_000))), [`${ORDER_STATE.expired}!`]);
  assert.deepEqual(orders.onLive(at(10_001)), []);
});

test("orders: done: final only once its fills are booked, whichever comes first", () => {
  const first = sentOrder();
  assert.deepEqual(first.orders.onResult(result(1, {}), at(5)), []);
  first.order.filledMicrolots = 60_000n;
  assert.deepEqual(first.orders.onFill(first.order, at(6)), []);
  first.order.filledMicrolots = 100_000n;
  assert.deepEqual(summary(first.orders.onFill(first.order, at(7))), [`${ORDER_STATE.done}!`]);
  const second = sentOrder();
  second.order.filledMicrolots = 100_000n;
  assert.deepEqual(second.orders.onFill(second.order, at(5)), []);
  assert.deepEqual(summary(second.orders.onResult(result(1, {}), at(6))), [`${ORDER_STATE.done}!`]);
});

test("orders: fills that lag behind a result: asked for", () => {
  const { orders } = sentOrder();
  orders.onResult(result(1, {}), at(5));
  assert.deepEqual(orders.tick(at(5 + QUERY_MS - 1)), []);
  assert.deepEqual(summary(orders.tick(at(5 + QUERY_MS))), ["query"]);
});

test("orders: ambiguous return codes and silence: unknown, asked for, never rejected and never sent again", () => {
  for (const retcode of [10011, 10012, 10023, 10028, 10031, 10039, 0, 4711]) {
    const { orders } = sentOrder();
    assert.deepEqual(summary(orders.onResult(result(1, { retcode }), at(5))), [`${ORDER_STATE.unknown}`]);
    assert.deepEqual(summary(orders.tick(at(5 + QUERY_MS))), ["query"]);
    assert.equal(orders.count("unknown"), 1);
  }
  const { orders } = sentOrder();
  assert.deepEqual(summary(orders.tick(at(ANSWER_MS + 1))), [`${ORDER_STATE.unknown}`]);
});

test("orders: refused by the server: final; not yet final while the EA tries once more", () => {
  const { orders } = sentOrder();
  assert.deepEqual(summary(orders.onResult(result(1, { retcode: 10004, final: 0 }), at(5))), [`${ORDER_STATE.sent}`]);
  assert.deepEqual(summary(orders.onResult(result(1, { retcode: 10019 }), at(6))), [`${ORDER_STATE.rejected}!`]);
});

test("orders: acknowledgements: refusals are final unless the EA knows the id already", () => {
  for (const status of [ACK_STATUS.not_live, ACK_STATUS.invalid, ACK_STATUS.trading_disabled, ACK_STATUS.guard]) {
    const { orders } = sentOrder();
    const effects = orders.onAck(ack(1, { status, state: CMD_STATE.none }), at(5));
    assert.deepEqual(summary(effects), [`${ORDER_STATE.rejected}!`]);
  }
  const { orders } = sentOrder();
  const effects = orders.onAck(ack(1, { status: ACK_STATUS.invalid, state: CMD_STATE.sent }), at(5));
  assert.deepEqual(summary(effects), [`${ORDER_STATE.sent}`]);
});

test("orders: line lost after sending: sent again only when the EA's own journal has never seen it", () => {
  const again = sentOrder();
  again.orders.onDown(at(2));
  assert.deepEqual(again.orders.openIds(), [idOf(1)]);
  assert.deepEqual(again.orders.onStatus(ack(1, { state: CMD_STATE.none }), { now: at(3), sameJournal: true }), []);
  assert.deepEqual(summary(again.orders.onLive(at(4))), ["command"]);

  const late = sentOrder();
  late.orders.onDown(at(2));
  const effects = late.orders.onStatus(ack(1, { state: CMD_STATE.none }), { now: at(10_000), sameJournal: true });
  assert.deepEqual(summary(effects), [`${ORDER_STATE.expired}!`]);

  // Acknowledged before, or another journal: "none" proves nothing. Not found counts after a while, and is final.
  for (const state of [ORDER_STATE.none, ORDER_STATE.received]) {
    const lost = sentOrder();
    lost.order.state = state;
    lost.orders.onDown(at(2));
    const o = (ms: number) => ({ now: at(ms), sameJournal: state !== ORDER_STATE.none });
    const none = ack(1, { state: CMD_STATE.none });
    assert.deepEqual(summary(lost.orders.onStatus(none, o(3))), [`${ORDER_STATE.unknown}`]);
    assert.deepEqual(lost.orders.onLive(at(4)), []);
    assert.deepEqual(summary(lost.orders.onStatus(none, o(3 + SETTLE_MS))), [`${ORDER_STATE.not_found}!`]);
  }
});

test("orders: an unknown one that the EA has looked up: goes on from what it says", () => {
  const { orders, order } = sentOrder();
  orders.onResult(result(1, { retcode: 10012 }), at(5));
  const status = { now: at(6), sameJournal: true };
  assert.deepEqual(summary(orders.onStatus(ack(1, { state: CMD_STATE.working }), status)), [`${ORDER_STATE.working}`]);
  assert.deepEqual(orders.onStatus(ack(1, { state: CMD_STATE.done }), status), []);
  order.filledMicrolots = 40_000n;
  assert.deepEqual(summary(orders.onFill(order, at(7))), [`${ORDER_STATE.done}!`]);
});

type Step =
  | { kind: "accept" | "durable" | "live" | "down" | "tick" }
  | { kind: "ack" | "status"; status: number; state: number; same: boolean }
  | { kind: "result"; retcode: number; final: number; volume: number }
  | { kind: "fill"; volume: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("accept", "durable", "live", "down", "tick") }),
  fc.record({
    kind: fc.constantFrom("ack", "status"),
    status: fc.integer({ min: 1, max: 8 }),
    state: fc.integer({ min: 0, max: 10 }),
    same: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("result" as const),
    retcode: fc.constantFrom(10004, 10008, 10009, 10010, 10012, 10019, 10031),
    final: fc.nat(1),
    volume: fc.constantFrom(0, 0.05, 0.1),
  }),
  fc.record({ kind: fc.constant("fill" as const), volume: fc.constantFrom(50_000, 100_000) }),
);

test("orders: any events in any order: sent again only after NONE, never when down, expired, or not durable; one end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(4000)), { maxLength: 40 }), (steps) => {
      const orders = new Orders();
      const order = orderOf(1);
      let ms = 0;
      let live = false;
      let accepted = false;
      let durable = false;
      let maySend = true;
      let ends = 0;
      let unknown = false;
      const check = (effects: readonly OrderEffect[]): void => {
        for (const effect of effects) {
          if (effect.do === "command") {
            assert.ok(live && durable && maySend && ends === 0 && at(ms).ns < EXPIRES_NS);
            maySend = false;
          } else if (effect.do === "update") {
            assert.equal(ends, 0, "nothing is said after the end");
            if (effect.outcome.final) ends++;
            unknown = effect.outcome.state === ORDER_STATE.unknown;
            if (effect.outcome.state === ORDER_STATE.done) assert.ok(order.filledMicrolots > 0n);
            order.state = effect.outcome.state;
          } else assert.ok(live);
        }
      };
      for (const [s, wait] of steps) {
        ms += wait;
        const now = at(ms);
        if (s.kind === "accept" && !accepted) {
          accepted = true;
          orders.onAccepted(order, now);
        } else if (s.kind === "durable" && accepted) {
          durable = true;
          check(orders.onDurable(10n, now));
        } else if (s.kind === "live") {
          live = true;
          check(orders.onLive(now));
        } else if (s.kind === "down") {
          live = false;
          orders.onDown(now);
        } else if (s.kind === "tick") check(orders.tick(now));
        else if (s.kind === "ack" && !maySend) check(orders.onAck(ack(1, s), now));
        else if (s.kind === "status") {
          // An honest EA says NONE only of what it never took.
          const none = s.state === CMD_STATE.none && s.same && !live && order.state === ORDER_STATE.none;
          if (none && order.filledMicrolots === 0n) maySend = true;
          check(orders.onStatus(ack(1, s), { now, sameJournal: s.same }));
        } else if (s.kind === "result" && !maySend) {
          const wasUnknown = unknown;
          check(orders.onResult(result(1, s), now));
          if (wasUnknown && s.retcode === 10012) assert.ok(unknown || ends > 0);
        } else if (s.kind === "fill" && !maySend && order.filledMicrolots < 100_000n) {
          order.filledMicrolots += BigInt(s.volume);
          check(orders.onFill(order, now));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
