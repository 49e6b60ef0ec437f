// Reading one segment's bytes from its first commit to its end, and telling a torn tail (a crash before the group was
// durable: nothing acknowledged is in it) from damage (something durable is not what was written). Pure.
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal, HEADER_OFFSET } from "#proto/generated/records.ts";
import { checkRecord, recordCheck, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { type Commit, type CommitPlace, decodeCommit, readU64, SEGMENT_HEADER_BYTES } from "./segment.ts";

/** The first thing wrong in a segment: nothing from here on can be used. */
export interface Damage {
  readonly segment: number;
  /** Byte in the segment file. */
  readonly offset: number;
  /** Seq of the damaged record, or the one expected there. */
  readonly seq: number;
  readonly what: string;
}

export function damageError(name: string, damage: Damage): LockstepError {
  return new LockstepError(
    "journal_damaged",
    `journal: ${name} is damaged at byte ${damage.offset}, seq ${damage.seq}: ${damage.what}. ` +
      "Do not edit it: keep a copy, check the disk, and restore the stream from the cloud or a backup",
  );
}

export interface ScanInput {
  readonly bytes: Uint8Array;
  readonly place: CommitPlace;
  readonly firstSeq: number;
}

export interface GroupFound {
  /** Byte of the commit slot. */
  readonly at: number;
  readonly commit: Commit;
}

export interface Scan {
  /** Groups of records in order; marks are not among them. */
  readonly groups: readonly GroupFound[];
  /** Where the next commit slot goes. */
  readonly end: number;
  readonly nextSeq: number;
  /** A valid mark stands at `end`: all before it is durable. */
  readonly marked: boolean;
  /** Bytes of a torn group to be zeroed; undefined when the rest is zero. */
  readonly torn: { readonly from: number; readonly to: number } | undefined;
  /** What is wrong at the end, when the bytes there are not simply unused: torn or damaged. */
  readonly fault: Damage | undefined;
  /** The same, when something behind it proves that it was durable once. */
  readonly damage: Damage | undefined;
}

/**
 * Scans the groups of a whole segment file; every record's structure, CRC and seq is checked. Throws unknown_kind or
 * unknown_version at a record that another build wrote.
 */
export function scanSegment(input: ScanInput): Scan {
  const { bytes, place } = input;
  const view = viewOf(bytes);
  const groups: GroupFound[] = [];
  let at = SEGMENT_HEADER_BYTES;
  let nextSeq = input.firstSeq;
  for (;;) {
    const commit = decodeCommit(bytes, view, at, at, place);
    const wrong = commit ? groupFault({ bytes, view, at, commit, nextSeq, segment: place.segment }) : undefined;
    if (commit && !wrong) {
      if (commit.recordCount === 0) return tail({ input, groups, end: at, nextSeq, marked: true });
      groups.push({ at, commit });
      at += SLOT_BYTES + commit.recordBytes;
      nextSeq += commit.recordCount;
      continue;
    }
    return tail({ input, groups, end: at, nextSeq, marked: false, wrong });
  }
}

function tail(found: {
  input: ScanInput;
  groups: GroupFound[];
  end: number;
  nextSeq: number;
  marked: boolean;
  wrong?: Fault | undefined;
}): Scan {
  const { groups, end, nextSeq, marked } = found;
  const { bytes, place } = found.input;
  const from = marked ? end + SLOT_BYTES : end;
  let to = bytes.length;
  while (to > from && bytes[to - 1] === 0) to--;
  const torn = to > from ? { from, to } : undefined;
  const what = "its commit slot cannot be read";
  const fault = torn && { segment: place.segment, ...(found.wrong ?? { offset: from, seq: nextSeq, what }) };
  // Behind a mark a torn group's rest may stand, but never a commit: that one would have replaced the mark.
  const later = torn && laterCommit({ bytes, view: viewOf(bytes), from: end + SLOT_BYTES, place, nextSeq });
  return { groups, end, nextSeq, marked, torn, fault, damage: later ? fault : undefined };
}

type Fault = Omit<Damage, "segment">;

/** What is wrong with the records behind a valid commit slot; undefined when nothing is. Throws as scanSegment does. */
export function groupFault(group: {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  commit: Commit;
  nextSeq: number;
  segment: number;
  /** Where `bytes` begins in the file. */
  base?: number;
}): Fault | undefined {
  const { bytes, view, at, commit, nextSeq, base = 0 } = group;
  if (commit.firstSeq !== nextSeq)
    return { offset: base + at, seq: nextSeq, what: `its commit slot says seq ${commit.firstSeq}` };
  const end = at + SLOT_BYTES + commit.recordBytes;
  let seq = nextSeq;
  let record = at + SLOT_BYTES;
  try {
    while (record < end) {
      const length = checkRecord(bytes, view, record);
      if (readU64(view, record + HEADER_OFFSET.seq) !== seq)
        return { offset: base + record, seq, what: "another seq stands here" };
      seq++;
      record += length;
    }
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    if (isForeign(error) && isWhole(view, record, end))
      throw new LockstepError(error.code, `journal: segment ${group.segment}: ${error.message}; nothing was changed`, {
        cause: error,
      });
    return { offset: base + record, seq, what: `${error.code}: the record does not match its checksum or its kind` };
  }
  if (record !== end || seq - nextSeq !== commit.recordCount)
    return { offset: base + at, seq: nextSeq, what: "its commit slot counts other records than follow it" };
  return undefined;
}

const isForeign = ({ code }: LockstepError): boolean => code === "unknown_kind" || code === "unknown_version";

/** A record of whatever kind, of which only the header is known: it says its length, and its check holds. */
function isWhole(view: DataView, at: number, end: number): boolean {
  const length = view.getUint32(at + HEADER_OFFSET.length, true);
  const fits = length >= SLOT_BYTES && length % SLOT_BYTES === 0 && at + length <= Math.min(end, view.byteLength);
  return fits && recordCheck(view, at, length) === view.getUint32(at + HEADER_OFFSET.check, true);
}

/** Whether a valid commit slot that continues the stream stands anywhere behind `from`: then all before it was durable. */
export function laterCommit(where: {
  bytes: Uint8Array;
  view: DataView;
  from: number;
  place: CommitPlace;
  nextSeq: number;
  base?: number;
}): boolean {
  const { bytes, view, place, nextSeq, base = 0 } = where;
  for (let at = where.from; at + SLOT_BYTES <= bytes.length; at += SLOT_BYTES) {
    const commit = decodeCommit(bytes, view, at, base + at, place);
    if (commit && commit.firstSeq >= nextSeq) return true;
  }
  return false;
}

export const isSeal = (view: DataView, at: number): boolean =>
  view.getUint16(at + HEADER_OFFSET.kind, true) === BatchSeal.code;
