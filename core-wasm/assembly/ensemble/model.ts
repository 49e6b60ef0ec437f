// Which model scores. The host writes an artefact into the model region; a model_digest record names it by its hash; from
// then on the core scores with its own copy, so that the next one can already be laid ready, and streams of one instance
// share it. Copies are not part of any state: a state has the hash, and when no copy has it (behind a restored snapshot), the
// region must hold those bytes again, or the core stops.
import { check, FAULT_MODEL_MISSING } from "../fault";
import { ModelDigest } from "../generated/records";
import { sha256 } from "../math/sha256";
import { HASH_RESULT_AT, HELD_MODELS, HELD_MODELS_AT, MODEL_AT, MODEL_BYTES } from "../memory";
import { clearDrifts, stream } from "../state";
import { ARTEFACT_FINE, ARTEFACT_SIZE, examineArtefact } from "./artefact";
import { scoreWith } from "./head";

/** Hashes of the copies, first and second; all 0 = none. The one in use last is not the one that is given up. */
let first_0: u64 = 0;
let first_1: u64 = 0;
let first_2: u64 = 0;
let first_3: u64 = 0;
let second_0: u64 = 0;
let second_1: u64 = 0;
let second_2: u64 = 0;
let second_3: u64 = 0;
let used: u32 = 0;

/** The hash is not that of the bytes in the model region. */
export const ARTEFACT_OTHER: u32 = 255;

/**
 * ARTEFACT_FINE when the named model scores from here on, else why none does. Its bytes must lie in the region even when
 * there is a copy: whether a record is accepted must not depend on what else this instance has scored.
 */
export function activateModel(model: ModelDigest): u32 {
  const s = stream();
  s.model_active = 0;
  clearDrifts();
  s.model_bytes = model.size_bytes;
  s.model_0 = model.sha256_0;
  s.model_1 = model.sha256_1;
  s.model_2 = model.sha256_2;
  s.model_3 = model.sha256_3;
  const refused = takeRegion();
  if (refused == ARTEFACT_FINE) s.model_active = 1;
  return refused;
}

/** True when the stream has a model; it is then the one that head.ts reads. */
export function modelReady(): bool {
  if (stream().model_active == 0) return false;
  if (!find()) check(takeRegion() == ARTEFACT_FINE, FAULT_MODEL_MISSING);
  return true;
}

/** The copy of the stream's model, when there is one. */
function find(): bool {
  const s = stream();
  if ((s.model_0 | s.model_1 | s.model_2 | s.model_3) == 0) return false;
  if (first_0 == s.model_0 && first_1 == s.model_1 && first_2 == s.model_2 && first_3 == s.model_3) return use(0);
  if (second_0 == s.model_0 && second_1 == s.model_1 && second_2 == s.model_2 && second_3 == s.model_3) return use(1);
  return false;
}

function use(slot: u32): bool {
  used = slot;
  scoreWith(HELD_MODELS_AT + <usize>slot * MODEL_BYTES);
  return true;
}

/** A copy of the region's bytes, when they are the stream's model and can be scored. */
function takeRegion(): u32 {
  const s = stream();
  if (s.model_bytes > <u32>MODEL_BYTES) return ARTEFACT_SIZE;
  sha256(MODEL_AT, s.model_bytes, HASH_RESULT_AT);
  const same =
    load<u64>(HASH_RESULT_AT) == s.model_0 &&
    load<u64>(HASH_RESULT_AT, 8) == s.model_1 &&
    load<u64>(HASH_RESULT_AT, 16) == s.model_2 &&
    load<u64>(HASH_RESULT_AT, 24) == s.model_3;
  if (!same) return ARTEFACT_OTHER;
  return find() ? ARTEFACT_FINE : copy(s.model_bytes);
}

/** Of the region's bytes, whose hash lies at HASH_RESULT_AT. */
function copy(bytes: u32): u32 {
  const refused = examineArtefact(MODEL_AT, bytes);
  if (refused != ARTEFACT_FINE) return refused;
  use((used + 1) % HELD_MODELS);
  memory.copy(HELD_MODELS_AT + <usize>used * MODEL_BYTES, MODEL_AT, bytes);
  if (used == 0) {
    first_0 = load<u64>(HASH_RESULT_AT);
    first_1 = load<u64>(HASH_RESULT_AT, 8);
    first_2 = load<u64>(HASH_RESULT_AT, 16);
    first_3 = load<u64>(HASH_RESULT_AT, 24);
  } else {
    second_0 = load<u64>(HASH_RESULT_AT);
    second_1 = load<u64>(HASH_RESULT_AT, 8);
    second_2 = load<u64>(HASH_RESULT_AT, 16);
    second_3 = load<u64>(HASH_RESULT_AT, 24);
  }
  return ARTEFACT_FINE;
}

/** A copy of the region's first bytes, whoever asked for them, to score rows with (rows.ts); or why not. */
export function holdModel(bytes: u32): u32 {
  if (bytes > <u32>MODEL_BYTES) return ARTEFACT_SIZE;
  sha256(MODEL_AT, bytes, HASH_RESULT_AT);
  return copy(bytes);
}

/** 1 = there is a copy of the selected stream's model, or it has none: the region is not needed for what it has. */
export function modelHeld(): u32 {
  return stream().model_active == 0 || find() ? 1 : 0;
}
