// The HTTP contract of trading-engine: how far each stream is re-decided, and every difference found.
import { z } from "zod";
import { MODEL_BYTES_MAX } from "../limits.ts";
import type { Contract } from "./contract.ts";
import { AssignedModel } from "./models.ts";

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
/** u64 as a decimal string. */
const u64 = z.string().regex(/^\d{1,20}$/);

export const StreamState = z.enum(["starting", "waiting", "following", "halted", "stopped"]);

export const StreamStatus = z.object({
  stream_id: hex(32),
  edge_name: z.string(),
  /** following: all well. waiting: see reason. halted: a difference, damage or fault was found; see reason and /divergences. */
  state: StreamState,
  reason: z.string(),
  /** Everything up to here was decided again, byte for byte the same. */
  verified_seq: u64,
  verified_records: z.number().int(),
  batches: z.number().int(),
  /** What of it a restart took from a snapshot instead of deciding again. */
  restored_seq: u64,
  outputs_digest: hex(64),
  core_digest: hex(64),
  /** Empty before the first model_digest record. */
  model_digest: z.string(),
  /** Of the model that scores beside it; empty = none. */
  shadow_digest: z.string(),
  divergences: z.number().int(),
  /** TRADING_STATE of proto/records.ts. */
  trading_state: z.number().int(),
  counts: z.record(z.string(), z.number().int()),
  /** Messages of the log, each of one batch or more, that are not verified yet, as last heard. */
  lag_messages: z.number().int(),
  /** UTC milliseconds of the last verified record; 0 = none. */
  last_time_ms: z.number().int(),
});
export type StreamStatus = z.infer<typeof StreamStatus>;

export const Divergence = z.object({
  id: z.string(),
  stream_id: hex(32),
  /** Of the record, or of the batch's first record when the whole batch is refused. */
  seq: u64,
  /** The error's code: wrong_digest, core_fault, bad_check, bad_seal, bad_signature, fork, gap... */
  code: z.string(),
  field: z.string(),
  expected: z.string(),
  actual: z.string(),
  message: z.string(),
  detected_at: z.string(),
});
export type Divergence = z.infer<typeof Divergence>;

export const tradingEngine = {
  service: "trading-engine",
  routes: {
    listStreams: { method: "GET", path: "/streams", response: z.array(StreamStatus) },
    getStream: {
      method: "GET",
      path: "/streams/:stream_id",
      params: z.object({ stream_id: hex(32) }),
      response: StreamStatus,
    },
    /** Keeps an artefact under its digest; the core's own checks are made first. */
    publishModel: {
      method: "POST",
      path: "/models",
      body: z.strictObject({ artefact: z.base64().max(Math.ceil(MODEL_BYTES_MAX / 3) * 4) }),
      response: z.object({ sha256: hex(64), size_bytes: z.number().int() }),
    },
    getModel: {
      method: "GET",
      path: "/models/:sha256",
      params: z.object({ sha256: hex(64) }),
      response: z.object({ sha256: hex(64), artefact: z.base64() }),
    },
    /** Orders a published model for a stream; its edge fetches it and journals the change, or refuses it there. */
    assignModel: { method: "POST", path: "/assignments", body: AssignedModel, response: AssignedModel },
    listAssignments: {
      method: "GET",
      path: "/assignments/:stream_id",
      params: z.object({ stream_id: hex(32) }),
      response: z.array(AssignedModel),
    },
    listDivergences: { method: "GET", path: "/divergences", response: z.array(Divergence) },
  },
} as const satisfies Contract;
