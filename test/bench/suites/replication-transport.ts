// The transport leg alone: the same signed 64 KiB batches through the Sender, mTLS and the Receiver, and through a bare
// grpc-js stream, each to a server process of its own.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import { openRpc, type RpcTls } from "#mesh/service/rpc.ts";
import { realClock } from "#mesh/world/clock.ts";
import { realRandom } from "#mesh/world/random.ts";
import { realTimers } from "#mesh/world/timers.ts";
import { viewOf } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { Chain } from "#storage/replication/chain.fixture.ts";
import { REPLICATE_METHOD } from "#storage/replication/wire.ts";
import { ReplicationLink } from "../../../edge/metatrader-connector/replication-link.ts";
import { type BenchRow, row } from "../harness.ts";

/** Ticks that fill 64 KiB together with their seal's four slots. */
const TICKS = 1020;
const ROUNDS = 5;

type Mode = "raw" | "unverified" | "verified";

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

function startServer(mode: Mode, tlsDir: string): Promise<Server> {
  const env = { ...process.env, LOCKSTEP_BENCH_MODE: mode, LOCKSTEP_TLS_DIR: tlsDir };
  const child = fork(new URL("./replication-server.ts", import.meta.url), { env });
  return new Promise((resolve, reject) => {
    child.once("message", ({ port }: { port: number }) => resolve({ child, port }));
    child.once("exit", (code) => reject(new Error(`the ${mode} server ended with ${code}`)));
  });
}

/** Seconds from the first batch to the server's word that all arrived. */
function sendRaw(port: number, tls: RpcTls, batches: readonly Uint8Array[]): Promise<number> {
  const credentials = grpc.ChannelCredentials.createSsl(tls.ca, tls.key, tls.cert);
  const client = new grpc.Client(`localhost:${port}`, credentials, {
    "grpc-node.flow_control_window": 4 * 1024 * 1024,
  });
  const same = (bytes: Buffer): Buffer => bytes;
  const call = client.makeBidiStreamRequest(REPLICATE_METHOD, same, same);
  return new Promise((resolve, reject) => {
    let next = 0;
    let began = 0;
    const pump = (): void => {
      while (next < batches.length) {
        const batch = batches[next++] as Uint8Array;
        if (!call.write(Buffer.from(batch.buffer, batch.byteOffset, batch.length))) return;
      }
      call.end();
    };
    call.on("drain", pump);
    call.on("data", () => {
      if (began > 0) return;
      began = performance.now();
      pump();
    });
    call.on("error", reject);
    call.on("end", () => {
      const seconds = (performance.now() - began) / 1000;
      client.close();
      resolve(seconds);
    });
    call.write(Buffer.from("hello"));
  });
}

/** Seconds from the welcome to the durable acknowledgement of the last batch. */
function sendReplicated(o: { port: number; tls: RpcTls; chain: Chain }): Promise<number> {
  const bySeq = new Map(o.chain.batches.map((batch) => [viewOf(batch).getBigUint64(0, true), batch]));
  return new Promise((resolve, reject) => {
    let began = 0;
    const link = new ReplicationLink({
      open: (handler) =>
        openRpc({ url: `localhost:${o.port}`, tls: o.tls, server: "data-bridge", method: REPLICATE_METHOD }, handler),
      hello: o.chain.hello,
      readBatch: (fromSeq) => bySeq.get(fromSeq),
      clock: realClock(),
      random: realRandom,
      timers: realTimers,
      onAck: (durableSeq) => {
        if (durableSeq !== o.chain.lastSeq) return;
        const seconds = (performance.now() - began) / 1000;
        link.stop();
        resolve(seconds);
      },
      onState: ({ connected, error }) => {
        if (connected) began = performance.now();
        if (error) reject(error);
      },
      onAlarm: reject,
    });
    link.onSealed(o.chain.lastSeq);
    link.start();
  });
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

export async function transportRows(seconds: number): Promise<BenchRow[]> {
  const tlsDir = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  const servers = new Map<Mode, Server>();
  try {
    const chain = new Chain();
    for (let i = 0; i < Math.min(1500, 350 * seconds); i++) chain.add(i === 0 ? TICKS - 4 : TICKS);
    ensureIdentity(tlsDir, ["data-bridge", `edge/${Buffer.from(chain.streamId).toString("hex")}`]);
    const tls = loadIdentity(tlsDir, `edge/${Buffer.from(chain.streamId).toString("hex")}`);
    const modes = ["raw", "unverified", "verified"] as const;
    for (const mode of modes) servers.set(mode, await startServer(mode, tlsDir));
    const times: Record<Mode, number[]> = { raw: [], unverified: [], verified: [] };
    // Turn by turn, so that a noisy moment hits all; the first round only warms up.
    for (let round = 0; round <= ROUNDS; round++)
      for (const mode of modes) {
        const { port } = servers.get(mode) as Server;
        const took =
          mode === "raw" ? await sendRaw(port, tls, chain.batches) : await sendReplicated({ port, tls, chain });
        if (round > 0) times[mode].push(took);
      }
    const slots = chain.batches.reduce((sum, batch) => sum + batch.length / SLOT_BYTES, 0);
    const rate = (mode: Mode): number => slots / median(times[mode]);
    const held = {
      unit: "64-byte records/s",
      peer: "bare grpc-js stream, mTLS",
      peerValue: rate("raw"),
      better: "more",
    } as const;
    return [
      row({ name: "transport alone, 64 KiB batches, mTLS, credit and acks", value: rate("unverified"), ...held }),
      row({ name: "the same, each batch verified (CRC, chain, SHA-256, Ed25519)", value: rate("verified"), ...held }),
    ];
  } finally {
    for (const { child } of servers.values()) child.kill();
    rmSync(tlsDir, { recursive: true, force: true });
  }
}
