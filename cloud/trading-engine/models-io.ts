// Model artefacts by SHA-256 from a directory of .lsm files; looked at again when a model is asked for that is not known.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FindModel } from "./redecide.ts";

export function modelsIn(directory: string): FindModel {
  const known = new Map<string, Uint8Array>();
  return (sha256) => {
    const found = known.get(sha256);
    if (found) return found;
    for (const name of list(directory)) {
      const bytes = readFileSync(join(directory, name));
      known.set(createHash("sha256").update(bytes).digest("hex"), bytes);
    }
    return known.get(sha256);
  };
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".lsm"));
  } catch {
    return []; // no directory, no models: each stream that needs one says which
  }
}
