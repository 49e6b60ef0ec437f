// A stream fetched back from the cloud by a replacement box: each batch is held against everything that can be known of it
// (records, chain, seals, who signed) before it counts. A plain machine; what it lets through is the one chain that
// stream_start began. What the batches decide is decided again when the box opens the journal.
import { LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { verifyBatch } from "../journal/batch.ts";
import { SealKeys } from "../journal/seal-keys.ts";
import { NO_HASH } from "./messages.ts";
import { streamStartOf } from "./seal.ts";

export interface RestoredBatch {
  readonly bytes: Uint8Array;
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  readonly previousHash: Uint8Array;
}

export class Restorer {
  readonly #streamId: Uint8Array;
  #keys: SealKeys | undefined;
  #lastSeq = 0n;
  #lastHash: Uint8Array = NO_HASH;
  #ended = false;

  constructor(streamId: Uint8Array) {
    this.#streamId = streamId;
  }

  /** The batch that starts here is the only one that is taken next. */
  get nextSeq(): bigint {
    return this.#lastSeq + 1n;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Throws what verifyBatch and SealKeys throw, protocol and wrong_stream: nothing of that batch counts then. */
  onBatch(bytes: Uint8Array): RestoredBatch {
    const keys = this.#keys ?? this.#begin(bytes);
    const firstSeq = this.nextSeq;
    const previousHash = this.#lastHash;
    const publicKey = keys.keyOf(bytes);
    const { lastSeq, hash } = verifyBatch({
      batch: bytes,
      publicKey,
      previousHash,
      firstSeq,
      streamId: this.#streamId,
    });
    keys.onVerified(bytes);
    this.#keys = keys;
    this.#lastSeq = lastSeq;
    this.#lastHash = hash;
    return { bytes, firstSeq, lastSeq, previousHash };
  }

  /** The cloud says that this is all. Throws gap when it is not. */
  onEnd(lastSeq: bigint): void {
    if (lastSeq !== this.#lastSeq)
      throw new LockstepError("gap", `the cloud ends at seq ${lastSeq}, ${this.#lastSeq} was received: fetch again`);
    this.#ended = true;
  }

  #begin(bytes: Uint8Array): SealKeys {
    const start = streamStartOf(bytes);
    if (!start) throw new LockstepError("protocol", "the first record of a stream must be stream_start");
    if (Buffer.compare(start.stream_id, this.#streamId) !== 0)
      throw new LockstepError("wrong_stream", `stream_start names stream ${hexOf(start.stream_id)}`);
    return new SealKeys(start.public_key, { streamId: this.#streamId });
  }
}
