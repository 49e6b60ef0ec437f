// What a disk or a sender can make of a journal: bits, runs, slots and whole pages damaged, moved or swapped between
// segments, files cut or gone; batches and snapshots damaged on their way. Whatever comes, readers give a prefix of what
// was written or a typed refusal, opening it mends or refuses, and a damaged batch or snapshot never counts.
import { LockstepError } from "#proto/errors.ts";
import { batchesOf, sealHash, spanOf, streamStartOf } from "#storage/events/batch-bytes.ts";
import { verifyBatch } from "#storage/journal/batch.ts";
import { Journal } from "#storage/journal/journal.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { latestSnapshot, saveSnapshot } from "#storage/journal/snapshot.ts";
import type { Picks } from "../../choices.ts";
import { concat, prediction, STREAM_ID, testSigner, ticks } from "../../journal/records.ts";
import { SimulatedDisk } from "../../journal/simulated-disk.ts";
import { damaged, rechecked } from "../damage.ts";
import { holds, Reached, refusals, refused, sameBytes, type Target } from "../target.ts";

const SLOT = 64;
const signer = testSigner();
const OPTIONS = { streamId: STREAM_ID, signer, outputsDigest: () => new Uint8Array(32) };
const LIMITS = { segmentSlots: SLOT + 40, batchSlots: 16 };
const REFUSALS = refusals(["journal_damaged", "journal_truncated", "journal_io", "wrong_stream", "bad_request"]);

type Files = Map<string, Uint8Array>;

/** The files of a small closed journal of several segments. */
async function original(): Promise<Files> {
  const disk = new SimulatedDisk(1);
  const journal = await Journal.open({ disk, ...OPTIONS, ...LIMITS });
  for (let i = 0; i < 20; i++) {
    journal.append(ticks(i * 5 + 1, 1 + (i % 5)));
    if (i % 3 === 0) journal.append(prediction(i));
    await journal.whenDurable(journal.lastSeq);
  }
  await journal.close();
  return filesOf(disk);
}

const filesOf = (disk: SimulatedDisk): Files => new Map(disk.listSync().map((name) => [name, contentOf(disk, name)]));

function contentOf(disk: SimulatedDisk, name: string): Uint8Array {
  const file = disk.openSync(name, "read");
  const bytes = new Uint8Array(file.sizeSync());
  file.readSync(bytes, 0);
  file.closeSync();
  return bytes;
}

function diskOf(files: ReadonlyMap<string, Uint8Array>): SimulatedDisk {
  const disk = new SimulatedDisk(1);
  for (const [name, bytes] of files) {
    const file = disk.openSync(name, "create");
    file.writeSync(bytes, 0);
    file.closeSync();
  }
  return disk;
}

/** One thing that disks do to files. */
function damageFiles(files: Files, pick: Picks): void {
  const names = [...files.keys()];
  const name = names[pick.below(names.length)] as string;
  const bytes = new Uint8Array(files.get(name) as Uint8Array);
  const other = files.get(names[pick.below(names.length)] as string) as Uint8Array;
  const at = pick.below(bytes.length + 1);
  const slot = at - (at % SLOT);
  const from = pick.below(Math.max(1, Math.floor(other.length / SLOT))) * SLOT;
  const way = pick.below(8);
  if (way === 0) files.delete(name);
  else if (way === 1) files.set(name, bytes.fill(0, slot, slot + SLOT * (1 + pick.below(8))));
  else if (way === 2) {
    bytes.set(other.subarray(from, from + SLOT).subarray(0, bytes.length - slot), slot);
    files.set(name, bytes);
  } else if (way === 3) {
    bytes.set(other.subarray(0, 4096).subarray(0, bytes.length));
    files.set(name, bytes);
  } else files.set(name, damaged(bytes, other, pick));
}

/** What can be read from seq 1; a refusal ends it. */
function readAll(disk: SimulatedDisk, seen: Reached): { bytes: Uint8Array; whole: boolean } {
  const reader = new JournalReader({ disk });
  const batches: Uint8Array[] = [];
  let whole = true;
  try {
    for (const batch of reader.batches(1n)) batches.push(batch);
  } catch (error) {
    refused(seen, error);
    whole = false;
  } finally {
    reader.close();
  }
  return { bytes: concat(batches), whole };
}

export async function journalFiles(): Promise<Target> {
  const files = await original();
  const seen = new Reached([...REFUSALS, "whole", "a prefix", "opened", "not opened"]);
  const all = readAll(diskOf(files), new Reached(REFUSALS)).bytes;
  const isPrefix = (bytes: Uint8Array): boolean => sameBytes(bytes, all.subarray(0, bytes.length));

  const play = async (pick: Picks): Promise<void> => {
    const broken = new Map(files);
    for (let i = 1 + pick.below(2); i > 0 && broken.size > 0; i--) damageFiles(broken, pick);
    const disk = diskOf(broken);
    const read = readAll(disk, seen);
    holds(isPrefix(read.bytes), "what is read is a prefix of what was written");
    if (read.whole) seen.see(read.bytes.length === all.length ? "whole" : "a prefix");
    let journal: Journal;
    try {
      journal = await Journal.open({ disk, ...OPTIONS, ...LIMITS });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      seen.see("not opened");
      return;
    }
    seen.see("opened");
    await journal.close();
    holds(isPrefix(readAll(disk, seen).bytes), "after recovery it is a prefix still");
  };
  return {
    play,
    reached: () => seen.entries(),
    reachFrom: 3_000,
    unreachable: {
      "refused: wrong_stream": "a segment's header is proven by its own CRC before its stream is read",
      "refused: journal_io": "this disk reads what it has",
      "refused: bad_request": "seq 1 can always be asked for",
    },
  };
}

/** Snapshot files: the newest whole one, or none. */
export function journalSnapshots(): Target {
  const seen = new Reached(["newest", "older", "none", "a damaged one named"]);
  const good = new Map([10n, 20n].map((seq) => [seq, new Uint8Array(300).fill(Number(seq))]));
  const disk = new SimulatedDisk(1);
  for (const [seq, bytes] of good) saveSnapshot(disk, { seq, bytes });
  const files = filesOf(disk);
  const play = (pick: Picks): void => {
    const broken = new Map(files);
    for (let i = 1 + pick.below(3); i > 0 && broken.size > 0; i--) damageFiles(broken, pick);
    const found = latestSnapshot(diskOf(broken), 20n);
    if (found && found.damaged.length > 0) seen.see("a damaged one named");
    seen.see(found === undefined ? "none" : found.seq === 20n ? "newest" : "older");
    if (found)
      holds(sameBytes(found.bytes, good.get(found.seq) ?? new Uint8Array(0)), "what is found is what was saved");
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

/** Batches on their way, and the log's own look at them. */
export async function journalBatches(): Promise<Target> {
  const disk = diskOf(await original());
  const reader = new JournalReader({ disk });
  const batches = [...reader.batches(1n)];
  reader.close();
  const first = batches[0] as Uint8Array;
  const seen = new Reached([
    ...["the same", "one batch", "cut into several"],
    ...refusals(["bad_seal", "bad_check", "bad_record", "bad_signature", "gap", "fork", "journal_damaged"]),
    ...refusals(["unknown_kind", "unknown_version", "wrong_stream"]),
  ]);
  const play = (pick: Picks): void => {
    const batch = pick.oneIn(16) ? (batches[pick.below(batches.length)] as Uint8Array) : first;
    let bytes = new Uint8Array(batch);
    for (let n = pick.below(3); n > 0; n--)
      bytes = new Uint8Array(damaged(bytes, batches[pick.below(batches.length)] as Uint8Array, pick));
    if (pick.oneIn(2)) bytes = new Uint8Array(rechecked(bytes));
    try {
      verifyBatch({
        ...{ batch: bytes, publicKey: signer.publicKey, previousHash: new Uint8Array(32), firstSeq: 1n },
        streamId: STREAM_ID,
      });
      holds(sameBytes(bytes, first), "only the first batch is taken as the first batch");
      seen.see("the same");
    } catch (error) {
      refused(seen, error);
    }
    const parts = [...batchesOf(bytes)];
    holds(sameBytes(concat(parts), bytes), "a message is its batches and nothing else");
    seen.see(parts.length === 1 ? "one batch" : "cut into several");
    for (const part of parts) {
      spanOf(part);
      for (const look of [sealHash, streamStartOf])
        try {
          look(part);
        } catch (error) {
          refused(seen, error);
        }
    }
  };
  return { play, reached: () => seen.entries(), reachFrom: 5_000 };
}
