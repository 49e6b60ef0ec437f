// Another build of the product beside this one: the same module under another digest, a segment format and a record
// layout of a later version.
import { readFileSync } from "node:fs";
import { crc32c } from "#proto/crc32c.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { recordCheck, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { decodeSegmentHeader, encodeCommit, SEGMENT_HEADER_BYTES, SEGMENT_VERSION } from "#storage/journal/segment.ts";

const MODULE = new URL("../../core-wasm/build/core.wasm", import.meta.url);
/** A custom section, which no engine executes: id 0, three bytes, of which two are its name. */
const CUSTOM_SECTION = [0, 3, 2, 0x76, 0x32] as const;
const NEXT_KIND_VERSION = 1 << 12;

let built: Uint8Array | undefined;

/** Decides the same, and is another. */
export function anotherCore(): Uint8Array {
  built ??= Uint8Array.from([...readFileSync(MODULE), ...CUSTOM_SECTION]);
  return built;
}

/** The header as the next format's build would have written it. */
export function newerHeader(segment: Uint8Array): Uint8Array {
  const header = segment.slice(0, SEGMENT_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(4, SEGMENT_VERSION + 1, true);
  view.setUint32(SEGMENT_HEADER_BYTES - 4, crc32c(header, 0, SEGMENT_HEADER_BYTES - 4), true);
  return header;
}

/**
 * A commit at byte `at` of a segment with one record of a later layout, numbered `seq`, and nothing behind that proves
 * it durable: `like` is any record.
 */
export function newerCommit(o: { segment: Uint8Array; at: number; seq: bigint; like: Uint8Array }): Uint8Array {
  const header = decodeSegmentHeader(o.segment.subarray(0, SEGMENT_HEADER_BYTES));
  if (typeof header !== "object") throw new Error("a segment in use has a header");
  const bytes = new Uint8Array(SLOT_BYTES + o.like.length);
  const view = viewOf(bytes);
  bytes.set(o.like, SLOT_BYTES);
  view.setBigUint64(SLOT_BYTES + HEADER_OFFSET.seq, o.seq, true);
  const code = view.getUint16(SLOT_BYTES + HEADER_OFFSET.kind, true);
  view.setUint16(SLOT_BYTES + HEADER_OFFSET.kind, code + NEXT_KIND_VERSION, true);
  view.setUint32(SLOT_BYTES + HEADER_OFFSET.check, recordCheck(view, SLOT_BYTES, o.like.length), true);
  const place = { segment: header.number, streamId: header.streamId };
  const commit = { firstSeq: Number(o.seq), recordCount: 1, recordBytes: o.like.length };
  encodeCommit(bytes.subarray(0, SLOT_BYTES), viewOf(bytes.subarray(0, SLOT_BYTES)), place, o.at, commit);
  return bytes;
}
