// A recorded journal as the input of a command: every record's CRC, every seal's hash, chain and signature are verified as
// it is read, from the first record to the last seal. What cannot be decided from the beginning again is refused.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { openDisk } from "#mesh/world/disk.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, StreamStart } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { verifyBatch } from "#storage/journal/batch.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { SealKeys } from "#storage/journal/seal-keys.ts";
import { listSegments } from "#storage/journal/segment-files.ts";
import { proveSegment } from "#storage/journal/segment-proof.ts";
import { findModel, readModels } from "./models.ts";

/** Where a journal lies in what a person may name: itself, the edge's directory, the data directory of `npm start`. */
const PLACES = [".", "journal", "edge/journal"];
/** Where its models lie, seen from it. */
const STORES = ["../models", "models"];

export const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export interface JournalOptions {
  readonly path: string;
  /** Model files beside those of the edge's own store. */
  readonly models: readonly string[];
  /** Take a journal with records behind its last seal, up to that seal. */
  readonly sealedOnly?: boolean;
}

/** The last seal so far. */
export interface LastSeal {
  readonly seq: bigint;
  readonly outputs_digest: string;
}

export class RecordedJournal {
  readonly directory: string;
  readonly #options: JournalOptions;
  readonly #find: (digest: string) => Uint8Array;
  #seal: LastSeal | undefined;
  #sealedBytes = 0;

  /** Throws not_found when there is no journal in any of the places. */
  constructor(options: JournalOptions) {
    this.#options = options;
    this.directory = journalDirectory(options.path);
    const given = readModels(options.models);
    const store = STORES.map((name) => join(this.directory, name)).find(isDirectory);
    this.#find = (digest) => findModel(digest, given, store);
  }

  /** A model that the stream names. Throws not_found or bad_file. */
  model(digest: string): Uint8Array {
    return this.#find(digest);
  }

  /** What the live run sealed last; undefined until the first batch was read. */
  get seal(): LastSeal | undefined {
    return this.#seal;
  }

  /** Bytes of the batches read so far. */
  get bytesRead(): number {
    return this.#sealedBytes;
  }

  /** Bytes of all segment files in use, for progress. */
  get bytes(): number {
    return listSegments(openDisk(this.directory))
      .filter(({ header }) => typeof header === "object")
      .reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Time of the last record. Throws not_found where there is none. */
  lastTimeNs(): bigint {
    const disk = openDisk(this.directory);
    const first = listSegments(disk).findLast(({ header }) => typeof header === "object")?.header;
    const reader = new JournalReader({ disk });
    try {
      let last: bigint | undefined;
      for (const records of typeof first === "object" ? reader.records(BigInt(first.firstSeq)) : [])
        walkRecords(records, (at) => {
          last = viewOf(records).getBigInt64(at + HEADER_OFFSET.time_ns, true);
        });
      if (last !== undefined) return last;
    } finally {
      reader.close();
    }
    throw new LockstepError("not_found", `${this.directory} holds no records`);
  }

  /**
   * All sealed batches from seq 1. Throws journal_truncated, core_digest (another module than `coreDigest` decided it),
   * journal_damaged, what verifyBatch throws, and, behind the last batch, bad_seal when unsealed records follow.
   */
  *batches(coreDigest: Uint8Array): Generator<Uint8Array> {
    const disk = openDisk(this.directory);
    const reader = new JournalReader({ disk });
    try {
      const first = reader.firstSeq();
      if (first === undefined) throw new LockstepError("not_found", `${this.directory} holds no journal segments`);
      if (first !== 1n) throw truncated(this.directory, first);
      let start: StreamStart | undefined;
      let keys: SealKeys | undefined;
      let previousHash: Uint8Array = new Uint8Array(32);
      for (const batch of reader.batches(1n)) {
        start ??= startOf(batch, coreDigest, this.directory);
        const firstSeq = (this.#seal?.seq ?? 0n) + 1n;
        const { public_key, stream_id: streamId } = start;
        keys ??= new SealKeys(public_key, { streamId });
        const verified = verifyBatch({ batch, publicKey: keys.keyOf(batch), previousHash, firstSeq, streamId });
        keys.onVerified(batch);
        previousHash = verified.hash;
        this.#seal = { seq: verified.lastSeq, outputs_digest: hex(verified.outputsDigest) };
        this.#sealedBytes += batch.length;
        yield batch;
      }
      this.#checkEnd(disk, keys);
    } finally {
      reader.close();
    }
  }

  #checkEnd(disk: ReturnType<typeof openDisk>, keys: SealKeys | undefined): void {
    if (this.#options.sealedOnly && this.#seal) return;
    const last = listSegments(disk).findLast(({ header }) => typeof header === "object");
    if (!last) return;
    const firstSeq = typeof last.header === "object" ? last.header.firstSeq : 0;
    const proof = proveSegment({ disk, name: last.name, ...(keys && { publicKey: keys.keyAt(BigInt(firstSeq)) }) });
    const sealed = this.#seal?.seq ?? 0n;
    const tail = BigInt(proof.lastSealedSeq + proof.unsealedRecords) - sealed;
    if (tail <= 0n && sealed > 0n) return;
    throw new LockstepError(
      "bad_seal",
      `${this.directory}: ${tail} records follow the last seal (seq ${sealed}), so that no digest of the live run covers them: stop the edge (it seals as it closes), or take the sealed part alone with --sealed`,
    );
  }
}

function journalDirectory(path: string): string {
  const found = PLACES.map((place) => join(path, place)).find(holdsSegments);
  if (found !== undefined) return found;
  const what = existsSync(path) ? "holds no journal segments" : "does not exist";
  throw new LockstepError(
    "not_found",
    `${path} ${what}: name a journal's directory, e.g. .lockstep/live/edge/journal, or the edge's data directory`,
  );
}

const holdsSegments = (path: string): boolean => isDirectory(path) && listSegments(openDisk(path)).length > 0;

function startOf(batch: Uint8Array, coreDigest: Uint8Array, directory: string): StreamStart {
  const view = viewOf(batch);
  const start = StreamStart.read(view, 0);
  if (hex(start.core_sha256) === hex(coreDigest)) return start;
  throw new LockstepError(
    "core_digest",
    `${directory} was decided by module ${hex(start.core_sha256)}, this build has ${hex(coreDigest)}: use the build that wrote it`,
  );
}

const truncated = (directory: string, first: bigint): LockstepError =>
  new LockstepError(
    "journal_truncated",
    `${directory} begins at seq ${first}: deciding from there needs a snapshot of the core behind seq ${first - 1n}, which this command does not take; take the whole journal from the cloud, or name one that begins at seq 1`,
  );
