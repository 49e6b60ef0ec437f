// The two databases of the projections in memory: rows of records by seq (ClickHouse), and rows by their keys with the
// cursor, changed in one transaction (PostgreSQL). Each call takes time, and the process may die between any two of them.
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import type { Cursor, ProjectedRow, ProjectedRows } from "#storage/postgres/projections.ts";
import type { ProjectionTables } from "../../cloud/database-service/projection-tables.ts";
import type { Process } from "./process.ts";

/** Tables with a key replace, the others hold each row once. */
const KEYS: Readonly<Record<string, readonly string[] | undefined>> = {
  symbols: ["symbol"],
  positions: ["ticket"],
  accounts: ["login"],
};
const TABLES = [
  "symbols",
  "order_intents",
  "verdicts",
  "order_updates",
  "fills",
  "positions",
  "accounts",
  "operator_commands",
] as const;
const LATENCY_US = 3_000;

export class MemoryTables {
  /** Kind by seq: a record is one row. */
  readonly records = new Map<number, string>();
  rows = new Map<string, string>();
  cursor: Cursor = { seq: 0n, batches: 0 };
  /** Nobody answers before. */
  awayUntilUs = 0;
  /** A record was written that was there already. */
  doubled = 0;

  /** Folds rows in, as storage/postgres/projections.ts does; a row that is there already and has no key is refused. */
  fold(rows: ProjectedRows): void {
    for (const table of TABLES) {
      for (const row of rows[table]) this.#insert(table, row);
    }
    for (const row of rows.edges) this.rows.set("edges", JSON.stringify(row));
    for (const [name, value] of Object.entries(rows.edgeChanges)) this.rows.set(`edge ${name}`, JSON.stringify(value));
  }

  #insert(table: string, row: ProjectedRow): void {
    const key = KEYS[table];
    const name = `${table} ${key ? key.map((k) => row[k]).join() : (row.seq ?? row.verdict_seq)}`;
    if (!key && this.rows.has(name)) throw new LockstepError("refused", `${name} is there already`);
    this.rows.set(name, JSON.stringify(row));
  }

  write(kind: string, parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      const view = viewOf(part);
      for (let at = 0; at < part.length; at += recordLength(view, at))
        this.#record(Number(view.getBigUint64(at + HEADER_OFFSET.seq, true)), kind);
    }
  }

  #record(seq: number, kind: string): void {
    if (this.records.has(seq)) this.doubled++;
    this.records.set(seq, kind);
  }

  writeLoose(seq: bigint, kind: string): void {
    this.#record(Number(seq), kind);
  }

  client(process: Process): ProjectionTables {
    const { incarnation } = process;
    const call = <T>(act: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        const answer = (): void => {
          if (process.world.nowUs < this.awayUntilUs) {
            process.world.reach("tables: away");
            reject(new LockstepError("unavailable", "the databases do not answer"));
            return;
          }
          try {
            resolve(act());
          } catch (error) {
            if (!(error instanceof LockstepError)) throw error;
            reject(error);
          }
        };
        process.after(LATENCY_US, answer, incarnation);
      });
    return {
      readCursor: () => call(() => this.cursor),
      removeBeyond: ({ seq }) => call(() => this.#removeBeyond(Number(seq))),
      countRecords: ({ upToSeq }) =>
        call(() => ({ all: [...this.records.keys()].filter((seq) => seq <= Number(upToSeq)).length })),
      writeRecords: async ({ raw, loose }) => {
        // One statement a kind: a crash may come between any two.
        for (const { kind, parts } of raw) await call(() => this.write(kind, parts));
        await call(() => {
          for (const { seq, kind } of loose) this.writeLoose(seq, kind);
        });
      },
      project: ({ from, to, rows }) =>
        call(() => {
          if (this.cursor.seq !== from.seq)
            throw new LockstepError("fenced", `the projection is not at seq ${from.seq} any more`);
          const before = new Map(this.rows);
          try {
            this.fold(rows);
          } catch (error) {
            this.rows = before;
            throw error;
          }
          this.cursor = to;
        }),
      forget: () =>
        call(() => {
          this.rows = new Map();
          this.cursor = { seq: 0n, batches: 0 };
        }),
    };
  }

  #removeBeyond(seq: number): number {
    let removed = 0;
    for (const at of [...this.records.keys()]) if (at > seq && this.records.delete(at)) removed++;
    return removed;
  }
}
