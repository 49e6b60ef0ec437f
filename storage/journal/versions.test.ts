// What another build wrote is neither damage nor a torn tail: an older one refuses it by type and changes not one byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c } from "#proto/crc32c.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { recordCheck, viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { STREAM_ID, testSigner, ticks } from "../../test/journal/records.ts";
import { SimulatedDisk } from "../../test/journal/simulated-disk.ts";
import { Journal } from "./journal.ts";
import { JournalReader } from "./reader.ts";
import { SEGMENT_HEADER_BYTES, SEGMENT_VERSION, segmentName } from "./segment.ts";
import { proveSegment } from "./segment-proof.ts";

const OPTIONS = { streamId: STREAM_ID, signer: testSigner(), outputsDigest: () => new Uint8Array(32) };
const LIMITS = { segmentSlots: 128, batchSlots: 16 };
const KIND_VERSION = 1 << 12;

const images = (disk: SimulatedDisk): string[] =>
  disk.listSync().map((name) => `${name} ${Buffer.from(disk.durable(name) ?? []).toString("base64")}`);

function edit(disk: SimulatedDisk, name: string, change: (bytes: Uint8Array, view: DataView) => void): void {
  const file = disk.openSync(name, "write");
  const bytes = new Uint8Array(file.sizeSync());
  file.readSync(bytes, 0);
  change(bytes, viewOf(bytes));
  file.writeSync(bytes, 0);
  file.syncSync();
  file.closeSync();
}

/** Two commits; the second is not proven durable by anything behind it, as after a kill. */
async function killed(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(3);
  const journal = await Journal.open({ disk, ...OPTIONS, ...LIMITS });
  for (const from of [1, 4]) {
    journal.append(ticks(from, 3));
    await journal.whenDurable(journal.lastSeq);
  }
  disk.restart();
  return disk;
}

/** Where the commits of the first segment stand. */
function commits(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += SLOT_BYTES)
    if (viewOf(bytes).getUint32(at, true) === 0x3147534c) found.push(at);
  return found;
}

function newKind(disk: SimulatedDisk, o: { last: boolean }): void {
  edit(disk, segmentName(1), (bytes, view) => {
    const group = o.last ? commits(bytes).at(-1) : commits(bytes)[0];
    assert.ok(group !== undefined);
    const at = group + SLOT_BYTES;
    view.setUint16(at + HEADER_OFFSET.kind, view.getUint16(at + HEADER_OFFSET.kind, true) + KIND_VERSION, true);
    const length = view.getUint32(at + HEADER_OFFSET.length, true);
    view.setUint32(at + HEADER_OFFSET.check, recordCheck(view, at, length), true);
  });
}

async function refused(disk: SimulatedDisk): Promise<void> {
  const before = images(disk);
  const byType = (error: unknown): boolean =>
    error instanceof LockstepError &&
    error.code === "unknown_version" &&
    /use the build that wrote it/.test(error.message);
  await assert.rejects(Journal.open({ disk, ...OPTIONS, ...LIMITS }), byType);
  assert.throws(() => proveSegment({ disk, name: segmentName(1), publicKey: OPTIONS.signer.publicKey }), byType);
  assert.deepEqual(images(disk), before);
}

test("journal: a newer segment format: refused by type, nothing is changed", async () => {
  const disk = await killed();
  edit(disk, segmentName(1), (bytes, view) => {
    view.setUint32(4, SEGMENT_VERSION + 1, true);
    view.setUint32(SEGMENT_HEADER_BYTES - 4, crc32c(bytes, 0, SEGMENT_HEADER_BYTES - 4), true);
  });
  await refused(disk);
});

for (const last of [true, false])
  test(`journal: a record of a newer layout in the ${last ? "last" : "first"} commit: refused by type, not taken for torn or damaged`, async () => {
    const disk = await killed();
    newKind(disk, { last });
    await refused(disk);
    if (last) return;
    const reader = new JournalReader({ disk });
    assert.throws(() => [...reader.records(1n)], /use the build that wrote it/);
  });

test("journal: a newer segment format whose check is wrong: damage, as before", async () => {
  const disk = await killed();
  edit(disk, segmentName(1), (_bytes, view) => view.setUint32(4, SEGMENT_VERSION + 1, true));
  await assert.rejects(Journal.open({ disk, ...OPTIONS, ...LIMITS }), { code: "journal_damaged" });
});
