// Which models score: the live one, and a shadow beside it that nothing is decided on. The host writes an artefact into the
// model region; a model_digest or model_shadow record names it by its hash; from then on the core scores with its own copy,
// so that the next one can already be laid ready, and streams of one instance share it. Copies are not part of any state: a
// state has the hashes, and when no copy has one (behind a restored snapshot), the region must hold those bytes again, or
// the core stops.
import { check, FAULT_MODEL_MISSING } from "../fault";
import { ModelDigest, ModelShadow } from "../generated/records";
import { sha256 } from "../math/sha256";
import {
  HASH_RESULT_AT,
  HELD_MODELS,
  HELD_MODELS_AT,
  HELD_SLOT_BYTES,
  HELD_SLOTS_AT,
  MODEL_AT,
  MODEL_BYTES,
} from "../memory";
import { clearDrifts, exchangeDrifts, stream } from "../state";
import { Stream } from "../structures";
import { ARTEFACT_FINE, ARTEFACT_SIZE, examineArtefact } from "./artefact";
import { scoreWith } from "./head";

export const LIVE: u32 = 0;
export const SHADOW: u32 = 1;

const HASH_BYTES: usize = 32;
/** The hash is not that of the bytes in the model region. */
export const ARTEFACT_OTHER: u32 = 255;

/** Uses of copies so far: the copy whose last use is furthest back is given up. */
let uses: u64 = 0;

/**
 * ARTEFACT_FINE when the named model scores from here on, else why none does. Its bytes must lie in the region even when
 * there is a copy: whether a record is accepted must not depend on what else this instance has scored. Naming the shadow
 * exchanges the two, so that each keeps its drift counters and naming the other one takes it back.
 */
export function activateModel(model: ModelDigest): u32 {
  const hash = changetype<usize>(model) + offsetof<ModelDigest>("sha256_0");
  const s = stream();
  const ofShadow = s.shadow_active != 0 && s.shadow_bytes == model.size_bytes && isHash(hash, SHADOW);
  if (!ofShadow || takeRegion(SHADOW) != ARTEFACT_FINE) return activate(LIVE, hash, model.size_bytes);
  exchange();
  return ARTEFACT_FINE;
}

export function activateShadow(model: ModelShadow): u32 {
  return activate(SHADOW, changetype<usize>(model) + offsetof<ModelShadow>("sha256_0"), model.size_bytes);
}

export function dropShadow(): void {
  memory.fill(hashOf(SHADOW), 0, HASH_BYTES);
  store<u32>(sizeAt(SHADOW), 0);
  store<u8>(activeAt(SHADOW), 0);
  clearDrifts(SHADOW);
}

function activate(role: u32, hash: usize, bytes: u32): u32 {
  clearDrifts(role);
  memory.copy(hashOf(role), hash, HASH_BYTES);
  store<u32>(sizeAt(role), bytes);
  const refused = takeRegion(role);
  store<u8>(activeAt(role), refused == ARTEFACT_FINE ? 1 : 0);
  return refused;
}

function exchange(): void {
  const s = stream();
  for (let i: usize = 0; i < HASH_BYTES; i += 8) {
    const live = load<u64>(hashOf(LIVE) + i);
    store<u64>(hashOf(LIVE) + i, load<u64>(hashOf(SHADOW) + i));
    store<u64>(hashOf(SHADOW) + i, live);
  }
  const bytes = s.model_bytes;
  s.model_bytes = s.shadow_bytes;
  s.shadow_bytes = bytes;
  const active = s.model_active;
  s.model_active = s.shadow_active;
  s.shadow_active = active;
  exchangeDrifts();
}

/** Where the stream has the hash of its model; all 0 = none. */
export function hashOf(role: u32): usize {
  return changetype<usize>(stream()) + offsetof<Stream>("model_0") + <usize>role * HASH_BYTES;
}

function sizeAt(role: u32): usize {
  return changetype<usize>(stream()) + offsetof<Stream>("model_bytes") + <usize>role * 4;
}

function activeAt(role: u32): usize {
  return changetype<usize>(stream()) + offsetof<Stream>("model_active") + <usize>role;
}

function isHash(hash: usize, role: u32): bool {
  return memory.compare(hash, hashOf(role), HASH_BYTES) == 0;
}

/** True when the stream has such a model; it is then the one that head.ts reads. */
export function modelReady(role: u32): bool {
  if (load<u8>(activeAt(role)) == 0) return false;
  if (!useCopy(hashOf(role))) check(takeRegion(role) == ARTEFACT_FINE, FAULT_MODEL_MISSING);
  return true;
}

function slotAt(slot: u32): usize {
  return HELD_SLOTS_AT + <usize>slot * HELD_SLOT_BYTES;
}

/** False when there is no copy of the model of this hash. */
function useCopy(hash: usize): bool {
  for (let slot: u32 = 0; slot < HELD_MODELS; slot++) {
    if (lastUse(slot) == 0 || memory.compare(slotAt(slot), hash, HASH_BYTES) != 0) continue;
    use(slot);
    return true;
  }
  return false;
}

/** 0 = the slot is empty. */
function lastUse(slot: u32): u64 {
  return load<u64>(slotAt(slot) + HASH_BYTES);
}

function use(slot: u32): void {
  store<u64>(slotAt(slot) + HASH_BYTES, ++uses);
  scoreWith(HELD_MODELS_AT + <usize>slot * MODEL_BYTES);
}

/** A copy of the region's bytes, when they are the stream's model and can be scored. */
function takeRegion(role: u32): u32 {
  const bytes = load<u32>(sizeAt(role));
  if (bytes > <u32>MODEL_BYTES) return ARTEFACT_SIZE;
  sha256(MODEL_AT, bytes, HASH_RESULT_AT);
  return isHash(HASH_RESULT_AT, role) ? copy(bytes) : ARTEFACT_OTHER;
}

/** Of the region's bytes, whose hash lies at HASH_RESULT_AT; what was examined once is taken as it is. */
function copy(bytes: u32): u32 {
  if (useCopy(HASH_RESULT_AT)) return ARTEFACT_FINE;
  const refused = examineArtefact(MODEL_AT, bytes);
  if (refused != ARTEFACT_FINE) return refused;
  let oldest: u32 = 0;
  for (let slot: u32 = 1; slot < HELD_MODELS; slot++) if (lastUse(slot) < lastUse(oldest)) oldest = slot;
  memory.copy(HELD_MODELS_AT + <usize>oldest * MODEL_BYTES, MODEL_AT, bytes);
  memory.copy(slotAt(oldest), HASH_RESULT_AT, HASH_BYTES);
  use(oldest);
  return ARTEFACT_FINE;
}

/** A copy of the region's first bytes, whoever asked for them, to score rows with (rows.ts); or why not. */
export function holdModel(bytes: u32): u32 {
  if (bytes > <u32>MODEL_BYTES) return ARTEFACT_SIZE;
  sha256(MODEL_AT, bytes, HASH_RESULT_AT);
  return copy(bytes);
}

/** 1 = there are copies of the models that the selected stream has: the region is not needed for them. */
export function modelHeld(): u32 {
  return isHeld(LIVE) && isHeld(SHADOW) ? 1 : 0;
}

function isHeld(role: u32): bool {
  return load<u8>(activeAt(role)) == 0 || useCopy(hashOf(role));
}
