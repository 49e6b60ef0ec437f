// One transaction that moves a stream's projection on: rows and cursor together, and only from the cursor expected.
// Rows arrive as plain objects named like the columns; 64-bit numbers as decimal strings, bytes as \x hex.
import { assert, LockstepError } from "#proto/errors.ts";
import type { Postgres, Sql } from "./pool.ts";

export type Value = string | number | boolean | null;
export type ProjectedRow = Readonly<Record<string, Value>>;

/** What a stretch of a journal says. Later rows win over earlier ones of the same key. */
export interface ProjectedRows {
  readonly edges: readonly ProjectedRow[];
  /** Partial: only the fields that changed. */
  readonly edgeChanges: Readonly<Record<string, Value>>;
  /** Models named, in order: `sha256` (null = none) and whether it is the shadow. */
  readonly edgeModels: readonly ProjectedRow[];
  readonly symbols: readonly ProjectedRow[];
  readonly order_intents: readonly ProjectedRow[];
  readonly verdicts: readonly ProjectedRow[];
  readonly order_updates: readonly ProjectedRow[];
  readonly fills: readonly ProjectedRow[];
  readonly positions: readonly ProjectedRow[];
  readonly accounts: readonly ProjectedRow[];
  readonly operator_commands: readonly ProjectedRow[];
}

export interface Cursor {
  readonly seq: bigint;
  readonly batches: number;
}

export const bytea = (streamHex: string): string => `\\x${streamHex}`;

export async function readCursor(sql: Sql, stream: string): Promise<Cursor> {
  const [row] = await sql.query<{ seq: string; batches: string }>(
    "SELECT seq, batches FROM projection_cursor WHERE stream_id = $1",
    [bytea(stream)],
  );
  return row ? { seq: BigInt(row.seq), batches: Number(row.batches) } : { seq: 0n, batches: 0 };
}

export async function project(
  postgres: Postgres,
  o: { stream: string; from: Cursor; to: Cursor; rows: ProjectedRows },
): Promise<void> {
  assert(o.to.seq > o.from.seq, "a projection moves forward");
  await postgres.transaction(async (sql) => {
    await moveCursor(sql, o);
    await insertRows(sql, o.stream, o.rows);
  });
}

/** Takes the row's lock first: of two writers the second waits, then finds that the cursor is not where it thought. */
async function moveCursor(sql: Sql, o: { stream: string; from: Cursor; to: Cursor }): Promise<void> {
  const id = bytea(o.stream);
  await sql.query(
    "INSERT INTO projection_cursor (stream_id, seq, batches) VALUES ($1, 0, 0) ON CONFLICT (stream_id) DO NOTHING",
    [id],
  );
  const moved = await sql.query(
    `UPDATE projection_cursor SET seq = $2, batches = $3, updated_at = now()
      WHERE stream_id = $1 AND seq = $4 RETURNING seq`,
    [id, o.to.seq, o.to.batches, o.from.seq],
  );
  if (moved.length === 0)
    throw new LockstepError(
      "fenced",
      `the projection of ${o.stream} is not at seq ${o.from.seq} any more: another process projects it`,
    );
}

async function insertRows(sql: Sql, stream: string, rows: ProjectedRows): Promise<void> {
  const into = { sql, stream };
  await insert(into, "edges", rows.edges, { key: ["stream_id"] });
  await changeEdge(sql, stream, rows.edgeChanges);
  for (const named of rows.edgeModels) await nameModel(sql, stream, named);
  await insert(into, "symbols", rows.symbols, { key: ["stream_id", "symbol"] });
  await insert(into, "order_intents", rows.order_intents);
  await applyVerdicts(sql, stream, rows.verdicts);
  await insert(into, "order_updates", rows.order_updates);
  await applyOrderUpdates(into, rows.order_updates);
  await insert(into, "fills", rows.fills);
  await insert(into, "positions", rows.positions, { key: ["stream_id", "ticket"] });
  await insert(into, "accounts", rows.accounts, { key: ["stream_id", "login"] });
  await insert(into, "operator_commands", rows.operator_commands);
}

/** With a key: replaces the row of that key; only the last of several with one key is written. */
async function insert(
  { sql, stream }: { sql: Sql; stream: string },
  table: string,
  rows: readonly ProjectedRow[],
  o: { key?: readonly string[] } = {},
): Promise<void> {
  const first = rows[0];
  if (!first) return;
  const columns = ["stream_id", ...Object.keys(first)];
  const last = o.key ? [...new Map(rows.map((row) => [o.key?.map((k) => row[k]).join(), row])).values()] : rows;
  const data = JSON.stringify(last.map((row) => ({ stream_id: bytea(stream), ...row })));
  const set = columns.filter((name) => !o.key?.includes(name)).map((name) => `${name} = excluded.${name}`);
  const conflict = o.key ? ` ON CONFLICT (${o.key.join(", ")}) DO UPDATE SET ${set.join(", ")}` : "";
  const list = columns.join(", ");
  await sql.query(
    `INSERT INTO ${table} (${list}) SELECT ${list} FROM jsonb_populate_recordset(null::${table}, $1::jsonb)${conflict}`,
    [data],
  );
}

async function changeEdge(sql: Sql, stream: string, changes: Readonly<Record<string, Value>>): Promise<void> {
  const names = Object.keys(changes);
  if (names.length === 0) return;
  const set = names.map((name, i) => `${name} = $${i + 2}`).join(", ");
  await sql.query(`UPDATE edges SET ${set} WHERE stream_id = $1`, [bytea(stream), ...Object.values(changes)]);
}

/** A live model that was the shadow changes places with it, as in the core. */
async function nameModel(sql: Sql, stream: string, { sha256, shadow }: ProjectedRow): Promise<void> {
  const set =
    shadow === true
      ? "shadow_sha256 = $2"
      : "model_sha256 = $2, shadow_sha256 = CASE WHEN shadow_sha256 = $2 THEN model_sha256 ELSE shadow_sha256 END";
  await sql.query(`UPDATE edges SET ${set} WHERE stream_id = $1`, [bytea(stream), sha256 ?? null]);
}

async function applyVerdicts(sql: Sql, stream: string, verdicts: readonly ProjectedRow[]): Promise<void> {
  if (verdicts.length === 0) return;
  await sql.query(
    `UPDATE order_intents i SET verdict_seq = v.verdict_seq, accepted = v.accepted, failed_count = v.failed_count
       FROM jsonb_to_recordset($2::jsonb) AS v(intent_id bytea, verdict_seq bigint, accepted boolean, failed_count int)
      WHERE i.stream_id = $1 AND i.intent_id = v.intent_id`,
    [bytea(stream), JSON.stringify(verdicts)],
  );
}

/** The intent and the broker's order get the last state told of them. */
async function applyOrderUpdates(into: { sql: Sql; stream: string }, updates: readonly ProjectedRow[]): Promise<void> {
  if (updates.length === 0) return;
  const { sql, stream } = into;
  const last = [...new Map(updates.map((row) => [row.intent_id, row])).values()];
  await sql.query(
    `UPDATE order_intents i SET state = u.state, final = u.final, retcode = u.retcode,
            order_ticket = CASE WHEN u.order_ticket = 0 THEN i.order_ticket ELSE u.order_ticket END,
            volume_filled_microlots = u.volume_filled_microlots, filled_price_points = u.price_points, updated_seq = u.seq
       FROM jsonb_populate_recordset(null::order_updates, $2::jsonb) AS u
      WHERE i.stream_id = $1 AND i.intent_id = u.intent_id AND i.updated_seq < u.seq`,
    [bytea(stream), JSON.stringify(last)],
  );
  const orders = updates
    .filter((row) => row.order_ticket !== "0")
    .map(({ deal_ticket: _deal, broker_time_ms: _time, ...row }) => row);
  await insert(into, "orders", orders, { key: ["stream_id", "order_ticket"] });
}

const PROJECTED = [
  "edges",
  "symbols",
  "order_intents",
  "order_updates",
  "orders",
  "fills",
  "positions",
  "accounts",
  "operator_commands",
  "projection_cursor",
] as const;

/** Forgets what was projected of a stream, so that it is projected again from its first record. */
export async function forget(postgres: Postgres, stream: string): Promise<void> {
  await postgres.transaction(async (sql) => {
    for (const table of PROJECTED) await sql.query(`DELETE FROM ${table} WHERE stream_id = $1`, [bytea(stream)]);
  });
}

export interface DivergenceRow {
  readonly id: string;
  readonly stream: string;
  readonly seq: bigint;
  readonly detectedAt: string;
  readonly code: string;
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
  readonly message: string;
}

export async function insertDivergence(sql: Sql, d: DivergenceRow): Promise<void> {
  await sql.query(
    `INSERT INTO divergences (id, stream_id, seq, detected_at, code, field, expected, actual, message)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
    [d.id, bytea(d.stream), d.seq, d.detectedAt, d.code, d.field, d.expected, d.actual, d.message],
  );
}

const KIND_OF_TABLE = {
  order_intents: "order_intent",
  order_updates: "order_update",
  fills: "fill",
  operator_commands: "operator_command",
} as const;

/** The cursor, and rows by record kind, of the kinds of which every record is a row: all of one moment. */
export async function countProjected(
  sql: Sql,
  stream: string,
): Promise<{ seq: bigint; counts: Record<string, number> }> {
  const tables = Object.keys(KIND_OF_TABLE).map((table) => `(SELECT count(*) FROM ${table} WHERE stream_id = $1)`);
  const [row] = await sql.query<{ seq: string | null; counts: string[] }>(
    `SELECT (SELECT seq FROM projection_cursor WHERE stream_id = $1) AS seq, ARRAY[${tables.join(", ")}] AS counts`,
    [bytea(stream)],
  );
  const counts = Object.values(KIND_OF_TABLE).map((kind, i) => [kind, Number(row?.counts[i] ?? 0)]);
  return { seq: BigInt(row?.seq ?? 0), counts: Object.fromEntries(counts) };
}
