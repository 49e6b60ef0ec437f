// What the two ends say to each other. Plain values; wire.ts turns them into protobuf and back.
import type { ErrorCode } from "#proto/errors.ts";

export interface Hello {
  /** 16 bytes. */
  readonly streamId: Uint8Array;
  readonly edgeName: string;
  /** 32 bytes each. */
  readonly coreSha256: Uint8Array;
  readonly modelSha256: Uint8Array;
  readonly publicKey: Uint8Array;
  /** The edge's last durable batch ends here; 0 = none yet. */
  readonly lastSealedSeq: bigint;
  readonly layoutVersion: number;
  /** Which box of the stream this is: 0 the one that began it. */
  readonly epoch: number;
}

export type EdgeMessage =
  | { readonly type: "hello"; readonly hello: Hello }
  /** Records and their seal, the journal's bytes. */
  | { readonly type: "batch"; readonly bytes: Uint8Array };

export interface Welcome {
  readonly type: "welcome";
  /** The batch that starts here is the only one the cloud takes next. */
  readonly nextSeq: bigint;
  /** SHA-256 of the last seal that the cloud holds, zero when it holds none. */
  readonly lastHash: Uint8Array;
  readonly credit: number;
}

export interface Ack {
  readonly type: "ack";
  readonly durableSeq: bigint;
  readonly verifiedSeq: bigint;
  readonly credit: number;
}

export interface Refusal {
  readonly type: "refusal";
  readonly code: ErrorCode;
  readonly message: string;
  /** With `superseded`: payload of the signed takeover record. */
  readonly takeover?: Uint8Array;
}

export interface Command {
  readonly type: "command";
  /** The cloud_command record and the one that it orders. */
  readonly bytes: Uint8Array;
}

export type CloudMessage = Welcome | Ack | Refusal | Command;

export const STREAM_ID_BYTES = 16;
export const DIGEST_BYTES = 32;
export const NO_HASH: Uint8Array = new Uint8Array(DIGEST_BYTES);

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
