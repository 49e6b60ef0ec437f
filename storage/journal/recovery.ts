// Opening a journal after any end, clean or not: finds where it stops, throws away what a crash left torn (never
// durable, so never acknowledged), and refuses to go on over damage. Reads and repairs through the Disk only.
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { Disk } from "#proto/world.ts";
import { equalBytes, readSeal, SEAL_BYTES, sha256 } from "./batch.ts";
import { damageError, isSeal, type Scan, scanSegment } from "./scan.ts";
import { encodeCommit, isZero, readU64, SEGMENT_HEADER_BYTES, type SegmentHeader, segmentName } from "./segment.ts";
import { listSegments, readWhole, type SegmentFound } from "./segment-files.ts";
import type { JournalEnd } from "./writer.ts";

export interface Recovered {
  /** Segments in use, ascending. */
  readonly used: readonly SegmentHeader[];
  readonly prepared: readonly number[];
  readonly end: JournalEnd | undefined;
  /** Bytes of a torn group that were thrown away. */
  readonly tornBytes: number;
}

/** Brings the files to a state that can be appended to; `end` is undefined for a journal without records. */
export function recover(disk: Disk, streamId: Uint8Array, segmentSlots: number): Recovered {
  // What the directory shows may be in memory only, after a kill; what is built on must be on disk.
  disk.syncDirectorySync();
  const found = listSegments(disk);
  const used = usedSegments(found, streamId);
  const last = used.at(-1);
  const bytes = last ? readWhole(disk, segmentName(last.number)) : new Uint8Array(0);
  const place = { segment: last?.number ?? 0, streamId };
  const scan = last && scanSegment({ bytes, place, firstSeq: last.firstSeq });
  if (scan?.damage) throw damageError(segmentName(place.segment), scan.damage);
  // Only now, when all of it is known to be this build's to change.
  const prepared = resetUnused(disk, found.slice(used.length), segmentSlots * SLOT_BYTES);
  if (!last || !scan) return { used, prepared, end: undefined, tornBytes: 0 };
  const end = endOf(bytes, last, scan);
  repairTail(disk, last, bytes, scan);
  return { used, prepared, end, tornBytes: scan.torn ? scan.torn.to - scan.torn.from : 0 };
}

/** The headers of the segments in use, after checking that they follow one another. */
function usedSegments(found: readonly SegmentFound[], streamId: Uint8Array): SegmentHeader[] {
  const used: SegmentHeader[] = [];
  const lastUsed = found.findLastIndex((s) => typeof s.header === "object");
  found.forEach((segment, i) => {
    const { header, number, name } = segment;
    const before = used.at(-1);
    const wrong = (what: string): LockstepError =>
      damageError(name, { segment: number, offset: 0, seq: before?.firstSeq ?? 0, what });
    const previous = found[i - 1];
    if (previous && previous.number + 1 !== number) throw wrong(`segment ${previous.number + 1} is missing before it`);
    if (i > lastUsed) return;
    if (typeof header !== "object") throw wrong("its header cannot be read, and later segments are in use");
    if (!equalBytes(header.streamId, streamId))
      throw new LockstepError("wrong_stream", `journal: ${name} belongs to another stream: open the right directory`);
    if (header.number !== number) throw wrong(`its header says segment ${header.number}`);
    if (before && header.firstSeq <= before.firstSeq) throw wrong(`its first seq ${header.firstSeq} does not follow`);
    if (segment.bytes !== header.slots * SLOT_BYTES) throw wrong(`it has ${segment.bytes} bytes, not its full size`);
    used.push(header);
  });
  return used;
}

/** Segments after the last used one hold nothing yet. A torn header is thrown away; one over records is damage. */
function resetUnused(disk: Disk, found: readonly SegmentFound[], sizeBytes: number): number[] {
  const numbers: number[] = [];
  for (const { name, number, bytes: size } of found) {
    const bytes = readWhole(disk, name);
    if (!isZero(bytes, Math.min(SEGMENT_HEADER_BYTES, bytes.length)))
      throw damageError(name, { segment: number, offset: 0, seq: 0, what: "it holds records, but no readable header" });
    if (size !== sizeBytes) {
      disk.removeSync(name);
      continue;
    }
    numbers.push(number);
    if (!isZero(bytes)) zeroHeader(disk, name);
  }
  if (numbers.length < found.length) disk.syncDirectorySync();
  return numbers;
}

function zeroHeader(disk: Disk, name: string): void {
  const file = disk.openSync(name, "write");
  try {
    file.writeSync(new Uint8Array(SEGMENT_HEADER_BYTES), 0);
    file.syncSync();
  } finally {
    file.closeSync();
  }
}

/** Walks the good groups for the last seal and the records of the open batch behind it. */
function endOf(bytes: Uint8Array, header: SegmentHeader, scan: Scan): JournalEnd {
  const view = viewOf(bytes);
  let sealedSeq = header.firstSeq - 1;
  let previousHash = header.previousHash;
  let open: Uint8Array[] = [];
  let openCount = 0;
  let lastTimeNs = 0n;
  for (const { at, commit } of scan.groups) {
    const end = at + SLOT_BYTES + commit.recordBytes;
    let from = at + SLOT_BYTES;
    for (let record = from; record < end; ) {
      const length = recordLength(view, record);
      const time = view.getBigInt64(record + HEADER_OFFSET.time_ns, true);
      if (time > lastTimeNs) lastTimeNs = time;
      openCount++;
      record += length;
      if (!isSeal(view, record - length)) continue;
      sealedSeq = readU64(view, record - length + HEADER_OFFSET.seq);
      checkChain({ bytes, view, at: record - length, header, previousHash });
      previousHash = sha256(bytes.subarray(record - SEAL_BYTES, record));
      open = [];
      openCount = 0;
      from = record;
    }
    if (from < end) open.push(bytes.subarray(from, end));
  }
  return {
    nextSeq: scan.nextSeq,
    segment: header.number,
    segmentSlots: header.slots,
    at: scan.end,
    lastTimeNs,
    sealedSeq,
    previousHash,
    openRecords: open,
    openCount,
  };
}

function checkChain(given: {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  header: SegmentHeader;
  previousHash: Uint8Array;
}): void {
  const seal = readSeal(given.bytes, given.view, given.at);
  if (equalBytes(seal.previousHash, given.previousHash)) return;
  throw damageError(segmentName(given.header.number), {
    segment: given.header.number,
    offset: given.at,
    seq: seal.seq,
    what: "its seal does not follow the seal before it",
  });
}

/**
 * Zeroes the torn group and makes the last good group (or the header, when there is none) durable: after a failed sync its bytes may be in the page cache
 * only, so it is written again, never merely read. Then the mark, so that readers know that all of it is durable.
 */
function repairTail(disk: Disk, header: SegmentHeader, bytes: Uint8Array, scan: Scan): void {
  const file = disk.openSync(segmentName(header.number), "write");
  try {
    const last = scan.groups.at(-1);
    if (!last && !scan.marked) file.writeSync(bytes.subarray(0, SEGMENT_HEADER_BYTES), 0);
    if (last && !scan.marked) file.writeSync(bytes.subarray(last.at, scan.end), last.at);
    if (scan.torn) file.writeSync(new Uint8Array(scan.torn.to - scan.torn.from), scan.torn.from);
    file.syncSync();
    const place = { segment: header.number, streamId: header.streamId };
    file.writeSync(encodeMark(place, scan.end, scan.nextSeq), scan.end);
    file.syncSync();
  } finally {
    file.closeSync();
  }
}

export function encodeMark(place: { segment: number; streamId: Uint8Array }, at: number, nextSeq: number): Uint8Array {
  const mark = new Uint8Array(SLOT_BYTES);
  encodeCommit(mark, viewOf(mark), place, at, { firstSeq: nextSeq, recordCount: 0, recordBytes: 0 });
  return mark;
}
