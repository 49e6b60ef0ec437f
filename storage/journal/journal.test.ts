// The journal on a real disk: what is appended is there again, in sealed batches that verify, across segments.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openDisk } from "#mesh/world/disk.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { concat, prediction, STREAM_ID, testSigner, ticks } from "../../test/journal/records.ts";
import { verifyBatch } from "./batch.ts";
import { Journal } from "./journal.ts";
import { JournalReader } from "./reader.ts";
import { seqOlderThan } from "./segment-times.ts";
import { latestSnapshot, removeSnapshotsAhead, saveSnapshot } from "./snapshot.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-journal-"));
after(() => rmSync(root, { recursive: true }));
let directories = 0;
const newDisk = () => openDisk(join(root, String(++directories)));
const signer = testSigner();
const digest = new Uint8Array(32).fill(9);
const open = (disk: ReturnType<typeof openDisk>, limits = {}): Promise<Journal> =>
  Journal.open({ disk, streamId: STREAM_ID, signer, outputsDigest: () => digest, ...limits });
const SMALL = { segmentSlots: 64 + 64, batchSlots: 16 };

/** Every batch from seq 1, verified along the chain. */
function verifiedBatches(disk: ReturnType<typeof openDisk>): { records: Uint8Array; batches: number; nextSeq: bigint } {
  const reader = new JournalReader({ disk });
  const parts: Uint8Array[] = [];
  let previousHash: Uint8Array = new Uint8Array(32);
  let firstSeq = 1n;
  for (const batch of reader.batches(1n)) {
    const verified = verifyBatch({ batch, publicKey: signer.publicKey, previousHash, firstSeq, streamId: STREAM_ID });
    assert.deepEqual(new Uint8Array(verified.outputsDigest), digest);
    previousHash = verified.hash;
    firstSeq = verified.lastSeq + 1n;
    parts.push(batch);
  }
  reader.close();
  return { records: concat(parts), batches: parts.length, nextSeq: firstSeq };
}

test("journal: append, close, read: every record in verified batches", async () => {
  const disk = newDisk();
  const journal = await open(disk);
  const seen: bigint[] = [];
  journal.onDurable = (durable) => seen.push(durable);
  const inputs = ticks(1, 5);
  assert.equal(journal.append(inputs), 5n);
  assert.equal(journal.append(prediction(5)), 6n);
  assert.equal(journal.durableSeq, 0n);
  assert.equal(journal.stagedBytes, 5 * 64 + prediction(5).length);
  await journal.whenDurable(6n);
  assert.deepEqual(seen, [6n], "inputs and outputs of one turn are one commit");
  assert.equal(journal.stagedBytes, 0);
  await journal.close();
  assert.equal(journal.durableSealedSeq, 7n);
  const read = verifiedBatches(disk);
  assert.equal(read.batches, 1);
  assert.deepEqual(read.records.subarray(0, inputs.length), inputs);
});

test("journal: no space even for its lock: journal_full, which says what to do", async () => {
  const full = (): never => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  await assert.rejects(open({ ...newDisk(), lockSync: full }), { code: "journal_full", message: /free space/ });
});

test("journal: many small segments and batches: one gapless chain", async () => {
  const disk = newDisk();
  const journal = await open(disk, SMALL);
  let n = 0;
  for (let round = 0; round < 200; round++) {
    const count = 1 + (round % 7);
    journal.append(ticks(n + 1, count));
    n += count;
    if (round % 5 === 0) journal.append(concat([prediction(n), prediction(n), prediction(n), prediction(n)]));
    if (round % 3 === 0) await journal.whenDurable(journal.lastSeq);
    if (round % 11 === 0) journal.seal();
  }
  const last = journal.lastSeq;
  await journal.close();
  const { nextSeq } = verifiedBatches(disk);
  assert.ok(nextSeq > last);
  const again = await open(disk, SMALL);
  assert.equal(again.lastSeq, nextSeq - 1n);
  assert.equal(again.tornBytes, 0);
  assert.equal(again.append(ticks(n + 1, 3)), nextSeq + 2n);
  await again.close();
  assert.equal(verifiedBatches(disk).nextSeq, nextSeq + 4n);
});

test("journal: outputs larger than a batch: split, in order", async () => {
  const disk = newDisk();
  const journal = await open(disk, SMALL);
  journal.append(ticks(1, 2));
  journal.append(concat(Array.from({ length: 30 }, (_, i) => prediction(i))));
  await journal.close();
  assert.ok(verifiedBatches(disk).batches >= 10);
  assert.throws(() => journal.append(ticks(1, 1)), { code: "journal_io" });
});

test("journal: inputs larger than a batch: refused as our own bug, nothing staged", async () => {
  const journal = await open(newDisk(), SMALL);
  assert.throws(() => journal.append(ticks(1, 13)), /assertion/);
  assert.equal(journal.lastSeq, 0n);
  await journal.close();
});

test("journal: quiet stream: sealed by itself, readable while open", async () => {
  const disk = newDisk();
  const journal = await open(disk);
  const sealed = new Promise<void>((resolve) => {
    journal.onDurable = (_durable, sealedSeq) => sealedSeq === 4n && resolve();
  });
  journal.append(ticks(1, 3));
  const alive = setInterval(() => undefined, 1000);
  await sealed;
  clearInterval(alive);
  // The mark that proves it to readers is written right after the callback.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(verifiedBatches(disk).nextSeq, 5n);
  await journal.close();
});

test("journal: second writer: journal_locked; after close: free", async () => {
  const disk = newDisk();
  const journal = await open(disk);
  await assert.rejects(open(disk), { code: "journal_locked" });
  await journal.close();
  await (await open(disk)).close();
});

test("journal: truncateBelow: whole segments only, reading below refused", async () => {
  const disk = newDisk();
  const journal = await open(disk, SMALL);
  for (let i = 0; i < 40; i++) journal.append(ticks(i * 5 + 1, 5));
  assert.equal(journal.truncateBelow(100n), 0, "nothing durable yet");
  journal.seal();
  await journal.whenDurable(journal.lastSeq);
  assert.ok(journal.truncateBelow(100n) > 0);
  const reader = new JournalReader({ disk });
  const first = reader.firstSeq() as bigint;
  assert.ok(first > 1n && first <= 100n);
  assert.throws(() => reader.readBatch(1n), { code: "journal_truncated" });
  assert.ok(reader.readBatch(first));
  assert.ok(journal.truncateBelow(1_000_000n) > 0);
  assert.equal(journal.truncateBelow(1_000_000n), 0, "the current segment stays");
  reader.close();
  await journal.close();
  await (await open(disk, SMALL)).close();
});

test("journal: records(): from the middle of a group, unsealed tail included", async () => {
  const disk = newDisk();
  const journal = await open(disk);
  journal.append(ticks(1, 10));
  journal.seal();
  journal.append(ticks(11, 2));
  await journal.whenDurable(13n);
  await journal.close();
  const reopened = await open(disk);
  const reader = new JournalReader({ disk });
  const bytes = concat([...reader.records(4n)]);
  assert.equal(bytes.length, (7 + 4 + 2 + 4) * 64);
  assert.equal(new DataView(bytes.buffer).getBigUint64(0, true), 4n);
  reader.close();
  await reopened.close();
});

test("snapshot: two kept, damaged one passed over and named, none ahead of the journal", () => {
  const disk = newDisk();
  for (const seq of [5n, 9n, 12n]) saveSnapshot(disk, { seq, bytes: new Uint8Array(1000).fill(Number(seq)) });
  assert.equal(disk.listSync().length, 2);
  assert.equal(latestSnapshot(disk, 100n)?.seq, 12n);
  assert.equal(latestSnapshot(disk, 11n)?.seq, 9n);
  assert.equal(latestSnapshot(disk, 8n), undefined);
  const name = disk.listSync().sort().at(-1) as string;
  const file = disk.openSync(name, "write");
  file.writeSync(Uint8Array.of(1), 500);
  file.closeSync();
  const found = latestSnapshot(disk, 100n);
  assert.equal(found?.seq, 9n);
  assert.deepEqual(found?.damaged, [name]);
});

test("journal: released with a batch open: nothing is sealed, the next owner seals it with its own digest", async () => {
  const disk = newDisk();
  const first = await open(disk);
  first.append(ticks(1, 3));
  await first.whenDurable(3n);
  await first.release();
  assert.throws(() => first.append(ticks(4, 1)), { code: "journal_io" });
  const foreign = await Journal.open({ disk, streamId: STREAM_ID, signer, outputsDigest: () => new Uint8Array(32) });
  await foreign.release();
  assert.equal(foreign.lastSeq, 3n);
  assert.equal(foreign.sealedSeq, 0n);
  const second = await open(disk);
  await second.close();
  assert.equal(verifiedBatches(disk).batches, 1);
});

test("snapshot: ahead of the journal that a crash left: removed, so that the stream never grows up to it", () => {
  const disk = newDisk();
  for (const seq of [5n, 9n]) saveSnapshot(disk, { seq, bytes: new Uint8Array([Number(seq)]) });
  removeSnapshotsAhead(disk, 7n);
  assert.equal(latestSnapshot(disk, 100n)?.seq, 5n);
});

test("journal: the seal's delay: long while nobody waits, and the open batch follows when it is made short", async () => {
  const due: number[] = [];
  let run: (() => void) | undefined;
  const timers = {
    after: (ms: number, then: () => void) => {
      due.push(ms);
      run = then;
      return () => undefined;
    },
  };
  const journal = await open(newDisk(), { timers });
  journal.sealDelayMs = 30_000;
  assert.deepEqual(due, [], "nothing is open");
  journal.append(ticks(1, 2));
  await journal.whenDurable(2n);
  journal.sealDelayMs = 20;
  assert.deepEqual(due, [30_000, 20]);
  run?.();
  run?.(); // the seal's grace
  await journal.whenDurable(3n);
  assert.equal(journal.durableSealedSeq, 3n);
  await journal.close();
});

test("journal: segments by age: only what is surely older than asked, never the newest segment", async () => {
  const disk = newDisk();
  const journal = await open(disk, SMALL);
  assert.equal(seqOlderThan(disk, 2n ** 62n), 0n);
  const count = 400;
  for (let i = 1; i <= count; i += 4) {
    journal.append(ticks(i, 4));
    await journal.whenDurable(journal.lastSeq);
  }
  await journal.close();
  const records = [...new JournalReader({ disk }).records(1n)].map((part) => new Uint8Array(part));
  const times = new Map<bigint, bigint>();
  const whole = concat(records);
  const view = viewOf(whole);
  walkRecords(whole, (at) => {
    times.set(view.getBigUint64(at, true), view.getBigInt64(at + 8, true));
  });
  const all = [...times.values()];
  for (const timeNs of [all[0], all[100], all[250], all.at(-1)].map((t) => t ?? 0n)) {
    const below = seqOlderThan(disk, timeNs);
    for (const [seq, recordNs] of times) if (seq < below) assert.ok(recordNs < timeNs, `seq ${seq}`);
  }
  assert.ok(seqOlderThan(disk, 2n ** 62n) > 1n, "old segments are found");
  assert.ok(seqOlderThan(disk, 2n ** 62n) < journal.lastSeq);
});
