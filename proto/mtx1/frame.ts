// Frames on the wire: header, CRC, MAC, one counter a direction. `Framer` writes, `Deframer` reads a byte stream and
// never looks for the next good frame after a bad one: it throws bad_frame or bad_mac and is dead from then on.
import { LockstepError } from "../errors.ts";
import { type AnyFrameCodec, FRAME_BY_TYPE } from "../generated/mtx1.ts";
import { MTX1_PAYLOAD_MAX } from "../limits.ts";
import { FRAME_FLAG, FRAME_HEADER_BYTES, FRAME_MAGIC, FRAME_VERSION, MAC_BYTES } from "../mtx1.ts";
import { viewOf } from "../record.ts";
import { crc32 } from "./crc32.ts";
import { equalBytes, type Mtx1Crypto } from "./handshake.ts";

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  /** Without the MAC. A view of what was pushed: read it before the next push. */
  readonly payload: Uint8Array;
  /** True: it carried a MAC and the MAC was right. */
  readonly authenticated: boolean;
}

/** What a frame codec of generated/mtx1.ts offers for writing. */
export interface FrameCodec<T> {
  readonly name: string;
  readonly type: number;
  readonly mac: boolean;
  lengthOf(v: T): number;
  read(view: DataView, at: number, end: number): T;
  write(view: DataView, at: number, v: T): void;
}

export interface SessionMac {
  readonly crypto: Mtx1Crypto;
  readonly key: Uint8Array;
}

const OFFSET = { length: 4, type: 8, flags: 10, version: 11, seq: 12, ack: 16, crc: 20 } as const;
const bad = (message: string): LockstepError => new LockstepError("bad_frame", `${message}; the session is over`);

const frameMac = ({ crypto, key }: SessionMac, bytes: Uint8Array, at: number, end: number): Uint8Array =>
  crypto
    .hmac(key, bytes.subarray(at, at + OFFSET.crc), bytes.subarray(at + FRAME_HEADER_BYTES, end))
    .subarray(0, MAC_BYTES);

const frameCrc = (bytes: Uint8Array, at: number, end: number): number =>
  crc32(bytes, at + FRAME_HEADER_BYTES, end, crc32(bytes, at, at + OFFSET.crc));

/** One frame with everything given: what the golden frames are made with. Sessions use Framer. */
export function encodeFrame<T>(
  codec: FrameCodec<T>,
  value: T,
  o: { seq: number; ack: number; flags?: number; mac?: SessionMac | undefined },
): Uint8Array {
  const length = codec.lengthOf(value);
  const total = FRAME_HEADER_BYTES + length + (o.mac ? MAC_BYTES : 0);
  if (total - FRAME_HEADER_BYTES > MTX1_PAYLOAD_MAX)
    throw new LockstepError("bad_field", `${codec.name} would be ${length} bytes: send it in parts`);
  const bytes = new Uint8Array(total);
  const view = viewOf(bytes);
  codec.write(view, FRAME_HEADER_BYTES, value);
  sealFrame(bytes, view, codec.type, o);
  return bytes;
}

/** Writes header, MAC and CRC around a payload that is in place already, from byte 24 on. */
export function sealFrame(
  bytes: Uint8Array,
  view: DataView,
  type: number,
  o: { seq: number; ack: number; flags?: number; mac?: SessionMac | undefined },
): void {
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint32(OFFSET.length, bytes.length - FRAME_HEADER_BYTES, true);
  view.setUint16(OFFSET.type, type, true);
  view.setUint8(OFFSET.flags, (o.flags ?? 0) | (o.mac ? FRAME_FLAG.mac : 0));
  view.setUint8(OFFSET.version, FRAME_VERSION);
  view.setUint32(OFFSET.seq, o.seq, true);
  view.setUint32(OFFSET.ack, o.ack, true);
  if (o.mac) {
    const end = bytes.length - MAC_BYTES;
    bytes.set(frameMac(o.mac, bytes, 0, end), end);
  }
  view.setUint32(OFFSET.crc, frameCrc(bytes, 0, bytes.length), true);
}

/** Numbers and seals the frames of one direction of one session. */
export class Framer {
  /** Of the last frame made. */
  seq = 0;
  /** Highest seq of the peer that has been processed; goes out with each frame. */
  ack = 0;
  /** Set when the handshake has given a key: frames that must carry a MAC then do. */
  mac: SessionMac | undefined;

  encode<T>(codec: FrameCodec<T>, value: T, flags = 0): Uint8Array {
    if (codec.mac && !this.mac)
      throw new LockstepError("bad_mac", `${codec.name} must carry a MAC: finish the handshake first`);
    const mac = codec.mac ? this.mac : undefined;
    const bytes = encodeFrame(codec, value, { seq: this.seq + 1, ack: this.ack, flags, mac });
    this.seq++;
    return bytes;
  }
}

/** Payload of a frame, decoded. The type of the frame must be the codec's. */
export function decodePayload<T>(codec: FrameCodec<T>, payload: Uint8Array): T {
  return codec.read(viewOf(payload), 0, payload.length);
}

export class Deframer {
  /** Set when the handshake has given a key. */
  mac: SessionMac | undefined;
  #pending = new Uint8Array(0);
  #used = 0;
  #seq = 0;
  #error: LockstepError | undefined;

  /** Highest seq received. */
  get seq(): number {
    return this.#seq;
  }

  /** Bytes waiting for the rest of their frame. */
  get pendingBytes(): number {
    return this.#used;
  }

  /** Every whole frame, in order. Throws on the first bad one, also at each later call. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    this.feed(chunk, (frame) => frames.push(frame));
    return frames;
  }

  /** The same without a list: the good frames before a bad one are visited, then it throws. */
  feed(chunk: Uint8Array, visit: (frame: Frame) => void): void {
    if (this.#error) throw this.#error;
    try {
      this.#run(chunk, visit);
    } catch (error) {
      if (error instanceof LockstepError) this.#error = error;
      throw error;
    }
  }

  #run(chunk: Uint8Array, visit: (frame: Frame) => void): void {
    let bytes = chunk;
    let at = 0;
    if (this.#used > 0) {
      at = this.#complete(chunk, visit);
      if (at < 0) return;
      bytes = chunk;
    }
    const view = viewOf(bytes);
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const total = this.#totalBytes(view, at);
      if (bytes.length - at < total) break;
      visit(this.#frame(bytes, view, at, total));
      at += total;
    }
    if (at < bytes.length) this.#keep(bytes, at, bytes.length);
  }

  /** Fills up the kept frame and visits it. Returns where the chunk goes on, -1 when the frame is still not whole. */
  #complete(chunk: Uint8Array, visit: (frame: Frame) => void): number {
    let at = 0;
    if (this.#used < FRAME_HEADER_BYTES) {
      at = Math.min(chunk.length, FRAME_HEADER_BYTES - this.#used);
      this.#keep(chunk, 0, at);
      if (this.#used < FRAME_HEADER_BYTES) return -1;
    }
    const total = this.#totalBytes(viewOf(this.#pending), 0);
    const take = Math.min(chunk.length - at, total - this.#used);
    this.#keep(chunk, at, at + take, total);
    if (this.#used < total) return -1;
    const whole = this.#pending.subarray(0, total);
    // The buffer is handed out with the frame, so the next cut frame needs a new one.
    this.#pending = new Uint8Array(0);
    this.#used = 0;
    visit(this.#frame(whole, viewOf(whole), 0, total));
    return at + take;
  }

  #keep(chunk: Uint8Array, from: number, to: number, total = 0): void {
    const needed = Math.max(total, this.#used + to - from);
    if (this.#pending.length < needed) {
      const larger = new Uint8Array(Math.max(needed, 256));
      larger.set(this.#pending.subarray(0, this.#used));
      this.#pending = larger;
    }
    this.#pending.set(chunk.subarray(from, to), this.#used);
    this.#used += to - from;
  }

  #totalBytes(view: DataView, at: number): number {
    if (view.getUint32(at, true) !== FRAME_MAGIC) throw bad("a frame does not begin with MTX1");
    const length = view.getUint32(at + OFFSET.length, true);
    if (length > MTX1_PAYLOAD_MAX) throw bad(`a frame says its payload is ${length} bytes long`);
    const version = view.getUint8(at + OFFSET.version);
    if (version !== FRAME_VERSION) throw bad(`a frame has version ${version}, this build speaks ${FRAME_VERSION}`);
    return FRAME_HEADER_BYTES + length;
  }

  #frame(bytes: Uint8Array, view: DataView, at: number, total: number): Frame {
    const end = at + total;
    if (frameCrc(bytes, at, end) !== view.getUint32(at + OFFSET.crc, true)) throw bad("a frame's CRC does not match");
    const type = view.getUint16(at + OFFSET.type, true);
    const flags = view.getUint8(at + OFFSET.flags);
    const seq = view.getUint32(at + OFFSET.seq, true);
    if (seq !== this.#seq + 1) throw bad(`frame ${seq} came where ${this.#seq + 1} was expected`);
    const authenticated = this.#authenticated(bytes, at, end, { type, flags, seq });
    this.#seq = seq;
    const payload = bytes.subarray(at + FRAME_HEADER_BYTES, authenticated ? end - MAC_BYTES : end);
    return { type, flags, seq, ack: view.getUint32(at + OFFSET.ack, true), payload, authenticated };
  }

  #authenticated(
    bytes: Uint8Array,
    at: number,
    end: number,
    { type, flags, seq }: { type: number; flags: number; seq: number },
  ): boolean {
    const codec: AnyFrameCodec | undefined = FRAME_BY_TYPE.get(type);
    const name = codec?.name ?? `type ${type}`;
    if (!(flags & FRAME_FLAG.mac)) {
      if (codec?.mac) throw new LockstepError("bad_mac", `frame ${seq} (${name}) must carry a MAC and has none`);
      return false;
    }
    if (!this.mac) throw new LockstepError("bad_mac", `frame ${seq} (${name}) carries a MAC before there is a key`);
    const macAt = end - MAC_BYTES;
    if (macAt < at + FRAME_HEADER_BYTES) throw bad(`frame ${seq} (${name}) is too short for its MAC`);
    if (!equalBytes(frameMac(this.mac, bytes, at, macAt), bytes.subarray(macAt, end)))
      throw new LockstepError(
        "bad_mac",
        `the MAC of frame ${seq} (${name}) is wrong: another key, or someone changed it`,
      );
    return true;
  }
}
