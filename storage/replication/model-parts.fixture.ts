// Orders about models and a box's files in memory, for tests of what fetches them.
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import type { ModelParts } from "./model-fetcher.ts";

export const artefact = (bytes: number, fill: number): Uint8Array =>
  new Uint8Array(bytes).map((_, i) => (i * 31 + fill) & 255);

export const orderFor = (bytes: Uint8Array | undefined, changes: Partial<ModelAssignment> = {}): ModelAssignment => ({
  operator: "tester",
  reason: "test",
  public_key: new Uint8Array(32),
  signature: new Uint8Array(64),
  sha256: bytes ? new Uint8Array(hash("sha256", bytes, "buffer")) : new Uint8Array(32),
  size_bytes: bytes?.length ?? 0,
  assignment_version: 1,
  role: MODEL_ROLE.shadow,
  ...changes,
});

/** What outlives the process. */
export class MemoryParts implements ModelParts {
  readonly whole = new Map<string, Uint8Array>();
  readonly parts = new Map<string, Uint8Array>();

  has(sha256: string): boolean {
    return this.whole.has(sha256);
  }
  partBytes(sha256: string): number {
    return this.parts.get(sha256)?.length ?? 0;
  }
  append(sha256: string, offset: number, data: Uint8Array): void {
    assert.equal(offset, this.partBytes(sha256));
    this.parts.set(sha256, new Uint8Array(Buffer.concat([this.parts.get(sha256) ?? new Uint8Array(0), data])));
  }
  finish(sha256: string, sizeBytes: number): void {
    const bytes = this.parts.get(sha256) as Uint8Array;
    if (bytes.length !== sizeBytes || hash("sha256", bytes) !== sha256) throw new LockstepError("bad_file", "damaged");
    this.whole.set(sha256, bytes);
    this.parts.delete(sha256);
  }
  drop(sha256: string): void {
    this.parts.delete(sha256);
  }
}
