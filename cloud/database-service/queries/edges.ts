// Edges, divergences, and how far each stream is projected, with the row counts of both databases.
import type { z } from "zod";
import type {
  DivergenceRow,
  DivergencesQuery,
  ProjectedEdge,
  ProjectedStream,
} from "#proto/services/database-service.ts";
import { LinkState, TradingState } from "#proto/services/shapes.ts";
import { countRecords } from "#storage/clickhouse/writer.ts";
import { countProjected } from "#storage/postgres/projections.ts";
import { PostgresWhere } from "./conditions.ts";
import type { Stores } from "./market.ts";
import { decodePosition, isoOf, type Page, pageOf } from "./paging.ts";
import { readSymbols } from "./symbols.ts";

interface EdgeRow extends Record<string, unknown> {
  readonly stream_id: string;
  readonly name: string;
  readonly public_key: string;
  readonly core_sha256: string;
  readonly model_sha256: string | null;
  readonly shadow_sha256: string | null;
  readonly layout_version: number;
  readonly link_state: number;
  readonly trading_state: number;
  readonly started_ns: string;
  readonly last_seen_ns: string;
  readonly last_seq: string;
}

export async function edges({ postgres }: Stores): Promise<ProjectedEdge[]> {
  const symbols = await readSymbols(postgres);
  const rows = await postgres.query<EdgeRow>(
    `SELECT encode(stream_id, 'hex') AS stream_id, name, encode(public_key, 'hex') AS public_key,
            encode(core_sha256, 'hex') AS core_sha256, encode(model_sha256, 'hex') AS model_sha256,
            encode(shadow_sha256, 'hex') AS shadow_sha256, layout_version,
            link_state, trading_state, started_ns, last_seen_ns, last_seq
       FROM edges ORDER BY name, stream_id`,
  );
  return rows.map(({ started_ns, last_seen_ns, ...row }) => ({
    ...row,
    model_sha256: row.model_sha256 ?? "",
    shadow_sha256: row.shadow_sha256 ?? "",
    link_state: LinkState.options[row.link_state] ?? "down",
    trading_state: TradingState.options[row.trading_state] ?? "halted",
    started_at: isoOf(started_ns),
    last_seen_at: isoOf(last_seen_ns),
    symbols: symbols.rows
      .filter(({ stream }) => stream === row.stream_id)
      .map(({ name, digits }) => ({ name, digits })),
  }));
}

interface DivergenceSql extends Record<string, unknown> {
  readonly id: string;
  readonly stream_id: string;
  readonly seq: string;
  readonly code: string;
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
  readonly message: string;
  readonly detected: string;
}

/** End of the year 9999: intervals of microseconds do not reach as far as integers do. */
const LAST_US = 253_402_300_799_999_999n;

export async function divergences(
  { postgres }: Stores,
  filter: z.output<typeof DivergencesQuery>,
): Promise<Page<DivergenceRow>> {
  const where = new PostgresWhere()
    .and("stream_id = decode(?, 'hex')", filter.stream_id)
    .and("detected_at >= ?", filter.from)
    .and("detected_at < ?", filter.to);
  const below = decodePosition(filter.cursor);
  if (below)
    where.and(
      "(detected_at, stream_id, seq) < ('epoch'::timestamptz + ? * interval '1 microsecond', decode(?, 'hex'), ?)",
      (below.at < LAST_US ? below.at : LAST_US).toString(),
      below.stream,
      below.seq.toString(),
    );
  const rows = await postgres.query<DivergenceSql>(
    `SELECT id, encode(stream_id, 'hex') AS stream_id, seq, code, field, expected, actual, message,
            (extract(epoch FROM detected_at) * 1000000)::bigint AS detected
       FROM divergences ${where.sql} ORDER BY detected_at DESC, divergences.stream_id DESC, seq DESC
      LIMIT ${filter.limit + 1}`,
    where.values,
  );
  return pageOf({
    rows,
    limit: filter.limit,
    position: (row) => ({ at: BigInt(row.detected), stream: row.stream_id, seq: BigInt(row.seq) }),
    item: ({ detected, ...row }) => ({ ...row, detected_at: isoOf(BigInt(detected) * 1000n) }),
  });
}

/** What the projections know of themselves beside the databases. */
export interface ProjectionState {
  readonly stream: string;
  readonly verifiedSeq: bigint;
  readonly problem: string;
}

export async function projectedStream(stores: Stores, state: ProjectionState): Promise<ProjectedStream> {
  const { stream } = state;
  const { seq, counts: postgresCounts } = await countProjected(stores.postgres, stream);
  const counts = await countRecords(stores.clickhouse, { stream, upToSeq: seq });
  const [found] = await stores.postgres.query<{ n: string }>(
    "SELECT count(*) AS n FROM divergences WHERE stream_id = decode($1, 'hex')",
    [stream],
  );
  const rows = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const agree = Object.entries(postgresCounts).every(([kind, n]) => n === (counts[kind] ?? 0));
  return {
    stream_id: stream,
    projected_seq: seq.toString(),
    verified_seq: state.verifiedSeq.toString(),
    counts,
    postgres_counts: postgresCounts,
    divergences: Number(found?.n ?? 0),
    consistent: BigInt(rows) === seq && agree,
    problem: state.problem,
  };
}
