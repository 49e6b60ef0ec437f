// Sums of decision trees: as split and leaf objects (what importers make), and as the core's flat nodes (what is scored).
//
// A section: u32 trees | u32 nodes | f64 base | f64 factor | u32 link | u32 0 | u64 0, then (u32 first node, u32 depth) a tree,
// the nodes, and the f32 expected values of the nodes, each filled up to a multiple of 16 bytes. A node: f32 threshold | u16 input |
// u16 distance to its left child; breadth first, siblings side by side; a leaf has the input behind the last one, distance 0, and
// its value as threshold. Inputs are f32, and x <= threshold goes left.
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { refuse } from "./refuse.ts";

export interface Leaf {
  readonly value: number;
  /** Training rows that reached it, for the expected values; 1 where nobody knows. */
  readonly cover: number;
}

export interface Split {
  readonly input: number;
  /** An f32; x <= threshold goes left. */
  readonly threshold: number;
  readonly left: TreeNode;
  readonly right: TreeNode;
}

export type TreeNode = Leaf | Split;

export const LINK = { logistic: 0, none: 1 } as const;

/** base + factor x sum of the trees: log-odds (LINK.logistic) or a probability (LINK.none). */
export interface TreeSum {
  readonly base: number;
  readonly factor: number;
  readonly link: number;
  /** Index of each tree's first node. */
  readonly first: readonly number[];
  readonly depth: readonly number[];
  readonly threshold: Float32Array;
  readonly input: Uint16Array;
  readonly left: Uint16Array;
  readonly expected: Float32Array;
}

const TREE_NODES_MAX = 65_535;
const F32 = new Float32Array(1);
const U32 = new Uint32Array(F32.buffer);

/** The largest f32 that is not above `value`: for f32 inputs, x <= value and x <= this are the same. */
export function f32AtMost(value: number): number {
  const near = Math.fround(value);
  return near <= value ? near : f32Below(near);
}

/** The largest f32 below the f32 `value`: for f32 inputs, x < value and x <= this are the same. */
export function f32Below(value: number): number {
  if (value === 0) return -(2 ** -149);
  F32[0] = value;
  U32[0] = (U32[0] as number) + (value > 0 ? -1 : 1);
  return F32[0] as number;
}

const isSplit = (node: TreeNode): node is Split => "left" in node;

/** Flat nodes of the trees, shallow ones first. `inputs` is how many a row has. */
export function treeSum(
  trees: readonly TreeNode[],
  o: { readonly base: number; readonly factor: number; readonly link: number; readonly inputs: number },
): TreeSum {
  if (trees.length === 0) refuse("a forest without trees");
  const flat = trees.map((root) => flatten(root, o.inputs)).sort((a, b) => a.depth - b.depth);
  const first: number[] = [];
  let nodes = 0;
  for (const tree of flat) {
    first.push(nodes);
    nodes += tree.nodes.length;
  }
  const all = flat.flatMap((tree) => tree.nodes);
  return {
    base: o.base,
    factor: o.factor,
    link: o.link,
    first,
    depth: flat.map(({ depth }) => depth),
    threshold: Float32Array.from(all, ({ threshold }) => threshold),
    input: Uint16Array.from(all, ({ input }) => input),
    left: Uint16Array.from(all, ({ left }) => left),
    expected: Float32Array.from(all, ({ expected }) => expected),
  };
}

interface FlatNode {
  readonly threshold: number;
  readonly input: number;
  readonly left: number;
  readonly expected: number;
}

function flatten(root: TreeNode, inputs: number): { nodes: FlatNode[]; depth: number } {
  const expected = new Map<TreeNode, { cover: number; mean: number }>();
  const order: { node: TreeNode; level: number }[] = [{ node: root, level: 0 }];
  for (const { node, level } of order)
    if (isSplit(node)) order.push({ node: node.left, level: level + 1 }, { node: node.right, level: level + 1 });
  if (order.length > TREE_NODES_MAX) refuse(`a tree of ${order.length} nodes, at most ${TREE_NODES_MAX}`);
  // Children stand behind their parents: backwards, they are known first.
  for (const { node } of order.toReversed()) expected.set(node, expectation(node, expected));
  let next = 1;
  const nodes = order.map(({ node }, i) => {
    const { mean } = expected.get(node) as { mean: number };
    if (!isSplit(node)) return { threshold: node.value, input: inputs, left: 0, expected: mean };
    if (!(node.input >= 0 && node.input < inputs)) refuse(`a tree splits on input ${node.input} of ${inputs}`);
    const left = next - i;
    next += 2;
    return { threshold: node.threshold, input: node.input, left, expected: mean };
  });
  return { nodes, depth: order.at(-1)?.level ?? 0 };
}

function expectation(
  node: TreeNode,
  known: ReadonlyMap<TreeNode, { cover: number; mean: number }>,
): { cover: number; mean: number } {
  if (!isSplit(node)) return { cover: node.cover, mean: node.value };
  const left = known.get(node.left) as { cover: number; mean: number };
  const right = known.get(node.right) as { cover: number; mean: number };
  const cover = left.cover + right.cover;
  return { cover, mean: cover > 0 ? (left.cover * left.mean + right.cover * right.mean) / cover : 0 };
}

/** The sum for a row of f32, in plain code: what the core must say. */
export function scoreTrees(sum: TreeSum, row: ArrayLike<number>): number {
  let total = 0;
  for (const start of sum.first) {
    let at = start;
    while (sum.left[at] !== 0)
      at +=
        (sum.left[at] as number) + ((row[sum.input[at] as number] as number) > (sum.threshold[at] as number) ? 1 : 0);
    total += sum.threshold[at] as number;
  }
  return sum.base + sum.factor * total;
}

export function writeTrees(out: ByteWriter, sum: TreeSum): void {
  const from = out.length - 8;
  out.u32s([sum.first.length, sum.threshold.length]);
  out.f64s([sum.base, sum.factor]);
  out.u32s([sum.link, 0, 0, 0]);
  for (const [i, first] of sum.first.entries()) out.u32s([first, sum.depth[i] as number]);
  out.pad(from);
  for (const [i, threshold] of sum.threshold.entries()) {
    out.f32s([threshold]);
    out.u16(sum.input[i] as number);
    out.u16(sum.left[i] as number);
  }
  out.pad(from);
  out.f32s(sum.expected);
}

export function readTrees(reader: ByteReader): TreeSum {
  const [trees, nodes] = [reader.u32(), reader.u32()];
  const [base, factor] = [reader.f64(), reader.f64()];
  const link = reader.u32();
  reader.skip(12);
  const table = Array.from({ length: Math.min(trees, TREE_NODES_MAX) }, () => [reader.u32(), reader.u32()] as const);
  reader.align();
  const list = Array.from(
    { length: Math.min(nodes, 1 << 20) },
    () => [reader.f32(), reader.u16(), reader.u16()] as const,
  );
  reader.align();
  return {
    base,
    factor,
    link,
    first: table.map(([first]) => first),
    depth: table.map(([, depth]) => depth),
    threshold: Float32Array.from(list, ([threshold]) => threshold),
    input: Uint16Array.from(list, ([, input]) => input),
    left: Uint16Array.from(list, ([, , left]) => left),
    expected: Float32Array.from(reader.f32s(list.length)),
  };
}
