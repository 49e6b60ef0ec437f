import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { crc32c } from "./crc32c.ts";
import { recordsSnapshot } from "./generate/records-docs.ts";
import { CODEC_BY_CODE, HEADER_OFFSET, RiskVerdict, Tick } from "./generated/records.ts";
import {
  checkRecord,
  decodeRecord,
  encodeRecord,
  recordCheck,
  recordLength,
  sealRecord,
  viewOf,
  walkRecords,
} from "./record.ts";

const meta = { time_ns: 1_400_000_000_000_000_000n, source: 1, symbol: 1 };
const tickPayload = { broker_time_ms: 1n, bid_points: 129_000n, ask_points: 129_030n, flags: 6, spread_points: 30 };
const sealed = (): Uint8Array => {
  const bytes = encodeRecord(Tick, meta, tickPayload);
  sealRecord(bytes, viewOf(bytes), 0, bytes.length, 7n);
  return bytes;
};
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

test("crc32c: the check value of RFC 3720: e3069283 for 123456789", () => {
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
});

test("crc32c: split anywhere: the same value", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
      const at = Math.min(cut, bytes.length);
      assert.equal(crc32c(bytes, at, bytes.length, crc32c(bytes, 0, at)), crc32c(bytes));
    }),
  );
});

test("record: check: the CRC-32C of its bytes with the check field as 0", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 320, maxLength: 320 }), fc.integer({ min: 1, max: 4 }), (bytes, slots) => {
      const record = bytes.slice(64, 64 + slots * 64);
      record.fill(0, 28, 32);
      assert.equal(recordCheck(viewOf(bytes), 64, slots * 64), crc32c(record));
    }),
  );
});

test("record: tick written and read: the same fields", () => {
  const { header, kind, payload } = decodeRecord(sealed());
  assert.equal(kind, "tick");
  assert.deepEqual(payload, tickPayload);
  assert.equal(header.seq, 7n);
  assert.equal(header.symbol, 1);
});

test("record: any bit flipped: refused, never another record", () => {
  for (let bit = 0; bit < 64 * 8; bit++) {
    const bytes = sealed();
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.throws(
      () => checkRecord(bytes, viewOf(bytes), 0),
      (e) => ["bad_check", "bad_record", "unknown_kind", "unknown_version"].includes((e as { code: string }).code),
    );
  }
});

test("record: unknown kind and unknown version: told apart", () => {
  const bytes = sealed();
  const view = viewOf(bytes);
  view.setUint16(HEADER_OFFSET.kind, 0x1fff, true);
  assert.throws(() => recordLength(view, 0), code("unknown_kind"));
  view.setUint16(HEADER_OFFSET.kind, 0x2001, true);
  assert.throws(() => recordLength(view, 0), code("unknown_version"));
});

test("record: group: length follows the count", () => {
  const check = { value: 1n, limit: 2n, headroom: 1n, code: 4, result: 0, pad: 0, reserved: 0 };
  const verdict = {
    cause_seq: 3n,
    intent_id: new Uint8Array(16).fill(9),
    accepted: 1,
    trading_state: 0,
    failed_count: 0,
    checks: Array(8).fill(check),
  };
  const bytes = encodeRecord(RiskVerdict, meta, verdict);
  assert.equal(bytes.length, 320);
  assert.deepEqual(decodeRecord(bytes).payload, verdict);
});

test("record: random bytes as records: a typed error or whole records, never out of bounds", () => {
  const codes = [...CODEC_BY_CODE.keys()];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), fc.constantFrom(...codes), fc.nat(9), (bytes, kind, slots) => {
      if (bytes.length >= 32) {
        viewOf(bytes).setUint16(HEADER_OFFSET.kind, kind, true);
        viewOf(bytes).setUint32(HEADER_OFFSET.length, slots * 64, true);
      }
      let end = 0;
      try {
        walkRecords(bytes, (at, length) => {
          decodeRecord(bytes, at);
          end = at + length;
        });
        assert.equal(end, bytes.length);
      } catch (error) {
        assert.ok(["bad_record", "unknown_kind", "unknown_version"].includes((error as { code: string }).code));
      }
    }),
    { numRuns: 2000 },
  );
});

test("record: layout: unchanged unless the snapshot is", () => {
  assert.equal(recordsSnapshot(), readFileSync("proto/generated/records.layout.txt", "utf8"));
});
