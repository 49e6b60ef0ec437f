// Every byte of a killed journal damaged in turn: what was acknowledged before the last commit is never dropped in
// silence. A last commit without a mark behind it cannot be told from a torn write when it is damaged: it is thrown
// away, and `tornBytes` says so. Behind a mark it is named as damage like any other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { prediction, STREAM_ID, testSigner, ticks } from "../../test/journal/records.ts";
import { SimulatedDisk } from "../../test/journal/simulated-disk.ts";
import { Journal } from "./journal.ts";
import { segmentName } from "./segment.ts";

const OPTIONS = { streamId: STREAM_ID, signer: testSigner(), outputsDigest: () => new Uint8Array(32) };
const LIMITS = { segmentSlots: 128, batchSlots: 16 };
const NAME = segmentName(1);

function content(disk: SimulatedDisk): Uint8Array {
  const file = disk.openSync(NAME, "read");
  const bytes = new Uint8Array(file.sizeSync());
  file.readSync(bytes, 0);
  file.closeSync();
  return bytes;
}

const usedBytes = (bytes: Uint8Array): number => bytes.findLastIndex((byte) => byte !== 0) + 1;

/** A journal killed after so many commits. */
async function killed(commits: number): Promise<{ written: Uint8Array; lastCommitAt: number; lastSeq: bigint }> {
  const disk = new SimulatedDisk(1);
  const journal = await Journal.open({ disk, ...OPTIONS, ...LIMITS });
  let lastCommitAt = 0;
  for (let i = 0; i < commits; i++) {
    const before = content(disk);
    journal.append(i === 2 ? prediction(i) : ticks(i * 5 + 1, 1 + i));
    await journal.whenDurable(journal.lastSeq);
    // A mark is overwritten by the commit after it: what the commit changed is where it lies.
    const after = content(disk);
    lastCommitAt = Math.floor(after.findIndex((byte, at) => byte !== before[at]) / SLOT_BYTES) * SLOT_BYTES;
  }
  const { lastSeq } = journal;
  const written = content(disk);
  await journal.close();
  return { written, lastCommitAt, lastSeq };
}

for (const commits of [2, 3, 4, 5, 6])
  test(`damage: one bit in any byte after ${commits} commits: named, or in what is last and counted as torn`, async () => {
    const { written, lastCommitAt, lastSeq } = await killed(commits);
    const used = usedBytes(written);
    let named = 0;
    for (let at = 0; at < used; at++) {
      const disk = new SimulatedDisk(1);
      const bytes = written.slice();
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      const file = disk.openSync(NAME, "create");
      file.writeSync(bytes, 0);
      file.closeSync();
      try {
        const opened = await Journal.open({ disk, ...OPTIONS, ...LIMITS });
        assert.ok(at >= lastCommitAt, `byte ${at}, before the last commit at ${lastCommitAt}, was not noticed`);
        assert.ok(opened.tornBytes > 0, `byte ${at}: thrown away and not counted as torn`);
        assert.ok(opened.lastSeq <= lastSeq);
        await opened.close();
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        assert.match(error.code, /journal_damaged|wrong_stream/, `byte ${at}`);
        named++;
      }
    }
    assert.ok(named >= lastCommitAt, `${named} of ${lastCommitAt} bytes before the last commit`);
  });
