// Makes the tables. They can be rebuilt from the journal at any time, so a changed declaration is not migrated: the old
// tables are dropped, and whoever projects finds fewer rows than it wrote and starts again.
import { createHash } from "node:crypto";
import type { ClickHouse } from "./client.ts";
import { TABLES } from "./tables/all.ts";
import type { Table } from "./tables/table.ts";

export async function ensureTables(clickhouse: ClickHouse): Promise<{ rebuilt: boolean }> {
  const wanted = createHash("sha256").update(TABLES.map(createStatement).join("\n")).digest("hex");
  await clickhouse.command(
    "CREATE TABLE IF NOT EXISTS lockstep_schema (digest String, made DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY digest",
  );
  const found = await clickhouse.query<{ digest: string }>("SELECT digest FROM lockstep_schema");
  const rebuilt = found.length > 0 && found.some(({ digest }) => digest !== wanted);
  if (rebuilt) {
    for (const { name } of TABLES) await clickhouse.command(`DROP TABLE IF EXISTS ${name} SYNC`);
    await clickhouse.command("TRUNCATE TABLE lockstep_schema");
  }
  for (const table of TABLES) await clickhouse.command(createStatement(table));
  if (rebuilt || found.length === 0)
    await clickhouse.command(`INSERT INTO lockstep_schema (digest) VALUES ('${wanted}')`);
  return { rebuilt };
}

/** An insert and a merge are on disk before they count: the cursor in PostgreSQL must never be ahead of them. */
const DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1";

export function createStatement(table: Table): string {
  const columns = table.columns.map(({ name, type, codec, alias }) => {
    const tail = alias !== undefined ? ` ALIAS ${alias}` : codec !== undefined ? ` CODEC(${codec})` : "";
    return `\`${name}\` ${type}${tail}`;
  });
  const partition = table.partitionBy === undefined ? "" : ` PARTITION BY ${table.partitionBy}`;
  return (
    `CREATE TABLE IF NOT EXISTS ${table.name} (${columns.join(", ")}, INDEX seq_range seq TYPE minmax)` +
    ` ENGINE = MergeTree${partition} ORDER BY (${table.orderBy}) SETTINGS ${DURABLE}`
  );
}
