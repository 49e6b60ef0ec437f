// The segment file: how records lie on disk. Guarantees that every byte in use is covered by a checksum that also names
// its place, so that damage, a misdirected write and a foreign file are all told from an unused or torn tail.
//
//   0        4096                                                                          slots * 64
//   | header | commit | record | record | ... | commit | record | ... | mark | 0 0 0 ... 0 |
//
// The file is zero filled before use. The header page is synced before any record is written. Each group commit writes
// one commit slot and the records behind it with one write, and begins only after the commit before it is durable:
// so a valid commit slot (or the header of the next segment) proves everything before it durable, and damage in front
// of one is damage, never a torn tail. A commit of no records, the mark, gives that proof while the stream is quiet;
// the next commit overwrites it. A batch (records and its seal) never crosses segments; commit slots are no part of it.
//
// header (4096 bytes)                          commit slot (64 bytes)
//   0 u32 magic "LSJ1"                           0 u32 magic "LSG1"
//   4 u32 version                                4 u32 record_count, 0 in a mark
//   8 u64 segment number, from 1                 8 u64 first_seq of its records (or of those to come)
//  16 bytes16 stream_id                         16 u32 record_bytes
//  32 u64 first_seq                             20 u32 0
//  40 u32 slots in the file, header included    24 u64 offset of this slot in the file
//  44 u32 0                                     32 u64 segment number
//  48 bytes32 previous_hash: the last seal's    40 bytes16 stream_id
//     before this segment, zero in the first    56 u32 0
// 4092 u32 CRC-32C of the 4092 bytes before     60 u32 CRC-32C of the 60 bytes before
//
// Magic, version and check of the header stay where they are in every version, and a record's length and check in its
// header too: so that a build can tell what another build wrote from damage, and leave it alone.
import { crc32c } from "#proto/crc32c.ts";
import { assert, LockstepError } from "#proto/errors.ts";
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";

export const SEGMENT_HEADER_BYTES = 4096;
export const SEGMENT_VERSION = 1;
/** Records of one group commit, so that readers can hold any group and a sync stays short. */
export const GROUP_BYTES_MAX = 256 * 1024;

const HEADER_MAGIC = 0x314a534c;
const COMMIT_MAGIC = 0x3147534c;
const HEADER_CHECK_AT = SEGMENT_HEADER_BYTES - 4;
const COMMIT_CHECK_AT = SLOT_BYTES - 4;

export interface SegmentHeader {
  readonly number: number;
  readonly streamId: Uint8Array;
  readonly firstSeq: number;
  readonly slots: number;
  readonly previousHash: Uint8Array;
}

export interface Commit {
  readonly firstSeq: number;
  readonly recordCount: number;
  readonly recordBytes: number;
}

/** Where a commit slot stands; part of what its checksum covers. */
export interface CommitPlace {
  readonly segment: number;
  readonly streamId: Uint8Array;
}

/** A u64 as a number; anything above 2^53 comes back as Infinity, which no position equals. */
export function readU64(view: DataView, at: number): number {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY;
}

export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

export const segmentName = (number: number): string => `segment-${String(number).padStart(10, "0")}.journal`;

/** The number in a segment's file name; undefined for any other file. */
export function segmentNumber(name: string): number | undefined {
  const digits = /^segment-(\d{10})\.journal$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  assert(header.streamId.length === 16 && header.previousHash.length === 32, "segment header: id and hash lengths");
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, HEADER_MAGIC, true);
  view.setUint32(4, SEGMENT_VERSION, true);
  writeU64(view, 8, header.number);
  bytes.set(header.streamId, 16);
  writeU64(view, 32, header.firstSeq);
  view.setUint32(40, header.slots, true);
  bytes.set(header.previousHash, 48);
  view.setUint32(HEADER_CHECK_AT, crc32c(bytes, 0, HEADER_CHECK_AT), true);
  return bytes;
}

export const isZero = (bytes: Uint8Array, start = 0, end = bytes.length): boolean => {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
};

/**
 * The header of a segment in use; "empty" when prepared and unused; "damaged" when it holds anything else. Throws
 * unknown_version for one that another build wrote.
 */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | "empty" | "damaged" {
  if (bytes.length < SEGMENT_HEADER_BYTES) return "damaged";
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== HEADER_MAGIC) return isZero(bytes, 0, SEGMENT_HEADER_BYTES) ? "empty" : "damaged";
  if (view.getUint32(HEADER_CHECK_AT, true) !== crc32c(bytes, 0, HEADER_CHECK_AT)) return "damaged";
  const version = view.getUint32(4, true);
  if (version !== SEGMENT_VERSION)
    throw new LockstepError(
      "unknown_version",
      `journal: ${segmentName(readU64(view, 8))} has format ${version}, this build knows ${SEGMENT_VERSION}: ` +
        "use the build that wrote it; nothing was changed",
    );
  return {
    number: readU64(view, 8),
    streamId: bytes.slice(16, 32),
    firstSeq: readU64(view, 32),
    slots: view.getUint32(40, true),
    previousHash: bytes.slice(48, 80),
  };
}

/** Writes the commit slot for `at` bytes into the file to the start of `into`. */
export function encodeCommit(into: Uint8Array, view: DataView, place: CommitPlace, at: number, commit: Commit): void {
  view.setUint32(0, COMMIT_MAGIC, true);
  view.setUint32(4, commit.recordCount, true);
  writeU64(view, 8, commit.firstSeq);
  view.setUint32(16, commit.recordBytes, true);
  view.setUint32(20, 0, true);
  writeU64(view, 24, at);
  writeU64(view, 32, place.segment);
  into.set(place.streamId, 40);
  view.setUint32(56, 0, true);
  view.setUint32(COMMIT_CHECK_AT, crc32c(into, 0, COMMIT_CHECK_AT), true);
}

/** The commit slot at byte `at` of `bytes`, which lies at `fileAt` of the segment; undefined when there is no valid one. */
export function decodeCommit(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  fileAt: number,
  place: CommitPlace,
): Commit | undefined {
  if (at + SLOT_BYTES > bytes.length || view.getUint32(at, true) !== COMMIT_MAGIC) return undefined;
  if (view.getUint32(at + COMMIT_CHECK_AT, true) !== crc32c(bytes, at, at + COMMIT_CHECK_AT)) return undefined;
  if (readU64(view, at + 24) !== fileAt || readU64(view, at + 32) !== place.segment) return undefined;
  for (let i = 0; i < 16; i++) if (bytes[at + 40 + i] !== place.streamId[i]) return undefined;
  return {
    firstSeq: readU64(view, at + 8),
    recordCount: view.getUint32(at + 4, true),
    recordBytes: view.getUint32(at + 16, true),
  };
}
