// Models of random numbers for tests: every section, any shape, drawn from a seed.
import { SEQUENCE_FEATURES } from "#proto/features.ts";
import { HEAD_KIND, type ModelHead } from "./heads.ts";
import { ACTIVATION, type Gru, type Perceptron } from "./sections.ts";
import { LINK, type TreeNode, treeSum } from "./trees.ts";

export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** In 0..1. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** About a standard normal. */
  normal(): number {
    return this.next() + this.next() + this.next() + this.next() - 2;
  }

  many(count: number, scale = 1): number[] {
    return Array.from({ length: count }, () => Math.fround(this.normal() * scale));
  }
}

export function randomTree(draw: Draw, inputs: number, depth: number): TreeNode {
  if (depth === 0 || draw.next() < 0.2) return { value: Math.fround(draw.normal() / 4), cover: 1 + draw.below(100) };
  const [left, right] = [randomTree(draw, inputs, depth - 1), randomTree(draw, inputs, depth - 1)];
  return { input: draw.below(inputs), threshold: Math.fround(draw.normal()), left, right };
}

function randomPerceptron(draw: Draw, inputs: number): Perceptron {
  const sizes = [inputs, 1 + draw.below(40), 1 + draw.below(20), 1];
  const layers = sizes.slice(1).map((outputs, i) => ({
    inputs: sizes[i] as number,
    outputs,
    activation: i === 2 ? ACTIVATION.identity : 1 + draw.below(3),
    weights: Array.from({ length: sizes[i] as number }, () => draw.many(outputs, 0.5)),
    bias: draw.many(outputs, 0.5),
  }));
  return { clip: 5, mean: draw.many(inputs), inverse: draw.many(inputs).map((v) => Math.fround(v + 3)), layers };
}

function randomGru(draw: Draw): Gru {
  const [hidden, steps] = [1 + draw.below(20), 1 + draw.below(32)];
  const columns = SEQUENCE_FEATURES.map((_, i) => i).filter(() => draw.next() < 0.7);
  if (columns.length === 0) columns.push(2);
  const rows = (count: number): number[][] => Array.from({ length: count }, () => draw.many(3 * hidden, 0.5));
  return {
    steps,
    hidden,
    clip: 8,
    columns,
    mean: draw.many(columns.length, 0.2),
    inverse: draw.many(columns.length, 0.2).map((v) => Math.fround(v + 1)),
    W: rows(columns.length),
    U: rows(hidden),
    b: draw.many(3 * hidden, 0.3),
    c: draw.many(3 * hidden, 0.3),
    out: draw.many(hidden),
    out_bias: Math.fround(draw.normal()),
  };
}

export function randomHead(seed: number, inputs: number, changes: Partial<ModelHead> = {}): ModelHead {
  const draw = new Draw(seed);
  const trees = (count: number): TreeNode[] =>
    Array.from({ length: count }, () => randomTree(draw, inputs, draw.below(8)));
  return {
    timeframe_s: 60,
    horizon_s: 60,
    kind: HEAD_KIND.direction,
    warm_bars: 60,
    boosted: treeSum(trees(1 + draw.below(30)), { base: 0.1, factor: 1, link: LINK.logistic, inputs }),
    forest: treeSum(trees(9), { base: 0.5, factor: 1 / 9, link: LINK.none, inputs }),
    logistic: {
      bias: draw.normal(),
      mean: draw.many(inputs),
      scale: draw.many(inputs).map((v) => Math.abs(v) + 0.5),
      weight: draw.many(inputs, 0.3),
    },
    perceptron: randomPerceptron(draw, inputs),
    gru: randomGru(draw),
    stacker: { bias: 0.05, weight: [0.4, 0.2, 0.3, 0.25, 0.1] },
    calibrator:
      draw.next() < 0.5
        ? { kind: "platt", slope: 0.8, offset: 0.1 }
        : { kind: "isotonic", said: [0.1, 0.4, 0.5, 0.9], came: [0.2, 0.4, 0.4, 0.8] },
    drift: {
      columns: [0, inputs - 1],
      edges: [0, 1].map(() => draw.many(9).sort((a, b) => a - b)),
      share: [0, 1].map(() => Array.from({ length: 10 }, () => 0.1)),
    },
    conformal: 0.6,
    ...changes,
  };
}
