// Deliberate bugs: each changes the source of one file of the system as it is loaded. The product carries no switches.

export interface Mutant {
  readonly name: string;
  /** Path in the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const MUTANTS: readonly Mutant[] = [];
