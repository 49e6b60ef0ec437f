// Whose signature each seal of a stream must carry. The stream begins under the key of stream_start; a takeover, signed by
// a key of the stream's cloud and first in its batch, hands it to another box's. A fold over batches in order, without
// I/O: for those who prove a journal. Who decides too asks the core instead (core-wasm/host/core.ts, authority).
import { checkTakeover, checkTakeoverSignature } from "#core-wasm/host/authority.ts";
import { assert } from "#proto/errors.ts";
import { CloudKey, HEADER_OFFSET, Takeover } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { viewOf, walkRecords } from "#proto/record.ts";

/** The takeover that a batch begins with, if it does. Its structure needs not be checked yet. */
export function takeoverOf(batch: Uint8Array): Takeover | undefined {
  const view = viewOf(batch);
  const whole = batch.length >= Takeover.lengthOf();
  return whole && view.getUint16(HEADER_OFFSET.kind, true) === Takeover.code ? Takeover.read(view, 0) : undefined;
}

export class SealKeys {
  /** Each key with the first seq that it signed for, oldest first. */
  readonly #keys: { readonly fromSeq: bigint; readonly key: Uint8Array }[];
  readonly #whole: { readonly streamId: Uint8Array } | undefined;
  readonly #cloudKeys = new Map<string, Uint8Array>();
  #epoch = 0;

  /** `whole`: every batch from seq 1 on is shown, so that the cloud's keys are known; else a takeover's own word is taken. */
  constructor(publicKey: Uint8Array, whole?: { readonly streamId: Uint8Array }) {
    this.#keys = [{ fromSeq: 0n, key: publicKey }];
    this.#whole = whole;
  }

  /** The key in force after the batches shown so far. */
  get publicKey(): Uint8Array {
    return this.keyAt(BigInt(Number.MAX_SAFE_INTEGER));
  }

  /** The key that the batch of this seq is signed with, among the batches shown so far. */
  keyAt(seq: bigint): Uint8Array {
    const found = this.#keys.findLast(({ fromSeq }) => fromSeq <= seq);
    assert(found !== undefined, "a stream has a key from its beginning");
    return found.key;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The key that must have signed the next batch. Throws what is wrong with a takeover. */
  keyOf(batch: Uint8Array): Uint8Array {
    const takeover = takeoverOf(batch);
    if (!takeover) return this.publicKey;
    if (this.#whole) {
      const authority = { epoch: this.#epoch, cloudKeys: [...this.#cloudKeys.values()] };
      checkTakeover(takeover, { streamId: this.#whole.streamId, authority });
    } else checkTakeoverSignature(takeover);
    return takeover.box_key;
  }

  /** The batch was verified with what keyOf said. */
  onVerified(batch: Uint8Array): void {
    const takeover = takeoverOf(batch);
    if (takeover) {
      this.#keys.push({ fromSeq: viewOf(batch).getBigUint64(HEADER_OFFSET.seq, true), key: takeover.box_key });
      this.#epoch = takeover.epoch;
    }
    if (!this.#whole) return;
    const view = viewOf(batch);
    walkRecords(batch, (at, _length, code) => {
      if (code !== CloudKey.code) return;
      const { public_key: key, revoked } = CloudKey.read(view, at);
      if (revoked === 0) this.#cloudKeys.set(hexOf(key), key);
      else this.#cloudKeys.delete(hexOf(key));
    });
  }
}
