// A stream's snapshot as it lies on the bus: SHA-256 of the rest | u32 bytes of JSON | JSON | pending outputs | the core's
// own snapshot (which carries its module's digest). A cache: refused ones are thrown away and the journal decided again.
import { hash } from "node:crypto";
import { z } from "zod";
import type { StreamModels } from "#core-wasm/host/model-records.ts";
import { assert, LockstepError } from "#proto/errors.ts";
import type { Position } from "./redecide.ts";

export interface Snapshot {
  readonly stream_id: string;
  readonly edge_name: string;
  readonly public_key: string;
  /** Hash of the last seal: the next must name it. */
  readonly previous_hash: string;
  readonly models: StreamModels;
  readonly position: Position;
  readonly counts: Readonly<Record<string, number>>;
  /** The last batch's index in the log. */
  readonly hint: number;
  /** Outputs decided whose records are in a later batch. */
  readonly pending: Uint8Array;
  readonly core: Uint8Array;
}

const VERSION = 3;
const HASH_BYTES = 32;
const sha256 = (bytes: Uint8Array): Buffer => hash("sha256", bytes, "buffer");
const u64 = z.string().regex(/^\d+$/).transform(BigInt);
const Head = z.object({
  version: z.literal(VERSION),
  stream_id: z.string(),
  edge_name: z.string(),
  public_key: z.string(),
  previous_hash: z.string(),
  models: z.object({ live: z.string(), shadow: z.string() }),
  position: z.object({
    seq: u64,
    batches: z.number(),
    records: z.number(),
    outputsDigest: z.string(),
    timeNs: u64,
  }),
  counts: z.record(z.string(), z.number()),
  hint: z.number(),
  pending_bytes: z.number().int().min(0),
});

export function encodeSnapshot({ core, pending, ...head }: Snapshot): Uint8Array {
  const json = JSON.stringify({ version: VERSION, ...head, pending_bytes: pending.length }, (_, value) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  const text = new TextEncoder().encode(json);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  const content = Buffer.concat([length, text, pending, core]);
  return Buffer.concat([sha256(content), content]);
}

export function decodeSnapshot(saved: Uint8Array): Snapshot {
  try {
    const bytes = saved.subarray(HASH_BYTES);
    assert(sha256(bytes).equals(saved.subarray(0, HASH_BYTES)), "it is whole");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = 4 + view.getUint32(0, true);
    const {
      version: _,
      pending_bytes,
      ...head
    } = Head.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))));
    return { ...head, pending: bytes.slice(end, end + pending_bytes), core: bytes.slice(end + pending_bytes) };
  } catch (cause) {
    throw new LockstepError(
      "snapshot_refused",
      "not a snapshot of this version: the journal is decided from its start",
      {
        cause,
      },
    );
  }
}
