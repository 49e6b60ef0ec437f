// Runs a target in a thread of its own and watches it: an input that takes too long, a heap or a process that grows
// beyond its bound is a finding that names the input.
import { Worker } from "node:worker_threads";
import { commandOf } from "./runner.ts";
import { Finding } from "./target.ts";
import type { WorkerAnswer, WorkerTask } from "./worker.ts";

export interface Bounds {
  /** One input may take so long, on a busy machine too. */
  readonly hangMs: number;
  /** The thread's JavaScript heap. */
  readonly heapMb: number;
  /** Growth of the whole process, buffers and WebAssembly included. */
  readonly growthMb: number;
}

export const BOUNDS: Bounds = { hangMs: 30_000, heapMb: 512, growthMb: 1_024 };
const LOOK_MS = 200;
const NOT_BEGUN = -1n;

/** Throws Finding when the target breaks a promise or a bound, Error when it could not be run. */
export async function watchTarget(
  task: Omit<WorkerTask, "progress">,
  bounds: Bounds = BOUNDS,
): Promise<Exclude<WorkerAnswer, { type: "finding" | "error" }> & { readonly grownMb: number }> {
  const progress = new BigInt64Array(new SharedArrayBuffer(8)).fill(NOT_BEGUN);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { ...task, progress },
    resourceLimits: { maxOldGenerationSizeMb: bounds.heapMb },
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const watch = watching(task.name, task.seed, { worker, progress, bounds });
  try {
    const answer = await Promise.race([watch.broken, answerOf(worker, () => watch.named("its heap", bounds.heapMb))]);
    if (answer.type === "finding") throw new Finding(answer.message);
    if (answer.type === "error") throw new Error(`${task.name}: ${answer.message}`);
    return { ...answer, grownMb: watch.grownMb() };
  } finally {
    watch.stop();
    await worker.terminate();
  }
}

function answerOf(worker: Worker, tooMuchHeap: () => Finding): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooMuchHeap() : error),
    );
    worker.once("exit", (code) => reject(new Error(`the fuzzing thread ended with code ${code}`)));
  });
}

const rssMb = (): number => process.memoryUsage.rss() / 2 ** 20;

function watching(
  name: string,
  seed: number,
  o: { readonly worker: Worker; readonly progress: BigInt64Array; readonly bounds: Bounds },
) {
  const { progress, bounds } = o;
  let input = NOT_BEGUN;
  let since = performance.now();
  let base = rssMb();
  let most = 0;
  let timer: NodeJS.Timeout | undefined;
  const finding = (what: string): Finding =>
    new Finding(
      `${name}: input ${progress[0]} of seed ${seed}: ${what}\nagain: ${commandOf({ name, seed }, Number(progress[0]))}`,
    );
  const named = (what: string, mb: number): Finding => finding(`${what} grew by more than ${mb} MB`);
  const broken = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const at = progress[0] as bigint;
      // What the target itself takes to begin is not growth.
      if (input === NOT_BEGUN) base = rssMb();
      if (at !== input) since = performance.now();
      else if (at !== NOT_BEGUN && performance.now() - since > bounds.hangMs)
        reject(finding(`it did not end within ${bounds.hangMs} ms`));
      input = at;
      most = Math.max(most, rssMb() - base);
      if (most > bounds.growthMb) reject(named("the process", bounds.growthMb));
    }, LOOK_MS);
  });
  return { broken, named, grownMb: () => Math.round(most), stop: () => clearInterval(timer) };
}
