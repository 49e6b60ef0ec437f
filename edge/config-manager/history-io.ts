// Every configuration that was in force, on disk: documents by their SHA-256, and one entry a version, each naming the hash of
// the entry before it, so that nothing can be taken out or changed unseen. Entries are only ever added, each whole or not there.
import { hash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { type ConfigurationDocument, documentText, readDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import { Version } from "#proto/services/config-manager.ts";

const Entry = Version.extend({ previous_entry: z.string().regex(/^[0-9a-f]{64}$/) }).strict();
type Entry = z.output<typeof Entry>;

const NONE = "0".repeat(64);
const entryName = (number: number): string => `entry-${String(number).padStart(6, "0")}.json`;
const ENTRY_NAME = /^entry-\d{6}\.json$/;

export class History {
  readonly #entriesDir: string;
  readonly #documentsDir: string;
  readonly #versions: Version[] = [];
  #lastHash = NONE;

  /** Reads and verifies all of it. Throws bad_file naming what is damaged, missing or out of order. */
  constructor(directory: string) {
    this.#entriesDir = join(directory, "versions");
    this.#documentsDir = join(directory, "documents");
    for (const path of [this.#entriesDir, this.#documentsDir]) fs.mkdirSync(path, { recursive: true, mode: 0o700 });
    const names = fs
      .readdirSync(this.#entriesDir)
      .filter((name) => ENTRY_NAME.test(name))
      .sort();
    for (const [index, name] of names.entries()) {
      if (name !== entryName(index + 1))
        throw new LockstepError("bad_file", `${join(this.#entriesDir, entryName(index + 1))} is missing: restore it`);
      const text = fs.readFileSync(join(this.#entriesDir, name), "utf8");
      const { previous_entry, ...version } = readEntry(text, join(this.#entriesDir, name));
      if (previous_entry !== this.#lastHash)
        throw new LockstepError(
          "bad_file",
          `${join(this.#entriesDir, name)} does not follow the entry before it: one of them was changed; restore them`,
        );
      this.#versions.push(version);
      this.#lastHash = hash("sha256", text);
    }
  }

  /** Oldest first, of one stream. */
  versions(streamId: string): Version[] {
    return this.#versions.filter((version) => version.stream_id === streamId);
  }

  /** The last entry of a version. Throws not_found. */
  version(streamId: string, number: number): Version {
    const found = this.versions(streamId).findLast((version) => version.config_version === number);
    if (found) return found;
    throw new LockstepError("not_found", `there is no version ${number} in the history of this box`);
  }

  /** Throws bad_file. */
  document(sha256: string): ConfigurationDocument {
    const path = join(this.#documentsDir, `${sha256}.json`);
    let text: string;
    try {
      text = fs.readFileSync(path, "utf8");
    } catch (cause) {
      throw new LockstepError("bad_file", `${path} is missing: restore it`, { cause });
    }
    if (hash("sha256", text) !== sha256) throw new LockstepError("bad_file", `${path} is damaged: restore it`);
    return readDocument(text, path);
  }

  /** Durable when it returns. */
  add(version: Version, document: ConfigurationDocument): void {
    writeWhole(this.#documentsDir, `${version.document_sha256}.json`, documentText(document));
    const text = `${JSON.stringify({ ...version, previous_entry: this.#lastHash })}\n`;
    writeWhole(this.#entriesDir, entryName(this.#versions.length + 1), text);
    this.#versions.push(version);
    this.#lastHash = hash("sha256", text);
  }
}

/** Throws bad_file. */
export function readEntry(text: string, path: string): Entry {
  try {
    return Entry.parse(JSON.parse(text));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is damaged: restore it`, { cause });
  }
}
