// What edge and cloud say to each other about models, and its protobuf (proto/lockstep/v1/models.proto). Everything from
// outside is bounds-checked here: what comes out has the right lengths, or a LockstepError `protocol` was thrown.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ERROR_CODES, type ErrorCode, LockstepError } from "#proto/errors.ts";
import {
  ModelCloudMessageSchema,
  ModelEdgeMessageSchema,
  type ModelOrder as OrderProto,
} from "#proto/generated/lockstep/v1/models_pb.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { MODEL_BYTES_MAX, MODEL_CHUNK_BYTES } from "#proto/limits.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import { DIGEST_BYTES } from "./messages.ts";

/** The method's path, as both ends name it. */
export const DISTRIBUTE_METHOD = "/lockstep.v1.Models/Distribute";
const SIGNATURE_BYTES = 64;
const TEXT_MAX = 1024;
const PRINTABLE = /^[ -~]+$/;

export interface ModelRequest {
  readonly type: "request";
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  /** Bytes that the edge has. */
  readonly offset: number;
}

export type ModelEdgeMessage = ModelRequest;

export type ModelCloudMessage =
  | { readonly type: "order"; readonly assignment: ModelAssignment }
  | { readonly type: "chunk"; readonly sha256: Uint8Array; readonly offset: number; readonly data: Uint8Array }
  | { readonly type: "refusal"; readonly sha256: Uint8Array; readonly code: ErrorCode; readonly message: string };

const refuse = (what: string, cause?: unknown): never => {
  throw new LockstepError("protocol", `${what}: both ends must speak lockstep.v1`, { cause });
};

const sized = (bytes: Uint8Array, length: number, field: string): Uint8Array =>
  bytes.length === length ? bytes : refuse(`${field} has ${bytes.length} bytes instead of ${length}`);

const within = (value: number, least: number, most: number, field: string): number =>
  value >= least && value <= most ? value : refuse(`${field} is ${value}, not ${least} to ${most}`);

const printable = (text: string, most: number, field: string): string =>
  text.length <= most && PRINTABLE.test(text) ? text : refuse(`${field} is not 1 to ${most} ASCII characters`);

export const isNoModel = ({ sha256 }: { readonly sha256: Uint8Array }): boolean => sha256.every((byte) => byte === 0);

function assignmentFrom(v: OrderProto): ModelAssignment {
  const sha256 = sized(v.sha256, DIGEST_BYTES, "sha256");
  const role = within(v.role, MODEL_ROLE.live, MODEL_ROLE.shadow, "role");
  const off = isNoModel({ sha256 });
  if (off && role === MODEL_ROLE.live) return refuse("an order without a live model came");
  return {
    operator: printable(v.operator, 32, "operator"),
    reason: printable(v.reason, 64, "reason"),
    public_key: sized(v.publicKey, DIGEST_BYTES, "public_key"),
    signature: sized(v.signature, SIGNATURE_BYTES, "signature"),
    sha256,
    size_bytes: within(v.sizeBytes, off ? 0 : 1, off ? 0 : MODEL_BYTES_MAX, "size_bytes"),
    assignment_version: within(v.version, 1, 2 ** 32 - 1, "version"),
    role,
  };
}

export function encodeModelEdge({ sha256, offset }: ModelEdgeMessage): Uint8Array {
  const message = { case: "request" as const, value: { sha256, offset } };
  return toBinary(ModelEdgeMessageSchema, create(ModelEdgeMessageSchema, { message } as never));
}

export function decodeModelEdge(bytes: Uint8Array): ModelEdgeMessage {
  const { message } = parse(() => fromBinary(ModelEdgeMessageSchema, bytes, { readUnknownFields: false }));
  if (message.case !== "request") return refuse("a message without a request came");
  const { sha256, offset } = message.value;
  return {
    type: "request",
    sha256: sized(sha256, DIGEST_BYTES, "sha256"),
    offset: within(offset, 0, MODEL_BYTES_MAX - 1, "offset"),
  };
}

export function encodeModelCloud(message: ModelCloudMessage): Uint8Array {
  const value =
    message.type === "order"
      ? orderProto(message.assignment)
      : Object.fromEntries(Object.entries(message).filter(([name]) => name !== "type"));
  return toBinary(
    ModelCloudMessageSchema,
    create(ModelCloudMessageSchema, { message: { case: message.type, value } } as never),
  );
}

const orderProto = (v: ModelAssignment): object => ({
  role: v.role,
  sha256: v.sha256,
  sizeBytes: v.size_bytes,
  version: v.assignment_version,
  operator: v.operator,
  reason: v.reason,
  publicKey: v.public_key,
  signature: v.signature,
});

export function decodeModelCloud(bytes: Uint8Array): ModelCloudMessage {
  const { message } = parse(() => fromBinary(ModelCloudMessageSchema, bytes, { readUnknownFields: false }));
  switch (message.case) {
    case "order":
      return { type: "order", assignment: assignmentFrom(message.value) };
    case "chunk": {
      const { sha256, offset, data } = message.value;
      within(data.length, 1, MODEL_CHUNK_BYTES, "data's length");
      return {
        type: "chunk",
        sha256: sized(sha256, DIGEST_BYTES, "sha256"),
        offset: within(offset, 0, MODEL_BYTES_MAX - data.length, "offset"),
        data,
      };
    }
    case "refusal": {
      const { sha256, code, message: text } = message.value;
      const known = ERROR_CODES.find((name) => name === code) ?? ("protocol" satisfies ErrorCode);
      if (text.length > TEXT_MAX) return refuse(`a refusal of ${text.length} characters came`);
      return { type: "refusal", sha256: sized(sha256, DIGEST_BYTES, "sha256"), code: known, message: text };
    }
    default:
      return refuse("a message with neither order, chunk nor refusal came");
  }
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return refuse("a message that is no protobuf came", error);
  }
}
