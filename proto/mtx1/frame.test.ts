import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import type { LockstepError } from "../errors.ts";
import { FRAME_BY_TYPE, GoLive, Heartbeat, Positions, Ticks } from "../generated/mtx1.ts";
import { crc32 } from "./crc32.ts";
import { testCrypto as crypto } from "./crypto.fixture.ts";
import { Deframer, decodePayload, encodeFrame, type FrameCodec, Framer } from "./frame.ts";
import { authMac, secretKey, sessionKey, welcomeMac } from "./handshake.ts";
import { eachTick } from "./ticks.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const nonces = {
  serverNonce: Uint8Array.from({ length: 32 }, (_, i) => i),
  clientNonce: Uint8Array.from({ length: 16 }, (_, i) => 0x64 + i),
};
const KEY = "daac160bb1cd70fde544e6e5e20f03a059e285995b6c1733774504bbbb1a26ce";
const SESSION_KEY = "b341bdae66c7bc7b0c429075190419e589e806d195b1c0ac3a55eea3614d241f";
const GOLDEN_HEARTBEAT =
  "4d5458312800000006000001070000000500000040a4d3bb7ba8da769b01000064a8da769b0100000500000003000000008548779b0100005763000000000000";
const GOLDEN_HEARTBEAT_MAC =
  "4d5458313800000006000401070000000500000031bfa2777ba8da769b01000064a8da769b0100000500000003000000008548779b01000057630000000000004ff9be4ea8ecb955c45af27888825bb2";
const GOLDEN_TICKS =
  "4d54583168000000110000010800000005000000a896bf6a01000000020000007b8548779b0100002a000000000000000000000006000000e94317d4b74cf13f7767edb60b4df13f0000000000000000000000000000000011000000020000005b087250c24cf13f7767edb60b4df13f00000000000000000000000000000000";
const code = (expected: string) => (error: unknown) => (error as LockstepError).code === expected;
const mac = { crypto, key: unhex(SESSION_KEY) };
/** A deframer that expects `seq` next. */
const expecting = (seq: number, withMac = false): Deframer => {
  const deframer = new Deframer();
  for (let i = 1; i < seq; i++) deframer.push(encodeFrame(Heartbeat, beat, { seq: i, ack: 0 }));
  if (withMac) deframer.mac = mac;
  return deframer;
};
const beat = decodePayload(Heartbeat, unhex(GOLDEN_HEARTBEAT).subarray(24));

test("mtx1: crc32: the same as zlib's", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(crc32(bytes), zlibCrc32(bytes))));
});

test("mtx1: handshake: the reference vectors", () => {
  const key = secretKey(crypto, "test-secret-0001");
  assert.equal(hex(key), KEY);
  assert.equal(
    hex(authMac(crypto, key, nonces, { login: 12345678n, server: "Demo-Server" })),
    "4494f815befafa4d803dc49af6744566b82e3f6434b76737453cad4c0953697d",
  );
  assert.equal(
    hex(welcomeMac(crypto, key, nonces, 99n)),
    "79bb84359632b5905b5ac7d98f04c5c1b8b726fb3b107a098427006fd10d9bd0",
  );
  assert.equal(hex(sessionKey(crypto, key, nonces)), SESSION_KEY);
});

test("mtx1: golden heartbeat: decoded and encoded to the same bytes", () => {
  const golden = unhex(GOLDEN_HEARTBEAT);
  const [frame] = expecting(7).push(golden);
  assert.ok(frame);
  assert.deepEqual({ type: frame.type, ack: frame.ack }, { type: 6, ack: 5 });
  const value = decodePayload(Heartbeat, frame.payload);
  assert.deepEqual([value.echo_held_ms, value.flags, value.ping_us, value.busy_ms], [5, 3, 25431, 0]);
  assert.equal(hex(encodeFrame(Heartbeat, value, { seq: 7, ack: 5 })), GOLDEN_HEARTBEAT);
});

test("mtx1: golden heartbeat with MAC: verified and encoded to the same bytes", () => {
  const [frame] = expecting(7, true).push(unhex(GOLDEN_HEARTBEAT_MAC));
  assert.equal(frame?.authenticated, true);
  assert.equal(hex(encodeFrame(Heartbeat, beat, { seq: 7, ack: 5, mac })), GOLDEN_HEARTBEAT_MAC);
});

test("mtx1: golden ticks: decoded row by row and encoded to the same bytes", () => {
  const [frame] = expecting(8).push(unhex(GOLDEN_TICKS));
  assert.ok(frame);
  const value = decodePayload(Ticks, frame.payload);
  const rows: unknown[] = [];
  const head = eachTick(frame.payload, (brokerMs, flags, bid, ask) => rows.push([brokerMs, flags, bid, ask]));
  assert.deepEqual(
    rows,
    value.rows.map((r) => [Number(value.base_msc) + r.dt_ms, r.flags, r.bid, r.ask]),
  );
  assert.equal(head.symbolId, 1);
  assert.equal(rows.length, 2);
  assert.equal(hex(encodeFrame(Ticks, value, { seq: 8, ack: 5 })), GOLDEN_TICKS);
});

/** Any value of a codec's shape: the example's fields, filled anew by their type. */
function anyLike(example: unknown): fc.Arbitrary<unknown> {
  if (typeof example === "bigint") return fc.bigInt(0n, 2n ** 63n - 1n);
  if (typeof example === "number") return fc.nat(255);
  if (typeof example === "string") return fc.string({ maxLength: 20, unit: "grapheme" });
  if (example instanceof Uint8Array) return fc.uint8Array({ minLength: example.length, maxLength: example.length });
  if (Array.isArray(example)) return fc.array(anyLike(example[0]), { maxLength: 5 });
  return fc.record(Object.fromEntries(Object.entries(example as object).map(([k, v]) => [k, anyLike(v)])), {
    noNullPrototype: true,
  });
}

/** One value with one row, read from zeros. */
function example(codec: FrameCodec<unknown>): unknown {
  const bytes = new Uint8Array(400);
  const view = new DataView(bytes.buffer);
  const { offset, row, fixed } = codec as unknown as {
    offset: Record<string, number>;
    row?: { bytes: number };
    fixed: number;
  };
  if (row && offset.count !== undefined) {
    view.setUint8(offset.count, 1);
    view.setUint32(fixed, 200, true);
  }
  return codec.read(view, 0, bytes.length);
}

for (const codec of FRAME_BY_TYPE.values()) {
  const any = codec as unknown as FrameCodec<unknown>;
  test(`mtx1: ${codec.name}: what is written is read back, and any shorter payload is refused or shorter`, () => {
    fc.assert(
      fc.property(anyLike(example(any)), (value) => {
        const bytes = new Uint8Array(any.lengthOf(value));
        any.write(new DataView(bytes.buffer), 0, value);
        assert.deepEqual(decodePayload(any, bytes), value);
        for (let end = 0; end < bytes.length; end++)
          assert.throws(() => decodePayload(any, bytes.subarray(0, end)), code("bad_frame"));
      }),
      { numRuns: 30 },
    );
  });
}

const session = (count: number): Uint8Array[] => {
  const framer = new Framer();
  framer.mac = mac;
  return Array.from({ length: count }, (_, i) =>
    i % 3 === 0 ? framer.encode(GoLive, {}) : framer.encode(Heartbeat, { ...beat, busy_ms: i }),
  );
};

test("mtx1: deframer: cut anywhere: the same frames", () => {
  const stream = Buffer.concat(session(12));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 }), (cuts) => {
      const deframer = new Deframer();
      deframer.mac = mac;
      const seen: number[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = Math.min(stream.length, at + (cuts[i % cuts.length] as number));
        for (const frame of deframer.push(stream.subarray(at, end))) seen.push(frame.seq);
        at = end;
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 12 }, (_, i) => i + 1),
      );
      assert.equal(deframer.pendingBytes, 0);
    }),
  );
});

test("mtx1: deframer: one flipped bit: a typed refusal, and nothing after it", () => {
  const stream = Buffer.concat(session(4));
  fc.assert(
    fc.property(fc.nat(stream.length * 8 - 1), (bit) => {
      const bytes = Uint8Array.from(stream);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const deframer = new Deframer();
      deframer.mac = mac;
      let seen = 0;
      try {
        deframer.feed(bytes, () => seen++);
        // Only a longer length can pass so far: the frame is then never whole.
        assert.ok(deframer.pendingBytes > 0);
      } catch (error) {
        assert.ok(["bad_frame", "bad_mac"].includes((error as LockstepError).code));
        assert.throws(() => deframer.push(session(1)[0] as Uint8Array));
      }
      assert.ok(seen < 4);
    }),
  );
});

test("mtx1: deframer: frames that must carry a MAC: refused without one, with a wrong one, before the key", () => {
  const without = encodeFrame({ ...GoLive, mac: false }, {}, { seq: 1, ack: 0 });
  assert.throws(() => expecting(1, true).push(without), code("bad_mac"));
  const wrong = encodeFrame(GoLive, {}, { seq: 1, ack: 0, mac: { crypto, key: unhex(KEY) } });
  assert.throws(() => expecting(1, true).push(wrong), code("bad_mac"));
  assert.throws(() => expecting(1).push(encodeFrame(GoLive, {}, { seq: 1, ack: 0, mac })), code("bad_mac"));
});

test("mtx1: deframer: a seq left out or repeated: refused", () => {
  const [first, second, third] = session(3);
  assert.ok(first && second && third);
  const skip = new Deframer();
  skip.mac = mac;
  skip.push(first);
  assert.throws(() => skip.push(third), code("bad_frame"));
  const twice = new Deframer();
  twice.mac = mac;
  twice.push(first);
  assert.throws(() => twice.push(first), code("bad_frame"));
});

test("mtx1: rows that grew: the unknown rest is passed over", () => {
  const grown = new Uint8Array(8 + 130);
  const view = new DataView(grown.buffer);
  view.setUint32(4, 1, true);
  view.setUint32(8, 130, true);
  view.setUint16(12, 9, true);
  assert.deepEqual(
    decodePayload(Positions, grown).rows.map((r) => r.symbol_id),
    [9],
  );
  view.setUint32(8, 20, true);
  assert.throws(() => decodePayload(Positions, grown), code("bad_frame"));
});
