// What disks, lines and hands do to bytes: shared by all targets that begin with something valid.
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { sealRecord, viewOf, walkRecords } from "#proto/record.ts";
import type { Picks } from "../choices.ts";

/** Values at which counts, lengths and times go wrong; written in 1, 2, 4 or 8 bytes. */
const ENDS = [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 2n ** 62n];

/** One change; never gives back the array it got, which stays as it is. `other` is something to mix in. */
export function damaged(bytes: Uint8Array, other: Uint8Array, pick: Picks): Uint8Array {
  const out = new Uint8Array(bytes);
  const at = pick.below(out.length + 1);
  switch (pick.below(10)) {
    case 0:
    case 1:
      if (at < out.length) out[at] = (out[at] as number) ^ (1 << pick.below(8));
      return out;
    case 2:
      out.fill(pick.below(256), at, at + 1 + pick.below(64));
      return out;
    case 3:
      return out.subarray(0, at);
    case 4:
      return out.subarray(at);
    case 5:
      out.copyWithin(at, pick.below(out.length + 1));
      return out;
    case 6:
      return joined(out.subarray(0, at), other.subarray(pick.below(other.length + 1)));
    case 7:
      return joined(out.subarray(0, at), out.subarray(pick.below(out.length + 1)));
    case 8:
      return joined(out.subarray(0, at), out.subarray(Math.min(out.length, at + pick.below(16))));
    default:
      putEnd(out, at, pick);
      return out;
  }
}

/** A number that is likely to be a border, in place. */
function putEnd(bytes: Uint8Array, from: number, pick: Picks): void {
  const size = 1 << pick.below(4);
  const at = from - (from % size);
  if (at + size > bytes.length) return;
  let value = ENDS[pick.below(ENDS.length)] as bigint;
  if (pick.oneIn(4)) value = -value;
  for (let i = 0; i < size; i++, value >>= 8n) bytes[at + i] = Number(value & 0xffn);
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** What JSON goes wrong at, for `damagedText`. */
export const JSON_PIECES: readonly string[] = ["{", "}", "[", "]", '"', ",", ":", "null", "0", "-1", "1e999"];

/** Text like the given one: pieces put in, taken out, doubled, characters replaced. */
export function damagedText(text: string, pieces: readonly string[], pick: Picks): string {
  const at = pick.below(text.length + 1);
  const piece = pieces[pick.below(pieces.length)] as string;
  switch (pick.below(5)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + pick.below(8));
    case 2:
      return text.slice(0, at);
    case 3:
      return (
        text.slice(0, at) +
        String.fromCharCode(pick.oneIn(8) ? pick.below(0x1_0000) : pick.below(128)) +
        text.slice(at + 1)
      );
    default:
      return text.slice(0, at) + text.slice(pick.below(text.length + 1));
  }
}

/** The CRC of each record made right again, as far as records can be walked: someone who forges knows it. */
export function rechecked(records: Uint8Array): Uint8Array {
  const out = new Uint8Array(records);
  const view = viewOf(out);
  try {
    walkRecords(out, (at, length) =>
      sealRecord(out, view, at, length, view.getBigUint64(at + HEADER_OFFSET.seq, true)),
    );
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
  }
  return out;
}
