// The one error of everything that reads, writes or imports models.
import { LockstepError } from "#proto/errors.ts";

export function refuse(what: string): never {
  throw new LockstepError("model_refused", `model artefact: ${what}: train it again or restore the file`);
}
