// Correlation of two symbols, by its definition (docs/features.md): five-minute log returns of the mids, products with mean
// zero that move over 288 intervals; unknown, and so 0, before 24 of them.
import { MINUTE } from "./numbers.ts";

const GRID = 5n * MINUTE;
const WINDOW = 288;
const LEAST = 24;

interface Product {
  mean: number;
  intervals: number;
}

export class Correlations {
  #due: bigint | undefined;
  #mids = new Map<number, number>();
  readonly #products = new Map<string, Product>();

  /** At a new time, with the mids as they are; only intervals that were seen from end to end count. */
  onTime(now: bigint, mids: ReadonlyMap<number, number>): void {
    const due = this.#due;
    if (due !== undefined && now < due) return;
    if (due !== undefined && now < due + GRID) this.#take(mids);
    this.#mids = new Map(mids);
    this.#due = now - (now % GRID) + GRID;
  }

  #take(mids: ReadonlyMap<number, number>): void {
    const returns = [...mids].flatMap(([symbol, mid]): [number, number][] => {
      const before = this.#mids.get(symbol);
      return before === undefined ? [] : [[symbol, Math.log(mid / before)]];
    });
    for (const [a, x] of returns)
      for (const [b, y] of returns) {
        if (a > b) continue;
        const known = this.#products.get(`${a} ${b}`) ?? { mean: 0, intervals: 0 };
        const intervals = Math.min(known.intervals + 1, WINDOW);
        this.#products.set(`${a} ${b}`, { mean: known.mean + (x * y - known.mean) / intervals, intervals });
      }
  }

  of(a: number, b: number): number {
    const product = this.#products.get(a < b ? `${a} ${b}` : `${b} ${a}`);
    const variances = this.#mean(a) * this.#mean(b);
    return product && product.intervals >= LEAST && variances > 0 ? product.mean / Math.sqrt(variances) : 0;
  }

  #mean(symbol: number): number {
    return this.#products.get(`${symbol} ${symbol}`)?.mean ?? 0;
  }
}
