// Examines a model artefact v3 before a byte of it is believed: header, feature list, heads. Sections: sections.ts. A
// refused artefact changes nothing. Layout: core-wasm/models/README.md.
import { FEATURE_COUNT } from "../generated/features";
import { MODEL_BYTES } from "../memory";
import { TIMEFRAMES, timeframeIndex } from "../state";
import { HEAD_BYTES, HEADER_BYTES, HEADS_MAX, Head, headOffset, KINDS, listBytes } from "./head";
import { isCalibrator, isDrift, isGru, isLogistic, isPerceptron, isStacker, isTrees } from "./sections";

const MAGIC: u32 = 0x314d534c;
const VERSION: u32 = 3;

export const ARTEFACT_FINE: u32 = 0;
export const ARTEFACT_SIZE: u32 = 1;
export const ARTEFACT_HEADER: u32 = 2;
export const ARTEFACT_FEATURES: u32 = 3;
export const ARTEFACT_HEADS: u32 = 4;
export const ARTEFACT_HEAD: u32 = 5;
/** Which section is refused: this plus its tag. */
export const ARTEFACT_SECTION: u32 = 16;

/** ARTEFACT_FINE or why the `bytes` bytes at `at` are not a model that this core can score. */
export function examineArtefact(at: usize, bytes: u32): u32 {
  if (bytes < HEADER_BYTES || bytes > <u32>MODEL_BYTES) return ARTEFACT_SIZE;
  if (load<u32>(at) != MAGIC || load<u32>(at, 4) != VERSION) return ARTEFACT_HEADER;
  if (load<u32>(at, 8) != bytes) return ARTEFACT_SIZE;
  const features = load<u32>(at, 12);
  if (features == 0 || features > FEATURE_COUNT) return ARTEFACT_FEATURES;
  const heads = load<u32>(at, 16);
  if (heads == 0 || heads > HEADS_MAX) return ARTEFACT_HEADS;
  const begin = headOffset(features, heads);
  const meta_bytes = load<u32>(at, 20);
  if (<u64>begin + <u64>meta_bytes > <u64>bytes) return ARTEFACT_SIZE;
  for (let i: usize = 24; i < HEADER_BYTES; i += 8) if (load<u64>(at + i) != 0) return ARTEFACT_HEADER;
  for (let i: u32 = 0; i < features; i++)
    if (<u32>load<u16>(at + HEADER_BYTES + <usize>i * 2) >= FEATURE_COUNT) return ARTEFACT_FEATURES;
  for (let i: u32 = 0; i < heads; i++) {
    const refused = examineHead(at, i, <u32>begin, bytes - meta_bytes);
    if (refused != ARTEFACT_FINE) return refused;
  }
  return ARTEFACT_FINE;
}

function examineHead(at: usize, index: u32, begin: u32, end: u32): u32 {
  const features = load<u32>(at, 12);
  const head = changetype<Head>(at + headOffset(features, index));
  if (timeframeIndex(head.timeframe_s) == TIMEFRAMES || head.kind >= KINDS || head.horizon_s == 0) return ARTEFACT_HEAD;
  if (head.warm_bars > 1_000_000 || !(head.conformal >= 0 && head.conformal <= 1)) return ARTEFACT_HEAD;
  for (let earlier: u32 = 0; earlier < index; earlier++) {
    const other = changetype<Head>(at + headOffset(features, earlier));
    if (other.timeframe_s == head.timeframe_s && other.kind == head.kind) return ARTEFACT_HEAD;
  }
  let models: u32 = 0;
  // Eight offsets from boosted_at on; the tag that each must have.
  for (let i: u32 = 0; i < 8; i++) {
    const offset = load<u32>(changetype<usize>(head) + offsetof<Head>("boosted_at") + <usize>i * 4);
    if (offset == 0) continue;
    const tag = i < 2 ? 1 : i;
    if (!isSection(at, offset, tag, begin, end, features)) return ARTEFACT_SECTION + tag;
    if (i < 5) models++;
  }
  // Several models need one who weighs them; none is no head.
  if (models == 0 || (models > 1 && head.stacker_at == 0)) return ARTEFACT_HEAD;
  return ARTEFACT_FINE;
}

/** Tag, place and length first, then what is inside. */
function isSection(at: usize, offset: u32, tag: u32, begin: u32, end: u32, features: u32): bool {
  if (offset % 16 != 0 || offset < begin || offset >= end || end - offset < 16) return false;
  const section = at + <usize>offset;
  const bytes = load<u32>(section, 4);
  if (load<u32>(section) != tag || bytes % 16 != 0 || bytes < 16 || bytes > end - offset) return false;
  switch (tag) {
    case 1:
      return isTrees(section, bytes, features);
    case 2:
      return isLogistic(section, bytes, features);
    case 3:
      return isPerceptron(section, bytes, features);
    case 4:
      return isGru(section, bytes);
    case 5:
      return isStacker(section, bytes);
    case 6:
      return isCalibrator(section, bytes);
    default:
      return isDrift(section, bytes, features);
  }
}
