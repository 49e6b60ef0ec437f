// data-collector: brings news in. It keeps nothing: what is new goes to the connector, which journals it.
import { Hono } from "hono";
import { makeClient, serviceUrl } from "#mesh/service/client.ts";
import type { Log } from "#mesh/service/log.ts";
import { type Metrics, makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import { Collector } from "./collector-io.ts";
import type { CollectorConfig } from "./config.ts";

const NAME = "data-collector";
const NS_PER_MS = 1_000_000n;

export async function startCollector({ config, log }: { config: CollectorConfig; log: Log }): Promise<RunningService> {
  const clock = realClock();
  const connector = makeClient({
    contract: metatraderConnector,
    url: config.METATRADER_CONNECTOR_URL ?? serviceUrl("metatrader-connector"),
  });
  const collector = new Collector({
    sources: config.sources,
    timeoutMs: config.FETCH_TIMEOUT_MS,
    log,
    now: () => clock.monotonicMs(),
    utc: () => Number(clock.nowNs() / NS_PER_MS),
    deliver: (items) => connector.news({ body: { items } }),
  });
  const metrics = makeMetrics(NAME);
  addGauges(metrics, collector);
  const routes = new Hono().get("/status", (c) =>
    c.json({
      // Without their addresses: they can hold a key.
      sources: collector.sources.map(({ config: { name }, counts, problem }) => ({ name, ...counts, problem })),
      waiting: collector.waiting,
      ...collector.counts,
      problem: collector.problem ?? null,
    }),
  );
  collector.start();
  return startService({
    name: NAME,
    host: config.HOST,
    ...(config.PORT === undefined ? {} : { port: config.PORT }),
    routes,
    log,
    metrics,
    stop: async () => collector.stop(),
  });
}

function addGauges(metrics: Metrics, collector: Collector): void {
  metrics.gauge("lockstep_collector_waiting", "Items that the connector has not taken yet", [], (gauge) =>
    gauge.set(collector.waiting),
  );
  metrics.gauge("lockstep_collector_items", "Items since start", ["source", "outcome"], (gauge) => {
    for (const { config, counts } of collector.sources) {
      const { refused, ...outcomes } = counts;
      for (const [outcome, count] of Object.entries({ ...outcomes, ...refused }))
        gauge.set({ source: config.name, outcome }, count);
    }
  });
}
