// Sums over many seeds, and which states none of them has reached: the guard against a generator with blind spots.
import { createHash } from "node:crypto";
import { STATES } from "./checkers/coverage.ts";
import type { Result } from "./simulate.ts";

export class Totals {
  seeds = 0;
  violations = 0;
  events = 0;
  records = 0;
  simulatedMs = 0;
  readonly reached = new Map<string, { times: number; seeds: number }>();
  readonly #hash = createHash("sha256");

  add(result: Result): void {
    this.seeds++;
    if (result.violation) this.violations++;
    this.events += result.events;
    this.records += result.records;
    this.simulatedMs += result.simulatedMs;
    this.#hash.update(`${result.seed} ${result.traceHash}\n`);
    for (const [state, times] of result.reached) {
      const known = this.reached.get(state) ?? { times: 0, seeds: 0 };
      this.reached.set(state, { times: known.times + times, seeds: known.seeds + 1 });
    }
  }

  /** Of all traces so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** States that a run of this size must have seen and has not. */
  missing(): string[] {
    return STATES.filter((state) => !this.reached.has(state));
  }
}
