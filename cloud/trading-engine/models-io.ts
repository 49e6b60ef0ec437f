// Model artefacts by SHA-256: from a directory of .lsm files, looked at again when a model is asked for that is not known,
// and from the bus, where operators publish them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "#mesh/service/log.ts";
import type { Models } from "#storage/events/bus.ts";
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

/**
 * Those of a directory, then those of the bus. One that is asked for and not here is fetched meanwhile: who asks again later
 * finds it. Kept in memory for as long as the service runs; streams score with few.
 */
export function modelsFrom(directory: string, models: Models, log: Log): FindModel {
  const local = modelsIn(directory);
  const fetched = new Map<string, Uint8Array | "on its way">();
  return (sha256) => {
    const found = fetched.get(sha256) ?? local(sha256);
    if (found === "on its way") return undefined;
    if (found) return found;
    fetched.set(sha256, "on its way");
    models.get(sha256).then(
      (bytes) => {
        if (bytes) fetched.set(sha256, bytes);
        else fetched.delete(sha256);
      },
      (error: unknown) => {
        fetched.delete(sha256);
        log.error("a model cannot be read from the bus", { sha256, error });
      },
    );
    return undefined;
  };
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".lsm"));
  } catch {
    return []; // no directory, no models: each stream that needs one says which
  }
}
