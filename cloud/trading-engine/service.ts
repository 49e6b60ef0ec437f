// trading-engine put together: every stream of the log that is this worker's gets a follower; HTTP shows how far each is.
import { Hono } from "hono";
import { CoreInstance } from "#core-wasm/host/instance.ts";
import type { Log } from "#mesh/service/log.ts";
import { type Metrics, makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { realRandom } from "#mesh/world/random.ts";
import { realTimers } from "#mesh/world/timers.ts";
import { LockstepError } from "#proto/errors.ts";
import { tradingEngine } from "#proto/services/trading-engine.ts";
import type { Clock } from "#proto/world.ts";
import type { Bus } from "#storage/events/bus.ts";
import { workerOf } from "./assign.ts";
import type { CommandSigner } from "./authority.ts";
import { AuthorityKeeper } from "./authority-io.ts";
import { type FollowerParts, StreamFollower } from "./follow-stream.ts";
import { modelRoutes } from "./model-routes.ts";
import { EventQueue } from "./publisher.ts";
import type { FindModel } from "./redecide.ts";
import { type CloudOperator, type Commanded, requestRoutes } from "./requests.ts";

/** What the bus may take to be told the last positions and snapshots when the service stops. */
const FINISH_MS = 2_000;

export interface EngineOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly clock: Clock;
  readonly findModel: FindModel;
  readonly host: string;
  readonly port: number | undefined;
  readonly snapshotMs: number;
  readonly workers: number;
  readonly worker: number;
  /** Absent: no lease is granted and nothing is ordered. */
  readonly command: CommandOptions | undefined;
}

export interface CommandOptions {
  readonly signer: CommandSigner;
  readonly leaseMs: number;
  readonly clockBoundMs: number;
  readonly operators: readonly CloudOperator[];
}

/** Closes `bus` when it stops. */
export async function startEngine(o: EngineOptions): Promise<RunningService> {
  const { bus, log } = o;
  const cores = await CoreInstance.load();
  const metrics = makeMetrics("trading-engine");
  const events = new EventQueue(bus.events);
  const followers = new Map<string, StreamFollower>();
  const keepers = new Map<string, AuthorityKeeper>();
  const gate = new AbortController();
  const onBatch = engineMetrics(metrics, followers, events);
  const parts: FollowerParts = { ...o, cores, events, onBatch };
  const runs: Promise<void>[] = [];
  const discovering = (async () => {
    for await (const streamId of bus.journal.streams(gate.signal)) {
      if (workerOf({ stream: streamId, workers: o.workers }) !== o.worker) continue;
      log.info("stream found", { stream: streamId });
      const follower = new StreamFollower({ streamId, parts, signal: gate.signal });
      followers.set(streamId, follower);
      if (o.command) keepers.set(streamId, keeperOf({ ...o, ...o.command, streamId, follower }));
      runs.push(follower.run());
    }
  })();
  return startService({
    name: "trading-engine",
    host: o.host,
    ...(o.port !== undefined && { port: o.port }),
    routes: routesOf(followers)
      .route("/", commandRoutes(o, followers, keepers))
      .route("/", modelRoutes(bus.models)),
    log,
    metrics,
    ready: () => (bus.connected ? [] : ["nats"]),
    stop: async () => {
      gate.abort();
      for (const keeper of keepers.values()) keeper.stop();
      const finish = Promise.all([discovering, ...runs]).then(() =>
        Promise.all([...followers.values()].map((follower) => follower.finish())),
      );
      if (bus.connected) await Promise.race([finish, new Promise((resolve) => setTimeout(resolve, FINISH_MS).unref())]);
      events.stop();
      await bus.close();
    },
  });
}

function routesOf(followers: ReadonlyMap<string, StreamFollower>): Hono {
  const { listStreams, getStream, listDivergences } = tradingEngine.routes;
  return new Hono()
    .get(listStreams.path, (c) => c.json([...followers.values()].map((follower) => follower.status())))
    .get(getStream.path, (c) => {
      const { stream_id } = getStream.params.parse(c.req.param());
      const follower = followers.get(stream_id);
      if (!follower)
        throw new LockstepError("not_found", `no stream ${stream_id} here: GET ${listStreams.path} has them`);
      return c.json(follower.status());
    })
    .get(listDivergences.path, (c) => c.json([...followers.values()].flatMap((follower) => follower.divergences)));
}

function keeperOf(o: EngineOptions & CommandOptions & { streamId: string; follower: StreamFollower }): AuthorityKeeper {
  return new AuthorityKeeper({
    ...o,
    authorities: o.bus.authorities,
    issuer: "trading-engine",
    random: realRandom,
    timers: realTimers,
    state: () => o.follower.verifiedState(),
  });
}

function commandRoutes(
  o: EngineOptions,
  followers: ReadonlyMap<string, StreamFollower>,
  keepers: ReadonlyMap<string, AuthorityKeeper>,
): Hono {
  const publicKey = Buffer.from(o.command?.signer.publicKey ?? []).toString("hex");
  const find = (streamId: string): Commanded | undefined => {
    const keeper = keepers.get(streamId);
    return keeper && { keeper, timeNs: followers.get(streamId)?.verifiedState()?.timeNs ?? 0n };
  };
  const requests = requestRoutes({ operators: o.command?.operators ?? [], find, clock: o.clock, random: realRandom });
  return requests.get(tradingEngine.routes.listLeases.path, (c) =>
    c.json(
      [...keepers].flatMap(([stream_id, keeper]) => {
        const status = keeper.status();
        const edge_name = followers.get(stream_id)?.status().edge_name ?? "";
        return status ? [{ stream_id, edge_name, public_key: publicKey, ...status }] : [];
      }),
    ),
  );
}

function engineMetrics(
  metrics: Metrics,
  followers: ReadonlyMap<string, StreamFollower>,
  events: EventQueue,
): (records: number) => void {
  const batches = metrics.counter("lockstep_verified_batches_total", "Batches decided again and found equal.");
  const verified = metrics.counter("lockstep_verified_records_total", "Records decided again and found equal.");
  metrics.gauge("lockstep_streams", "Streams by state.", ["state"], (gauge) => {
    gauge.reset();
    for (const follower of followers.values()) gauge.inc({ state: follower.status().state });
  });
  metrics.gauge(
    "lockstep_lag_messages",
    "Messages of the log, each of one batch or more, that are not verified yet.",
    ["stream"],
    (gauge) => {
      for (const [stream, follower] of followers) gauge.set({ stream }, follower.status().lag_messages);
    },
  );
  metrics.gauge("lockstep_divergences", "Differences found; anything above 0 needs a person.", ["stream"], (gauge) => {
    for (const [stream, follower] of followers) gauge.set({ stream }, follower.divergences.length);
  });
  metrics.gauge("lockstep_events_queued", "Events the bus has not taken yet.", [], (gauge) => gauge.set(events.length));
  return (records) => {
    batches.inc();
    verified.inc(records);
  };
}
