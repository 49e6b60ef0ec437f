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

export interface Lock {
  /** Settles when the lock is ours no more. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

export class Postgres implements Sql {
  readonly #pool: pg.Pool;
  readonly #options: pg.ClientConfig;

  constructor(url: string) {
    this.#options = { connectionString: url, connectionTimeoutMillis: CONNECT_MS, application_name: "lockstep" };
    this.#pool = new pg.Pool({ ...this.#options, max: CONNECTIONS, statement_timeout: STATEMENT_MS });
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

  /**
   * Takes a lock that the server gives to one session at a time, on a connection of its own; undefined when another has
   * it. The server frees it when the connection ends, however it does: `lost` settles then.
   */
  async tryLock(key: number): Promise<Lock | undefined> {
    const client = new pg.Client({ ...this.#options, statement_timeout: CONNECT_MS });
    const lost = Promise.withResolvers<void>();
    client.on("error", () => lost.resolve());
    client.on("end", () => lost.resolve());
    try {
      await client.connect();
      const { rows } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [key]);
      if (rows[0]?.got === true) return { lost: lost.promise, release: () => client.end().catch(() => {}) };
      await client.end();
      return undefined;
    } catch (cause) {
      await client.end().catch(() => {});
      throw failed(cause);
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
