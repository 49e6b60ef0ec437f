// Edge to cloud: a journal on disk -> replication worker -> data-bridge -> NATS -> trading-engine decides again -> verified
// acknowledgement at the edge. Every tier a process of its own, all on this machine's cores.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureIdentity } from "#mesh/identity/identity-io.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { startNats } from "#storage/engines/nats.ts";
import { connectBus } from "#storage/events/nats.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { startReplication } from "../../../edge/metatrader-connector/replication-io.ts";
import { type BenchRow, row } from "../harness.ts";
import { type MadeJournal, makeJournal } from "./replication-journal.ts";

/** What issue 2 asks for. */
const FLOOR = 500_000;
const ROOT = resolve(import.meta.dirname, "../../..");
const PUBLISHED_AHEAD = 64;

interface Child {
  readonly process: ChildProcess;
  readonly ready: Record<string, number>;
}

function startChild(main: string, env: Record<string, string>): Promise<Child> {
  const child = fork(join(ROOT, main), {
    env: { ...process.env, LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((done, fail) => {
    child.on("message", (message: Record<string, number>) => message.ready && done({ process: child, ready: message }));
    child.once("exit", (code) => fail(new Error(`${main} ended with ${code}`)));
  });
}

/** Records a second when the same batches are published to JetStream by this process alone. */
async function publishAlone(dataDir: string, made: MadeJournal): Promise<number> {
  const nats = await startNats({ dataDir });
  const reader = new JournalReader({ disk: openDisk(made.journalDir) });
  const bus = await connectBus({ url: nats.url, name: "bench" });
  const stream = "00".repeat(16);
  await bus.journal.head(stream);
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let firstSeq = 1n; ; ) {
    const batch = reader.readBatch(firstSeq);
    if (!batch) break;
    under.push(bus.journal.append({ stream, firstSeq, batch }));
    if (under.length > PUBLISHED_AHEAD) await under[under.length - PUBLISHED_AHEAD];
    firstSeq = new DataView(batch.buffer, batch.byteOffset).getBigUint64(batch.length - 256, true) + 1n;
  }
  await Promise.all(under);
  const seconds = (performance.now() - began) / 1000;
  await bus.close();
  await nats.stop();
  return Number(made.lastSeq) / seconds;
}

/** Records a second from the moment the line stands until durable in the cloud's log, and until verified. */
async function replicate(o: {
  made: MadeJournal;
  tlsDir: string;
  grpc: number;
}): Promise<{ durable: number; verified: number }> {
  const { made } = o;
  const records = Number(made.lastSeq);
  const done = Promise.withResolvers<{ durable: number; verified: number }>();
  let began = 0;
  let durable = 0;
  const rate = (): number => records / ((performance.now() - began) / 1000);
  const replication = startReplication({
    ...made.hello,
    journalDir: made.journalDir,
    tlsDir: o.tlsDir,
    cloudUrl: `localhost:${o.grpc}`,
    durableSealedSeq: made.lastSeq,
    onAck: (durableSeq, verifiedSeq) => {
      if (durableSeq === made.lastSeq && durable === 0) durable = rate();
      if (verifiedSeq === made.lastSeq) done.resolve({ durable, verified: rate() });
    },
    onState: ({ connected }) => {
      if (connected && began === 0) began = performance.now();
    },
    onAlarm: (error) => done.reject(new Error(`${error.code}: ${error.message}`)),
  });
  try {
    return await done.promise;
  } finally {
    await replication.stop();
  }
}

export async function verifiedRows(seconds: number): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  const tlsDir = join(dir, "tls");
  const children: Child[] = [];
  ensureIdentity(tlsDir, ["data-bridge"]);
  const first = await makeJournal(dir, { ticks: 300_000, id: 1 });
  const made = await makeJournal(dir, { ticks: Math.round(Math.min(1_000_000, 330_000 * seconds)), id: 2 });
  const alone = await publishAlone(join(dir, "nats-alone"), made);
  const nats = await startNats({ dataDir: join(dir, "nats") });
  try {
    const env = {
      NATS_URL: nats.url,
      LOCKSTEP_TLS_DIR: tlsDir,
      LOCKSTEP_MODEL_DIR: made.modelDir,
      PORT: "0",
      HEALTH_PORT: "0",
    };
    children.push(await startChild("cloud/data-bridge/main.ts", env));
    children.push(await startChild("cloud/trading-engine/main.ts", env));
    const grpc = children[0]?.ready.grpc ?? 0;
    // Services run for months: the first stream warms them up.
    await replicate({ made: first, tlsDir, grpc });
    const { durable, verified } = await replicate({ made, tlsDir, grpc });
    return [
      row({
        name: "edge journal to durable in the cloud, both tiers",
        unit: "records/s",
        value: durable,
        peer: "JetStream alone, same batches, no network",
        peerValue: alone,
        better: "more",
      }),
      row({
        name: "edge journal to verified, decided again, both tiers on the same cores",
        unit: "records/s",
        value: verified,
        peer: "floor that issue 2 sets",
        peerValue: FLOOR,
        better: "more",
      }),
    ];
  } finally {
    for (const { process: child } of children) {
      child.removeAllListeners("exit");
      child.kill("SIGTERM");
    }
    await nats.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
