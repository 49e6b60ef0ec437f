import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startPostgres } from "../engines/postgres.ts";
import { migrate } from "./migrate.ts";
import { Postgres } from "./pool.ts";
import { bytea, insertDivergence, type ProjectedRows, project, readCursor } from "./projections.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-pgs-"));
const server = await startPostgres({ dataDir: join(root, "data") });
const postgres = new Postgres(server.url);
after(async () => {
  await postgres.close();
  await server.stop();
  server.removeData();
  rmSync(root, { recursive: true, force: true });
});

const stream = "ab".repeat(16);
const NOTHING: ProjectedRows = {
  edges: [],
  edgeChanges: {},
  edgeModels: [],
  symbols: [],
  order_intents: [],
  verdicts: [],
  order_updates: [],
  fills: [],
  positions: [],
  accounts: [],
  operator_commands: [],
};
const at = (seq: bigint, batches: number) => ({ seq, batches });

test("migrations: twice, and by several at once: applied once", async () => {
  const applied = (await Promise.all([migrate(postgres), migrate(postgres), migrate(postgres)])).flat();
  assert.deepEqual(applied, ["0001-projections.sql", "0002-shadow-model.sql"]);
  assert.deepEqual(await migrate(postgres), []);
});

test("migrations: a failing file: nothing of it stays; a changed or missing one is refused", async () => {
  const directory = mkdtempSync(join(root, "m-"));
  cpSync(join(import.meta.dirname, "migrations"), directory, { recursive: true });
  writeFileSync(join(directory, "9000-bad.sql"), "CREATE TABLE half (a int); SELECT nonsense;");
  await assert.rejects(migrate(postgres, directory), { code: "unavailable", message: /nonsense/ });
  const [half] = await postgres.query<{ name: string | null }>("SELECT to_regclass('half') AS name");
  assert.equal(half?.name, null);
  writeFileSync(join(directory, "9000-bad.sql"), "CREATE TABLE good (a int)");
  assert.deepEqual(await migrate(postgres, directory), ["9000-bad.sql"]);
  await assert.rejects(migrate(postgres), { code: "refused", message: /9000-bad/ });
  writeFileSync(join(directory, "9000-bad.sql"), "CREATE TABLE good (a bigint)");
  await assert.rejects(migrate(postgres, directory), { code: "refused", message: /changed after/ });
});

test("projection: rows and cursor: both or neither, and only from the cursor expected", async () => {
  const command = { time_ns: "1", command_id: "\\x00", operator: "Ada", reason: "", command: 3 };
  const rows = (seq: string) => ({ ...NOTHING, operator_commands: [{ seq, ...command }] });
  await project(postgres, { stream, from: at(0n, 0), to: at(10n, 1), rows: rows("3") });
  await assert.rejects(project(postgres, { stream, from: at(0n, 0), to: at(12n, 2), rows: rows("4") }), {
    code: "fenced",
  });
  await assert.rejects(project(postgres, { stream, from: at(10n, 1), to: at(20n, 2), rows: rows("3") }), {
    code: "unavailable", // the row is there already
  });
  assert.deepEqual(await readCursor(postgres, stream), at(10n, 1));
  const found = await postgres.query("SELECT seq, tenant_id FROM operator_commands WHERE stream_id = $1", [
    bytea(stream),
  ]);
  assert.deepEqual(found, [{ seq: "3", tenant_id: "default" }]);
});

test("divergences: the same event again: one row", async () => {
  const event = { code: "wrong_digest", field: "price_points", expected: "1", actual: "2", message: "m" };
  const row = { id: "x:5", stream, seq: 5n, detectedAt: "2026-01-01T00:00:00.000Z", ...event };
  await insertDivergence(postgres, row);
  await insertDivergence(postgres, { ...row, code: "other" });
  assert.deepEqual(await postgres.query("SELECT id, code FROM divergences"), [{ id: "x:5", code: "wrong_digest" }]);
});

test("lock: one holder at a time; free again when released or when its server goes away", async () => {
  const first = await postgres.tryLock(5);
  assert.equal(await postgres.tryLock(5), undefined);
  await first?.release();
  await first?.lost;
  const second = await postgres.tryLock(5);
  await postgres.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
  await second?.lost;
  const third = await postgres.tryLock(5);
  assert.notEqual(third, undefined);
  await third?.release();
});

test("postgres: the server goes away and comes back: unavailable, then answers again", async () => {
  await server.stop();
  await assert.rejects(postgres.query("SELECT 1 AS one"), { code: "unavailable" });
  const port = Number(new URL(server.url).port);
  const again = await startPostgres({ dataDir: join(root, "data"), port });
  assert.deepEqual(await postgres.query("SELECT 1 AS one"), [{ one: 1 }]);
  await again.stop();
});
