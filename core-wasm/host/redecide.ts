// The same records decided again: inputs go through the core, outputs found in the journal must be, byte for byte
// (seq and check aside), the ones the core says, each seal must carry the core's digest, and each release, configuration and
// order about models its operator's signature, each order of the cloud the cloud's. For recovery, cloud, audit.
import { LockstepError } from "#proto/errors.ts";
import {
  BatchSeal,
  CloudCommand,
  HEADER_OFFSET,
  LENGTH_BY_CODE,
  Lease,
  OperatorCommand,
  RiskLimits,
  Takeover,
} from "#proto/generated/records.ts";
import { decodeRecord, recordLength, viewOf } from "#proto/record.ts";
import { HEADER_BYTES, KINDS } from "#proto/records.ts";
import { checkSigned, checkUnordered } from "./authority.ts";
import type { Core } from "./core.ts";
import { VERIFY_BY_CODE } from "./signatures.ts";

const OUTPUT_FROM = 100;
const AUTHORITY_CODES = new Set<number>([
  CloudCommand.code,
  Takeover.code,
  Lease.code,
  RiskLimits.code,
  OperatorCommand.code,
]);
const NAME_BY_CODE = new Map(
  [...LENGTH_BY_CODE.keys()].map((code) => [code, KINDS.find((k) => k.number === (code & 0xfff))?.name ?? ""]),
);

/** What was journaled is not what deciding again gives. Byte values are hex. */
export class Difference extends LockstepError {
  readonly seq: bigint;
  readonly field: string;
  readonly expected: string;
  readonly actual: string;

  constructor(o: { seq: bigint; kind: string; field: string; expected: string; actual: string }) {
    super(
      "wrong_digest",
      `seq ${o.seq} (${o.kind}): ${o.field} is ${o.actual} in the journal, deciding again gives ${o.expected}`,
    );
    this.seq = o.seq;
    this.field = o.field;
    this.expected = o.expected;
    this.actual = o.actual;
  }
}

export interface RedeciderStart {
  /** Seq of the next record; default: right behind the core's last input, 1 for a new stream. */
  readonly nextSeq?: bigint;
  /** Outputs decided before a snapshot that had not yet been seen. */
  readonly pending?: Uint8Array;
}

export class Redecider {
  readonly #core: Core;
  /** A number, not a bigint: seqs stay far below 2^53, and a bigint a record is what this loop would spend its time on. */
  #nextSeq: number;
  #pending: Uint8Array;
  /** The last record was the envelope of the one that is due now; both are always appended together. */
  #ordered = false;
  readonly #counts = new Map<number, number>();

  constructor(core: Core, start: RedeciderStart = {}) {
    this.#core = core;
    this.#nextSeq = Number(start.nextSeq ?? core.lastSeq() + 1n);
    this.#pending = start.pending ?? new Uint8Array(0);
  }

  get nextSeq(): bigint {
    return BigInt(this.#nextSeq);
  }

  /** Outputs decided but not yet seen in the journal: what a recovering edge must append. */
  pendingOutputs(): Uint8Array {
    return this.#pending.slice();
  }

  /** Records seen, by kind name. */
  get counts(): Record<string, number> {
    return Object.fromEntries(
      [...this.#counts].map(([code, count]) => [NAME_BY_CODE.get(code) ?? String(code), count]),
    );
  }

  /** Whole journal records in order. Throws gap, wrong_digest (naming seq and field), bad_signature or core_fault. */
  feed(records: Uint8Array): void {
    const view = viewOf(records);
    let runFrom = 0;
    let [sameCode, same, signable] = [0, 0, false];
    for (let at = 0; at < records.length; ) {
      const length = recordLength(view, at);
      const code = view.getUint16(at + HEADER_OFFSET.kind, true);
      this.#expectSeq(view, at);
      if (code !== sameCode) {
        this.#count(sameCode, same);
        [sameCode, same, signable] = [code, 0, VERIFY_BY_CODE.has(code) || AUTHORITY_CODES.has(code)];
      }
      if ((code & 0xfff) >= OUTPUT_FROM) {
        this.#decide(records.subarray(runFrom, at));
        if (code === BatchSeal.code) this.#checkSeal(records, view, at);
        else this.#match(records, view, at, length);
        runFrom = at + length;
      } else if (signable) {
        this.#decide(records.subarray(runFrom, at));
        runFrom = at;
        VERIFY_BY_CODE.get(code)?.(this.#core.streamId(), view, at);
        if (AUTHORITY_CODES.has(code)) this.#checkOrder(records, at, code);
      }
      this.#ordered = code === CloudCommand.code;
      same++;
      at += length;
    }
    this.#count(sameCode, same);
    this.#decide(records.subarray(runFrom));
  }

  /** What the cloud signed, and that nothing says so unsigned: held against the state right before the record. */
  #checkOrder(records: Uint8Array, at: number, code: number): void {
    const authority = this.#core.authority();
    if (code === CloudCommand.code || code === Takeover.code)
      checkSigned(records, at, { streamId: this.#core.streamId(), authority });
    else if (!this.#ordered) checkUnordered(records, at, authority);
  }

  #count(code: number, records: number): void {
    if (records > 0) this.#counts.set(code, (this.#counts.get(code) ?? 0) + records);
  }

  #expectSeq(view: DataView, at: number): void {
    const low = view.getUint32(at + HEADER_OFFSET.seq, true);
    const high = view.getUint32(at + HEADER_OFFSET.seq + 4, true);
    if (low + high * 2 ** 32 !== this.#nextSeq)
      throw new LockstepError(
        "gap",
        `record seq ${view.getBigUint64(at + HEADER_OFFSET.seq, true)} came where ${this.#nextSeq} was due: records are missing or out of order`,
      );
    this.#nextSeq++;
  }

  #decide(inputs: Uint8Array): void {
    if (inputs.length === 0) return;
    const outputs = this.#core.apply(inputs);
    if (outputs.length > 0)
      this.#pending = this.#pending.length === 0 ? outputs : Buffer.concat([this.#pending, outputs]);
  }

  #match(records: Uint8Array, view: DataView, at: number, length: number): void {
    const seq = view.getBigUint64(at + HEADER_OFFSET.seq, true);
    if (this.#pending.length < length)
      throw new Difference({
        seq,
        kind: kindName(view, at),
        field: "kind",
        actual: kindName(view, at),
        expected: "no output",
      });
    for (let i: number = HEADER_OFFSET.time_ns; i < length; i++) {
      const compared = i < HEADER_OFFSET.check || i >= HEADER_BYTES;
      if (compared && records[at + i] !== this.#pending[i]) throw difference(records, at, this.#pending, seq, i);
    }
    this.#pending = this.#pending.subarray(length);
  }

  #checkSeal(records: Uint8Array, view: DataView, at: number): void {
    const from = at + BatchSeal.offset.outputs_digest;
    const said = Buffer.from(records.subarray(from, from + 32));
    const digest = Buffer.from(this.#core.outputsDigest());
    if (said.equals(digest)) return;
    const seq = view.getBigUint64(at + HEADER_OFFSET.seq, true);
    throw new Difference({
      seq,
      kind: "batch_seal",
      field: "outputs_digest",
      actual: said.toString("hex"),
      expected: digest.toString("hex"),
    });
  }
}

const kindName = (view: DataView, at: number): string =>
  NAME_BY_CODE.get(view.getUint16(at + HEADER_OFFSET.kind, true)) ?? "unknown";

/** Names the first field that differs, or the byte where the two are of different kinds. */
function difference(records: Uint8Array, at: number, expected: Uint8Array, seq: bigint, byte: number): Difference {
  const found = decodeRecord(records.slice(at));
  const wanted = decodeRecord(expected.slice());
  const differs = (name: string): boolean => show(found.payload[name]) !== show(wanted.payload[name]);
  const field = found.kind === wanted.kind ? Object.keys(found.payload).find(differs) : undefined;
  const kind = found.kind;
  if (field === undefined)
    return new Difference({ seq, kind, field: `byte ${byte}`, actual: kind, expected: wanted.kind });
  return new Difference({
    seq,
    kind,
    field,
    actual: show(found.payload[field]),
    expected: show(wanted.payload[field]),
  });
}

const plain = (_: string, v: unknown): unknown =>
  typeof v === "bigint" ? String(v) : v instanceof Uint8Array ? Buffer.from(v).toString("hex") : v;
const show = (v: unknown): string =>
  v instanceof Uint8Array ? Buffer.from(v).toString("hex") : JSON.stringify(v, plain);
