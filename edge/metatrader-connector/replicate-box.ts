// Replication of all accounts of a box, where a cloud is configured: who each stream is, and what its edge hears of it.
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { LAYOUT_VERSION } from "#proto/records.ts";
import type { Box } from "./box.ts";
import type { EdgeConfig, Environment } from "./config.ts";
import type { Edge } from "./edge.ts";
import { modelsDirectory } from "./edge-storage-io.ts";
import { modelOf } from "./model-store-io.ts";
import { type ReplicatedStream, type Replication, ReplicationThread } from "./replication-io.ts";

export interface BoxReplication {
  /** Undefined while the box works alone. */
  of(edge: Edge): Replication | undefined;
  /** What an account's status says of it. */
  status(edge: Edge | undefined): Record<string, unknown>;
  stop(): Promise<void>;
}

export function replicateBox(box: Box, config: Environment, log: Log): BoxReplication {
  const running = box.streams.flatMap(({ edge, config: own, journalDirectory }) =>
    edge ? [{ edge, own, journalDirectory }] : [],
  );
  const { LOCKSTEP_CLOUD_URL: cloudUrl, LOCKSTEP_TLS_DIR: tlsDir } = config;
  const thread =
    cloudUrl !== undefined && running.length > 0
      ? new ReplicationThread(
          { cloudUrl, tlsDir, modelsDir: modelsDirectory(config.LOCKSTEP_EDGE_DATA) },
          running.map((stream) => replicated(stream, log)),
        )
      : undefined;
  const replications = new Map(running.map(({ edge }, i) => [edge, thread?.streams[i]]));
  const status = (edge: Edge | undefined): Record<string, unknown> => {
    const replication = edge && replications.get(edge);
    const state = replication?.state;
    return {
      replication: {
        configured: replication !== undefined,
        connected: state?.connected ?? false,
        error: state?.error ?? null,
      },
    };
  };
  return { of: (edge) => replications.get(edge), status, stop: async () => thread?.stop() };
}

function replicated(
  { edge, own, journalDirectory }: { edge: Edge; own: EdgeConfig; journalDirectory: string },
  log: Log,
): ReplicatedStream {
  const { account } = own;
  return {
    journalDir: journalDirectory,
    streamId: edge.identity.streamId,
    edgeName: own.LOCKSTEP_EDGE_NAME,
    coreSha256: edge.core.digest,
    modelSha256: edge.configuration.model.sha256,
    publicKey: edge.identity.signer.publicKey,
    layoutVersion: LAYOUT_VERSION,
    durableSealedSeq: edge.journal.durableSealedSeq,
    onAck: (durableSeq, verifiedSeq) => edge.onCloudAck(durableSeq, verifiedSeq),
    onState: (state) => log.info("replication", { account, ...state }),
    onAlarm: (error) => log.error("ALARM: replication", { account, error }),
    onModel: (assignment, bytes) => takeModel(edge, log, assignment, bytes),
  };
}

/** An order that is not obeyed is said, and comes again with the next line; the box goes on with what it has. */
function takeModel(edge: Edge, log: Log, assignment: ModelAssignment, bytes: Uint8Array | undefined): void {
  try {
    edge.assignModel(assignment, bytes && modelOf(bytes));
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    log.error("ALARM: an order about models is refused", { error });
  }
}
