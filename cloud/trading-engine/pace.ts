// Whether a stream's time goes on as the world's does: a box that is catching up, or a replay, runs through hours in a
// second. A lease is measured on the box's own time, so only a box at that pace is given one.

/** The stream's time is looked at this often. */
const LOOK_MS = 1_000;
/** It may run so far ahead of ours from one look to the next: batches come together. */
const AHEAD_MS = 2_000;
/** A stream that says nothing new for so long is not followed any more. */
const SILENT_MS = 15_000;

export class Pace {
  #looked: { readonly nowMs: number; readonly timeMs: number } | undefined;
  #movedMs = 0;
  #live = false;

  /** `timeNs` is of the last verified record, `nowMs` UTC here. True while the stream lives at the world's pace. */
  onTime(timeNs: bigint, nowMs: number): boolean {
    const timeMs = Number(timeNs / 1_000_000n);
    const looked = this.#looked;
    if (!looked) {
      this.#looked = { nowMs, timeMs };
      this.#movedMs = nowMs;
      return false;
    }
    const elapsed = nowMs - looked.nowMs;
    const moved = timeMs - looked.timeMs;
    if (moved > 0) this.#movedMs = nowMs;
    if (moved > elapsed + AHEAD_MS) this.#live = false;
    if (elapsed >= LOOK_MS) {
      this.#live = moved > 0 && moved <= elapsed + AHEAD_MS;
      this.#looked = { nowMs, timeMs };
    }
    return this.#live && nowMs - this.#movedMs < SILENT_MS;
  }
}
