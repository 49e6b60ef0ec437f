// The documents of configurations by their digest. Each one is on disk before the record that names it is journaled, so that
// after any crash the rest of what it says can be put into force before anything else is decided.
import { hash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { type ConfigurationDocument, readDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";

export interface DocumentStore {
  /** Durable when it returns. */
  keep(sha256: string, text: string): void;
  /** Throws bad_file when it is missing or damaged. */
  find(sha256: string): ConfigurationDocument;
}

export function openDocumentStore(directory: string): DocumentStore {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    keep: (sha256, text) => writeWhole(directory, `${sha256}.json`, text),
    find(sha256) {
      const path = join(directory, `${sha256}.json`);
      let text: string;
      try {
        text = fs.readFileSync(path, "utf8");
      } catch (cause) {
        throw new LockstepError(
          "bad_file",
          `${path} is missing: it is the configuration in force; restore it (config-manager keeps every version)`,
          { cause },
        );
      }
      if (hash("sha256", text) !== sha256) throw new LockstepError("bad_file", `${path} is damaged: restore it`);
      return readDocument(text, path);
    },
  };
}
