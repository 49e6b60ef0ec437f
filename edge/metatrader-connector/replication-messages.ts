// What the connector's main thread and its replication worker say to each other.
import type { ErrorCode } from "#proto/errors.ts";
import type { Hello } from "#storage/replication/messages.ts";

/** workerData. `sealed[0]` is the durable sealed seq; `bell[0]` goes up with each change of it and when to stop. */
export interface WorkerStart {
  readonly journalDir: string;
  readonly tlsDir: string;
  readonly cloudUrl: string;
  readonly hello: Omit<Hello, "lastSealedSeq">;
  readonly sealed: BigInt64Array<SharedArrayBuffer>;
  readonly bell: Int32Array<SharedArrayBuffer>;
}

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
}

export type FromWorker =
  | { readonly type: "acked"; readonly durableSeq: bigint; readonly verifiedSeq: bigint }
  | { readonly type: "command"; readonly bytes: Uint8Array }
  | { readonly type: "superseded"; readonly takeover: Uint8Array }
  | { readonly type: "state"; readonly connected: boolean; readonly error: PlainError | undefined }
  | { readonly type: "alarm"; readonly error: PlainError };
