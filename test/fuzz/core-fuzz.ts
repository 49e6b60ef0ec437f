// Fuzzes the core with streams of records. A stream is 1 to 10 input records that follow, in legal order of seq and time,
// on one of the prepared states of core-states.ts; each field is a plausible value, one seen elsewhere, a border of
// bounds.ts, an end of its type, or a flipped bit. No such stream traps, no output breaks a promise of core-checks.ts,
// and applying all its records in one call says the same. One stream in eight ends in a record of illegal layout,
// order or symbol: it is refused by name.
import { Core, CoreFault } from "#core-wasm/host/core.ts";
import { FAULTS } from "#core-wasm/host/faults.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { Choices, type Picks } from "../choices.ts";
import { DECLARED, OutputChecks, Reach } from "./core-checks.ts";
import { INPUTS } from "./core-fields.ts";
import { breakRecord, type Illegal } from "./core-illegal.ts";
import { builtModule, CoreInstance } from "./core-instance.ts";
import { type Corpus, ensembleModel, type Prepared, prepareCorpus } from "./core-states.ts";
import { StreamWriter } from "./core-stream.ts";
import { Finding, type Target } from "./target.ts";

const RECORDS_MAX = 10;
const TOGETHER_EVERY = 16;
const ILLEGAL_EVERY = 8;
/** Illegal streams that also go through the host's Core, which is slow to load. */
const HOST_EVERY = 16_384;

const NEVER = "a promise of our own code, broken only by a bug";

class CoreFuzzer implements Target {
  readonly reachFrom = 100_000;
  /** Two thirds of a stream's choices decide nothing by themselves: its tapes are not worth keeping. */
  readonly withoutCorpus = true;
  readonly unreachable = {
    "fault trap without a code": NEVER,
    "fault outbox_full": NEVER,
    "fault not_finite": NEVER,
    "fault state": NEVER,
    "fault model_missing": "every state is put back with its model (core-wasm/host/model.test.ts)",
    "check trading_state missing_data": "the trading state is always known",
    "check kill_switch missing_data": "so is the kill switch",
    "check kill_switch fail": "while killed the policy proposes nothing but exits",
    "state halted -> reduce_only": "only a release leads back, and it leads to active",
    "fault stream_bounds": "the host selects only streams that it made room for (core-wasm/host/instance.test.ts)",
  };
  readonly #reach = new Reach([
    "stream refused by name",
    ...INPUTS.map(({ kind }) => `input ${kind.name}`),
    ...FAULTS.map((name) => `fault ${name}`),
    ...DECLARED,
  ]);
  readonly #core: CoreInstance;
  readonly #corpus: Corpus;
  readonly #writer: StreamWriter;
  readonly #checks: OutputChecks;
  readonly #log = new Uint8Array(RECORDS_MAX * 1024);
  readonly #ends: number[] = [];
  /** Where the last stream began. */
  #from: Prepared | undefined;
  /** Of the last stream, when it is an illegal one: what broke it. */
  #illegal: Illegal | undefined;
  #streams = 0;
  #refused = 0;
  readonly #isBuilt: boolean;

  constructor(corpus: Corpus, wasm: Uint8Array | undefined) {
    this.#isBuilt = wasm === undefined;
    this.#core = new CoreInstance(wasm ?? builtModule(), ensembleModel());
    this.#corpus = corpus;
    this.#writer = new StreamWriter(this.#core, corpus, new Choices(0));
    this.#checks = new OutputChecks(this.#core, this.#reach, (view, at) => this.#writer.learnId(view, at));
  }

  reached(): [string, number][] {
    return this.#reach.entries();
  }

  play(pick: Picks): void | Promise<void> {
    const { states } = this.#corpus;
    const from = states[pick.below(states.length)] as Prepared;
    const count = 1 + pick.below(RECORDS_MAX);
    const illegal = pick.oneIn(ILLEGAL_EVERY);
    this.#from = from;
    this.#ends.length = 0;
    this.#begin(from);
    this.#writer.begin(from, pick);
    let end = 0;
    for (let i = 1; i <= count; i++) {
      const before = this.#writer.seq;
      const length = this.#writer.write(i === count && !illegal && pick.oneIn(2));
      if (i === count && illegal) return this.#refuse(length, before, pick);
      this.#log.set(this.#core.bytes.subarray(this.#core.inboxAt, this.#core.inboxAt + length), end);
      end += length;
      this.#ends.push(end);
      this.#reach.see(`input ${this.#writer.kind.name}`);
      this.#applyOne(length);
    }
    if (this.#streams++ % TOGETHER_EVERY === 0) this.#together(from, end);
  }

  #begin(from: Prepared): void {
    this.#core.restore(from.state, from.model);
    this.#checks.begin(from.tradingState);
    this.#illegal = undefined;
  }

  #applyOne(length: number): void {
    const fault = this.#core.apply(length);
    if (fault !== undefined) throw new Finding(`trapped: ${fault}`);
    if (this.#core.consumed !== length) throw new Finding(`took ${this.#core.consumed} of ${length} bytes`);
    this.#checks.check(this.#core.inboxAt);
  }

  #refuse(length: number, before: number, pick: Picks): void | Promise<void> {
    const illegal = breakRecord({ core: this.#core, writer: this.#writer, pick, length, before });
    this.#illegal = illegal;
    const fault = this.#core.apply(illegal.bytes);
    if (!(fault === undefined ? illegal.mayPass : illegal.faults.includes(fault)))
      throw new Finding(`${illegal.faults.join(" or ")} expected, ${fault ?? "it was applied"}`);
    if (fault === undefined) return;
    this.#reach.see(`fault ${fault}`);
    this.#reach.see("stream refused by name");
    if (this.#refused++ % HOST_EVERY === 0 && this.#isBuilt) return throughHost(this.#from as Prepared, this.records());
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

  /** Of the stream just played, the illegal one included. */
  records(): Uint8Array[] {
    const records = this.#ends.map((end, i) => this.#log.slice(this.#ends[i - 1] ?? 0, end));
    if (this.#illegal) {
      const { inboxAt, bytes } = this.#core;
      records.push(bytes.slice(inboxAt, inboxAt + Math.min(this.#illegal.bytes, 1024)));
    }
    return records;
  }

  /** The stream's state and records, those left out without which the last one still does the same. */
  explain({ message }: Error): string {
    const from = this.#from as Prepared;
    let records = this.records();
    if (!this.#illegal && message.startsWith("trapped: "))
      for (let i = records.length - 2; i >= 0; i--) {
        const fewer = records.filter((_, n) => n !== i);
        if (this.#again(from, fewer) === message) records = fewer;
      }
    const kinds = records.map((bytes) => {
      const number = bytes.length >= 64 ? Buffer.from(bytes).readUInt16LE(HEADER_OFFSET.kind) & 0xfff : -1;
      return INPUTS.find(({ kind }) => kind.number === number)?.kind.name ?? "unknown";
    });
    return [
      `${kinds.join(", ")} on state "${from.name}"`,
      ...records.map((bytes, i) => `record ${i + 1}: ${kinds[i]}\n${hexDump(bytes)}`),
    ].join("\n");
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
async function throughHost(from: Prepared, records: readonly Uint8Array[]): Promise<void> {
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

/** `wasm`: another module than the built one. */
export async function coreTarget(wasm?: Uint8Array): Promise<Target> {
  return new CoreFuzzer(await prepareCorpus(), wasm);
}
