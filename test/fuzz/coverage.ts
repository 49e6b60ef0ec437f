// Which parts of the product's own JavaScript ran: V8's precise block coverage, taken after each group of inputs.
// A function is new when it ran for the first time, or when a block of it did.
import { Session } from "node:inspector/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url).href;
const PRODUCT = /^(proto|core-wasm|storage|mesh|edge|cloud|start)\//;

export class Coverage {
  readonly #session = new Session();
  /** Bytes of a function's text that ran, by where it lies. */
  readonly #ran = new Map<string, Uint8Array>();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  async stop(): Promise<void> {
    await this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  /** True when something ran since the last call that never had before. */
  async take(): Promise<boolean> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    let isNew = false;
    for (const { url, functions } of result) {
      if (!url.startsWith(ROOT) || !PRODUCT.test(url.slice(ROOT.length))) continue;
      for (const { ranges } of functions) if (this.#add(fileURLToPath(url), ranges)) isNew = true;
    }
    return isNew;
  }

  /** Characters of product code that ran. */
  get characters(): number {
    let sum = 0;
    for (const ran of this.#ran.values()) for (const one of ran) sum += one;
    return sum;
  }

  /** Ranges come with the function's own first, then its blocks, outer before inner. */
  #add(file: string, ranges: readonly { startOffset: number; endOffset: number; count: number }[]): boolean {
    const [whole] = ranges;
    if (!whole || whole.count === 0) return false;
    const { startOffset: from, endOffset: to } = whole;
    const key = `${file}:${from}-${to}`;
    const now = new Uint8Array(to - from);
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
    const before = this.#ran.get(key);
    if (!before) {
      this.#ran.set(key, now);
      return true;
    }
    let isNew = false;
    for (let i = 0; i < now.length; i++)
      if (now[i] === 1 && before[i] === 0) {
        before[i] = 1;
        isNew = true;
      }
    return isNew;
  }
}
