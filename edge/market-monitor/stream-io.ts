// The page's live stream: server-sent events (HTML standard, 9.2), each with what changed since the one before. Nothing is
// queued for a browser: the next event is made when the last one has left, so a slow browser gets fewer, and never more than
// the view holds.
import { setTimeout as sleep } from "node:timers/promises";
import { LockstepError } from "#proto/errors.ts";
import type { Monitor } from "./monitor.ts";

/** Between two events of one browser: what an eye can follow. */
const PUSH_MS = 150;
/** A comment tells the browser that the line is up, and this process that the browser is gone. */
const HEARTBEAT_MS = 5_000;
const READERS_MAX = 16;

export class Streams {
  readonly #monitor: Monitor;
  readonly #open = new Set<AbortController>();
  /** Events made since start, and their bytes. */
  readonly counts = { events: 0, bytes: 0 };

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  get readers(): number {
    return this.#open.size;
  }

  /** Throws busy beyond 16 readers. */
  open(): ReadableStream<Uint8Array> {
    if (this.#open.size >= READERS_MAX)
      throw new LockstepError("busy", `${READERS_MAX} pages are open already: close one`);
    const gone = new AbortController();
    this.#open.add(gone);
    const end = (): void => {
      this.#open.delete(gone);
      gone.abort();
    };
    let seen = 0;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const event = await this.#next(seen, gone.signal);
          if (gone.signal.aborted) return controller.close();
          seen = event.version;
          this.counts.events++;
          this.counts.bytes += event.bytes.length;
          controller.enqueue(event.bytes);
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  async #next(seen: number, signal: AbortSignal): Promise<{ bytes: Uint8Array; version: number }> {
    const since = performance.now();
    while (seen > 0) {
      await sleep(PUSH_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted || this.#monitor.view.version > seen) break;
      if (performance.now() - since > HEARTBEAT_MS) return { bytes: encode(": still here\n\n"), version: seen };
    }
    const changes = this.#monitor.changesSince(seen);
    return { bytes: encode(`data: ${JSON.stringify(changes)}\n\n`), version: changes.version };
  }

  /** Ends every stream; the browsers come back by themselves. */
  close(): void {
    for (const gone of this.#open) gone.abort();
    this.#open.clear();
  }
}

const encoder = new TextEncoder();
const encode = (text: string): Uint8Array => encoder.encode(text);
