// The cloud's end, refusal by refusal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { Chain, makeSigner } from "./chain.fixture.ts";
import { type LogHead, Receiver, type ReceiverEffect } from "./receiver.ts";

const peerOf = (chain: Chain): string => `edge/${hexOf(chain.streamId)}`;
const appended = (effects: ReceiverEffect[]): Uint8Array[] =>
  effects.flatMap((e) => (e.type === "append" ? [e.bytes] : []));
const codes = (effects: ReceiverEffect[]): string[] =>
  effects.flatMap((e) => (e.type === "refused" ? [e.refusal.code] : []));
const alarms = (effects: ReceiverEffect[]): LockstepError[] =>
  effects.flatMap((e) => (e.type === "alarm" ? [e.error] : []));
const sent = (effects: ReceiverEffect[]) => effects.flatMap((e) => (e.type === "send" ? [e.message] : []));

function welcomed(chain: Chain, head?: LogHead, creditBatches = 4): { receiver: Receiver; effects: ReceiverEffect[] } {
  const receiver = new Receiver({ streamId: chain.streamId, creditBatches });
  const load = receiver.onHello(1, { ...chain.hello, lastSealedSeq: chain.lastSeq }, peerOf(chain));
  assert.deepEqual(load, [{ type: "load" }]);
  return { receiver, effects: receiver.onHead(head) };
}

const headOf = (chain: Chain): LogHead => ({
  lastSeq: chain.lastSeq,
  lastHash: chain.lastHash,
  publicKey: chain.signer.publicKey,
  coreSha256: chain.coreSha256,
});

test("receiver: first batches: welcomed at 1, appended in order, acknowledged only after the log has them", () => {
  const chain = new Chain();
  const [a, b] = [chain.add(3), chain.add(2)];
  const { receiver, effects } = welcomed(chain);
  assert.deepEqual(sent(effects), [{ type: "welcome", nextSeq: 1n, lastHash: new Uint8Array(32), credit: 4 }]);
  assert.deepEqual(appended([...receiver.onBatch(1, a), ...receiver.onBatch(1, b)]), [a, b]);
  assert.deepEqual(sent(receiver.flush()), [{ type: "ack", durableSeq: 0n, verifiedSeq: 0n, credit: 0 }]);
  receiver.onAppended(0, 5n);
  receiver.onVerified(8n);
  assert.deepEqual(sent(receiver.flush()), [{ type: "ack", durableSeq: 5n, verifiedSeq: 5n, credit: 1 }]);
  receiver.onAppended(0, 8n);
  assert.deepEqual(sent(receiver.flush()), [{ type: "ack", durableSeq: 8n, verifiedSeq: 8n, credit: 1 }]);
  assert.deepEqual(receiver.flush(), []);
});

test("receiver: a gap, a batch without credit, a batch without welcome: refused, typed, nothing appended", () => {
  const chain = new Chain();
  const batches = [chain.add(1), chain.add(1), chain.add(1)] as const;
  const gap = welcomed(chain).receiver.onBatch(1, batches[1]);
  assert.deepEqual([codes(gap), appended(gap)], [["gap"], []]);
  const { receiver } = welcomed(chain, undefined, 1);
  receiver.onBatch(1, batches[0]);
  const over = receiver.onBatch(1, batches[1]);
  assert.deepEqual([codes(over), appended(over)], [["credit_exceeded"], []]);
  const early = new Receiver({ streamId: chain.streamId });
  early.onHello(1, { ...chain.hello, lastSealedSeq: 0n }, peerOf(chain));
  assert.deepEqual(codes(early.onBatch(1, batches[0])), ["protocol"]);
});

test("receiver: repeats: the same batch is acknowledged again, other bytes at its place are a fork", () => {
  const signer = makeSigner();
  const chain = new Chain({ signer });
  const other = new Chain({ signer, salt: 1n });
  const a = chain.add(2);
  const b = chain.add(2);
  const { receiver } = welcomed(chain);
  receiver.onBatch(1, a);
  receiver.onBatch(1, b);
  receiver.onAppended(0, 4n);
  receiver.onAppended(0, 7n);
  receiver.flush();
  const again = [...receiver.onBatch(1, b), ...receiver.flush()];
  assert.deepEqual(sent(again), [{ type: "ack", durableSeq: 7n, verifiedSeq: 0n, credit: 1 }]);
  assert.deepEqual(appended(again), []);
  other.add(2);
  const fork = receiver.onBatch(1, other.add(2));
  assert.deepEqual([codes(fork), appended(fork), alarms(fork)[0]?.code], [["fork"], [], "fork"]);
});

test("receiver: a second history after a common seq: fork", () => {
  const signer = makeSigner();
  const chain = new Chain({ signer });
  const other = new Chain({ signer, salt: 1n });
  chain.add(2);
  other.add(2);
  const { receiver } = welcomed(other, headOf(chain));
  const fork = receiver.onBatch(1, other.add(2));
  assert.deepEqual([codes(fork), appended(fork)], [["fork"], []]);
});

test("receiver: hello: another stream's certificate, another key, another core, an old layout, a set-back edge", () => {
  const chain = new Chain();
  chain.add(3);
  const refusedBy = (hello: object, peer = peerOf(chain), head: LogHead | undefined = headOf(chain)): string[] => {
    const receiver = new Receiver({ streamId: chain.streamId });
    const first = receiver.onHello(1, { ...chain.hello, lastSealedSeq: chain.lastSeq, ...hello }, peer);
    return [...codes(first), ...(first[0]?.type === "load" ? codes(receiver.onHead(head)) : [])];
  };
  assert.deepEqual(refusedBy({}), []);
  assert.deepEqual(refusedBy({}, "edge/00"), ["wrong_stream"]);
  assert.deepEqual(refusedBy({}, "data-bridge"), ["wrong_stream"]);
  assert.deepEqual(refusedBy({ streamId: new Uint8Array(16) }), ["wrong_stream"]);
  assert.deepEqual(refusedBy({ publicKey: new Uint8Array(32) }), ["bad_signature"]);
  assert.deepEqual(refusedBy({ coreSha256: new Uint8Array(32) }), ["wrong_digest"]);
  assert.deepEqual(refusedBy({ layoutVersion: 2 }), ["unknown_version"]);
  assert.deepEqual(refusedBy({ lastSealedSeq: chain.lastSeq - 1n }), ["fork"]);
});

test("receiver: stream_start: must come first and say what the hello said", () => {
  const signer = makeSigner();
  const first = (chain: Chain, batch: Uint8Array): string[] => codes(welcomed(chain).receiver.onBatch(1, batch));
  const chain = new Chain({ signer });
  assert.deepEqual(first(chain, new Chain({ signer, streamId: new Uint8Array(16) }).add(1)), ["wrong_stream"]);
  assert.deepEqual(first(chain, new Chain({ signer, coreSha256: new Uint8Array(32) }).add(1)), ["wrong_digest"]);
  assert.deepEqual(first(chain, new Chain().add(1)), ["bad_signature"]);
  assert.deepEqual(first(chain, chain.add(1)), []);
});

test("receiver: signature: a batch signed with another key is refused even when everything else fits", () => {
  const chain = new Chain();
  const forger = new Chain();
  chain.add(2);
  forger.add(2);
  forger.lastHash = chain.lastHash;
  const { receiver } = welcomed(chain, headOf(chain));
  const effects = receiver.onBatch(1, forger.add(2));
  assert.deepEqual([codes(effects), appended(effects)], [["bad_signature"], []]);
});

test("receiver: one flipped bit anywhere in a batch: refused, alarmed with the stream's name, never appended", () => {
  const chain = new Chain();
  chain.add(1);
  const head = headOf(chain);
  const batch = chain.add(2);
  for (let bit = 0; bit < batch.length * 8; bit++) {
    const damaged = batch.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const effects = welcomed(chain, head).receiver.onBatch(1, damaged);
    assert.deepEqual(appended(effects), [], `bit ${bit}`);
    assert.equal(codes(effects).length, 1, `bit ${bit}`);
    assert.match(alarms(effects)[0]?.message ?? "", new RegExp(hexOf(chain.streamId)));
  }
});

test("receiver: a cut-off or glued batch: refused", () => {
  const chain = new Chain();
  chain.add(1);
  const head = headOf(chain);
  const [a, b] = [chain.add(2), chain.add(2)];
  for (const bytes of [a.subarray(64), a.subarray(0, -64), a.subarray(0, 64), Buffer.concat([a, b])]) {
    const effects = welcomed(chain, head).receiver.onBatch(1, bytes);
    assert.deepEqual(appended(effects), []);
    assert.equal(codes(effects).length, 1);
  }
});

test("receiver: the log fails: everything behind is void, the log is asked again, the stream goes on", () => {
  const chain = new Chain();
  const [a, b, c] = [chain.add(1), chain.add(1), chain.add(1)] as const;
  const { receiver } = welcomed(chain);
  for (const batch of [a, b]) receiver.onBatch(1, batch);
  receiver.onAppended(0, 3n);
  const failed = receiver.onAppendFailed(0, new LockstepError("unavailable", "no bus"));
  assert.deepEqual([codes(failed), alarms(failed)], [["unavailable"], []]);
  assert.deepEqual(receiver.onAppendFailed(0, new LockstepError("unavailable", "no bus")), []);
  assert.deepEqual(receiver.onBatch(1, c), []);
  const again = receiver.onHello(2, { ...chain.hello, lastSealedSeq: chain.lastSeq }, peerOf(chain));
  assert.deepEqual(again, [{ type: "load" }]);
  const head = { ...headOf(chain), lastSeq: 3n, lastHash: new Uint8Array(a.length) };
  const welcome = sent(receiver.onHead(head))[0];
  assert.equal(welcome?.type === "welcome" && welcome.nextSeq, 4n);
});

test("receiver: fencing: a newer connection waits for the older one's batches, which then no longer count", () => {
  const chain = new Chain();
  const [a, b] = [chain.add(1), chain.add(1)] as const;
  const { receiver } = welcomed(chain);
  receiver.onBatch(1, a);
  const second = receiver.onHello(2, { ...chain.hello, lastSealedSeq: chain.lastSeq }, peerOf(chain));
  assert.deepEqual(codes(second), ["fenced"]);
  assert.deepEqual(alarms(second), []);
  assert.deepEqual(receiver.onBatch(1, b), []);
  const welcome = sent(receiver.onAppended(0, 3n))[0];
  assert.equal(welcome?.type === "welcome" && welcome.nextSeq, 4n);
  const third = receiver.onBatch(2, b);
  assert.deepEqual([codes(third), alarms(third).map(String)], [[], []]);
  assert.deepEqual(appended(third), [b]);
  assert.deepEqual(receiver.onClosed(1), []);
  assert.equal(receiver.session?.id, 2);
});

test("receiver: fencing: a box that was set back is refused, and the line of the other goes on", () => {
  const chain = new Chain();
  const [a, b] = [chain.add(1), chain.add(1)] as const;
  const { receiver } = welcomed(chain);
  receiver.onBatch(1, a);
  receiver.onAppended(0, 3n);
  assert.deepEqual(codes(receiver.onHello(2, { ...chain.hello, lastSealedSeq: 0n }, peerOf(chain))), ["fork"]);
  assert.deepEqual(appended(receiver.onBatch(1, b)), [b]);
  assert.equal(receiver.session?.id, 1);
});

test("receiver: a log set back to an old copy: alarmed, and taken from there", () => {
  const chain = new Chain();
  const [a] = [chain.add(1), chain.add(1)];
  const { receiver } = welcomed(chain);
  receiver.onBatch(1, a!);
  receiver.onAppended(0, 3n);
  receiver.onBatch(1, chain.batches[1]!);
  receiver.onAppendFailed(0, new LockstepError("unavailable", "no bus"));
  receiver.onHello(2, { ...chain.hello, lastSealedSeq: chain.lastSeq }, peerOf(chain));
  const effects = receiver.onHead(undefined);
  assert.equal(alarms(effects)[0]?.code, "journal_truncated");
  assert.equal(sent(effects)[0]?.type, "welcome");
});

test("receiver: fixture: a seal is the last record of each batch", () => {
  assert.equal(new Chain().add(1).length, 192 + 64 + BatchSeal.lengthOf());
});

test("receiver: epochs: a box of an older one learns it with the proof and an alarm; one from nowhere is refused", () => {
  const chain = new Chain();
  const takeover = new Uint8Array([1, 2, 3]);
  const box = makeSigner();
  const authority = { epoch: 2, boxKey: box.publicKey, takeover, commands: [] };
  const hello = { ...chain.hello, lastSealedSeq: 9n };
  const receiver = new Receiver({ streamId: chain.streamId });
  receiver.onAuthority(authority);
  receiver.onHello(1, { ...hello, epoch: 1 }, peerOf(chain));
  const old = receiver.onHead(headOf(chain));
  assert.deepEqual([codes(old), alarms(old).map((e) => e.code)], [["superseded"], ["superseded"]]);
  const [message] = sent(old);
  assert.ok(message?.type === "refusal" && message.takeover === takeover);
  assert.deepEqual(codes(receiver.onHello(2, { ...hello, epoch: 3 }, peerOf(chain))), ["fenced"]);
  const stolen = receiver.onHello(3, { ...hello, epoch: 2 }, peerOf(chain));
  assert.deepEqual(codes(stolen), ["bad_signature"], "the epoch is another box's");
  const next = receiver.onHello(4, { ...hello, epoch: 2, publicKey: box.publicKey }, peerOf(chain));
  assert.deepEqual([codes(next), sent(next).map(({ type }) => type)], [[], ["welcome"]]);
});

test("receiver: epochs: a takeover while the old box streams: it is cut off, its batches go nowhere; an older word changes nothing", () => {
  const chain = new Chain();
  const [a, b] = [chain.add(2), chain.add(2)];
  const { receiver } = welcomed(chain);
  assert.deepEqual(appended(receiver.onBatch(1, a)), [a]);
  const box = makeSigner();
  const cut = receiver.onAuthority({ epoch: 1, boxKey: box.publicKey, takeover: new Uint8Array(4), commands: [] });
  assert.deepEqual(codes(cut), ["superseded"]);
  assert.deepEqual(receiver.onBatch(1, b), []);
  receiver.onAppended(0, 4n);
  receiver.onAuthority({ epoch: 0, boxKey: undefined, takeover: undefined, commands: [] });
  const again = receiver.onHello(2, { ...chain.hello, lastSealedSeq: chain.lastSeq }, peerOf(chain));
  assert.deepEqual(codes(again), ["superseded"]);
});

test("receiver: commands: told with the welcome and as they come, once a connection", () => {
  const chain = new Chain();
  const [one, two] = [new Uint8Array([1]), new Uint8Array([2])];
  const receiver = new Receiver({ streamId: chain.streamId });
  const authority = { epoch: 0, boxKey: undefined, takeover: undefined, commands: [one] };
  receiver.onAuthority(authority);
  receiver.onHello(1, { ...chain.hello, lastSealedSeq: 0n }, peerOf(chain));
  const told = (effects: ReceiverEffect[]) => sent(effects).flatMap((m) => (m.type === "command" ? [m.bytes] : []));
  assert.deepEqual(told(receiver.onHead(undefined)), [one]);
  assert.deepEqual(told(receiver.onAuthority({ ...authority, commands: [one, two] })), [two]);
  assert.deepEqual(told(receiver.onAuthority({ ...authority, commands: [one, two] })), []);
  receiver.onClosed(1);
  assert.deepEqual(told(receiver.onHello(2, { ...chain.hello, lastSealedSeq: 0n }, peerOf(chain))), [one, two]);
});
