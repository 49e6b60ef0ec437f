// What reaches either end of replication from a line: valid messages, damaged, cut, glued and shuffled, into the codec and
// the machines. Only LockstepErrors are thrown; the cloud's log gets the true batches in order, whoever speaks; the edge
// never reports more than was acknowledged and never goes back.
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { Chain } from "#storage/replication/chain.fixture.ts";
import type { CloudMessage, EdgeMessage } from "#storage/replication/messages.ts";
import { Receiver, type ReceiverEffect } from "#storage/replication/receiver.ts";
import { Sender, type SenderEffect } from "#storage/replication/sender.ts";
import { decodeCloud, decodeEdge, encodeCloud, encodeEdge } from "#storage/replication/wire.ts";
import type { Picks } from "../../choices.ts";
import { testSigner } from "../../journal/records.ts";
import { damaged } from "../damage.ts";
import { holds, Reached, refused, sameBytes, type Target } from "../target.ts";

const BATCHES = 6;

/** The same chain in every process: a tape must mean the same. */
function chainOf(): Chain {
  const chain = new Chain({ signer: testSigner() });
  for (let i = 0; i < BATCHES; i++) chain.add(1 + (i % 3));
  return chain;
}

const CHAIN = chainOf();
const HELLO = encodeEdge({ type: "hello", hello: { ...CHAIN.hello, lastSealedSeq: CHAIN.lastSeq } });
const MESSAGES = CHAIN.batches.map((bytes) => encodeEdge({ type: "batch", bytes }));
const PEER = `edge/${hexOf(CHAIN.streamId)}`;

/** Nobody verifies these here: what they say is the edge's to judge. */
const WORD = new Uint8Array(384).fill(6);
const AUTHORITY = { epoch: 0, boxKey: undefined, takeover: WORD, commands: [WORD] };

export function replicationReceiver(): Target {
  const seen = new Reached([
    ...["appended", "all appended", "welcome", "ack", "command", "disconnected", "alarm", "refused in the log"],
    ...["protocol", "bad_seal", "bad_check", "bad_record", "bad_signature", "gap", "fork"].map(
      (code) => `refused: ${code}`,
    ),
    ...[
      "wrong_stream",
      "unknown_version",
      "wrong_digest",
      "credit_exceeded",
      "fenced",
      "unknown_kind",
      "superseded",
    ].map((code) => `refused: ${code}`),
  ]);
  const play = (pick: Picks): void => {
    const receiver = new Receiver({ streamId: CHAIN.streamId, creditBatches: 4 });
    let appended = 0;
    let session = 0;
    const carryOut = (effects: ReceiverEffect[]): void => {
      for (const effect of effects) {
        if (effect.type === "load") carryOut(receiver.onHead(undefined));
        else if (effect.type === "append") {
          holds(sameBytes(effect.bytes, CHAIN.batches[appended] as Uint8Array), "only the next true batch is appended");
          appended++;
          seen.see("appended");
          carryOut([...receiver.onAppended(effect.epoch, effect.lastSeq), ...receiver.flush()]);
        } else if (effect.type === "send") {
          const { message } = effect;
          if (message.type === "refusal") seen.see(`refused: ${message.code}`);
          else seen.see(message.type);
          holds(
            sameBytes(encodeCloud(decodeCloud(encodeCloud(message))), encodeCloud(message)),
            "what it says can be read",
          );
        } else if (effect.type === "close") seen.see("disconnected");
        else if (effect.type === "refused") seen.see("refused in the log");
        else if (effect.type === "alarm") seen.see("alarm");
      }
    };
    const deliver = (bytes: Uint8Array): void => {
      const message = decodeEdge(bytes);
      if (message.type === "batch") carryOut(receiver.onBatch(session, message.bytes));
      else carryOut(receiver.onHello(++session, message.hello, PEER));
    };
    deliver(HELLO);
    for (let step = 0; step < 12; step++) {
      if (pick.oneIn(100)) carryOut(receiver.onAuthority({ ...AUTHORITY, epoch: pick.below(2) }));
      const next = MESSAGES[pick.oneIn(3) ? pick.below(BATCHES) : Math.min(appended, BATCHES - 1)] as Uint8Array;
      const bytes = pick.oneIn(2) ? next : damaged(pick.oneIn(8) ? HELLO : next, next, pick);
      try {
        deliver(bytes);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        if (pick.oneIn(2)) carryOut(receiver.onGarbage(session, error));
      }
      if (receiver.session === undefined) deliver(HELLO);
    }
    if (appended === BATCHES) seen.see("all appended");
  };
  return { play, reached: () => seen.entries(), reachFrom: 20_000 };
}

/** A word of the cloud: as it should be, or near it. */
function cloudWord(sentSeq: bigint, pick: Picks): CloudMessage {
  const seq = pick.oneIn(4) ? BigInt(pick.below(40)) : sentSeq;
  const credit = pick.oneIn(8) ? pick.word() : pick.below(4);
  const way = pick.below(6);
  if (way === 0) return { type: "welcome", nextSeq: seq + 1n, lastHash: new Uint8Array(32), credit };
  if (way === 4) return { type: "command", bytes: WORD };
  if (way === 5 && pick.oneIn(2)) return { type: "refusal", code: "superseded", message: "gone", takeover: WORD };
  if (way === 3) return { type: "refusal", code: pick.oneIn(2) ? "unavailable" : "fork", message: "no" };
  return {
    type: "ack",
    durableSeq: seq,
    verifiedSeq: pick.oneIn(2) ? seq : BigInt(pick.below(Number(seq) + 1)),
    credit,
  };
}

export function replicationSender(): Target {
  const seen = new Reached([
    ...["connect", "hello", "batch", "disconnect", "acked", "alarm", "garbage", "streaming", "command"],
    ...["superseded", "state: superseded"],
    ...["timeout", "fork", "protocol", "unavailable", "journal_io"].map((code) => `state: ${code}`),
  ]);
  const play = (pick: Picks): void => {
    const sender = new Sender({
      hello: CHAIN.hello,
      random: { bytes: (n) => new Uint8Array(n).fill(pick.below(256)) },
    });
    let ms = 0;
    let acked = { durableSeq: 0n, verifiedSeq: 0n };
    /** Highest seq that left, over all connections. */
    let sentSeq = 0n;
    const asked: bigint[] = [];
    const take = (effects: readonly SenderEffect[]): void => {
      for (const effect of effects) {
        if (effect.type === "send") sentSeq = leave(effect.message, sentSeq, seen);
        else if (effect.type === "read") asked.push(effect.fromSeq);
        else if (effect.type === "acked") {
          holds(
            effect.durableSeq >= acked.durableSeq && effect.verifiedSeq >= acked.verifiedSeq,
            "acknowledgements never go back",
          );
          acked = effect;
          seen.see("acked");
        } else if (effect.type === "state") {
          if (effect.error) seen.see(`state: ${effect.error.code}`);
          else if (effect.state === "streaming") seen.see("streaming");
        } else seen.see(effect.type);
      }
    };
    take(sender.start());
    take(sender.onSealed(CHAIN.lastSeq));
    for (let step = 4 + pick.below(40); step > 0; step--) {
      ms += pick.oneIn(8) ? pick.below(20_000) : pick.below(50);
      take(sender.tick(ms));
      const way = pick.below(8);
      if (way === 0) take(sender.onDisconnected(ms, undefined));
      else if (way <= 2) take(sender.onConnected());
      else if (way <= 5 && asked.length > 0) {
        const from = asked.shift();
        const batch = CHAIN.batches.find((bytes) => Buffer.from(bytes).readBigUInt64LE(0) === from);
        take(
          pick.oneIn(16) ? sender.onReadFailed(ms, new LockstepError("journal_io", "no")) : sender.onBatch(ms, batch),
        );
      } else {
        const honest = encodeCloud(cloudWord(sentSeq, pick));
        const bytes = pick.oneIn(3) ? damaged(honest, HELLO, pick) : honest;
        try {
          take(sender.onMessage(ms, decodeCloud(bytes)));
        } catch (error) {
          if (!(error instanceof LockstepError)) throw error;
          seen.see("garbage");
          take(sender.onGarbage(ms, error));
        }
      }
    }
  };
  return {
    play,
    reached: () => seen.entries(),
    reachFrom: 20_000,
  };
}

function leave(message: EdgeMessage, sentSeq: bigint, seen: Reached): bigint {
  seen.see(message.type);
  if (message.type === "hello") return sentSeq;
  const index = CHAIN.batches.indexOf(message.bytes);
  holds(index >= 0, "only the journal's own batches leave");
  const last = Buffer.from(message.bytes).readBigUInt64LE(message.bytes.length - BatchSeal.lengthOf());
  return last > sentSeq ? last : sentSeq;
}

export function replicationWire(): Target {
  const seen = new Reached(["hello", "batch", "welcome", "ack", "refusal", "command", "refused: protocol"]);
  const honest: readonly Uint8Array[] = [
    HELLO,
    ...MESSAGES,
    encodeCloud({ type: "welcome", nextSeq: 7n, lastHash: new Uint8Array(32).fill(3), credit: 4 }),
    encodeCloud({ type: "ack", durableSeq: 9n, verifiedSeq: 8n, credit: 1 }),
    encodeCloud({ type: "refusal", code: "fork", message: "the edge was set back" }),
    encodeCloud({ type: "refusal", code: "superseded", message: "another box has it", takeover: WORD }),
    encodeCloud({ type: "command", bytes: WORD }),
  ];
  const one = (pick: Picks): Uint8Array => honest[pick.below(honest.length)] as Uint8Array;
  /** What was read is written as it was read. */
  const again = <M extends { readonly type: string }>(
    read: (b: Uint8Array) => M,
    write: (m: M) => Uint8Array,
    bytes: Uint8Array,
  ): void => {
    try {
      const message = read(bytes);
      seen.see(message.type);
      const written = write(message);
      holds(sameBytes(write(read(written)), written), "written and read again it is the same");
    } catch (error) {
      refused(seen, error);
    }
  };
  const play = (pick: Picks): void => {
    let bytes = one(pick);
    for (let n = pick.below(4); n > 0; n--) bytes = damaged(bytes, one(pick), pick);
    again(decodeEdge, encodeEdge, bytes);
    again(decodeCloud, encodeCloud, bytes);
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}
