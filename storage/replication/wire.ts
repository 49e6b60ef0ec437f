// Messages to protobuf bytes and back (proto/lockstep/v1/replication.proto). Everything from outside is bounds-checked
// here: what comes out has the right lengths, or a LockstepError `protocol` was thrown. A batch is not copied on decoding.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ERROR_CODES, type ErrorCode, LockstepError } from "#proto/errors.ts";
import {
  CloudMessageSchema,
  type CloudMessage as CloudProto,
  EdgeMessageSchema,
  type Hello as HelloProto,
  HelloSchema,
} from "#proto/generated/lockstep/v1/replication_pb.ts";
import { BATCH_SLOTS_MAX, RECORD_BYTES_MAX } from "#proto/limits.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { type CloudMessage, DIGEST_BYTES, type EdgeMessage, type Hello, STREAM_ID_BYTES } from "./messages.ts";

/** The method's path, as both ends name it. */
export const REPLICATE_METHOD = "/lockstep.v1.Replication/Replicate";
export const BATCH_BYTES_MAX = BATCH_SLOTS_MAX * SLOT_BYTES;
const TEXT_MAX = 1024;
const EDGE_NAME_MAX = 32;

const refuse = (what: string, cause?: unknown): never => {
  throw new LockstepError("protocol", `${what}: both ends must speak lockstep.v1`, { cause });
};

function sized(bytes: Uint8Array, length: number, field: string): Uint8Array {
  return bytes.length === length ? bytes : refuse(`${field} has ${bytes.length} bytes instead of ${length}`);
}

function short(text: string, most: number, field: string): string {
  return text.length <= most ? text : refuse(`${field} has ${text.length} characters, at most ${most} are allowed`);
}

const helloFrom = (v: HelloProto): Hello => ({
  streamId: sized(v.streamId, STREAM_ID_BYTES, "stream_id"),
  edgeName: short(v.edgeName, EDGE_NAME_MAX, "edge_name"),
  coreSha256: sized(v.coreSha256, DIGEST_BYTES, "core_sha256"),
  modelSha256: sized(v.modelSha256, DIGEST_BYTES, "model_sha256"),
  publicKey: sized(v.publicKey, DIGEST_BYTES, "public_key"),
  lastSealedSeq: v.lastSealedSeq,
  layoutVersion: v.layoutVersion,
  epoch: v.epoch,
});

/** Field 2 of EdgeMessage, length-delimited. */
const BATCH_TAG = 0x12;

/** Written by hand, as what protobuf would write, because its writer copies 64 KiB twice. */
function encodeBatch(batch: Uint8Array): Uint8Array {
  const prefix = [BATCH_TAG];
  let length = batch.length;
  for (; length >= 0x80; length >>>= 7) prefix.push((length & 0x7f) | 0x80);
  prefix.push(length);
  const out = new Uint8Array(Buffer.allocUnsafeSlow(prefix.length + batch.length).buffer);
  out.set(prefix);
  out.set(batch, prefix.length);
  return out;
}

export function encodeEdge(message: EdgeMessage): Uint8Array {
  if (message.type === "batch") return encodeBatch(message.bytes);
  const value = create(HelloSchema, message.hello);
  return toBinary(EdgeMessageSchema, create(EdgeMessageSchema, { message: { case: "hello", value } }));
}

/** A batch in the result shares the memory of `bytes`. */
export function decodeEdge(bytes: Uint8Array): EdgeMessage {
  const { message } = parse(() => fromBinary(EdgeMessageSchema, bytes, { readUnknownFields: false }));
  if (message.case === "hello") return { type: "hello", hello: helloFrom(message.value) };
  if (message.case !== "batch") return refuse("a message with neither hello nor batch came");
  const batch = message.value;
  if (batch.length === 0 || batch.length > BATCH_BYTES_MAX || batch.length % SLOT_BYTES !== 0)
    return refuse(`a batch of ${batch.length} bytes came (whole ${SLOT_BYTES}-byte slots, at most ${BATCH_BYTES_MAX})`);
  return { type: "batch", bytes: batch };
}

function cloudProto(message: CloudMessage): CloudProto["message"] {
  if (message.type === "command") return { case: "command", value: message.bytes };
  const { type, ...fields } = message;
  return create(CloudMessageSchema, { message: { case: type, value: fields } } as never).message;
}

export function encodeCloud(message: CloudMessage): Uint8Array {
  return toBinary(CloudMessageSchema, create(CloudMessageSchema, { message: cloudProto(message) }));
}

export function decodeCloud(bytes: Uint8Array): CloudMessage {
  const { message } = parse(() => fromBinary(CloudMessageSchema, bytes, { readUnknownFields: false }));
  switch (message.case) {
    case "welcome": {
      const { nextSeq, lastHash, credit } = message.value;
      if (nextSeq === 0n) return refuse("next_seq 0 came, sequences begin at 1");
      return { type: "welcome", nextSeq, lastHash: sized(lastHash, DIGEST_BYTES, "last_hash"), credit };
    }
    case "ack": {
      const { durableSeq, verifiedSeq, credit } = message.value;
      if (verifiedSeq > durableSeq) return refuse(`verified ${verifiedSeq} is above durable ${durableSeq}`);
      return { type: "ack", durableSeq, verifiedSeq, credit };
    }
    case "refusal": {
      const code = ERROR_CODES.find((known) => known === message.value.code) ?? ("protocol" satisfies ErrorCode);
      const { takeover } = message.value;
      if (takeover.length > RECORD_BYTES_MAX) return refuse(`a takeover of ${takeover.length} bytes came`);
      const proof = takeover.length > 0 ? { takeover } : {};
      return { type: "refusal", code, message: short(message.value.message, TEXT_MAX, "message"), ...proof };
    }
    case "command": {
      const bytes = message.value;
      if (bytes.length > RECORD_BYTES_MAX) return refuse(`a command of ${bytes.length} bytes came`);
      return { type: "command", bytes };
    }
    default:
      return refuse("a message with neither welcome, ack nor refusal came");
  }
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return refuse("a message that is no protobuf came", error);
  }
}
