// What the view keeps of a kind, bounded: the newest entries by key, each stamped with the version of the view at which it
// last changed. A reader that knows a version asks for what came after it; so a slow one never makes a queue grow.

export class Recent<T> {
  readonly #most: number;
  /** Oldest change first. */
  readonly #entries = new Map<string, { readonly version: number; readonly value: T }>();

  /** `most`: entries kept; the one changed longest ago goes first. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: T, version: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { version, value });
    if (this.#entries.size <= this.#most) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  values(): T[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  /** What changed after `version`, oldest change first. */
  since(version: number): T[] {
    const changed: T[] = [];
    for (const entry of this.#entries.values()) if (entry.version > version) changed.push(entry.value);
    return changed;
  }

  clear(): void {
    this.#entries.clear();
  }
}

/** One value and the version at which it last became another. */
export class Latest<T> {
  #value: T;
  #text: string;
  version = 0;

  constructor(value: T) {
    this.#value = value;
    this.#text = JSON.stringify(value);
  }

  get value(): T {
    return this.#value;
  }

  set(value: T, version: number): void {
    const text = JSON.stringify(value);
    if (text === this.#text) return;
    this.#text = text;
    this.#value = value;
    this.version = version;
  }

  change(part: Partial<T>, version: number): void {
    this.set({ ...this.#value, ...part }, version);
  }
}
