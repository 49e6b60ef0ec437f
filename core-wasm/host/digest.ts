// The digest of all outputs since the stream began. It is a function of their bytes alone, in order: however calls and
// batches cut them, it is the same. Kept by the host, whose SHA-256 is in hardware, and not by the module, where it would
// cost more than the decisions do.
//
//   C(0) = 32 zero bytes;  C(i) = SHA-256(C(i-1) || bytes 4096(i-1) .. 4096 i);  digest = SHA-256(C(k) || the rest)
import { hash } from "node:crypto";

const HASH_BYTES = 32;
export const CHUNK_BYTES = 4096;

export class OutputsDigest {
  /** C(k), then the bytes after the last whole chunk: what is hashed next lies in one piece. */
  readonly #message = new Uint8Array(HASH_BYTES + CHUNK_BYTES);
  #used = HASH_BYTES;

  update(outputs: Uint8Array): void {
    for (let at = 0; at < outputs.length; ) {
      const part = outputs.subarray(at, at + this.#message.length - this.#used);
      this.#message.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used < this.#message.length) continue;
      this.#message.set(hash("sha256", this.#message, "buffer"));
      this.#used = HASH_BYTES;
    }
  }

  /** 32 bytes. More outputs may follow. */
  digest(): Uint8Array {
    return new Uint8Array(hash("sha256", this.#message.subarray(0, this.#used), "buffer"));
  }

  /** All that is needed to go on elsewhere: C(k) and the rest, 32 to 4,127 bytes. */
  save(): Uint8Array {
    return this.#message.slice(0, this.#used);
  }

  /** False, and nothing changed, when `saved` cannot be what save() returned. */
  restore(saved: Uint8Array): boolean {
    if (saved.length < HASH_BYTES || saved.length >= this.#message.length) return false;
    this.#message.set(saved);
    this.#used = saved.length;
    return true;
  }
}
