// One way to talk to ClickHouse, embedded or remote: the official client. Writes go one after another through one
// connection; reads share a few others, since an embedded connection runs one query at a time.
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type ClickHouseClient, type ClickHouseSettings, createClient } from "@clickhouse/client";
import { assert, LockstepError } from "#proto/errors.ts";
import type { ClickHouseEngine } from "../engines/clickhouse.ts";

const READERS = 3;
const SETTINGS: ClickHouseSettings = {
  // A JSON number cannot hold 64 bits; NaN and infinity are not JSON.
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 0,
  date_time_output_format: "iso",
  // A replay of many years in one insert is nobody's mistake.
  max_partitions_per_insert_block: "0",
  mutations_sync: "2",
};

export type QueryParameters = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export class ClickHouse {
  readonly #engine: ClickHouseEngine;
  readonly #writer: ClickHouseClient;
  readonly #readers: { readonly client: ClickHouseClient; busy: number }[];

  constructor(engine: ClickHouseEngine) {
    this.#engine = engine;
    this.#writer = connect(engine);
    this.#readers = Array.from({ length: READERS }, () => ({ client: connect(engine), busy: 0 }));
  }

  get embedded(): boolean {
    return this.#engine.embedded;
  }

  /** Reads rows. 64-bit integers come as decimal strings. */
  async query<Row>(sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
    const reader = this.#readers.reduce((least, next) => (next.busy < least.busy ? next : least));
    reader.busy++;
    try {
      const options = { query: sql, query_params: { ...parameters }, clickhouse_settings: SETTINGS };
      const answer = await reader.client.query({ ...options, format: "JSONEachRow" });
      return await answer.json<Row>();
    } catch (cause) {
      throw failed(cause);
    } finally {
      reader.busy--;
    }
  }

  async command(sql: string): Promise<void> {
    try {
      await this.#writer.command({ query: sql, clickhouse_settings: SETTINGS });
    } catch (cause) {
      throw failed(cause);
    }
  }

  async insertRows(table: string, rows: readonly object[]): Promise<void> {
    try {
      const values = [...rows];
      await this.#writer.insert({ table, values, format: "JSONEachRow", clickhouse_settings: SETTINGS });
    } catch (cause) {
      throw failed(cause);
    }
  }

  /** Runs `insert` (INSERT ... SELECT ... FROM) over RowBinary bytes of the given structure. */
  async insertRowBinary(o: { insert: string; structure: string; parts: readonly Uint8Array[] }): Promise<void> {
    try {
      if (this.#engine.embedded) await this.#insertFile(o, this.#engine.scratch);
      else await this.#insertBody(o);
    } catch (cause) {
      throw failed(cause);
    }
  }

  /** Binary text inside a statement loses bytes in the embedded engine; a file does not, and is the fastest way besides. */
  async #insertFile(o: { insert: string; structure: string; parts: readonly Uint8Array[] }, scratch: string) {
    const file = join(scratch, randomUUID());
    assert(!/['\\]/.test(file), `${file} needs no escaping`);
    try {
      writeFileSync(file, Buffer.concat(o.parts), { mode: 0o600 });
      await this.#writer.command({
        query: `${o.insert} file('${file}', 'RowBinary', '${o.structure}')`,
        clickhouse_settings: SETTINGS,
      });
    } finally {
      rmSync(file, { force: true });
    }
  }

  async #insertBody(o: { insert: string; structure: string; parts: readonly Uint8Array[] }): Promise<void> {
    const { stream } = await this.#writer.exec({
      query: `${o.insert} input('${o.structure}') FORMAT RowBinary`,
      values: Readable.from(o.parts, { objectMode: false }),
      clickhouse_settings: SETTINGS,
    });
    for await (const _ of stream); // an unread answer would hold the socket
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer, ...this.#readers.map(({ client }) => client)].map((client) => client.close()));
    if (this.#engine.embedded) rmSync(this.#engine.scratch, { recursive: true, force: true });
  }
}

function connect(engine: ClickHouseEngine): ClickHouseClient {
  if (!engine.embedded) return createClient({ url: engine.url, application: "lockstep" });
  // The option is newer than the client's published types.
  return createClient({ connection: engine.connect() } as Parameters<typeof createClient>[0]);
}

function failed(cause: unknown): LockstepError {
  if (cause instanceof LockstepError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LockstepError("unavailable", `ClickHouse: ${why}`, { cause });
}
