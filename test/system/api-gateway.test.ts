// The public API as people meet it: gateway and database-service as processes, real bus and databases. Every answer is
// held against the OpenAPI document that the gateway itself serves.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import { makeClient } from "#mesh/service/client.ts";
import { makeLog } from "#mesh/service/log.ts";
import { type RunningService, startService } from "#mesh/service/start.ts";
import { apiGateway } from "#proto/services/api-gateway.ts";
import type { StreamStatus } from "#proto/services/trading-engine.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { type RunningPostgres, startPostgres } from "#storage/engines/postgres.ts";
import { connectBus } from "#storage/events/nats.ts";
import { makeJournal } from "../../cloud/database-service/journal.fixture.ts";
import { violations } from "./json-schema.ts";

const CLOUD = resolve(import.meta.dirname, "../../cloud");
const root = mkdtempSync(join(tmpdir(), "lockstep-gateway-"));
const journal = makeJournal({ seed: 31, batches: 6, records: 150 });
const status: StreamStatus = {
  stream_id: journal.stream,
  edge_name: "edge-under-test",
  state: "following",
  reason: "",
  verified_seq: journal.lastSeq.toString(),
  verified_records: Number(journal.lastSeq),
  batches: 6,
  restored_seq: "0",
  outputs_digest: "ab".repeat(32),
  core_digest: "07".repeat(32),
  model_digest: "09".repeat(32),
  shadow_digest: "",
  divergences: 0,
  trading_state: 0,
  counts: {},
  lag_messages: 0,
  last_time_ms: 1,
};

let nats: Nats;
let postgres: RunningPostgres;
let engine: RunningService;
const children: ChildProcess[] = [];
let url: string;
let client: ReturnType<typeof makeClient<typeof apiGateway>>;

async function run(service: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [join(CLOUD, service, "main.ts")], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, PORT: "0", LOG_LEVEL: "error", ...env },
  });
  children.push(child);
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return `http://127.0.0.1:${port}`;
}

before(async () => {
  [nats, postgres] = await Promise.all([
    startNats({ dataDir: join(root, "nats") }),
    startPostgres({ dataDir: join(root, "postgres") }),
  ]);
  const routes = new Hono().get("/streams", (c) => c.json([status]));
  const log = makeLog({ service: "test", write: () => {} });
  engine = await startService({ name: "trading-engine", port: 0, routes, log });
  const bus = await connectBus({ url: nats.url, name: "test" });
  await bus.journal.head(journal.stream);
  for (const [i, batch] of journal.batches.entries())
    await bus.journal.append({ stream: journal.stream, firstSeq: i === 0 ? 1n : journal.ends[i - 1]! + 1n, batch });
  const position = { stream_id: journal.stream, verified_seq: journal.lastSeq, outputs_digest: "" };
  await bus.verified.publish({ ...position, batches: 6, records: 0, divergences: 0 });
  await bus.close();
  const database = await run("database-service", {
    NATS_URL: nats.url,
    POSTGRES_URL: postgres.url,
    CLICKHOUSE_PATH: join(root, "clickhouse"),
  });
  url = await run("api-gateway", { DATABASE_SERVICE_URL: database, TRADING_ENGINE_URL: engine.url });
  client = makeClient({ contract: apiGateway, url });
  for (let i = 0; i < 200; i++) {
    const [edge] = await client.edges();
    if (edge?.projected_seq === journal.lastSeq.toString()) break;
    await sleep(50);
  }
});

after(async () => {
  for (const child of children.reverse()) {
    const gone = once(child, "exit");
    if (child.kill("SIGTERM")) await gone;
  }
  await engine.stop();
  await Promise.all([nats.stop(), postgres.stop()]);
  postgres.removeData();
  rmSync(root, { recursive: true, force: true });
});

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; required?: boolean; schema: Record<string, unknown> }[];
  readonly responses: Record<string, { content: { "application/json": { schema: Record<string, unknown> } } }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, { get: Operation }>;
}

test("gateway: OpenAPI: describes exactly the contract's routes, and every answer fits its schema", async () => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  assert.equal(document.openapi, "3.1.0");
  const contract = Object.values(apiGateway.routes).map(({ path }) => path);
  assert.deepEqual(Object.keys(document.paths).sort(), contract.sort());
  const given: Record<string, string> = { symbol: "XAUUSD", timeframe: "M1" };
  for (const [path, { get }] of Object.entries(document.paths)) {
    const wanted = (get.parameters ?? []).filter(({ required }) => required);
    const query = new URLSearchParams(
      wanted.map(({ name }): [string, string] => [name, given[name] ?? assert.fail(name)]),
    );
    const answer = await fetch(`${url}${path}?${query}`);
    const body = await answer.json();
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(body)}`);
    const { schema } = get.responses["200"]!.content["application/json"];
    assert.deepEqual(violations(document, schema, body), [], path);
    const rows = (Array.isArray(body) ? body : (body as { items: unknown[] }).items).length;
    if (path !== "/v1/divergences") assert.ok(rows > 0, `${path} has rows to check`);
  }
});

test("gateway: a wrong parameter, an unknown path: the error's shape, as described", async () => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const { schema } = document.paths["/v1/decisions"]!.get.responses["400"]!.content["application/json"];
  for (const [path, code, text] of [
    ["/v1/decisions?side=up", 400, "side"],
    ["/v1/bars?symbol=XAUUSD&timeframe=M2", 400, "timeframe"],
    ["/v1/nothing", 404, "/v1/nothing"],
  ] as const) {
    const answer = await fetch(url + path);
    assert.equal(answer.status, code);
    const body = (await answer.json()) as { error: { message: string } };
    assert.deepEqual(violations(document, schema, body), []);
    assert.match(body.error.message, new RegExp(text));
  }
});

test("gateway: decisions and prices: exact decimals beside points; pages through all of them", async () => {
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await client.decisions({ query: { limit: 5, cursor } });
    for (const decision of items) {
      seen.add(decision.intent_id);
      const digits = decision.symbol === "XAUUSD" ? 2 : 5;
      assert.equal(decision.price.price.replace(".", "").replace(/^0+/, ""), decision.price.points);
      assert.equal(decision.price.price.split(".")[1]?.length, digits);
      assert.equal(decision.volume_lots, "0.100000");
      assert.equal(decision.verdict?.checks.length, 8);
    }
    if (next === null) break;
    cursor = next;
  }
  assert.equal(seen.size, journal.counts.order_intent);
});

test("gateway: trading-engine away: edges are shown, their verification as unknown", async () => {
  const [edge] = await client.edges();
  assert.equal(edge?.verification?.verified_seq, status.verified_seq);
  await engine.stop();
  const [alone] = await client.edges();
  assert.equal(alone?.verification, null);
  assert.equal(alone?.name, "edge-under-test");
});

test("gateway: pages: served by itself, and nothing in them comes from elsewhere", async () => {
  for (const path of ["/", "/docs", "/pages/home.js", "/pages/docs.js", "/pages/style.css"]) {
    const answer = await fetch(url + path);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    assert.doesNotMatch(await answer.text(), /https?:\/\//);
  }
});
