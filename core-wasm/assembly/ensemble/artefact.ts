// Reads a model artefact v2 from the model region. Every bound is checked before a byte is believed; a refused
// artefact changes nothing. Layout: core-wasm/models/README.md.

import { FEATURE_COUNT } from "../generated/features";
import { MODEL_AT, MODEL_BYTES } from "../memory";
import { featureListAt, headsAt, TIMEFRAMES, timeframeIndex } from "../state";
import { HEAD_BYTES_MAX, HEADS_MAX, Head, headBytes, mean, scale, weight } from "./head";

const MAGIC: u32 = 0x314d534c;
const VERSION: u32 = 2;
const HEADER_BYTES: u32 = 32;
/** Far above any honest coefficient, far below what could overflow a score. */
const COEFFICIENT_MAX: f64 = 1e6;
const SCALE_MIN: f64 = 1e-12;

export const ARTEFACT_FINE: u32 = 0;
export const ARTEFACT_SIZE: u32 = 1;
export const ARTEFACT_HEADER: u32 = 2;
export const ARTEFACT_FEATURES: u32 = 3;
export const ARTEFACT_HEADS: u32 = 4;
export const ARTEFACT_HEAD: u32 = 5;
export const ARTEFACT_NUMBER: u32 = 6;

/** ARTEFACT_FINE or why the first `bytes` bytes of the model region are not a model this core can score. */
export function examineArtefact(bytes: u32): u32 {
  if (bytes < HEADER_BYTES || bytes > <u32>MODEL_BYTES) return ARTEFACT_SIZE;
  if (load<u32>(MODEL_AT) != MAGIC || load<u32>(MODEL_AT, 4) != VERSION) return ARTEFACT_HEADER;
  if (load<u32>(MODEL_AT, 8) != bytes) return ARTEFACT_SIZE;
  if (featureCount() == 0 || featureCount() > FEATURE_COUNT) return ARTEFACT_FEATURES;
  const heads = load<u32>(MODEL_AT, 16);
  if (heads == 0 || heads > HEADS_MAX) return ARTEFACT_HEADS;
  const meta_bytes = load<u32>(MODEL_AT, 20);
  const fixed = <u64>HEADER_BYTES + <u64>listBytes() + <u64>heads * <u64>headBytes(featureCount());
  if (fixed + <u64>meta_bytes != <u64>bytes) return ARTEFACT_SIZE;
  if (!listIsFine()) return ARTEFACT_FEATURES;
  for (let i: u32 = 0; i < heads; i++) {
    const refused = examineHead(i);
    if (refused != ARTEFACT_FINE) return refused;
  }
  return ARTEFACT_FINE;
}

/** Copies the feature list and heads of an examined artefact into the state; returns how many heads. */
export function copyHeads(): u32 {
  const heads = load<u32>(MODEL_AT, 16);
  memory.fill(headsAt(), 0, <usize>HEADS_MAX * HEAD_BYTES_MAX);
  memory.fill(featureListAt(), 0, <usize>FEATURE_COUNT * 2);
  memory.copy(featureListAt(), MODEL_AT + HEADER_BYTES, <usize>featureCount() * 2);
  memory.copy(headsAt(), headAt(0), <usize>heads * headBytes(featureCount()));
  return heads;
}

/** Features that each head reads. */
export function featureCount(): u32 {
  return load<u32>(MODEL_AT, 12);
}

/** Indices into the catalogue, u16, filled up to a multiple of 8 bytes. */
function listBytes(): u32 {
  return (featureCount() * 2 + 7) & ~7;
}

function listIsFine(): bool {
  for (let i: u32 = 0; i < featureCount(); i++)
    if (<u32>load<u16>(MODEL_AT + HEADER_BYTES + <usize>i * 2) >= FEATURE_COUNT) return false;
  return true;
}

function examineHead(index: u32): u32 {
  const at = headAt(index);
  const head = changetype<Head>(at);
  if (timeframeIndex(head.timeframe_s) == TIMEFRAMES || head.kind > 1 || head.horizon_s == 0) return ARTEFACT_HEAD;
  if (head.warm_bars > 1_000_000) return ARTEFACT_HEAD;
  for (let earlier: u32 = 0; earlier < index; earlier++) {
    const other = changetype<Head>(headAt(earlier));
    if (other.timeframe_s == head.timeframe_s && other.kind == head.kind) return ARTEFACT_HEAD;
  }
  if (!sane(head.bias)) return ARTEFACT_NUMBER;
  const n = featureCount();
  for (let i: u32 = 0; i < n; i++) {
    if (!sane(mean(at, i)) || !sane(weight(at, i, n))) return ARTEFACT_NUMBER;
    if (!(scale(at, i, n) >= SCALE_MIN && scale(at, i, n) <= COEFFICIENT_MAX)) return ARTEFACT_NUMBER;
  }
  return ARTEFACT_FINE;
}

function headAt(index: u32): usize {
  return MODEL_AT + HEADER_BYTES + listBytes() + <usize>index * headBytes(featureCount());
}

/** Also false for NaN. */
function sane(v: f64): bool {
  return Math.abs(v) <= COEFFICIENT_MAX;
}
