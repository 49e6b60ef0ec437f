// What an EA's socket can bring before anybody looks at it: frames with any payload, damaged, cut and glued, into the
// deframer and every codec. Only typed refusals come out, and nothing that came after a bad frame counts.
import { LockstepError } from "#proto/errors.ts";
import { type AnyFrameCodec, FRAME_BY_TYPE } from "#proto/generated/mtx1.ts";
import { testCrypto } from "#proto/mtx1/crypto.fixture.ts";
import { Deframer, decodePayload, type FrameCodec, sealFrame } from "#proto/mtx1/frame.ts";
import { eachTick } from "#proto/mtx1/ticks.ts";
import type { Picks } from "../../choices.ts";
import { damaged, joined } from "../damage.ts";
import { holds, Reached, type Target } from "../target.ts";

const MAC = { crypto: testCrypto, key: new Uint8Array(32).fill(5) };
/** Somebody else's key. */
const FORGED = { ...MAC, key: new Uint8Array(32).fill(6) };
const CODECS = [...FRAME_BY_TYPE.values()] as AnyFrameCodec[];
const TICKS_TYPE = 0x11;

/** A frame whose envelope is right and whose payload is anything. */
function frame(seq: number, honest: boolean, pick: Picks): Uint8Array {
  const codec = CODECS[pick.below(CODECS.length)] as AnyFrameCodec;
  const bytes = new Uint8Array(24 + pick.below(300) + (codec.mac ? 16 : 0));
  for (let i = 24; i < bytes.length; i++) {
    const word = pick.word();
    // Mostly small: lengths and counts that fit.
    bytes[i] = word % 4 === 0 ? word >>> 24 : (word >>> 8) % 3;
  }
  // A type of tomorrow: one that is known could ask for a MAC that this payload has no room for.
  const type = pick.oneIn(20) ? 0x100 + pick.below(0xff00) : codec.type;
  const mac = !honest && pick.oneIn(16) ? FORGED : MAC;
  sealFrame(bytes, new DataView(bytes.buffer), type, { seq, ack: 0, ...(codec.mac && { mac }) });
  return bytes;
}

export function mtx1Frames(): Target {
  const seen = new Reached([
    "honest",
    "refused: bad_frame",
    "refused: bad_mac",
    "cut off",
    "payload read",
    "payload refused",
  ]);

  /** Every payload that gets through is taken apart; a typed refusal is an answer too. */
  const decode = (type: number, payload: Uint8Array): void => {
    const codec = FRAME_BY_TYPE.get(type) as FrameCodec<unknown> | undefined;
    if (!codec) return;
    try {
      decodePayload(codec, payload);
      if (type === TICKS_TYPE) eachTick(payload, () => undefined);
      seen.see("payload read");
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== "bad_frame") throw error;
      seen.see("payload refused");
    }
  };

  const play = (pick: Picks): void => {
    const honest = pick.oneIn(3);
    const frames = Array.from({ length: 1 + pick.below(8) }, (_, i) => frame(i + 1, honest, pick));
    const victim = pick.below(frames.length);
    const other = frames[pick.below(frames.length)] as Uint8Array;
    if (!honest) frames[victim] = damaged(frames[victim] as Uint8Array, other, pick);
    const stream = joined(...frames);
    const deframer = new Deframer();
    deframer.mac = MAC;
    let frameCount = 0;
    let refused = false;
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + 1 + pick.below(200));
      try {
        deframer.feed(stream.subarray(at, end), ({ seq, type, payload }) => {
          holds(!refused, "nothing after a bad frame");
          holds(seq === ++frameCount, "in order, each once");
          decode(type, payload);
        });
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        if (!refused) seen.see(`refused: ${error.code}`);
        refused = true;
      }
      at = end;
    }
    if (!refused && deframer.pendingBytes > 0) seen.see("cut off");
    if (!honest) return;
    seen.see("honest");
    holds(!refused && frameCount === frames.length && deframer.pendingBytes === 0, "honest frames are all read");
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}
