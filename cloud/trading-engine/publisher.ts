// What goes out to the bus beside the hot loop: events through a bounded queue, and each stream's verified position,
// latest only. Both try for ever while the bus is away; the full queue is what makes re-deciding wait.
import { assert } from "#proto/errors.ts";
import { EVENTS_IN_FLIGHT_MAX, EVENTS_QUEUED_MAX, VERIFIED_INTERVAL_MS } from "#proto/limits.ts";
import type { Events, Verified, VerifiedPosition } from "#storage/events/bus.ts";
import type { CloudEvent } from "#storage/events/envelope.ts";

const RETRY_MS = 200;
/** What was sent is cut off the queue in pieces of this: one by one would move the rest each time. */
const CUT = 4096;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Events queued between two calls of `flushed`. */
class Generation {
  left = 0;
  closed = false;
  readonly done = Promise.withResolvers<void>();

  settle(): void {
    if (this.closed && this.left === 0) this.done.resolve();
  }
}

export class EventQueue {
  readonly #events: Events;
  readonly #queue: { event: CloudEvent; generation: Generation }[] = [];
  #next = 0;
  #inFlight = 0;
  #stopped = false;
  #generation = new Generation();
  #room: PromiseWithResolvers<void> | undefined;

  constructor(events: Events) {
    this.#events = events;
  }

  get length(): number {
    return this.#queue.length - this.#next + this.#inFlight;
  }

  push(events: readonly CloudEvent[]): void {
    for (const event of events) this.#queue.push({ event, generation: this.#generation });
    this.#generation.left += events.length;
    this.#pump();
  }

  /** Resolves when there is room for a batch's events: to be awaited before each batch. */
  async room(): Promise<void> {
    while (this.length >= EVENTS_QUEUED_MAX && !this.#stopped) {
      this.#room ??= Promise.withResolvers<void>();
      await this.#room.promise;
    }
  }

  /** Resolves when everything pushed so far is on the bus. */
  async flushed(): Promise<void> {
    const generation = this.#generation;
    this.#generation = new Generation();
    generation.closed = true;
    generation.settle();
    await generation.done.promise;
  }

  /** Gives up on what the bus has not taken. */
  stop(): void {
    this.#stopped = true;
    this.#room?.resolve();
  }

  #pump(): void {
    while (this.#inFlight < EVENTS_IN_FLIGHT_MAX && this.#next < this.#queue.length && !this.#stopped) {
      const item = this.#queue[this.#next++];
      assert(item !== undefined, "the queue has the item");
      this.#inFlight++;
      void this.#send(item.event).then(() => {
        this.#inFlight--;
        item.generation.left--;
        item.generation.settle();
        if (this.#room && this.length < EVENTS_QUEUED_MAX) {
          this.#room.resolve();
          this.#room = undefined;
        }
        this.#pump();
      });
    }
    if (this.#next < CUT && this.#next < this.#queue.length) return;
    this.#queue.splice(0, this.#next);
    this.#next = 0;
  }

  async #send(event: CloudEvent): Promise<void> {
    while (!this.#stopped) {
      try {
        return await this.#events.publish(event);
      } catch {
        await sleep(RETRY_MS); // the bus is away: /healthz says so, and the queue fills
      }
    }
  }
}

export class VerifiedPublisher {
  readonly #verified: Verified;
  #latest: (() => VerifiedPosition) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(verified: Verified) {
    this.#verified = verified;
  }

  /** `latest` is called when it is time to send: setting costs nothing. */
  set(latest: () => VerifiedPosition): void {
    this.#latest = latest;
    this.#running ??= this.#run();
  }

  /** Resolves when the latest is out, or at once when the bus does not take it any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#latest) {
      const latest = this.#latest;
      this.#latest = undefined;
      try {
        await this.#verified.publish(latest());
      } catch {
        if (this.#stopped) break;
        this.#latest ??= latest;
        await sleep(RETRY_MS);
      }
      if (!this.#stopped) await sleep(VERIFIED_INTERVAL_MS);
    }
    this.#running = undefined;
  }
}
