// A real process appending to a real disk is killed at random moments: what it had reported durable is there, the dead
// holder's lock is taken over, and a reader in another process follows it all the time.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openDisk } from "#mesh/world/disk.ts";
import { STREAM_ID, testSigner } from "../../test/journal/records.ts";
import { SEAL_BYTES, verifyBatch } from "./batch.ts";
import { Journal } from "./journal.ts";
import { JournalReader } from "./reader.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-kill-"));
after(() => rmSync(root, { recursive: true }));
const signer = testSigner();
const ROUNDS = 6;

interface Progress {
  readonly durable: string;
}

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once("exit", () => resolve());
  });

test("journal: writer killed at random moments, reader beside it: nothing reported durable is lost", async () => {
  const reader = new JournalReader({ disk: openDisk(root) });
  let next = 1n;
  let previousHash: Uint8Array = new Uint8Array(32);
  const follow = (): void => {
    for (let batch = reader.readBatch(next); batch; batch = reader.readBatch(next)) {
      const verified = verifyBatch({ batch, publicKey: signer.publicKey, previousHash, firstSeq: next });
      assert.ok(batch.length > SEAL_BYTES);
      next = verified.lastSeq + 1n;
      previousHash = verified.hash;
    }
  };
  let durable = 0n;
  for (let round = 0; round < ROUNDS; round++) {
    const child = fork(new URL("../../test/journal/writer-process.ts", import.meta.url), [root]);
    const stop = 20 + ((round * 37) % 90);
    let reports = 0;
    child.on("message", (message: Progress) => {
      durable = BigInt(message.durable);
      follow();
      if (++reports === stop) child.kill("SIGKILL");
    });
    await exited(child);
    assert.ok(reports >= stop, "it was killed while it wrote");
    follow();
  }
  const options = { disk: openDisk(root), streamId: STREAM_ID, signer, outputsDigest: () => new Uint8Array(32) };
  const journal = await Journal.open({ ...options, segmentSlots: 64 + 300, batchSlots: 64 });
  assert.ok(journal.lastSeq >= durable, `reported ${durable}, recovered ${journal.lastSeq}`);
  assert.ok(next - 1n <= journal.sealedSeq, "the reader was given nothing that is gone");
  journal.seal();
  await journal.close();
  follow();
  assert.equal(next - 1n, journal.durableSealedSeq);
  reader.close();
});
