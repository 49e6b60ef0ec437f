// Shapes that the services share about models: an order to an edge, and how it is signed (proto/model-words.ts).
import { z } from "zod";
import type { ModelAssignment } from "../generated/records.ts";
import { bytesOf } from "../hex.ts";
import { MODEL_BYTES_MAX } from "../limits.ts";
import { MODEL_ROLE } from "../records.ts";
import { hex, StreamId, words } from "./shapes.ts";

export const NO_MODEL = "0".repeat(64);

/** Becomes a model_assignment record of the edge. Bytes are hex. */
export const AssignedModel = z
  .strictObject({
    stream_id: StreamId,
    /** MODEL_ROLE */
    role: z.union([z.literal(MODEL_ROLE.live), z.literal(MODEL_ROLE.shadow)]),
    /** Zeros = no shadow. */
    sha256: hex(64),
    size_bytes: z.number().int().min(0).max(MODEL_BYTES_MAX),
    /** Above that of the last order of this role. */
    version: z
      .number()
      .int()
      .min(1)
      .max(2 ** 32 - 1),
    operator: words(32),
    reason: words(64),
    /** Ed25519; zeros = not signed, as a shadow need not be. */
    public_key: hex(64),
    signature: hex(128),
  })
  .refine(
    ({ sha256, size_bytes, role }) =>
      sha256 === NO_MODEL ? role === MODEL_ROLE.shadow && size_bytes === 0 : size_bytes > 0,
    "zeros for the digest switch a shadow off, with size_bytes 0; everything else names a model of at least one byte",
  );
export type AssignedModel = z.infer<typeof AssignedModel>;

/** The order as the record that it becomes. */
export const assignmentOf = (order: AssignedModel): ModelAssignment => ({
  operator: order.operator,
  reason: order.reason,
  public_key: bytesOf(order.public_key),
  signature: bytesOf(order.signature),
  sha256: bytesOf(order.sha256),
  size_bytes: order.size_bytes,
  assignment_version: order.version,
  role: order.role,
});
