// One outbox a channel, ticked once a second: takes what is due, sends it, says how it went. A channel that fails never
// holds up another, nor the page.
import type { Log } from "#mesh/service/log.ts";
import type { AlertView } from "./alert-book.ts";
import { type Channel, SendError } from "./channels-io.ts";
import { Outbox, type OutboxOptions } from "./outbox.ts";

export class Delivery {
  readonly #channels: readonly { readonly channel: Channel; readonly outbox: Outbox }[];
  readonly #log: Log;
  readonly #nowMs: () => number;

  constructor(o: { channels: readonly Channel[]; outbox: OutboxOptions; log: Log; nowMs: () => number }) {
    this.#channels = o.channels.map((channel) => ({ channel, outbox: new Outbox(o.outbox) }));
    this.#log = o.log;
    this.#nowMs = o.nowMs;
  }

  onNews(alert: AlertView): void {
    for (const { outbox } of this.#channels) outbox.onNews(alert);
  }

  tick(): void {
    for (const { channel, outbox } of this.#channels) {
      const message = outbox.tick(this.#nowMs());
      if (!message) continue;
      channel.send(message).then(
        () => outbox.onSent(this.#nowMs()),
        (error: unknown) => {
          const known = error instanceof SendError;
          // Anything else could carry a secret in its text or its cause.
          this.#log.warn("alert not sent", { channel: channel.name, why: known ? error.message : "see the channel" });
          outbox.onFailed(this.#nowMs(), known ? error.retryMs : undefined);
        },
      );
    }
  }

  /** Messages by channel since start. */
  counts(): Record<string, Outbox["counts"]> {
    return Object.fromEntries(this.#channels.map(({ channel, outbox }) => [channel.name, outbox.counts]));
  }
}
