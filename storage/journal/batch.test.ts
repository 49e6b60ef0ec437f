import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { sealRecord, viewOf } from "#proto/record.ts";
import { concat, STREAM_ID, testSigner, ticks, timeNs } from "../../test/journal/records.ts";
import { BATCH_BYTES_MAX, SEAL_BYTES, sha256, verifyBatch, writeSeal } from "./batch.ts";

const signer = testSigner();
const ZERO = new Uint8Array(32);

/** A batch of `count` ticks from `firstSeq`, sealed by `by`. */
function batch(o: { firstSeq?: number; count?: number; by?: typeof signer; says?: Partial<{ count: number }> } = {}) {
  const { firstSeq = 1, count = 5, by = signer } = o;
  const records = ticks(firstSeq, count);
  for (let i = 0; i < count; i++) sealRecord(records, viewOf(records), i * 64, 64, BigInt(firstSeq + i));
  const bytes = concat([records, new Uint8Array(SEAL_BYTES)]);
  const content = {
    seq: firstSeq + count,
    timeNs: timeNs(count),
    streamId: STREAM_ID,
    firstSeq,
    recordCount: o.says?.count ?? count,
    previousHash: ZERO,
    recordsSha256: sha256(records),
    outputsDigest: new Uint8Array(32).fill(4),
  };
  const hash = writeSeal(bytes, records.length, content, by);
  return { bytes, hash };
}

const given = { publicKey: signer.publicKey, previousHash: ZERO, firstSeq: 1n, streamId: STREAM_ID };

test("batch: sealed and verified: position, hash and digest come out", () => {
  const { bytes, hash } = batch();
  const verified = verifyBatch({ batch: bytes, ...given });
  assert.equal(verified.lastSeq, 6n);
  assert.equal(verified.recordCount, 5);
  assert.deepEqual(new Uint8Array(verified.hash), new Uint8Array(hash));
  assert.deepEqual(new Uint8Array(verified.outputsDigest), new Uint8Array(32).fill(4));
});

test("batch: verifying a Buffer: its bytes stay as they are", () => {
  const bytes = Buffer.from(batch().bytes);
  const before = Buffer.from(bytes);
  verifyBatch({ batch: bytes, ...given });
  assert.deepEqual(bytes, before);
});

test("batch: each wrong thing: refused by its own code", () => {
  const good = batch().bytes;
  const refused = (code: string, change: Partial<Parameters<typeof verifyBatch>[0]>): void =>
    assert.throws(() => verifyBatch({ batch: good, ...given, ...change }), { code });
  refused("gap", { firstSeq: 2n });
  refused("fork", { previousHash: new Uint8Array(32).fill(1) });
  refused("wrong_stream", { streamId: new Uint8Array(16) });
  refused("bad_signature", { publicKey: testSigner(8).publicKey });
  refused("bad_signature", { publicKey: new Uint8Array(31) });
  refused("bad_signature", { batch: batch({ by: testSigner(8) }).bytes });
  refused("bad_seal", { batch: good.subarray(0, 5 * 64) });
  refused("bad_seal", { batch: concat([good, good]) });
  refused("bad_seal", { batch: batch({ says: { count: 4 } }).bytes });
  refused("bad_seal", { batch: new Uint8Array(BATCH_BYTES_MAX + 64) });
  refused("bad_record", { batch: good.subarray(0, good.length - 64) });
  // Another record under the same seal, its own check right.
  const other = new Uint8Array(good);
  other[40] = 1;
  sealRecord(other, viewOf(other), 0, 64, 1n);
  refused("bad_seal", { batch: other });
  other[40] = 2;
  refused("bad_check", { batch: other });
});

test("batch: any bit of it flipped: never verifies", () => {
  const { bytes } = batch({ count: 2 });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = new Uint8Array(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.throws(
      () => verifyBatch({ batch: damaged, ...given }),
      (e) => typeof (e as { code?: unknown }).code === "string",
    );
  }
});

test("batch: a seal's check made right after damage: the signature still tells", () => {
  const { bytes } = batch();
  const seal = bytes.length - SEAL_BYTES;
  bytes[seal + HEADER_OFFSET.time_ns] = (bytes[seal + HEADER_OFFSET.time_ns] as number) ^ 1;
  sealRecord(bytes, viewOf(bytes), seal, SEAL_BYTES, 6n);
  assert.throws(() => verifyBatch({ batch: bytes, ...given }), { code: "bad_signature" });
});

test("batch: bytes behind the signature changed, the check made right: nobody signed them, it does not verify", () => {
  for (let from = 1; from <= 32; from++) {
    const { bytes } = batch();
    bytes[bytes.length - from] = 1;
    sealRecord(bytes, viewOf(bytes), bytes.length - SEAL_BYTES, SEAL_BYTES, 6n);
    assert.throws(() => verifyBatch({ batch: bytes, ...given }), { code: "bad_signature" });
  }
});
