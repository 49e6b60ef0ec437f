// What the harness fuzzes: one parser or boundary. A target makes its input from the choices it is given and from nothing
// else, gives it to the product's own code, and throws when a promise is broken. What it saw it counts, so that a
// generator that no longer gets anywhere is noticed.
import { type ErrorCode, LockstepError } from "#proto/errors.ts";
import type { Picks } from "../choices.ts";

/** A promise of the product that an input broke, or a generator that reached too little. */
export class Finding extends Error {}

export interface Target {
  /** Makes one input, gives it to the product, counts what came of it. Throws on a broken promise. */
  play(picks: Picks): void | Promise<void>;
  /** Everything that can be reached, and how often it was. */
  reached(): readonly (readonly [name: string, count: number])[];
  /** Inputs from which on all of it must have been. */
  readonly reachFrom: number;
  /** What cannot be reached and yet is declared: name to reason. */
  readonly unreachable?: Readonly<Record<string, string>>;
  /** Choices kept from earlier runs are of no use to it: it makes its inputs from few of them. */
  readonly withoutCorpus?: true;
  /** More about the input just played, for a finding's report. */
  explain?(error: Error): string;
  /** Ends what the target opened. */
  close?(): Promise<void>;
}

/** Counters by name, all of them declared beforehand. */
export class Reached {
  readonly #counts: Map<string, number>;

  constructor(names: readonly string[]) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  /** Throws Finding for what nobody declared: an outcome that is new. */
  see(name: string): void {
    const count = this.#counts.get(name);
    if (count === undefined) throw new Finding(`"${name}" was never declared as an outcome`);
    this.#counts.set(name, count + 1);
  }

  entries(): [string, number][] {
    return [...this.#counts];
  }
}

/** The refusals that a target knows, as outcomes. */
export const refusals = (codes: readonly ErrorCode[]): string[] => codes.map((code) => `refused: ${code}`);

/** A typed refusal is counted; any other error is a broken promise. */
export function refused(reached: Reached, error: unknown): void {
  if (!(error instanceof LockstepError)) throw error;
  reached.see(`refused: ${error.code}`);
}

export function holds(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Finding(promise);
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
