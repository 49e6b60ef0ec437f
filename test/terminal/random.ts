// Seeded random numbers for the simulated terminal: xoshiro128** (Blackman and Vigna, 2018), seeded by SplitMix32.
// The same seed and label give the same numbers on every machine; streams with different labels are independent.
import { assert } from "#proto/errors.ts";

const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** FNV-1a of the label, so that streams are told apart by name and not by the order in which they were made. */
function hashLabel(label: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export type RandomState = readonly [number, number, number, number];

export class SeededRandom {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  constructor(seed: number, label: string) {
    let x = (Math.trunc(seed) ^ hashLabel(label) ^ Math.trunc(seed / 2 ** 32)) >>> 0;
    const splitMix = (): number => {
      x = (x + 0x9e3779b9) >>> 0;
      let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.restore([splitMix(), splitMix(), splitMix(), splitMix()]);
  }

  state(): RandomState {
    return [this.a, this.b, this.c, this.d];
  }

  restore([a, b, c, d]: RandomState): void {
    assert((a | b | c | d) !== 0, "an all-zero generator stays zero for ever");
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = rotateLeft(this.d, 11);
    return result;
  }

  /** In [0, 1), 32 bits fine: enough for rates and noise. */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    assert(below >= 1 && below <= 2 ** 32, "a range of at least one value");
    return Math.floor(this.uniform() * below);
  }

  chance(rate: number): boolean {
    return rate > 0 && this.uniform() < rate;
  }

  /** Standard normal, Box and Muller; one draw of two is thrown away so that the state is four words and no more. */
  normal(): number {
    const u = (this.uint32() + 1) / (2 ** 32 + 1);
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  exponential(mean: number): number {
    return -mean * Math.log((this.uint32() + 1) / (2 ** 32 + 1));
  }
}
