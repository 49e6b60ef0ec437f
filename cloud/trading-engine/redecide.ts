// One stream decided again, batch by batch: first everything that can be known of a batch from outside (structure, CRC,
// seq, chain, signature), then the same records through the same module. A batch that fails is never half applied to
// what is reported: position, digest and counts stay at the last good one.

import { checkTakeover } from "#core-wasm/host/authority.ts";
import type { Authority, Core } from "#core-wasm/host/core.ts";
import { feedWithModels, modelsAfter, modelsNamed, NO_MODELS } from "#core-wasm/host/model-records.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, StreamStart, type Takeover } from "#proto/generated/records.ts";
import { recordLength, viewOf, walkRecords } from "#proto/record.ts";
import { SEAL_BYTES, verifyBatch } from "#storage/journal/batch.ts";
import { takeoverOf } from "#storage/journal/seal-keys.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the stream needs is not here (yet): no difference, nothing was applied; the same batch may be tried again. */
export class NotYet extends LockstepError {}

/** Model bytes by their SHA-256 in hex. */
export type FindModel = (sha256: string) => Uint8Array | undefined;

export interface Position {
  /** seq of the last good batch's seal; 0 = none. */
  readonly seq: bigint;
  readonly batches: number;
  /** Seals included. */
  readonly records: number;
  readonly outputsDigest: string;
  readonly timeNs: bigint;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export class StreamVerifier {
  readonly streamId: string;
  readonly #core: Core;
  readonly #findModel: FindModel;
  #redecider: Redecider;
  #publicKey = new Uint8Array(0);
  #previousHash: Uint8Array = new Uint8Array(32);
  #edgeName = "";
  #models = NO_MODELS;
  #position: Position;
  /** Counts from before the snapshot that this verifier began with. */
  #countsBefore: Readonly<Record<string, number>> = {};

  constructor(o: { streamId: string; core: Core; findModel: FindModel }) {
    this.streamId = o.streamId;
    this.#core = o.core;
    this.#findModel = o.findModel;
    this.#redecider = new Redecider(o.core, { nextSeq: 1n });
    this.#position = { seq: 0n, batches: 0, records: 0, outputsDigest: hex(o.core.outputsDigest()), timeNs: 0n };
  }

  get position(): Position {
    return this.#position;
  }

  get edgeName(): string {
    return this.#edgeName;
  }

  /** SHA-256 in hex of the model that the last model_digest record named; "" = none yet. */
  get model(): string {
    return this.#models.live;
  }

  /** The same of the shadow; "" = none. */
  get shadow(): string {
    return this.#models.shadow;
  }

  get coreDigest(): string {
    return hex(this.#core.digest);
  }

  /** The running digest of the core itself: after a failed batch it tells what was decided here. */
  get decidedDigest(): string {
    return hex(this.#core.outputsDigest());
  }

  /** As the verified records say. */
  get authority(): Authority {
    return this.#core.authority();
  }

  get tradingState(): number {
    return this.#core.status().trading_state;
  }

  get counts(): Record<string, number> {
    const counts = { ...this.#countsBefore };
    for (const [kind, count] of Object.entries(this.#redecider.counts)) counts[kind] = (counts[kind] ?? 0) + count;
    return counts;
  }

  /** Gives the core's room back; nothing else may be called afterwards. */
  close(): void {
    this.#core.close();
  }

  /** Throws NotYet when core or model are missing here, any other LockstepError when batch and decision do not agree. */
  verify(batch: Uint8Array): void {
    const start = this.#position.seq === 0n ? this.#readStart(batch) : undefined;
    const takeover = start ? undefined : this.#readTakeover(batch);
    const publicKey = start?.public_key ?? takeover?.box_key ?? this.#publicKey;
    const verified = verifyBatch({
      batch,
      publicKey,
      previousHash: this.#previousHash,
      firstSeq: this.#position.seq + 1n,
      streamId: Buffer.from(this.streamId, "hex"),
    });
    this.#decide(batch);
    this.#publicKey = new Uint8Array(publicKey);
    if (start) this.#edgeName = start.edge_name;
    this.#previousHash = verified.hash;
    this.#position = {
      seq: verified.lastSeq,
      batches: this.#position.batches + 1,
      records: this.#position.records + verified.recordCount + 1,
      outputsDigest: hex(verified.outputsDigest),
      timeNs: lastTime(batch),
    };
  }

  /** Another box goes on: what the core holds of the stream says whether it may. */
  #readTakeover(batch: Uint8Array): Takeover | undefined {
    const takeover = takeoverOf(batch);
    if (takeover)
      checkTakeover(takeover, { streamId: Buffer.from(this.streamId, "hex"), authority: this.#core.authority() });
    return takeover;
  }

  #readStart(batch: Uint8Array): StreamStart {
    const view = viewOf(batch);
    recordLength(view, 0);
    if (view.getUint16(HEADER_OFFSET.kind, true) !== StreamStart.code)
      throw new LockstepError("protocol", "the journal does not begin with stream_start: refuse this edge");
    const start = StreamStart.read(view, 0);
    if (hex(start.stream_id) !== this.streamId)
      throw new LockstepError(
        "wrong_stream",
        `stream_start names ${hex(start.stream_id)}, the log is ${this.streamId}`,
      );
    if (hex(start.core_sha256) !== this.coreDigest)
      throw new NotYet(
        "core_digest",
        `decided at the edge by core ${hex(start.core_sha256)}, this build has ${this.coreDigest}: run a trading-engine of that build`,
      );
    return start;
  }

  /** Feeds the batch; each model's bytes are put in place just before the record that makes it the one that scores. */
  #decide(batch: Uint8Array): void {
    // All of them are here before anything is decided: a batch is tried again as a whole.
    const bytes = new Map(modelsNamed(batch).map(({ sha256 }) => [sha256, this.#modelBytes(sha256)]));
    feedWithModels({
      records: batch,
      load: ({ sha256 }) => this.#core.loadModel(bytes.get(sha256) as Uint8Array),
      feed: (records) => this.#redecider.feed(records),
    });
    const view = viewOf(batch);
    walkRecords(batch, (at, _length, code) => {
      this.#models = modelsAfter(this.#models, view, at, code);
    });
  }

  #modelBytes(sha256: string): Uint8Array {
    const bytes = this.#findModel(sha256);
    if (bytes) return bytes;
    throw new NotYet(
      "unavailable",
      `model ${sha256} is not here: publish it (npm run model -- publish), or put its .lsm file into the model directory`,
    );
  }

  /** Everything needed to go on from here in another process. */
  snapshot(hint: number): Snapshot {
    return {
      stream_id: this.streamId,
      edge_name: this.#edgeName,
      public_key: hex(this.#publicKey),
      previous_hash: hex(this.#previousHash),
      models: this.#models,
      position: this.#position,
      counts: this.counts,
      hint,
      pending: this.#redecider.pendingOutputs(),
      core: this.#core.snapshot(),
    };
  }

  /** Only on a fresh verifier. Throws snapshot_refused or NotYet; then a fresh one begins at the start. */
  restore(snapshot: Snapshot): void {
    if (snapshot.stream_id !== this.streamId)
      throw new LockstepError("snapshot_refused", `snapshot of ${snapshot.stream_id}, not of ${this.streamId}`);
    const { live, shadow } = snapshot.models;
    const models = [shadow, live].filter((sha256) => sha256 !== "").map((sha256) => this.#modelBytes(sha256));
    this.#core.restore(snapshot.core);
    for (const bytes of models) this.#core.loadModel(bytes);
    this.#redecider = new Redecider(this.#core, { nextSeq: snapshot.position.seq + 1n, pending: snapshot.pending });
    this.#publicKey = Uint8Array.from(Buffer.from(snapshot.public_key, "hex"));
    this.#previousHash = Uint8Array.from(Buffer.from(snapshot.previous_hash, "hex"));
    this.#edgeName = snapshot.edge_name;
    this.#models = snapshot.models;
    this.#position = snapshot.position;
    this.#countsBefore = snapshot.counts;
  }
}

/** time_ns of the seal: never before that of any record in the batch. */
function lastTime(batch: Uint8Array): bigint {
  return viewOf(batch).getBigInt64(batch.length - SEAL_BYTES + HEADER_OFFSET.time_ns, true);
}
