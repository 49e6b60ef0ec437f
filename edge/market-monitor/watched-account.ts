// One account as the monitor sees it: its journal followed into a view, its pages, its alerts and their delivery. Accounts
// share nothing but the channels that messages go out by.
import { join } from "node:path";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ConnectorStatus } from "#proto/services/metatrader-connector.ts";
import type { Channel } from "./alerts/channels-io.ts";
import { Delivery } from "./alerts/deliver-io.ts";
import type { MonitorConfig } from "./config.ts";
import { JournalFollower } from "./follow-io.ts";
import { Monitor } from "./monitor.ts";
import { Streams } from "./stream-io.ts";

export interface WatchedParts {
  readonly config: MonitorConfig;
  readonly directory: string;
  readonly channels: readonly Channel[];
  readonly log: Log;
  /** Monotonic milliseconds, and UTC milliseconds. */
  readonly now: () => number;
  readonly utc: () => number;
  /** The connector's word on the account; throws LockstepError when there is none. */
  readonly ask: (account: string) => Promise<ConnectorStatus>;
}

export class WatchedAccount {
  /** `login@server`, "" while the data directory does not say. */
  account = "";
  readonly monitor: Monitor;
  readonly streams: Streams;
  readonly delivery: Delivery;
  readonly #follower: JournalFollower;
  readonly #parts: WatchedParts;

  constructor(parts: WatchedParts) {
    this.#parts = parts;
    const { config, log, now, utc } = parts;
    this.monitor = new Monitor({ pairs: config.MONITOR_PAIRS, thresholds: config.thresholds, now, utc });
    this.streams = new Streams(this.monitor);
    this.delivery = new Delivery({
      channels: parts.channels,
      outbox: {
        boxName: () => this.monitor.view.box.value.edge_name,
        least: config.ALERT_SEND_FROM,
        messagesAnHour: config.ALERT_MESSAGES_AN_HOUR,
      },
      log,
      nowMs: now,
    });
    this.monitor.alerts.onNews = (alert) => {
      log.warn("alert", { account: this.account, severity: alert.severity, text: alert.text });
      this.delivery.onNews(alert);
    };
    this.#follower = follow({ directory: parts.directory, log, monitor: this.monitor });
  }

  start(): void {
    this.#follower.start();
  }

  stop(): void {
    this.#follower.stop();
  }

  /** Once a second. */
  async tick(): Promise<void> {
    const { monitor } = this;
    try {
      if (!monitor.onStatus(await this.#parts.ask(this.account))) {
        monitor.reset();
        this.#follower.restart();
      }
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      monitor.watch.onAway(error.message);
    }
    monitor.caughtUp = this.#follower.caughtUp;
    monitor.tick();
    this.delivery.tick();
  }

  /** Its line in the page's choice of accounts. */
  summary(): { account: string; edge_name: string; trading_state: string; alerts: number } {
    const { view, alerts, watch } = this.monitor;
    const { trading_state } = watch.view(this.#parts.now());
    return {
      account: this.account,
      edge_name: view.box.value.edge_name,
      trading_state,
      alerts: alerts.active.length,
    };
  }
}

function follow({ directory, log, monitor }: { directory: string; log: Log; monitor: Monitor }): JournalFollower {
  let problem: string | undefined;
  return new JournalFollower({
    directory: join(directory, "journal"),
    onBatch: (records) => monitor.onBatch(records),
    onBegin: (firstSeq) => log.info("reading the journal", { directory, first_seq: firstSeq }),
    onProblem: (text) => {
      if (text !== problem && text !== undefined) log.warn("the journal cannot be read", { why: text });
      problem = text;
      monitor.onProblem(text);
    },
  });
}
