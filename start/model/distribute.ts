// Models to the edges, as an operator gives the orders: publish an artefact, say which stream shall score with it, see what
// was ordered, and get the bytes of a digest back.
import { readFileSync, writeFileSync } from "node:fs";
import { makeClient } from "#mesh/service/client.ts";
import { LockstepError } from "#proto/errors.ts";
import { assignmentMessage } from "#proto/model-words.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import { type AssignedModel, assignmentOf, NO_MODEL } from "#proto/services/models.ts";
import { tradingEngine } from "#proto/services/trading-engine.ts";
import { type OperatorIdentity, readOperatorKey } from "../operator.ts";

export type Cloud = ReturnType<typeof cloudAt>;
export const cloudAt = (url: string | undefined) =>
  makeClient({ contract: tradingEngine, ...(url === undefined ? {} : { url }) });

export function publishModel(cloud: Cloud, path: string): Promise<{ sha256: string; size_bytes: number }> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return cloud.publishModel({ body: { artefact: bytes.toString("base64") } });
}

export async function fetchModel(cloud: Cloud, sha256: string, out: string): Promise<void> {
  const { artefact } = await cloud.getModel({ params: { sha256 } });
  writeFileSync(out, Buffer.from(artefact, "base64"));
}

export interface Order {
  readonly streamId: string;
  readonly role: keyof typeof MODEL_ROLE;
  /** Hex; undefined = no shadow. */
  readonly sha256: string | undefined;
  readonly reason: string;
  /** The operator's key file, or (for a shadow) the operator's name. */
  readonly key?: string | undefined;
  readonly name?: string | undefined;
}

/** Orders a published model; signed where there is a key, as a live model's order must be. */
export async function assignModel(cloud: Cloud, order: Order): Promise<AssignedModel> {
  const identity = order.key === undefined ? undefined : readOperatorKey(order.key);
  const operator = identity?.name ?? order.name;
  if (operator === undefined)
    throw new LockstepError(
      "bad_config",
      "say who you are: --key FILE (a live model needs it), or --name NAME for a shadow",
    );
  const role = MODEL_ROLE[order.role];
  const sha256 = order.sha256 ?? NO_MODEL;
  const last = (await cloud.listAssignments({ params: { stream_id: order.streamId } })).find(
    (one) => one.role === role,
  );
  const size_bytes =
    order.sha256 === undefined
      ? 0
      : Buffer.from((await cloud.getModel({ params: { sha256 } })).artefact, "base64").length;
  const version = (last?.version ?? 0) + 1;
  const words = { stream_id: order.streamId, operator, reason: order.reason, role, sha256, size_bytes, version };
  return cloud.assignModel({ body: signed({ ...words, ...UNSIGNED }, identity) });
}

const UNSIGNED = { public_key: "0".repeat(64), signature: "0".repeat(128) };

function signed(order: AssignedModel, identity: OperatorIdentity | undefined): AssignedModel {
  if (!identity) return order;
  const message = assignmentMessage(Buffer.from(order.stream_id, "hex"), assignmentOf(order));
  const signature = Buffer.from(identity.sign(message)).toString("hex");
  return { ...order, public_key: identity.public_key, signature };
}
