// Brings the schema up to date: numbered SQL files, each applied once, in order, in a transaction and under a lock. A
// file that was applied and has changed since is refused: a new one must be added instead.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LockstepError } from "#proto/errors.ts";
import type { Postgres } from "./pool.ts";

/** Any number, the same in every process. */
const LOCK = 7_109_221;
const DIRECTORY = join(import.meta.dirname, "migrations");

/** Returns the names of those applied now. */
export async function migrate(postgres: Postgres, directory = DIRECTORY): Promise<string[]> {
  const files = readdirSync(directory)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort();
  return postgres.transaction(async (sql) => {
    await sql.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    await sql.query(
      "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    );
    const applied = new Map(
      (await sql.query<{ name: string; sha256: string }>("SELECT name, sha256 FROM migrations")).map((row) => [
        row.name,
        row.sha256,
      ]),
    );
    const unknown = [...applied.keys()].find((name) => !files.includes(name));
    if (unknown) throw refused(`the database has migration ${unknown}, this build does not: use a newer build`);
    const now: string[] = [];
    for (const name of files) {
      const text = readFileSync(join(directory, name), "utf8");
      const sha256 = createHash("sha256").update(text).digest("hex");
      const before = applied.get(name);
      if (before === sha256) continue;
      if (before !== undefined) throw refused(`migration ${name} was changed after it was applied: add a new one`);
      await sql.query(text);
      await sql.query("INSERT INTO migrations (name, sha256) VALUES ($1, $2)", [name, sha256]);
      now.push(name);
    }
    return now;
  });
}

const refused = (message: string): LockstepError => new LockstepError("refused", message);
