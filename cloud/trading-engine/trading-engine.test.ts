// The service as a real process on a real nats-server: it follows, survives kill -9, and says so when a stream differs.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeClient } from "#mesh/service/client.ts";
import { Prediction } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { type StreamStatus, tradingEngine } from "#proto/services/trading-engine.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import type { Bus } from "#storage/events/bus.ts";
import type { CloudEvent } from "#storage/events/envelope.ts";
import { connectBus } from "#storage/events/nats.ts";
import { MODEL, makeJournal, type SampleBatch, type SampleJournal } from "./journal.fixture.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const newStream = (): string => randomBytes(16).toString("hex");

let dir = "";
let nats: Nats;
let bus: Bus;

before(async () => {
  dir = mkdtempSync(join(tmpdir(), "lockstep-engine-"));
  mkdirSync(join(dir, "models"));
  writeFileSync(join(dir, "models", "sample.lsm"), MODEL);
  nats = await startNats({ dataDir: join(dir, "nats") });
  bus = await connectBus({ url: nats.url, name: "test" });
});

after(async () => {
  await bus.close();
  await nats.stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Engine {
  readonly child: ChildProcess;
  readonly url: string;
  readonly client: ReturnType<typeof makeClient<typeof tradingEngine>>;
  readonly log: string[];
  /** Resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

async function startEngine(env: Readonly<Record<string, string>> = {}): Promise<Engine> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
    env: {
      ...process.env,
      NATS_URL: nats.url,
      PORT: "0",
      LOCKSTEP_MODEL_DIR: join(dir, "models"),
      LOCKSTEP_SNAPSHOT_MS: "50",
      ...env,
    },
  });
  const log: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => log.push(chunk.toString()));
  const exited = once(child, "exit");
  const message = await Promise.race([once(child, "message"), exited.then(() => undefined)]);
  if (!message) assert.fail(`the engine ended: ${log.join("")}`);
  const url = `http://127.0.0.1:${(message[0] as { port: number }).port}`;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return { child, url, client: makeClient({ contract: tradingEngine, url }), log, end };
}

async function withEngine(
  body: (engine: Engine) => Promise<void>,
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const engine = await startEngine(env);
  try {
    await body(engine);
  } finally {
    await engine.end("SIGTERM");
  }
}

async function append(journal: SampleJournal, batches: readonly SampleBatch[] = journal.batches): Promise<void> {
  await bus.journal.head(journal.streamId);
  await Promise.all(
    batches.map(({ firstSeq, bytes }) => bus.journal.append({ stream: journal.streamId, firstSeq, batch: bytes })),
  );
}

const lastSeq = (batches: readonly SampleBatch[]): bigint => batches.at(-1)!.lastSeq;

async function statusWhen(
  engine: Engine,
  stream: string,
  done: (status: StreamStatus) => boolean,
): Promise<StreamStatus> {
  for (;;) {
    const status = (await engine.client.listStreams()).find(({ stream_id }) => stream_id === stream);
    if (status && done(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const verifiedTo = (seq: bigint) => (status: StreamStatus) => status.verified_seq === seq.toString();

async function positionWhen(stream: string, seq: bigint): Promise<void> {
  while ((await bus.verified.latest(stream))?.verified_seq !== seq)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The events of a stream and type that there are by now, repeats left out. */
async function eventsSoFar(stream: string, type: CloudEvent["type"], until: string): Promise<CloudEvent[]> {
  const gate = new AbortController();
  const events = new Map<string, CloudEvent>();
  for await (const event of bus.events.subscribe({ type, stream, from: "first", signal: gate.signal })) {
    events.set(event.id, event);
    if (event.id === until) gate.abort();
  }
  return [...events.values()];
}

test("trading-engine: an honest stream: verified to its end, live, with events and metrics", async () => {
  const journal = await makeJournal({ streamId: newStream(), ticks: 3_000 });
  const { streamId: stream, batches } = journal;
  await withEngine(async (engine) => {
    await append(journal, batches.slice(0, 20));
    const half = await statusWhen(engine, stream, verifiedTo(lastSeq(batches.slice(0, 20))));
    assert.equal(half.state, "following");
    await append(journal, batches.slice(20));
    const status = await statusWhen(engine, stream, verifiedTo(lastSeq(batches)));
    assert.equal(status.outputs_digest, journal.outputsDigest);
    assert.equal(status.counts.tick, 3_000);
    assert.equal(status.divergences, 0);
    assert.equal(status.edge_name, `edge ${stream.slice(0, 4)}`);
    assert.deepEqual(await engine.client.getStream({ params: { stream_id: stream } }), status);
    await positionWhen(stream, lastSeq(batches));
    const position = await bus.verified.latest(stream);
    assert.equal(position?.outputs_digest, journal.outputsDigest);
    assert.equal(position?.records, status.verified_records);
    const market = await eventsSoFar(stream, "MarketDataReceived", `${stream}:${lastSeq(batches)}`);
    assert.equal(
      market.reduce((sum, { data }) => sum + Number(data.ticks), 0),
      3_000,
    );
    const metrics = await (await fetch(`${engine.url}/metrics`)).text();
    assert.match(metrics, /lockstep_streams\{state="following",service="trading-engine"\} 1/);
    assert.equal((await fetch(`${engine.url}/streams/${"0".repeat(32)}`)).status, 404);
    assert.equal((await fetch(`${engine.url}/streams/x`)).status, 400);
  });
});

test("trading-engine: killed with SIGKILL in the middle: goes on from the snapshot to the same end, no event lost", async () => {
  const journal = await makeJournal({ streamId: newStream(), ticks: 6_000, batchBytes: 4_096 });
  const { streamId: stream, batches } = journal;
  const middle = Math.floor(batches.length / 2);
  const first = await startEngine();
  await append(journal, batches.slice(0, middle));
  await statusWhen(first, stream, ({ verified_seq }) => BigInt(verified_seq) > 0n);
  while ((await bus.snapshots.latest(stream)) === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  const rest = append(journal, batches.slice(middle));
  await first.end("SIGKILL");
  await rest;
  await withEngine(async (engine) => {
    const status = await statusWhen(engine, stream, verifiedTo(lastSeq(batches)));
    assert.ok(BigInt(status.restored_seq) > 0n, "a snapshot was used");
    assert.equal(status.outputs_digest, journal.outputsDigest);
    assert.equal(status.counts.tick, 6_000);
    assert.equal(status.batches, batches.length);
    await positionWhen(stream, lastSeq(batches));
    const market = await eventsSoFar(stream, "MarketDataReceived", `${stream}:${lastSeq(batches)}`);
    assert.equal(
      market.reduce((sum, { data }) => sum + Number(data.ticks), 0),
      6_000,
    );
  });
});

test("trading-engine: stopped and started: nothing is decided twice", async () => {
  const journal = await makeJournal({ streamId: newStream(), ticks: 500 });
  const { streamId: stream, batches } = journal;
  const first = await startEngine({ LOCKSTEP_SNAPSHOT_MS: "3600000" });
  await append(journal);
  await statusWhen(first, stream, verifiedTo(lastSeq(batches)));
  await first.end("SIGTERM");
  assert.equal(first.child.exitCode, 0);
  assert.equal((await bus.verified.latest(stream))?.verified_seq, lastSeq(batches));
  await withEngine(async (engine) => {
    const status = await statusWhen(engine, stream, ({ state }) => state === "following");
    assert.equal(status.restored_seq, lastSeq(batches).toString());
  });
});

test("trading-engine: an edge decided otherwise: alarm, halt at the last good batch, others go on, also after a restart", async () => {
  let spoiledAt = -1;
  const spoiled = await makeJournal({
    streamId: newStream(),
    ticks: 1_500,
    spoil: ({ index, records }) => {
      if (spoiledAt >= 0 || index < 5) return;
      const view = viewOf(records);
      walkRecords(records, (at, _length, kind) => {
        if (kind !== Prediction.code || spoiledAt >= 0) return;
        spoiledAt = index;
        view.setFloat64(at + Prediction.offset.probability_up, 0.75, true);
      });
    },
  });
  const { streamId: stream } = spoiled;
  const good = await makeJournal({ streamId: newStream(), ticks: 800 });
  const goodSeq = spoiled.batches[spoiledAt - 1]!.lastSeq;
  for (let run = 0; run < 2; run++) {
    await withEngine(async (engine) => {
      if (run === 0) await append(spoiled);
      const status = await statusWhen(engine, stream, ({ state }) => state === "halted");
      assert.equal(status.verified_seq, goodSeq.toString());
      assert.equal(status.divergences, 1);
      assert.match(status.reason, /probability_up is 0.75/);
      const [divergence, ...more] = (await engine.client.listDivergences()).filter((d) => d.stream_id === stream);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [divergence?.code, divergence?.field, divergence?.actual],
        ["wrong_digest", "probability_up", "0.75"],
      );
      const events = await eventsSoFar(stream, "DivergenceDetected", divergence!.id);
      assert.equal(events.length, 1);
      assert.equal(events[0]?.data.verified_seq, goodSeq.toString());
      assert.match(engine.log.join(""), /DIVERGENCE/);
      if (run === 0) await append(good);
      await statusWhen(engine, good.streamId, verifiedTo(lastSeq(good.batches)));
      assert.equal((await fetch(`${engine.url}/healthz`)).status, 200);
    });
    const position = await bus.verified.latest(stream);
    assert.deepEqual([position?.verified_seq, position?.divergences], [goodSeq, 1]);
  }
});

test("trading-engine: one bit of a stored batch flipped: named, alarmed, not applied", async () => {
  const journal = await makeJournal({ streamId: newStream(), ticks: 800 });
  const { streamId: stream, batches } = journal;
  const bad = new Uint8Array(batches[3]!.bytes);
  bad[1_000] = bad[1_000]! ^ 4;
  await withEngine(async (engine) => {
    await append(journal, [...batches.slice(0, 3), { ...batches[3]!, bytes: bad }, ...batches.slice(4)]);
    const status = await statusWhen(engine, stream, ({ state }) => state === "halted");
    assert.equal(status.verified_seq, batches[2]!.lastSeq.toString());
    assert.match(status.reason, /record seq \d+ .* damaged/);
    const divergence = (await engine.client.listDivergences()).find((d) => d.stream_id === stream);
    assert.equal(divergence?.code, "bad_check");
    await eventsSoFar(stream, "DivergenceDetected", divergence!.id);
  });
  assert.equal((await bus.verified.latest(stream))?.verified_seq, batches[2]!.lastSeq);
});

test("trading-engine: the model is not here: waits and says which, goes on when it comes", async () => {
  const journal = await makeJournal({ streamId: newStream(), ticks: 300 });
  const models = join(dir, "models-later");
  mkdirSync(models);
  await withEngine(
    async (engine) => {
      await append(journal);
      const status = await statusWhen(engine, journal.streamId, ({ state }) => state === "waiting");
      assert.match(status.reason, /model [0-9a-f]{64} is not here/);
      assert.equal(status.verified_seq, "0");
      writeFileSync(join(dir, "sample.lsm.part"), MODEL);
      renameSync(join(dir, "sample.lsm.part"), join(models, "sample.lsm"));
      const later = await statusWhen(engine, journal.streamId, verifiedTo(lastSeq(journal.batches)));
      assert.deepEqual([later.state, later.reason, later.divergences], ["following", "", 0]);
    },
    { LOCKSTEP_MODEL_DIR: models },
  );
});

test("trading-engine: the bus killed in the middle: unhealthy meanwhile, then to the end without a difference", async () => {
  const journal = await makeJournal({ streamId: newStream(), ticks: 2_000 });
  const { streamId: stream, batches } = journal;
  await withEngine(async (engine) => {
    await append(journal, batches.slice(0, 10));
    process.kill(nats.pid, "SIGKILL");
    while ((await fetch(`${engine.url}/healthz`)).status !== 503)
      await new Promise((resolve) => setTimeout(resolve, 10));
    nats = await startNats({ dataDir: join(dir, "nats"), port: nats.port });
    await append(journal, batches.slice(10));
    await statusWhen(engine, stream, verifiedTo(lastSeq(batches)));
    await positionWhen(stream, lastSeq(batches));
    assert.equal((await fetch(`${engine.url}/healthz`)).status, 200);
  });
});

test("trading-engine: bad configuration: ends with 1 and names the variable", async () => {
  const env = { ...process.env, NATS_URL: "", LOCKSTEP_WORKERS: "0" };
  const child = spawn(process.execPath, [MAIN], { stdio: ["ignore", "inherit", "pipe"], env });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const [exit] = await once(child, "exit");
  assert.equal(exit, 1);
  assert.match(log, /NATS_URL is not set.*LOCKSTEP_WORKERS=0/);
});
