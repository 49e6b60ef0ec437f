// Model artefact v2: what the core scores with, as one file that is named by its SHA-256. Little-endian:
//
//    0 u32 "LSM1" | 4 u32 version 2 | 8 u32 total bytes | 12 u32 n features | 16 u32 heads | 20 u32 meta bytes | 24 u64 0
//   32 the features that every head reads: u16 positions in the catalogue (proto/features.ts), zeros up to a multiple of 8 bytes
//      heads, each: u32 timeframe_s, u32 horizon_s, u32 kind, u32 warm_bars, f64 bias, f64 mean[n], f64 scale[n], f64 weight[n]
//      meta: JSON in UTF-8, for people: training window, measured figures
//
// The reader accepts only bytes that the writer could have written; everything else is model_refused.
import { LockstepError } from "#proto/errors.ts";
import { FEATURE_COUNT, FEATURE_NAMES, featureIndex } from "#proto/features.ts";
import { viewOf } from "#proto/record.ts";

const MAGIC = 0x314d534c;
export const ARTEFACT_VERSION = 2;
const HEADER_BYTES = 32;
const headBytes = (features: number): number => 24 + 3 * 8 * features;
const listBytes = (features: number): number => (features * 2 + 7) & ~7;
/** The model region of the core's memory. */
export const ARTEFACT_BYTES_MAX = 256 * 1024;
export const HEADS_MAX = 8;
/** The bars that the core builds. */
export const TIMEFRAMES_S: readonly number[] = [60, 300, 900, 3600, 14_400, 86_400];
const HORIZON_S_MAX = 0xffff_ffff;
const WARM_BARS_MAX = 1_000_000;
/** As the core has them: far above any honest coefficient, far below what could overflow a score. */
const COEFFICIENT_MAX = 1e6;
const SCALE_MIN = 1e-12;

export const HEAD_KIND = { direction: 0, high_volatility: 1 } as const;

/** One logistic regression. P = 1 / (1 + exp(-(bias + sum of weight * (x - mean) / scale))). */
export interface ModelHead {
  /** Bar length whose close it scores. */
  readonly timeframe_s: number;
  /** How far ahead the probability looks. */
  readonly horizon_s: number;
  /** HEAD_KIND. */
  readonly kind: number;
  /** Closed bars before a score counts. */
  readonly warm_bars: number;
  readonly bias: number;
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly weight: readonly number[];
}

export interface Model {
  /** Names of the catalogue, in the order in which every head has its numbers. */
  readonly features: readonly string[];
  readonly heads: readonly ModelHead[];
  /** A JSON object. */
  readonly meta: Readonly<Record<string, unknown>>;
}

const refuse = (what: string): never => {
  throw new LockstepError("model_refused", `model artefact: ${what}: train it again or restore the file`);
};

export function writeArtefact(model: Model): Uint8Array {
  const list = featureList(model.features);
  const n = list.length;
  checkHeads(model.heads, n);
  const meta = new TextEncoder().encode(JSON.stringify(model.meta));
  const headsAt = HEADER_BYTES + listBytes(n);
  const total = headsAt + model.heads.length * headBytes(n) + meta.length;
  if (total > ARTEFACT_BYTES_MAX) refuse(`${total} bytes are more than ${ARTEFACT_BYTES_MAX}`);
  const bytes = new Uint8Array(total);
  const view = viewOf(bytes);
  const header = [MAGIC, ARTEFACT_VERSION, total, n, model.heads.length, meta.length];
  for (const [i, value] of header.entries()) view.setUint32(4 * i, value, true);
  for (const [i, index] of list.entries()) view.setUint16(HEADER_BYTES + 2 * i, index, true);
  for (const [i, head] of model.heads.entries()) writeHead(view, headsAt + i * headBytes(n), head);
  bytes.set(meta, total - meta.length);
  return bytes;
}

function featureList(names: readonly string[]): number[] {
  if (names.length === 0 || names.length > FEATURE_COUNT) refuse(`${names.length} features`);
  const unknown = names.find((name) => featureIndex(name) < 0);
  if (unknown !== undefined) refuse(`the core has no feature ${unknown} (docs/features.md lists those it has)`);
  return names.map(featureIndex);
}

function writeHead(view: DataView, at: number, head: ModelHead): void {
  const whole = [head.timeframe_s, head.horizon_s, head.kind, head.warm_bars];
  for (const [i, value] of whole.entries()) view.setUint32(at + 4 * i, value, true);
  const real = [head.bias, ...head.mean, ...head.scale, ...head.weight];
  for (const [i, value] of real.entries()) view.setFloat64(at + 16 + 8 * i, value, true);
}

export function readArtefact(bytes: Uint8Array): Model {
  const view = viewOf(bytes);
  if (bytes.length < HEADER_BYTES) refuse(`${bytes.length} bytes are too few for its header`);
  if (bytes.length > ARTEFACT_BYTES_MAX) refuse(`${bytes.length} bytes are more than ${ARTEFACT_BYTES_MAX}`);
  const [magic, version, total, features, count, metaBytes] = u32s(view, 0, 6) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (magic !== MAGIC) refuse("it does not begin with LSM1");
  if (version !== ARTEFACT_VERSION) refuse(`version ${version} is not ${ARTEFACT_VERSION}, which this build reads`);
  if (total !== bytes.length) refuse(`it says ${total} bytes and has ${bytes.length}`);
  if (features === 0 || features > FEATURE_COUNT) refuse(`${features} features, the core has ${FEATURE_COUNT}`);
  if (count > HEADS_MAX) refuse(`${count} heads are more than ${HEADS_MAX}`);
  const headsAt = HEADER_BYTES + listBytes(features);
  if (headsAt + count * headBytes(features) + metaBytes !== total) refuse("its heads and meta do not fill it");
  if (view.getBigUint64(24, true) !== 0n) refuse("reserved bytes are not 0");
  const names = readList(view, features);
  const heads = Array.from({ length: count }, (_, i) => readHead(view, headsAt + i * headBytes(features), features));
  checkHeads(heads, features);
  return { features: names, heads, meta: readMeta(bytes.subarray(total - metaBytes)) };
}

const u32s = (view: DataView, at: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => view.getUint32(at + 4 * i, true));

function readList(view: DataView, count: number): string[] {
  const padding = listBytes(count) / 2 - count;
  for (let i = count; i < count + padding; i++)
    if (view.getUint16(HEADER_BYTES + 2 * i, true) !== 0) refuse("bytes behind its feature list are not 0");
  return Array.from({ length: count }, (_, i) => {
    const index = view.getUint16(HEADER_BYTES + 2 * i, true);
    return FEATURE_NAMES[index] ?? refuse(`feature ${index} is not one of the core's ${FEATURE_COUNT}`);
  });
}

function readHead(view: DataView, at: number, n: number): ModelHead {
  const [timeframe_s, horizon_s, kind, warm_bars] = u32s(view, at, 4) as [number, number, number, number];
  const vector = (k: number): number[] =>
    Array.from({ length: n }, (_, i) => view.getFloat64(at + 24 + 8 * (k * n + i), true));
  const bias = view.getFloat64(at + 16, true);
  return { timeframe_s, horizon_s, kind, warm_bars, bias, mean: vector(0), scale: vector(1), weight: vector(2) };
}

function readMeta(bytes: Uint8Array): Model["meta"] {
  let meta: unknown;
  try {
    meta = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LockstepError("model_refused", "model artefact: its meta is not JSON: train it again", { cause });
  }
  if (typeof meta !== "object" || meta === null || Array.isArray(meta)) refuse("its meta is not a JSON object");
  return meta as Model["meta"];
}

function checkHeads(heads: readonly ModelHead[], n: number): void {
  if (heads.length < 1 || heads.length > HEADS_MAX) refuse(`${heads.length} heads, it takes 1 to ${HEADS_MAX}`);
  const seen = new Set<string>();
  for (const [i, head] of heads.entries()) {
    const whole = (value: number, least: number, most: number, name: string): void => {
      if (!(Number.isInteger(value) && value >= least && value <= most)) refuse(`head ${i}: ${name} is ${value}`);
    };
    if (!TIMEFRAMES_S.includes(head.timeframe_s)) refuse(`head ${i}: timeframe_s is ${head.timeframe_s}`);
    whole(head.horizon_s, 1, HORIZON_S_MAX, "horizon_s");
    whole(head.kind, 0, 1, "kind");
    whole(head.warm_bars, 0, WARM_BARS_MAX, "warm_bars");
    for (const name of ["mean", "scale", "weight"] as const) {
      if (head[name].length !== n) refuse(`head ${i}: ${head[name].length} values of ${name}`);
      const refused = head[name].find((value) => !(Math.abs(value) <= COEFFICIENT_MAX));
      if (refused !== undefined) refuse(`head ${i}: a ${name} is ${refused}`);
    }
    if (!(Math.abs(head.bias) <= COEFFICIENT_MAX)) refuse(`head ${i}: its bias is ${head.bias}`);
    if (!head.scale.every((value) => value >= SCALE_MIN)) refuse(`head ${i}: a scale is not above 0`);
    const key = `${head.timeframe_s}/${head.kind}`;
    if (seen.has(key)) refuse(`head ${i}: a second head of kind ${head.kind} for ${head.timeframe_s} s`);
    seen.add(key);
  }
}

/** The head's probability for its features (host side, for tests and evaluation; the core has its own). */
export function probabilityOf(head: ModelHead, features: ArrayLike<number>): number {
  let sum = head.bias;
  for (const [i, weight] of head.weight.entries())
    sum += (weight * ((features[i] as number) - (head.mean[i] as number))) / (head.scale[i] as number);
  return 1 / (1 + Math.exp(-sum));
}
