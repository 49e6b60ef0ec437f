// market-monitor: follows the box's journals, keeps a bounded view of each, serves the operator's page, and tells people of
// what calls for them. It writes nothing; an operator's command goes to the connector, which makes a record of it.
import { makeClient, serviceUrl } from "#mesh/service/client.ts";
import type { Log } from "#mesh/service/log.ts";
import { type Metrics, makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import { Accounts } from "./accounts.ts";
import { makeChannels } from "./alerts/channels-io.ts";
import type { MonitorConfig } from "./config.ts";
import { findAccounts } from "./find-accounts-io.ts";
import { makeRoutes } from "./routes.ts";
import { WatchedAccount } from "./watched-account.ts";

const NAME = "market-monitor";
const TICK_MS = 1_000;
/** A connector that takes longer to say how it is counts as away. */
const STATUS_MS = 900;
const NS_PER_MS = 1_000_000n;

export async function startMonitor(o: { config: MonitorConfig; log: Log }): Promise<RunningService> {
  const { config, log } = o;
  const accounts = watchAccounts(o);
  const find = () => accounts.onFound(findAccounts(config.LOCKSTEP_EDGE_DATA));
  find();
  const timer = everySecond(async () => {
    find();
    await Promise.all(accounts.all.map((one) => one.tick()));
  });
  const connector = makeClient({ contract: metatraderConnector, url: connectorUrl(config) });
  const routes = makeRoutes({ accounts, sendCommand: (body) => connector.command({ body }) });
  const metrics = makeMetrics(NAME);
  addGauges(metrics, accounts);
  return startService({
    name: NAME,
    host: config.HOST,
    ...(config.PORT === undefined ? {} : { port: config.PORT }),
    routes,
    log,
    metrics,
    stop: async () => {
      timer.stop();
      for (const one of accounts.all) one.stop();
    },
    ready: () => [],
    closing: () => {
      for (const one of accounts.all) one.streams.close();
    },
  });
}

const connectorUrl = ({ METATRADER_CONNECTOR_URL: url }: MonitorConfig): string =>
  url ?? serviceUrl("metatrader-connector");

function watchAccounts({ config, log }: { config: MonitorConfig; log: Log }): Accounts {
  const clock = realClock();
  const channels = makeChannels(config);
  const watch = makeClient({ contract: metatraderConnector, url: connectorUrl(config), timeoutMs: STATUS_MS });
  return new Accounts((directory) => {
    const account = new WatchedAccount({
      config,
      directory,
      channels,
      log,
      now: () => clock.monotonicMs(),
      utc: () => Number(clock.nowNs() / NS_PER_MS),
      ask: (name) => watch.status({ query: name === "" ? {} : { account: name } }),
    });
    account.start();
    return account;
  });
}

/** One run at a time, a second after the one before. */
function everySecond(work: () => Promise<void>): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async (): Promise<void> => {
    await work();
    if (!stopped) timer = setTimeout(() => void turn(), TICK_MS);
  };
  void turn();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function addGauges(metrics: Metrics, accounts: Accounts): void {
  const gauges: Record<string, [help: string, value: (one: WatchedAccount) => number]> = {
    seq: ["Last journal record in the view", ({ monitor }) => monitor.view.seq],
    readers: ["Open pages", ({ streams }) => streams.readers],
    events: ["Events sent to pages since start", ({ streams }) => streams.counts.events],
    event_bytes: ["Bytes of those", ({ streams }) => streams.counts.bytes],
    alerts_active: ["Conditions that call for a person now", ({ monitor }) => monitor.alerts.active.length],
  };
  for (const [name, [help, value]] of Object.entries(gauges))
    metrics.gauge(`lockstep_monitor_${name}`, help, ["account"], (gauge) => {
      for (const one of accounts.all) gauge.set({ account: one.account }, value(one));
    });
  const labels = ["account", "channel", "outcome"] as const;
  metrics.gauge("lockstep_monitor_messages", "Alert messages since start", labels, (gauge) => {
    for (const { account, delivery } of accounts.all)
      for (const [channel, counts] of Object.entries(delivery.counts()))
        for (const [outcome, count] of Object.entries(counts)) gauge.set({ account, channel, outcome }, count);
  });
}
