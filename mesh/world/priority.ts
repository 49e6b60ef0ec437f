// How much of the processors a thread asks for. What an order waits for must not wait for what nobody waits for: on a box of
// two processors a thread that encrypts batches or draws a page can hold one for milliseconds.
import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";

const { PRIORITY_BELOW_NORMAL } = constants.priority;

/** This process gives way to others of the box. */
export function yieldProcess(): void {
  giveWay(0);
}

/** This thread alone gives way; where the system has no priorities of threads, nothing happens. */
export function yieldThread(): void {
  const id = threadId();
  if (id !== undefined) giveWay(id);
}

/** Linux: a link that each thread sees as its own, <pid>/task/<tid>. */
function threadId(): number | undefined {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return undefined;
  }
}

/** Not being allowed to is no reason to stop. */
function giveWay(id: number): void {
  try {
    setPriority(id, PRIORITY_BELOW_NORMAL);
  } catch {
    return;
  }
}
