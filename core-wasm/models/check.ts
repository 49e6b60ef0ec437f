// What a head must be before it is written or believed: the same rules as the core's (assembly/ensemble/artefact.ts and
// sections.ts), each refused by name.
import { SEQUENCE_FEATURES, SEQUENCE_STEPS_MAX } from "#proto/features.ts";
import { HEAD_KIND, HEADS_MAX, MODEL_NAMES, type ModelHead, TIMEFRAMES_S } from "./heads.ts";
import { refuse } from "./refuse.ts";
import {
  ACTIVATION,
  type Calibrator,
  DRIFT_BINS,
  type DriftReference,
  type Gru,
  type Logistic,
  type Perceptron,
} from "./sections.ts";
import { LINK, type TreeSum } from "./trees.ts";

/** Far above any honest coefficient, far below what could overflow a score. */
const COEFFICIENT_MAX = 1e6;
const SCALE_MIN = 1e-12;
const THRESHOLD_MAX = Math.fround(3e38);
const HORIZON_S_MAX = 0xffff_ffff;
const WARM_BARS_MAX = 1_000_000;
const CLIP_MAX = 1000;
const WIDTH_MAX = 128;
const HIDDEN_MAX = 64;
const TREES_MAX = 4096;
const KNOTS_MAX = 1024;
const DRIFT_FEATURES_MAX = 32;

export function checkHeads(heads: readonly ModelHead[], features: number): void {
  if (heads.length === 0 || heads.length > HEADS_MAX) refuse(`${heads.length} heads, it has 1 to ${HEADS_MAX}`);
  for (const [i, head] of heads.entries()) {
    const name = `head ${i}`;
    checkHead(head, name);
    const twice = heads.slice(0, i).some((o) => o.timeframe_s === head.timeframe_s && o.kind === head.kind);
    if (twice) refuse(`${name} is a second head of kind ${head.kind} at ${head.timeframe_s} s`);
    checkParts(head, features, name);
  }
}

function whole(value: number, name: string, most: number, least = 0): void {
  if (!Number.isInteger(value) || value < least || value > most) refuse(`${name} is ${value}`);
}

function checkHead(head: ModelHead, name: string): void {
  if (!TIMEFRAMES_S.includes(head.timeframe_s)) refuse(`${name}: timeframe_s is ${head.timeframe_s}`);
  whole(head.horizon_s, `${name}: horizon_s`, HORIZON_S_MAX, 1);
  whole(head.kind, `${name}: kind`, Object.keys(HEAD_KIND).length - 1);
  whole(head.warm_bars, `${name}: warm_bars`, WARM_BARS_MAX);
  const conformal = head.conformal ?? 1;
  if (!(conformal >= 0 && conformal <= 1)) refuse(`${name}: conformal is ${conformal}`);
  const models = MODEL_NAMES.filter((model) => head[model] !== undefined).length;
  if (models === 0) refuse(`${name} has none of the five models`);
  if (models > 1 && head.stacker === undefined) refuse(`${name} has ${models} models and no stacker`);
}

function checkParts(head: ModelHead, features: number, name: string): void {
  if (head.boosted) checkTrees(head.boosted, features, `${name}: boosted`);
  if (head.forest) checkTrees(head.forest, features, `${name}: forest`);
  if (head.logistic) checkLogistic(head.logistic, features, `${name}: logistic`);
  if (head.perceptron) checkPerceptron(head.perceptron, features, `${name}: perceptron`);
  if (head.gru) checkGru(head.gru, `${name}: gru`);
  if (head.stacker)
    numbers([head.stacker.bias, ...exactly(head.stacker.weight, 5, `${name}: stacker weight`)], `${name}: stacker`);
  if (head.calibrator) checkCalibrator(head.calibrator, `${name}: calibrator`);
  if (head.drift) checkDrift(head.drift, features, `${name}: drift`);
}

function exactly<T>(values: readonly T[], count: number, name: string): readonly T[] {
  if (values.length !== count) refuse(`${name}: ${values.length} values, not ${count}`);
  return values;
}

/** Also refuses NaN. */
function numbers(values: ArrayLike<number>, name: string): void {
  for (let i = 0; i < values.length; i++)
    if (!(Math.abs(values[i] as number) <= COEFFICIENT_MAX)) refuse(`${name} is ${values[i]}`);
}

function checkTrees(sum: TreeSum, features: number, name: string): void {
  numbers([sum.base], `${name}: base`);
  numbers([sum.factor], `${name}: factor`);
  numbers(sum.expected, `${name}: expected value`);
  whole(sum.link, `${name}: link`, LINK.none);
  const trees = exactly(sum.depth, sum.first.length, `${name}: depths`).length;
  whole(trees, `${name}: trees`, TREES_MAX, 1);
  const nodes = sum.threshold.length;
  whole(nodes, `${name}: nodes`, 1 << 20, trees);
  if (sum.first[0] !== 0) refuse(`${name}: the first tree begins at ${sum.first[0]}`);
  for (let t = 0; t < trees; t++) {
    const [from, to] = [sum.first[t] as number, sum.first[t + 1] ?? nodes];
    if (to <= from || to > nodes || to - from > 65_535) refuse(`${name}: tree ${t} has nodes ${from} to ${to}`);
    if (t > 0 && (sum.depth[t] as number) < (sum.depth[t - 1] as number))
      refuse(`${name}: tree ${t} is shallower than the one before`);
    checkTree(sum, { from, to, depth: sum.depth[t] as number, features }, `${name}: tree ${t}`);
  }
}

/** Breadth first without gaps: then every node has one parent and there is no cycle. */
function checkTree(sum: TreeSum, o: { from: number; to: number; depth: number; features: number }, name: string): void {
  let [next, levelEnd, levels] = [1, 1, 0];
  const count = o.to - o.from;
  for (let i = 0; i < count; i++) {
    const at = o.from + i;
    const [input, left, threshold] = [sum.input[at] as number, sum.left[at] as number, sum.threshold[at] as number];
    if (i === levelEnd) {
      levels++;
      levelEnd = next;
    }
    if (i >= next) refuse(`${name}: node ${i} has no parent`);
    if (input === o.features) {
      if (left !== 0) refuse(`${name}: leaf ${i} has children`);
      numbers([threshold], `${name}: leaf ${i}`);
      continue;
    }
    if (input > o.features) refuse(`${name}: node ${i} splits on input ${input} of ${o.features}`);
    if (left !== next - i) refuse(`${name}: the children of node ${i} are not where they belong`);
    if (!(Math.abs(threshold) <= THRESHOLD_MAX)) refuse(`${name}: node ${i} has threshold ${threshold}`);
    next += 2;
  }
  if (next !== count) refuse(`${name}: ${count} nodes, its splits ask for ${next}`);
  if (levels !== o.depth) refuse(`${name}: it is ${levels} deep and says ${o.depth}`);
}

function checkLogistic(part: Logistic, features: number, name: string): void {
  numbers([part.bias], `${name}: bias`);
  numbers(exactly(part.mean, features, `${name}: mean`), `${name}: mean`);
  numbers(exactly(part.scale, features, `${name}: scale`), `${name}: scale`);
  numbers(exactly(part.weight, features, `${name}: weight`), `${name}: weight`);
  if (!part.scale.every((value) => value >= SCALE_MIN)) refuse(`${name}: scale is not above 0`);
}

function checkClip(clip: number, name: string): void {
  if (!(clip > 0 && clip <= CLIP_MAX)) refuse(`${name}: clip is ${clip}`);
}

function checkPerceptron(part: Perceptron, features: number, name: string): void {
  checkClip(part.clip, name);
  numbers(exactly(part.mean, features, `${name}: mean`), `${name}: mean`);
  numbers(exactly(part.inverse, features, `${name}: inverse`), `${name}: inverse`);
  whole(part.layers.length, `${name}: layers`, 8, 1);
  let inputs = features;
  for (const [i, layer] of part.layers.entries()) {
    const here = `${name}: layer ${i}`;
    if (layer.inputs !== inputs) refuse(`${here} takes ${layer.inputs} inputs and gets ${inputs}`);
    whole(layer.outputs, `${here}: outputs`, WIDTH_MAX, 1);
    whole(layer.activation, `${here}: activation`, ACTIVATION.sigmoid);
    for (const row of exactly(layer.weights, inputs, `${here}: weights`))
      numbers(exactly(row, layer.outputs, `${here}: weights`), `${here}: weight`);
    numbers(exactly(layer.bias, layer.outputs, `${here}: bias`), `${here}: bias`);
    inputs = layer.outputs;
  }
  if (inputs !== 1 || part.layers.at(-1)?.activation !== ACTIVATION.identity)
    refuse(`${name}: its last layer is not one output as it is`);
}

function checkGru(part: Gru, name: string): void {
  checkClip(part.clip, name);
  whole(part.steps, `${name}: steps`, SEQUENCE_STEPS_MAX, 1);
  whole(part.hidden, `${name}: hidden`, HIDDEN_MAX, 1);
  whole(part.columns.length, `${name}: columns`, SEQUENCE_FEATURES.length, 1);
  for (const column of part.columns) whole(column, `${name}: column`, SEQUENCE_FEATURES.length - 1);
  const [inputs, gates] = [part.columns.length, 3 * part.hidden];
  numbers(exactly(part.mean, inputs, `${name}: mean`), `${name}: mean`);
  numbers(exactly(part.inverse, inputs, `${name}: inverse`), `${name}: inverse`);
  const rows = [
    ...exactly(part.W, inputs, `${name}: W`),
    ...exactly(part.U, part.hidden, `${name}: U`),
    part.b,
    part.c,
  ];
  for (const row of rows) numbers(exactly(row, gates, `${name}: gates`), `${name}: weight`);
  numbers([...exactly(part.out, part.hidden, `${name}: out`), part.out_bias], `${name}: out`);
}

function checkCalibrator(part: Calibrator, name: string): void {
  if (part.kind === "platt") numbers([part.slope, part.offset], name);
  else checkKnots(part, name);
}

function checkKnots(part: Calibrator & { readonly kind: "isotonic" }, name: string): void {
  whole(part.said.length, `${name}: knots`, KNOTS_MAX, 2);
  exactly(part.came, part.said.length, `${name}: knots`);
  const share = (v: number): boolean => v >= 0 && v <= 1;
  if (![...part.said, ...part.came].every(share)) refuse(`${name}: a knot is not between 0 and 1`);
  for (let i = 1; i < part.said.length; i++) {
    if (!((part.said[i] as number) > (part.said[i - 1] as number))) refuse(`${name}: its knots do not rise`);
    if (!((part.came[i] as number) >= (part.came[i - 1] as number))) refuse(`${name}: it falls at knot ${i}`);
  }
}

function checkDrift(part: DriftReference, features: number, name: string): void {
  whole(part.columns.length, `${name}: features`, DRIFT_FEATURES_MAX, 1);
  for (const column of part.columns) whole(column, `${name}: feature`, features - 1);
  for (const row of exactly(part.edges, part.columns.length, `${name}: edges`))
    for (const edge of exactly(row, DRIFT_BINS - 1, `${name}: edges`))
      if (!(Math.abs(edge) <= THRESHOLD_MAX)) refuse(`${name}: an edge is ${edge}`);
  for (const row of exactly(part.share, part.columns.length, `${name}: shares`))
    for (const value of exactly(row, DRIFT_BINS, `${name}: shares`))
      if (!(value > 0 && value <= 1)) refuse(`${name}: a share is ${value}`);
}
