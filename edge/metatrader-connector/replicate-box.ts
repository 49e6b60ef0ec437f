// Replication of all accounts of a box, where a cloud is configured: who each stream is, and what its edge hears of it.
import type { Log } from "#mesh/service/log.ts";
import { LAYOUT_VERSION } from "#proto/records.ts";
import type { Box } from "./box.ts";
import type { EdgeConfig, Environment } from "./config.ts";
import type { Edge } from "./edge.ts";
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
          { cloudUrl, tlsDir },
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
  edge.onCloudLine(false);
  return {
    journalDir: journalDirectory,
    streamId: edge.identity.streamId,
    edgeName: own.LOCKSTEP_EDGE_NAME,
    coreSha256: edge.core.digest,
    modelSha256: edge.configuration.model.sha256,
    publicKey: edge.identity.signer.publicKey,
    layoutVersion: LAYOUT_VERSION,
    epoch: edge.authority.epoch,
    durableSealedSeq: edge.journal.durableSealedSeq,
    onAck: (durableSeq, verifiedSeq) => edge.onCloudAck(durableSeq, verifiedSeq),
    onState: (state) => {
      edge.onCloudLine(state.connected);
      log.info("replication", { account, ...state });
    },
    onCommand: (bytes) => edge.authority.onCommand(bytes),
    onSuperseded: (takeover) => edge.authority.onSuperseded(takeover),
    onAlarm: (error) => log.error("ALARM: replication", { account, error }),
  };
}
