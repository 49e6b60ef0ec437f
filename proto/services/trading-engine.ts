// The HTTP contract of trading-engine: how far each stream is re-decided, every difference found, and what the cloud orders.
import { z } from "zod";
import { MODEL_BYTES_MAX } from "../limits.ts";
import { KINDS } from "../records.ts";
import type { Contract } from "./contract.ts";
import { AssignedModel } from "./models.ts";
import { hex, U64, words } from "./shapes.ts";

const RISK_LIMITS = KINDS.find(({ name }) => name === "risk_limits")?.fields ?? [];

export const StreamState = z.enum(["starting", "waiting", "following", "halted", "stopped"]);

export const StreamStatus = z.object({
  stream_id: hex(32),
  edge_name: z.string(),
  /** following: all well. waiting: see reason. halted: a difference, damage or fault was found; see reason and /divergences. */
  state: StreamState,
  reason: z.string(),
  /** Everything up to here was decided again, byte for byte the same. */
  verified_seq: U64,
  verified_records: z.number().int(),
  batches: z.number().int(),
  /** What of it a restart took from a snapshot instead of deciding again. */
  restored_seq: U64,
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
  seq: U64,
  /** The error's code: wrong_digest, core_fault, bad_check, bad_seal, bad_signature, fork, gap... */
  code: z.string(),
  field: z.string(),
  expected: z.string(),
  actual: z.string(),
  message: z.string(),
  detected_at: z.string(),
});
export type Divergence = z.infer<typeof Divergence>;

/** What the cloud lets a stream's box do without it. Times are UTC milliseconds. */
export const LeaseStatus = z.object({
  /** granted: the box may open positions. waiting, not_enrolled, stopped: no lease is renewed, see reason. */
  state: z.enum(["granted", "waiting", "not_enrolled", "stopped"]),
  reason: z.string(),
  /** Which box may go on with the stream: 0 the one that began it. */
  epoch: z.number().int(),
  /** In the stream's time; 0 = none was granted in this epoch. */
  expires_ms: z.number().int(),
  /** By the cloud's clock, with its bound: the box opens nothing any more from then on, whatever it does not hear. */
  surely_over_ms: z.number().int(),
  /** Nothing is granted before: the leases of the boxes before have surely ended then. */
  opens_ms: z.number().int(),
});
export type LeaseStatus = z.infer<typeof LeaseStatus>;

/** Who asks; the signature is Ed25519 over what proto/cloud-command.ts says (requestMessage). */
const SIGNED = {
  operator: words(32),
  epoch: z.number().int().min(0),
  public_key: hex(64),
  signature: hex(128),
};
const stream = z.object({ stream_id: hex(32) });
const stored = z.object({ number: U64, epoch: z.number().int() });

/** The fields of a risk_limits record, every one, as whole numbers in their units. */
export const LimitsBody = z.strictObject(
  Object.fromEntries(
    RISK_LIMITS.map(({ name }) => [name, z.union([z.number().int(), z.string().regex(/^-?\d{1,19}$/)])]),
  ),
);

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
    listLeases: {
      method: "GET",
      path: "/leases",
      response: z.array(LeaseStatus.extend({ stream_id: hex(32), edge_name: z.string(), public_key: hex(64) })),
    },
    /** Another box goes on with the stream: answered with the signed takeover that it needs. */
    replace: {
      method: "POST",
      path: "/streams/:stream_id/replace",
      params: stream,
      body: z.strictObject({ ...SIGNED, box_key: hex(64) }),
      response: z.object({ epoch: z.number().int(), takeover: z.string(), opens_ms: z.number().int() }),
    },
    /** Reduce only, halt, kill switch or flatten, from the cloud; answered when it is on its way. */
    stop: {
      method: "POST",
      path: "/streams/:stream_id/stop",
      params: stream,
      body: z.strictObject({
        ...SIGNED,
        command: z.enum(["reduce_only", "halt", "kill", "flatten"]),
        reason: words(40),
      }),
      response: stored,
    },
    /** Limits for all symbols, in force until the cloud sends others. */
    limits: {
      method: "POST",
      path: "/streams/:stream_id/limits",
      params: stream,
      body: z.strictObject({ ...SIGNED, limits: LimitsBody }),
      response: stored,
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
