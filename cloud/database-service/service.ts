// database-service: projects every verified stream into ClickHouse and PostgreSQL and answers questions about it. It
// serves HTTP from the first moment; what it waits for is in /healthz.
import type { Log } from "#mesh/service/log.ts";
import { makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import type { DatabaseConfig } from "./config.ts";
import { Projections } from "./projections.ts";
import { databaseRoutes, type Serving } from "./routes.ts";
import { OpenStores } from "./stores-io.ts";

export async function startDatabaseService(o: { config: DatabaseConfig; log: Log }): Promise<RunningService> {
  const { config, log } = o;
  const metrics = makeMetrics("database-service");
  const stopping = new AbortController();
  const stores = new OpenStores(log);
  let serving: Serving | undefined;
  const work = (async () => {
    const open = await stores.open(config, stopping.signal);
    if (!open) return;
    const projections = new Projections({ stores: open, log, metrics });
    serving = { stores: open, projections };
    await projections.run(stopping.signal);
  })();
  return startService({
    name: "database-service",
    host: config.HOST,
    ...(config.PORT === undefined ? {} : { port: config.PORT }),
    routes: databaseRoutes(() => serving),
    log,
    metrics,
    ready: async () => [...(await stores.missing()), ...(serving?.projections.problems ?? [])],
    stop: async () => {
      stopping.abort();
      await work;
      await stores.close();
    },
  });
}
