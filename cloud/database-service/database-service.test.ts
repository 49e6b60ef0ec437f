// The service as a process of its own, between a real bus and real databases, killed and starved of its engines.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, makeClient } from "#mesh/service/client.ts";
import { databaseService, type ProjectedStream } from "#proto/services/database-service.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { type RunningPostgres, startPostgres } from "#storage/engines/postgres.ts";
import type { Bus } from "#storage/events/bus.ts";
import { makeEvent } from "#storage/events/envelope.ts";
import { connectBus } from "#storage/events/nats.ts";
import { type MadeJournal, makeJournal } from "./journal.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-database-"));
let nats: Nats;
let postgres: RunningPostgres;
let bus: Bus;
let service: { child: ChildProcess; client: Client<typeof databaseService>; url: string };

async function startService(): Promise<typeof service> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      ...process.env,
      NATS_URL: nats.url,
      POSTGRES_URL: postgres.url,
      CLICKHOUSE_PATH: join(root, "clickhouse"),
      PORT: "0",
    },
  });
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  const ready = once(child, "message") as Promise<[{ port: number }]>;
  const [first] = await Promise.race([ready, once(child, "exit").then(() => assert.fail(`service ended: ${log}`))]);
  const url = `http://127.0.0.1:${first.port}`;
  return { child, url, client: makeClient({ contract: databaseService, url }) };
}

async function kill(signal: NodeJS.Signals): Promise<void> {
  const gone = once(service.child, "exit");
  service.child.kill(signal);
  await gone;
}

async function publish(journal: MadeJournal, from: number, to: number): Promise<void> {
  if (from === 0) await bus.journal.head(journal.stream);
  const appended = journal.batches.slice(from, to).map((batch, i) => {
    const index = from + i;
    return bus.journal.append({
      stream: journal.stream,
      firstSeq: index === 0 ? 1n : journal.ends[index - 1]! + 1n,
      batch,
    });
  });
  await Promise.all(appended);
}

const verify = (journal: MadeJournal, batches: number) =>
  bus.verified.publish({
    stream_id: journal.stream,
    verified_seq: journal.ends[batches - 1]!,
    batches,
    records: 0,
    outputs_digest: "",
    divergences: 0,
  });

async function projectedTo(journal: MadeJournal, seq: bigint): Promise<ProjectedStream> {
  for (let i = 0; i < 300; i++) {
    const streams = await service.client.listStreams().catch(() => []);
    const found = streams.find(({ stream_id }) => stream_id === journal.stream);
    if (found && BigInt(found.projected_seq) >= seq) return found;
    await sleep(100);
  }
  assert.fail(`${journal.stream} was not projected to ${seq}`);
}

before(async () => {
  [nats, postgres] = await Promise.all([
    startNats({ dataDir: join(root, "nats") }),
    startPostgres({ dataDir: join(root, "postgres") }),
  ]);
  bus = await connectBus({ url: nats.url, name: "test" });
  service = await startService();
});

after(async () => {
  await kill("SIGTERM");
  await bus.close();
  await Promise.all([nats.stop(), postgres.stop()]);
  postgres.removeData();
  rmSync(root, { recursive: true, force: true });
});

const journal = makeJournal({ seed: 21, batches: 40, records: 150 });

test("database-service: killed again and again while it projects: every record is one row, nothing past the verified", async () => {
  await publish(journal, 0, 30);
  for (const batches of [8, 16, 24]) {
    await verify(journal, batches);
    await sleep(150);
    await kill("SIGKILL");
    service = await startService();
  }
  const stream = await projectedTo(journal, journal.ends[23]!);
  await sleep(400);
  assert.equal(stream.projected_seq, journal.ends[23]!.toString());
  assert.equal(stream.consistent, true);
  assert.deepEqual((await projectedTo(journal, 0n)).projected_seq, stream.projected_seq);
});

test("database-service: PostgreSQL away: /healthz names it, work goes on when it is back", async () => {
  const port = Number(new URL(postgres.url).port);
  await postgres.stop();
  await publish(journal, 30, 40);
  await verify(journal, 40);
  let health = "";
  for (let i = 0; i < 100 && !health.includes("postgres"); i++) {
    health = await (await fetch(`${service.url}/healthz`)).text();
    await sleep(50);
  }
  assert.match(health, /"missing":\[.*postgres/);
  await assert.rejects(service.client.listEdges(), { code: "unavailable" });
  postgres = await startPostgres({ dataDir: join(root, "postgres"), port });
  const stream = await projectedTo(journal, journal.lastSeq);
  assert.deepEqual(stream.counts, journal.counts);
  assert.equal(stream.consistent, true);
  for (let i = 0; i < 100 && !health.includes('"ok"'); i++) {
    await sleep(100);
    health = await (await fetch(`${service.url}/healthz`)).text();
  }
  assert.match(health, /"status":"ok"/);
});

test("database-service: edges, divergences: shown with names and digests", async () => {
  const data = { code: "wrong_digest", field: "outputs_digest", expected: "aa", actual: "bb", message: "differs" };
  const event = makeEvent({ type: "DivergenceDetected", stream: journal.stream, seq: 5n, timeNs: 10n ** 18n, data });
  await bus.events.publish([event]);
  await bus.events.publish([event]);
  let found = await service.client.divergences({ query: {} });
  for (let i = 0; i < 100 && found.items.length === 0; i++) {
    await sleep(50);
    found = await service.client.divergences({ query: {} });
  }
  assert.deepEqual(found, {
    items: [
      { id: event.id, stream_id: journal.stream, seq: "5", ...data, detected_at: "2001-09-09T01:46:40.000000000Z" },
    ],
    next: null,
  });
  const [edge] = await service.client.listEdges();
  assert.equal(edge?.name, "edge-under-test");
  assert.equal(edge?.model_sha256, "09".repeat(32));
  assert.equal(edge?.shadow_sha256, "08".repeat(32));
  assert.equal(edge?.link_state, "live");
  assert.equal(edge?.last_seq, journal.lastSeq.toString());
  assert.deepEqual(edge?.symbols, [
    { name: "EURUSD", digits: 5 },
    { name: "XAUUSD", digits: 2 },
  ]);
});

/** Every item of a listing, page by page. */
async function everyItem<Item>(
  ask: (cursor: string | undefined) => Promise<{ items: Item[]; next: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(cursor);
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

test("database-service: paging: each row once, newest first, equal to the counts", async () => {
  const { client } = service;
  const { counts } = journal;
  const ticks = [];
  for (const symbol of ["XAUUSD", "EURUSD"]) {
    const query = { stream_id: journal.stream, symbol, limit: 997 };
    ticks.push(...(await everyItem((cursor) => client.ticks({ query: { ...query, cursor } }))));
  }
  assert.equal(ticks.length, counts.tick);
  assert.equal(new Set(ticks.map(({ seq }) => seq)).size, counts.tick);
  const decisions = await everyItem((cursor) => client.decisions({ query: { limit: 7, cursor } }));
  assert.equal(decisions.length, counts.order_intent);
  const seqs = decisions.map(({ seq }) => Number(seq));
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => b - a),
  );
  const bars = await everyItem((cursor) => client.bars({ query: { limit: 10, cursor } }));
  assert.equal(bars.length, (counts.bar ?? 0) + (counts.bar_history ?? 0));
  const fills = await everyItem((cursor) => client.fills({ query: { limit: 3, cursor } }));
  assert.equal(fills.length, counts.fill);
  const predictions = await everyItem((cursor) => client.predictions({ query: { limit: 11, cursor } }));
  assert.equal(predictions.length, counts.prediction);
  const latest = await client.latestPredictions({ query: { symbol: "XAUUSD", timeframe_s: 60 } });
  assert.deepEqual(latest, [predictions.find(({ symbol }) => symbol === "XAUUSD")]);
  const shadow = { model: "shadow" } as const;
  const shadows = await everyItem((cursor) => client.predictions({ query: { limit: 11, cursor, ...shadow } }));
  assert.equal(shadows.length, counts.shadow_prediction);
  assert.ok(shadows.every((p) => p.model_sha256_head === "08".repeat(16) && p.features.length === 0));
  assert.equal(shadows[0]?.answers.volatility.contributions[1]?.log_odds, 0.25);
  const [latestShadow] = await client.latestPredictions({ query: { symbol: "XAUUSD", timeframe_s: 60, ...shadow } });
  assert.deepEqual(
    latestShadow,
    shadows.find(({ symbol }) => symbol === "XAUUSD"),
  );
});

test("database-service: decisions: intent, all checks of the verdict, state of the order; filters", async () => {
  const { client } = service;
  const accepted = await client.decisions({ query: { accepted: "true", state: "done", limit: 500 } });
  const refused = await client.decisions({ query: { accepted: "false", limit: 500 } });
  assert.equal(accepted.items.length + refused.items.length, journal.counts.order_intent);
  assert.equal(accepted.items.length, journal.counts.fill);
  for (const { verdict, order } of accepted.items) {
    assert.equal(verdict?.accepted, true);
    assert.equal(order.volume_filled_microlots, "100000");
  }
  const [one] = refused.items;
  assert.deepEqual(one?.verdict?.checks[6], {
    code: 7,
    name: "spread",
    unit: "points",
    result: "fail",
    value: "6",
    limit: "100",
    headroom: "-5",
  });
  assert.equal(one?.verdict?.checks.length, 8);
  const same = await client.decisions({ query: { intent_id: one!.intent_id, symbol: one!.symbol } });
  assert.deepEqual(same.items, [one]);
  const from = one!.time.replace(/\d{6}Z$/, "Z");
  const later = await client.decisions({ query: { from, to: "2200-01-01T00:00:00Z", limit: 500 } });
  assert.ok(later.items.some(({ seq }) => seq === one?.seq));
});

test("database-service: a wrong question: 400 that names the field", async () => {
  for (const [query, field] of [
    ["/ticks?symbol=X", "stream_id"],
    ["/decisions?limit=501", "limit"],
    ["/decisions?cursor=bm9wZQ", "cursor"],
    ["/bars?from=yesterday", "from"],
  ]) {
    const answer = await fetch(service.url + query);
    assert.equal(answer.status, 400);
    const body = (await answer.json()) as { error: { code: string; message: string } };
    assert.equal(body.error.code, "bad_request");
    assert.match(body.error.message, new RegExp(`^${field}:`));
  }
});

test("database-service: ends of what a question can hold: answered or 400, never taken for a database that is away", async () => {
  const cursor = (text: string): string => `cursor=${Buffer.from(text).toString("base64url")}`;
  const stream = "5a".repeat(16);
  const most = 2n ** 63n - 1n;
  const questions: readonly (readonly [query: string, status: number])[] = [
    ["from=9999-12-31T23:59:59Z", 200],
    ["to=0001-01-01T00:00:00Z", 200],
    ["from=0000-01-01T00:00:00Z", 400],
    ["from=2026-01-01T00:00:00.12345678901234567890Z", 200],
    [cursor(`${most}.${stream}.${most}`), 200],
    [cursor(`0.${stream}.0`), 200],
    [cursor(`${most + 1n}.${stream}.1`), 400],
    [cursor(`1.${stream}.${most + 1n}`), 400],
    [cursor(`-1.${stream}.1`), 400],
    [cursor(`1.${stream.slice(1)}.1`), 400],
  ];
  for (const list of [
    `ticks?stream_id=${stream}&symbol=X&`,
    "bars?",
    "predictions?",
    "decisions?",
    "fills?",
    "divergences?",
  ])
    for (const [query, status] of questions) {
      const answer = await fetch(`${service.url}/${list}${query}`);
      assert.equal(answer.status, status, `${list}${query}: ${await answer.text()}`);
    }
  for (const list of ["bars?", "decisions?", "fills?"])
    assert.equal((await fetch(`${service.url}/${list}symbol=%00`)).status, 400, list);
});
