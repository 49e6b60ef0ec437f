// A group of batches taken apart for the two databases. Pure: bytes in, rows out. Bulk kinds are not decoded at all:
// their records go to ClickHouse as they lie. Each record of a batch ends up in exactly one ClickHouse table.
import { LockstepError } from "#proto/errors.ts";
import { CODEC_BY_CODE, HEADER_OFFSET, LENGTH_BY_CODE, Tick } from "#proto/generated/records.ts";
import { decodeRecord, recordLength, viewOf } from "#proto/record.ts";
import { TABLE_OF_KIND } from "#storage/clickhouse/tables/all.ts";
import type { LooseRecord, RawRecords } from "#storage/clickhouse/writer.ts";
import { toJson } from "#storage/events/envelope.ts";
import type { ProjectedRows } from "#storage/postgres/projections.ts";
import { OrderRows } from "./project-orders.ts";

export interface Group {
  readonly lastSeq: bigint;
  readonly batches: number;
  readonly records: number;
  readonly raw: readonly RawRecords[];
  readonly loose: readonly LooseRecord[];
  readonly rows: ProjectedRows;
}

/** Kinds whose records go to ClickHouse raw. */
const RAW_CODES: ReadonlySet<number> = new Set(
  [...CODEC_BY_CODE].filter(([, { kind }]) => TABLE_OF_KIND.has(kind)).map(([code]) => code),
);

interface Bucket {
  readonly kind: string;
  readonly count: number;
  readonly parts: Uint8Array[];
}

export class GroupBuilder {
  #nextSeq: number;
  #batches = 0;
  #records = 0;
  #lastTimeNs = 0n;
  readonly #buckets = new Map<number, Bucket>();
  readonly #loose: LooseRecord[] = [];
  readonly #orders = new OrderRows();

  /** `nextSeq`: what the first record must have. */
  constructor(nextSeq: bigint) {
    this.#nextSeq = Number(nextSeq);
  }

  add(batch: Uint8Array): void {
    const view = viewOf(batch);
    // Neighbours of one kind and size are one piece: a tick batch is copied once, not record by record.
    let run = -1;
    let runAt = 0;
    let at = 0;
    while (at < batch.length) {
      const length = recordLength(view, at);
      const code = view.getUint16(at + HEADER_OFFSET.kind, true);
      this.#expectSeq(view, at);
      const key = RAW_CODES.has(code) ? code | (groupCount(code, view, at) << 16) : -1;
      if (key !== run) {
        this.#keep(run, batch.subarray(runAt, at));
        run = key;
        runAt = at;
      }
      if (code !== Tick.code) this.#decode(code, key, batch, view, at);
      this.#records++;
      at += length;
      if (at === batch.length) this.#lastTimeNs = view.getBigInt64(at - length + HEADER_OFFSET.time_ns, true);
    }
    this.#keep(run, batch.subarray(runAt, at));
    this.#batches++;
  }

  build(): Group {
    const lastSeq = BigInt(this.#nextSeq - 1);
    this.#orders.seen({ seq: lastSeq, time_ns: this.#lastTimeNs, kind: 0, symbol: 0, length: 0, source: 0, check: 0 });
    return {
      lastSeq,
      batches: this.#batches,
      records: this.#records,
      raw: [...this.#buckets.values()],
      loose: this.#loose,
      rows: this.#orders.rows,
    };
  }

  #expectSeq(view: DataView, at: number): void {
    const seq = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    if (seq !== this.#nextSeq)
      throw new LockstepError(
        "gap",
        `record ${seq} stands where ${this.#nextSeq} is expected: the event log is damaged, restore it`,
      );
    this.#nextSeq++;
  }

  #decode(code: number, key: number, batch: Uint8Array, view: DataView, at: number): void {
    this.#orders.add(code, view, at);
    if (key !== -1) return;
    const { header, kind, payload } = decodeRecord(batch, at);
    const { seq, time_ns, symbol, source } = header;
    this.#loose.push({ seq, time_ns, symbol, kind, source, payload: JSON.stringify(toJson(payload)) });
  }

  #keep(key: number, part: Uint8Array): void {
    if (key === -1 || part.length === 0) return;
    const known = this.#buckets.get(key);
    if (known) {
      known.parts.push(part);
      return;
    }
    const kind = CODEC_BY_CODE.get(key & 0xffff)?.kind ?? "";
    this.#buckets.set(key, { kind, count: key >>> 16, parts: [part] });
  }
}

function groupCount(code: number, view: DataView, at: number): number {
  const shape = LENGTH_BY_CODE.get(code);
  return shape && shape.group > 0 ? view.getUint16(at + shape.countAt, true) : 0;
}
