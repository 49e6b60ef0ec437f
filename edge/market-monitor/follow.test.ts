// The follower over real files, written by the real journal while it reads; and the stream to a reader that does not read.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeLog } from "#mesh/service/log.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { Thresholds } from "#proto/configuration/services.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { Journal } from "#storage/journal/journal.ts";
import { STREAM_ID, testSigner, ticks } from "../../test/journal/records.ts";
import { readMonitorConfig } from "./config.ts";
import { JournalFollower } from "./follow-io.ts";
import { Monitor } from "./monitor.ts";
import { startMonitor } from "./service.ts";
import { Streams } from "./stream-io.ts";

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.fail(`waited in vain for ${what}`);
};

const openJournal = (directory: string): Promise<Journal> =>
  Journal.open({
    disk: openDisk(directory),
    streamId: STREAM_ID,
    signer: testSigner(),
    outputsDigest: () => new Uint8Array(32),
    segmentSlots: 64 + 600,
    batchSlots: 128,
  });

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-follow-"));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function follow(directory: string) {
  const seqs: number[] = [];
  const problems: (string | undefined)[] = [];
  const begins: bigint[] = [];
  const follower = new JournalFollower({
    directory,
    onBatch: (records) => {
      const view = viewOf(records);
      walkRecords(records, (at) => seqs.push(Number(view.getBigUint64(at, true))));
    },
    onBegin: (firstSeq) => begins.push(firstSeq),
    onProblem: (problem) => problems.push(problem),
  });
  follower.start();
  return { follower, seqs, problems, begins };
}

test("follower: a journal that comes later, grows over segments, is closed and opened: every record once, in order", async () => {
  await inDirectory(async (parent) => {
    const directory = join(parent, "journal");
    const { follower, seqs, problems } = follow(directory);
    await until("the problem", () => problems.length > 0);
    assert.match(problems[0] ?? "", /no journal in .* yet: is the connector running\?/);
    assert.deepEqual(readdirSync(parent), [], "a reader makes no directory");
    let lastSeq = 0n;
    for (let round = 0; round < 3; round++) {
      const journal = await openJournal(directory);
      for (let n = 0; n < 40; n++) {
        journal.append(ticks(n * 50, 50));
        if (n % 7 === 0) await journal.whenDurable(journal.lastSeq);
      }
      await journal.close();
      ({ lastSeq } = journal);
    }
    await until("the last record", () => seqs.at(-1) === Number(lastSeq));
    assert.deepEqual(
      seqs,
      Array.from({ length: Number(lastSeq) }, (_, i) => i + 1),
    );
    assert.equal(problems.at(-1), undefined);
    follower.stop();
  });
});

test("follower: a journal whose first segments are gone: begins where it begins now", async () => {
  await inDirectory(async (directory) => {
    const journal = await openJournal(directory);
    for (let n = 0; n < 100; n++) {
      journal.append(ticks(n * 50, 50));
      await journal.whenDurable(journal.lastSeq);
    }
    assert.ok(journal.truncateBelow(3_000n) > 0);
    const { follower, seqs, begins } = follow(directory);
    await until("the last record", () => seqs.at(-1) === Number(journal.sealedSeq) && seqs.length > 0);
    assert.ok((seqs[0] ?? 0) > 1);
    assert.deepEqual(begins, [BigInt(seqs[0] ?? 0)]);
    assert.equal(seqs.length, (seqs.at(-1) ?? 0) - (seqs[0] ?? 0) + 1);
    follower.stop();
    await journal.close();
  });
});

test("stream: a browser that does not read: no event is made for it; the first one it reads has everything", async () => {
  const monitor = new Monitor({ pairs: ["X"], thresholds: Thresholds.parse({}), now: () => 0, utc: () => 0 });
  monitor.view.nameSymbol({ index: 1, name: "X", digits: 5 });
  const streams = new Streams(monitor);
  const reader = streams.open().getReader();
  const next = async () => JSON.parse(new TextDecoder().decode((await reader.read()).value).replace(/^data: /, ""));
  const first = await next();
  assert.equal(first.reset, true);
  for (let n = 0; n < 500; n++) monitor.onBatch(ticks(1 + n * 100, 100));
  await new Promise((done) => setTimeout(done, 400));
  assert.equal(streams.counts.events, 1);
  const second = await next();
  assert.deepEqual([second.version, second.ticks[0].rows.length], [monitor.view.version, 200]);
  for (let i = 1; i < 16; i++) streams.open();
  assert.throws(() => streams.open(), { code: "busy" });
  await reader.cancel();
  assert.equal(streams.readers, 15);
  streams.close();
  assert.equal(streams.readers, 0);
});

test("service: pages that come and go: are served and forgotten; asked under another name it refuses", async () => {
  await inDirectory(async (directory) => {
    const config = readMonitorConfig({
      LOCKSTEP_EDGE_DATA: directory,
      PORT: "0",
      METATRADER_CONNECTOR_URL: "http://127.0.0.1:1",
    });
    const monitor = await startMonitor({ config, log: makeLog({ service: "market-monitor", write: () => undefined }) });
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`${monitor.url}/metrics`)).text();
      return Number(new RegExp(`^lockstep_monitor_${name}\\{.*\\} (\\S+)$`, "m").exec(text)?.[1]);
    };
    const answer = await fetch(`${monitor.url}/stream`);
    const reader = answer.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    assert.equal(JSON.parse(first.replace(/^data: /, "")).reset, true);
    assert.equal(await metric("readers"), 1);
    await reader?.cancel();
    await until("its end", async () => (await metric("readers")) === 0);
    for (const name of ["localhost.evil.test", "10.0.0.1"]) {
      const { status } = await new Promise<{ status: number }>((done, fail) => {
        const socket = connect(monitor.port, "127.0.0.1", () =>
          socket.write(`GET /state HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`),
        );
        socket.once("data", (chunk) => {
          done({ status: Number(String(chunk).split(" ")[1]) });
          socket.destroy();
        });
        socket.once("error", fail);
      });
      assert.equal(status, 403, `${name} is not this machine's name`);
    }
    await monitor.stop();
  });
});
