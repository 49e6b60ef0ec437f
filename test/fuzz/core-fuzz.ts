// Fuzzes the core with streams of records. A stream is 1 to 10 input records that follow, in legal order of seq and time,
// on one of the prepared states of core-states.ts; each field is a plausible value, one seen elsewhere, a border of
// bounds.ts, an end of its type, or a flipped bit. No such stream traps, no output breaks a promise of core-checks.ts,
// and applying all its records in one call says the same. One stream in eight ends in a record of illegal layout,
// order or symbol: it is refused by name. A stream is made from seed and index alone.
import { Core, CoreFault } from "#core-wasm/host/core.ts";
import { FAULTS } from "#core-wasm/host/faults.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { Choices } from "../choices.ts";
import { DECLARED, Finding, OutputChecks, Reach } from "./core-checks.ts";
import { INPUTS } from "./core-fields.ts";
import { breakRecord, type Illegal } from "./core-illegal.ts";
import { builtModule, CoreInstance } from "./core-instance.ts";
import { type Corpus, ensembleModel, type Prepared, prepareCorpus } from "./core-states.ts";
import { StreamWriter } from "./core-stream.ts";

const RECORDS_MAX = 10;
/** Streams from which on everything that can be reached must have been. */
const REACH_FROM = 100_000;
const TOGETHER_EVERY = 16;
const ILLEGAL_EVERY = 8;
/** Illegal streams that also go through the host's Core, which is slow to load. */
const HOST_EVERY = 16_384;

const NEVER = "a promise of our own code, broken only by a bug";
/** What is declared and yet cannot come, and why. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  "fault trap without a code": NEVER,
  "fault outbox_full": NEVER,
  "fault not_finite": NEVER,
  "fault state": NEVER,
  "fault model_missing": "every state is put back with its model (core-wasm/host/model.test.ts)",
  "fault stream_bounds": "the host selects only streams that it made room for (core-wasm/host/instance.test.ts)",
  "check trading_state missing_data": "the trading state is always known",
  "check kill_switch missing_data": "so is the kill switch",
  "check kill_switch fail": "while killed the policy proposes nothing but exits",
};

interface StreamRun {
  readonly index: number;
  readonly from: Prepared;
  readonly records: Uint8Array[];
}

export interface CoreFuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** The first stream's index. */
  readonly index?: number;
  /** Another module than the built one. */
  readonly wasm?: Uint8Array;
  readonly onProgress?: (streams: number) => void;
}

export interface CoreFuzzReport {
  readonly streams: number;
  readonly records: number;
  readonly refused: number;
  readonly reached: Readonly<Record<string, number>>;
}

class CoreFuzzer {
  readonly reach = new Reach([
    ...INPUTS.map(({ kind }) => `input ${kind.name}`),
    ...FAULTS.map((name) => `fault ${name}`),
    ...DECLARED,
  ]);
  records = 0;
  refused = 0;
  readonly #core: CoreInstance;
  readonly #corpus: Corpus;
  readonly #pick = new Choices(0);
  readonly #writer: StreamWriter;
  readonly #checks: OutputChecks;
  readonly #log = new Uint8Array(RECORDS_MAX * 1024);
  readonly #ends: number[] = [];
  /** Of the last illegal stream: what broke it. */
  #illegal: Illegal | undefined;

  constructor(wasm: Uint8Array, corpus: Corpus) {
    this.#core = new CoreInstance(wasm, ensembleModel());
    this.#corpus = corpus;
    this.#writer = new StreamWriter(this.#core, corpus, this.#pick);
    this.#checks = new OutputChecks(this.#core, this.reach, (view, at) => this.#writer.learnId(view, at));
  }

  /** Plays the stream; throws Finding. True when it ended in a refusal, as it should. */
  play(seed: number, index: number): boolean {
    const pick = this.#pick;
    pick.seed(seed, index);
    const { states } = this.#corpus;
    const from = states[pick.below(states.length)] as Prepared;
    const count = 1 + pick.below(RECORDS_MAX);
    const illegal = pick.oneIn(ILLEGAL_EVERY);
    this.#begin(from);
    this.#writer.begin(from);
    this.#ends.length = 0;
    let end = 0;
    for (let i = 1; i <= count; i++) {
      const before = this.#writer.seq;
      const length = this.#writer.write(i === count && !illegal && pick.oneIn(2));
      if (i === count && illegal) return this.#refuse(length, before);
      this.#log.set(this.#core.bytes.subarray(this.#core.inboxAt, this.#core.inboxAt + length), end);
      end += length;
      this.#ends.push(end);
      this.reach.see(`input ${this.#writer.kind.name}`);
      this.#applyOne(length);
    }
    if (index % TOGETHER_EVERY === 0) this.#together(from, end);
    return false;
  }

  #begin(from: Prepared): void {
    this.#core.restore(from.state, from.model);
    this.#checks.begin(from.tradingState);
    this.#illegal = undefined;
  }

  #applyOne(length: number): void {
    this.records++;
    const fault = this.#core.apply(length);
    if (fault !== undefined) throw new Finding(`trapped: ${fault}`);
    if (this.#core.consumed !== length) throw new Finding(`took ${this.#core.consumed} of ${length} bytes`);
    this.#checks.check(this.#core.inboxAt);
  }

  #refuse(length: number, before: number): boolean {
    const illegal = breakRecord({ core: this.#core, writer: this.#writer, pick: this.#pick, length, before });
    this.#illegal = illegal;
    const fault = this.#core.apply(illegal.bytes);
    if (fault === undefined ? illegal.mayPass : illegal.faults.includes(fault)) {
      if (fault !== undefined) this.reach.see(`fault ${fault}`);
      return fault !== undefined;
    }
    throw new Finding(`${illegal.faults.join(" or ")} expected, ${fault ?? "it was applied"}`);
  }

  /** The whole stream in one call leaves the same digest of all outputs. */
  #together(from: Prepared, bytes: number): void {
    const apart = this.#core.outputsDigest();
    this.#core.restore(from.state, from.model);
    this.#core.bytes.set(this.#log.subarray(0, bytes), this.#core.inboxAt);
    const fault = this.#core.apply(bytes);
    if (fault !== undefined) throw new Finding(`trapped when applied in one call: ${fault}`);
    if (this.#core.consumed === bytes && this.#core.outputsDigest() !== apart)
      throw new Finding("in one call it says something else");
  }

  /** The stream just played: where it began and its records, the illegal one included. */
  last(seed: number, index: number): StreamRun {
    this.#pick.seed(seed, index);
    const from = this.#corpus.states[this.#pick.below(this.#corpus.states.length)] as Prepared;
    const records = this.#ends.map((end, i) => this.#log.slice(this.#ends[i - 1] ?? 0, end));
    if (this.#illegal) {
      const { inboxAt, bytes } = this.#core;
      records.push(bytes.slice(inboxAt, inboxAt + Math.min(this.#illegal.bytes, 1024)));
    }
    return { index, from, records };
  }

  /** Leaves out, one after another, records without which the last one still does the same. */
  shrink(run: StreamRun, message: string): Uint8Array[] {
    if (this.#illegal || !message.startsWith("trapped: ")) return run.records;
    let records = run.records;
    for (let i = records.length - 2; i >= 0; i--) {
      const fewer = records.filter((_, n) => n !== i);
      if (this.#again(run.from, fewer) === message) records = fewer;
    }
    return records;
  }

  #again(from: Prepared, records: readonly Uint8Array[]): string | undefined {
    this.#begin(from);
    try {
      for (const record of records) {
        this.#core.bytes.set(record, this.#core.inboxAt);
        this.#applyOne(record.length);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      return error.message;
    }
  }
}

/** An illegal stream through the host: a CoreFault that names the fault, and no other error. */
async function throughHost({ from, records }: StreamRun): Promise<void> {
  const core = await Core.load();
  if (from.model !== undefined) core.loadModel(from.model);
  core.loadModel(ensembleModel());
  if (from.lastSeq > 0) core.restore(from.snapshot);
  try {
    core.apply(Buffer.concat(records));
  } catch (error) {
    if (error instanceof CoreFault && FAULTS.slice(1).some((name) => error.message.includes(`: ${name};`))) return;
    throw new Finding(`the host says: ${(error as Error).stack}`);
  }
  throw new Finding("the host applied what the module refuses");
}

const hexDump = (bytes: Uint8Array): string =>
  Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => {
    const line = Buffer.from(bytes.subarray(i * 32, i * 32 + 32)).toString("hex");
    return `  ${String(i * 32).padStart(4)}  ${line.replace(/(.{16})(?=.)/g, "$1 ")}`;
  }).join("\n");

function describe(run: StreamRun, records: readonly Uint8Array[], message: string, seed: number): string {
  const kinds = records.map((bytes) => {
    const number = bytes.length >= 64 ? Buffer.from(bytes).readUInt16LE(HEADER_OFFSET.kind) & 0xfff : -1;
    return INPUTS.find(({ kind }) => kind.number === number)?.kind.name ?? "unknown";
  });
  return [
    `${message}, in stream ${run.index} of seed ${seed}: ${kinds.join(", ")} on state "${run.from.name}"`,
    `again: npm run fuzz -- --seed ${seed} --index ${run.index} --inputs 1`,
    ...records.map((bytes, i) => `record ${i + 1}: ${kinds[i]}\n${hexDump(bytes)}`),
  ].join("\n");
}

/** Throws Finding on the first stream that finds something, or when what should be reached was not. */
export async function fuzzCore(o: CoreFuzzOptions): Promise<CoreFuzzReport> {
  const fuzzer = new CoreFuzzer(o.wasm ?? builtModule(), await prepareCorpus());
  const first = o.index ?? 0;
  for (let index = first; index < first + o.inputs; index++) {
    try {
      if (fuzzer.play(o.seed, index)) {
        if (fuzzer.refused++ % HOST_EVERY === 0 && !o.wasm) await throughHost(fuzzer.last(o.seed, index));
      }
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      const run = fuzzer.last(o.seed, index);
      throw new Finding(describe(run, fuzzer.shrink(run, error.message), error.message, o.seed));
    }
    if (index % 65_536 === 65_535) o.onProgress?.(index - first + 1);
  }
  const reached = fuzzer.reach.entries();
  const missed = reached.filter(([name, count]) => count === 0 && !(name in UNREACHABLE)).map(([name]) => name);
  const beyond = reached.filter(([name, count]) => count > 0 && name in UNREACHABLE).map(([name]) => name);
  if (o.inputs >= REACH_FROM && missed.length + beyond.length > 0)
    throw new Finding(
      `never reached: ${missed.join(", ") || "-"}; reached against UNREACHABLE: ${beyond.join(", ") || "-"}: ` +
        "lead a state of core-states.ts there, or name the exception and its reason in core-fuzz.ts",
    );
  return { streams: o.inputs, records: fuzzer.records, refused: fuzzer.refused, reached: Object.fromEntries(reached) };
}
