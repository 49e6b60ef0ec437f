// config-manager: the versions of the box's configuration, dry runs of what a change would have done, and the services' secrets.
// It decides nothing and journals nothing: a change goes to the connector, which checks it for itself and makes records of it.
import { join } from "node:path";
import { makeClient, serviceUrl } from "#mesh/service/client.ts";
import type { Log } from "#mesh/service/log.ts";
import { makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import type { ManagerConfig } from "./config.ts";
import { DryRuns } from "./dry-run-io.ts";
import { History } from "./history-io.ts";
import { Manager } from "./manager.ts";
import { makeRoutes } from "./routes.ts";
import { SecretStore, ServiceTokens } from "./secrets-io.ts";

const NAME = "config-manager";
const NS_PER_MS = 1_000_000n;
/** How often the journal is asked whether another configuration is in force. */
const LOOK_MS = 10_000;

export async function startManager({ config, log }: { config: ManagerConfig; log: Log }): Promise<RunningService> {
  const directory = config.LOCKSTEP_CONFIG_DATA;
  const clock = realClock();
  const connector = makeClient({
    contract: metatraderConnector,
    url: config.METATRADER_CONNECTOR_URL ?? serviceUrl("metatrader-connector"),
  });
  const manager = new Manager({
    connector: { configuration: () => connector.configuration(), configure: (body) => connector.configure({ body }) },
    history: new History(directory),
  });
  const secrets = new SecretStore({ directory, key: config.secretsKey, old: config.oldSecretsKey });
  const tokens = new ServiceTokens(join(directory, "tokens"));
  const dryRuns = new DryRuns({
    directory: join(directory, "dry-runs"),
    edgeData: config.LOCKSTEP_EDGE_DATA,
    limits: { minutesMax: config.DRY_RUN_MINUTES_MAX, memoryMb: config.DRY_RUN_MEMORY_MB },
  });
  const look = (): void =>
    void manager.current().catch((error: unknown) => log.debug("the connector did not answer", { error }));
  look();
  const timer = setInterval(look, LOOK_MS);
  const metrics = makeMetrics(NAME);
  metrics.gauge("lockstep_config_connector_reached", "1 while the connector answers", [], (gauge) =>
    gauge.set(manager.problem === undefined ? 1 : 0),
  );
  metrics.gauge("lockstep_config_version", "Version in force, as last heard", [], (gauge) =>
    gauge.set(manager.versionInForce),
  );
  return startService({
    name: NAME,
    host: config.HOST,
    ...(config.PORT === undefined ? {} : { port: config.PORT }),
    routes: makeRoutes({
      manager,
      secrets,
      tokens,
      dryRuns,
      log,
      utc: () => Number(clock.nowNs() / NS_PER_MS),
      pageFolder: join(import.meta.dirname, "page"),
    }),
    log,
    metrics,
    stop: async () => {
      clearInterval(timer);
      await dryRuns.close();
    },
  });
}
