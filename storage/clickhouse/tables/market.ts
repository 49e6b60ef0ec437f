// Ticks and bars. Prices are integer points, as in the records.
import { COMMON, column, INTEGER, POINTS, SMALL, type Table } from "./table.ts";

export const ticks: Table = {
  name: "ticks",
  columns: [
    ...COMMON,
    column("broker_time_ms", "Int64", INTEGER),
    column("bid_points", "Int64", POINTS),
    column("spread_points", "Int64", SMALL),
    column("flags", "UInt32", SMALL),
    column("source", "UInt32", "ZSTD(1)"),
    { name: "ask_points", type: "Int64", alias: "bid_points + spread_points" },
  ],
  partitionBy: "toYYYYMM(time)",
  orderBy: "stream_id, symbol, time, seq",
  sources: {
    tick: {
      broker_time_ms: "broker_time_ms",
      bid_points: "bid_points",
      // Not the record's own field: bid and ask are the facts, and the ask comes back from this difference.
      spread_points: "ask_points - bid_points",
      flags: "flags",
      source: "source",
    },
  },
};

const prices = {
  open_points: "open_points",
  high_points: "high_points",
  low_points: "low_points",
  close_points: "close_points",
  timeframe_s: "timeframe_s",
  open_time_ms: "open_time_ms",
};

export const bars: Table = {
  name: "bars",
  columns: [
    ...COMMON,
    column("timeframe_s", "UInt32", "ZSTD(1)"),
    column("open_time_ms", "Int64", INTEGER),
    /** `core`: built from ticks by the core; `history`: sent by the terminal from before the stream began. */
    column("origin", "Enum8('core' = 1, 'history' = 2)"),
    column("cause_seq", "UInt64", INTEGER),
    /** BAR_BASIS: 0 time, 1 number of ticks, 2 range. */
    column("basis", "UInt8", SMALL),
    column("open_points", "Int64", POINTS),
    column("high_points", "Int64", POINTS),
    column("low_points", "Int64", POINTS),
    column("close_points", "Int64", POINTS),
    column("tick_count", "UInt64", SMALL),
    column("spread_points", "Int64", SMALL),
  ],
  orderBy: "stream_id, symbol, timeframe_s, open_time_ms, seq",
  sources: {
    bar: {
      ...prices,
      origin: "'core'",
      cause_seq: "cause_seq",
      basis: "basis",
      tick_count: "toUInt64(tick_count)",
      spread_points: "if(tick_count = 0, 0, intDiv(spread_sum_points, toInt64(tick_count)))",
    },
    bar_history: {
      ...prices,
      origin: "'history'",
      cause_seq: "toUInt64(0)",
      basis: "toUInt8(0)",
      tick_count: "tick_volume",
      spread_points: "toInt64(spread_points)",
    },
  },
};

/** One row an hour: the correlations of the symbols whose five-minute returns are known, pair by pair. */
export const correlations: Table = {
  name: "correlations",
  columns: [
    ...COMMON,
    column("cause_seq", "UInt64", INTEGER),
    column("grid_time_ms", "Int64", INTEGER),
    column("symbols_a", "Array(UInt16)", "ZSTD(1)"),
    column("symbols_b", "Array(UInt16)", "ZSTD(1)"),
    column("correlations", "Array(Float64)", "ZSTD(1)"),
    column("intervals", "Array(UInt32)", "ZSTD(1)"),
  ],
  orderBy: "stream_id, grid_time_ms, seq",
  sources: {
    correlation: {
      cause_seq: "cause_seq",
      grid_time_ms: "grid_time_ms",
      symbols_a: "pairs_symbol_a",
      symbols_b: "pairs_symbol_b",
      correlations: "pairs_correlation",
      intervals: "pairs_intervals",
    },
  },
};
