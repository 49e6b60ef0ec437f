// What every importer gives, and how all of them refuse.
import { LockstepError } from "#proto/errors.ts";
import type { ModelName } from "../heads.ts";

export interface Imported<Part> {
  /** As the file names its inputs, in its order. For a GRU: the columns of the sequence. */
  readonly features: readonly string[];
  /** Which of the five it becomes. */
  readonly model: ModelName;
  readonly part: Part;
}

export function refuseImport(format: string, what: string): never {
  throw new LockstepError(
    "model_refused",
    `${format} model: ${what}: this core cannot score it, so it is not imported`,
  );
}
