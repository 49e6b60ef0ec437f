import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { makeLog } from "#mesh/service/log.ts";
import { ClickHouse } from "#storage/clickhouse/client.ts";
import { ensureTables } from "#storage/clickhouse/schema.ts";
import { TABLES } from "#storage/clickhouse/tables/all.ts";
import { countRecords } from "#storage/clickhouse/writer.ts";
import { findClickHouse } from "#storage/engines/clickhouse.ts";
import { startPostgres } from "#storage/engines/postgres.ts";
import type { Bus, JournalBatch } from "#storage/events/bus.ts";
import { migrate } from "#storage/postgres/migrate.ts";
import { Postgres } from "#storage/postgres/pool.ts";
import { forget } from "#storage/postgres/projections.ts";
import { type MadeJournal, makeJournal } from "./journal.fixture.ts";
import { StreamProjection, sleep } from "./project-io.ts";
import { databaseTables } from "./projection-tables.ts";
import { projectedStream } from "./queries/edges.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-projection-"));
const server = await startPostgres({ dataDir: join(root, "postgres") });
const postgres = new Postgres(server.url);
await migrate(postgres);
const clickhouse = new ClickHouse(findClickHouse({ path: join(root, "clickhouse") }));
await ensureTables(clickhouse);
after(async () => {
  await Promise.all([postgres.close(), clickhouse.close()]);
  await server.stop();
  server.removeData();
  rmSync(root, { recursive: true, force: true });
});

const log = makeLog({ service: "test", write: () => {} });

/** A bus that delivers a journal's batches as it is told to: some again, verified in steps. */
function scriptedBus(journal: MadeJournal, script: { order: readonly number[]; verified: readonly number[] }): Bus {
  const batch = (i: number): JournalBatch => ({
    firstSeq: i === 0 ? 1n : journal.ends[i - 1]! + 1n,
    lastSeq: journal.ends[i]!,
    index: i + 1,
    bytes: journal.batches[i]!,
    behind: 0,
  });
  const none = async () => {};
  return {
    connected: true,
    close: none,
    journal: {
      peek: async () => undefined,
      head: async () => undefined,
      append: none,
      async *streams() {},
      async *read({ fromSeq, signal }) {
        for (const i of script.order) if (journal.ends[i]! >= fromSeq) yield batch(i);
        while (!signal.aborted) await sleep(1000, signal);
      },
    },
    verified: {
      publish: none,
      latest: async () => undefined,
      watch: async ({ signal, onLatest }) => {
        for (const i of script.verified) {
          const position = { stream_id: journal.stream, verified_seq: journal.ends[i]!, outputs_digest: "" };
          onLatest({ ...position, batches: 0, records: 0, divergences: 0 });
          await sleep(3, signal);
        }
      },
    },
    events: { publish: none, async *subscribe() {} },
    authorities: { publish: none, latest: async () => undefined, watch: none },
    snapshots: { save: none, latest: async () => undefined },
    models: { put: none, get: async () => undefined, assign: none, assigned: async () => [], watch: none },
  };
}

async function runUntil(journal: MadeJournal, bus: Bus, seq: bigint): Promise<void> {
  const stop = new AbortController();
  const projection = new StreamProjection({
    stream: journal.stream,
    bus,
    tables: databaseTables({ clickhouse, postgres }),
    log,
  });
  const done = projection.run(stop.signal);
  for (let i = 0; i < 2000 && projection.projectedSeq < seq; i++) await sleep(5, stop.signal);
  stop.abort();
  await done;
  assert.equal(projection.problem, "");
}

/** Every row of the stream in every table of both engines, with cursor. */
async function everything(journal: MadeJournal): Promise<unknown> {
  const found: Record<string, unknown> = {};
  for (const { name } of TABLES)
    found[name] = await clickhouse.query(`SELECT * FROM ${name} WHERE stream_id = '${journal.stream}' ORDER BY seq`);
  const tables = "edges symbols order_intents order_updates orders fills positions accounts operator_commands".split(
    " ",
  );
  for (const table of tables)
    found[table] = await postgres.query(
      `SELECT * FROM ${table} WHERE stream_id = decode($1, 'hex') ORDER BY ${table}::text`,
      [journal.stream],
    );
  found.cursor = await postgres.query(
    "SELECT seq, batches FROM projection_cursor WHERE stream_id = decode($1, 'hex')",
    [journal.stream],
  );
  return found;
}

const journal = makeJournal({ seed: 11, batches: 8, records: 80 });
const all = journal.batches.map((_, i) => i);

test("projection: batches again and again, verified in steps, stopped in between: the same rows as in one go", async () => {
  await runUntil(journal, scriptedBus(journal, { order: all, verified: [7] }), journal.lastSeq);
  const wanted = await everything(journal);
  assert.deepEqual(
    await countRecords(clickhouse, { stream: journal.stream, upToSeq: journal.lastSeq }),
    journal.counts,
  );
  const index = fc.integer({ min: 0, max: 7 });
  const scenario = fc.record({
    stops: fc.uniqueArray(index, { maxLength: 2 }),
    repeats: fc.array(index, { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ stops, repeats }) => {
      await forget(postgres, journal.stream);
      for (const last of [...stops.sort(), 7]) {
        // Each batch for the first time in order, and any of those before it again.
        const order = all.flatMap((i) => [i, ...repeats.filter((r) => r <= i)]);
        const verified = [...all.filter((i) => i <= last)];
        await runUntil(journal, scriptedBus(journal, { order, verified }), journal.ends[last]!);
      }
      assert.deepEqual(await everything(journal), wanted);
    }),
    { numRuns: 4, seed: 5 },
  );
});

test("projection: rows beyond the cursor and missing rows in ClickHouse: found at start and put right", async () => {
  const wanted = await everything(journal);
  const bus = scriptedBus(journal, { order: all, verified: [7] });
  // A crash between ClickHouse and PostgreSQL: rows that nobody has accounted for, of a batch that comes again.
  const cursor = [journal.stream, journal.ends[5]!];
  await forget(postgres, journal.stream);
  await runUntil(journal, scriptedBus(journal, { order: all, verified: [5] }), journal.ends[5]!);
  await clickhouse.command(
    `INSERT INTO ticks SELECT * REPLACE(seq + 100000 AS seq) FROM ticks WHERE stream_id = '${cursor[0]}'`,
  );
  await runUntil(journal, bus, journal.lastSeq);
  assert.deepEqual(await everything(journal), wanted);
  await clickhouse.command(`ALTER TABLE verdicts DELETE WHERE stream_id = '${journal.stream}'`);
  await runUntil(journal, bus, journal.lastSeq);
  assert.deepEqual(await everything(journal), wanted);
  const state = { stream: journal.stream, verifiedSeq: journal.lastSeq, problem: "" };
  const shown = await projectedStream({ clickhouse, postgres }, state);
  assert.equal(shown.consistent, true);
  assert.deepEqual(shown.counts, journal.counts);
});

test("projection: a batch is missing on the bus: it stops there and says which seq", async () => {
  const other = makeJournal({ seed: 12, batches: 4, records: 40 });
  const bus = scriptedBus(other, { order: [0, 1, 3], verified: [3] });
  const stop = new AbortController();
  const projection = new StreamProjection({
    stream: other.stream,
    bus,
    tables: databaseTables({ clickhouse, postgres }),
    log,
  });
  const done = projection.run(stop.signal);
  for (let i = 0; i < 1000 && projection.problem === ""; i++) await sleep(5, stop.signal);
  stop.abort();
  await done;
  assert.match(projection.problem, /^gap: record \d+ stands where \d+ is expected/);
});
