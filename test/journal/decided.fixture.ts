// A small journal that a real core decided, as the edge writes it.
import { cpSync } from "node:fs";
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { StreamStart } from "#proto/generated/records.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import { Journal } from "#storage/journal/journal.ts";
import { testSigner } from "./records.ts";

const GROUP_BYTES = 64 * 64;

/** Decides a sample stream, scored by sampleModel, and journals it in segments of a few batches. */
export async function journalSample(
  directory: string,
  o: {
    readonly ticks: number;
    readonly coreDigest?: Uint8Array;
    /** A copy as a kill leaves it: records behind the last seal. */
    readonly killedCopy?: string;
    /** One output is not what the core said. */
    readonly bend?: boolean;
  } = { ticks: 3000 },
): Promise<Core> {
  const signer = testSigner();
  const core = await Core.load();
  core.loadModel(sampleModel());
  const inputs = sampleStream({ ticks: o.ticks, seed: 3 });
  inputs.set(o.coreDigest ?? core.digest, StreamStart.offset.core_sha256);
  inputs.set(signer.publicKey, StreamStart.offset.public_key);
  const journal = await Journal.open({
    disk: openDisk(directory),
    streamId: new Uint8Array(16).fill(7),
    signer,
    outputsDigest: () => core.outputsDigest(),
    segmentSlots: 64 + 2200,
    // Batches end when they are full, never by time.
    timers: { after: () => () => undefined },
  });
  const view = viewOf(inputs);
  for (let from = 0, at = 0; from < inputs.length; from = at) {
    while (at < inputs.length && at - from < GROUP_BYTES) at += recordLength(view, at);
    const group = inputs.subarray(from, at);
    journal.append(group);
    const outputs = core.apply(group);
    if (o.bend && outputs.length > 0) outputs[outputs.length - 1] = (outputs.at(-1) as number) ^ 1;
    journal.append(outputs);
    await journal.whenDurable(journal.lastSeq);
  }
  if (o.killedCopy !== undefined) cpSync(directory, o.killedCopy, { recursive: true });
  await journal.close();
  return core;
}
