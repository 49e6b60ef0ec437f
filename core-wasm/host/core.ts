// One stream in an instance of the core: give it input records, take its outputs, copy its state. The module has no
// imports; everything goes through its one linear memory. After a fault the stream is dead: its state is not whole.
import { createHash, hash } from "node:crypto";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, Lease, OperatorCommand, RiskLimits } from "#proto/generated/records.ts";
import { OutputsDigest } from "./digest.ts";
import { CoreInstance, type LoadedModel } from "./instance.ts";

export { CoreFault } from "./instance.ts";

/** Snapshot: magic, version, state bytes, 4 reserved | module digest 32 | SHA-256 of all else 32 | state | outputs digest, saved. */
const SNAPSHOT_MAGIC = 0x3153534c;
const SNAPSHOT_VERSION = 2;
const SNAPSHOT_HASH = 48;
const SNAPSHOT_HEADER = 80;

/** Indices of the module's counters (assembly/status.ts). */
const COUNTER = {
  trading_state: 0,
  symbols: 1,
  intents: 2,
  in_flight: 5,
  last_seq: 6,
  bad_ticks: 9,
  equity: 16,
  model_active: 19,
  stream_id_0: 20,
  stream_id_1: 21,
  shadow_active: 22,
  model_0: 23,
  shadow_0: 24,
  epoch: 25,
  lease_expires: 26,
  cloud_lease: 27,
  cloud_limits: 28,
  cloud_stop: 29,
  cloud_keys: 30,
} as const;
/** From here on the words of the cloud's keys. */
const CLOUD_KEY_WORDS = 32;

/** Who may order what of a stream, as its records said so far. */
export interface Authority {
  readonly epoch: number;
  /** Ed25519, raw, 32 bytes each. */
  readonly cloudKeys: readonly Uint8Array[];
  /** Number of the last command of each kind that was taken, by the header code of what it ordered. */
  readonly numbers: ReadonlyMap<number, bigint>;
  /** 0 = there was none; 1 = a takeover ended it. */
  readonly leaseExpiresNs: bigint;
}

export interface CoreStatus {
  /** TRADING_STATE */
  readonly trading_state: number;
  readonly model_active: boolean;
  readonly shadow_active: boolean;
  /** Symbols with a specification. */
  readonly symbols: number;
  readonly intents: number;
  readonly in_flight: number;
  readonly bad_ticks: number;
  /** As the daily loss sees it: the account's, moved by floating profit and fills since. */
  readonly equity_micros: bigint;
}

/** Of everything but its own place. */
const snapshotHash = (bytes: Uint8Array): Buffer =>
  createHash("sha256").update(bytes.subarray(0, SNAPSHOT_HASH)).update(bytes.subarray(SNAPSHOT_HEADER)).digest();

export class Core {
  readonly #instance: CoreInstance;
  readonly #stream: number;
  readonly #outputs = new OutputsDigest();
  /** Loaded for this stream: the newest, which a record may name next, then those that may be scoring. */
  #models: readonly LoadedModel[] = [];
  #fault: LockstepError | undefined;

  /** A new stream in an instance that may hold others. */
  constructor(instance: CoreInstance) {
    this.#instance = instance;
    this.#stream = instance.acquire();
  }

  /** A stream in an instance of its own. */
  static async load(options: { readonly wasm?: Uint8Array } = {}): Promise<Core> {
    return new Core(await CoreInstance.load(options));
  }

  /** SHA-256 of the module, 32 bytes. */
  get digest(): Uint8Array {
    return this.#instance.digest;
  }

  /** Puts a model's bytes where a model_digest record finds them. Throws model_refused when they do not fit. */
  loadModel(artefact: Uint8Array): void {
    this.#instance.loadModel(artefact);
    const loaded = { bytes: artefact, sha256: hash("sha256", artefact, "buffer") };
    const scoring = new Set([this.#counter("model_0"), this.#counter("shadow_0")]);
    const kept = this.#models.filter(
      ({ sha256 }, i) => !sha256.equals(loaded.sha256) && (i === 0 || scoring.has(sha256.readBigInt64LE())),
    );
    this.#models = [loaded, ...kept];
  }

  /** Gives the stream's room back; nothing else may be called afterwards. */
  close(): void {
    this.#fault = new LockstepError("core_fault", "this stream of the core was closed");
    this.#instance.release(this.#stream);
  }

  /**
   * Applies whole input records (seq assigned, CRC not needed) and returns the outputs they cause, seq and check 0, as
   * an own copy. Throws core_fault naming the fault and the record's seq; the stream refuses everything afterwards.
   */
  apply(inputs: Uint8Array): Uint8Array {
    if (this.#fault) throw this.#fault;
    this.#instance.prepareModels(this.#stream, this.#models);
    const outputs: Uint8Array[] = [];
    const take = (made: Uint8Array) => {
      this.#outputs.update(made);
      outputs.push(made.slice());
    };
    for (let at = 0; at < inputs.length; ) {
      const part = inputs.subarray(at, at + this.#wholeRecords(inputs, at));
      try {
        this.#instance.apply(this.#stream, part, take);
      } catch (error) {
        if (error instanceof LockstepError) this.#fault = error;
        throw error;
      }
      at += part.length;
    }
    return outputs.length === 1 ? (outputs[0] as Uint8Array) : concat(outputs);
  }

  /** Bytes from `at` that fit the inbox and end at a record's end, by the records' own lengths. */
  #wholeRecords(inputs: Uint8Array, at: number): number {
    const most = this.#instance.inboxBytes;
    const rest = inputs.length - at;
    if (rest <= most) return rest;
    const view = new DataView(inputs.buffer, inputs.byteOffset, inputs.byteLength);
    let end = at;
    while (end < inputs.length) {
      const length = view.getUint32(end + HEADER_OFFSET.length, true);
      if (length === 0 || end - at + length > most) break;
      end += length;
    }
    return end > at ? end - at : most;
  }

  /** The digest of all outputs so far, 32 bytes (digest.ts). */
  outputsDigest(): Uint8Array {
    return this.#outputs.digest();
  }

  /** The stream's whole state as it is now; not a copy. */
  state(): Uint8Array {
    return this.#instance.state(this.#stream);
  }

  lastSeq(): bigint {
    return BigInt.asUintN(64, this.#counter("last_seq"));
  }

  /** As stream_start said; zero before. */
  streamId(): Uint8Array {
    const id = new Uint8Array(16);
    const view = new DataView(id.buffer);
    view.setBigInt64(0, this.#counter("stream_id_0"), true);
    view.setBigInt64(8, this.#counter("stream_id_1"), true);
    return id;
  }

  authority(): Authority {
    const keys = Number(this.#counter("cloud_keys"));
    return {
      epoch: Number(this.#counter("epoch")),
      cloudKeys: Array.from({ length: keys }, (_, i) => this.#cloudKey(i)),
      numbers: new Map([
        [Lease.code, this.#counter("cloud_lease")],
        [RiskLimits.code, this.#counter("cloud_limits")],
        [OperatorCommand.code, this.#counter("cloud_stop")],
      ]),
      leaseExpiresNs: this.#counter("lease_expires"),
    };
  }

  #cloudKey(index: number): Uint8Array {
    const key = new Uint8Array(32);
    const view = new DataView(key.buffer);
    for (let word = 0; word < 4; word++)
      view.setBigInt64(8 * word, this.#instance.counter(this.#stream, CLOUD_KEY_WORDS + 4 * index + word), true);
    return key;
  }

  #counter(name: keyof typeof COUNTER): bigint {
    return this.#instance.counter(this.#stream, COUNTER[name]);
  }

  status(): CoreStatus {
    return {
      trading_state: Number(this.#counter("trading_state")),
      model_active: this.#counter("model_active") === 1n,
      shadow_active: this.#counter("shadow_active") === 1n,
      symbols: Number(this.#counter("symbols")),
      intents: Number(this.#counter("intents")),
      in_flight: Number(this.#counter("in_flight")),
      bad_ticks: Number(this.#counter("bad_ticks")),
      equity_micros: this.#counter("equity"),
    };
  }

  snapshot(): Uint8Array {
    if (this.#fault) throw this.#fault;
    const state = this.state();
    const outputs = this.#outputs.save();
    const out = new Uint8Array(SNAPSHOT_HEADER + state.length + outputs.length);
    const view = new DataView(out.buffer);
    view.setUint32(0, SNAPSHOT_MAGIC, true);
    view.setUint32(4, SNAPSHOT_VERSION, true);
    view.setUint32(8, state.length, true);
    out.set(this.digest, 16);
    out.set(state, SNAPSHOT_HEADER);
    out.set(outputs, SNAPSHOT_HEADER + state.length);
    out.set(snapshotHash(out), SNAPSHOT_HASH);
    return out;
  }

  /** Throws snapshot_refused unless it is whole and was taken by this very module. */
  restore(snapshot: Uint8Array): void {
    const { stateBytes } = this.#instance;
    const refuse = (why: string) =>
      new LockstepError("snapshot_refused", `snapshot refused: ${why}; start from the journal instead`);
    if (snapshot.length < SNAPSHOT_HEADER + stateBytes)
      throw refuse(`it has ${snapshot.length} bytes, ${SNAPSHOT_HEADER + stateBytes} and the digest are needed`);
    const view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
    if (view.getUint32(0, true) !== SNAPSHOT_MAGIC || view.getUint32(4, true) !== SNAPSHOT_VERSION)
      throw refuse("not a snapshot of this version");
    if (Buffer.compare(snapshot.subarray(16, 48), this.digest) !== 0) throw refuse("another module took it");
    const rest = snapshot.subarray(SNAPSHOT_HEADER);
    if (snapshotHash(snapshot).compare(snapshot.subarray(SNAPSHOT_HASH, SNAPSHOT_HEADER)) !== 0)
      throw refuse("it is damaged");
    if (!this.#outputs.restore(rest.subarray(stateBytes))) throw refuse("its outputs digest has no such length");
    this.state().set(rest.subarray(0, stateBytes));
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
