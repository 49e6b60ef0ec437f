// The line for models with this box's files and the system's clock: what the replication worker runs beside the journal's.
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";
import { realClock } from "#mesh/world/clock.ts";
import { realRandom } from "#mesh/world/random.ts";
import { realTimers } from "#mesh/world/timers.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { DISTRIBUTE_METHOD, isNoModel } from "#storage/replication/model-messages.ts";
import { ModelLine } from "./model-line.ts";
import { ModelPartFiles } from "./model-parts-io.ts";

export function openModelLine(o: {
  /** Of the box's models. */
  readonly directory: string;
  readonly open: (method: string, handler: DuplexHandler) => Duplex;
  readonly onAssignment: (assignment: ModelAssignment, bytes: Uint8Array | undefined) => void;
  readonly onAlarm: (error: LockstepError) => void;
}): ModelLine {
  const parts = new ModelPartFiles(o.directory);
  return new ModelLine({
    open: (handler) => o.open(DISTRIBUTE_METHOD, handler),
    parts,
    clock: realClock(),
    random: realRandom,
    timers: realTimers,
    onAlarm: o.onAlarm,
    onAssignment: (assignment) => {
      try {
        o.onAssignment(assignment, isNoModel(assignment) ? undefined : parts.read(hexOf(assignment.sha256)));
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        o.onAlarm(error);
      }
    },
  });
}
