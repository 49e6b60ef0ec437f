// Plays inputs against one target, in this thread. Input `index` of a seed is made from the two numbers and the corpus
// alone: half of the inputs are fresh, half are changed tapes of the corpus, where there is one. A finding is made
// smaller, and names the command that plays it again.
import { Choices } from "../choices.ts";
import { changed, encodeTape, Tape } from "./tape.ts";
import { Finding, type Target } from "./target.ts";

const SHRINK_TRIES_MAX = 3_000;
const SHRINK_MS_MAX = 10_000;

export interface RunOptions {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  /** The first input's index. */
  readonly index: number;
  readonly corpus: readonly (readonly number[])[];
  /** Before each input. */
  readonly onInput?: (index: number) => void;
}

export interface RunReport {
  readonly inputs: number;
  readonly ms: number;
  readonly reached: readonly (readonly [string, number])[];
}

export async function runTarget(target: Target, o: RunOptions): Promise<RunReport> {
  const began = performance.now();
  const choices = new Choices(0);
  for (let index = o.index; index < o.index + o.inputs; index++) {
    o.onInput?.(index);
    choices.seed(o.seed, index);
    try {
      const words = target.withoutCorpus ? undefined : tapeFor(o.corpus, choices);
      const playing = target.play(words ? new Tape(words, choices) : choices);
      if (playing) await playing;
    } catch (error) {
      throw await findingOf(target, o, index, error as Error);
    }
  }
  checkReach(target, o);
  return { inputs: o.inputs, ms: performance.now() - began, reached: target.reached() };
}

/** One tape as it is: what `--tape` repeats. */
export async function playTape(target: Target, words: readonly number[]): Promise<void> {
  await target.play(new Tape(words));
}

/** The words that input begins with; undefined = a fresh one. */
export function tapeFor(corpus: RunOptions["corpus"], choices: Choices): number[] | undefined {
  if (corpus.length === 0 || choices.oneIn(2)) return undefined;
  const one = (): readonly number[] => corpus[choices.below(corpus.length)] as readonly number[];
  return changed(one(), one(), choices);
}

function checkReach(target: Target, o: RunOptions): void {
  const unreachable = target.unreachable ?? {};
  const missed = target.reached().filter(([name, count]) => count === 0 && !(name in unreachable));
  const beyond = target.reached().filter(([name, count]) => count > 0 && name in unreachable);
  const names = (list: typeof missed): string => list.map(([name]) => name).join(", ") || "-";
  if (o.inputs >= target.reachFrom && missed.length + beyond.length > 0)
    throw new Finding(
      `${o.name}: never reached in ${o.inputs} inputs of seed ${o.seed}: ${names(missed)}; reached and declared ` +
        `unreachable: ${names(beyond)}: the generator is blind there, or the declaration is wrong`,
    );
}

async function findingOf(target: Target, o: RunOptions, index: number, error: Error): Promise<Finding> {
  const more = target.explain?.(error);
  const choices = new Choices(o.seed, index);
  const start = target.withoutCorpus ? undefined : tapeFor(o.corpus, choices);
  const recorded = new Tape(start ?? [], choices);
  const again = await failure(target, recorded);
  const lines = [`${o.name}: input ${index} of seed ${o.seed}: ${error.message}`, `again: ${commandOf(o, index)}`];
  if (again === undefined)
    lines.push("played again by itself it does not fail: an earlier input left something behind");
  else if (!target.withoutCorpus) {
    const small = await shrink(target, recorded.drawn, again);
    lines.push(
      `smaller (${small.length} of ${recorded.drawn.length} choices): npm run fuzz -- ${o.name} --tape ${encodeTape(small)}`,
    );
  }
  if (more) lines.push(more);
  // Not a promise that the target looked at, but an error of the product: where it comes from.
  if (!(error instanceof Finding)) lines.push(...(error.stack ?? "").split("\n").slice(1, 6));
  return new Finding(lines.join("\n"), { cause: error });
}

export const commandOf = (o: { name: string; seed: number }, index: number): string =>
  `npm run fuzz -- ${o.name} --seed ${o.seed} --index ${index} --inputs 1`;

async function failure(target: Target, tape: Tape): Promise<string | undefined> {
  try {
    await target.play(tape);
    return undefined;
  } catch (error) {
    return kindOf(error as Error);
  }
}

/** What failed, without the numbers that a smaller input may change. */
const kindOf = (error: Error): string => `${error.name}: ${error.message.split("\n")[0]?.replace(/\d+/g, "#")}`;

/** Fewer and smaller choices that fail the same way. */
async function shrink(target: Target, words: readonly number[], kind: string): Promise<readonly number[]> {
  const until = performance.now() + SHRINK_MS_MAX;
  let best = words;
  let tries = 0;
  const fails = async (candidate: readonly number[]): Promise<boolean> => {
    if (++tries > SHRINK_TRIES_MAX || performance.now() > until) return false;
    return (await failure(target, new Tape(candidate))) === kind;
  };
  for (let before = best.length + 1; best.length < before; ) {
    before = best.length;
    for (let size = best.length >> 1; size >= 1; size >>= 1)
      for (let at = best.length - size; at >= 0; at -= size) {
        const candidate = [...best.slice(0, at), ...best.slice(at + size)];
        if (await fails(candidate)) best = candidate;
      }
  }
  for (let at = 0; at < best.length; at++)
    for (const smaller of [0, 1, (best[at] as number) & 0xff]) {
      if (smaller >= (best[at] as number)) continue;
      const candidate = best.with(at, smaller);
      if (await fails(candidate)) best = candidate;
    }
  return best;
}
