// What every part of one simulated run shares: time, randomness by concern, the trace, the counters of states reached,
// and the place where a broken promise is reported. The first violation ends the run.
import { SeededRandom } from "../terminal/random.ts";
import { Scheduler } from "./scheduler.ts";
import type { Plan } from "./swarm.ts";
import { Trace } from "./trace.ts";

export interface ViolationFound {
  /** Which invariant, in the words of docs/reliability.md. */
  readonly invariant: string;
  readonly message: string;
  readonly timeUs: number;
  /** Events up to and including the one that broke it. */
  readonly events: number;
}

/** Unwinds the event that broke a promise; what was found stands in the world. */
export class Violation extends Error {}

export class World {
  readonly plan: Plan;
  readonly scheduler = new Scheduler();
  readonly trace: Trace;
  readonly reached = new Map<string, number>();
  violation: ViolationFound | undefined;
  readonly #randoms = new Map<string, SeededRandom>();

  constructor(o: { plan: Plan; keepTrace: boolean }) {
    this.plan = o.plan;
    this.trace = new Trace({ keep: o.keepTrace });
  }

  get nowUs(): number {
    return this.scheduler.nowUs;
  }

  /** One generator a concern: drawing more of one does not move another. */
  random(concern: string): SeededRandom {
    let random = this.#randoms.get(concern);
    if (!random) {
      random = new SeededRandom(this.plan.seed, concern);
      this.#randoms.set(concern, random);
    }
    return random;
  }

  reach(state: string): void {
    this.reached.set(state, (this.reached.get(state) ?? 0) + 1);
  }

  /** After a violation only "end" is said: what unwinds is no part of the story. */
  say(who: string, what: string, details = ""): void {
    if (this.violation && who !== "end") return;
    this.trace.add(this.nowUs, who, what, details);
  }

  fail(invariant: string, message: string): never {
    if (!this.violation) {
      this.say("checker", "VIOLATION", `${invariant}: ${message}`);
      this.violation = { invariant, message, timeUs: this.nowUs, events: this.scheduler.events };
    }
    throw new Violation(`${invariant}: ${message}`);
  }
}
