// Targets with a planted bug each. The harness has to find every one of them; if it does not, it finds nothing.
import type { Picks } from "../../choices.ts";
import type { Target } from "../target.ts";

const target = (play: (picks: Picks) => void, reached: Target["reached"] = () => [["played", 1]]): Target => ({
  play,
  reached,
  reachFrom: 1_000,
});

export const crashing = (): Target =>
  target((picks) => {
    const bytes = Array.from({ length: 8 + picks.below(8) }, () => picks.below(50));
    if (bytes[2] === 17 && bytes[5] === 3 && (bytes[7] ?? 0) > 10) throw new TypeError("planted: 17 and 3 met");
  });

export const hanging = (): Target =>
  target((picks) => {
    let rest = picks.below(1_000);
    // 7 is never reached by steps of 2.
    while (rest === 500) rest = 500 + (rest % 2);
  });

const kept: Uint8Array[] = [];
export const hoarding = (): Target =>
  target(() => {
    kept.push(new Uint8Array(256 * 1024).fill(1));
  });

const lists: number[][] = [];
export const filling = (): Target =>
  target((picks) => {
    lists.push(Array.from({ length: 5_000 }, () => picks.word() / 3));
  });

export const blind = (): Target =>
  target(
    () => undefined,
    () => [["the deep end", 0]],
  );
