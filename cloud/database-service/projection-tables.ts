// What a stream's projection asks of the two databases, as one port: records are rows in ClickHouse, and PostgreSQL moves
// its own rows together with the cursor that says which of them count.
import type { ClickHouse } from "#storage/clickhouse/client.ts";
import {
  countRecords,
  type LooseRecord,
  type RawRecords,
  removeBeyond,
  writeRecords,
} from "#storage/clickhouse/writer.ts";
import type { Postgres } from "#storage/postgres/pool.ts";
import { type Cursor, forget, type ProjectedRows, project, readCursor } from "#storage/postgres/projections.ts";

export interface ProjectionTables {
  readCursor(stream: string): Promise<Cursor>;
  /** Rows of records behind `seq` go; returns how many there were. */
  removeBeyond(o: { stream: string; seq: bigint }): Promise<number>;
  /** Rows by record kind, up to and including `upToSeq`. */
  countRecords(o: { stream: string; upToSeq: bigint }): Promise<Record<string, number>>;
  writeRecords(o: { stream: string; raw: readonly RawRecords[]; loose: readonly LooseRecord[] }): Promise<void>;
  /** Rows and cursor in one transaction; throws fenced when the cursor is not at `from` any more. */
  project(o: { stream: string; from: Cursor; to: Cursor; rows: ProjectedRows }): Promise<void>;
  forget(stream: string): Promise<void>;
}

export function databaseTables(o: { clickhouse: ClickHouse; postgres: Postgres }): ProjectionTables {
  const { clickhouse, postgres } = o;
  return {
    readCursor: (stream) => readCursor(postgres, stream),
    removeBeyond: (from) => removeBeyond(clickhouse, from),
    countRecords: (upTo) => countRecords(clickhouse, upTo),
    writeRecords: (records) => writeRecords(clickhouse, records),
    project: (step) => project(postgres, step),
    forget: (stream) => forget(postgres, stream),
  };
}
