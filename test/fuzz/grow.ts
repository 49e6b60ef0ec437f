// Coverage-guided: keeps each tape that made product code run which no tape before it had, changes those again and
// again, and at the end keeps the few that are needed, the shortest first.
import { Choices } from "../choices.ts";
import { Coverage } from "./coverage.ts";
import { tapeFor } from "./runner.ts";
import { encodeTape, Tape } from "./tape.ts";
import { Finding, type Target } from "./target.ts";

/** Taking coverage costs as much as some thousand inputs: taken once a group, then one by one where it was new. */
const GROUP = 64;
/** Longer tapes are what fresh inputs are for. */
const TAPE_WORDS_MAX = 400;

export interface GrowOptions {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  readonly index: number;
  readonly corpus: readonly (readonly number[])[];
  readonly onInput: (index: number) => void;
}

export async function grow(
  target: Target,
  o: GrowOptions,
): Promise<{ readonly corpus: number[][]; readonly blocks: number }> {
  const coverage = new Coverage();
  const corpus = o.corpus.map((words) => [...words]);
  const choices = new Choices(0);
  await coverage.start();
  for (const words of corpus) await play(target, new Tape(words), o);
  await coverage.take();
  for (let at = 0; at < o.inputs; at += GROUP) {
    const group: number[][] = [];
    for (let i = at; i < Math.min(at + GROUP, o.inputs); i++) {
      const index = o.index + i;
      o.onInput(index);
      choices.seed(o.seed, index);
      const tape = new Tape(tapeFor(corpus, choices) ?? [], choices);
      await play(target, tape, o);
      if (tape.drawn.length <= TAPE_WORDS_MAX) group.push(tape.drawn);
    }
    if (!(await coverage.take())) continue;
    // Its members ran already: what is new shows against a fresh look only, so the whole group is kept and cut at the end.
    corpus.push(...group);
  }
  await coverage.stop();
  return await fewest(target, corpus, o);
}

/** The tapes that a second look, shortest first, finds new. */
async function fewest(
  target: Target,
  corpus: number[][],
  o: GrowOptions,
): Promise<{ readonly corpus: number[][]; readonly blocks: number }> {
  const coverage = new Coverage();
  const kept: number[][] = [];
  await coverage.start();
  for (const words of corpus.sort((a, b) => a.length - b.length)) {
    await play(target, new Tape(words), o);
    if (await coverage.take()) kept.push(words);
  }
  await coverage.stop();
  return { corpus: kept, blocks: coverage.characters };
}

async function play(target: Target, tape: Tape, { name }: GrowOptions): Promise<void> {
  try {
    await target.play(tape);
  } catch (error) {
    throw new Finding(
      `${name}: ${(error as Error).message}\nagain: npm run fuzz -- ${name} --tape ${encodeTape(tape.drawn)}`,
      {
        cause: error,
      },
    );
  }
}
