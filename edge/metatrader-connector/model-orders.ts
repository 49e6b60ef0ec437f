// An order about models becomes records: who ordered it, then what carries it out. The live model decides, so its order needs
// a known operator's signature, whoever brings it; a shadow is never traded on and may come unsigned.
import type { Core } from "#core-wasm/host/core.ts";
import { isSigned, verifyAssignment, verifyConfig } from "#core-wasm/host/signatures.ts";
import { LockstepError } from "#proto/errors.ts";
import { ModelAssignment, ModelConfig, ModelDigest, ModelShadow } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { MODEL_CONFIG_REFUSAL, MODEL_ROLE, SOURCE } from "#proto/records.ts";
import { isNoModel } from "#storage/replication/model-messages.ts";
import type { Book } from "./book.ts";
import type { HotPath } from "./hot-path.ts";
import type { EdgeModel } from "./model-store-io.ts";

export interface ModelOrderParts {
  readonly hot: HotPath;
  readonly core: Core;
  readonly book: Book;
  readonly streamId: Uint8Array;
}

function checkOperator(book: Book, { operator, public_key }: { operator: string; public_key: Uint8Array }): void {
  if (book.configuration.get(`operator_key:${hexOf(public_key)}`) === operator) return;
  throw new LockstepError(
    "auth_refused",
    `${operator} is no operator of this box with that key: name and public key belong into "operators" of its configuration`,
  );
}

/** An order may come again; "known" = one at least as new was taken. Throws auth_refused, bad_signature; then nothing changes. */
export function takeAssignment(
  { hot, core, book, streamId }: ModelOrderParts,
  assignment: ModelAssignment,
  model: EdgeModel | undefined,
): "taken" | "known" {
  const { role, assignment_version } = assignment;
  if (assignment_version <= (book.models.versions.get(role) ?? 0)) return "known";
  if (role === MODEL_ROLE.live && !isSigned(assignment))
    throw new LockstepError("auth_refused", "a live model is changed by an operator's signed order only");
  if (isSigned(assignment)) checkOperator(book, assignment);
  verifyAssignment(streamId, assignment);
  const from = { source: SOURCE.cloud };
  const { live, shadow } = book.models.models;
  const wanted = isNoModel(assignment) ? "" : hexOf(assignment.sha256);
  hot.commit();
  if (model) core.loadModel(model.bytes);
  hot.add(ModelAssignment, from, assignment);
  const named = {
    sha256: assignment.sha256,
    size_bytes: model?.bytes.length ?? 0,
    artefact_version: model?.version ?? 0,
  };
  // The one that is there already goes on, with what it has counted.
  if (role === MODEL_ROLE.live && wanted !== live) hot.add(ModelDigest, from, named);
  if (role === MODEL_ROLE.shadow && wanted !== shadow) hot.add(ModelShadow, from, named);
  hot.commit();
  return "taken";
}

const WHY: Readonly<Record<number, string>> = {
  [MODEL_CONFIG_REFUSAL.bounds]: "a value is out of bounds, or no model has a weight",
  [MODEL_CONFIG_REFUSAL.version]: "its version is not above that of the one in force",
  [MODEL_CONFIG_REFUSAL.unsigned]: "it could open more than the one in force: a known operator must sign it",
};

/** The core judges it; throws refused with its reason (the attempt stays in the journal), bad_signature or auth_refused. */
export function takeConfig({ hot, book, streamId }: ModelOrderParts, symbol: number, config: ModelConfig): void {
  if (isSigned(config)) checkOperator(book, config);
  verifyConfig(streamId, symbol, config);
  hot.commit();
  const before = book.models.refused;
  hot.add(ModelConfig, { source: SOURCE.operator, symbol }, config);
  hot.commit();
  const { refused } = book.models;
  if (refused === undefined || refused === before) return;
  throw new LockstepError(
    "refused",
    `the model configuration is refused: ${WHY[refused.why] ?? refused.why} (version ${refused.versionInForce} is in force)`,
  );
}
