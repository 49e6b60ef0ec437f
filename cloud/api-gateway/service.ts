// api-gateway: the public read API and its pages. It keeps nothing: every answer comes from database-service and
// trading-engine.
import { Hono } from "hono";
import { makeClient, serviceUrl } from "#mesh/service/client.ts";
import type { Log } from "#mesh/service/log.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { databaseService } from "#proto/services/database-service.ts";
import { tradingEngine } from "#proto/services/trading-engine.ts";
import type { GatewayConfig } from "./config.ts";
import { pageRoutes } from "./pages-io.ts";
import { apiRoutes } from "./routes.ts";
import { answers } from "./upstream.ts";

/** /healthz asks the service behind at most this often, and waits no longer for it. */
const HEALTH_MS = 1_000;

export async function startGateway(o: { config: GatewayConfig; log: Log }): Promise<RunningService> {
  const { config, log } = o;
  const databaseUrl = config.DATABASE_SERVICE_URL ?? serviceUrl("database-service");
  const database = makeClient({ contract: databaseService, url: databaseUrl });
  const engine = makeClient({
    contract: tradingEngine,
    url: config.TRADING_ENGINE_URL ?? serviceUrl("trading-engine"),
  });
  const routes = new Hono().route("/", apiRoutes(answers({ database, engine }))).route("/", pageRoutes());
  return startService({
    name: "api-gateway",
    host: config.HOST,
    ...(config.PORT === undefined ? {} : { port: config.PORT }),
    routes,
    log,
    ready: databaseHealth(databaseUrl),
  });
}

function databaseHealth(url: string): () => Promise<string[]> {
  let last: { readonly at: number; readonly missing: Promise<string[]> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > HEALTH_MS) last = { at: performance.now(), missing: ask(url) };
    return last.missing;
  };
}

async function ask(url: string): Promise<string[]> {
  try {
    const { status } = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS) });
    return status === 200 ? [] : ["database-service: it waits for an engine, see its /healthz"];
  } catch {
    return [`database-service: it does not answer at ${url}`];
  }
}
