// Fuzzes what reaches data-bridge from a line: valid messages, damaged, cut, glued and shuffled, into the codec and the
// Receiver. Whatever comes, only LockstepErrors are thrown and only true batches, in order, are handed to the log.
// `node test/fuzz/replication-fuzz.ts [SEED] [RUNS]`.
import assert from "node:assert/strict";
import { LockstepError } from "#proto/errors.ts";
import { Chain } from "#storage/replication/chain.fixture.ts";
import { hexOf } from "#storage/replication/messages.ts";
import { Receiver, type ReceiverEffect } from "#storage/replication/receiver.ts";
import { decodeCloud, decodeEdge, encodeEdge } from "#storage/replication/wire.ts";

type Pick = (below: number) => number;

function generator(seed: number): Pick {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One or a few changes to the bytes; never gives back the same array. */
function damage(bytes: Uint8Array, other: Uint8Array, pick: Pick): Uint8Array {
  const out = new Uint8Array(bytes);
  const at = pick(out.length);
  switch (pick(6)) {
    case 0:
      out[at] = (out[at] ?? 0) ^ (1 << pick(8));
      return out;
    case 1:
      out.fill(pick(256), at, at + 1 + pick(64));
      return out;
    case 2:
      return out.subarray(0, at);
    case 3:
      return out.subarray(at);
    case 4:
      out.copyWithin(at, pick(out.length));
      return out;
    default:
      return new Uint8Array(Buffer.concat([out.subarray(0, at), other]));
  }
}

const chain = new Chain();
for (let i = 0; i < 6; i++) chain.add(1 + (i % 3));
const HELLO = encodeEdge({ type: "hello", hello: { ...chain.hello, lastSealedSeq: chain.lastSeq } });
const BATCHES = chain.batches.map((bytes) => encodeEdge({ type: "batch", bytes }));
const PEER = `edge/${hexOf(chain.streamId)}`;

function oneRun(pick: Pick): void {
  const receiver = new Receiver({ streamId: chain.streamId, creditBatches: 4 });
  let appended = 0;
  let session = 0;
  const carryOut = (effects: ReceiverEffect[]): void => {
    for (const effect of effects) {
      if (effect.type === "load") carryOut(receiver.onHead(undefined));
      else if (effect.type === "append") {
        assert.ok(Buffer.from(effect.bytes).equals(chain.batches[appended] as Uint8Array), "only the next true batch");
        appended++;
        carryOut([...receiver.onAppended(effect.epoch, effect.lastSeq), ...receiver.flush()]);
      }
    }
  };
  const deliver = (bytes: Uint8Array): void => {
    const message = decodeEdge(bytes);
    if (message.type === "batch") carryOut(receiver.onBatch(session, message.bytes));
    else carryOut(receiver.onHello(++session, message.hello, PEER));
  };
  deliver(HELLO);
  for (let step = 0; step < 12; step++) {
    const next = BATCHES[pick(3) === 0 ? pick(BATCHES.length) : Math.min(appended, BATCHES.length - 1)] as Uint8Array;
    const bytes = pick(2) === 0 ? next : damage(pick(8) === 0 ? HELLO : next, next, pick);
    try {
      deliver(bytes);
      decodeCloud(bytes);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      if (pick(2) === 0) carryOut(receiver.onGarbage(session, error));
    }
    if (receiver.session === undefined) deliver(HELLO);
  }
}

/** Throws on the first finding, naming the run's seed. */
export function fuzz(o: { seed: number; runs: number }): void {
  for (let run = 0; run < o.runs; run++) {
    const seed = (Math.imul(o.seed + run, 0x9e3779b1) ^ 0x5bd1e995) | 1;
    try {
      oneRun(generator(seed));
    } catch (error) {
      throw new Error(
        `replication fuzz: seed ${o.seed + run} fails: node test/fuzz/replication-fuzz.ts ${o.seed + run} 1`,
        {
          cause: error,
        },
      );
    }
  }
}

if (import.meta.main) {
  const [seed = "1", runs = "20000"] = process.argv.slice(2);
  fuzz({ seed: Number(seed), runs: Number(runs) });
  console.log(`replication fuzz: ${runs} runs from seed ${seed}: nothing found`);
}
