// What node is started with on an edge box. A larger young generation makes its collections, each a pause of a
// millisecond or two between a tick and its order, rarer: with 16 MB one in some 400 orders, and the connector stays
// within the memory that a small box has for it.
import { setFlagsFromString } from "node:v8";

export const EDGE_NODE_FLAGS: readonly string[] = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--disable-warning=ExperimentalWarning",
];

/**
 * A worker that is started from here on gets a small young generation: the flags above count for every heap of the process,
 * before a worker's resource limits, and a heap keeps what it began with.
 */
export function smallWorkers(): void {
  setFlagsFromString("--min-semi-space-size=1");
  setFlagsFromString("--max-semi-space-size=4");
}
