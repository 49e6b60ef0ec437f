// Replication as the connector sees it: start it, tell it how far each journal is durable, hear what the cloud has. One
// worker thread serves all streams of the process; each has a line of its own, as its certificate names the stream.
// Guarantees: never blocks the caller, goes on for ever (a dead worker is started again), acknowledgements never move back.
import { Worker } from "node:worker_threads";
import { smallWorkers } from "#mesh/service/node-flags.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import type { FromWorker, PlainError, StreamStart, WorkerStart } from "./replication-messages.ts";

const RESTART_MS = 1_000;
const STOP_MS = 2_000;

export interface ReplicationState {
  readonly connected: boolean;
  /** Why it is not connected, or the last thing the cloud refused. */
  readonly error: PlainError | undefined;
}

/** Where the cloud is. */
export interface ReplicationLine {
  readonly tlsDir: string;
  /** host:port of data-bridge. */
  readonly cloudUrl: string;
  /** Where the box keeps its models; without it none are fetched. */
  readonly modelsDir?: string;
}

export interface ReplicatedStream {
  readonly journalDir: string;
  readonly streamId: Uint8Array;
  readonly edgeName: string;
  readonly coreSha256: Uint8Array;
  readonly modelSha256: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly layoutVersion: number;
  readonly epoch: number;
  /** As it is now: a hello that says less than the cloud holds looks like a journal set back to an old copy. */
  readonly durableSealedSeq: bigint;
  readonly onAck: (durableSeq: bigint, verifiedSeq: bigint) => void;
  readonly onState: (state: ReplicationState) => void;
  /** A command of the cloud and the proof of a takeover, not verified yet. */
  readonly onCommand?: (bytes: Uint8Array) => void;
  readonly onSuperseded?: (takeover: Uint8Array) => void;
  /** An order about models that the cloud has for this stream, with the bytes of the one it names; may come again. */
  readonly onModel?: (assignment: ModelAssignment, bytes: Uint8Array | undefined) => void;
  /** For a person: a model that the cloud does not have, that came damaged, or that cannot be scored. */
  readonly onModelAlarm?: (error: PlainError) => void;
  /** For a person: forks, damage, refusals that do not go away by themselves. */
  readonly onAlarm?: (error: PlainError) => void;
}

export type ReplicationOptions = ReplicationLine & ReplicatedStream;

/** Of one stream. */
export interface Replication {
  readonly state: ReplicationState;
  readonly durableSeq: bigint;
  readonly verifiedSeq: bigint;
  /** Call whenever the journal's durableSealedSeq moved (its onDurable): costs about a microsecond. */
  onSealed(durableSealedSeq: bigint): void;
}

/** What the main thread keeps of one stream. */
class StreamReplication implements Replication {
  readonly o: ReplicatedStream;
  readonly #sealed = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #bell: Int32Array<SharedArrayBuffer>;
  state: ReplicationState = { connected: false, error: undefined };
  durableSeq = 0n;
  verifiedSeq = 0n;

  constructor(o: ReplicatedStream, bell: Int32Array<SharedArrayBuffer>) {
    this.o = o;
    this.#bell = bell;
    this.onSealed(o.durableSealedSeq);
  }

  get start(): StreamStart {
    const { journalDir, streamId, edgeName, coreSha256, modelSha256, publicKey, layoutVersion, epoch } = this.o;
    const hello = { streamId, edgeName, coreSha256, modelSha256, publicKey, layoutVersion, epoch };
    return { journalDir, hello, sealed: this.#sealed };
  }

  onSealed(durableSealedSeq: bigint): void {
    if (durableSealedSeq === this.#sealed[0]) return;
    Atomics.store(this.#sealed, 0, durableSealedSeq);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  onMessage(message: FromWorker): void {
    if (message.type === "state") this.setState(message);
    else if (message.type === "alarm") this.o.onAlarm?.(message.error);
    else if (message.type === "command") this.o.onCommand?.(message.bytes);
    else if (message.type === "superseded") this.o.onSuperseded?.(message.takeover);
    else if (message.type === "model") this.o.onModel?.(message.assignment, message.bytes);
    else if (message.type === "model_alarm") this.o.onModelAlarm?.(message.error);
    else {
      if (message.durableSeq > this.durableSeq) this.durableSeq = message.durableSeq;
      if (message.verifiedSeq > this.verifiedSeq) this.verifiedSeq = message.verifiedSeq;
      // As it was said: of what a worker before it was told, a new one knows nothing.
      this.o.onAck(message.durableSeq, message.verifiedSeq);
    }
  }

  setState({ connected, error }: ReplicationState): void {
    // While it tries again, the reason of the last failure stays in view.
    this.state = { connected, error: connected ? undefined : (error ?? this.state.error) };
    this.o.onState(this.state);
  }
}

/** The worker thread of all streams; a dead one is started again. */
export class ReplicationThread {
  readonly streams: readonly Replication[];
  readonly #streams: readonly StreamReplication[];
  readonly #line: ReplicationLine;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(line: ReplicationLine, streams: readonly ReplicatedStream[]) {
    this.#line = line;
    this.#streams = streams.map((stream) => new StreamReplication(stream, this.#bell));
    this.streams = this.#streams;
    this.#spawn();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (!worker) return;
    const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage("stop");
    const force = setTimeout(() => void worker.terminate(), STOP_MS);
    await gone;
    clearTimeout(force);
  }

  #spawn(): void {
    const { tlsDir, cloudUrl, modelsDir } = this.#line;
    const workerData: WorkerStart = {
      tlsDir,
      cloudUrl,
      modelsDir,
      bell: this.#bell,
      streams: this.#streams.map((stream) => stream.start),
    };
    // The large young generation of an edge box is for the hot path.
    smallWorkers();
    const worker = new Worker(new URL("./replication-worker.ts", import.meta.url), { workerData });
    this.#worker = worker;
    worker.on("message", ({ stream, message }: { stream: number; message: FromWorker }) =>
      this.#streams[stream]?.onMessage(message),
    );
    worker.on("error", ({ message }) => this.#down({ code: "unavailable", message: `replication failed: ${message}` }));
    worker.on("exit", () => {
      this.#worker = undefined;
      if (this.#stopping) return;
      this.#down(undefined);
      this.#restart = setTimeout(() => this.#spawn(), RESTART_MS);
    });
  }

  #down(error: PlainError | undefined): void {
    for (const stream of this.#streams) stream.setState({ connected: false, error });
  }
}

/** Replication of one stream alone. */
export function startReplication(options: ReplicationOptions): Replication & { stop(): Promise<void> } {
  const thread = new ReplicationThread(options, [options]);
  const [stream] = thread.streams as [Replication];
  return Object.assign(stream, { stop: () => thread.stop() });
}
