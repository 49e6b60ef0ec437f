// Choices as a list of words: kept from a run, played again, changed, made shorter. Behind its end a tape gives what comes
// after it, or 0: the first of every choice.
import type { Picks } from "../choices.ts";

const WORDS_MAX = 4096;

export class Tape implements Picks {
  readonly #words: readonly number[];
  readonly #after: Picks | undefined;
  #at = 0;
  /** What was drawn, in order. */
  readonly drawn: number[] = [];

  constructor(words: readonly number[], after?: Picks) {
    this.#words = words;
    this.#after = after;
  }

  word(): number {
    const word = this.#words[this.#at++] ?? this.#after?.word() ?? 0;
    if (this.drawn.length < WORDS_MAX) this.drawn.push(word);
    return word;
  }

  below(n: number): number {
    return this.word() % n;
  }

  oneIn(n: number): boolean {
    return this.word() % n === 0;
  }
}

/** A tape like this one, or like one half of it and half of another. */
export function changed(words: readonly number[], other: readonly number[], pick: Picks): number[] {
  let out = words.slice();
  for (let n = 1 + pick.below(4); n > 0; n--) {
    const at = pick.below(out.length + 1);
    const way = pick.below(6);
    if (way === 0) out.splice(at, 1 + pick.below(8));
    else if (way === 1) out.splice(at, 0, ...Array.from({ length: 1 + pick.below(8) }, () => pick.word()));
    else if (way === 2) out = [...out.slice(0, at), ...other.slice(pick.below(other.length + 1))];
    else if (at === out.length) continue;
    else if (way === 3) out[at] = pick.below(16);
    else if (way === 4) out[at] = ((out[at] as number) ^ (1 << pick.below(32))) >>> 0;
    else out[at] = pick.word();
  }
  return out.slice(0, WORDS_MAX);
}

/** Base64url of LEB128 words: small choices take one byte. */
export function encodeTape(words: readonly number[]): string {
  const bytes: number[] = [];
  for (const word of words) {
    let rest = word;
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
  }
  return Buffer.from(bytes).toString("base64url");
}

export function decodeTape(text: string): number[] {
  const words: number[] = [];
  let word = 0;
  let shift = 0;
  for (const byte of Buffer.from(text, "base64url")) {
    word += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte & 0x80) continue;
    words.push(word >>> 0);
    word = 0;
    shift = 0;
  }
  return words;
}
