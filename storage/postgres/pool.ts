// Connections to PostgreSQL. 64-bit numbers come as decimal strings and bytes as Buffers; every failure is `unavailable`
// with what the server said; an idle connection that breaks ends no process.
import pg from "pg";
import { LockstepError } from "#proto/errors.ts";

export type Row = Record<string, unknown>;

/** Where statements can be run: the pool itself, or one connection inside a transaction. */
export interface Sql {
  query<R extends Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

const CONNECTIONS = 8;
const CONNECT_MS = 3_000;
const STATEMENT_MS = 60_000;

export class Postgres implements Sql {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      application_name: "lockstep",
    });
    this.#pool.on("error", () => {}); // the next query gets a new connection, or says why not
  }

  async query<R extends Row>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    try {
      return (await this.#pool.query<R>(text, [...values])).rows;
    } catch (cause) {
      throw failed(cause);
    }
  }

  /** Commits when `body` resolves, rolls back when it rejects. */
  async transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((cause: unknown) => {
      throw failed(cause);
    });
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on("error", onError);
    try {
      await client.query("BEGIN");
      const result = await body({ query: async (text, values = []) => (await client.query(text, [...values])).rows });
      await client.query("COMMIT");
      return result;
    } catch (cause) {
      await client.query("ROLLBACK").catch((error: Error) => {
        broken = error;
      });
      throw failed(cause);
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function failed(cause: unknown): LockstepError {
  if (cause instanceof LockstepError) return cause;
  const why = cause instanceof Error ? cause.message || String(cause) : String(cause);
  return new LockstepError("unavailable", `PostgreSQL: ${why}`, { cause });
}
