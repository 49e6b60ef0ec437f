// The module as a fuzzer wants it: the state put back by copying, nothing allocated a call, and a trap told by its code
// instead of the end of the instance. The host's Core (core-wasm/host/core.ts) is what everybody else uses.
import { readFileSync } from "node:fs";
import { OutputsDigest } from "#core-wasm/host/digest.ts";
import { FAULTS } from "#core-wasm/host/faults.ts";

/** Where the module leaves why it trapped (core-wasm/assembly/memory.ts). */
const FAULT_AT = 0x40;
/** Of the module's counters (core-wasm/assembly/status.ts). */
const COUNTER_MODEL_ACTIVE = 19;
const NO_OUTPUTS = new OutputsDigest().save();

interface Exports {
  readonly memory: WebAssembly.Memory;
  inboxAt(): number;
  inboxBytesMax(): number;
  outboxAt(): number;
  stateAt(): number;
  stateBytes(): number;
  modelAt(): number;
  modelBytesMax(): number;
  holdModel(bytes: number): number;
  modelHeld(): number;
  outboxBytes(): number;
  apply(bytes: number): number;
  counter(index: number): bigint;
}

export const builtModule = (): Uint8Array => readFileSync(new URL("../../core-wasm/build/core.wasm", import.meta.url));

export class CoreInstance {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly inboxAt: number;
  readonly inboxBytesMax: number;
  readonly outboxAt: number;
  readonly stateBytes: number;
  readonly #exports: Exports;
  readonly #stateAt: number;
  readonly #model: Uint8Array;
  readonly #outputs = new OutputsDigest();

  /** `model` is what a model_digest record can name. */
  constructor(wasm: Uint8Array, model: Uint8Array) {
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    this.#exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.bytes = new Uint8Array(this.#exports.memory.buffer);
    this.view = new DataView(this.#exports.memory.buffer);
    this.inboxAt = this.#exports.inboxAt();
    this.inboxBytesMax = this.#exports.inboxBytesMax();
    this.outboxAt = this.#exports.outboxAt();
    this.stateBytes = this.#exports.stateBytes();
    this.#stateAt = this.#exports.stateAt();
    this.#model = model;
    this.bytes.set(model, this.#exports.modelAt());
  }

  /** `model` is the state's own: the core keeps a copy, and the region goes on holding the one that a record can name. */
  restore(state: Uint8Array, model: Uint8Array | undefined): void {
    this.bytes.set(state, this.#stateAt);
    if (model !== undefined && this.#exports.modelHeld() === 0) {
      this.bytes.set(model, this.#exports.modelAt());
      this.#exports.holdModel(model.length);
      this.bytes.set(this.#model, this.#exports.modelAt());
    }
    this.#outputs.restore(NO_OUTPUTS);
  }

  /** What the inbox's first bytes cause: undefined when all is applied, else the fault's name. Outputs: see outbox. */
  apply(bytes: number): string | undefined {
    this.view.setUint32(FAULT_AT, 0, true);
    try {
      this.consumed = this.#exports.apply(bytes);
      this.#outputs.update(this.bytes.subarray(this.outboxAt, this.outboxAt + this.outboxBytes()));
      return undefined;
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      const code = this.view.getUint32(FAULT_AT, true);
      return FAULTS[code] ?? `code ${code}`;
    }
  }

  /** Bytes that the last call took. */
  consumed = 0;

  outboxBytes(): number {
    return this.#exports.outboxBytes();
  }

  get modelBytesMax(): number {
    return this.#exports.modelBytesMax();
  }

  /** Bytes that a model_digest record can name; what lies behind them stays as it was. */
  putModel(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#exports.modelAt());
  }

  modelActive(): boolean {
    return this.#exports.counter(COUNTER_MODEL_ACTIVE) === 1n;
  }

  /** What the last call wrote, as an own copy. */
  outputs(): Uint8Array {
    return this.bytes.slice(this.outboxAt, this.outboxAt + this.outboxBytes());
  }

  tradingState(): number {
    return Number(this.#exports.counter(0));
  }

  /** Of the outputs since the state was put back. */
  outputsDigest(): string {
    return Buffer.from(this.#outputs.digest()).toString("hex");
  }
}
