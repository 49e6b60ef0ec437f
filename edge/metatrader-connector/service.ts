// The connector as a service: stream, sockets, replication, metrics, and a clean end. A stream that cannot be decided
// again is not restarted into: the service stays up, says 503 and why, and turns EAs away.
import { join } from "node:path";
import { addHealth } from "#mesh/service/health.ts";
import { makeApp } from "#mesh/service/http.ts";
import type { Log } from "#mesh/service/log.ts";
import { type Metrics, makeMetrics } from "#mesh/service/metrics.ts";
import type { RunningService } from "#mesh/service/start.ts";
import { SERVICES } from "#mesh/topology.ts";
import { realClock } from "#mesh/world/clock.ts";
import { realRandom } from "#mesh/world/random.ts";
import { LockstepError } from "#proto/errors.ts";
import { LAYOUT_VERSION } from "#proto/records.ts";
import type { EdgeConfig } from "./config.ts";
import { ConnectorServer } from "./connector-io.ts";
import { Edge } from "./edge.ts";
import { openEdgeStorage } from "./edge-storage-io.ts";
import { type Replication, startReplication } from "./replication-io.ts";
import { restoreWhenReplacing } from "./restore-io.ts";
import { makeRoutes } from "./routes.ts";

const NAME = "metatrader-connector";

export async function startConnector(o: { config: EdgeConfig; log: Log }): Promise<RunningService> {
  const { config, log } = o;
  let halt: LockstepError | undefined;
  let edge: Edge | undefined;
  await restoreWhenReplacing(o);
  try {
    const storage = openEdgeStorage({ config, random: realRandom });
    edge = await Edge.open({ config, log, clock: realClock(), random: realRandom, storage });
  } catch (error) {
    if (!Edge.isHalt(error)) throw error;
    halt = error;
    const superseded = error.code === "superseded";
    const what = superseded ? "another box has it" : "the stream cannot be decided again; run verify and restore it";
    log.error(`HALTED: ${what}`, { error });
  }
  const replication = edge ? replicate(edge, log) : undefined;
  const server = serve({ ...o, edge, halt, replication });
  if (edge) watchDurable(edge, { server: server.sockets, replication });
  const listening = await server.sockets.listen();
  process.send?.({ ready: true, port: listening.port });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await listening.close();
    await edge?.close();
    await replication?.stop();
  };
  return {
    port: listening.port,
    url: `http://${config.HOST}:${listening.port}`,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function watchDurable(edge: Edge, o: { server: ConnectorServer; replication: Replication | undefined }): void {
  edge.onDurable = (_durableSeq, sealedSeq) => {
    o.replication?.onSealed(sealedSeq);
    o.server.onDrained(edge.journal.stagedBytes);
  };
  // What became durable since replication was started.
  o.replication?.onSealed(edge.journal.durableSealedSeq);
}

function replicate(edge: Edge, log: Log): Replication | undefined {
  const { config, identity } = edge;
  if (!config.LOCKSTEP_CLOUD_URL) return undefined;
  edge.onCloudLine(false);
  return startReplication({
    journalDir: join(config.LOCKSTEP_EDGE_DATA, "journal"),
    tlsDir: config.LOCKSTEP_TLS_DIR,
    cloudUrl: config.LOCKSTEP_CLOUD_URL,
    streamId: identity.streamId,
    edgeName: config.LOCKSTEP_EDGE_NAME,
    coreSha256: edge.core.digest,
    modelSha256: edge.model.sha256,
    publicKey: identity.signer.publicKey,
    layoutVersion: LAYOUT_VERSION,
    epoch: edge.authority.epoch,
    durableSealedSeq: edge.journal.durableSealedSeq,
    onAck: (durableSeq, verifiedSeq) => edge.onCloudAck(durableSeq, verifiedSeq),
    onState: (state) => {
      edge.onCloudLine(state.connected);
      log.info("replication", { ...state });
    },
    onCommand: (bytes) => edge.authority.onCommand(bytes),
    onSuperseded: (takeover) => edge.authority.onSuperseded(takeover),
    onAlarm: (error) => log.error("ALARM: replication", { error }),
  });
}

interface Serve {
  readonly config: EdgeConfig;
  readonly log: Log;
  readonly edge: Edge | undefined;
  readonly halt: LockstepError | undefined;
  readonly replication: Replication | undefined;
}

function serve({ config, log, edge, halt, replication }: Serve): { sockets: ConnectorServer } {
  const metrics = makeMetrics(NAME);
  if (edge) addGauges(metrics, edge);
  const app = makeApp(log);
  addHealth(app, { service: NAME, ready: () => edge?.missing() ?? [`halted: ${halt?.code}: ${halt?.message}`] });
  app.get("/metrics", async (c) =>
    c.body(await metrics.registry.metrics(), 200, { "content-type": metrics.registry.contentType }),
  );
  const status = (): Record<string, unknown> => ({
    replication: {
      configured: replication !== undefined,
      connected: replication?.state.connected ?? false,
      error: replication?.state.error ?? null,
    },
  });
  const running = (): Edge => {
    if (edge) return edge;
    throw new LockstepError("unavailable", `halted: ${halt?.message}`);
  };
  app.route("/", makeRoutes({ edge: running, status, random: realRandom }));
  const port = config.PORT ?? SERVICES[NAME].port;
  return { sockets: new ConnectorServer({ edge, app, log, host: config.HOST, port }) };
}

function addGauges(metrics: Metrics, edge: Edge): void {
  const { journal, hot, link } = edge;
  const gauges: Record<string, [help: string, value: () => number]> = {
    last_seq: ["Last record appended", () => Number(journal.lastSeq)],
    durable_seq: ["Last durable record", () => Number(journal.durableSeq)],
    cloud_durable_seq: ["Last record durable in the cloud", () => Number(edge.cloud.durableSeq)],
    verified_seq: ["Last record decided again by the cloud", () => Number(edge.cloud.verifiedSeq)],
    staged_bytes: ["Bytes appended and not yet durable", () => journal.stagedBytes],
    link: ["0 down, 1 syncing, 2 live", () => link.state],
    halted: ["1 = nothing is decided", () => (hot.failure ? 1 : 0)],
    ticks: ["Ticks taken since start", () => hot.door.counts.ticks],
    ticks_refused: ["Rows that could not be converted since start", () => hot.door.counts.refused],
    commands: ["Orders sent since start", () => link.counts.commands],
    open_orders: ["Orders that are not final", () => hot.orders.size],
    unknown_orders: ["Orders whose outcome is unknown", () => hot.orders.count("unknown")],
    epoch: ["Takeovers of the stream so far", () => edge.authority.epoch],
    lease_left_s: ["Seconds left of the cloud's lease", () => edge.authority.leaseLeftS],
    cloud_commands: ["Commands of the cloud taken since start", () => edge.authority.counts.accepted],
    cloud_commands_refused: [
      "Commands of the cloud refused since start: forged, replayed, for another box or expired",
      () => Object.values(edge.authority.counts.refused).reduce((sum, count) => sum + count, 0),
    ],
    bad_frames: ["Sessions ended by a bad frame since start", () => link.counts.bad_frames],
  };
  for (const [name, [help, value]] of Object.entries(gauges))
    metrics.gauge(`lockstep_edge_${name}`, help, [], (gauge) => gauge.set(value()));
}
