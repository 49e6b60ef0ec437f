// Virtual time: one heap of events ordered by (time, sequence). Promises that an event has settled are run to their end
// before the next event, so that code with `await` in it is as repeatable as code without.

import { assert } from "#proto/errors.ts";

export type Cancel = () => void;
/** "idle": no promise was touched, so that nothing has to be waited for. */
export type EventResult = "idle" | undefined;

interface Entry {
  readonly timeUs: number;
  readonly sequence: number;
  run: (() => EventResult) | undefined;
}

const before = (a: Entry, b: Entry): boolean =>
  a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.sequence < b.sequence);

export class Scheduler {
  /** Microseconds since the run began. */
  nowUs = 0;
  events = 0;
  readonly #heap: Entry[] = [];
  #sequence = 0;

  /** Runs once at `timeUs`, or now when that has passed. */
  at(timeUs: number, run: () => EventResult): Cancel {
    assert(Number.isFinite(timeUs), "an event has a time");
    const entry: Entry = { timeUs: Math.max(Math.ceil(timeUs), this.nowUs), sequence: this.#sequence++, run };
    this.#push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  after(us: number, run: () => EventResult): Cancel {
    return this.at(this.nowUs + us, run);
  }

  /** Until virtual time is `untilUs`, or `step`, called after each event, returns false. */
  async run(untilUs: number, step: () => boolean): Promise<void> {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.timeUs > untilUs) break;
      this.#pop();
      const { run } = next;
      if (!run) continue;
      this.nowUs = next.timeUs;
      this.events++;
      if (run() !== "idle") await settled();
      if (!step()) return;
    }
    this.nowUs = Math.max(this.nowUs, untilUs);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent] as Entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && before(right, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

/** Every promise that can go on by itself has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
