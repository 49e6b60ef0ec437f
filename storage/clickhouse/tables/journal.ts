// The journal's own rows: one a batch, and every record of the rare kinds with its payload as JSON. Together with the
// other tables each record of a journal is one row somewhere: the counts of all tables add up to the last seq.
import { COMMON, column, INTEGER, SMALL, type Table } from "./table.ts";

export const batches: Table = {
  name: "batches",
  columns: [
    ...COMMON,
    column("first_seq", "UInt64", INTEGER),
    column("record_count", "UInt32", SMALL),
    column("records_sha256", "FixedString(32)"),
    column("outputs_digest", "FixedString(32)"),
  ],
  orderBy: "stream_id, seq",
  sources: {
    batch_seal: {
      first_seq: "first_seq",
      record_count: "record_count",
      records_sha256: "records_sha256",
      outputs_digest: "outputs_digest",
    },
  },
};

/** Filled row by row, not from raw records: see writer.ts. */
export const records: Table = {
  name: "records",
  columns: [
    ...COMMON,
    column("kind", "LowCardinality(String)"),
    column("source", "UInt32", "ZSTD(1)"),
    column("payload", "String", "ZSTD(3)"),
  ],
  orderBy: "stream_id, kind, seq",
  sources: {},
};
