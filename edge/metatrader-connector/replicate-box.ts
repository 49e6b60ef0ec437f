// Replication of all accounts of a box, where a cloud is configured: who each stream is, and what its edge hears of it.
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { OFFLINE_SEAL_DELAY_MS, SEAL_DELAY_MS } from "#proto/limits.ts";
import { LAYOUT_VERSION } from "#proto/records.ts";
import type { Box } from "./box.ts";
import type { EdgeConfig, Environment } from "./config.ts";
import type { Edge } from "./edge.ts";
import { modelsDirectory } from "./edge-storage-io.ts";
import { modelOf } from "./model-store-io.ts";
import { type ReplicatedStream, type Replication, ReplicationThread } from "./replication-io.ts";
import type { PlainError } from "./replication-messages.ts";

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
  const modelOrders = new Map(running.map(({ edge, own }) => [edge, new ModelOrders(edge, own.account, log)]));
  const { BACKEND_URL: cloudUrl, LOCKSTEP_TLS_DIR: tlsDir } = config;
  const thread =
    cloudUrl !== undefined && running.length > 0
      ? new ReplicationThread(
          { cloudUrl, tlsDir, modelsDir: modelsDirectory(config.LOCKSTEP_EDGE_DATA) },
          running.map((stream) => replicated(stream, { log, models: modelOrders.get(stream.edge) as ModelOrders })),
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
      model_refused: (edge && modelOrders.get(edge)?.refused) ?? null,
    };
  };
  return { of: (edge) => replications.get(edge), status, stop: async () => thread?.stop() };
}

function replicated(
  { edge, own, journalDirectory }: { edge: Edge; own: EdgeConfig; journalDirectory: string },
  { log, models }: { log: Log; models: ModelOrders },
): ReplicatedStream {
  const { account } = own;
  onCloudLine(edge, false);
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
    onAck: (durableSeq, verifiedSeq) => edge.cloud.onAck(durableSeq, verifiedSeq),
    onState: (state) => {
      onCloudLine(edge, state.connected);
      log.info("replication", { account, ...state });
    },
    onCommand: (bytes) => edge.authority.onCommand(bytes),
    onSuperseded: (takeover) => edge.authority.onSuperseded(takeover),
    onAlarm: (error) => log.error("ALARM: replication", { account, error }),
    onModel: (assignment, bytes) => models.onOrder(assignment, bytes),
    onModelAlarm: (error) => models.onAlarm(error),
  };
}

/** What became of the orders about one stream's models. One that is not obeyed is said; the box goes on with what it has. */
class ModelOrders {
  readonly #edge: Edge;
  readonly #account: string;
  readonly #log: Log;
  /** Of the newest one. */
  refused: PlainError | undefined;

  constructor(edge: Edge, account: string, log: Log) {
    this.#edge = edge;
    this.#account = account;
    this.#log = log;
  }

  onOrder(assignment: ModelAssignment, bytes: Uint8Array | undefined): void {
    try {
      if (this.#edge.assignModel(assignment, bytes && modelOf(bytes)) === "taken") this.refused = undefined;
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.onAlarm({ code: error.code, message: `an order about models is refused: ${error.message}` });
    }
  }

  onAlarm(error: PlainError): void {
    this.refused = error;
    this.#log.error("ALARM: models", { account: this.#account, error });
  }
}

/** Without a line to the cloud batches are closed less often, and the open one when it is back; and nothing is deleted. */
function onCloudLine({ journal, cloud }: Edge, connected: boolean): void {
  cloud.onLine(connected);
  journal.sealDelayMs = connected ? SEAL_DELAY_MS : OFFLINE_SEAL_DELAY_MS;
}
