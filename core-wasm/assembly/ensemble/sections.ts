// What makes each section of an artefact safe to score: exact length, indices in bounds, finite numbers, trees without cycles.
import { DRIFT_BINS, DRIFT_FEATURES_MAX } from "../state";
import { CALIBRATOR_HEAD, ISOTONIC, PLATT, STACKER_BYTES } from "./combine";
import { DRIFT_HEAD, driftEdgesBytes, driftListBytes, EDGES } from "./drift";
import { GRU_HEAD, gruFloats, gruListBytes, HIDDEN_MAX } from "./gru";
import { LOGISTIC_HEAD } from "./logistic";
import { four, LAYER_HEAD, LAYERS_MAX, layerBytes, PERCEPTRON_HEAD, SIGMOID, WIDTH_MAX } from "./perceptron";
import { SEQUENCE_WIDTH, STEPS_MAX } from "./sequence";
import { expectedAt, LINK_NONE, nodesAt, nodesOf, TREES_HEAD, treesBytes, treesOf, treeTable } from "./trees";

/** Far above any honest coefficient, far below what could overflow a score. */
const COEFFICIENT_MAX: f64 = 1e6;
const SCALE_MIN: f64 = 1e-12;
const THRESHOLD_MAX: f32 = 3e38;
const TREES_MAX: u32 = 4096;
const TREE_NODES_MAX: u32 = 65_535;
const NODES_MAX: u32 = 1 << 20;
const KNOTS_MAX: u32 = 1024;

/** Also false for NaN. */
function sane(v: f64): bool {
  return Math.abs(v) <= COEFFICIENT_MAX;
}

function sane32(at: usize, count: usize): bool {
  for (let i: usize = 0; i < count; i++) if (!sane(<f64>load<f32>(at + i * 4))) return false;
  return true;
}

function isScale(v: f64): bool {
  return v >= SCALE_MIN && v <= COEFFICIENT_MAX;
}

export function isTrees(at: usize, bytes: u32, features: u32): bool {
  const trees = treesOf(at);
  const nodes = nodesOf(at);
  if (<usize>bytes < TREES_HEAD || trees == 0 || trees > TREES_MAX || nodes > NODES_MAX) return false;
  if (treesBytes(trees, nodes) != <u64>bytes || load<u32>(at, 32) > LINK_NONE) return false;
  if (!sane(load<f64>(at, 16)) || !sane(load<f64>(at, 24)) || !sane32(expectedAt(at), nodes)) return false;
  let before: u32 = 0;
  for (let t: u32 = 0; t < trees; t++) {
    const entry = treeTable(at) + <usize>t * 8;
    const first = load<u32>(entry);
    const next = t + 1 < trees ? load<u32>(entry, 8) : nodes;
    const depth = load<u32>(entry, 4);
    if ((t == 0 && first != 0) || next <= first || next > nodes || next - first > TREE_NODES_MAX) return false;
    if (depth < before || !isTree(nodesAt(at) + <usize>first * 8, next - first, depth, features)) return false;
    before = depth;
  }
  return true;
}

/** Breadth first without gaps: the children of the k-th split are the nodes 2k + 1 and 2k + 2, so every node has one parent. */
function isTree(at: usize, nodes: u32, depth: u32, features: u32): bool {
  let next: u32 = 1;
  let level_end: u32 = 1;
  let levels: u32 = 0;
  for (let i: u32 = 0; i < nodes; i++) {
    if (i == level_end) {
      levels++;
      level_end = next;
    }
    if (i >= next) return false;
    const node = at + <usize>i * 8;
    const input = <u32>load<u16>(node, 4);
    const further = <u32>load<u16>(node, 6);
    if (input == features) {
      if (further != 0 || !sane(<f64>load<f32>(node))) return false;
      continue;
    }
    if (input > features || further != next - i || !(abs<f32>(load<f32>(node)) <= THRESHOLD_MAX)) return false;
    next += 2;
  }
  return next == nodes && levels == depth;
}

export function isLogistic(at: usize, bytes: u32, features: u32): bool {
  if (load<u32>(at, 8) != features) return false;
  const n = <usize>features * 8;
  if (<usize>bytes != ((LOGISTIC_HEAD + 3 * n + 15) & ~15) || !sane(load<f64>(at, 16))) return false;
  for (let i: usize = 0; i < n; i += 8) {
    const mean = at + LOGISTIC_HEAD + i;
    if (!sane(load<f64>(mean)) || !isScale(load<f64>(mean + n)) || !sane(load<f64>(mean + 2 * n))) return false;
  }
  return true;
}

export function isPerceptron(at: usize, bytes: u32, features: u32): bool {
  const layers = load<u32>(at, 8);
  if (<usize>bytes < PERCEPTRON_HEAD + four(features) * 8) return false;
  if (layers == 0 || layers > LAYERS_MAX || load<u32>(at, 12) != features) return false;
  if (!isClip(load<f32>(at, 16)) || !sane32(at + PERCEPTRON_HEAD, 2 * four(features))) return false;
  let layer = at + PERCEPTRON_HEAD + four(features) * 8;
  const end = at + <usize>bytes;
  let inputs = features;
  for (let i: u32 = 0; i < layers; i++) {
    if (end - layer < LAYER_HEAD) return false;
    const outputs = load<u32>(layer, 4);
    if (load<u32>(layer) != inputs || outputs == 0 || outputs > WIDTH_MAX || load<u32>(layer, 8) > SIGMOID)
      return false;
    if (end - layer < layerBytes(inputs, outputs)) return false;
    if (!sane32(layer + LAYER_HEAD, (<usize>inputs + 1) * four(outputs))) return false;
    // The last layer says log-odds as they are.
    if (i == layers - 1 && (outputs != 1 || load<u32>(layer, 8) != 0)) return false;
    layer += layerBytes(inputs, outputs);
    inputs = outputs;
  }
  return layer == end;
}

function isClip(v: f32): bool {
  return v > 0 && v <= 1000;
}

export function isGru(at: usize, bytes: u32): bool {
  if (<usize>bytes < GRU_HEAD) return false;
  const steps = load<u32>(at, 8);
  const inputs = load<u32>(at, 12);
  const hidden = load<u32>(at, 16);
  if (steps == 0 || steps > STEPS_MAX || inputs == 0 || inputs > SEQUENCE_WIDTH) return false;
  if (hidden == 0 || hidden > HIDDEN_MAX || !isClip(load<f32>(at, 20))) return false;
  const list = at + GRU_HEAD;
  const floats = gruFloats(inputs, hidden);
  if (<usize>bytes != GRU_HEAD + gruListBytes(inputs) + floats * 4) return false;
  for (let i: u32 = 0; i < inputs; i++) if (<u32>load<u16>(list + <usize>i * 2) >= SEQUENCE_WIDTH) return false;
  return sane32(list + gruListBytes(inputs), floats);
}

export function isStacker(at: usize, bytes: u32): bool {
  if (bytes != STACKER_BYTES) return false;
  for (let i: usize = 16; i < STACKER_BYTES; i += 8) if (!sane(load<f64>(at + i))) return false;
  return true;
}

export function isCalibrator(at: usize, bytes: u32): bool {
  const kind = load<u32>(at, 8);
  const knots = load<u32>(at, 12);
  if (kind == PLATT) return bytes == 32 && knots == 0 && sane(load<f64>(at, 16)) && sane(load<f64>(at, 24));
  if (kind != ISOTONIC || knots < 2 || knots > KNOTS_MAX || <usize>bytes != CALIBRATOR_HEAD + <usize>knots * 16)
    return false;
  const said = at + CALIBRATOR_HEAD;
  for (let i: u32 = 0; i < knots; i++) {
    const x = said + <usize>i * 8;
    const y = x + <usize>knots * 8;
    if (!(load<f64>(x) >= 0 && load<f64>(x) <= 1 && load<f64>(y) >= 0 && load<f64>(y) <= 1)) return false;
    if (i != 0 && !(load<f64>(x) > load<f64>(x - 8) && load<f64>(y) >= load<f64>(y - 8))) return false;
  }
  return true;
}

export function isDrift(at: usize, bytes: u32, features: u32): bool {
  const count = load<u32>(at, 8);
  if (count == 0 || count > DRIFT_FEATURES_MAX) return false;
  const list = at + DRIFT_HEAD;
  const edges = list + driftListBytes(count);
  const shares = edges + driftEdgesBytes(count);
  if (shares + <usize>(count * DRIFT_BINS) * 8 != at + <usize>bytes) return false;
  for (let i: u32 = 0; i < count; i++) {
    if (<u32>load<u16>(list + <usize>i * 2) >= features) return false;
    for (let e: u32 = 0; e < EDGES; e++)
      if (!(abs<f32>(load<f32>(edges + <usize>(i * EDGES + e) * 4)) <= THRESHOLD_MAX)) return false;
  }
  for (let i: u32 = 0; i < count * DRIFT_BINS; i++) {
    const share = load<f64>(shares + <usize>i * 8);
    if (!(share > 0 && share <= 1)) return false;
  }
  return true;
}
