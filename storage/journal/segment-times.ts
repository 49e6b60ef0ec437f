// How old a journal's segments are: the time of the first record of each, read from the files.
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { Disk } from "#proto/world.ts";
import { SEGMENT_HEADER_BYTES, type SegmentHeader, segmentName } from "./segment.ts";
import { listSegments } from "./segment-files.ts";

const DAY_S = 86_400;
const NS_PER_S = 1_000_000_000n;
const FIRST_RECORD = SEGMENT_HEADER_BYTES + SLOT_BYTES;

/** Everything below the returned seq was journaled before `timeNs` (the stream's time); 0 when nothing surely was. */
export function seqOlderThan(disk: Disk, timeNs: bigint): bigint {
  const used = listSegments(disk).flatMap(({ header }) => (typeof header === "object" ? [header] : []));
  const young = used.findIndex((header) => firstTimeNs(disk, header) >= timeNs);
  // The segment before the first young one may end in young records.
  const at = (young < 0 ? used.length : young) - 1;
  return at <= 0 ? 0n : BigInt(used[at]?.firstSeq ?? 0);
}

/** What of everything below `seq` is older than so many days of the stream's time; 0 days: all of it. */
export function olderThanDays(disk: Disk, seq: bigint, o: { days: number; nowNs: bigint }): bigint {
  if (seq <= 0n || o.days === 0) return seq;
  const old = seqOlderThan(disk, o.nowNs - BigInt(Math.round(o.days * DAY_S)) * NS_PER_S);
  return old < seq ? old : seq;
}

function firstTimeNs(disk: Disk, { number }: SegmentHeader): bigint {
  const file = disk.openSync(segmentName(number), "read");
  try {
    const head = new Uint8Array(FIRST_RECORD + SLOT_BYTES);
    file.readSync(head, 0);
    return viewOf(head).getBigInt64(FIRST_RECORD + HEADER_OFFSET.time_ns, true);
  } finally {
    file.closeSync();
  }
}
