// The connector as a service: the accounts' streams, sockets, replication, metrics, and a clean end. A stream that cannot be
// decided again is not restarted into: the service stays up, says 503 and why, and turns its EAs away.
import { addHealth } from "#mesh/service/health.ts";
import { makeApp } from "#mesh/service/http.ts";
import type { Log } from "#mesh/service/log.ts";
import { makeMetrics } from "#mesh/service/metrics.ts";
import type { RunningService } from "#mesh/service/start.ts";
import { SERVICES } from "#mesh/topology.ts";
import { realClock } from "#mesh/world/clock.ts";
import { realRandom } from "#mesh/world/random.ts";
import type { ConnectorConfig } from "./accounts.ts";
import { Box } from "./box.ts";
import { ConnectorServer } from "./connector-io.ts";
import { addGauges } from "./gauges.ts";
import { checkHost, nearOf } from "./near.ts";
import { type BoxReplication, replicateBox } from "./replicate-box.ts";
import { makeRoutes } from "./routes.ts";

const NAME = "metatrader-connector";

export async function startConnector(o: { config: ConnectorConfig; log: Log }): Promise<RunningService> {
  const { config, log } = o;
  const { HOST: host, LOCKSTEP_LOCAL_NETWORKS: networks } = config;
  const near = nearOf(networks);
  checkHost({ host, near, networks, tls: config.tls !== undefined });
  const box = await Box.open({ config, log, clock: realClock(), random: realRandom });
  const replication = replicateBox(box, config, log);
  const sockets = serve({ ...o, box, near, replication });
  for (const edge of box.edges) {
    const replicated = replication.of(edge);
    edge.onDurable = (_durableSeq, sealedSeq) => {
      replicated?.onSealed(sealedSeq);
      sockets.onDrained(edge);
    };
    // What became durable since replication was started.
    replicated?.onSealed(edge.journal.durableSealedSeq);
  }
  const listening = await sockets.listen();
  process.send?.({ ready: true, port: listening.port });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await listening.close();
    await box.close();
    await replication.stop();
  };
  return {
    port: listening.port,
    url: `http://${host}:${listening.port}`,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

interface Serve {
  readonly config: ConnectorConfig;
  readonly log: Log;
  readonly box: Box;
  readonly near: ReturnType<typeof nearOf>;
  readonly replication: BoxReplication;
}

function serve({ config, log, box, near, replication }: Serve): ConnectorServer {
  const metrics = makeMetrics(NAME);
  const app = makeApp(log);
  addHealth(app, { service: NAME, ready: () => box.missing() });
  app.get("/metrics", async (c) =>
    c.body(await metrics.registry.metrics(), 200, { "content-type": metrics.registry.contentType }),
  );
  app.route("/", makeRoutes({ box, near, status: ({ edge }) => replication.status(edge), random: realRandom }));
  const { streams } = box;
  const port = config.PORT ?? SERVICES[NAME].port;
  const sockets = new ConnectorServer({ streams, app, log, near, tls: config.tls, host: config.HOST, port });
  addGauges(metrics, { streams, sockets });
  return sockets;
}
