// Which worker re-decides which stream. Every worker computes it alone and all agree; one process has them all.

/** Rendezvous hashing: when a worker is added, it takes its share from all and nothing else moves. */
export function workerOf(o: { stream: string; workers: number }): number {
  let best = 0;
  let bestWeight = -1;
  for (let worker = 0; worker < o.workers; worker++) {
    const weight = fnv1a(`${o.stream}/${worker}`);
    if (weight > bestWeight) [best, bestWeight] = [worker, weight];
  }
  return best;
}

/** FNV-1a of 32 bits, finished as MurmurHash3 does so that neighbouring inputs differ in every bit. */
function fnv1a(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
