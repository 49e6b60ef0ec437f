// The messages of Restore to protobuf bytes and back, bounds-checked as in wire.ts.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ERROR_CODES, LockstepError } from "#proto/errors.ts";
import { RestorePartSchema, RestoreRequestSchema } from "#proto/generated/lockstep/v1/replication_pb.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { DIGEST_BYTES, type Refusal, STREAM_ID_BYTES } from "./messages.ts";
import { BATCH_BYTES_MAX } from "./wire.ts";

/** The method's path, as both ends name it. */
export const RESTORE_METHOD = "/lockstep.v1.Replication/Restore";
const TEXT_MAX = 1024;

export interface RestoreRequest {
  /** 16 bytes. */
  readonly streamId: Uint8Array;
  readonly fromSeq: bigint;
  readonly epoch: number;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export type RestorePart =
  | { readonly type: "batch"; readonly bytes: Uint8Array }
  | { readonly type: "end"; readonly lastSeq: bigint }
  | Refusal;

const refuse = (what: string, cause?: unknown): LockstepError =>
  new LockstepError("protocol", `${what}: both ends must speak lockstep.v1`, { cause });

export const encodeRequest = (request: RestoreRequest): Uint8Array =>
  toBinary(RestoreRequestSchema, create(RestoreRequestSchema, request));

export function decodeRequest(bytes: Uint8Array): RestoreRequest {
  const { streamId, fromSeq, epoch, publicKey } = parse(() => fromBinary(RestoreRequestSchema, bytes));
  if (streamId.length !== STREAM_ID_BYTES || publicKey.length !== DIGEST_BYTES || fromSeq === 0n)
    throw refuse("a request to restore with a field of another size came");
  return { streamId, fromSeq, epoch, publicKey };
}

export function encodePart(part: RestorePart): Uint8Array {
  const value =
    part.type === "batch"
      ? { case: "batch" as const, value: part.bytes }
      : part.type === "end"
        ? { case: "end" as const, value: { lastSeq: part.lastSeq } }
        : { case: "refusal" as const, value: { code: part.code, message: part.message } };
  return toBinary(RestorePartSchema, create(RestorePartSchema, { part: value } as never));
}

export function decodePart(bytes: Uint8Array): RestorePart {
  const { part } = parse(() => fromBinary(RestorePartSchema, bytes, { readUnknownFields: false }));
  switch (part.case) {
    case "batch": {
      const batch = part.value;
      if (batch.length === 0 || batch.length > BATCH_BYTES_MAX || batch.length % SLOT_BYTES !== 0)
        throw refuse(`a batch of ${batch.length} bytes came`);
      return { type: "batch", bytes: batch };
    }
    case "end":
      return { type: "end", lastSeq: part.value.lastSeq };
    case "refusal": {
      const code = ERROR_CODES.find((known) => known === part.value.code) ?? "protocol";
      return { type: "refusal", code, message: part.value.message.slice(0, TEXT_MAX) };
    }
    default:
      throw refuse("a part with neither batch, end nor refusal came");
  }
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw refuse("a message that is no protobuf came", error);
  }
}
