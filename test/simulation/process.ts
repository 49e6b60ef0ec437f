// One process of the simulated system: it can be started, killed at any moment, paused, and what it had under way when
// it died never happens. Whatever it does runs through `run`, which lets no exception pass that is not accounted for.
import { LockstepError } from "#proto/errors.ts";
import type { Clock, Timers } from "#proto/world.ts";
import type { MachineClock } from "./clock.ts";
import type { EventResult } from "./scheduler.ts";
import { Violation, type World } from "./world.ts";

export class Process {
  readonly name: string;
  readonly world: World;
  readonly machine: MachineClock;
  alive = false;
  incarnation = 0;
  clock: Clock;
  /** The machine's power is gone, though nobody has looked yet. */
  isDark: () => boolean = () => false;
  #pausedUntilUs = 0;
  /** What came while it was paused and has not run yet, in its order: nothing overtakes it. */
  #waiting: (() => unknown)[] = [];

  constructor(o: { name: string; world: World; machine: MachineClock }) {
    this.name = o.name;
    this.world = o.world;
    this.machine = o.machine;
    this.clock = o.machine.start();
  }

  start(): void {
    this.incarnation++;
    this.alive = true;
    this.#pausedUntilUs = 0;
    this.#waiting = [];
    this.clock = this.machine.start();
    this.world.say(this.name, "start", `incarnation ${this.incarnation}`);
  }

  kill(why: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.world.say(this.name, "dies", why);
  }

  get paused(): boolean {
    return this.world.nowUs < this.#pausedUntilUs || this.#waiting.length > 0;
  }

  /** Timers, disks and lines of this process stand still, then everything comes at once. */
  pause(us: number): void {
    if (this.#waiting.length > 0) this.world.reach(`${this.name}: paused again while work waits`);
    // Whole microseconds, as the scheduler has them: else it would come too early for ever.
    this.#pausedUntilUs = Math.max(this.#pausedUntilUs, Math.ceil(this.world.nowUs + us));
    this.world.say(this.name, "pause", `${us / 1000} ms`);
  }

  /**
   * Runs `act` after `us` as the incarnation given (the present one); never, when that is gone by then. Whoever keeps a
   * process for later must say which life of it he means, or the dead would go on in the next one.
   */
  after(us: number, act: () => unknown, incarnation = this.incarnation): () => void {
    return this.world.scheduler.after(us, () => this.#attempt(incarnation, act));
  }

  #attempt(incarnation: number, act: () => unknown): EventResult {
    if (incarnation !== this.incarnation || !this.alive) return "idle";
    if (!this.paused) return this.run(act);
    this.#waiting.push(act);
    this.#wait(incarnation);
    return "idle";
  }

  /** A turn for the oldest that waits: a second pause puts turns off, and so behind those of what came during it. */
  #wait(incarnation: number): void {
    this.world.scheduler.at(this.#pausedUntilUs, () => {
      if (incarnation !== this.incarnation) return "idle";
      if (this.world.nowUs < this.#pausedUntilUs) {
        this.#wait(incarnation);
        return "idle";
      }
      const act = this.#waiting.shift() as () => unknown;
      return this.alive ? this.run(act) : "idle";
    });
  }

  /** The outermost frame of whatever this process does. */
  run(act: () => unknown): EventResult {
    try {
      return act() === "idle" ? "idle" : undefined;
    } catch (error) {
      if (error instanceof Violation || this.isDark() || !this.alive) return undefined;
      this.world.violation ?? this.#escaped(error);
      return undefined;
    }
  }

  #escaped(error: unknown): void {
    const what = error instanceof LockstepError ? `${error.code}: ${error.message}` : String((error as Error).stack);
    try {
      this.world.fail("no exception escapes a machine", `${this.name}: ${what}`);
    } catch (violation) {
      if (!(violation instanceof Violation)) throw violation;
    }
  }

  /** Of this incarnation, running at this machine's rate. */
  timers(): Timers {
    const { incarnation } = this;
    return { after: (ms, act) => this.after(this.machine.trueUs(ms), () => act(), incarnation) };
  }
}
