// Building, walking and checking records in a byte buffer. Everything that takes records from outside goes through
// `walkRecords` or `checkRecord`: bounds first, then kind and version, then length, then CRC.
import { crc32cWithoutCheck } from "./crc32c.ts";
import { assert, LockstepError } from "./errors.ts";
import {
  type AnyCodec,
  CODEC_BY_CODE,
  HEADER_OFFSET,
  type Header,
  LENGTH_BY_CODE,
  readHeader,
  writeHeader,
} from "./generated/records.ts";
import { RECORD_BYTES_MAX } from "./limits.ts";
import { SLOT_BYTES } from "./records.ts";

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface Codec<T> {
  readonly code: number;
  lengthOf(v: T): number;
  write(view: DataView, at: number, v: T): void;
}

export interface RecordMeta {
  readonly time_ns: bigint;
  /** Class and instance, see SOURCE. */
  readonly source: number;
  /** Index in the stream's symbol table; 0 = none. */
  readonly symbol?: number;
}

/** A new record with seq and check still 0: the journal assigns both. */
export function encodeRecord<T>(codec: Codec<T>, meta: RecordMeta, payload: T): Uint8Array {
  const length = codec.lengthOf(payload);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  writeHeader(view, 0, {
    seq: 0n,
    time_ns: meta.time_ns,
    kind: codec.code,
    symbol: meta.symbol ?? 0,
    length,
    source: meta.source,
    check: 0,
  });
  codec.write(view, 0, payload);
  return bytes;
}

/** CRC-32C of the record at `at`, its check field taken as 0. */
export const recordCheck = (view: DataView, at: number, length: number): number => crc32cWithoutCheck(view, at, length);
assert(HEADER_OFFSET.check === 28, "crc32cWithoutCheck leaves out byte 28");

/** Gives the record at `at` its place in the stream: seq, then check. */
export function sealRecord(bytes: Uint8Array, view: DataView, at: number, length: number, seq: bigint): void {
  view.setBigUint64(at + HEADER_OFFSET.seq, seq, true);
  assert(at + length <= bytes.length, "the record lies in the buffer");
  view.setUint32(at + HEADER_OFFSET.check, recordCheck(view, at, length), true);
}

/** Length of the record that starts at `at`, after every structural check. Throws bad_record, unknown_kind or unknown_version. */
export function recordLength(view: DataView, at: number): number {
  if (at + SLOT_BYTES > view.byteLength)
    throw new LockstepError(
      "bad_record",
      `record at byte ${at} is cut off: ${view.byteLength - at} bytes are left of at least ${SLOT_BYTES}`,
    );
  const code = view.getUint16(at + HEADER_OFFSET.kind, true);
  const length = view.getUint32(at + HEADER_OFFSET.length, true);
  const shape = shapeOf(code);
  if (!shape) throw unknownKind(code, at);
  if (length < SLOT_BYTES || length > RECORD_BYTES_MAX || length % SLOT_BYTES !== 0)
    throw new LockstepError(
      "bad_record",
      `record at byte ${at} (kind ${code & 0xfff}) says it is ${length} bytes long`,
    );
  if (at + length > view.byteLength)
    throw new LockstepError(
      "bad_record",
      `record at byte ${at} is cut off: ${view.byteLength - at} of ${length} bytes`,
    );
  const body = shape.group === 0 ? shape.fixed : shape.fixed + shape.group * view.getUint16(at + shape.countAt, true);
  if (Math.ceil(body / SLOT_BYTES) * SLOT_BYTES !== length)
    throw new LockstepError(
      "bad_record",
      `record at byte ${at} (kind ${code & 0xfff}) should be ${body} bytes, its header says ${length}`,
    );
  return length;
}

/** By kind number: every record of a batch is looked up here, several times, and an array is what that should cost. */
const SHAPES = Array.from({ length: 256 }, (_, number) => {
  for (const [code, shape] of LENGTH_BY_CODE) if ((code & 0xfff) === number) return { code, ...shape };
  return undefined;
});

function shapeOf(code: number): (typeof SHAPES)[number] {
  const shape = SHAPES[code & 0xfff];
  return shape?.code === code ? shape : undefined;
}

function unknownKind(code: number, at: number): LockstepError {
  const known = SHAPES[code & 0xfff]?.code;
  if (known !== undefined)
    return new LockstepError(
      "unknown_version",
      `record at byte ${at}: kind ${code & 0xfff} has version ${code >>> 12}, this build knows version ${known >>> 12}: use the build that wrote it`,
    );
  return new LockstepError("unknown_kind", `record at byte ${at}: kind ${code & 0xfff} is unknown to this build`);
}

/** Structure and CRC of a journaled record. Throws bad_check naming the seq. Returns its length. */
export function checkRecord(bytes: Uint8Array, view: DataView, at: number): number {
  const length = recordLength(view, at);
  if (recordCheck(view, at, length) !== view.getUint32(at + HEADER_OFFSET.check, true)) {
    throw new LockstepError(
      "bad_check",
      `record seq ${view.getBigUint64(at + HEADER_OFFSET.seq, true)} at byte ${at} of ${bytes.length} is damaged: its CRC does not match`,
    );
  }
  return length;
}

/** Calls `visit(offset, length, code)` for each record; structure is checked, CRC is not. */
export function walkRecords(bytes: Uint8Array, visit: (at: number, length: number, code: number) => void): void {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    const length = recordLength(view, at);
    visit(at, length, view.getUint16(at + HEADER_OFFSET.kind, true));
    at += length;
  }
}

export interface DecodedRecord {
  readonly header: Header;
  readonly kind: AnyCodec["kind"];
  readonly payload: Record<string, unknown>;
}

/** Header and payload of one record, for people and projections (not for the hot path). */
export function decodeRecord(bytes: Uint8Array, at = 0): DecodedRecord {
  const view = viewOf(bytes);
  recordLength(view, at);
  const codec = CODEC_BY_CODE.get(view.getUint16(at + HEADER_OFFSET.kind, true)) as AnyCodec;
  return {
    header: readHeader(view, at),
    kind: codec.kind,
    payload: codec.read(view, at) as unknown as Record<string, unknown>,
  };
}
