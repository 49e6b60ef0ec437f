// What still has to be told over one channel: a machine with a bounded queue, a rate limit (token bucket) and pauses after
// failures. Alerts that wait together go as one message, the worst first; what does not fit is counted and said.

import { SEVERITIES, type Severity } from "#proto/configuration/services.ts";
import type { AlertView } from "./alert-book.ts";

const QUEUE_MAX = 50;
/** Alerts spelled out in one message. */
const SPELLED_MAX = 20;
/** At least this long between two messages: a storm is one. */
const GAP_MS = 10_000;
const RETRY_MS_MIN = 2_000;
const RETRY_MS_MAX = 300_000;
const HOUR_MS = 3_600_000;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly alerts: readonly AlertView[];
  /** Alerts that are not spelled out. */
  readonly more: number;
}

export interface OutboxOptions {
  readonly boxName: () => string;
  readonly least: Severity;
  readonly messagesAnHour: number;
}

export class Outbox {
  readonly #o: OutboxOptions;
  #queue: AlertView[] = [];
  #dropped = 0;
  #tokens: number;
  #refilled = Number.NEGATIVE_INFINITY;
  #notBefore = Number.NEGATIVE_INFINITY;
  #inFlight: { alerts: readonly AlertView[]; dropped: number } | undefined;
  #failures = 0;
  readonly counts = { sent: 0, failed: 0, dropped: 0 };

  constructor(options: OutboxOptions) {
    this.#o = options;
    this.#tokens = options.messagesAnHour;
  }

  onNews(alert: AlertView): void {
    if (SEVERITIES.indexOf(alert.severity) < SEVERITIES.indexOf(this.#o.least)) return;
    this.#queue.push(alert);
    this.#trim();
  }

  /** The mildest of the oldest goes first. */
  #trim(): void {
    while (this.#queue.length > QUEUE_MAX) {
      const mildest = Math.min(...this.#queue.map(rankOf));
      this.#queue.splice(
        this.#queue.findIndex((alert) => rankOf(alert) === mildest),
        1,
      );
      this.#dropped++;
      this.counts.dropped++;
    }
  }

  /** The message to send now, if any; answer with onSent or onFailed. */
  tick(now: number): Message | undefined {
    this.#refill(now);
    if (this.#inFlight || this.#queue.length === 0 || now < this.#notBefore || this.#tokens < 1) return undefined;
    this.#tokens--;
    this.#inFlight = { alerts: this.#queue, dropped: this.#dropped };
    this.#queue = [];
    this.#dropped = 0;
    return this.#message(this.#inFlight.alerts, this.#inFlight.dropped);
  }

  onSent(now: number): void {
    this.counts.sent++;
    this.#failures = 0;
    this.#inFlight = undefined;
    this.#notBefore = now + GAP_MS;
  }

  /** `retryMs`: the receiver said when to come again. */
  onFailed(now: number, retryMs?: number): void {
    this.counts.failed++;
    const { alerts = [], dropped = 0 } = this.#inFlight ?? {};
    this.#inFlight = undefined;
    this.#queue = [...alerts, ...this.#queue];
    this.#dropped += dropped;
    this.#trim();
    const pauseMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures++, 20));
    this.#notBefore = now + Math.max(pauseMs, retryMs ?? 0);
  }

  #refill(now: number): void {
    const { messagesAnHour } = this.#o;
    const since = Number.isFinite(this.#refilled) ? now - this.#refilled : 0;
    this.#tokens = Math.min(messagesAnHour, this.#tokens + (since * messagesAnHour) / HOUR_MS);
    this.#refilled = now;
  }

  #message(alerts: readonly AlertView[], dropped: number): Message {
    const worstFirst = [...alerts].sort((a, b) => rankOf(b) - rankOf(a));
    const spelled = worstFirst.slice(0, SPELLED_MAX);
    const more = alerts.length - spelled.length + dropped;
    const lines = spelled.map(({ severity, text, at_ms }) => `${severity.toUpperCase()}: ${text} (${isoOf(at_ms)})`);
    if (more > 0) lines.push(`and ${more} more: see the box's page`);
    const box = this.#o.boxName();
    const first = spelled[0]?.text ?? "";
    const subject = `Lockstep ${box}: ${first}${alerts.length + dropped > 1 ? ` (+${alerts.length + dropped - 1})` : ""}`;
    return { subject, text: [`Lockstep ${box}`, ...lines].join("\n"), alerts: spelled, more };
  }
}

const rankOf = ({ severity }: AlertView): number => SEVERITIES.indexOf(severity);
const isoOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
