// A journal on disk as an edge leaves it: synthetic ticks through the core, inputs and outputs appended, sealed, durable.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { HEADER_OFFSET, StreamStart, Tick } from "#proto/generated/records.ts";
import { recordLength, viewOf, walkRecords } from "#proto/record.ts";
import { LAYOUT_VERSION, SLOT_BYTES } from "#proto/records.ts";
import { Journal } from "#storage/journal/journal.ts";
import { makeSigner } from "#storage/replication/chain.fixture.ts";
import type { Hello } from "#storage/replication/messages.ts";

/** What comes in at once: small beside a batch, so batches are nearly full, as in a busy market. */
const GROUP_BYTES = 128 * SLOT_BYTES;

export interface MadeJournal {
  readonly journalDir: string;
  readonly modelDir: string;
  readonly hello: Omit<Hello, "lastSealedSeq">;
  readonly lastSeq: bigint;
}

/** The sample has 30 ticks a minute, gold on a normal day has 95: the ticks' times are drawn together to that. */
function tighten(inputs: Uint8Array, view: DataView): void {
  let firstNs: bigint | undefined;
  const DENSER = 3n;
  walkRecords(inputs, (at, _length, code) => {
    if (code !== Tick.code) return;
    const timeNs = view.getBigInt64(at + HEADER_OFFSET.time_ns, true);
    firstNs ??= timeNs;
    const closer = firstNs + (timeNs - firstNs) / DENSER;
    view.setBigInt64(at + HEADER_OFFSET.time_ns, closer, true);
    view.setBigInt64(at + Tick.offset.broker_time_ms, closer / 1_000_000n, true);
  });
}

/** Whole records of at most GROUP_BYTES from `at` on. */
function groupEnd(inputs: Uint8Array, view: DataView, at: number): number {
  let end = at;
  while (end < inputs.length) {
    const next = end + recordLength(view, end);
    if (next - at > GROUP_BYTES) break;
    end = next;
  }
  return end;
}

/** `id` fills the stream id. */
export async function makeJournal(dir: string, o: { ticks: number; id: number }): Promise<MadeJournal> {
  const [journalDir, modelDir] = [join(dir, `journal-${o.id}`), join(dir, "models")];
  for (const path of [journalDir, modelDir]) mkdirSync(path, { recursive: true });
  const model = sampleModel();
  writeFileSync(join(modelDir, "model.lsm"), model);
  const core = await Core.load();
  core.loadModel(model);
  const signer = makeSigner();
  const inputs = sampleStream({ ticks: o.ticks, seed: o.id });
  const view = viewOf(inputs);
  tighten(inputs, view);
  const given = { stream_id: new Uint8Array(16).fill(o.id), core_sha256: core.digest, public_key: signer.publicKey };
  const start = { ...StreamStart.read(view, 0), ...given };
  StreamStart.write(view, 0, start);
  const outputsDigest = (): Uint8Array => core.outputsDigest();
  const journal = await Journal.open({ disk: openDisk(journalDir), streamId: start.stream_id, signer, outputsDigest });
  for (let at = 0; at < inputs.length; ) {
    const end = groupEnd(inputs, view, at);
    const group = inputs.subarray(at, end);
    journal.append(group);
    const outputs = core.apply(group);
    if (outputs.length > 0) journal.append(outputs);
    if (journal.stagedBytes > 4 * 1024 * 1024) await journal.whenDurable(journal.lastSeq);
    at = end;
  }
  journal.seal();
  await journal.whenDurable(journal.lastSeq);
  const { lastSeq } = journal;
  await journal.close();
  const hello = {
    streamId: start.stream_id,
    edgeName: start.edge_name,
    coreSha256: start.core_sha256,
    modelSha256: new Uint8Array(32),
    publicKey: start.public_key,
    layoutVersion: LAYOUT_VERSION,
    epoch: 0,
  };
  return { journalDir, modelDir, hello, lastSeq };
}
