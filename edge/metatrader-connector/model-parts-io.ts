// Models on their way to this box, in the directory of its models: DIGEST.part grows piece by piece and becomes DIGEST.lsm
// when it is whole, has its digest and can be scored. What a crash leaves behind is a part, never a wrong model.
import { hash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { readArtefact } from "#core-wasm/models/artefact.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ModelParts } from "#storage/replication/model-fetcher.ts";

const PART = ".part";
const PART_KEPT_MS = 7 * 86_400_000;

export class ModelPartFiles implements ModelParts {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#removeOldParts();
  }

  /** Of models that were given up: nobody would ask for the rest. */
  #removeOldParts(): void {
    for (const name of fs.readdirSync(this.#directory)) {
      const age_ms = Date.now() - (fs.statSync(join(this.#directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (name.endsWith(PART) && age_ms > PART_KEPT_MS) this.#remove(name);
    }
  }

  #path(sha256: string, ending: string): string {
    return join(this.#directory, sha256 + ending);
  }

  has(sha256: string): boolean {
    return fs.existsSync(this.#path(sha256, ".lsm"));
  }

  partBytes(sha256: string): number {
    return fs.statSync(this.#path(sha256, PART), { throwIfNoEntry: false })?.size ?? 0;
  }

  append(sha256: string, offset: number, data: Uint8Array): void {
    // Another stream of this box fetches it too and is ahead, or it was thrown away: the next question is from where it stands.
    if (this.partBytes(sha256) !== offset) return;
    this.#io(sha256, () => {
      const file = fs.openSync(this.#path(sha256, PART), "a", 0o600);
      try {
        fs.writeSync(file, data);
      } finally {
        fs.closeSync(file);
      }
    });
    if (this.partBytes(sha256) !== offset + data.length)
      throw new LockstepError("bad_file", `${this.#path(sha256, PART)} is not what was written to it`);
  }

  finish(sha256: string, sizeBytes: number): void {
    const part = this.#path(sha256, PART);
    const bytes = this.#io(sha256, () => new Uint8Array(fs.readFileSync(part)));
    const found = hash("sha256", bytes);
    if (bytes.length !== sizeBytes || found !== sha256)
      throw new LockstepError(
        "bad_file",
        `${bytes.length} bytes came, their digest is ${found}: publish the model again`,
      );
    readArtefact(bytes);
    this.#io(sha256, () => {
      sync(part);
      fs.renameSync(part, this.#path(sha256, ".lsm"));
      sync(this.#directory);
    });
  }

  /** A whole one. Throws bad_file when it is not whole any more: then it is out of the way, and is fetched again. */
  read(sha256: string): Uint8Array {
    const path = this.#path(sha256, ".lsm");
    const bytes = this.#io(sha256, () => new Uint8Array(fs.readFileSync(path)));
    if (hash("sha256", bytes) === sha256) return bytes;
    this.#io(sha256, () => fs.renameSync(path, this.#path(sha256, ".damaged")));
    throw new LockstepError("bad_file", `${path} is damaged: it is fetched again with the next line`);
  }

  drop(sha256: string): void {
    this.#remove(sha256 + PART);
  }

  #remove(name: string): void {
    fs.rmSync(join(this.#directory, name), { force: true });
  }

  #io<T>(sha256: string, act: () => T): T {
    try {
      return act();
    } catch (cause) {
      const why = (cause as Error).message;
      throw new LockstepError("bad_file", `model ${sha256} cannot be stored: ${why}`, { cause });
    }
  }
}

function sync(path: string): void {
  const file = fs.openSync(path, "r");
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
