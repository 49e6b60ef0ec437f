// What node is started with on an edge box. A larger young generation makes its collections, each a pause of a
// millisecond or two between a tick and its order, a third as many.
export const EDGE_NODE_FLAGS: readonly string[] = [
  "--min-semi-space-size=32",
  "--max-semi-space-size=32",
  "--disable-warning=ExperimentalWarning",
];
