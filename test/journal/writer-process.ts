// A process that appends to the journal in argv[2] until it is killed, and reports what is durable.
import { openDisk } from "#mesh/world/disk.ts";
import { Journal } from "#storage/journal/journal.ts";
import { prediction, STREAM_ID, testSigner, ticks } from "./records.ts";

const journal = await Journal.open({
  disk: openDisk(process.argv[2] as string),
  streamId: STREAM_ID,
  signer: testSigner(),
  outputsDigest: () => new Uint8Array(32),
  segmentSlots: 64 + 300,
  batchSlots: 64,
});
process.on("disconnect", () => process.exit(1));
for (let n = 1; ; n++) {
  journal.append(ticks(n, 1 + (n % 40)));
  if (n % 3 === 0) journal.append(prediction(n));
  if (n % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
  else await journal.whenDurable(journal.lastSeq);
  process.send?.({ durable: String(journal.durableSeq) });
}
