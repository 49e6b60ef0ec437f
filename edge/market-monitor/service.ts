// market-monitor: follows the box's journal, keeps a bounded view of it, serves the operator's page, and tells people of
// what calls for them. It writes nothing; an operator's command goes to the connector, which makes a record of it.
import { join } from "node:path";
import { makeClient, serviceUrl } from "#mesh/service/client.ts";
import type { Log } from "#mesh/service/log.ts";
import { type Metrics, makeMetrics } from "#mesh/service/metrics.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { LockstepError } from "#proto/errors.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import { makeChannels } from "./alerts/channels-io.ts";
import { Delivery } from "./alerts/deliver-io.ts";
import type { MonitorConfig } from "./config.ts";
import { JournalFollower } from "./follow-io.ts";
import { Monitor } from "./monitor.ts";
import { makeRoutes } from "./routes.ts";
import { Streams } from "./stream-io.ts";

const NAME = "market-monitor";
const TICK_MS = 1_000;
/** A connector that takes longer to say how it is counts as away. */
const STATUS_MS = 900;
const NS_PER_MS = 1_000_000n;

export async function startMonitor(o: { config: MonitorConfig; log: Log }): Promise<RunningService> {
  const { config, log } = o;
  const clock = realClock();
  const now = () => clock.monotonicMs();
  const utc = () => Number(clock.nowNs() / NS_PER_MS);
  const monitor = new Monitor({ pairs: config.MONITOR_PAIRS, thresholds: config.thresholds, now, utc });
  const streams = new Streams(monitor);
  const delivery = new Delivery({
    channels: makeChannels(config),
    outbox: {
      boxName: () => monitor.view.box.value.edge_name,
      least: config.ALERT_SEND_FROM,
      messagesAnHour: config.ALERT_MESSAGES_AN_HOUR,
    },
    log,
    nowMs: now,
  });
  monitor.alerts.onNews = (alert) => {
    log.warn("alert", { severity: alert.severity, text: alert.text });
    delivery.onNews(alert);
  };
  const follower = follow({ config, log, monitor });
  const url = config.METATRADER_CONNECTOR_URL ?? serviceUrl("metatrader-connector");
  const watch = makeClient({ contract: metatraderConnector, url, timeoutMs: STATUS_MS });
  const timer = everySecond(async () => {
    try {
      if (!monitor.onStatus(await watch.status())) {
        monitor.reset();
        follower.restart();
      }
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      monitor.watch.onAway(error.message);
    }
    monitor.caughtUp = follower.caughtUp;
    monitor.tick();
    delivery.tick();
  });
  const connector = makeClient({ contract: metatraderConnector, url });
  const routes = makeRoutes({ monitor, streams, sendCommand: (body) => connector.command({ body }) });
  const metrics = makeMetrics(NAME);
  addGauges(metrics, { monitor, streams, delivery });
  follower.start();
  return startService({
    name: NAME,
    host: config.HOST,
    ...(config.PORT === undefined ? {} : { port: config.PORT }),
    routes,
    log,
    metrics,
    stop: async () => {
      timer.stop();
      follower.stop();
    },
    ready: () => [],
    closing: () => streams.close(),
  });
}

function follow({ config, log, monitor }: { config: MonitorConfig; log: Log; monitor: Monitor }): JournalFollower {
  let problem: string | undefined;
  return new JournalFollower({
    directory: join(config.LOCKSTEP_EDGE_DATA, "journal"),
    onBatch: (records) => monitor.onBatch(records),
    onBegin: (firstSeq) => log.info("reading the journal", { first_seq: firstSeq }),
    onProblem: (text) => {
      if (text !== problem && text !== undefined) log.warn("the journal cannot be read", { why: text });
      problem = text;
      monitor.onProblem(text);
    },
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

function addGauges(metrics: Metrics, o: { monitor: Monitor; streams: Streams; delivery: Delivery }): void {
  const { monitor, streams, delivery } = o;
  const gauges: Record<string, [help: string, value: () => number]> = {
    seq: ["Last journal record in the view", () => monitor.view.seq],
    readers: ["Open pages", () => streams.readers],
    events: ["Events sent to pages since start", () => streams.counts.events],
    event_bytes: ["Bytes of those", () => streams.counts.bytes],
    alerts_active: ["Conditions that call for a person now", () => monitor.alerts.active.length],
  };
  for (const [name, [help, value]] of Object.entries(gauges))
    metrics.gauge(`lockstep_monitor_${name}`, help, [], (gauge) => gauge.set(value()));
  metrics.gauge("lockstep_monitor_messages", "Alert messages since start", ["channel", "outcome"], (gauge) => {
    for (const [channel, counts] of Object.entries(delivery.counts()))
      for (const [outcome, count] of Object.entries(counts)) gauge.set({ channel, outcome }, count);
  });
}
