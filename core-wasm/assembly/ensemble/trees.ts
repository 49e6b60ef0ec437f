// A sum of decision trees over the row of inputs at ROW_AT. Nodes of 8 bytes, breadth first, siblings side by side:
//
//   f32 threshold | u16 input | u16 how many nodes further its left child lies
//
// x <= threshold goes left. The descent has no branch and no end of its own: a leaf's input is the one behind the last,
// which is minus infinity, its children lie 0 further, and its threshold is its value. So eight trees go down together,
// as many steps as the deepest of them has; of the rest first four, then each alone.
//
// Section: u32 tag 1 | u32 bytes | u32 trees | u32 nodes | f64 base | f64 factor | u32 link | u32 0 | u64 0
//   (u32 first node, u32 depth) x trees | nodes | f32 expected value x nodes, each filled up to a multiple of 16 bytes
import { CONTRIBUTIONS_AT, ROW_AT } from "../memory";

export const TREES_TAG: u32 = 1;
export const TREES_HEAD: usize = 48;
/** The sum is log-odds. */
export const LINK_LOGISTIC: u32 = 0;
/** The sum is a probability. */
export const LINK_NONE: u32 = 1;

export function treesOf(at: usize): u32 {
  return load<u32>(at, 8);
}

export function nodesOf(at: usize): u32 {
  return load<u32>(at, 12);
}

export function isLogOdds(at: usize): bool {
  return load<u32>(at, 32) == LINK_LOGISTIC;
}

export function treeTable(at: usize): usize {
  return at + TREES_HEAD;
}

export function nodesAt(at: usize): usize {
  return treeTable(at) + ((<usize>treesOf(at) * 8 + 15) & ~15);
}

export function expectedAt(at: usize): usize {
  return nodesAt(at) + ((<usize>nodesOf(at) * 8 + 15) & ~15);
}

export function treesBytes(trees: u32, nodes: u32): u64 {
  return (
    <u64>TREES_HEAD + ((<u64>trees * 8 + 15) & ~15) + ((<u64>nodes * 8 + 15) & ~15) + ((<u64>nodes * 4 + 15) & ~15)
  );
}

/** base + factor x the sum of the leaves reached, in the order of the trees. */
export function scoreTrees(at: usize): f64 {
  const trees = treesOf(at);
  const nodes = nodesAt(at);
  let table = treeTable(at);
  const eights = table + <usize>(trees & ~7) * 8;
  const end = table + <usize>trees * 8;
  let sum: f64 = 0;
  for (; table < eights; table += 64) {
    let a = nodes + <usize>load<u32>(table) * 8;
    let b = nodes + <usize>load<u32>(table, 8) * 8;
    let c = nodes + <usize>load<u32>(table, 16) * 8;
    let d = nodes + <usize>load<u32>(table, 24) * 8;
    let e = nodes + <usize>load<u32>(table, 32) * 8;
    let f = nodes + <usize>load<u32>(table, 40) * 8;
    let g = nodes + <usize>load<u32>(table, 48) * 8;
    let h = nodes + <usize>load<u32>(table, 56) * 8;
    for (let step = deepest(table); step != 0; step--) {
      a = child(a);
      b = child(b);
      c = child(c);
      d = child(d);
      e = child(e);
      f = child(f);
      g = child(g);
      h = child(h);
    }
    sum += <f64>load<f32>(a) + <f64>load<f32>(b) + <f64>load<f32>(c) + <f64>load<f32>(d);
    sum += <f64>load<f32>(e) + <f64>load<f32>(f) + <f64>load<f32>(g) + <f64>load<f32>(h);
  }
  if (table + 32 <= end) {
    sum += four(table, nodes);
    table += 32;
  }
  for (; table < end; table += 8) {
    let node = nodes + <usize>load<u32>(table) * 8;
    for (let step = load<u32>(table, 4); step != 0; step--) node = child(node);
    sum += <f64>load<f32>(node);
  }
  return load<f64>(at, 16) + load<f64>(at, 24) * sum;
}

/** The sum of four trees. */
function four(table: usize, nodes: usize): f64 {
  let a = nodes + <usize>load<u32>(table) * 8;
  let b = nodes + <usize>load<u32>(table, 8) * 8;
  let c = nodes + <usize>load<u32>(table, 16) * 8;
  let d = nodes + <usize>load<u32>(table, 24) * 8;
  for (let step = load<u32>(table, 28); step != 0; step--) {
    a = child(a);
    b = child(b);
    c = child(c);
    d = child(d);
  }
  return <f64>load<f32>(a) + <f64>load<f32>(b) + <f64>load<f32>(c) + <f64>load<f32>(d);
}

/** The writer puts the trees in the order of their depth: the last of eight is the deepest. */
function deepest(table: usize): u32 {
  return load<u32>(table, 60);
}

function child(node: usize): usize {
  const right = <u32>(load<f32>(ROW_AT + ((<usize>load<u16>(node, 4)) << 2)) > load<f32>(node));
  return node + ((<usize>(<u32>load<u16>(node, 6) + right)) << 3);
}

/** What the sum is before any input is known: that of the roots. */
export function expectedTrees(at: usize): f64 {
  let sum: f64 = 0;
  for (let t: u32 = 0; t < treesOf(at); t++)
    sum += <f64>load<f32>(expectedAt(at) + <usize>load<u32>(treeTable(at) + <usize>t * 8) * 4);
  return load<f64>(at, 16) + load<f64>(at, 24) * sum;
}

/**
 * Adds `weight` x what each input did to the sum (Saabas 2014: the change of the expected value along the path) to the
 * contributions at CONTRIBUTIONS_AT. With the expected values of the roots they add up to the score.
 */
export function explainTrees(at: usize, weight: f64): void {
  const nodes = nodesAt(at);
  const expected = expectedAt(at);
  const factor = load<f64>(at, 24) * weight;
  const end = treeTable(at) + <usize>treesOf(at) * 8;
  for (let table = treeTable(at); table < end; table += 8) {
    let node = nodes + <usize>load<u32>(table) * 8;
    let value = <f64>load<f32>(expected + ((node - nodes) >> 1));
    for (let step = load<u32>(table, 4); step != 0; step--) {
      const next = child(node);
      if (next == node) break;
      const reached = <f64>load<f32>(expected + ((next - nodes) >> 1));
      const input = CONTRIBUTIONS_AT + ((<usize>load<u16>(node, 4)) << 3);
      store<f64>(input, load<f64>(input) + factor * (reached - value));
      value = reached;
      node = next;
    }
  }
}
