// Seeded choices for fuzzers and simulated disks: xorshift128 (Marsaglia, 2003) from any two numbers. Nothing is
// allocated by a choice, and one instance can be set to another seed.

/** What draws choices: a seed, or words that were kept (test/fuzz/tape.ts). */
export interface Picks {
  /** 0 .. 2^32 - 1. */
  word(): number;
  /** 0 .. n - 1. */
  below(n: number): number;
  /** True once in n. */
  oneIn(n: number): boolean;
}

/** A bijection of 32 bits that leaves no pattern of a counter. */
function mix(x: number): number {
  let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) | 0;
}

export class Choices implements Picks {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  constructor(seed: number, index = 0) {
    this.seed(seed, index);
  }

  seed(seed: number, index: number): void {
    this.#a = mix(seed + 0x9e3779b9);
    this.#b = mix(this.#a + index);
    this.#c = mix(this.#b + Math.trunc(seed / 2 ** 32) + 0x3c6ef372);
    // Never all zero, from which xorshift would not get away.
    this.#d = mix(this.#c + Math.trunc(index / 2 ** 32)) | 1;
  }

  /** 0 .. 2^32 - 1. */
  word(): number {
    const t = this.#a ^ (this.#a << 11);
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ (this.#d >>> 19) ^ t ^ (t >>> 8);
    return this.#d >>> 0;
  }

  /** 0 .. n - 1. */
  below(n: number): number {
    return this.word() % n;
  }

  /** True once in n. */
  oneIn(n: number): boolean {
    return this.word() % n === 0;
  }
}
