// Decisions (intent, verdict with every check, state of the order) and fills. PostgreSQL has the orders, ClickHouse the checks.
import type { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { REASONS } from "#proto/reasons.ts";
import { ORDER_STATE } from "#proto/records.ts";
import type { DecisionRow, DecisionsQuery, FillRow, FillsQuery } from "#proto/services/database-service.ts";
import { Action, CheckResult, OrderState, Side, TradingState } from "#proto/services/shapes.ts";
import { ClickHouseWhere, PostgresWhere } from "./conditions.ts";
import type { Stores } from "./market.ts";
import { decodePosition, isoOf, nsOf, type Page, pageOf } from "./paging.ts";
import { readSymbols, type Symbols } from "./symbols.ts";

const REASON_BY_CODE = new Map(REASONS.map((reason) => [reason.code, reason]));
const ENTRIES = ["in", "out", "in_out", "out_by"] as const;

interface IntentRow extends Record<string, unknown> {
  readonly stream: string;
  readonly seq: string;
  readonly time_ns: string;
  readonly symbol: number;
  readonly action: number;
  readonly side: number;
  readonly expires_ns: string;
  readonly verdict_seq: string | null;
  readonly accepted: boolean | null;
  readonly failed_count: number | null;
  readonly state: number;
}

type CommonFilter = Pick<z.output<typeof FillsQuery>, "stream_id" | "symbol" | "from" | "to" | "intent_id" | "cursor">;

function commonWhere(filter: CommonFilter, symbols: Symbols): PostgresWhere {
  const ns = (iso: string | undefined) => (iso === undefined ? undefined : nsOf(iso).toString());
  const where = new PostgresWhere()
    .and("stream_id = decode(?, 'hex')", filter.stream_id)
    .and("intent_id = decode(?, 'hex')", filter.intent_id)
    .and("time_ns >= ?", ns(filter.from))
    .and("time_ns < ?", ns(filter.to));
  if (filter.symbol !== undefined) {
    const pairs = symbols.named(filter.symbol);
    where.and(
      "(stream_id, symbol) IN (SELECT decode(s, 'hex'), i FROM unnest(?::text[], ?::int[]) AS wanted(s, i))",
      pairs.map(({ stream }) => stream),
      pairs.map(({ symbol }) => symbol),
    );
  }
  const below = decodePosition(filter.cursor);
  if (below)
    where.and(
      "(time_ns, stream_id, seq) < (?, decode(?, 'hex'), ?)",
      below.at.toString(),
      below.stream,
      below.seq.toString(),
    );
  return where;
}

const position = (row: { time_ns: string; stream: string; seq: string }) => ({
  at: BigInt(row.time_ns),
  stream: row.stream,
  seq: BigInt(row.seq),
});

const NEWEST_FIRST = "ORDER BY time_ns DESC, stream_id DESC, seq DESC";

export async function decisions(stores: Stores, filter: z.output<typeof DecisionsQuery>): Promise<Page<DecisionRow>> {
  const symbols = await readSymbols(stores.postgres, filter.stream_id);
  const where = commonWhere(filter, symbols)
    .and("accepted = ?", filter.accepted === undefined ? undefined : filter.accepted === "true")
    .and("action = ?", filter.action === undefined ? undefined : Action.options.indexOf(filter.action) + 1)
    .and("side = ?", filter.side === undefined ? undefined : Side.options.indexOf(filter.side))
    .and("state = ?", filter.state === undefined ? undefined : ORDER_STATE[filter.state]);
  const rows = await stores.postgres.query<IntentRow>(
    `SELECT *, encode(stream_id, 'hex') AS stream, encode(intent_id, 'hex') AS intent FROM order_intents ${where.sql}
      ${NEWEST_FIRST} LIMIT ${filter.limit + 1}`,
    where.values,
  );
  const checks = await readChecks(stores, rows.slice(0, filter.limit));
  return pageOf({ rows, limit: filter.limit, position, item: (row) => decision(row, symbols, checks) });
}

interface ChecksRow {
  readonly stream_id: string;
  readonly seq: string;
  readonly trading_state: number;
  readonly checks_code: number[];
  readonly checks_result: number[];
  readonly checks_value: string[];
  readonly checks_limit: string[];
  readonly checks_headroom: string[];
}

const key = (stream: string, seq: string): string => `${stream}:${seq}`;

async function readChecks({ clickhouse }: Stores, rows: readonly IntentRow[]): Promise<Map<string, ChecksRow>> {
  const judged = rows.filter(({ verdict_seq }) => verdict_seq !== null);
  if (judged.length === 0) return new Map();
  const times = judged.map(({ time_ns }) => BigInt(time_ns)).sort((a, b) => (a < b ? -1 : 1));
  const pairs = judged.map(({ stream, verdict_seq }) => `('${stream}', ${BigInt(verdict_seq ?? 0)})`);
  // A verdict has its intent's time; the range keeps ClickHouse from reading the whole table.
  const where = new ClickHouseWhere()
    .and("time >= fromUnixTimestamp64Nano(?Int64, 'UTC')", String(times[0]))
    .and("time <= fromUnixTimestamp64Nano(?Int64, 'UTC')", String(times.at(-1)))
    .and(`(stream_id, seq) IN (${pairs.join(", ")})`);
  const found = await clickhouse.query<ChecksRow>(
    `SELECT stream_id, seq, trading_state, checks_code, checks_result, checks_value, checks_limit, checks_headroom
       FROM verdicts ${where.sql}`,
    where.parameters,
  );
  return new Map(found.map((row) => [key(row.stream_id, row.seq), row]));
}

function decision(row: IntentRow, symbols: Symbols, checks: ReadonlyMap<string, ChecksRow>): DecisionRow {
  const text = (name: string) => String(row[name]);
  return {
    stream_id: row.stream,
    seq: row.seq,
    time: isoOf(row.time_ns),
    ...symbols.of(row.stream, row.symbol),
    cause_seq: text("cause_seq"),
    intent_id: text("intent"),
    action: Action.options[row.action - 1] ?? "open",
    side: Side.options[row.side] ?? "buy",
    magic: text("magic"),
    position_ticket: text("position_ticket"),
    volume_microlots: text("volume_microlots"),
    price_points: text("price_points"),
    stop_points: text("stop_points"),
    target_points: text("target_points"),
    guard_price_points: text("guard_price_points"),
    deviation_points: Number(row.deviation_points),
    expires_at: isoOf(row.expires_ns),
    timeframe_s: Number(row.timeframe_s),
    probability_up_ppm: Number(row.probability_up_ppm),
    verdict: verdict(row, checks),
    order: {
      state: OrderState.options[row.state] ?? "unknown",
      final: row.final === true,
      retcode: Number(row.retcode),
      order_ticket: text("order_ticket"),
      volume_filled_microlots: text("volume_filled_microlots"),
      filled_price_points: text("filled_price_points"),
    },
  };
}

function verdict(row: IntentRow, checks: ReadonlyMap<string, ChecksRow>): DecisionRow["verdict"] {
  if (row.verdict_seq === null) return null;
  const found = checks.get(key(row.stream, row.verdict_seq));
  if (!found)
    throw new LockstepError(
      "unavailable",
      `the checks of verdict ${row.verdict_seq} are being rebuilt: ask again soon`,
    );
  return {
    seq: row.verdict_seq,
    accepted: row.accepted === true,
    failed_count: Number(row.failed_count),
    trading_state: TradingState.options[found.trading_state] ?? "halted",
    checks: found.checks_code.map((code, i) => ({
      code,
      name: REASON_BY_CODE.get(code)?.name ?? `reason_${code}`,
      unit: REASON_BY_CODE.get(code)?.unit ?? "",
      result: CheckResult.options[found.checks_result[i] ?? 1] ?? "fail",
      value: found.checks_value[i] ?? "0",
      limit: found.checks_limit[i] ?? "0",
      headroom: found.checks_headroom[i] ?? "0",
    })),
  };
}

interface DealRow extends Record<string, unknown> {
  readonly stream: string;
  readonly seq: string;
  readonly time_ns: string;
  readonly symbol: number;
}

export async function fills(stores: Stores, filter: z.output<typeof FillsQuery>): Promise<Page<FillRow>> {
  const symbols = await readSymbols(stores.postgres, filter.stream_id);
  const where = commonWhere(filter, symbols);
  const rows = await stores.postgres.query<DealRow>(
    `SELECT *, encode(stream_id, 'hex') AS stream, encode(intent_id, 'hex') AS intent FROM fills ${where.sql}
      ${NEWEST_FIRST} LIMIT ${filter.limit + 1}`,
    where.values,
  );
  return pageOf({ rows, limit: filter.limit, position, item: (row) => fill(row, symbols) });
}

function fill(row: DealRow, symbols: Symbols): FillRow {
  const text = (name: string) => String(row[name]);
  return {
    stream_id: row.stream,
    seq: row.seq,
    time: isoOf(row.time_ns),
    ...symbols.of(row.stream, row.symbol),
    intent_id: text("intent"),
    deal_ticket: text("deal_ticket"),
    order_ticket: text("order_ticket"),
    position_id: text("position_id"),
    magic: text("magic"),
    side: Side.options[Number(row.side)] ?? "buy",
    entry: ENTRIES[Number(row.entry)] ?? "in",
    reason: Number(row.reason),
    volume_microlots: text("volume_microlots"),
    price_points: text("price_points"),
    commission_micros: text("commission_micros"),
    swap_micros: text("swap_micros"),
    profit_micros: text("profit_micros"),
    broker_time_ms: text("broker_time_ms"),
  };
}
