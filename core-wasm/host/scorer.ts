// The core's models without a stream: rows of inputs in, scores out, by the very functions that score a closed bar. For
// evaluation, training, benches and a scoring service.
import { readFileSync } from "node:fs";
import { LockstepError } from "#proto/errors.ts";

const MODULE = new URL("../build/core.wasm", import.meta.url);
export const SCORE_BYTES = 80;
/** Numbers of a Scores in the outbox, as f64s (assembly/ensemble/score.ts). */
export const SCORE_AT = {
  boosted: 0,
  forest: 1,
  logistic: 2,
  perceptron: 3,
  gru: 4,
  stacked: 5,
  calibrated: 6,
  disagreement: 7,
} as const;

interface Exports {
  readonly memory: WebAssembly.Memory;
  inboxAt(): number;
  inboxBytesMax(): number;
  outboxAt(): number;
  modelAt(): number;
  modelBytesMax(): number;
  stateAt(): number;
  stateBytes(): number;
  holdModel(bytes: number): number;
  rowBytes(head: number): number;
  scoreRows(head: number, rows: number): void;
}

export class Scorer {
  /** Write a row here (rowFloats numbers: inputs to a multiple of four, then the sequence, eight a bar), then call score. */
  readonly row: Float32Array;
  /** Eight f64 a row scored, in the order of SCORE_AT, ten apart. */
  readonly scores: Float64Array;
  /** State of one stream. */
  readonly streamBytes: number;
  /** The model being handed over and those that score, once for all streams of an instance. */
  readonly modelRegionBytes: number;
  readonly #exports: Exports;
  readonly #rowsMax: number;

  private constructor(exports: Exports) {
    this.#exports = exports;
    this.streamBytes = exports.stateBytes();
    this.modelRegionBytes = exports.stateAt() - exports.modelAt();
    this.#rowsMax = exports.inboxBytesMax();
    this.row = new Float32Array(exports.memory.buffer, exports.inboxAt(), exports.inboxBytesMax() / 4);
    this.scores = new Float64Array(exports.memory.buffer, exports.outboxAt(), (0x80000 / 8) | 0);
  }

  /** Throws model_refused when the core does not take the artefact. */
  static async load(artefact: Uint8Array): Promise<Scorer> {
    const { instance } = await WebAssembly.instantiate(new Uint8Array(readFileSync(MODULE)), {});
    const exports = instance.exports as unknown as Exports;
    const most = exports.modelBytesMax();
    if (artefact.length > most)
      throw new LockstepError("model_refused", `the model has ${artefact.length} bytes, the core takes ${most}`);
    new Uint8Array(exports.memory.buffer).set(artefact, exports.modelAt());
    const refused = exports.holdModel(artefact.length);
    if (refused !== 0) throw new LockstepError("model_refused", `the core refuses the model (code ${refused})`);
    return new Scorer(exports);
  }

  rowFloats(head: number): number {
    return this.#exports.rowBytes(head) / 4;
  }

  rowsMax(head: number): number {
    return Math.min(Math.floor(this.#rowsMax / this.#exports.rowBytes(head)), Math.floor(0x80000 / SCORE_BYTES));
  }

  /** Answers that the conformal set of a scored row keeps: 1 no, 2 yes. */
  setOf(row: number): number {
    return new Uint32Array(this.scores.buffer, this.scores.byteOffset, this.scores.length * 2)[row * 20 + 17] as number;
  }

  /** Scores the first `rows` rows written. */
  score(head: number, rows: number): void {
    this.#exports.scoreRows(head, rows);
  }
}
