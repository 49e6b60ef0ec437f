// What goes out to the bus beside the hot loop: events through a bounded queue, and each stream's verified position,
// latest only. Both try for ever while the bus is away; the full queue is what makes re-deciding wait.
import { realTimers } from "#mesh/world/timers.ts";
import { EVENTS_IN_FLIGHT_MAX, EVENTS_QUEUED_MAX, VERIFIED_INTERVAL_MS } from "#proto/limits.ts";
import type { Timers } from "#proto/world.ts";
import type { Events, Verified, VerifiedPosition } from "#storage/events/bus.ts";
import type { CloudEvent } from "#storage/events/envelope.ts";

const RETRY_MS = 200;
/** What was sent is cut off the queue in pieces of this: one by one would move the rest each time. */
const CUT = 4096;
/** Events published in one go. */
const TOGETHER = 256;
const sleep = (timers: Timers, ms: number): Promise<void> => new Promise((resolve) => timers.after(ms, resolve));

/** What was pushed between two calls of `flushed`; done when it and everything before it is on the bus. */
class Generation {
  left = 0;
  closed = false;
  readonly done = Promise.withResolvers<void>();
  readonly #before: Promise<void>;

  constructor(before: Promise<void> = Promise.resolve()) {
    this.#before = before;
  }

  settle(): void {
    if (this.closed && this.left === 0) void this.#before.then(this.done.resolve);
  }
}

interface Lot {
  readonly events: readonly CloudEvent[];
  readonly generation: Generation;
}

export class EventQueue {
  readonly #events: Events;
  readonly #timers: Timers;
  #lots: Lot[] = [];
  /** Of #lots, the first not yet on its way. */
  #next = 0;
  #queued = 0;
  #inFlight = 0;
  #scheduled = false;
  #stopped = false;
  #generation = new Generation();
  #room: PromiseWithResolvers<void> | undefined;

  constructor(events: Events, timers: Timers = realTimers) {
    this.#events = events;
    this.#timers = timers;
  }

  /** Events that the bus has not acknowledged. */
  get length(): number {
    return this.#queued + this.#inFlight;
  }

  push(events: readonly CloudEvent[]): void {
    if (events.length === 0) return;
    this.#lots.push({ events, generation: this.#generation });
    this.#queued += events.length;
    this.#generation.left++;
    this.#schedule();
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
    this.#generation = new Generation(generation.done.promise);
    generation.closed = true;
    generation.settle();
    await generation.done.promise;
  }

  /** Gives up on what the bus has not taken. */
  stop(): void {
    this.#stopped = true;
    this.#room?.resolve();
  }

  /** Sends at the end of the loop's turn what has piled up by then: one write to the bus instead of one a batch. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#inFlight < EVENTS_IN_FLIGHT_MAX && this.#next < this.#lots.length && !this.#stopped) {
      const lots: Lot[] = [];
      let count = 0;
      while (count < TOGETHER) {
        const lot = this.#lots[this.#next];
        if (!lot) break;
        this.#next++;
        count += lot.events.length;
        lots.push(lot);
      }
      this.#queued -= count;
      this.#inFlight += count;
      void this.#send(lots, count);
    }
    if (this.#next < CUT && this.#next < this.#lots.length) return;
    this.#lots = this.#lots.slice(this.#next);
    this.#next = 0;
  }

  async #send(lots: readonly Lot[], count: number): Promise<void> {
    const events = lots.flatMap((lot) => lot.events);
    while (!this.#stopped) {
      try {
        await this.#events.publish(events);
        break;
      } catch {
        await sleep(this.#timers, RETRY_MS); // the bus is away: /healthz says so, and the queue fills
      }
    }
    if (this.#stopped) return;
    this.#inFlight -= count;
    for (const { generation } of lots) {
      generation.left--;
      generation.settle();
    }
    if (this.#room && this.length < EVENTS_QUEUED_MAX) {
      this.#room.resolve();
      this.#room = undefined;
    }
    this.#schedule();
  }
}

export class VerifiedPublisher {
  readonly #verified: Verified;
  readonly #timers: Timers;
  #latest: (() => VerifiedPosition) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(verified: Verified, timers: Timers = realTimers) {
    this.#verified = verified;
    this.#timers = timers;
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
        await sleep(this.#timers, RETRY_MS);
      }
      if (!this.#stopped) await sleep(this.#timers, VERIFIED_INTERVAL_MS);
    }
    this.#running = undefined;
  }
}
