// Ticks, bars and predictions, from ClickHouse.
import type { z } from "zod";
import { FEATURE_NAMES } from "#proto/features.ts";
import type {
  Answer,
  BarRow,
  BarsQuery,
  LatestPredictionsQuery,
  PredictionRow,
  PredictionsQuery,
  TicksQuery,
} from "#proto/services/database-service.ts";
import type { ClickHouse } from "#storage/clickhouse/client.ts";
import type { Sql } from "#storage/postgres/pool.ts";
import { ClickHouseWhere } from "./conditions.ts";
import { decodePosition, nsOf, type Page, pageOf } from "./paging.ts";
import { readSymbols, type Symbols } from "./symbols.ts";

export interface Stores {
  readonly clickhouse: ClickHouse;
  readonly postgres: Sql;
}

type Raw = Record<string, unknown> & { stream_id: string; symbol: number; seq: string; at: string };

interface Filter {
  readonly stream_id?: string | undefined;
  readonly symbol?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Stream and symbol as equalities where they can be: then ClickHouse reads in the table's own order. */
function whose(filter: Filter, symbols: Symbols): ClickHouseWhere {
  const where = new ClickHouseWhere().and("stream_id = ?String", filter.stream_id);
  if (filter.symbol === undefined) return where;
  const pairs = symbols.named(filter.symbol);
  const [only] = pairs;
  if (pairs.length === 0) return where.and("1 = 0");
  if (pairs.length === 1 && only)
    return where.and("stream_id = ?String AND symbol = ?UInt16", only.stream, only.symbol);
  // Hex and numbers from our own table: nothing to escape.
  return where.and(`(stream_id, symbol) IN (${pairs.map((p) => `('${p.stream}', ${p.symbol})`).join(", ")})`);
}

interface Listing<Item> {
  readonly stores: Stores;
  readonly table: string;
  readonly columns: string;
  /** The time column to page by, and a literal's type and unit. */
  readonly key: { readonly column: string; readonly value: string; readonly read: string; readonly perMs: bigint };
  readonly filter: Filter & { readonly limit: number; readonly cursor?: string | undefined };
  readonly also: (where: ClickHouseWhere) => void;
  readonly item: (row: Raw, symbols: Symbols) => Item;
}

const BY_TIME = {
  column: "time",
  value: "fromUnixTimestamp64Nano(?Int64, 'UTC')",
  read: "toUnixTimestamp64Nano(time)",
  perMs: 1_000_000n,
};
const BY_OPEN_TIME = { column: "open_time_ms", value: "?Int64", read: "open_time_ms", perMs: 1n };

async function list<Item>(o: Listing<Item>): Promise<Page<Item>> {
  const { key, filter } = o;
  const symbols = await readSymbols(o.stores.postgres, filter.stream_id);
  const where = whose(filter, symbols);
  const bound = (iso: string | undefined) => iso && ((nsOf(iso) / 1_000_000n) * key.perMs).toString();
  where.and(`${key.column} >= ${key.value}`, bound(filter.from)).and(`${key.column} < ${key.value}`, bound(filter.to));
  o.also(where);
  const below = decodePosition(filter.cursor);
  if (below)
    where.and(
      `(${key.column}, stream_id, seq) < (${key.value}, ?String, ?UInt64)`,
      below.at.toString(),
      below.stream,
      below.seq.toString(),
    );
  const order = `${key.column} DESC, stream_id DESC, seq DESC`;
  const rows = await o.stores.clickhouse.query<Raw>(
    `SELECT stream_id, symbol, time, seq, ${key.read} AS at, ${o.columns} FROM ${o.table} ${where.sql}
      ORDER BY ${order} LIMIT ${filter.limit + 1}`,
    where.parameters,
  );
  return pageOf({
    rows,
    limit: filter.limit,
    position: (row) => ({ at: BigInt(row.at), stream: row.stream_id, seq: BigInt(row.seq) }),
    item: (row) => o.item(row, symbols),
  });
}

/** A raw row with its symbol's name and digits instead of the index; the paging column goes. */
const named = <Item>(row: Raw, symbols: Symbols): Item => {
  const { at: _at, ...rest } = row;
  return { ...rest, ...symbols.of(row.stream_id, row.symbol) } as Item;
};

export const ticks = (stores: Stores, filter: z.output<typeof TicksQuery>) =>
  list({
    stores,
    table: "ticks",
    columns: "broker_time_ms, bid_points, ask_points, flags",
    key: BY_TIME,
    filter,
    also: () => {},
    item: (row, symbols) => named(row, symbols),
  });

export const bars = (stores: Stores, filter: z.output<typeof BarsQuery>) =>
  list<BarRow>({
    stores,
    table: "bars",
    columns:
      "timeframe_s, open_time_ms, origin, open_points, high_points, low_points, close_points, tick_count, spread_points",
    key: BY_OPEN_TIME,
    filter,
    also: (where) =>
      where
        .and("basis = ?UInt8", 0)
        .and("timeframe_s = ?UInt32", filter.timeframe_s)
        .and("origin = ?String", filter.origin),
    item: named,
  });

const SCORES = ["boosted", "forest", "logistic", "perceptron", "gru"] as const;
const QUESTIONS = ["direction", "volatility", "regime"] as const;
const TOP = [0, 1, 2, 3] as const;
/** The direction's have no prefix. */
const CONTRIBUTED = { direction: "", volatility: "volatility_", regime: "regime_" } as const;
/** Taken together under other names in a row. */
const GROUPED = [
  ...QUESTIONS.flatMap((q) => [...SCORES, "stacked", "disagreement", "models", "set"].map((score) => `${q}_${score}`)),
  ...Object.values(CONTRIBUTED).flatMap((prefix) =>
    TOP.flatMap((i) => [`${prefix}contribution_${i}`, `${prefix}contribution_feature_${i}`]),
  ),
  "drift_psi",
  "drift_feature",
];
const PREDICTION_COLUMNS =
  "cause_seq, timeframe_s, horizon_s, regime_horizon_s, bar_time_ms, probability_up, probability_high_volatility, " +
  "probability_volatile_regime, atr_points, regime, warm, lower(hex(model_sha256_head)) AS model, features, " +
  GROUPED.join(", ");

function prediction(row: Raw, symbols: Symbols): PredictionRow {
  const { model, ...rest } = row;
  for (const name of GROUPED) delete rest[name];
  return {
    ...named<PredictionRow>(rest as Raw, symbols),
    model_sha256_head: String(model),
    regime: row.regime === 1 ? "volatile" : "calm",
    warm: row.warm === 1,
    answers: {
      direction: answer(row, "direction"),
      volatility: answer(row, "volatility"),
      regime: answer(row, "regime"),
    },
    drift: { psi: numberOf(row.drift_psi), feature: featureOf(row.drift_feature) },
    contributions: contributions(row, "direction"),
  };
}

const contributions = (row: Raw, question: (typeof QUESTIONS)[number]) =>
  TOP.map((i) => ({
    feature: featureOf(row[`${CONTRIBUTED[question]}contribution_feature_${i}`]),
    log_odds: numberOf(row[`${CONTRIBUTED[question]}contribution_${i}`]),
  }));

const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
const featureOf = (index: unknown): string => FEATURE_NAMES[Number(index)] ?? `feature_${index}`;

function answer(row: Raw, question: (typeof QUESTIONS)[number]): Answer {
  const models = Number(row[`${question}_models`]);
  const set = Number(row[`${question}_set`]);
  const of = (name: string): number | null => numberOf(row[`${question}_${name}`]);
  const score = (name: (typeof SCORES)[number]): number | null =>
    (models >> SCORES.indexOf(name)) & 1 ? of(name) : null;
  return {
    boosted: score("boosted"),
    forest: score("forest"),
    logistic: score("logistic"),
    perceptron: score("perceptron"),
    gru: score("gru"),
    stacked: of("stacked"),
    disagreement: of("disagreement"),
    contributions: contributions(row, question),
    set: [...((set & 1) === 0 ? [] : (["no"] as const)), ...((set & 2) === 0 ? [] : (["yes"] as const))],
  };
}

const tableOf = (model: "live" | "shadow"): string => (model === "shadow" ? "shadow_predictions" : "predictions");

export const predictions = (stores: Stores, filter: z.output<typeof PredictionsQuery>) =>
  list<PredictionRow>({
    stores,
    table: tableOf(filter.model),
    columns: PREDICTION_COLUMNS,
    key: BY_TIME,
    filter,
    also: (where) => where.and("timeframe_s = ?UInt32", filter.timeframe_s),
    item: prediction,
  });

/** The last one of each stream, symbol and timeframe. */
export async function latestPredictions(
  stores: Stores,
  filter: z.output<typeof LatestPredictionsQuery>,
): Promise<PredictionRow[]> {
  const symbols = await readSymbols(stores.postgres, filter.stream_id);
  const where = whose(filter, symbols).and("timeframe_s = ?UInt32", filter.timeframe_s);
  const rows = await stores.clickhouse.query<Raw>(
    `SELECT stream_id, symbol, time, seq, '0' AS at, ${PREDICTION_COLUMNS} FROM ${tableOf(filter.model)} ${where.sql}
      ORDER BY stream_id, symbol, timeframe_s, time DESC, seq DESC LIMIT 1 BY stream_id, symbol, timeframe_s`,
    where.parameters,
  );
  return rows.map((row) => prediction(row, symbols));
}
