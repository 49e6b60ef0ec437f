// The skeleton as services use it: over real HTTP, with a typed client, and as a process that is told to stop.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { Hono } from "hono";
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import type { Contract } from "#proto/services/contract.ts";
import { makeClient, serviceUrl } from "./client.ts";
import { readConfig, SERVICE_ENV } from "./config.ts";
import { makeLog } from "./log.ts";
import { makeMetrics } from "./metrics.ts";
import { startService } from "./start.ts";

const quiet = makeLog({ service: "test", write: () => {} });

const contract = {
  service: "trading-engine",
  routes: {
    echo: {
      method: "GET",
      path: "/echo/:word",
      params: z.object({ word: z.string() }),
      query: z.object({ times: z.coerce.number().int().optional() }),
      response: z.object({ word: z.string(), times: z.number() }),
    },
    add: { method: "POST", path: "/add", body: z.object({ a: z.number() }), response: z.object({ sum: z.number() }) },
    flaky: { method: "GET", path: "/flaky", response: z.object({ calls: z.number() }) },
    flakyPost: { method: "POST", path: "/flaky", body: z.object({}), response: z.object({ calls: z.number() }) },
    wrong: { method: "GET", path: "/wrong", response: z.object({ a: z.string() }) },
    slow: { method: "GET", path: "/slow", response: z.object({}) },
  },
} as const satisfies Contract;

async function withService<T>(body: (o: { url: string; calls: () => number }) => Promise<T>): Promise<T> {
  let calls = 0;
  const routes = new Hono()
    .get("/echo/:word", (c) => c.json({ word: c.req.param("word"), times: Number(c.req.query("times") ?? 1) }))
    .post("/add", async (c) => c.json({ sum: z.object({ a: z.number() }).parse(await c.req.json()).a + 1 }))
    .all("/flaky", (c) => {
      calls++;
      if (calls % 3 !== 0) throw new LockstepError("unavailable", "an engine is away: try again");
      return c.json({ calls });
    })
    .get("/wrong", (c) => c.json({ a: 1 }))
    .get("/slow", async (c) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return c.json({});
    })
    .get("/bug", () => {
      throw new TypeError("secret detail");
    });
  const service = await startService({ name: "trading-engine", port: 0, routes, log: quiet });
  try {
    return await body({ url: service.url, calls: () => calls });
  } finally {
    await service.stop();
  }
}

const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;

test("service: health, metrics and errors: each in its one shape", async () => {
  await withService(async ({ url }) => {
    const health = (await (await fetch(`${url}/healthz`)).json()) as { status: string };
    assert.equal(health.status, "ok");
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /process_cpu_seconds_total\{service="trading-engine"\}/);
    const missing = await fetch(`${url}/nowhere`);
    assert.equal(missing.status, 404);
    assert.equal(missing.headers.get("x-content-type-options"), "nosniff");
    assert.deepEqual(await missing.json(), {
      error: { code: "not_found", message: "GET /nowhere is not served here" },
    });
    const bug = await fetch(`${url}/bug`);
    assert.equal(bug.status, 500);
    assert.doesNotMatch(await bug.text(), /secret/);
    const bad = await fetch(`${url}/add`, { method: "POST", body: `{"a":"x"}` });
    assert.equal(bad.status, 400);
    assert.match(await bad.text(), /"code":"bad_request".*a: /);
  });
});

test("service: something is missing: healthz is 503 and names it", async () => {
  const service = await startService({ name: "trading-engine", port: 0, log: quiet, ready: () => ["nats"] });
  try {
    const answer = await fetch(`${service.url}/healthz`);
    assert.equal(answer.status, 503);
    assert.deepEqual(((await answer.json()) as { missing: string[] }).missing, ["nats"]);
  } finally {
    await service.stop();
  }
});

test("service: port taken: the error says what to set", async () => {
  await withService(async ({ url }) => {
    const port = Number(new URL(url).port);
    await assert.rejects(startService({ name: "trading-engine", port, log: quiet }), /set PORT/);
  });
});

test("client: typed calls: parameters, query and body arrive", async () => {
  await withService(async ({ url }) => {
    const client = makeClient({ contract, url });
    assert.deepEqual(await client.echo({ params: { word: "a/b c" }, query: { times: 2 } }), {
      word: "a/b c",
      times: 2,
    });
    assert.deepEqual(await client.add({ body: { a: 1 } }), { sum: 2 });
  });
});

test("client: unavailable: a GET is tried again, a POST is not", async () => {
  await withService(async ({ url, calls }) => {
    const client = makeClient({ contract, url });
    assert.deepEqual(await client.flaky(), { calls: 3 });
    await assert.rejects(client.flakyPost({ body: {} }), code("unavailable"));
    assert.equal(calls(), 4);
  });
});

test("client: no answer, wrong shape, nobody there: typed errors", async () => {
  await withService(async ({ url }) => {
    const client = makeClient({ contract, url, timeoutMs: 100 });
    await assert.rejects(client.slow(), code("timeout"));
    await assert.rejects(client.wrong(), code("protocol"));
  });
  await assert.rejects(makeClient({ contract, url: "http://127.0.0.1:1" }).flaky(), code("unavailable"));
});

test("config: bad and missing values: the variable is named", () => {
  const shape = { ...SERVICE_ENV, NATS_URL: z.url() };
  assert.equal(readConfig(shape, { NATS_URL: "nats://localhost:4222", PORT: "0" }).PORT, 0);
  assert.equal(readConfig(shape, { NATS_URL: "nats://localhost:4222", PORT: "" }).PORT, undefined);
  assert.throws(() => readConfig(shape, { PORT: "70000", NATS_URL: "" }), /PORT=70000: .*NATS_URL is not set/);
  assert.equal(serviceUrl("data-bridge", {}), "http://127.0.0.1:8101");
  assert.equal(serviceUrl("trading-engine", { TRADING_ENGINE_URL: "http://h:1" }), "http://h:1");
});

test("log: errors and integers: one JSON object a line, the code kept", () => {
  const lines: string[] = [];
  const log = makeLog({ service: "s", write: (line) => lines.push(line) });
  log.debug("below the level");
  log.error("failed", { seq: 5n, message: "theirs", level: 1, error: new LockstepError("gap", "seq 5 is missing") });
  const line = JSON.parse(lines.join("")) as { seq: string; level: string; message: string; error: { code: string } };
  assert.deepEqual([line.level, line.message], ["error", "failed"]);
  assert.equal(line.seq, "5");
  assert.equal(line.error.code, "gap");
});

test("metrics: a collected gauge: read at each scrape", async () => {
  const metrics = makeMetrics("s");
  let value = 1;
  metrics.gauge("lockstep_x", "x", [], (gauge) => gauge.set(value));
  value = 2;
  assert.match(await metrics.registry.metrics(), /lockstep_x\{service="s"\} 2/);
});

test("service: as a process: says ready with its port, ends on SIGTERM with 0", async () => {
  const main = `
    import { runMain, startService } from ${JSON.stringify(new URL("./start.ts", import.meta.url).href)};
    await runMain("trading-engine", (log) => startService({ name: "trading-engine", port: 0, log, ports: { other: 7 } }));`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", main], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  child.stderr?.resume();
  const [message] = (await once(child, "message")) as [{ ready: boolean; port: number; other: number }];
  assert.equal(message.ready, true);
  assert.equal(message.other, 7);
  assert.equal((await fetch(`http://127.0.0.1:${message.port}/healthz`)).status, 200);
  child.kill("SIGTERM");
  const [exit] = await once(child, "exit");
  assert.equal(exit, 0);
});
