// Model files by their digest: the core takes the one that a model_digest record names.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Core } from "#core-wasm/host/core.ts";
import { LockstepError } from "#proto/errors.ts";
import { ModelDigest } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";

export const SHIPPED_MODEL = "core-wasm/models/shipped/model.lsm";

export type ModelsByDigest = ReadonlyMap<string, Uint8Array>;

export const readModels = (files: readonly string[]): ModelsByDigest =>
  new Map(
    files
      .map((file) => readFileSync(file))
      .map((bytes) => [createHash("sha256").update(bytes).digest("hex"), new Uint8Array(bytes)]),
  );

/** To be called before the core gets these records. Throws not_found when none of the models is the named one. */
export function loadNamedModel(core: Core, records: Uint8Array, models: ModelsByDigest): void {
  walkRecords(records, (at, _length, code) => {
    if (code !== ModelDigest.code) return;
    const digest = Buffer.from(ModelDigest.read(viewOf(records), at).sha256).toString("hex");
    const model = models.get(digest);
    if (!model)
      throw new LockstepError("not_found", `the stream scores with model ${digest}: give its file with --model`);
    core.loadModel(model);
  });
}
