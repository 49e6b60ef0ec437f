// The skeleton of every service: HTTP with its routes, /healthz and /metrics, a clean stop, and word to the parent
// process when it is ready. `runMain` wraps a composition root; `startService` is used by it and by tests.
import type { Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";
import { SERVICES, type Service, type ServiceName } from "../topology.ts";
import { addHealth, type Ready } from "./health.ts";
import { listen, makeApp } from "./http.ts";
import { type Log, makeLog } from "./log.ts";
import { type Metrics, makeMetrics } from "./metrics.ts";
import { dieOnUnhandled, STOP_MS, stopOnSignals } from "./shutdown.ts";

export interface ServiceOptions {
  readonly name: ServiceName;
  readonly host?: string;
  /** Default: the topology's (its healthPort where the service speaks another protocol on its port); 0 = any free one. */
  readonly port?: number;
  /** The service's own routes, mounted at /. */
  readonly routes?: Hono;
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** What is missing right now. The parent is told "ready" when this is empty for the first time. */
  readonly ready?: Ready;
  /** Ends answers that would go on for ever, before the HTTP side waits for those that are running. */
  readonly closing?: () => void;
  /** Stops the service's own work, after the HTTP side took its last request. */
  readonly stop?: () => Promise<void>;
  /** Further ports to tell the parent, e.g. { grpc: 8001 }. */
  readonly ports?: Readonly<Record<string, number>>;
}

export interface RunningService {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startService(o: ServiceOptions): Promise<RunningService> {
  const log = o.log ?? makeLog({ service: o.name });
  const metrics = o.metrics ?? makeMetrics(o.name);
  const ready: Ready = o.ready ?? (() => []);
  const service: Service = SERVICES[o.name];
  const host = o.host ?? "127.0.0.1";
  const app = makeApp(log);
  addHealth(app, { service: o.name, ready });
  app.get("/metrics", async (c) =>
    c.body(await metrics.registry.metrics(), 200, { "content-type": metrics.registry.contentType }),
  );
  if (o.routes) app.route("/", o.routes);
  const server = await listen(app, { host, port: o.port ?? service.healthPort ?? service.port });
  const gate = new AbortController();
  void tellParent({ ready, port: server.port, ports: o.ports ?? {}, log, signal: gate.signal });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      gate.abort();
      o.closing?.();
      await server.close(STOP_MS / 5);
      await o.stop?.();
    })();
    return stopped;
  };
  return { port: server.port, url: `http://${host}:${server.port}`, stop };
}

async function tellParent(o: {
  ready: Ready;
  port: number;
  ports: Readonly<Record<string, number>>;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  while (!o.signal.aborted) {
    const missing = await o.ready();
    if (missing.length === 0) {
      o.log.info("ready", { port: o.port, ...o.ports });
      process.send?.({ ready: true, port: o.port, ...o.ports });
      return;
    }
    o.log.debug("waiting", { missing });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A service's main.ts: starts it, stops it on a signal, and ends with 1 and one clear line when it cannot start. */
export async function runMain(name: ServiceName, main: (log: Log) => Promise<RunningService>): Promise<void> {
  const level = process.env.LOG_LEVEL;
  const log = makeLog({
    service: name,
    level: level === "debug" || level === "warn" || level === "error" ? level : "info",
  });
  dieOnUnhandled(log);
  let running: Promise<RunningService> | undefined;
  stopOnSignals({ log, stop: async () => (await running)?.stop() });
  try {
    running = main(log);
    await running;
  } catch (error) {
    const known = error instanceof LockstepError;
    log.error(known ? error.message : "start failed", known ? { code: error.code } : { error });
    process.exit(1);
  }
}
