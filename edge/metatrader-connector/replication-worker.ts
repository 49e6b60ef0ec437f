// The replication worker thread: reads sealed batches from the journals' files and streams them to the cloud, and fetches the
// models that the cloud has for the box, so that neither the network nor TLS ever holds up the hot path. Woken by the bell in
// shared memory; posts acknowledgements back.
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import { type Duplex, type DuplexHandler, openRpc } from "#mesh/service/rpc.ts";
import { realClock } from "#mesh/world/clock.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { yieldThread } from "#mesh/world/priority.ts";
import { realRandom } from "#mesh/world/random.ts";
import { realTimers } from "#mesh/world/timers.ts";
import { assert, type LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { REPLICATE_METHOD } from "#storage/replication/wire.ts";
import { openModelLine } from "./model-line-io.ts";
import { ReplicationLink } from "./replication-link.ts";
import type { FromWorker, PlainError, StreamStart, WorkerStart } from "./replication-messages.ts";

assert(!isMainThread && parentPort !== null, "replication-worker.ts runs as a worker thread");
const port = parentPort;
const start = workerData as WorkerStart;
yieldThread();
const plain = ({ code, message }: LockstepError): PlainError => ({ code, message });
const clock = realClock();

function replicate({ journalDir, hello }: StreamStart, stream: number) {
  const post = (message: FromWorker): void => port.postMessage({ stream, message });
  const onAlarm = (error: LockstepError): void => post({ type: "alarm", error: plain(error) });
  const identity = `edge/${hexOf(hello.streamId)}`;
  /** The identity is read at each connection, so that a renewed certificate is used. */
  const openLine = (method: string, handler: DuplexHandler): Duplex => {
    ensureIdentity(start.tlsDir, [identity]);
    const tls = loadIdentity(start.tlsDir, identity);
    return openRpc({ url: start.cloudUrl, tls, server: "data-bridge", method }, handler);
  };
  let reader = new JournalReader({ disk: openDisk(journalDir) });
  const link = new ReplicationLink({
    open: (handler) => openLine(REPLICATE_METHOD, handler),
    hello,
    clock,
    random: realRandom,
    timers: realTimers,
    readBatch: (fromSeq) => {
      try {
        return reader.readBatch(fromSeq);
      } catch (error) {
        // Its position may be of a segment that is gone: the next attempt begins afresh.
        reader = new JournalReader({ disk: openDisk(journalDir) });
        throw error;
      }
    },
    onAck: (durableSeq, verifiedSeq) => post({ type: "acked", durableSeq, verifiedSeq }),
    onCommand: (bytes) => post({ type: "command", bytes }),
    onSuperseded: (takeover) => post({ type: "superseded", takeover }),
    onState: ({ connected, error }) => post({ type: "state", connected, error: error && plain(error) }),
    onAlarm,
  });
  const models =
    start.modelsDir === undefined
      ? undefined
      : openModelLine({
          directory: start.modelsDir,
          open: openLine,
          onAssignment: (assignment, bytes) => post({ type: "model", assignment, bytes }),
          onAlarm: (error) => post({ type: "model_alarm", error: plain(error) }),
        });
  return { link, models };
}

const lines = start.streams.map(replicate);

function tellSealed(): void {
  lines.forEach(({ link }, i) => {
    link.onSealed(Atomics.load((start.streams[i] as StreamStart).sealed, 0));
  });
}

/** Sleeps in the kernel until the main thread rings; the event loop goes on meanwhile. */
async function followTheBell(): Promise<void> {
  for (;;) {
    const rung = Atomics.load(start.bell, 0);
    tellSealed();
    const waiting = Atomics.waitAsync(start.bell, 0, rung);
    if (waiting.async) await waiting.value;
  }
}

port.on("message", (message: "stop") => {
  assert(message === "stop", "only stop is posted to the worker");
  for (const { link, models } of lines) {
    link.stop();
    models?.stop();
  }
  process.exit(0);
});
// Before the start: it says hello at once.
tellSealed();
for (const { link, models } of lines) {
  link.start();
  models?.start();
}
void followTheBell();
