// For tests: an edge's journal as sealed, signed batches, made with the real core from the sample stream. `spoil` lets a
// test put something wrong into a batch before it is sealed, so that seal and signature are right and only deciding
// again can tell.
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { BatchSeal, HEADER_OFFSET, StreamStart } from "#proto/generated/records.ts";
import { encodeRecord, sealRecord, viewOf, walkRecords } from "#proto/record.ts";
import { SEAL_BYTES, type Signer, writeSeal } from "#storage/journal/batch.ts";

export const MODEL = sampleModel();
export const MODEL_SHA256 = createHash("sha256").update(MODEL).digest("hex");

export interface SampleBatch {
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  readonly records: number;
  readonly bytes: Uint8Array;
}

export function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return { publicKey: new Uint8Array(raw), sign: (message) => sign(null, message, privateKey) };
}

export interface SampleJournal {
  readonly streamId: string;
  readonly signer: Signer;
  readonly batches: readonly SampleBatch[];
  readonly outputsDigest: string;
}

export async function makeJournal(o: {
  streamId: string;
  ticks: number;
  seed?: number;
  /** Inputs applied together, as the edge's hot path does. */
  group?: number;
  /** Bytes of records after which a batch is closed. */
  batchBytes?: number;
  /** Changes a batch's records (seq and check are set afterwards) or the digest its seal is to carry. */
  spoil?: (batch: { index: number; records: Uint8Array; outputsDigest: Uint8Array }) => void;
}): Promise<SampleJournal> {
  const core = await Core.load();
  core.loadModel(MODEL);
  const signer = newSigner();
  const streamId = Uint8Array.from(Buffer.from(o.streamId, "hex"));
  const writer = new BatchWriter({ streamId, signer, core, batchBytes: o.batchBytes ?? 8_192, spoil: o.spoil });
  const start = encodeRecord(
    StreamStart,
    { time_ns: 1_400_000_040_000_000_000n, source: 6 },
    {
      stream_id: streamId,
      edge_name: `edge ${o.streamId.slice(0, 4)}`,
      core_sha256: core.digest,
      public_key: signer.publicKey,
      layout_version: 1,
    },
  );
  const sample = sampleStream({ ticks: o.ticks, seed: o.seed ?? 1 });
  const inputs = recordsOf(sample).slice(1);
  inputs.unshift(start);
  const group = o.group ?? 7;
  for (let i = 0; i < inputs.length; i += group) {
    const part = Buffer.concat(inputs.slice(i, i + group));
    writer.append(part);
    writer.append(core.apply(part));
  }
  writer.seal();
  return {
    streamId: o.streamId,
    signer,
    batches: writer.batches,
    outputsDigest: Buffer.from(core.outputsDigest()).toString("hex"),
  };
}

function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  walkRecords(bytes, (at, length) => records.push(bytes.slice(at, at + length)));
  return records;
}

interface WriterOptions {
  readonly streamId: Uint8Array;
  readonly signer: Signer;
  readonly core: Core;
  readonly batchBytes: number;
  readonly spoil: ((batch: { index: number; records: Uint8Array; outputsDigest: Uint8Array }) => void) | undefined;
}

class BatchWriter {
  readonly batches: SampleBatch[] = [];
  readonly #o: WriterOptions;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #seq = 0;
  #firstSeq = 1;
  #previousHash: Uint8Array = new Uint8Array(32);
  #timeNs = 0n;

  constructor(o: WriterOptions) {
    this.#o = o;
  }

  /** Gives seq to `records` in place; closes the batch before it would grow too large, as the journal does. */
  append(records: Uint8Array): void {
    if (records.length === 0) return;
    if (this.#bytes > 0 && this.#bytes + records.length > this.#o.batchBytes) this.seal();
    const view = viewOf(records);
    walkRecords(records, (at) => {
      view.setBigUint64(at, BigInt(++this.#seq), true);
      this.#timeNs = view.getBigInt64(at + HEADER_OFFSET.time_ns, true);
    });
    this.#parts.push(records);
    this.#bytes += records.length;
  }

  seal(): void {
    if (this.#bytes === 0) return;
    const { spoil, core, streamId, signer } = this.#o;
    const bytes = new Uint8Array(this.#bytes + SEAL_BYTES);
    bytes.set(Buffer.concat(this.#parts));
    const records = bytes.subarray(0, this.#bytes);
    const outputsDigest = core.outputsDigest();
    spoil?.({ index: this.batches.length, records, outputsDigest });
    const view = viewOf(bytes);
    let seq = this.#firstSeq;
    walkRecords(records, (at, length) => sealRecord(bytes, view, at, length, BigInt(seq++)));
    const content = {
      seq: ++this.#seq,
      timeNs: this.#timeNs,
      streamId,
      firstSeq: this.#firstSeq,
      recordCount: seq - this.#firstSeq,
      previousHash: this.#previousHash,
      recordsSha256: createHash("sha256").update(records).digest(),
      outputsDigest,
    };
    this.#previousHash = writeSeal(bytes, this.#bytes, content, signer);
    this.batches.push({
      firstSeq: BigInt(this.#firstSeq),
      lastSeq: BigInt(this.#seq),
      records: content.recordCount + 1,
      bytes,
    });
    this.#parts = [];
    this.#bytes = 0;
    this.#firstSeq = this.#seq + 1;
  }
}

/** Signs a batch again with another key; its CRC is right afterwards. */
export function rewriteSignature(batch: Uint8Array, signer: Signer): void {
  const seal = batch.subarray(batch.length - SEAL_BYTES);
  const view = viewOf(seal);
  const at = BatchSeal.offset.signature;
  view.setUint32(HEADER_OFFSET.check, 0, true);
  seal.set(signer.sign(seal.subarray(0, at)), at);
  sealRecord(seal, view, 0, SEAL_BYTES, view.getBigUint64(0, true));
}
