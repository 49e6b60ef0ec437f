// What the connector's main thread and its replication worker say to each other.
import type { ErrorCode } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import type { Hello } from "#storage/replication/messages.ts";

/** One stream; `sealed[0]` is its durable sealed seq. */
export interface StreamStart {
  readonly journalDir: string;
  readonly hello: Omit<Hello, "lastSealedSeq">;
  readonly sealed: BigInt64Array<SharedArrayBuffer>;
}

/** workerData. `bell[0]` goes up with each change of a stream's durable sealed seq. */
export interface WorkerStart {
  readonly tlsDir: string;
  readonly cloudUrl: string;
  /** Where the box keeps its models; without it none are fetched. */
  readonly modelsDir: string | undefined;
  readonly bell: Int32Array<SharedArrayBuffer>;
  readonly streams: readonly StreamStart[];
}

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Of one stream, posted with its index. */
export type FromWorker =
  | { readonly type: "acked"; readonly durableSeq: bigint; readonly verifiedSeq: bigint }
  | { readonly type: "command"; readonly bytes: Uint8Array }
  | { readonly type: "superseded"; readonly takeover: Uint8Array }
  | { readonly type: "state"; readonly connected: boolean; readonly error: PlainError | undefined }
  | { readonly type: "alarm"; readonly error: PlainError }
  /** Of a model on its way. */
  | { readonly type: "model_alarm"; readonly error: PlainError }
  /** An order about models, with the bytes of the one it names; the same one comes again with each line. */
  | { readonly type: "model"; readonly assignment: ModelAssignment; readonly bytes: Uint8Array | undefined };
