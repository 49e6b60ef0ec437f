// The clocks of one machine: a wall clock that is off, drifts and steps, and a monotonic one that drifts with it. What a
// process sees is what mesh/world/clock.ts makes of them: monotonic time, anchored to the wall clock once, at its start.
import type { Clock } from "#proto/world.ts";
import type { Scheduler } from "./scheduler.ts";

const NS_PER_US = 1_000n;

export class MachineClock {
  readonly #scheduler: Scheduler;
  readonly #startUtcUs: number;
  /** Seconds that pass here while one passes in truth. */
  rate = 1;
  /** How far the wall clock is from the truth, microseconds. */
  offsetUs: number;
  /** Machine time at the last change of rate, and the truth then. */
  #base = { localUs: 0, trueUs: 0 };

  constructor(o: { scheduler: Scheduler; startUtcMs: number; offsetUs: number; rate: number }) {
    this.#scheduler = o.scheduler;
    this.#startUtcUs = o.startUtcMs * 1000;
    this.offsetUs = o.offsetUs;
    this.rate = o.rate;
  }

  /** Microseconds since the machine was switched on, as it counts them. */
  get uptimeUs(): number {
    return this.#base.localUs + (this.#scheduler.nowUs - this.#base.trueUs) * this.rate;
  }

  get wallUs(): number {
    return this.#startUtcUs + this.offsetUs + this.uptimeUs;
  }

  setRate(rate: number): void {
    this.#base = { localUs: this.uptimeUs, trueUs: this.#scheduler.nowUs };
    this.rate = rate;
  }

  step(us: number): void {
    this.offsetUs += us;
  }

  /** Truth microseconds that pass while `ms` pass here. */
  trueUs(ms: number): number {
    return (ms * 1000) / this.rate;
  }

  /** The clock of a process that starts now. */
  start(): Clock {
    const anchorUs = this.wallUs - this.uptimeUs;
    return {
      nowNs: () => BigInt(Math.floor(anchorUs + this.uptimeUs)) * NS_PER_US,
      monotonicMs: () => this.uptimeUs / 1000,
    };
  }
}
