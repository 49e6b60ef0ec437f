// Fuzzes what an EA's socket can bring: frames with any payload, damaged, cut and glued, into the deframer and every
// codec. Whatever comes, only typed refusals come out, and nothing that came after a bad frame counts.
// `node test/fuzz/mtx1-fuzz.ts [SEED] [RUNS]`.
import assert from "node:assert/strict";
import { LockstepError } from "#proto/errors.ts";
import { type AnyFrameCodec, FRAME_BY_TYPE } from "#proto/generated/mtx1.ts";
import { testCrypto } from "#proto/mtx1/crypto.fixture.ts";
import { Deframer, decodePayload, type FrameCodec, sealFrame } from "#proto/mtx1/frame.ts";
import { eachTick } from "#proto/mtx1/ticks.ts";

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

const MAC = { crypto: testCrypto, key: new Uint8Array(32).fill(5) };
const CODECS = [...FRAME_BY_TYPE.values()] as AnyFrameCodec[];
const TICKS_TYPE = 0x11;

/** A frame whose envelope is right and whose payload is anything. */
function frame(seq: number, pick: Pick): Uint8Array {
  const codec = CODECS[pick(CODECS.length)] as AnyFrameCodec;
  const bytes = new Uint8Array(24 + pick(300) + (codec.mac ? 16 : 0));
  for (let i = 24; i < bytes.length; i++) bytes[i] = pick(4) === 0 ? pick(256) : pick(3);
  const type = pick(20) === 0 ? pick(65536) : codec.type;
  sealFrame(bytes, new DataView(bytes.buffer), type, { seq, ack: 0, ...(codec.mac && { mac: MAC }) });
  return bytes;
}

function damage(bytes: Uint8Array, pick: Pick): Uint8Array {
  const out = new Uint8Array(bytes);
  const at = pick(out.length);
  switch (pick(5)) {
    case 0:
      out[at] = (out[at] ?? 0) ^ (1 << pick(8));
      return out;
    case 1:
      out.fill(pick(256), at, at + 1 + pick(40));
      return out;
    case 2:
      return out.subarray(0, at);
    case 3:
      return out.subarray(at);
    default:
      return Buffer.concat([out.subarray(0, at), out]);
  }
}

/** Every payload that gets through is taken apart; a typed refusal is an answer too. */
function decode(type: number, payload: Uint8Array): void {
  const codec = FRAME_BY_TYPE.get(type) as FrameCodec<unknown> | undefined;
  if (!codec) return;
  try {
    decodePayload(codec, payload);
    if (type === TICKS_TYPE) eachTick(payload, () => undefined);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== "bad_frame") throw error;
  }
}

function oneRun(pick: Pick): { refused: boolean } {
  const frames = Array.from({ length: 1 + pick(8) }, (_, i) => frame(i + 1, pick));
  const honest = pick(3) === 0;
  const victim = pick(frames.length);
  if (!honest) frames[victim] = damage(frames[victim] as Uint8Array, pick);
  const stream = new Uint8Array(Buffer.concat(frames));
  const deframer = new Deframer();
  deframer.mac = MAC;
  let seen = 0;
  let refused = false;
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + 1 + pick(200));
    try {
      deframer.feed(stream.subarray(at, end), ({ seq, type, payload }) => {
        assert.equal(refused, false, "nothing after a bad frame");
        assert.equal(seq, ++seen, "in order, each once");
        decode(type, payload);
      });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      assert.ok(error.code === "bad_frame" || error.code === "bad_mac");
      refused = true;
    }
    at = end;
  }
  if (honest) assert.ok(!refused && seen === frames.length && deframer.pendingBytes === 0);
  return { refused };
}

export function fuzzMtx1({ seed, runs }: { seed: number; runs: number }): { refused: number } {
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const one = seed * 1_000_003 + run * 7_919;
    try {
      if (oneRun(generator(one)).refused) refused++;
    } catch (error) {
      throw new Error(`mtx1 fuzz: seed ${seed}, run ${run}`, { cause: error });
    }
  }
  return { refused };
}

if (import.meta.main) {
  const [seed = "1", runs = "20000"] = process.argv.slice(2);
  console.log(fuzzMtx1({ seed: Number(seed), runs: Number(runs) }));
}
