// What the policy proposes, when, and with which identity, prices and life.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { viewOf } from "#proto/record.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { type Answer, LOT, only, PARAMS, Script } from "./script.fixture.ts";

const intents = (answers: readonly Answer[]) => only(answers, "order_intent").map((a) => a.payload);

/** What the next minute's tick brings under this opinion. */
function decide(s: Script, up: number) {
  s.opinion(up);
  return intents(s.nextMinute());
}

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

test("policy: the edge of entry: at it a buy or sell, below it nothing", async () => {
  for (const [up, sides] of [
    [0.55, [0]],
    [0.549_998, []],
    [0.45, [1]],
    [0.450_002, []],
  ] as const) {
    const found = decide(await Script.ready(), up);
    assert.deepEqual(
      found.map((i) => i.side),
      sides,
      String(up),
    );
  }
});

test("policy: an opening intent: price, stop, target, guard, life and probability", async () => {
  const s = await Script.ready();
  const [buy] = decide(s, 0.6);
  // ATR of bars of 20 points: 20, less a little for the flat bar of one tick that just closed.
  const atr = 20 - 20 / 14;
  const stop = BigInt(Math.floor(2 * atr + 0.5));
  const target = BigInt(Math.floor(3 * atr + 0.5));
  assert.deepEqual(
    {
      action: buy.action,
      side: buy.side,
      price: buy.price_points,
      stop: buy.stop_points,
      target: buy.target_points,
      guard: buy.guard_price_points,
    },
    { action: 1, side: 0, price: 138_610n, stop: 138_600n - stop, target: 138_600n + target, guard: 138_617n },
  );
  assert.equal(buy.expires_ns, BigInt(s.ms + 2_000) * 1_000_000n);
  assert.deepEqual([buy.probability_up_ppm, buy.timeframe_s, buy.position_ticket], [600_000, 60, 0n]);
  const t = await Script.ready();
  const [sell] = decide(t, 0.4);
  assert.deepEqual(
    [sell.price_points, sell.stop_points, sell.target_points, sell.guard_price_points],
    [138_600n, 138_610n + stop, 138_610n - target, 138_593n],
  );
});

test("policy: the broker's stops level is the least distance; 0 thousandths of the ATR is no stop", async () => {
  const s = await Script.ready();
  s.spec({ stops_level_points: 200 });
  s.params({ target_atr_milli: 0 });
  const [buy] = decide(s, 0.6);
  assert.deepEqual([buy.stop_points, buy.target_points], [138_400n, 0n]);
});

test("policy: identity: id and magic as an auditor works them out", async () => {
  const s = await Script.ready();
  const [buy] = decide(s, 0.6);
  const id = new Uint8Array(16).fill(9, 8);
  viewOf(id).setBigUint64(0, buy.cause_seq << 8n);
  assert.deepEqual(new Uint8Array(buy.intent_id), id);
  const tag = BigInt(`0x${sha256(id).subarray(26).toString("hex")}`);
  assert.equal(buy.magic, (BigInt(PARAMS.strategy_id) << 48n) | tag);
  assert.equal(buy.cause_seq, s.core.lastSeq());
});

test("policy: two symbols decided by one record: different ids, each intent with its verdict behind it", async () => {
  const s = await Script.ready({ symbols: 2 });
  s.opinion(0.6);
  const answers = s.timer(62_000);
  const kinds = answers.map((a) => `${a.symbol} ${a.kind}`);
  assert.deepEqual(kinds, [
    "1 bar",
    "1 prediction",
    "1 order_intent",
    "1 risk_verdict",
    "2 bar",
    "2 prediction",
    "2 order_intent",
    "2 risk_verdict",
  ]);
  const [one, two] = intents(answers);
  assert.notDeepEqual(one.intent_id, two.intent_id);
  assert.deepEqual(only(answers, "risk_verdict")[1]?.payload.intent_id, two.intent_id);
});

test("policy: silent while: disabled, link not live, other timeframe, not warm, no parameters, history", async () => {
  for (const hush of [
    (s: Script) => s.params({ enabled: 0 }),
    (s: Script) => s.link(1),
    (s: Script) => s.link(0),
    (s: Script) => s.link(3),
    (s: Script) => s.params({ timeframe_s: 3600 }),
    (s: Script) => s.params({ intent_life_ms: 0n }),
    (s: Script) => s.params({ volume_microlots: -1n }, 1),
  ]) {
    const s = await Script.ready();
    hush(s);
    assert.deepEqual(decide(s, 0.6), [], hush.toString());
  }
  const cold = await Script.empty();
  cold.limits();
  cold.params();
  cold.spec();
  cold.history({ bars: 49 });
  cold.account();
  cold.link(2);
  cold.tick();
  assert.deepEqual(decide(cold, 0.6), []);
  assert.equal(decide(cold, 0.6).length, 1, "the 51st bar is warm");
  const s = await Script.ready();
  s.timer(3_600_000);
  s.opinion(0.6);
  const answers = s.bar({ open_time_ms: BigInt(s.ms - 60_000), score: 1 });
  assert.deepEqual(
    answers.map((a) => a.kind),
    ["prediction"],
  );
});

test("policy: while one is in flight or a position is there, nothing is opened", async () => {
  const s = await Script.ready();
  const [first] = decide(s, 0.6);
  assert.deepEqual(decide(s, 0.6), []);
  s.update(first.intent_id, { state: 4, final: 0 });
  assert.deepEqual(decide(s, 0.6), []);
  s.update(first.intent_id);
  assert.equal(decide(s, 0.6).length, 1);
  const t = await Script.ready();
  t.position({ magic: 0n });
  assert.deepEqual(decide(t, 0.6), [], "a position of another hand");
  assert.deepEqual(decide(t, 0.4), [], "which is not ours to close");
});

test("policy: a refused intent is not in flight: the next bar tries again", async () => {
  const s = await Script.ready();
  s.command(OPERATOR_COMMAND.reduce_only);
  assert.equal(decide(s, 0.6).length, 1);
  assert.equal(decide(s, 0.6).length, 1);
});

test("policy: halted: nothing is proposed, neither to open nor to close", async () => {
  const s = await Script.ready();
  s.command(OPERATOR_COMMAND.halt);
  assert.deepEqual(decide(s, 0.9), []);
  s.position();
  assert.deepEqual(decide(s, 0.1), []);
});

test("policy: exit on the opposite edge, at it and not before it; the whole position, by its ticket", async () => {
  for (const [side, up, closes] of [
    [0, 0.45, true],
    [0, 0.450_002, false],
    [0, 0.9, false],
    [1, 0.55, true],
    [1, 0.549_998, false],
  ] as const) {
    const s = await Script.ready();
    s.position({ side, ticket: 4711n, volume_microlots: 250_000n });
    const found = decide(s, up);
    assert.equal(found.length, closes ? 1 : 0, `${side} ${up}`);
    if (!closes) continue;
    const { action, position_ticket, volume_microlots, stop_points } = found[0];
    assert.deepEqual(
      [action, found[0].side, position_ticket, volume_microlots, stop_points],
      [2, 1 - side, 4711n, 250_000n, 0n],
    );
    assert.deepEqual(decide(s, up), [], "one exit at a time");
  }
});

test("policy: strategy 0 has no positions of its own: a small magic of another hand is not closed", async () => {
  const s = await Script.ready();
  s.params({ strategy_id: 0 });
  s.position({ magic: 20_260_101n });
  assert.deepEqual(decide(s, 0.1), []);
  assert.deepEqual(decide(s, 0.9), []);
});

test("policy: exit after the longest holding time, to the millisecond", async () => {
  const s = await Script.ready();
  s.params({ hold_max_ms: 120_000n });
  s.ms = s.ms - (s.ms % 60_000) + 60_000;
  s.tick();
  s.position({ broker_time_ms: BigInt(s.ms + 1) });
  assert.deepEqual(decide(s, 0.5), []);
  assert.deepEqual(decide(s, 0.5), [], "one millisecond short");
  assert.equal(decide(s, 0.5).length, 1);
});

test("policy: a position larger than one order may be: closed piece by piece", async () => {
  const s = await Script.ready();
  s.position({ volume_microlots: (5n * LOT) / 2n });
  const [piece] = decide(s, 0.4);
  assert.equal(piece.volume_microlots, LOT);
});

test("policy: the model's bytes are not the named ones, or no model at all: alert, no prediction, no intent", async () => {
  const s = await Script.ready();
  const [alert] = s.model(new Uint8Array([1, 2, 3]));
  assert.deepEqual([alert?.kind, alert?.payload.code, alert?.payload.severity], ["alert", 1, 2]);
  const answers = s.nextMinute();
  assert.deepEqual(
    answers.map((a) => a.kind),
    ["bar"],
  );
});

test("policy: an artefact that is named rightly but not whole: alert with the reason, no prediction", async () => {
  const s = await Script.ready();
  const bytes = new Uint8Array(80);
  s.core.loadModel(bytes);
  assert.deepEqual(only(s.model(bytes), "alert")[0]?.payload.value, 2n);
  assert.equal(only(s.nextMinute(), "prediction").length, 0);
});
