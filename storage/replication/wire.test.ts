// The codec: what goes in comes out, a batch without a copy; anything else is `protocol`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { LockstepError } from "#proto/errors.ts";
import { CloudMessageSchema, EdgeMessageSchema } from "#proto/generated/lockstep/v1/replication_pb.ts";
import type { CloudMessage, EdgeMessage } from "./messages.ts";
import { BATCH_BYTES_MAX, decodeCloud, decodeEdge, encodeCloud, encodeEdge } from "./wire.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

const PLAIN = { noNullPrototype: true } as const;

const hello = fc.record(
  {
    streamId: bytes(16),
    edgeName: fc.string({ maxLength: 32, unit: "grapheme-ascii" }),
    coreSha256: bytes(32),
    modelSha256: bytes(32),
    publicKey: bytes(32),
    lastSealedSeq: u64,
    layoutVersion: u32,
    epoch: u32,
  },
  PLAIN,
);
const cloud: fc.Arbitrary<CloudMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant("welcome" as const),
      nextSeq: u64.filter((n) => n > 0n),
      lastHash: bytes(32),
      credit: u32,
    },
    PLAIN,
  ),
  fc
    .record({ type: fc.constant("ack" as const), durableSeq: u64, verifiedSeq: u64, credit: u32 }, PLAIN)
    .filter((ack) => ack.verifiedSeq <= ack.durableSeq),
  fc.record(
    {
      type: fc.constant("refusal" as const),
      code: fc.constantFrom("gap" as const, "fork" as const),
      message: fc.string(),
    },
    PLAIN,
  ),
);

test("wire: round trip: every message comes out as it went in", () => {
  fc.assert(
    fc.property(hello, (value) => {
      assert.deepEqual(decodeEdge(encodeEdge({ type: "hello", hello: value })), { type: "hello", hello: value });
    }),
  );
  fc.assert(fc.property(cloud, (message) => assert.deepEqual(decodeCloud(encodeCloud(message)), message)));
});

test("wire: batch: shares the memory of what came, whatever its size", () => {
  for (const slots of [1, 7, 1024]) {
    const batch = new Uint8Array(slots * 64).fill(slots);
    const encoded = encodeEdge({ type: "batch", bytes: batch });
    const schoolbook = create(EdgeMessageSchema, { message: { case: "batch", value: batch } });
    assert.ok(Buffer.from(encoded).equals(toBinary(EdgeMessageSchema, schoolbook)));
    const decoded = decodeEdge(encoded) as EdgeMessage & { type: "batch" };
    assert.equal(decoded.bytes.buffer, encoded.buffer);
    assert.ok(Buffer.from(decoded.bytes).equals(batch));
  }
});

test("wire: sizes: a field or batch of another length is refused", () => {
  const wrong = [0, 63, 65, BATCH_BYTES_MAX + 64].map((size) =>
    toBinary(EdgeMessageSchema, create(EdgeMessageSchema, { message: { case: "batch", value: new Uint8Array(size) } })),
  );
  const short = create(EdgeMessageSchema, {
    message: { case: "hello", value: { streamId: new Uint8Array(15) } as never },
  });
  for (const message of [...wrong, toBinary(EdgeMessageSchema, short), new Uint8Array(0)])
    assert.throws(() => decodeEdge(message), { code: "protocol" });
});

test("wire: nonsense: acknowledged less than verified, sequence 0, an unknown refusal", () => {
  const ack = { case: "ack", value: { durableSeq: 1n, verifiedSeq: 2n, credit: 0 } };
  const welcome = { case: "welcome", value: { nextSeq: 0n, lastHash: new Uint8Array(32), credit: 0 } };
  for (const message of [ack, welcome])
    assert.throws(() => decodeCloud(toBinary(CloudMessageSchema, create(CloudMessageSchema, { message } as never))), {
      code: "protocol",
    });
  const unknown = { message: { case: "refusal", value: { code: "from the future", message: "x" } } };
  const decoded = decodeCloud(toBinary(CloudMessageSchema, create(CloudMessageSchema, unknown as never)));
  assert.deepEqual(decoded, { type: "refusal", code: "protocol", message: "x" });
});

test("wire: garbage: any bytes give a message or `protocol`, nothing else", () => {
  const attempt = (decode: (b: Uint8Array) => unknown, b: Uint8Array): void => {
    try {
      decode(b);
    } catch (error) {
      assert.ok(error instanceof LockstepError && error.code === "protocol", String(error));
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (b) => {
      attempt(decodeEdge, b);
      attempt(decodeCloud, b);
    }),
    { numRuns: 2000 },
  );
});
