// The life of an accepted intent in the core: what releases it, what keeps its volume reserved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ORDER_STATE } from "#proto/records.ts";
import { LOT, only, Script } from "./script.fixture.ts";

const VOLUME = LOT / 10n;

/** An accepted buy in flight. */
async function inFlight() {
  const s = await Script.ready();
  s.opinion(0.6);
  const intent = only(s.nextMinute(), "order_intent")[0]?.payload;
  return { s, id: intent.intent_id as Uint8Array };
}

/** True when the next bar brings a new opening intent: nothing is in flight and no position is there. */
const isFree = (s: Script): boolean => only(s.nextMinute(), "order_intent").some((a) => a.payload.action === 1);

test("orders: any final word without a fill releases it", async () => {
  for (const state of [ORDER_STATE.rejected, ORDER_STATE.expired, ORDER_STATE.not_found, ORDER_STATE.done]) {
    const { s, id } = await inFlight();
    s.update(id, { state });
    assert.ok(isFree(s), `state ${state}`);
  }
});

test("orders: a word that is not final, of another order or of another hand: still in flight", async () => {
  for (const state of [ORDER_STATE.received, ORDER_STATE.sent, ORDER_STATE.working, ORDER_STATE.unknown]) {
    const { s, id } = await inFlight();
    s.update(id, { state, final: 0 });
    s.update(new Uint8Array(16).fill(1));
    s.update(new Uint8Array(16));
    assert.ok(!isFree(s), `state ${state}`);
  }
});

test("orders: filled whole by its fills: released, the position stands, a later final word changes nothing", async () => {
  const { s, id } = await inFlight();
  s.fill({ intent_id: id, volume_microlots: VOLUME / 2n });
  s.fill({ intent_id: id, volume_microlots: VOLUME / 2n });
  s.update(id, { state: ORDER_STATE.done, volume_filled_microlots: VOLUME });
  s.fill({ side: 1, entry: 1, volume_microlots: VOLUME });
  assert.ok(isFree(s));
});

test("orders: done before its fills came: the volume stays reserved until they do", async () => {
  const { s, id } = await inFlight();
  s.update(id, { state: ORDER_STATE.done, volume_filled_microlots: VOLUME });
  assert.ok(!isFree(s));
  s.fill({ intent_id: id });
  s.fill({ side: 1, entry: 1, volume_microlots: VOLUME });
  assert.ok(isFree(s));
});

test("orders: done before its fills came: a position record of that time or a second final word releases it", async () => {
  const first = await inFlight();
  first.s.update(first.id, { state: ORDER_STATE.done, volume_filled_microlots: VOLUME });
  first.s.position({ volume_microlots: VOLUME });
  first.s.ms += 1;
  first.s.position({ volume_microlots: 0n });
  assert.ok(isFree(first.s));
  const second = await inFlight();
  const done = { state: ORDER_STATE.done, volume_filled_microlots: VOLUME };
  second.s.update(second.id, done);
  second.s.update(second.id, done);
  assert.ok(isFree(second.s));
});

test("orders: partly filled, then ended: only what was filled is waited for", async () => {
  const { s, id } = await inFlight();
  s.fill({ intent_id: id, volume_microlots: VOLUME / 4n });
  s.update(id, { state: ORDER_STATE.done, volume_filled_microlots: VOLUME / 4n });
  s.fill({ side: 1, entry: 1, volume_microlots: VOLUME / 4n });
  assert.ok(isFree(s));
});

test("orders: expired without a word: said once after the grace, never released by time", async () => {
  const { s, id } = await inFlight();
  s.link(0);
  assert.deepEqual(only(s.timer(2_000 + 89_999), "alert"), []);
  const [alert] = only(s.timer(1), "alert");
  assert.deepEqual([alert?.payload.code, alert?.payload.value, alert?.symbol], [3, VOLUME, 1]);
  for (let i = 0; i < 5; i++) assert.deepEqual(only(s.timer(3_600_000), "alert"), []);
  s.link(2);
  s.tick();
  assert.ok(!isFree(s));
  s.update(id, { state: ORDER_STATE.not_found });
  assert.ok(isFree(s));
});

test("orders: the connector says unknown: said at once, and not again", async () => {
  const { s, id } = await inFlight();
  const [alert] = s.update(id, { state: ORDER_STATE.unknown, final: 0 });
  assert.deepEqual([alert?.payload.code, alert?.symbol], [3, 1]);
  assert.deepEqual(only(s.timer(600_000), "alert"), []);
});

test("orders: working at the broker beyond its life: known, so no alarm", async () => {
  const { s, id } = await inFlight();
  s.update(id, { state: ORDER_STATE.working, final: 0 });
  assert.deepEqual(only(s.timer(600_000), "alert"), []);
});

test("orders: in flight counts into the position size of an exit's sibling", async () => {
  // Filled by half, the rest still working: the exit may go, and no second opening may.
  const { s, id } = await inFlight();
  s.fill({ intent_id: id, volume_microlots: VOLUME / 2n });
  s.opinion(0.4);
  const exits = only(s.nextMinute(), "order_intent");
  assert.deepEqual(
    exits.map((a) => [a.payload.action, a.payload.volume_microlots]),
    [[2, VOLUME / 2n]],
  );
  assert.deepEqual(only(s.nextMinute(), "order_intent"), []);
});

test("orders: a filled volume out of bounds: refused and said, the intent stays in flight", async () => {
  const { s, id } = await inFlight();
  const [alert] = s.update(id, { volume_filled_microlots: -1n });
  assert.deepEqual([alert?.payload.code, alert?.payload.value], [6, 6n]);
  assert.ok(!isFree(s));
});
