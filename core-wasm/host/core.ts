// One instance of the core: load it, give it input records, take its outputs, copy its state. The module has no
// imports; everything goes through its one linear memory. After a fault the instance is dead: its state is not whole.
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { OutputsDigest } from "./digest.ts";
import { FAULTS } from "./faults.ts";

const MODULE = new URL("../build/core.wasm", import.meta.url);
const DIGEST = new URL("../DIGEST", import.meta.url);

/** Snapshot: magic, version, state bytes, 4 reserved | module digest 32 | SHA-256 of the rest 32 | state | outputs digest, saved. */
const SNAPSHOT_MAGIC = 0x3153534c;
const SNAPSHOT_VERSION = 2;
const SNAPSHOT_HEADER = 80;

/** Where the module leaves why it trapped, and on which record (assembly/memory.ts). */
const FAULT_AT = 0x40;
const CURSOR_AT = 0x44;
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
} as const;

interface Exports {
  readonly memory: WebAssembly.Memory;
  inboxAt(): number;
  inboxBytesMax(): number;
  outboxAt(): number;
  stateAt(): number;
  stateBytes(): number;
  modelAt(): number;
  modelBytesMax(): number;
  apply(bytes: number): number;
  outboxBytes(): number;
  counter(index: number): bigint;
}

/** The module trapped on a record: loud, final, and naming it. */
export class CoreFault extends LockstepError {
  readonly seq: bigint;

  constructor(seq: bigint, message: string, options: { cause: unknown }) {
    super("core_fault", message, options);
    this.seq = seq;
  }
}

export interface CoreStatus {
  /** TRADING_STATE */
  readonly trading_state: number;
  readonly model_active: boolean;
  /** Symbols with a specification. */
  readonly symbols: number;
  readonly intents: number;
  readonly in_flight: number;
  readonly bad_ticks: number;
  /** As the daily loss sees it: the account's, moved by floating profit and fills since. */
  readonly equity_micros: bigint;
}

const sha256 = (bytes: Uint8Array): Buffer => hash("sha256", bytes, "buffer");

export class Core {
  /** SHA-256 of the module, 32 bytes. */
  readonly digest: Uint8Array;
  readonly #exports: Exports;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  readonly #inboxAt: number;
  readonly #inboxBytes: number;
  readonly #outboxAt: number;
  readonly #stateAt: number;
  readonly #stateBytes: number;
  readonly #outputs = new OutputsDigest();
  #fault: LockstepError | undefined;

  private constructor(digest: Uint8Array, exports: Exports) {
    this.digest = digest;
    this.#exports = exports;
    this.#memory = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
    this.#inboxAt = exports.inboxAt();
    this.#inboxBytes = exports.inboxBytesMax();
    this.#outboxAt = exports.outboxAt();
    this.#stateAt = exports.stateAt();
    this.#stateBytes = exports.stateBytes();
  }

  /** Loads the built module; throws core_digest when it is not the committed one. Bytes given are taken as they are. */
  static async load(options: { readonly wasm?: Uint8Array } = {}): Promise<Core> {
    const bytes = new Uint8Array(options.wasm ?? readModule());
    const digest = sha256(bytes);
    const expected = readFileSync(DIGEST, "utf8").trim();
    if (options.wasm === undefined && digest.toString("hex") !== expected) {
      throw new LockstepError(
        "core_digest",
        `core.wasm is ${digest.toString("hex")}, DIGEST says ${expected}: run \`npm run build\``,
      );
    }
    const instance = new WebAssembly.Instance(await compiled(bytes, digest.toString("hex")), {});
    return new Core(new Uint8Array(digest), instance.exports as unknown as Exports);
  }

  /** Puts a model's bytes where a model_digest record finds them. Throws model_refused when they do not fit. */
  loadModel(artefact: Uint8Array): void {
    const most = this.#exports.modelBytesMax();
    if (artefact.length > most)
      throw new LockstepError("model_refused", `the model has ${artefact.length} bytes, the core takes ${most}`);
    this.#memory.fill(0, this.#exports.modelAt(), this.#exports.modelAt() + most);
    this.#memory.set(artefact, this.#exports.modelAt());
  }

  /**
   * Applies whole input records (seq assigned, CRC not needed) and returns the outputs they cause, seq and check 0, as
   * an own copy. Throws core_fault naming the fault and the record's seq; the instance refuses everything afterwards.
   */
  apply(inputs: Uint8Array): Uint8Array {
    if (this.#fault) throw this.#fault;
    const outputs: Uint8Array[] = [];
    for (let at = 0; at < inputs.length; ) {
      const part = inputs.subarray(at, at + this.#wholeRecords(inputs, at));
      this.#memory.set(part, this.#inboxAt);
      for (let done = 0; done < part.length; ) {
        const consumed = this.#call(part.length - done);
        done += consumed;
        const bytes = this.#exports.outboxBytes();
        if (bytes > 0) {
          const taken = this.#memory.slice(this.#outboxAt, this.#outboxAt + bytes);
          this.#outputs.update(taken);
          outputs.push(taken);
        }
        // A full outbox stops the call between two records: the rest is given again from the inbox's start.
        if (done < part.length)
          this.#memory.copyWithin(this.#inboxAt, this.#inboxAt + consumed, this.#inboxAt + part.length);
      }
      at += part.length;
    }
    return outputs.length === 1 ? (outputs[0] as Uint8Array) : concat(outputs);
  }

  /** Bytes from `at` that fit the inbox and end at a record's end, by the records' own lengths. */
  #wholeRecords(inputs: Uint8Array, at: number): number {
    const rest = inputs.length - at;
    if (rest <= this.#inboxBytes) return rest;
    const view = new DataView(inputs.buffer, inputs.byteOffset, inputs.byteLength);
    let end = at;
    while (end < inputs.length) {
      const length = view.getUint32(end + HEADER_OFFSET.length, true);
      if (length === 0 || end - at + length > this.#inboxBytes) break;
      end += length;
    }
    return end > at ? end - at : this.#inboxBytes;
  }

  #call(bytes: number): number {
    try {
      return this.#exports.apply(bytes);
    } catch (error) {
      const code = this.#view.getUint32(FAULT_AT, true);
      const cursor = this.#view.getUint32(CURSOR_AT, true);
      const seq = cursor >= this.#inboxAt ? this.#view.getBigUint64(cursor + HEADER_OFFSET.seq, true) : 0n;
      this.#fault = new CoreFault(
        seq,
        `the core refused record seq ${seq} and stopped: ${FAULTS[code] ?? code}; do not restart on the same record, look at it`,
        { cause: error },
      );
      throw this.#fault;
    }
  }

  /** The digest of all outputs so far, 32 bytes (digest.ts). */
  outputsDigest(): Uint8Array {
    return this.#outputs.digest();
  }

  /** The module's whole state as it is now; not a copy. */
  state(): Uint8Array {
    return this.#memory.subarray(this.#stateAt, this.#stateAt + this.#stateBytes);
  }

  lastSeq(): bigint {
    return BigInt.asUintN(64, this.#exports.counter(COUNTER.last_seq));
  }

  status(): CoreStatus {
    return {
      trading_state: Number(this.#exports.counter(COUNTER.trading_state)),
      model_active: this.#exports.counter(COUNTER.model_active) === 1n,
      symbols: Number(this.#exports.counter(COUNTER.symbols)),
      intents: Number(this.#exports.counter(COUNTER.intents)),
      in_flight: Number(this.#exports.counter(COUNTER.in_flight)),
      bad_ticks: Number(this.#exports.counter(COUNTER.bad_ticks)),
      equity_micros: this.#exports.counter(COUNTER.equity),
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
    out.set(sha256(out.subarray(SNAPSHOT_HEADER)), 48);
    return out;
  }

  /** Throws snapshot_refused unless it is whole and was taken by this very module. */
  restore(snapshot: Uint8Array): void {
    const refuse = (why: string) =>
      new LockstepError("snapshot_refused", `snapshot refused: ${why}; start from the journal instead`);
    if (snapshot.length < SNAPSHOT_HEADER + this.#stateBytes)
      throw refuse(`it has ${snapshot.length} bytes, ${SNAPSHOT_HEADER + this.#stateBytes} and the digest are needed`);
    const view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
    if (view.getUint32(0, true) !== SNAPSHOT_MAGIC || view.getUint32(4, true) !== SNAPSHOT_VERSION)
      throw refuse("not a snapshot of this version");
    if (Buffer.compare(snapshot.subarray(16, 48), this.digest) !== 0) throw refuse("another module took it");
    const rest = snapshot.subarray(SNAPSHOT_HEADER);
    if (sha256(rest).compare(snapshot.subarray(48, 80)) !== 0) throw refuse("it is damaged");
    if (!this.#outputs.restore(rest.subarray(this.#stateBytes))) throw refuse("its outputs digest has no such length");
    this.#memory.set(rest.subarray(0, this.#stateBytes), this.#stateAt);
  }
}

/** The module last compiled, by digest: a process that restores or follows many streams compiles it once. */
let last: { readonly digest: string; readonly module: Promise<WebAssembly.Module> } | undefined;

function compiled(bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<WebAssembly.Module> {
  if (last?.digest !== digest) last = { digest, module: WebAssembly.compile(bytes) };
  return last.module;
}

function readModule(): Buffer {
  try {
    return readFileSync(MODULE);
  } catch (cause) {
    throw new LockstepError("core_digest", "core.wasm is not built: run `npm run build`", { cause });
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
