// One instance of the module with the streams that live in it: loads it, makes room for streams, runs calls on one of
// them. A trap leaves that one stream's state unwhole (core.ts makes it dead); the others are not touched by it, for
// what a call leaves behind outside its stream (scratch, outbox) is never read by another.
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { FAULTS } from "./faults.ts";

const MODULE = new URL("../build/core.wasm", import.meta.url);
const DIGEST = new URL("../DIGEST", import.meta.url);

/** Where the module leaves why it trapped, and on which record (assembly/memory.ts). */
const FAULT_AT = 0x40;
const CURSOR_AT = 0x44;
const PAGE_BYTES = 65_536;

interface Exports {
  readonly memory: WebAssembly.Memory;
  inboxAt(): number;
  inboxBytesMax(): number;
  outboxAt(): number;
  outboxBytes(): number;
  stateAt(): number;
  stateBytes(): number;
  modelAt(): number;
  modelBytesMax(): number;
  holdModel(bytes: number): number;
  modelHeld(): number;
  select(stream: number): void;
  apply(bytes: number): number;
  counter(index: number): bigint;
}

export interface LoadedModel {
  readonly bytes: Uint8Array;
  readonly sha256: Buffer;
}

/** The module trapped on a record: loud, final, and naming it. */
export class CoreFault extends LockstepError {
  readonly seq: bigint;

  constructor(seq: bigint, message: string, options: { cause: unknown }) {
    super("core_fault", message, options);
    this.seq = seq;
  }
}

export class CoreInstance {
  /** SHA-256 of the module, 32 bytes. */
  readonly digest: Uint8Array;
  readonly inboxBytes: number;
  readonly stateBytes: number;
  readonly #exports: Exports;
  readonly #inboxAt: number;
  readonly #outboxAt: number;
  readonly #streamsAt: number;
  readonly #free: number[] = [];
  #streams = 0;
  /** What lies in the model region. */
  #model: Uint8Array | undefined;
  #memory: Uint8Array;
  #view: DataView;

  private constructor(digest: Uint8Array, exports: Exports) {
    this.digest = digest;
    this.#exports = exports;
    this.inboxBytes = exports.inboxBytesMax();
    this.stateBytes = exports.stateBytes();
    this.#inboxAt = exports.inboxAt();
    this.#outboxAt = exports.outboxAt();
    exports.select(0);
    this.#streamsAt = exports.stateAt();
    this.#memory = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
  }

  /** Loads the built module; throws core_digest when it is not the committed one. Bytes given are taken as they are. */
  static async load(options: { readonly wasm?: Uint8Array } = {}): Promise<CoreInstance> {
    const bytes = new Uint8Array(options.wasm ?? readModule());
    const digest = hash("sha256", bytes, "buffer");
    const expected = readFileSync(DIGEST, "utf8").trim();
    if (options.wasm === undefined && digest.toString("hex") !== expected) {
      throw new LockstepError(
        "core_digest",
        `core.wasm is ${digest.toString("hex")}, DIGEST says ${expected}: run \`npm run build\``,
      );
    }
    const instance = new WebAssembly.Instance(await compiled(bytes, digest.toString("hex")), {});
    return new CoreInstance(new Uint8Array(digest), instance.exports as unknown as Exports);
  }

  /** Bytes of the module's memory, streams included. */
  get memoryBytes(): number {
    return this.#memory.length;
  }

  /** An empty stream, to be given back with `release`. Throws unavailable when WebAssembly's 4 GiB are full. */
  acquire(): number {
    const index = this.#free.pop() ?? this.#streams;
    const missing = this.#streamsAt + (index + 1) * this.stateBytes - this.#memory.length;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE_BYTES));
    if (index === this.#streams) this.#streams++;
    return index;
  }

  release(index: number): void {
    this.state(index).fill(0);
    this.#free.push(index);
  }

  #grow(pages: number): void {
    try {
      this.#exports.memory.grow(pages);
    } catch (cause) {
      const message = `an instance of the core holds no more than ${this.#streams} streams: start another worker`;
      throw new LockstepError("unavailable", message, { cause });
    }
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
    this.#view = new DataView(this.#exports.memory.buffer);
  }

  /** Puts a model's bytes where a model_digest record finds them. Throws model_refused when they do not fit. */
  loadModel(artefact: Uint8Array): void {
    const most = this.#exports.modelBytesMax();
    if (artefact.length > most)
      throw new LockstepError("model_refused", `the model has ${artefact.length} bytes, the core takes ${most}`);
    this.#memory.set(artefact, this.#exports.modelAt());
    this.#model = artefact;
  }

  /**
   * Makes sure that the models of a stream can be scored, and that the one that a record may name next lies in the model
   * region: other streams of the instance may have put theirs there. `models`: the next (or only) one first.
   */
  prepareModels(index: number, models: readonly LoadedModel[]): void {
    this.#exports.select(index);
    for (const { bytes } of models) {
      if (this.#exports.modelHeld() === 1) break;
      this.loadModel(bytes);
      this.#exports.holdModel(bytes.length);
    }
    const [next] = models;
    if (next !== undefined && next.bytes !== this.#model) this.loadModel(next.bytes);
  }

  /**
   * Whole records, at most inboxBytes of them, applied to a stream. `take` gets each run of outputs as a view that is only
   * good until it returns. Throws CoreFault; the stream's state is then not whole.
   */
  apply(index: number, records: Uint8Array, take: (outputs: Uint8Array) => void): void {
    this.#exports.select(index);
    this.#memory.set(records, this.#inboxAt);
    for (let done = 0; done < records.length; ) {
      const consumed = this.#call(records.length - done);
      done += consumed;
      const bytes = this.#exports.outboxBytes();
      if (bytes > 0) take(this.#memory.subarray(this.#outboxAt, this.#outboxAt + bytes));
      // A full outbox stops the call between two records: the rest is given again from the inbox's start.
      if (done < records.length)
        this.#memory.copyWithin(this.#inboxAt, this.#inboxAt + consumed, this.#inboxAt + records.length);
    }
  }

  #call(bytes: number): number {
    try {
      return this.#exports.apply(bytes);
    } catch (cause) {
      const code = this.#view.getUint32(FAULT_AT, true);
      const cursor = this.#view.getUint32(CURSOR_AT, true);
      const seq = cursor >= this.#inboxAt ? this.#view.getBigUint64(cursor + HEADER_OFFSET.seq, true) : 0n;
      const message = `the core refused record seq ${seq} and stopped: ${FAULTS[code] ?? code}; do not restart on the same record, look at it`;
      throw new CoreFault(seq, message, { cause });
    }
  }

  counter(index: number, counter: number): bigint {
    this.#exports.select(index);
    return this.#exports.counter(counter);
  }

  /** A stream's whole state as it is now; not a copy, and no longer good once another stream was acquired. */
  state(index: number): Uint8Array {
    const at = this.#streamsAt + index * this.stateBytes;
    return this.#memory.subarray(at, at + this.stateBytes);
  }
}

/** The modules last compiled, by digest: a process that restores or follows many streams compiles each once. */
const modules = new Map<string, Promise<WebAssembly.Module>>();
const MODULES_KEPT = 2;

function compiled(bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<WebAssembly.Module> {
  const module = modules.get(digest) ?? WebAssembly.compile(bytes);
  modules.set(digest, module);
  const [oldest] = modules.keys();
  if (modules.size > MODULES_KEPT && oldest !== undefined) modules.delete(oldest);
  return module;
}

function readModule(): Buffer {
  try {
    return readFileSync(MODULE);
  } catch (cause) {
    throw new LockstepError("core_digest", "core.wasm is not built: run `npm run build`", { cause });
  }
}
