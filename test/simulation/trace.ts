// What happened, one line an event in fixed columns, and its hash: equal hashes are equal runs.
//   time in ms   who         what              details
import { createHash } from "node:crypto";

const TIME_WIDTH = 12;
const WHO_WIDTH = 10;
const WHAT_WIDTH = 18;
const HASHED_AT_ONCE = 256;

export class Trace {
  readonly #hash = createHash("sha256");
  readonly #keep: boolean;
  #pending: string[] = [];
  readonly lines: string[] = [];
  count = 0;

  constructor(o: { keep: boolean }) {
    this.#keep = o.keep;
  }

  add(timeUs: number, who: string, what: string, details: string): void {
    const time = (timeUs / 1000).toFixed(3).padStart(TIME_WIDTH);
    const line = `${time} ${who.padEnd(WHO_WIDTH)} ${what.padEnd(WHAT_WIDTH)} ${details}`;
    this.count++;
    if (this.#keep) this.lines.push(line);
    this.#pending.push(line);
    if (this.#pending.length >= HASHED_AT_ONCE) this.#flush();
  }

  #flush(): void {
    this.#hash.update(`${this.#pending.join("\n")}\n`);
    this.#pending = [];
  }

  /** 64 hex digits; nothing can be added afterwards. */
  digest(): string {
    if (this.#pending.length > 0) this.#flush();
    return this.#hash.digest("hex");
  }
}
