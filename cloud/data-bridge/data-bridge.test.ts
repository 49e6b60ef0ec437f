// The real thing end to end: a journal on disk, the replication worker, the data-bridge process over mTLS, a real NATS.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import { openRpc } from "#mesh/service/rpc.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { StreamStart, Tick } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { LAYOUT_VERSION, SOURCE } from "#proto/records.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { connectBus } from "#storage/events/nats.ts";
import { Journal } from "#storage/journal/journal.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { Chain, makeSigner } from "#storage/replication/chain.fixture.ts";
import type { CloudMessage } from "#storage/replication/messages.ts";
import { decodeCloud, encodeEdge, REPLICATE_METHOD } from "#storage/replication/wire.ts";
import { startReplication } from "../../edge/metatrader-connector/replication-io.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-bridge-"));
const tlsDir = join(root, "tls");
let nats: Nats;
let bridge: { child: ChildProcess; grpc: number; http: number };

async function startBridgeProcess(grpc: number): Promise<typeof bridge> {
  const env = { ...process.env, NATS_URL: nats.url, LOCKSTEP_TLS_DIR: tlsDir, PORT: String(grpc), HEALTH_PORT: "0" };
  const child = fork(new URL("./main.ts", import.meta.url), { env: { ...env, LOG_LEVEL: "error" }, stdio: "ignore" });
  const ready = await new Promise<{ port: number; grpc: number }>((resolve, reject) => {
    child.once("message", (message) => resolve(message as { port: number; grpc: number }));
    child.once("exit", (code) => reject(new Error(`data-bridge ended with ${code} before it was ready`)));
  });
  return { child, grpc: ready.grpc, http: ready.port };
}

async function killBridge(signal: NodeJS.Signals): Promise<number | null> {
  const gone = new Promise<number | null>((resolve) => bridge.child.once("exit", (code) => resolve(code)));
  bridge.child.kill(signal);
  return gone;
}

before(async () => {
  ensureIdentity(tlsDir, ["data-bridge", "trading-engine"]);
  nats = await startNats({ dataDir: join(root, "nats") });
  bridge = await startBridgeProcess(0);
});

after(async () => {
  await killBridge("SIGTERM");
  await nats.stop();
  rmSync(root, { recursive: true, force: true });
});

async function newEdge(name: string) {
  const journalDir = join(root, name);
  mkdirSync(journalDir);
  const signer = makeSigner();
  const streamId = new Uint8Array(16);
  streamId.set(Buffer.from(name).subarray(0, 16));
  const coreSha256 = new Uint8Array(32).fill(3);
  const journal = await Journal.open({
    disk: openDisk(journalDir),
    streamId,
    signer,
    outputsDigest: () => new Uint8Array(32),
  });
  const start = {
    stream_id: streamId,
    edge_name: name,
    core_sha256: coreSha256,
    public_key: signer.publicKey,
    layout_version: LAYOUT_VERSION,
  };
  journal.append(encodeRecord(StreamStart, { time_ns: 1n, source: SOURCE.edge }, start));
  const stream = Buffer.from(streamId).toString("hex");
  const hello = {
    streamId,
    edgeName: name,
    coreSha256,
    publicKey: signer.publicKey,
    layoutVersion: LAYOUT_VERSION,
    epoch: 0,
  };
  return { journalDir, journal, stream, hello: { ...hello, modelSha256: new Uint8Array(32) } };
}

function ticks(count: number, from: number): Uint8Array {
  const one = (i: number): Uint8Array =>
    encodeRecord(
      Tick,
      { time_ns: BigInt(from + i), source: SOURCE.terminal, symbol: 1 },
      { broker_time_ms: BigInt(from + i), bid_points: 1n, ask_points: 2n, flags: 6, spread_points: 1 },
    );
  return Buffer.concat(Array.from({ length: count }, (_, i) => one(i)));
}

/** The cloud's log must be the journal, byte for byte. */
async function assertLogIsJournal(o: { journalDir: string; stream: string; upTo: bigint }): Promise<void> {
  const bus = await connectBus({ url: nats.url, name: "test" });
  const reader = new JournalReader({ disk: openDisk(o.journalDir) });
  const gate = new AbortController();
  let next = 1n;
  for await (const batch of bus.journal.read({ stream: o.stream, fromSeq: 1n, signal: gate.signal })) {
    assert.equal(batch.firstSeq, next);
    assert.ok(Buffer.from(batch.bytes).equals(reader.readBatch(next)!), `batch ${next}`);
    next = batch.lastSeq + 1n;
    if (batch.lastSeq >= o.upTo) break;
  }
  gate.abort();
  await bus.close();
  assert.equal(next - 1n, o.upTo);
}

const stateOf = async (stream: string): Promise<Record<string, unknown> | undefined> => {
  const streams = (await (await fetch(`http://127.0.0.1:${bridge.http}/streams`)).json()) as Record<string, unknown>[];
  return streams.find((s) => s.stream_id === stream);
};

test("data-bridge: journal to log: whole, durable and verified acknowledgements come back, counters agree", async () => {
  const { journalDir, journal, stream, hello } = await newEdge("edge-plain");
  const acked = Promise.withResolvers<void>();
  const verified = Promise.withResolvers<void>();
  const total = 20_000;
  const replication = startReplication({
    ...hello,
    journalDir,
    tlsDir,
    cloudUrl: `localhost:${bridge.grpc}`,
    durableSealedSeq: 0n,
    onAck: (durable, seen) => {
      if (durable > BigInt(total)) acked.resolve();
      if (seen === 777n) verified.resolve();
    },
    onState: () => undefined,
  });
  journal.onDurable = (_durable, sealed) => replication.onSealed(sealed);
  for (let i = 0; i < total; i += 500) journal.append(ticks(500, i));
  journal.seal();
  await acked.promise;
  assert.equal(replication.durableSeq, journal.lastSeq);
  assert.deepEqual(replication.state, { connected: true, error: undefined });
  const bus = await connectBus({ url: nats.url, name: "test" });
  const position = { stream_id: stream, batches: 1, records: 777, outputs_digest: "00", divergences: 0 };
  await bus.verified.publish({ ...position, verified_seq: 777n });
  await verified.promise;
  await bus.close();
  await assertLogIsJournal({ journalDir, stream, upTo: journal.lastSeq });
  const state = await stateOf(stream);
  assert.equal(state?.durable_seq, journal.lastSeq.toString());
  assert.equal(state?.records, Number(journal.lastSeq));
  const metrics = await (await fetch(`http://127.0.0.1:${bridge.http}/metrics`)).text();
  assert.match(metrics, new RegExp(`lockstep_bridge_records_total\\{[^}]*\\} ${journal.lastSeq}`));
  await replication.stop();
  await journal.close();
});

test("data-bridge: an edge that is started again: welcomed where it was, no alarm of a journal set back", async () => {
  const { journalDir, journal, hello } = await newEdge("edge-again");
  const alarms: string[] = [];
  for (let start = 1; start <= 2; start++) {
    journal.append(ticks(500, start * 500));
    journal.seal();
    await journal.whenDurable(journal.lastSeq);
    const acked = Promise.withResolvers<void>();
    const replication = startReplication({
      ...hello,
      journalDir,
      tlsDir,
      cloudUrl: `localhost:${bridge.grpc}`,
      durableSealedSeq: journal.durableSealedSeq,
      onAck: (durable) => {
        if (durable === journal.lastSeq) acked.resolve();
      },
      onState: () => undefined,
      onAlarm: ({ message }) => alarms.push(message),
    });
    await acked.promise;
    await replication.stop();
  }
  await journal.close();
  assert.deepEqual(alarms, []);
});

test("data-bridge: kill -9 again and again during a transfer: the log is the journal, nothing twice", async () => {
  const { journalDir, journal, stream, hello } = await newEdge("edge-killed");
  const { grpc } = bridge;
  let durable = 0n;
  let wake = (): void => undefined;
  const replication = startReplication({
    ...hello,
    journalDir,
    tlsDir,
    cloudUrl: `localhost:${grpc}`,
    durableSealedSeq: 0n,
    onAck: (seq) => {
      assert.ok(seq >= durable, "acknowledgements never move back");
      durable = seq;
      wake();
    },
    onState: () => undefined,
  });
  journal.onDurable = (_durable, sealed) => replication.onSealed(sealed);
  const ackedUpTo = async (seq: bigint): Promise<void> => {
    while (durable < seq) await new Promise<void>((resolve) => (wake = resolve));
  };
  let written = 0;
  const write = (): void => {
    for (let i = 0; i < 100; i++, written += 200) journal.append(ticks(200, written));
    journal.seal();
  };
  for (let round = 0; round < 4; round++) {
    write();
    await ackedUpTo(BigInt(written) - 15_000n);
    assert.equal(await killBridge("SIGKILL"), null);
    bridge = await startBridgeProcess(grpc);
  }
  await ackedUpTo(journal.lastSeq);
  await assertLogIsJournal({ journalDir, stream, upTo: journal.lastSeq });
  await replication.stop();
  await journal.close();
});

/** Says what it is given over one connection as `name`, more after the welcome; returns all answers until the line closed. */
function talk(name: string, messages: Uint8Array[], afterWelcome: Uint8Array[] = []): Promise<CloudMessage[]> {
  const { promise, resolve } = Promise.withResolvers<CloudMessage[]>();
  const answers: CloudMessage[] = [];
  ensureIdentity(tlsDir, [name]);
  const target = { url: `localhost:${bridge.grpc}`, tls: loadIdentity(tlsDir, name), server: "data-bridge" };
  const onMessage = (bytes: Uint8Array): void => {
    const answer = decodeCloud(bytes);
    answers.push(answer);
    if (answer.type === "welcome") for (const message of afterWelcome) line.send(message);
    if (answer.type === "ack" && answer.durableSeq > 0n) line.end();
  };
  const line = openRpc({ ...target, method: REPLICATE_METHOD }, { onMessage, onClosed: () => resolve(answers) });
  for (const message of messages) line.send(message);
  return promise;
}

const refusalOf = (answers: CloudMessage[]): string | undefined =>
  answers.map((a) => (a.type === "refusal" ? a.code : undefined)).find((code) => code !== undefined);

test("data-bridge: strangers: no edge, another edge's stream, no hello, garbage: refused, typed", async () => {
  const chain = new Chain({ streamId: new Uint8Array(16).fill(0x77) });
  const batch = chain.add(5);
  const hello = encodeEdge({ type: "hello", hello: { ...chain.hello, lastSealedSeq: chain.lastSeq } });
  assert.equal(refusalOf(await talk("trading-engine", [hello])), "wrong_stream");
  assert.equal(refusalOf(await talk(`edge/${"66".repeat(16)}`, [hello])), "wrong_stream");
  const edge = `edge/${"77".repeat(16)}`;
  assert.equal(refusalOf(await talk(edge, [encodeEdge({ type: "batch", bytes: batch })])), "protocol");
  assert.equal(refusalOf(await talk(edge, [Uint8Array.of(255, 255, 255)])), "protocol");
  assert.equal(refusalOf(await talk(edge, [hello, hello])), "protocol");
  assert.equal((await stateOf("77".repeat(16)))?.batches, 0);
});

test("data-bridge: one flipped bit in flight: refused, alarmed, counted, not in the log; the whole batch is taken after", async () => {
  const chain = new Chain({ streamId: new Uint8Array(16).fill(0x78) });
  const batch = chain.add(5);
  const edge = `edge/${"78".repeat(16)}`;
  const hello = encodeEdge({ type: "hello", hello: { ...chain.hello, lastSealedSeq: chain.lastSeq } });
  const flipped = new Uint8Array(batch);
  flipped[300]! ^= 4;
  assert.equal(refusalOf(await talk(edge, [hello], [encodeEdge({ type: "batch", bytes: flipped })])), "bad_check");
  const state = await stateOf("78".repeat(16));
  assert.deepEqual([state?.batches, state?.durable_seq], [0, "0"]);
  assert.match((state as { last_refusal: { message: string } }).last_refusal.message, /seq 3 .*damaged/);
  const metrics = await (await fetch(`http://127.0.0.1:${bridge.http}/metrics`)).text();
  assert.match(metrics, /lockstep_bridge_alarms_total\{code="bad_check"[^}]*\} 1/);
  const answers = await talk(edge, [hello], [encodeEdge({ type: "batch", bytes: batch })]);
  assert.deepEqual(answers.at(-1), { type: "ack", durableSeq: chain.lastSeq, verifiedSeq: 0n, credit: 1 });
});
