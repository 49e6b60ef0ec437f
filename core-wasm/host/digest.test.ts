import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { CHUNK_BYTES, OutputsDigest } from "./digest.ts";

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The definition, over the whole at once. */
function defined(bytes: Uint8Array): string {
  let chain: Uint8Array = new Uint8Array(32);
  let at = 0;
  for (; at + CHUNK_BYTES <= bytes.length; at += CHUNK_BYTES)
    chain = sha256(chain, bytes.subarray(at, at + CHUNK_BYTES));
  return sha256(chain, bytes.subarray(at)).toString("hex");
}

const bytes = Uint8Array.from({ length: 5 * CHUNK_BYTES + 100 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const hex = (digest: OutputsDigest) => Buffer.from(digest.digest()).toString("hex");

describe("The digest of the outputs", () => {
  it("is what its definition says, at every length about a chunk's end", () => {
    for (const length of [0, 1, 64, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, bytes.length]) {
      const digest = new OutputsDigest();
      digest.update(bytes.subarray(0, length));
      assert.equal(hex(digest), defined(bytes.subarray(0, length)), `${length} bytes`);
    }
  });

  it("does not depend on how the outputs are cut, looked at or carried elsewhere", () => {
    for (const step of [1, 64, 100, 4095, 4097, 9000]) {
      let digest = new OutputsDigest();
      for (let at = 0; at < bytes.length; at += step) {
        digest.update(bytes.subarray(at, at + step));
        digest.digest();
        const next = new OutputsDigest();
        assert.ok(next.restore(digest.save()));
        digest = next;
      }
      assert.equal(hex(digest), defined(bytes), `${step} at a time`);
    }
  });

  it("differs when one bit, the order or the length differs", () => {
    const seen = new Set<string>();
    const of = (b: Uint8Array) => seen.add(defined(b));
    of(bytes);
    for (const at of [0, CHUNK_BYTES, bytes.length - 1]) of(bytes.map((b, i) => (i === at ? b ^ 1 : b)));
    of(bytes.toReversed());
    of(bytes.subarray(1));
    of(bytes.subarray(0, -1));
    assert.equal(seen.size, 7);
  });

  it("refuses what save() cannot have returned, and keeps what it had", () => {
    const digest = new OutputsDigest();
    digest.update(bytes);
    for (const length of [0, 31, 32 + CHUNK_BYTES]) assert.equal(digest.restore(new Uint8Array(length)), false);
    assert.equal(hex(digest), defined(bytes));
  });
});
