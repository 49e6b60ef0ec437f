// npm run verify -- DIR|SEGMENT... [--model FILE]... [--public-key HEX] [--json]: proves a journal: every record's CRC and sequence,
// every batch's hash, chain and signature, and, from seq 1, every decision again. Names the first thing that is wrong.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Core } from "#core-wasm/host/core.ts";
import { feedWithModels } from "#core-wasm/host/model-records.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { LockstepError } from "#proto/errors.ts";
import { StreamStart } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { verifyBatch } from "#storage/journal/batch.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { SealKeys } from "#storage/journal/seal-keys.ts";
import { segmentNumber } from "#storage/journal/segment.ts";
import { listSegments } from "#storage/journal/segment-files.ts";
import { proveSegment, type SegmentProof } from "#storage/journal/segment-proof.ts";
import { findModel, type ModelsByDigest, readModels, SHIPPED_MODEL } from "./start/models.ts";

const HELP = `npm run verify -- DIR|SEGMENT... [--model FILE]... [--public-key HEX] [--json]
  DIR           directory of a journal, e.g. .lockstep/live/edge/journal
  SEGMENT       segment files of one journal, in order: all but the decisions, which need the journal's beginning
  --model       artefacts that the stream scored with (default ${SHIPPED_MODEL}); those beside the journal are found
  --public-key  Ed25519 key to hold the signatures against (default: the one in the stream's first record)
  --json        print one JSON object
Exit 0 = proven, 1 = not, with the segment, the seq and the reason.`;

interface Proof {
  readonly stream_id: string;
  readonly first_seq: string;
  readonly last_sealed_seq: string;
  readonly batches: number;
  readonly records: number;
  /** Of the box that sealed last. */
  readonly public_key: string;
  /** Takeovers that the journal holds. */
  readonly epoch: number;
  /** False when the journal's beginning was truncated: then only bytes, chain and signatures are proven. */
  readonly redecided: boolean;
  readonly outputs_digest: string;
  /** Whole records behind the last durable seal: of the batch still open, or not known to be durable. */
  readonly tail_records: number;
  /** Bytes of a commit that a crash cut short (or that is being written now): never acknowledged. */
  readonly torn_bytes: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function openJournal(dir: string) {
  if (!existsSync(dir)) throw new LockstepError("not_found", `${dir} does not exist: name the directory of a journal`);
  const disk = openDisk(dir);
  const reader = new JournalReader({ disk });
  const firstSeq = reader.firstSeq();
  if (firstSeq === undefined) throw new LockstepError("not_found", `${dir} holds no journal segments`);
  return { disk, reader, firstSeq };
}

/** The segment that holds a seq, for messages. */
function segmentOf(disk: ReturnType<typeof openDisk>, seq: bigint): string {
  const found = listSegments(disk).filter(({ header }) => typeof header === "object" && BigInt(header.firstSeq) <= seq);
  return found.at(-1)?.name ?? "?";
}

async function verify(dir: string, models: ModelsByDigest, publicKey: Uint8Array | undefined): Promise<Proof> {
  const { disk, reader, firstSeq } = openJournal(dir);
  const whole = firstSeq === 1n;
  const core = await Core.load();
  const redecider = new Redecider(core);
  let keys = publicKey && new SealKeys(publicKey);
  let streamId: Uint8Array | undefined;
  let previousHash: Uint8Array = new Uint8Array(32);
  let outputsDigest: Uint8Array = new Uint8Array(32);
  let next = firstSeq;
  let batches = 0;
  let records = 0;
  try {
    for (const batch of reader.batches(firstSeq)) {
      const view = viewOf(batch);
      if (whole && batches === 0) {
        const start = StreamStart.read(view, 0);
        streamId = start.stream_id;
        keys ??= new SealKeys(start.public_key, { streamId });
        if (hex(start.core_sha256) !== hex(core.digest))
          throw new LockstepError(
            "core_digest",
            `module ${hex(start.core_sha256)} decided this stream, this is ${hex(core.digest)}: use the build that wrote it`,
          );
      }
      if (!keys) throw new LockstepError("bad_config", "the journal's beginning was truncated: give --public-key");
      if (!whole && batches === 0) previousHash = firstPreviousHash(batch);
      const verified = verifyBatch({
        batch,
        publicKey: keys.keyOf(batch),
        previousHash,
        firstSeq: next,
        ...(streamId ? { streamId } : {}),
      });
      if (whole) {
        feedWithModels({
          records: batch,
          load: ({ sha256 }) => core.loadModel(findModel(sha256, models, join(dir, "..", "models"))),
          feed: (part) => redecider.feed(part),
        });
      }
      keys.onVerified(batch);
      previousHash = verified.hash;
      outputsDigest = verified.outputsDigest;
      next = verified.lastSeq + 1n;
      batches++;
      records += verified.recordCount + 1;
    }
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    throw new LockstepError(
      error.code,
      `${dir}: ${segmentOf(disk, next)}, in the batch from seq ${next}: ${error.message}`,
      { cause: error },
    );
  } finally {
    reader.close();
  }
  return {
    stream_id: streamId ? hex(streamId) : "",
    first_seq: String(firstSeq),
    last_sealed_seq: String(next - 1n),
    batches,
    records,
    public_key: keys ? hex(keys.publicKey) : "",
    epoch: keys?.epoch ?? 0,
    redecided: whole,
    outputs_digest: hex(outputsDigest),
    ...tailOf(disk, next, keys),
  };
}

/** What stands behind the last durable seal, in the last segment in use. */
function tailOf(
  disk: ReturnType<typeof openDisk>,
  next: bigint,
  keys: SealKeys | undefined,
): Pick<Proof, "tail_records" | "torn_bytes"> {
  const last = listSegments(disk).findLast(({ header }) => typeof header === "object");
  if (!last) return { tail_records: 0, torn_bytes: 0 };
  const firstSeq = typeof last.header === "object" ? last.header.firstSeq : 0;
  const proof = proveSegment({ disk, name: last.name, ...(keys && { publicKey: keys.keyAt(BigInt(firstSeq)) }) });
  const lastSeq = proof.lastSealedSeq + proof.unsealedRecords;
  return { tail_records: Math.max(0, lastSeq - Number(next) + 1), torn_bytes: proof.tornBytes };
}

/** Segment files by themselves; each must go on where the one before it ended. */
function verifySegments(paths: readonly string[], publicKey: Uint8Array | undefined): Record<string, unknown>[] {
  let key = publicKey;
  let before: SegmentProof | undefined;
  return paths.map((path) => {
    if (!existsSync(path)) throw new LockstepError("not_found", `${path} does not exist: name a segment file`);
    const name = basename(path);
    const proof = proveSegment({ disk: openDisk(dirname(path)), name, ...(key ? { publicKey: key } : {}) });
    if (before && before.lastSealedSeq + 1 !== proof.header.firstSeq)
      throw new LockstepError("gap", `${path} begins at seq ${proof.header.firstSeq}, the one before ends elsewhere`);
    if (proof.batches > 0) key = proof.publicKey;
    before = proof;
    return {
      segment: name,
      stream_id: hex(proof.header.streamId),
      first_seq: String(proof.header.firstSeq),
      last_sealed_seq: String(proof.lastSealedSeq),
      batches: proof.batches,
      records: proof.records,
      tail_records: proof.unsealedRecords,
      torn_bytes: proof.tornBytes,
    };
  });
}

/** What the seal of the first batch left says came before it: the chain is proven from there on. */
function firstPreviousHash(batch: Uint8Array): Uint8Array {
  let seal = 0;
  walkRecords(batch, (at) => {
    seal = at;
  });
  return batch.slice(seal + 64, seal + 96);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      help: { type: "boolean" },
      model: { type: "string", multiple: true },
      "public-key": { type: "string" },
    },
  });
  if (values.help) return void process.stdout.write(`${HELP}\n`);
  const [dir] = positionals;
  const segments = positionals.every((path) => segmentNumber(basename(path)) !== undefined);
  if (dir === undefined || (positionals.length > 1 && !segments))
    throw new LockstepError("bad_config", `name one directory, or segment files\n${HELP}`);
  const key = values["public-key"];
  if (key !== undefined && !/^[0-9a-f]{64}$/.test(key))
    throw new LockstepError("bad_config", "--public-key takes 64 hex digits");
  const publicKey = key === undefined ? undefined : Buffer.from(key, "hex");
  if (segments) return print(verifySegments(positionals, publicKey), values.json);
  print(await verify(dir, readModels(values.model ?? [SHIPPED_MODEL]), publicKey), values.json);
}

function print(proof: object, json: boolean | undefined): void {
  if (json) return void process.stdout.write(`${JSON.stringify(proof)}\n`);
  for (const one of Array.isArray(proof) ? proof : [proof])
    for (const [name, value] of Object.entries(one)) process.stdout.write(`${name.padEnd(16)} ${value}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof LockstepError ? `not proven: ${error.message}` : (error as Error).stack}\n`);
  process.exitCode = 1;
}
