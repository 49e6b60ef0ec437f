// Merges several tick streams into one in time order: by time, then by the order in which the streams were given. Each
// stream keeps its own order. Holds one batch of each stream, whatever the length of the files.
import type { MarketTick } from "./tick.ts";

export type TickStream = AsyncIterator<readonly MarketTick[]>;

export interface WindowLimits {
  readonly maxTicks: number;
  /** Market time between the first and the last tick of the window. */
  readonly maxSpanMs?: number;
  /** No tick later than this. */
  readonly untilMs?: number;
}

interface Head {
  readonly stream: TickStream;
  readonly order: number;
  batch: readonly MarketTick[];
  at: number;
  /** Never less than an earlier tick's time, so that one row out of place does not hold up its stream. */
  time: number;
}

export class Playback {
  private readonly heads: Head[];
  private opened = false;
  private heap: Head[] = [];

  constructor(streams: readonly TickStream[]) {
    this.heads = streams.map((stream, order) => ({ stream, order, batch: [], at: 0, time: 0 }));
  }

  /** Time of the next tick, or undefined at the end. */
  async nextTime(): Promise<number | undefined> {
    await this.open();
    return this.heap[0]?.time;
  }

  /** The next ticks within the limits; empty when none is due; undefined at the end of every stream. */
  async next(limits: WindowLimits): Promise<MarketTick[] | undefined> {
    await this.open();
    if (this.heap.length === 0) return undefined;
    const window: MarketTick[] = [];
    let lastTime = limits.untilMs ?? Number.POSITIVE_INFINITY;
    while (window.length < limits.maxTicks) {
      const head = this.heap[0];
      const tick = head?.batch[head.at];
      if (!head || !tick || head.time > lastTime) break;
      if (window.length === 0 && limits.maxSpanMs !== undefined)
        lastTime = Math.min(lastTime, head.time + limits.maxSpanMs);
      window.push(tick);
      await this.step(head);
    }
    return window;
  }

  async close(): Promise<void> {
    this.heap = [];
    for (const { stream } of this.heads) await stream.return?.();
  }

  private async open(): Promise<void> {
    if (this.opened) return;
    this.opened = true;
    for (const head of this.heads) if (await refill(head)) this.heap.push(head);
    this.heap.sort(compare);
  }

  /** Moves one stream to its next tick. Awaits only when its batch is used up. */
  private step(head: Head): Promise<void> | undefined {
    head.at++;
    const tick = head.batch[head.at];
    if (!tick) return this.stepBatch(head);
    head.time = Math.max(head.time, tick.time_ms);
    this.sink();
    return undefined;
  }

  private async stepBatch(head: Head): Promise<void> {
    if (await refill(head)) this.sink();
    else this.heap.shift();
    if (this.heap.length > 1) this.heap.sort(compare);
  }

  /** The first stream has moved on: put it back in its place among the few others. */
  private sink(): void {
    const { heap } = this;
    for (let i = 0; i + 1 < heap.length; i++) {
      const a = heap[i] as Head;
      const b = heap[i + 1] as Head;
      if (compare(a, b) <= 0) return;
      heap[i] = b;
      heap[i + 1] = a;
    }
  }
}

const compare = (a: Head, b: Head): number => a.time - b.time || a.order - b.order;

async function refill(head: Head): Promise<boolean> {
  for (;;) {
    const { done, value } = await head.stream.next();
    if (done) return false;
    const first = value[0];
    if (!first) continue;
    head.batch = value;
    head.at = 0;
    head.time = Math.max(head.time, first.time_ms);
    return true;
  }
}
