// Models by their digest. Each one that ever scored in this stream stays beside the journal, so that the journal's tail
// can be decided again after the configured model has changed.
import { hash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { viewOf } from "#proto/record.ts";

export interface EdgeModel {
  readonly bytes: Uint8Array;
  readonly sha256: Uint8Array;
  readonly version: number;
}

const VERSION_AT = 4;

export const modelOf = (bytes: Uint8Array): EdgeModel => ({
  bytes,
  sha256: hash("sha256", bytes, "buffer"),
  version: viewOf(bytes).getUint32(VERSION_AT, true),
});

export class ModelStore {
  readonly #directory: string;
  /** By digest: the streams of a process share the bytes. */
  readonly #read = new Map<string, EdgeModel>();

  constructor(directory: string) {
    this.#directory = directory;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  #shared(bytes: Uint8Array): EdgeModel {
    const model = modelOf(bytes);
    const key = hexOf(model.sha256);
    const known = this.#read.get(key);
    if (!known) this.#read.set(key, model);
    return known ?? model;
  }

  /** Reads the configured model and keeps it. */
  adopt(path: string): EdgeModel {
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(fs.readFileSync(path));
    } catch (cause) {
      const hint = "train one or point LOCKSTEP_MODEL at another";
      throw new LockstepError("bad_config", `LOCKSTEP_MODEL: ${path} cannot be read: ${hint}`, { cause });
    }
    if (bytes.length < 32) throw new LockstepError("model_refused", `${path} is no model artefact`);
    const model = this.#shared(bytes);
    const name = `${hexOf(model.sha256)}.lsm`;
    if (!fs.existsSync(join(this.#directory, name))) writeWhole(this.#directory, name, bytes);
    return model;
  }

  /** The model of this digest. */
  find(sha256: string): EdgeModel {
    const path = join(this.#directory, `${sha256}.lsm`);
    try {
      const model = this.#shared(new Uint8Array(fs.readFileSync(path)));
      if (hexOf(model.sha256) === sha256) return model;
    } catch (cause) {
      throw new LockstepError("bad_file", `${path} is missing: the journal's tail needs it; restore it`, { cause });
    }
    throw new LockstepError("bad_file", `${path} is damaged: restore it`);
  }
}
