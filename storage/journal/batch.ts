// Batches: building the seal that closes one, and verifying a whole batch (records and seal) as it stands in the
// journal, in a gRPC message and on the bus. Pure; used by the edge, the cloud and `npm run verify`.
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { crc32c } from "#proto/crc32c.ts";
import { assert, type ErrorCode, LockstepError } from "#proto/errors.ts";
import { BatchSeal, HEADER_OFFSET } from "#proto/generated/records.ts";
import { BATCH_SLOTS_MAX } from "#proto/limits.ts";
import { checkRecord, recordLength, viewOf } from "#proto/record.ts";
import { SLOT_BYTES, SOURCE } from "#proto/records.ts";
import { readU64, writeU64 } from "./segment.ts";

/** Ed25519 with a raw 32-byte public key. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export const SEAL_BYTES = BatchSeal.lengthOf();
export const BATCH_BYTES_MAX = BATCH_SLOTS_MAX * SLOT_BYTES;
const AT = BatchSeal.offset;
/** The seal's check field stands as 0 in what is signed. */
const SIGNED_BYTES = AT.signature;
const SIGNATURE_BYTES = 64;

assert(SEAL_BYTES === 256, "a seal takes four slots");

export const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

export interface SealContent {
  readonly seq: number;
  readonly timeNs: bigint;
  readonly streamId: Uint8Array;
  readonly firstSeq: number;
  readonly recordCount: number;
  readonly previousHash: Uint8Array;
  readonly recordsSha256: Uint8Array;
  readonly outputsDigest: Uint8Array;
}

/** Writes the signed seal record to the SEAL_BYTES at `at`, and returns its hash: the next seal's previous_hash. */
export function writeSeal(into: Uint8Array, at: number, content: SealContent, signer: Signer): Uint8Array {
  const bytes = into.subarray(at, at + SEAL_BYTES);
  assert(bytes.length === SEAL_BYTES, "there is room for the seal");
  bytes.fill(0);
  const view = viewOf(bytes);
  writeU64(view, HEADER_OFFSET.seq, content.seq);
  view.setBigInt64(HEADER_OFFSET.time_ns, content.timeNs, true);
  view.setUint16(HEADER_OFFSET.kind, BatchSeal.code, true);
  view.setUint32(HEADER_OFFSET.length, SEAL_BYTES, true);
  view.setUint32(HEADER_OFFSET.source, SOURCE.journal, true);
  bytes.set(content.streamId, AT.stream_id);
  writeU64(view, AT.first_seq, content.firstSeq);
  view.setUint32(AT.record_count, content.recordCount, true);
  bytes.set(content.previousHash, AT.previous_hash);
  bytes.set(content.recordsSha256, AT.records_sha256);
  bytes.set(content.outputsDigest, AT.outputs_digest);
  bytes.set(signer.sign(bytes.subarray(0, SIGNED_BYTES)), AT.signature);
  // The check field is still 0, as the CRC wants it.
  view.setUint32(HEADER_OFFSET.check, crc32c(bytes), true);
  return sha256(bytes);
}

export interface Seal {
  readonly seq: number;
  readonly timeNs: bigint;
  readonly streamId: Uint8Array;
  readonly firstSeq: number;
  readonly recordCount: number;
  readonly previousHash: Uint8Array;
  readonly recordsSha256: Uint8Array;
  readonly outputsDigest: Uint8Array;
}

/** The fields of the seal record at `at`; its structure and CRC are the caller's to check. */
export function readSeal(bytes: Uint8Array, view: DataView, at: number): Seal {
  const part = (offset: number, length: number): Uint8Array =>
    new Uint8Array(bytes.subarray(at + offset, at + offset + length));
  return {
    seq: readU64(view, at + HEADER_OFFSET.seq),
    timeNs: view.getBigInt64(at + HEADER_OFFSET.time_ns, true),
    streamId: part(AT.stream_id, 16),
    firstSeq: readU64(view, at + AT.first_seq),
    recordCount: view.getUint32(at + AT.record_count, true),
    previousHash: part(AT.previous_hash, 32),
    recordsSha256: part(AT.records_sha256, 32),
    outputsDigest: part(AT.outputs_digest, 32),
  };
}

const SPKI_HEAD = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]);
const keys = new Map<string, KeyObject>();
const KEYS_MAX = 4096;

/** The key object of a raw Ed25519 public key; kept, because making one costs as much as a verification. */
export function publicKeyOf(raw: Uint8Array): KeyObject {
  const name = Buffer.from(raw).toString("latin1");
  const known = keys.get(name);
  if (known) return known;
  if (raw.length !== 32)
    throw new LockstepError("bad_signature", `an Ed25519 public key has 32 bytes, this one has ${raw.length}`);
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: "der", type: "spki" });
  if (keys.size >= KEYS_MAX) keys.clear();
  keys.set(name, key);
  return key;
}

export interface BatchToVerify {
  readonly batch: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Hash of the seal before; 32 zero bytes for the first batch of a stream. */
  readonly previousHash: Uint8Array;
  readonly firstSeq: bigint;
  /** When given, the seal must name this stream. */
  readonly streamId?: Uint8Array;
}

export interface VerifiedBatch {
  /** The seal's own seq; the next batch starts one above. */
  readonly lastSeq: bigint;
  /** SHA-256 of the seal record: the next batch's previousHash. */
  readonly hash: Uint8Array;
  readonly outputsDigest: Uint8Array;
  readonly recordCount: number;
}

/** Everything that can be known of a batch from outside: each record's structure, CRC and seq, the seal's count, hash, chain and signature. */
export function verifyBatch(given: BatchToVerify): VerifiedBatch {
  const { batch } = given;
  const view = viewOf(batch);
  if (batch.length > BATCH_BYTES_MAX)
    throw new LockstepError(
      "bad_seal",
      `a batch has at most ${BATCH_BYTES_MAX} bytes, this one has ${batch.length}: refuse its sender`,
    );
  const first = Number(given.firstSeq);
  const { sealAt, count } = walkBatch(batch, view, first);
  const seal = readSeal(batch, view, sealAt);
  const refuse = (code: ErrorCode, what: string): LockstepError =>
    new LockstepError(code, `batch ${first}..${seal.seq}: ${what}`);
  if (seal.firstSeq !== first || seal.recordCount !== count)
    throw refuse("bad_seal", `its seal says ${seal.recordCount} records from ${seal.firstSeq}, it has ${count}`);
  if (given.streamId && !equalBytes(seal.streamId, given.streamId))
    throw refuse("wrong_stream", "its seal names another stream");
  if (!equalBytes(seal.previousHash, given.previousHash))
    throw refuse("fork", "its seal does not follow the seal before it: the stream has two histories");
  if (!equalBytes(seal.recordsSha256, sha256(batch.subarray(0, sealAt))))
    throw refuse("bad_seal", "its records do not hash to what its seal says");
  if (!verifySeal(batch.subarray(sealAt), given.publicKey))
    throw refuse("bad_signature", "its seal is not signed by the stream's key");
  return {
    lastSeq: BigInt(seal.seq),
    hash: sha256(batch.subarray(sealAt)),
    outputsDigest: seal.outputsDigest,
    recordCount: count,
  };
}

/** Structure, CRC and seq of each record; the seal must be the last one and the only one. */
function walkBatch(batch: Uint8Array, view: DataView, firstSeq: number): { sealAt: number; count: number } {
  let at = 0;
  let count = 0;
  while (at < batch.length) {
    const length = checkRecord(batch, view, at);
    const seq = readU64(view, at + HEADER_OFFSET.seq);
    if (seq !== firstSeq + count)
      throw new LockstepError("gap", `record ${seq} stands where ${firstSeq + count} is expected (byte ${at})`);
    if (view.getUint16(at + HEADER_OFFSET.kind, true) === BatchSeal.code) {
      if (at + length !== batch.length)
        throw new LockstepError("bad_seal", `batch ${firstSeq}: a seal at byte ${at} is not its last record`);
      return { sealAt: at, count };
    }
    count++;
    at += length;
  }
  throw new LockstepError("bad_seal", `batch ${firstSeq}: ${count} records without a seal`);
}

/**
 * Whether `seal` (one whole seal record) carries the signature of `publicKey`, and nothing behind it: those bytes are not
 * signed, but belong to the hash that the next seal names.
 */
export function verifySeal(seal: Uint8Array, publicKey: Uint8Array): boolean {
  const view = viewOf(seal);
  assert(recordLength(view, 0) === SEAL_BYTES && seal.length === SEAL_BYTES, "a whole seal record");
  // Not slice(): a Buffer's slice shares memory, and zeroing the check would damage the batch itself.
  const signed = new Uint8Array(seal.subarray(0, SIGNED_BYTES));
  viewOf(signed).setUint32(HEADER_OFFSET.check, 0, true);
  if (seal.subarray(AT.signature + SIGNATURE_BYTES).some((byte) => byte !== 0)) return false;
  return verify(null, signed, publicKeyOf(publicKey), seal.subarray(AT.signature, AT.signature + SIGNATURE_BYTES));
}
