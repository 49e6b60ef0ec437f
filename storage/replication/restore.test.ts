// A stream fetched back: whole, across boxes, or refused by name; and its copy on disk is the journal that it came from.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { openDisk } from "#mesh/world/disk.ts";
import { takeoverMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import { CloudKey, Takeover } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import type { Signer } from "../journal/batch.ts";
import { JournalCopy } from "../journal/copy.ts";
import { Journal } from "../journal/journal.ts";
import { JournalReader } from "../journal/reader.ts";
import { Chain, makeSigner } from "./chain.fixture.ts";
import { Restorer } from "./restore.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-restore-"));
after(() => rmSync(root, { recursive: true, force: true }));
const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;
const cloud = makeSigner();

const cloudKey = (key = cloud, revoked = 0): Uint8Array =>
  encodeRecord(CloudKey, { time_ns: 1n, source: SOURCE.edge }, { public_key: key.publicKey, revoked });

function takeover(o: { streamId: Uint8Array; box: Signer; epoch?: number; by?: Signer; named?: Signer }): Uint8Array {
  const by = o.by ?? cloud;
  const words = {
    stream_id: o.streamId,
    box_key: o.box.publicKey,
    public_key: (o.named ?? by).publicKey,
    operator: "ann",
    opens_ns: 5n,
    epoch: o.epoch ?? 1,
  };
  const signed = { ...words, signature: by.sign(takeoverMessage(words)) };
  return encodeRecord(Takeover, { time_ns: 1n, source: SOURCE.cloud }, signed);
}

/** Three boxes, one after the other. */
function handedOn(sizes: readonly number[] = [3, 2, 4, 1, 5]): Chain {
  const chain = new Chain();
  chain.add(sizes[0] ?? 1, [cloudKey()]);
  for (const epoch of [1, 2]) {
    for (const size of sizes.slice(1)) chain.add(size);
    const box = makeSigner();
    chain.signer = box;
    chain.add(1, [takeover({ streamId: chain.streamId, box, epoch })]);
  }
  for (const size of sizes.slice(1)) chain.add(size);
  return chain;
}

test("restore: a stream of three boxes: every batch is let through, in order, to its end", () => {
  const chain = handedOn();
  const restorer = new Restorer(chain.streamId);
  for (const batch of chain.batches) restorer.onBatch(batch);
  assert.equal(restorer.nextSeq, chain.lastSeq + 1n);
  assert.throws(() => restorer.onEnd(chain.lastSeq + 1n), code("gap"));
  assert.equal(restorer.ended, false);
  restorer.onEnd(chain.lastSeq);
  assert.equal(restorer.ended, true);
});

test("restore: a box that was not granted the stream: refused by name", () => {
  const box = makeSigner();
  const next = (first: Uint8Array[], begin: Uint8Array[] = [cloudKey()]): (() => void) => {
    const chain = new Chain();
    const restorer = new Restorer(chain.streamId);
    restorer.onBatch(chain.add(2, begin));
    chain.signer = box;
    const batch = chain.add(1, first);
    return () => restorer.onBatch(batch);
  };
  const { streamId } = new Chain();
  assert.throws(next([]), code("bad_signature"), "another key without a takeover");
  assert.throws(next([takeover({ streamId, box })], []), code("auth_refused"), "the stream knows no cloud");
  const revoked = [cloudKey(), cloudKey(cloud, 1)];
  assert.throws(next([takeover({ streamId, box })], revoked), code("auth_refused"), "a revoked key");
  const other = makeSigner();
  assert.throws(next([takeover({ streamId, box, by: other })]), code("auth_refused"), "another cloud");
  assert.throws(next([takeover({ streamId, box, by: other, named: cloud })]), code("bad_signature"), "forged");
  assert.throws(next([takeover({ streamId, box, epoch: 2 })]), code("fenced"), "an epoch left out");
  assert.throws(next([takeover({ streamId: new Uint8Array(16), box })]), code("wrong_stream"));
  assert.throws(next([takeover({ streamId, box: other })]), code("bad_signature"), "sealed by another box");
  next([takeover({ streamId, box })])();
});

test("restore: any bit changed, any batch left out or doubled: never let through (property)", () => {
  const chain = handedOn([2, 1]);
  fc.assert(
    fc.property(
      fc.nat(chain.batches.length - 1),
      fc.nat(),
      fc.constantFrom("bit", "left out", "doubled"),
      (at, bit, how) => {
        fc.pre(how !== "left out" || at < chain.batches.length - 1);
        const batches = chain.batches.flatMap((batch, i) => {
          if (i !== at) return [batch];
          if (how === "left out") return [];
          if (how === "doubled") return [batch, batch];
          const changed = new Uint8Array(batch);
          const byte = (bit >> 3) % changed.length;
          changed[byte] = (changed[byte] as number) ^ (1 << (bit & 7));
          return [changed];
        });
        const restorer = new Restorer(chain.streamId);
        assert.throws(
          () => {
            for (const batch of batches) restorer.onBatch(batch);
          },
          (error) => error instanceof LockstepError,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("copy: batches over several segments: read back the same, and a journal goes on behind them", async () => {
  const chain = handedOn(Array.from({ length: 40 }, (_, i) => 1 + ((i * 7) % 13)));
  const disk = openDisk(mkdtempSync(join(root, "copy-")));
  const restorer = new Restorer(chain.streamId);
  const copy = new JournalCopy({ disk, streamId: chain.streamId, segmentSlots: 256 });
  for (const batch of chain.batches) await copy.append(restorer.onBatch(batch));
  await copy.finish();
  const reader = new JournalReader({ disk });
  assert.deepEqual(
    [...reader.batches(1n)].map((b) => Buffer.from(b)),
    chain.batches.map((b) => Buffer.from(b)),
  );
  reader.close();
  const { streamId, signer } = chain;
  const outputsDigest = () => new Uint8Array(32);
  const journal = await Journal.open({ disk, streamId, signer, outputsDigest, segmentSlots: 256, batchSlots: 16 });
  assert.deepEqual([journal.lastSeq, journal.sealedSeq, journal.tornBytes], [chain.lastSeq, chain.lastSeq, 0]);
  const more = encodeRecord(
    CloudKey,
    { time_ns: 2n ** 40n, source: SOURCE.edge },
    { public_key: cloud.publicKey, revoked: 0 },
  );
  journal.append(more);
  journal.seal();
  await journal.close();
  const again = new JournalReader({ disk });
  for (const batch of again.batches(chain.lastSeq + 1n)) restorer.onBatch(batch);
  again.close();
  assert.equal(restorer.nextSeq, chain.lastSeq + 3n, "the record and its seal");
});
