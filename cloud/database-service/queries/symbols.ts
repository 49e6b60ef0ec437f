// A record has a symbol's index, people have its name: the specifications in PostgreSQL tell one from the other.
import type { Sql } from "#storage/postgres/pool.ts";

export interface SymbolRow {
  readonly stream: string;
  readonly symbol: number;
  readonly name: string;
  readonly digits: number;
}

export class Symbols {
  readonly rows: readonly SymbolRow[];
  readonly #byIndex: ReadonlyMap<string, SymbolRow>;

  constructor(rows: readonly SymbolRow[]) {
    this.rows = rows;
    this.#byIndex = new Map(rows.map((row) => [`${row.stream}:${row.symbol}`, row]));
  }

  /** A symbol without a specification yet has no name, and its prices stay whole points. */
  of(stream: string, symbol: number): { symbol: string; digits: number } {
    const row = this.#byIndex.get(`${stream}:${symbol}`);
    return { symbol: row?.name ?? `#${symbol}`, digits: row?.digits ?? 0 };
  }

  named(name: string): SymbolRow[] {
    return this.rows.filter((row) => row.name === name);
  }
}

export async function readSymbols(sql: Sql, stream?: string): Promise<Symbols> {
  const rows = await sql.query<{ stream: string; symbol: number; name: string; digits: number }>(
    `SELECT encode(stream_id, 'hex') AS stream, symbol, name, digits FROM symbols
      WHERE $1::text IS NULL OR stream_id = decode($1, 'hex') ORDER BY name`,
    [stream ?? null],
  );
  return new Symbols(rows);
}
