// Writing a stream's records and, after any doubt, taking back what lies beyond the cursor: the two together make each
// record exactly one row, whatever was killed in between.
import type { ClickHouse } from "./client.ts";
import { insertSelect, rowStructure } from "./raw-records.ts";
import { KIND_EXPRESSION, TABLES } from "./tables/all.ts";

/** Whole records of one kind, and of one number of group elements, in pieces as they lay in their batches. */
export interface RawRecords {
  readonly kind: string;
  readonly count: number;
  readonly parts: readonly Uint8Array[];
}

/** A record of a rare kind. */
export interface LooseRecord {
  readonly seq: bigint;
  readonly time_ns: bigint;
  readonly symbol: number;
  readonly kind: string;
  readonly source: number;
  /** JSON. */
  readonly payload: string;
}

export async function writeRecords(
  clickhouse: ClickHouse,
  o: { stream: string; raw: readonly RawRecords[]; loose: readonly LooseRecord[] },
): Promise<void> {
  for (const { kind, count, parts } of o.raw) {
    const insert = insertSelect({ kind, count, stream: o.stream });
    await clickhouse.insertRowBinary({ insert, structure: rowStructure(kind, count), parts });
  }
  if (o.loose.length === 0) return;
  const rows = o.loose.map((record) => ({
    stream_id: o.stream,
    symbol: record.symbol,
    time: decimalSeconds(record.time_ns),
    seq: record.seq.toString(),
    kind: record.kind,
    source: record.source,
    payload: record.payload,
  }));
  await clickhouse.insertRows("records", rows);
}

/** Ten digits before the point: with fewer ClickHouse takes it for a date (a replay's first records are at 1 ns). */
const decimalSeconds = (ns: bigint): string => {
  const magnitude = (ns < 0n ? -ns : ns).toString().padStart(19, "0");
  return `${ns < 0n ? "-" : ""}${magnitude.slice(0, -9)}.${magnitude.slice(-9)}`;
};

/** Rows by record kind, up to and including `upToSeq`. */
export async function countRecords(
  clickhouse: ClickHouse,
  o: { stream: string; upToSeq: bigint },
): Promise<Record<string, number>> {
  const parts = TABLES.map(
    ({ name }) =>
      `SELECT ${KIND_EXPRESSION[name]} AS kind_name, count() AS n FROM ${name}` +
      ` WHERE stream_id = {stream:String} AND seq <= {seq:UInt64} GROUP BY kind_name`,
  );
  const rows = await clickhouse.query<{ kind_name: string; n: string }>(parts.join(" UNION ALL "), {
    stream: o.stream,
    seq: o.upToSeq.toString(),
  });
  return Object.fromEntries(rows.map(({ kind_name, n }) => [kind_name, Number(n)]));
}

/** Removes the stream's rows beyond `seq`: what was written but not yet accounted for. */
export async function removeBeyond(clickhouse: ClickHouse, o: { stream: string; seq: bigint }): Promise<number> {
  const parameters = { stream: o.stream, seq: o.seq.toString() };
  const where = "stream_id = {stream:String} AND seq > {seq:UInt64}";
  let removed = 0;
  for (const { name } of TABLES) {
    const [row] = await clickhouse.query<{ n: string }>(`SELECT count() AS n FROM ${name} WHERE ${where}`, parameters);
    const n = Number(row?.n ?? 0);
    if (n === 0) continue;
    removed += n;
    // Stream ids are hex and seq is a number: nothing to escape, and ALTER takes no parameters everywhere.
    await clickhouse.command(`ALTER TABLE ${name} DELETE WHERE stream_id = '${o.stream}' AND seq > ${o.seq}`);
  }
  return removed;
}
