// Sources that lie, on a real HTTP server; and the way of an item into the journal of a real connector, over restarts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeLog } from "#mesh/service/log.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { NewsItem } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { startConnectorProcess } from "../metatrader-connector/tiny-ea.fixture.ts";
import { readCollectorConfig } from "./config.ts";
import { ANSWER_BYTES_MAX, fetchSource } from "./fetch-io.ts";
import { startCollector } from "./service.ts";

const FEED = (title: string) =>
  `<rss version="2.0"><channel><item><title>${title}</title><link>https://x.test/1</link><guid>1</guid></item></channel></rss>`;

async function serve(answers: Readonly<Record<string, (response: ServerResponse, etag: string | undefined) => void>>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answers[request.url ?? ""]?.(response, request.headers["if-none-match"]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("fetch: answers too long, too slow, packed to burst, of no text, with no success: refused by reason", async () => {
  const server = await serve({
    "/ok": (r, etag) => (etag === '"v1"' ? r.writeHead(304).end() : r.writeHead(200, { etag: '"v1"' }).end("<rss/>")),
    "/endless": (r) => {
      const more = () => {
        while (r.write("x".repeat(65_536)));
      };
      r.on("drain", more);
      more();
    },
    "/drip": (r) => {
      const timer = setInterval(() => r.write("x"), 20);
      r.on("close", () => clearInterval(timer));
    },
    "/silent": () => undefined,
    "/bomb": (r) => r.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(20 * ANSWER_BYTES_MAX))),
    "/latin": (r) => r.end(Buffer.from([0x3c, 0xe9, 0x3e])),
    "/gone": (r) => r.writeHead(404).end(),
    "/cut": (r) => {
      r.writeHead(200, { "content-length": "100" });
      r.write("x");
      setTimeout(() => r.destroy(), 20);
    },
  });
  const get = async (path: string, etag?: string) => {
    const answer = await fetchSource(server.url + path, { etag, timeoutMs: 1_000 });
    return answer.kind === "refused" ? answer.refusal : answer.kind;
  };
  assert.deepEqual([await get("/ok"), await get("/ok", '"v1"')], ["text", "unchanged"]);
  assert.equal(await get("/endless"), "too_big");
  assert.equal(await get("/bomb"), "too_big");
  assert.equal(await get("/drip"), "too_slow");
  assert.equal(await get("/silent"), "too_slow");
  assert.equal(await get("/latin"), "malformed");
  assert.equal(await get("/gone"), "bad_status");
  assert.equal(await get("/cut"), "unreachable");
  server.close();
  assert.equal(await get("/ok"), "unreachable");
});

interface Item {
  readonly source: string;
  readonly text: string;
}

function newsOf(dataDir: string): Item[] {
  const items: Item[] = [];
  for (const records of new JournalReader({ disk: openDisk(join(dataDir, "journal")) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code !== NewsItem.code) return;
      const { source, title_bytes, link_bytes, text } = NewsItem.read(view, at);
      const bytes = Buffer.concat(text.map(({ piece }) => piece));
      items.push({
        source,
        text: `${bytes.toString("utf8", 0, title_bytes)} ${bytes.toString("utf8", title_bytes, title_bytes + link_bytes)}`,
      });
    });
  }
  return items;
}

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.fail(`waited in vain for ${what}`);
};

test("collector: an item: one record with its provenance, over restarts of collector and connector", async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "lockstep-news-"));
  const server = await serve({
    "/feed": (r) => r.end(FEED("Zinsentscheid: 2 % – »unverändert«")),
    "/bad": (r) => r.end("<rss>"),
  });
  const sources = [
    { name: "good", url: `${server.url}/feed` },
    { name: "bad", url: `${server.url}/bad` },
  ];
  const log = makeLog({ service: "data-collector", write: () => undefined });
  let connector = await startConnectorProcess({ dataDir, env: {} });
  try {
    for (let round = 0; round < 3; round++) {
      const config = readCollectorConfig({
        PORT: "0",
        DATA_SOURCES: JSON.stringify(sources),
        METATRADER_CONNECTOR_URL: `http://127.0.0.1:${connector.port}`,
      });
      const collector = await startCollector({ config, log });
      const status = async () =>
        (await fetch(`${collector.url}/status`)).json() as Promise<{
          delivered: number;
          known: number;
          sources: { refused: object }[];
        }>;
      t.after(() => collector.stop());
      await until("delivery", async () => (await status()).delivered + (await status()).known === 1);
      const { delivered, known, sources: told } = await status();
      assert.deepEqual([delivered, known], round === 0 ? [1, 0] : [0, 1]);
      await until("the refusal", async () => Object.keys((await status()).sources[1]?.refused ?? {}).length === 1);
      assert.equal(JSON.stringify(told).includes(server.url), false, "addresses can hold a key");
      await collector.stop();
      await connector.kill(round === 0 ? "SIGKILL" : "SIGTERM");
      connector = await startConnectorProcess({ dataDir, env: {} });
    }
    const refused = await fetch(`http://127.0.0.1:${connector.port}/news`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"items":[{"title":"x"}]}',
    });
    assert.equal(refused.status, 400);
  } finally {
    assert.equal(await connector.kill("SIGTERM"), 0);
    server.close();
  }
  assert.deepEqual(newsOf(dataDir), [{ source: "good", text: "Zinsentscheid: 2 % – »unverändert« https://x.test/1" }]);
  rmSync(dataDir, { recursive: true });
});
