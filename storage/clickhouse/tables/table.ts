// How a ClickHouse table is declared: its columns with codecs, its order, and which records fill it with what. From it
// come the DDL and the INSERT that reads whole journal records as they are, so that nothing is re-encoded on the way.

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly codec?: string;
  /** Computed at read time, never stored. */
  readonly alias?: string;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly orderBy: string;
  readonly partitionBy?: string;
  /** By record kind: SQL over the record's fields, for every column but `stream_id`, the `common` ones and aliases. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const INTEGER = "Delta, ZSTD(1)";
/** Prices in points move by little: differences, then only the bits in use. Twice as small as decimals as floats. */
export const POINTS = "Delta, T64('bit'), ZSTD(1)";
export const SMALL = "T64, ZSTD(1)";

export const column = (name: string, type: string, codec?: string): Column => ({
  name,
  type,
  ...(codec === undefined ? {} : { codec }),
});

/** From the record's header; every table has them. */
export const COMMON: readonly Column[] = [
  column("stream_id", "LowCardinality(String)"),
  column("symbol", "UInt16", "ZSTD(1)"),
  column("time", "DateTime64(9, 'UTC')", "GCD, Delta, ZSTD(1)"),
  column("seq", "UInt64", INTEGER),
];

export const COMMON_SOURCES: Readonly<Record<string, string>> = {
  symbol: "symbol",
  time: "fromUnixTimestamp64Nano(time_ns, 'UTC')",
  seq: "seq",
};
