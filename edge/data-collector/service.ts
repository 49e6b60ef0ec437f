// data-collector: brings news, calendar files and MT5's exports in. It keeps nothing: what is new goes to the connector,
// which journals it.
import { Hono } from "hono";
import { type Client, makeClient, serviceUrl } from "#mesh/service/client.ts";
import type { Log } from "#mesh/service/log.ts";
import { type Metrics, makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import { CalendarFiles } from "./calendar/deliver-io.ts";
import { Collector } from "./collector-io.ts";
import type { CollectorConfig } from "./config.ts";
import { type Handle, Watch } from "./files/watch-io.ts";
import { HistoryFiles } from "./history/deliver-io.ts";

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
  const files = startFiles({ config, log, connector });
  const metrics = makeMetrics(NAME);
  addGauges(metrics, collector);
  addFileGauges(metrics, files);
  const routes = new Hono().get("/status", (c) =>
    c.json({
      // Without their addresses: they can hold a key.
      sources: collector.sources.map(({ config: { name }, counts, problem }) => ({ name, ...counts, problem })),
      waiting: collector.waiting,
      ...collector.counts,
      problem: collector.problem ?? null,
      ...statusOf(files),
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
    stop: async () => {
      collector.stop();
      await Promise.all([files.calendarWatch?.stop(), files.historyWatch?.stop()]);
    },
  });
}

interface Files {
  readonly calendar: CalendarFiles;
  readonly history: HistoryFiles;
  readonly calendarWatch: Watch | undefined;
  readonly historyWatch: Watch | undefined;
}

function startFiles(o: { config: CollectorConfig; log: Log; connector: Client<typeof metatraderConnector> }): Files {
  const { config, log, connector } = o;
  const clock = realClock();
  const calendar = new CalendarFiles({ zone: config.zone, deliver: (body) => connector.calendar({ body }) });
  const history: HistoryFiles = new HistoryFiles({
    zone: config.zone,
    utc: () => Number(clock.nowNs() / NS_PER_MS),
    stopping: () => historyWatch?.stopping ?? false,
    state: (symbol) => connector.history_state({ params: { symbol } }),
    deliver: (body) => connector.history({ body }),
  });
  const watch = (dir: string | undefined, pattern: RegExp, handle: Handle): Watch | undefined => {
    if (dir === undefined) return undefined;
    const watching = new Watch({ dir, pattern, handle, everyMs: config.WATCH_MS, log, now: () => clock.monotonicMs() });
    watching.start();
    return watching;
  };
  const calendarWatch = watch(config.CALENDAR_DIR, /\.(csv|json)$/i, (path, file) => calendar.handle(path, file));
  const historyWatch = watch(config.HISTORY_DIR, /\.csv(\.gz)?$/i, (path, file) => history.handle(path, file));
  return { calendar, history, calendarWatch, historyWatch };
}

/** Names, not paths; of each file what became of it. */
function statusOf({ calendar, history, calendarWatch, historyWatch }: Files): Record<string, unknown> {
  const watched = (watch: Watch | undefined) => ({
    watching: watch !== undefined,
    problem: watch?.problem ?? null,
    overlooked: watch?.inbox.overlooked ?? 0,
    list: watch?.inbox.states() ?? [],
  });
  return {
    calendar: { ...watched(calendarWatch), ...calendar.counts, refused: calendar.refused },
    history: {
      ...watched(historyWatch),
      ...history.counts,
      refused: history.refused,
      progress: history.progress ?? null,
    },
  };
}

function addFileGauges(metrics: Metrics, { calendar, history }: Files): void {
  metrics.gauge("lockstep_collector_files", "Files, rows and bars since start", ["of", "outcome"], (gauge) => {
    for (const [of, { counts, refused }] of Object.entries({ calendar, history }))
      for (const [outcome, count] of Object.entries({ ...counts, ...refused })) gauge.set({ of, outcome }, count);
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
