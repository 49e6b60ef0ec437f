// Fuzzes what a disk or a sender can make of a journal: bits, runs, slots and whole pages damaged, moved or swapped
// between segments, files cut; and batches damaged on their way. Whatever comes, readers give a prefix of what was
// written or a typed refusal, and a damaged batch never verifies. `node test/fuzz/journal-fuzz.ts [SEED] [RUNS]`.
import assert from "node:assert/strict";
import { LockstepError } from "#proto/errors.ts";
import { verifyBatch } from "#storage/journal/batch.ts";
import { Journal } from "#storage/journal/journal.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { concat, prediction, STREAM_ID, testSigner, ticks } from "../journal/records.ts";
import { Choices, SimulatedDisk } from "../journal/simulated-disk.ts";

const SLOT = 64;
const signer = testSigner();
const OPTIONS = { streamId: STREAM_ID, signer, outputsDigest: () => new Uint8Array(32) };
const LIMITS = { segmentSlots: SLOT + 40, batchSlots: 16 };

/** The files of a small closed journal of several segments. */
async function original(): Promise<Map<string, Uint8Array>> {
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

function filesOf(disk: SimulatedDisk): Map<string, Uint8Array> {
  return new Map(disk.listSync().map((name) => [name, contentOf(disk, name)]));
}

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

/** One thing that disks do to a file. */
function damage(files: Map<string, Uint8Array>, pick: Choices): void {
  const names = [...files.keys()];
  const name = names[pick.below(names.length)] as string;
  const bytes = new Uint8Array(files.get(name) as Uint8Array);
  const other = files.get(names[pick.below(names.length)] as string) as Uint8Array;
  const at = pick.below(bytes.length);
  const slot = at - (at % SLOT);
  const from = pick.below(Math.max(1, Math.floor(other.length / SLOT))) * SLOT;
  switch (pick.below(7)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << pick.below(8));
      break;
    case 1:
      bytes.fill(pick.below(256), at, at + 1 + pick.below(200));
      break;
    case 2:
      bytes.fill(0, slot, slot + SLOT * (1 + pick.below(8)));
      break;
    case 3:
      bytes.set(other.subarray(from, from + SLOT).subarray(0, bytes.length - slot), slot);
      break;
    case 4:
      bytes.set(other.subarray(0, 4096).subarray(0, bytes.length));
      break;
    case 5:
      files.set(name, bytes.subarray(0, at));
      return;
    default:
      files.delete(name);
      return;
  }
  files.set(name, bytes);
}

const TYPED = new Set(["journal_damaged", "journal_truncated", "journal_io", "wrong_stream", "bad_request"]);

function typed(error: unknown): void {
  if (!(error instanceof LockstepError) || !TYPED.has(error.code)) throw error;
}

/** What can be read from seq 1; a refusal ends it. */
function readAll(disk: SimulatedDisk): { batches: Uint8Array[]; refused: boolean } {
  const reader = new JournalReader({ disk });
  const batches: Uint8Array[] = [];
  try {
    for (const batch of reader.batches(1n)) batches.push(batch);
    return { batches, refused: false };
  } catch (error) {
    typed(error);
    return { batches, refused: true };
  } finally {
    reader.close();
  }
}

async function opens(disk: SimulatedDisk): Promise<Journal | undefined> {
  try {
    return await Journal.open({ disk, ...OPTIONS, ...LIMITS });
  } catch (error) {
    typed(error);
    return undefined;
  }
}

function fuzzBatch(batch: Uint8Array, pick: Choices): void {
  const given = { publicKey: signer.publicKey, previousHash: new Uint8Array(32), firstSeq: 1n };
  verifyBatch({ batch, ...given });
  const bytes = new Uint8Array(batch);
  const at = pick.below(bytes.length);
  const kind = pick.below(3);
  if (kind === 0) bytes[at] = (bytes[at] as number) ^ (1 << pick.below(8));
  else if (kind === 1) bytes.set(bytes.slice(0, SLOT), at - (at % SLOT));
  const damaged = kind === 2 ? bytes.subarray(0, at) : bytes;
  if (Buffer.compare(damaged, batch) === 0) return;
  assert.throws(
    () => verifyBatch({ batch: damaged, ...given }),
    (error) => error instanceof LockstepError,
    "a damaged batch never verifies",
  );
}

export async function fuzzJournal(options: {
  seed: number;
  runs: number;
}): Promise<{ refused: number; whole: number }> {
  const files = await original();
  const { batches } = readAll(diskOf(files));
  const all = concat(batches);
  const pick = new Choices(options.seed);
  let refused = 0;
  let whole = 0;
  for (let run = 0; run < options.runs; run++) {
    const damaged = new Map(files);
    for (let i = 1 + pick.below(2); i > 0 && damaged.size > 0; i--) damage(damaged, pick);
    const disk = diskOf(damaged);
    const read = readAll(disk);
    const bytes = concat(read.batches);
    assert.deepEqual(bytes, all.subarray(0, bytes.length), "a prefix of what was written");
    if (read.refused) refused++;
    else if (bytes.length === all.length) whole++;
    const journal = await opens(disk);
    if (journal) {
      await journal.close();
      const again = concat(readAll(disk).batches);
      assert.deepEqual(again, all.subarray(0, again.length), "still a prefix after recovery");
    }
    fuzzBatch(batches[0] as Uint8Array, pick);
  }
  return { refused, whole };
}

if (process.argv[1]?.endsWith("journal-fuzz.ts")) {
  const [seed = Date.now() % 1e6, runs = 20_000] = process.argv.slice(2).map(Number);
  console.log(`journal: seed ${seed}, ${runs} runs`, await fuzzJournal({ seed, runs }));
}
