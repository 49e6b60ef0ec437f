// Model artefact v3: what the core scores with, as one file that is named by its SHA-256. Little-endian:
//
//    0 u32 "LSM1" | 4 u32 version 3 | 8 u32 total bytes | 12 u32 n features | 16 u32 heads | 20 u32 meta bytes | 24 zeros
//   64 the features that every head reads: u16 positions in the catalogue (proto/features.ts), zeros up to a multiple of 16 bytes
//      heads, 64 bytes each: u32 timeframe_s, horizon_s, kind, warm_bars | u32 offsets of its eight sections, 0 = none | f64 conformal
//      sections (sections.ts, trees.ts), each beginning at a multiple of 16
//      meta: JSON in UTF-8, for people: training window, measured figures, licences
//
// The reader accepts only bytes that the writer could have written; everything else is model_refused.
import { createHash } from "node:crypto";
import { FEATURE_COUNT, FEATURE_NAMES, featureIndex } from "#proto/features.ts";
import { MODEL_BYTES_MAX } from "#proto/limits.ts";
import { viewOf } from "#proto/record.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { checkHeads } from "./check.ts";
import { HEADS_MAX, type Model, type ModelHead } from "./heads.ts";
import { refuse } from "./refuse.ts";
import * as sections from "./sections.ts";
import { readTrees, writeTrees } from "./trees.ts";

export { HEAD_KIND, HEADS_MAX, MODEL_NAMES, type Model, type ModelHead, TIMEFRAMES_S } from "./heads.ts";

const MAGIC = 0x314d534c;
export const ARTEFACT_VERSION = 3;
const HEADER_BYTES = 64;
const HEAD_BYTES = 64;
const SECTIONS_AT = 16;
const CONFORMAL_AT = 48;
/** The model region of the core's memory. */
export const ARTEFACT_BYTES_MAX = MODEL_BYTES_MAX;
export const sha256Of = (artefact: Uint8Array): string => createHash("sha256").update(artefact).digest("hex");

const listBytes = (features: number): number => (features * 2 + 15) & ~15;

/** In the order of the head's offsets. */
const CODECS = [
  { name: "boosted", write: writeTrees, read: readTrees },
  { name: "forest", write: writeTrees, read: readTrees },
  { name: "logistic", write: sections.writeLogistic, read: sections.readLogistic },
  { name: "perceptron", write: sections.writePerceptron, read: sections.readPerceptron },
  { name: "gru", write: sections.writeGru, read: sections.readGru },
  { name: "stacker", write: sections.writeStacker, read: sections.readStacker },
  { name: "calibrator", write: sections.writeCalibrator, read: sections.readCalibrator },
  { name: "drift", write: sections.writeDrift, read: sections.readDrift },
] as const;
const TAGS = [1, 1, 2, 3, 4, 5, 6, 7] as const;

/** Throws model_refused for a model that the core would not score. */
export function writeArtefact(model: Model): Uint8Array {
  const list = featureList(model.features);
  checkHeads(model.heads, list.length);
  const out = new ByteWriter();
  out.u32s([MAGIC, ARTEFACT_VERSION, 0, list.length, model.heads.length, 0]);
  out.zerosTo(HEADER_BYTES);
  for (const index of list) out.u16(index);
  out.zerosTo(HEADER_BYTES + listBytes(list.length));
  const headsAt = out.length;
  out.zerosTo(headsAt + model.heads.length * HEAD_BYTES);
  for (const [i, head] of model.heads.entries()) writeHead(out, headsAt + i * HEAD_BYTES, head, list.length);
  const meta = new TextEncoder().encode(JSON.stringify(model.meta));
  out.bytes(meta);
  if (out.length > ARTEFACT_BYTES_MAX) refuse(`${out.length} bytes are more than ${ARTEFACT_BYTES_MAX}`);
  out.u32At(8, out.length);
  out.u32At(20, meta.length);
  return out.done();
}

function featureList(names: readonly string[]): number[] {
  if (names.length === 0 || names.length > FEATURE_COUNT) refuse(`${names.length} features`);
  const unknown = names.find((name) => featureIndex(name) < 0);
  if (unknown !== undefined) refuse(`the core has no feature ${unknown} (docs/features.md lists those it has)`);
  return names.map(featureIndex);
}

function writeHead(out: ByteWriter, at: number, head: ModelHead, features: number): void {
  const whole = [head.timeframe_s, head.horizon_s, head.kind, head.warm_bars];
  for (const [i, value] of whole.entries()) out.u32At(at + 4 * i, value);
  for (const [i, { name, write }] of CODECS.entries()) {
    const part = head[name];
    if (part === undefined) continue;
    const section = out.length;
    out.u32At(at + SECTIONS_AT + 4 * i, section);
    out.u32s([TAGS[i] as number, 0]);
    (write as (out: ByteWriter, part: unknown, features: number) => void)(out, part, features);
    out.zerosTo((out.length + 15) & ~15);
    out.u32At(section + 4, out.length - section);
  }
  out.f64At(at + CONFORMAL_AT, head.conformal ?? 1);
}

export function readArtefact(bytes: Uint8Array): Model {
  const view = viewOf(bytes);
  if (bytes.length < HEADER_BYTES) refuse(`${bytes.length} bytes are too few for its header`);
  if (bytes.length > ARTEFACT_BYTES_MAX) refuse(`${bytes.length} bytes are more than ${ARTEFACT_BYTES_MAX}`);
  const u32 = (at: number): number => view.getUint32(at, true);
  if (u32(0) !== MAGIC) refuse("it does not begin with LSM1");
  if (u32(4) !== ARTEFACT_VERSION) refuse(`version ${u32(4)} is not ${ARTEFACT_VERSION}, which this build reads`);
  if (u32(8) !== bytes.length) refuse(`it says ${u32(8)} bytes and has ${bytes.length}`);
  const [features, count, metaBytes] = [u32(12), u32(16), u32(20)];
  if (features === 0 || features > FEATURE_COUNT) refuse(`${features} features, the core has ${FEATURE_COUNT}`);
  if (count > HEADS_MAX) refuse(`${count} heads are more than ${HEADS_MAX}`);
  const headsAt = HEADER_BYTES + listBytes(features);
  if (headsAt + count * HEAD_BYTES + metaBytes > bytes.length) refuse("its heads and meta do not fit it");
  const names = readList(view, features);
  const body = bytes.subarray(0, bytes.length - metaBytes);
  const heads = Array.from({ length: count }, (_, i) => readHead(body, headsAt + i * HEAD_BYTES, features));
  const model = { features: names, heads, meta: readMeta(bytes.subarray(bytes.length - metaBytes)) };
  if (Buffer.compare(writeArtefact(model), bytes) !== 0) refuse("its bytes are not laid out as the writer lays them");
  return model;
}

function readList(view: DataView, features: number): string[] {
  return Array.from({ length: features }, (_, i) => {
    const index = view.getUint16(HEADER_BYTES + 2 * i, true);
    return FEATURE_NAMES[index] ?? refuse(`feature ${index} is none of the core's ${FEATURE_COUNT}`);
  });
}

function readHead(body: Uint8Array, at: number, features: number): ModelHead {
  const view = viewOf(body);
  const [timeframe_s, horizon_s, kind, warm_bars] = [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, true));
  const parts = CODECS.flatMap(({ name, read }, i) => {
    const offset = view.getUint32(at + SECTIONS_AT + 4 * i, true);
    if (offset === 0) return [];
    return [[name, readSection(body, offset, { tag: TAGS[i] as number, features, read })] as const];
  });
  const head = { timeframe_s, horizon_s, kind, warm_bars, ...Object.fromEntries(parts) };
  return { ...head, conformal: view.getFloat64(at + CONFORMAL_AT, true) } as unknown as ModelHead;
}

function readSection(
  body: Uint8Array,
  offset: number,
  o: { tag: number; features: number; read: (reader: ByteReader, features: number) => unknown },
): unknown {
  const view = viewOf(body);
  if (offset % 16 !== 0 || offset + 16 > body.length) refuse(`a section is said to begin at ${offset}`);
  const [tag, bytes] = [view.getUint32(offset, true), view.getUint32(offset + 4, true)];
  if (tag !== o.tag) refuse(`the section at ${offset} has tag ${tag}, not ${o.tag}`);
  if (bytes < 16 || offset + bytes > body.length) refuse(`the section at ${offset} says ${bytes} bytes`);
  const reader = new ByteReader(body.subarray(offset, offset + bytes), 8);
  return o.read(reader, o.features);
}

function readMeta(bytes: Uint8Array): Record<string, unknown> {
  let meta: unknown;
  try {
    meta = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse("its meta is no JSON");
  }
  if (typeof meta !== "object" || meta === null || Array.isArray(meta)) return refuse("its meta is no JSON object");
  return meta as Record<string, unknown>;
}
