// The thread in which a target runs, so that a hang or a heap without bounds can be ended from outside (watch.ts).
import { parentPort, workerData } from "node:worker_threads";
import { grow } from "./grow.ts";
import { playTape, type RunReport, runTarget } from "./runner.ts";
import { Finding } from "./target.ts";
import { openTarget, readCorpus } from "./targets.ts";

export interface WorkerTask {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  readonly index: number;
  /** Play this tape and nothing else. */
  readonly tape?: readonly number[];
  /** Follow coverage and hand back a corpus. */
  readonly grow?: boolean;
  /** [0] the input under way. */
  readonly progress: BigInt64Array;
}

export type WorkerAnswer =
  | { readonly type: "done"; readonly report: RunReport }
  | { readonly type: "grown"; readonly corpus: readonly (readonly number[])[]; readonly blocks: number }
  | { readonly type: "finding"; readonly message: string }
  | { readonly type: "error"; readonly message: string };

async function run(task: WorkerTask): Promise<WorkerAnswer> {
  const target = await openTarget(task.name);
  const onInput = (index: number): void => {
    task.progress[0] = BigInt(index);
  };
  try {
    onInput(task.index);
    if (task.tape) {
      await playTape(target, task.tape);
      return { type: "done", report: { inputs: 1, ms: 0, reached: target.reached() } };
    }
    const corpus = target.withoutCorpus ? [] : readCorpus(task.name);
    if (task.grow) return { type: "grown", ...(await grow(target, { ...task, corpus, onInput })) };
    return { type: "done", report: await runTarget(target, { ...task, corpus, onInput }) };
  } catch (error) {
    const known = error instanceof Finding;
    return { type: known ? "finding" : "error", message: known ? error.message : `${(error as Error).stack}` };
  } finally {
    await target.close?.();
  }
}

parentPort?.postMessage(await run(workerData as WorkerTask));
