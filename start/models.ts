// Model files by their digest: the core takes the one that a model_digest record names.
import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LockstepError } from "#proto/errors.ts";

export const SHIPPED_MODEL = "core-wasm/models/shipped/model.lsm";

export type ModelsByDigest = ReadonlyMap<string, Uint8Array>;

export const readModels = (files: readonly string[]): ModelsByDigest =>
  new Map(files.map((file) => readFileSync(file)).map((bytes) => [hash("sha256", bytes), new Uint8Array(bytes)]));

/** The models given, then the store that an edge keeps beside its journal (DIGEST.lsm). Throws not_found or bad_file. */
export function findModel(digest: string, given: ModelsByDigest, store?: string): Uint8Array {
  const model = given.get(digest);
  if (model) return model;
  const path = store && join(store, `${digest}.lsm`);
  if (path === undefined || !existsSync(path))
    throw new LockstepError("not_found", `the stream scores with model ${digest}: give its file with --model`);
  const bytes = new Uint8Array(readFileSync(path));
  if (hash("sha256", bytes) === digest) return bytes;
  throw new LockstepError("bad_file", `${path} is damaged: restore it, or give the model's file with --model`);
}
