// The edge's end, scenario by scenario.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import { Chain } from "./chain.fixture.ts";
import type { Refusal } from "./messages.ts";
import {
  ACK_WITHIN_MS,
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  Sender,
  type SenderEffect,
  WELCOME_WITHIN_MS,
} from "./sender.ts";

const kinds = (effects: SenderEffect[]): string[] => effects.filter((e) => e.type !== "state").map((e) => e.type);
const alarms = (effects: SenderEffect[]): string[] =>
  effects.flatMap((e) => (e.type === "alarm" ? [e.error.code] : []));
const newSender = (chain: Chain): Sender =>
  new Sender({ hello: chain.hello, random: { bytes: (n) => new Uint8Array(n).fill(128) } });

function streaming(chain: Chain, o: { nextSeq?: bigint; lastHash?: Uint8Array; credit?: number } = {}) {
  const sender = newSender(chain);
  sender.start();
  sender.onSealed(chain.lastSeq);
  assert.deepEqual(kinds(sender.tick(0)), ["connect"]);
  const [hello] = sender.onConnected();
  assert.ok(hello?.type === "send" && hello.message.type === "hello");
  assert.equal(hello.message.hello.lastSealedSeq, chain.lastSeq);
  const { nextSeq = 1n, lastHash = new Uint8Array(32), credit = 2 } = o;
  const effects = sender.onMessage(1, { type: "welcome", nextSeq, lastHash, credit });
  return { sender, effects };
}

test("sender: streams while there is credit, goes on when it comes back", () => {
  const chain = new Chain();
  const [a, b, c] = [chain.add(1), chain.add(1), chain.add(1)] as const;
  const { sender, effects } = streaming(chain);
  assert.deepEqual(effects.at(-1), { type: "read", fromSeq: 1n });
  assert.deepEqual(kinds(sender.onBatch(1, a)), ["send", "read"]);
  assert.deepEqual(kinds(sender.onBatch(1, b)), ["send"]);
  const more = sender.onMessage(2, { type: "ack", durableSeq: 3n, verifiedSeq: 0n, credit: 1 });
  assert.deepEqual(more, [
    { type: "acked", durableSeq: 3n, verifiedSeq: 0n },
    { type: "read", fromSeq: 6n },
  ]);
  assert.deepEqual(kinds(sender.onBatch(2, c)), ["send"]);
});

test("sender: an answer asked for before a cut, the new line gives no credit yet: it waits and is read again", () => {
  const chain = new Chain();
  const a = chain.add(1);
  const { sender } = streaming(chain);
  sender.onDisconnected(2, undefined);
  assert.deepEqual(kinds(sender.tick(BACKOFF_MAX_MS)), ["connect"]);
  sender.onConnected();
  const welcome = { type: "welcome", nextSeq: 1n, lastHash: new Uint8Array(32), credit: 0 } as const;
  assert.deepEqual(kinds(sender.onMessage(BACKOFF_MAX_MS, welcome)), []);
  assert.deepEqual(kinds(sender.onBatch(BACKOFF_MAX_MS, a)), []);
  const ack = { type: "ack", durableSeq: 0n, verifiedSeq: 0n, credit: 1 } as const;
  assert.deepEqual(sender.onMessage(BACKOFF_MAX_MS, ack), [{ type: "read", fromSeq: 1n }]);
  assert.deepEqual(kinds(sender.onBatch(BACKOFF_MAX_MS, a)), ["send"]);
});

test("sender: resumes where the cloud says, and only what is durable is read", () => {
  const chain = new Chain();
  chain.add(1);
  const lastHash = chain.lastHash;
  const { sender, effects } = streaming(chain, { nextSeq: 4n, lastHash });
  assert.deepEqual(kinds(effects), []);
  const b = chain.add(2);
  assert.deepEqual(sender.onSealed(chain.lastSeq), [{ type: "read", fromSeq: 4n }]);
  // The next batch shows that the cloud holds this very journal: now its word counts.
  assert.deepEqual(sender.onBatch(1, b)[0], { type: "acked", durableSeq: 3n, verifiedSeq: 0n });
});

test("sender: fork: the cloud holds more, or another batch, than this journal: alarmed, nothing sent", () => {
  const chain = new Chain();
  chain.add(1);
  const ahead = streaming(chain, { nextSeq: chain.lastSeq + 2n });
  assert.deepEqual([alarms(ahead.effects), ahead.sender.state], [["fork"], "waiting"]);
  const b = chain.add(1);
  const other = streaming(chain, { nextSeq: 4n, lastHash: new Uint8Array(32).fill(1) });
  const effects = other.sender.onBatch(1, b);
  assert.deepEqual([alarms(effects), kinds(effects).includes("send")], [["fork"], false]);
});

test("sender: a cloud set back to an old copy: alarmed, sent again, acknowledgements do not move back", () => {
  const chain = new Chain();
  const [a, b] = [chain.add(1), chain.add(1)] as const;
  const { sender } = streaming(chain);
  for (const batch of [a, b]) sender.onBatch(1, batch);
  sender.onMessage(1, { type: "ack", durableSeq: chain.lastSeq, verifiedSeq: 0n, credit: 2 });
  sender.onDisconnected(2, undefined);
  sender.tick(10_000);
  sender.onConnected();
  const effects = sender.onMessage(10_001, { type: "welcome", nextSeq: 1n, lastHash: new Uint8Array(32), credit: 2 });
  assert.deepEqual(kinds(effects), ["alarm", "read"]);
  assert.equal(sender.durableSeq, chain.lastSeq);
});

test("sender: another history of as many records: its acknowledgements are not believed, the next batch shows the fork", () => {
  const chain = new Chain();
  chain.add(1);
  const lastHash = new Uint8Array(32).fill(1);
  const { sender } = streaming(chain, { nextSeq: 4n, lastHash });
  assert.deepEqual(kinds(sender.onMessage(2, { type: "ack", durableSeq: 3n, verifiedSeq: 3n, credit: 0 })), []);
  assert.deepEqual([sender.durableSeq, sender.verifiedSeq], [0n, 0n]);
  const b = chain.add(1);
  sender.onSealed(chain.lastSeq);
  assert.deepEqual(alarms(sender.onBatch(3, b)), ["fork"]);
});

test("sender: another history whose batches end elsewhere: a fork", () => {
  const chain = new Chain();
  chain.add(3);
  const { sender } = streaming(chain, { nextSeq: 4n, lastHash: new Uint8Array(32).fill(1) });
  const failed = sender.onReadFailed(2, new LockstepError("bad_request", "no batch starts at 4"));
  assert.deepEqual(alarms(failed), ["fork"]);
});

test("sender: welcomed again: the end is known by the batches sent, without a new one", () => {
  const chain = new Chain();
  const a = chain.add(1);
  const again = (lastHash: Uint8Array): string[] => {
    const { sender } = streaming(chain);
    sender.onBatch(1, a);
    sender.onDisconnected(2, undefined);
    sender.tick(10_000);
    sender.onConnected();
    return [...kinds(sender.onMessage(10_001, { type: "welcome", nextSeq: 4n, lastHash, credit: 2 })), sender.state];
  };
  assert.deepEqual(again(chain.lastHash), ["acked", "streaming"]);
  assert.deepEqual(again(new Uint8Array(32).fill(1)), ["alarm", "disconnect", "waiting"]);
});

test("sender: refusals: what heals by itself is tried soon, the rest slowly and with an alarm", () => {
  const chain = new Chain();
  chain.add(1);
  const refused = (code: Refusal["code"]): { alarms: string[]; soon: boolean } => {
    const { sender } = streaming(chain);
    const effects = sender.onMessage(5, { type: "refusal", code, message: "because" });
    assert.equal(sender.state, "waiting");
    return { alarms: alarms(effects), soon: kinds(sender.tick(5 + BACKOFF_MIN_MS)).includes("connect") };
  };
  assert.deepEqual(refused("unavailable"), { alarms: [], soon: true });
  for (const code of ["fork", "bad_signature", "wrong_digest", "wrong_stream", "bad_check", "fenced", "gap"] as const)
    assert.deepEqual(refused(code), { alarms: [code], soon: false });
});

test("sender: back-off: doubles up to its bound, starts afresh after an acknowledgement", () => {
  const sender = newSender(new Chain());
  sender.start();
  let now = 0;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    const from = now;
    while (!kinds(sender.tick(now)).includes("connect")) now += 5;
    waits.push(now - from);
    sender.onDisconnected(now, new LockstepError("unavailable", "no cloud"));
  }
  assert.deepEqual(waits, [0, 80, 155, 305, 605, 1205, 2405, 3755, 3755]);
  assert.ok(Math.max(...waits) <= BACKOFF_MAX_MS);
});

test("sender: silence: no welcome, or no acknowledgement of what was sent: the line is given up", () => {
  const chain = new Chain();
  const a = chain.add(1);
  const sender = newSender(chain);
  sender.start();
  sender.tick(0);
  sender.onConnected();
  assert.deepEqual(kinds(sender.tick(WELCOME_WITHIN_MS - 1)), []);
  assert.deepEqual(kinds(sender.tick(WELCOME_WITHIN_MS)), ["disconnect"]);
  const quiet = streaming(chain).sender;
  assert.deepEqual(kinds(quiet.tick(10 * ACK_WITHIN_MS)), []);
  quiet.onBatch(1, a);
  assert.deepEqual(kinds(quiet.tick(ACK_WITHIN_MS)), []);
  assert.deepEqual(kinds(quiet.tick(ACK_WITHIN_MS + 1)), ["disconnect"]);
});

test("sender: a cloud that breaks the protocol: acknowledges the unsent, gives endless credit, welcomes twice", () => {
  const chain = new Chain();
  chain.add(1);
  const welcome = { type: "welcome", nextSeq: 1n, lastHash: new Uint8Array(32), credit: 2 } as const;
  const ack = { type: "ack", durableSeq: 0n, verifiedSeq: 0n, credit: 1_000_000 } as const;
  for (const message of [{ ...ack, durableSeq: 3n, credit: 0 }, ack, welcome]) {
    const effects = streaming(chain).sender.onMessage(2, message);
    assert.deepEqual([alarms(effects), kinds(effects).at(-1)], [["protocol"], "disconnect"]);
  }
  const garbage = streaming(chain).sender.onGarbage(2, new LockstepError("protocol", "no message"));
  assert.deepEqual(alarms(garbage), ["protocol"]);
});

test("sender: a journal that cannot be read: alarmed, tried again slowly", () => {
  const chain = new Chain();
  chain.add(1);
  const { sender } = streaming(chain);
  const effects = sender.onReadFailed(2, new LockstepError("journal_truncated", "gone"));
  assert.deepEqual([alarms(effects), sender.state], [["journal_truncated"], "waiting"]);
  const torn = streaming(chain).sender.onBatch(2, new Uint8Array(640));
  assert.deepEqual(alarms(torn), ["bad_seal"]);
});

test("sender: stop: the line is dropped and nothing happens any more", () => {
  const chain = new Chain();
  chain.add(1);
  const { sender } = streaming(chain);
  assert.deepEqual(kinds(sender.stop()), ["disconnect"]);
  assert.deepEqual(
    [sender.tick(1e9), sender.onBatch(1e9, chain.batches[0]), sender.onDisconnected(1e9, undefined)],
    [[], [], []],
  );
});
