// A file that is whole: after any crash the old one or the new one, never half of either.
import * as fs from "node:fs";
import { join } from "node:path";
import { syncDirectorySync } from "./directory.ts";

/** Readable by its owner only. */
export function writeWhole(directory: string, name: string, content: string | Uint8Array): void {
  const path = join(directory, name);
  const temporary = `${path}.tmp`;
  const file = fs.openSync(temporary, "w", 0o600);
  try {
    fs.writeFileSync(file, content);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(temporary, path);
  syncDirectorySync(directory);
}
