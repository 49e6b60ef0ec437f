// The journal on this machine's disk: what one durable record costs over a bare write and sync, how many records a
// second go in durable (checked, sealed, signed), and how fast they are recovered, read and verified.
import * as fs from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { openDisk } from "#mesh/world/disk.ts";
import { SEGMENT_SLOTS } from "#proto/limits.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { sha256, verifyBatch } from "#storage/journal/batch.ts";
import { Journal } from "#storage/journal/journal.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { STREAM_ID, testSigner, ticks } from "../../journal/records.ts";
import { type BenchRow, percentile, row, type Suite } from "../harness.ts";

const ROUND = 250;
const BULK_TICKS = 512;
const BULK_BYTES = BULK_TICKS * SLOT_BYTES;
const FILE_BYTES = SEGMENT_SLOTS * SLOT_BYTES;

const signer = testSigner();
const open = (directory: string): Promise<Journal> =>
  Journal.open({
    disk: openDisk(directory),
    streamId: STREAM_ID,
    signer,
    outputsDigest: () => new Uint8Array(32),
  });

/** A file as long as a segment, written and synced. */
function zeroFile(path: string): number {
  const fd = fs.openSync(path, "w+");
  const zero = new Uint8Array(1 << 20);
  for (let at = 0; at < FILE_BYTES; at += zero.length) fs.writeSync(fd, zero, 0, zero.length, at);
  fs.fdatasyncSync(fd);
  return fd;
}

/** One record at a time, the next when the last is durable; bare and journal take turns, so that both meet the same disk. */
async function durableAppend(root: string, seconds: number): Promise<{ journal: number[]; bare: number[] }> {
  const journal = await open(join(root, "one"));
  const fd = zeroFile(join(root, "bare-one"));
  const record = ticks(1, 1);
  const samples = { journal: [] as number[], bare: [] as number[] };
  let position = 4096;
  const until = performance.now() + seconds * 1000;
  for (let round = 0; round < 2 || performance.now() < until; round++) {
    for (let i = 0; i < ROUND; i++) {
      const began = performance.now();
      fs.writeSync(fd, record, 0, SLOT_BYTES, position % (FILE_BYTES - SLOT_BYTES));
      fs.fdatasyncSync(fd);
      if (round > 0) samples.bare.push((performance.now() - began) * 1000);
      position += SLOT_BYTES;
    }
    for (let i = 0; i < ROUND; i++) {
      const began = performance.now();
      await journal.whenDurable(journal.append(record));
      if (round > 0) samples.journal.push((performance.now() - began) * 1000);
    }
  }
  fs.closeSync(fd);
  await journal.close();
  return samples;
}

/** As many records as go in while at most 1 MiB waits to be durable. */
async function bulkAppend(directory: string, seconds: number): Promise<{ perSecond: number; records: number }> {
  const journal = await open(directory);
  const input = ticks(1, BULK_TICKS);
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const last = journal.append(input);
    if (journal.stagedBytes > 1 << 20) await journal.whenDurable(last - BigInt(8 * BULK_TICKS));
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await journal.whenDurable(journal.lastSeq);
  const perSecond = Number(journal.lastSeq) / ((performance.now() - began) / 1000);
  const records = Number(journal.lastSeq);
  await journal.close();
  return { perSecond, records };
}

/** The same bytes, eight inputs a write, as the journal groups them; into one file that is long enough. */
function bareBulk(path: string, seconds: number): number {
  const fd = zeroFile(path);
  const group = new Uint8Array(8 * BULK_BYTES).fill(7);
  let written = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    fs.writeSync(fd, group, 0, group.length, written % (FILE_BYTES - group.length));
    fs.fdatasyncSync(fd);
    written += group.length;
  }
  fs.closeSync(fd);
  return written / SLOT_BYTES / ((performance.now() - began) / 1000);
}

const perSecondOf = (count: number, work: () => void): number => {
  const began = performance.now();
  work();
  return count / ((performance.now() - began) / 1000);
};

/** Reading, verifying and reopening what `bulkAppend` left, against reading the same bytes with zlib's CRC. */
async function reading(directory: string): Promise<BenchRow[]> {
  const reader = new JournalReader({ disk: openDisk(directory) });
  const names = fs.readdirSync(directory).filter((name) => name.endsWith(".journal"));
  let slots = 0;
  const floor = perSecondOf(1, () => {
    for (const name of names) {
      const bytes = fs.readFileSync(join(directory, name));
      crc32(bytes);
      slots += bytes.length / SLOT_BYTES;
    }
  });
  const batches: Uint8Array[] = [];
  let records = 0;
  const began = performance.now();
  for (const batch of reader.batches(1n)) {
    records += batch.length / SLOT_BYTES - 4;
    if (batches.length < 2000) batches.push(batch);
  }
  const readRate = records / ((performance.now() - began) / 1000);
  reader.close();
  const kept = batches.reduce((sum, batch) => sum + batch.length / SLOT_BYTES, 0);
  const hashRate = perSecondOf(kept, () => batches.forEach((batch) => void sha256(batch)));
  const verifyRate = perSecondOf(kept, () => verifyAll(batches));
  const reopened = performance.now();
  const journal = await open(directory);
  const openMs = performance.now() - reopened;
  await journal.close();
  return [
    row({
      name: "read in sealed batches",
      unit: "records/s",
      value: readRate,
      peer: "read of the same files and zlib crc32",
      peerValue: floor * slots,
      better: "more",
    }),
    row({
      name: "verify a batch (structure, CRC, seq, hash, signature)",
      unit: "records/s",
      value: verifyRate,
      peer: "SHA-256 of the same bytes",
      peerValue: hashRate,
      better: "more",
    }),
    row({
      name: "reopen and recover (last segment and the prepared one)",
      unit: "ms",
      value: openMs,
      peer: "the same read and zlib crc32 of two segments",
      peerValue: (2 * SEGMENT_SLOTS * 1000) / (floor * slots),
      better: "less",
    }),
  ];
}

function verifyAll(batches: readonly Uint8Array[]): void {
  let previousHash: Uint8Array = new Uint8Array(32);
  let firstSeq = 1n;
  for (const batch of batches) {
    const verified = verifyBatch({ batch, publicKey: signer.publicKey, previousHash, firstSeq });
    previousHash = verified.hash;
    firstSeq = verified.lastSeq + 1n;
  }
}

async function run({ seconds }: { seconds: number }): Promise<BenchRow[]> {
  // In the working directory, so that it is the disk of the project and not a memory file system.
  const root = fs.mkdtempSync(join(process.cwd(), ".bench-journal-"));
  try {
    const one = await durableAppend(root, seconds);
    const before = process.memoryUsage();
    const bare = bareBulk(join(root, "bare"), seconds / 2);
    const bulk = await bulkAppend(join(root, "bulk"), seconds);
    const after = process.memoryUsage();
    const grownMb = (after.external + after.arrayBuffers - before.external - before.arrayBuffers) / 1e6;
    const latency = (p: number): BenchRow =>
      row({
        name: `durable append of one record p${p}`,
        unit: "us",
        value: percentile(one.journal, p),
        peer: `bare write and fdatasync p${p}`,
        peerValue: percentile(one.bare, p),
        better: "less",
      });
    return [
      latency(50),
      latency(99),
      row({
        name: "bulk append, durable, sealed and signed",
        unit: "records/s",
        value: bulk.perSecond,
        peer: "bare write and fdatasync of the same bytes",
        peerValue: bare,
        better: "more",
      }),
      row({
        name: "buffers after bulk append, garbage included",
        unit: "MB",
        value: Math.max(0.1, grownMb),
        peer: "one segment",
        peerValue: FILE_BYTES / 1e6,
        better: "less",
      }),
      ...(await reading(join(root, "bulk"))),
    ];
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

export const suite: Suite = { name: "journal", run };
