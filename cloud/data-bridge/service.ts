// data-bridge put together: gRPC with mTLS for the edges, HTTP for health, metrics and the state of each stream.
import { Hono } from "hono";
import type { Log } from "#mesh/service/log.ts";
import { makeMetrics } from "#mesh/service/metrics.ts";
import { type RpcTls, startRpcServer } from "#mesh/service/rpc.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import type { Bus } from "#storage/events/bus.ts";
import { DISTRIBUTE_METHOD } from "#storage/replication/model-messages.ts";
import { RESTORE_METHOD } from "#storage/replication/restore-wire.ts";
import { REPLICATE_METHOD } from "#storage/replication/wire.ts";
import { bridgeMetrics } from "./bridge-metrics.ts";
import { Distribution } from "./distribute-io.ts";
import { Ingest } from "./ingest-io.ts";
import { Restore } from "./restore-io.ts";

export interface BridgeOptions {
  readonly bus: Bus;
  readonly tls: RpcTls;
  readonly log: Log;
  readonly host: string;
  readonly grpcPort: number;
  readonly healthPort: number | undefined;
}

export interface RunningBridge extends RunningService {
  readonly grpcPort: number;
}

/** Closes `bus` when it stops. */
export async function startBridge(o: BridgeOptions): Promise<RunningBridge> {
  const { bus, log } = o;
  const metrics = makeMetrics("data-bridge");
  const gate = new AbortController();
  const counters = bridgeMetrics(metrics, () => ingest.connections);
  const ports = {
    journal: bus.journal,
    verified: bus.verified,
    authorities: bus.authorities,
    log,
    metrics: counters,
    signal: gate.signal,
  };
  const ingest = new Ingest(ports);
  const restore = new Restore({ bus, log, refused: (code) => counters.refused(code) });
  const distribution = new Distribution({ models: bus.models, log, signal: gate.signal });
  const rpc = await startRpcServer({
    host: o.host,
    port: o.grpcPort,
    tls: o.tls,
    methods: {
      [REPLICATE_METHOD]: (peer, duplex) => ingest.accept(peer, duplex),
      [RESTORE_METHOD]: (peer, duplex) => restore.accept(peer, duplex),
      [DISTRIBUTE_METHOD]: (peer, duplex) => distribution.accept(peer, duplex),
    },
  });
  const routes = new Hono();
  routes.get("/streams", (c) => c.json(ingest.states()));
  const service = await startService({
    name: "data-bridge",
    host: o.host,
    ...(o.healthPort !== undefined && { port: o.healthPort }),
    routes,
    log,
    metrics,
    ports: { grpc: rpc.port },
    ready: () => (bus.connected ? [] : ["nats"]),
    stop: async () => {
      await rpc.stop();
      gate.abort();
      await bus.close();
    },
  });
  return { port: service.port, url: service.url, stop: () => service.stop(), grpcPort: rpc.port };
}
