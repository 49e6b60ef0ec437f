// Snapshots of the core beside its journal: own files, whole or not there at all, named by the last record they hold.
// A snapshot only saves time: the journal alone gives the same state, so a damaged one is passed over, and named.
//   0 u32 magic "LSS1" | 4 u32 version | 8 u64 seq | 16 u64 length | 24 u64 0 | 32 bytes32 SHA-256 of the content
//  64 bytes32 SHA-256 of the 64 bytes before | 96 content
import { LockstepError } from "#proto/errors.ts";
import { viewOf } from "#proto/record.ts";
import type { Disk } from "#proto/world.ts";
import { equalBytes, sha256 } from "./batch.ts";
import { readU64, writeU64 } from "./segment.ts";
import { readWhole } from "./segment-files.ts";

export interface Snapshot {
  /** The last record whose effect it holds. */
  readonly seq: bigint;
  readonly bytes: Uint8Array;
}

export interface SnapshotFound extends Snapshot {
  /** Newer snapshot files that could not be used. */
  readonly damaged: readonly string[];
}

const MAGIC = 0x3153534c;
const VERSION = 1;
const HEADER_BYTES = 96;
const KEPT = 2;
const TEMPORARY = "snapshot-next.tmp";

const nameOf = (seq: bigint): string => `snapshot-${String(seq).padStart(20, "0")}.core`;

/** Names and seqs of all snapshots, newest first. */
function listSnapshots(disk: Disk): { name: string; seq: bigint }[] {
  const found: { name: string; seq: bigint }[] = [];
  for (const name of disk.listSync()) {
    const digits = /^snapshot-(\d{20})\.core$/.exec(name)?.[1];
    if (digits !== undefined) found.push({ name, seq: BigInt(digits) });
  }
  return found.sort((a, b) => (a.seq < b.seq ? 1 : -1));
}

/** Durable when it returns; the newest two stay. */
export function saveSnapshot(disk: Disk, snapshot: Snapshot): void {
  const header = new Uint8Array(HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setBigUint64(8, snapshot.seq, true);
  writeU64(view, 16, snapshot.bytes.length);
  header.set(sha256(snapshot.bytes), 32);
  header.set(sha256(header.subarray(0, 64)), 64);
  writeTemporary(disk, header, snapshot.bytes);
  disk.renameSync(TEMPORARY, nameOf(snapshot.seq));
  disk.syncDirectorySync();
  const old = listSnapshots(disk).slice(KEPT);
  for (const { name } of old) disk.removeSync(name);
  if (old.length > 0) disk.syncDirectorySync();
}

/** Leaves nothing behind when it fails: the space is the journal's. */
function writeTemporary(disk: Disk, header: Uint8Array, content: Uint8Array): void {
  const file = disk.openSync(TEMPORARY, "create");
  try {
    file.writeSync(header, 0);
    file.writeSync(content, HEADER_BYTES);
    file.syncSync();
  } catch (error) {
    disk.removeSync(TEMPORARY);
    throw error;
  } finally {
    file.closeSync();
  }
}

/**
 * Removes snapshots of records that a crash took: the stream will have others at those places, and one day be behind them.
 * Call before anything is appended to a recovered journal.
 */
export function removeSnapshotsAhead(disk: Disk, lastSeq: bigint): void {
  const ahead = listSnapshots(disk).filter(({ seq }) => seq > lastSeq);
  for (const { name } of ahead) disk.removeSync(name);
  if (ahead.length > 0) disk.syncDirectorySync();
}

/** Removes snapshots that were found damaged: else they would be kept in the place of whole ones. */
export function removeDamaged(disk: Disk, found: SnapshotFound): void {
  for (const name of found.damaged) disk.removeSync(name);
  if (found.damaged.length > 0) disk.syncDirectorySync();
}

/** The newest whole snapshot that is not ahead of `atMostSeq`, the last durable record. */
export function latestSnapshot(disk: Disk, atMostSeq: bigint): SnapshotFound | undefined {
  const damaged: string[] = [];
  for (const { name, seq } of listSnapshots(disk)) {
    if (seq > atMostSeq) continue;
    const bytes = contentOf(disk, name, seq);
    if (bytes) return { seq, bytes, damaged };
    damaged.push(name);
  }
  return undefined;
}

function contentOf(disk: Disk, name: string, seq: bigint): Uint8Array | undefined {
  let whole: Uint8Array;
  try {
    whole = readWhole(disk, name);
  } catch (error) {
    if (error instanceof LockstepError) return undefined;
    throw error;
  }
  if (whole.length < HEADER_BYTES) return undefined;
  const view = viewOf(whole);
  const content = whole.subarray(HEADER_BYTES);
  const good =
    view.getUint32(0, true) === MAGIC &&
    view.getUint32(4, true) === VERSION &&
    view.getBigUint64(8, true) === seq &&
    equalBytes(whole.subarray(64, 96), sha256(whole.subarray(0, 64))) &&
    readU64(view, 16) === content.length &&
    equalBytes(whole.subarray(32, 64), sha256(content));
  return good ? content : undefined;
}
