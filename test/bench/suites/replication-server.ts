// The server side of the transport bench, a process of its own: LOCKSTEP_BENCH_MODE raw = bare grpc-js that counts bytes;
// unverified and verified = data-bridge's ingest over a log that takes everything at once.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadIdentity } from "#mesh/identity/identity-io.ts";
import { startRpcServer } from "#mesh/service/rpc.ts";
import { sha256, verifyBatch } from "#storage/journal/batch.ts";
import { sealClaim } from "#storage/replication/seal.ts";
import { REPLICATE_METHOD } from "#storage/replication/wire.ts";
import { Ingest } from "../../../cloud/data-bridge/ingest-io.ts";

const { LOCKSTEP_BENCH_MODE: mode = "raw", LOCKSTEP_TLS_DIR: tlsDir = "" } = process.env;

/** What a bare stream does: takes each message, says at the end how many bytes there were. */
async function startRaw(): Promise<number> {
  const server = new grpc.Server({ "grpc-node.flow_control_window": 4 * 1024 * 1024 });
  const same = (bytes: Buffer): Buffer => bytes;
  const definition = {
    path: REPLICATE_METHOD,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { Replicate: definition },
    {
      Replicate: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        let bytes = 0;
        call.on("data", (message: Buffer) => {
          if (bytes === 0) call.write(Buffer.from("hello"));
          bytes += message.length;
        });
        call.on("end", () => {
          call.write(Buffer.from(String(bytes)));
          call.end();
        });
      },
    },
  );
  const [ca, cert, key] = ["ca.pem", "data-bridge.pem", "data-bridge.key.pem"].map((f) =>
    readFileSync(join(tlsDir, f)),
  );
  const pair = { cert_chain: cert as Buffer, private_key: key as Buffer };
  const credentials = grpc.ServerCredentials.createSsl(ca as Buffer, [pair], true);
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port))),
  );
}

const claimed: typeof verifyBatch = ({ batch }) => {
  const { lastSeq, recordCount, record } = sealClaim(batch);
  return { lastSeq, recordCount, hash: sha256(record), outputsDigest: record.subarray(128, 160) };
};

async function startIngest(verify: typeof verifyBatch): Promise<number> {
  const say = (message: string, fields?: unknown): void => void process.stderr.write(`${message} ${String(fields)}\n`);
  const quiet = { debug: () => {}, info: () => {}, warn: say, error: say };
  const nothing = async function* (): AsyncGenerator<never> {};
  const newIngest = (): Ingest =>
    new Ingest({
      journal: {
        peek: async () => undefined,
        head: async () => undefined,
        append: async () => undefined,
        read: nothing,
        streams: nothing,
      },
      verified: { publish: async () => undefined, latest: async () => undefined, watch: async () => undefined },
      log: quiet,
      metrics: { appended: () => undefined, refused: () => undefined, alarmed: () => undefined },
      signal: new AbortController().signal,
      verify,
    });
  const tls = loadIdentity(tlsDir, "data-bridge");
  // Each call meets a cloud that knows nothing yet, so the same batches can be sent again.
  const methods = { [REPLICATE_METHOD]: (...call: Parameters<Ingest["accept"]>) => newIngest().accept(...call) };
  return (await startRpcServer({ host: "127.0.0.1", port: 0, tls, methods })).port;
}

const port = mode === "raw" ? await startRaw() : await startIngest(mode === "verified" ? verifyBatch : claimed);
process.send?.({ ready: true, port });
