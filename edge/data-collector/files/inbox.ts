// A directory that people and programs put files into: which file is to be read now. A machine: `onListed` says what lies
// there, `next` which file is ready, `onOutcome` what became of it. A file is ready once two looks have seen it unchanged.

export interface Listed {
  readonly name: string;
  readonly bytes: number;
  readonly modified_ms: number;
}

/** done: not again unless it changes. refused: likewise, with the reason. again: after a while. */
export type Outcome =
  | { readonly state: "done" | "refused"; readonly why?: string }
  | { readonly state: "again"; readonly why?: string; readonly afterMs: number };

export interface FileState extends Listed {
  readonly state: "new" | "waiting" | Outcome["state"];
  readonly why: string | undefined;
}

const FILES_MAX = 1_000;

interface Entry {
  file: Listed;
  state: FileState["state"];
  why: string | undefined;
  dueMs: number;
}

export class Inbox {
  /** Files beyond the bound, as of the last look. */
  overlooked = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #pattern: RegExp;

  /** `pattern`: of the names that are for it. */
  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  /** Times are monotonic milliseconds, but for `modified_ms`. */
  onListed(files: readonly Listed[], nowMs: number): void {
    const mine = files.filter(({ name }) => this.#pattern.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    this.overlooked = Math.max(0, mine.length - FILES_MAX);
    const kept = mine.slice(0, FILES_MAX);
    const names = new Set(kept.map(({ name }) => name));
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name);
    for (const file of kept) {
      const known = this.#entries.get(file.name);
      const same = known?.file.bytes === file.bytes && known.file.modified_ms === file.modified_ms;
      if (!known || !same) this.#entries.set(file.name, { file, state: "new", why: undefined, dueMs: nowMs });
      else if (known.state === "new") known.state = "waiting";
    }
  }

  next(nowMs: number): Listed | undefined {
    for (const { file, state, dueMs } of this.#entries.values())
      if ((state === "waiting" || state === "again") && nowMs >= dueMs) return file;
    return undefined;
  }

  onOutcome(file: Listed, outcome: Outcome, nowMs: number): void {
    const entry = this.#entries.get(file.name);
    // Replaced meanwhile: the new one is looked at by itself.
    if (entry?.file.bytes !== file.bytes || entry.file.modified_ms !== file.modified_ms) return;
    entry.state = outcome.state;
    entry.why = outcome.why;
    entry.dueMs = nowMs + (outcome.state === "again" ? outcome.afterMs : 0);
  }

  states(): FileState[] {
    return [...this.#entries.values()].map(({ file, state, why }) => ({ ...file, state, why }));
  }
}
