// Replication as the connector sees it: start it, tell it how far the journal is durable, hear what the cloud has.
// Guarantees: never blocks the caller, goes on for ever (a dead worker is started again), acknowledgements never move back.
import { Worker } from "node:worker_threads";
import type { Hello } from "#storage/replication/messages.ts";
import type { FromWorker, PlainError, WorkerStart } from "./replication-messages.ts";

const RESTART_MS = 1_000;
const STOP_MS = 2_000;

export interface ReplicationState {
  readonly connected: boolean;
  /** Why it is not connected, or the last thing the cloud refused. */
  readonly error: PlainError | undefined;
}

export interface ReplicationOptions {
  readonly journalDir: string;
  readonly tlsDir: string;
  /** host:port of data-bridge. */
  readonly cloudUrl: string;
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
  /** For a person: forks, damage, refusals that do not go away by themselves. */
  readonly onAlarm?: (error: PlainError) => void;
}

export interface Replication {
  readonly state: ReplicationState;
  readonly durableSeq: bigint;
  readonly verifiedSeq: bigint;
  /** Call whenever the journal's durableSealedSeq moved (its onDurable): costs about a microsecond. */
  onSealed(durableSealedSeq: bigint): void;
  stop(): Promise<void>;
}

class ReplicationThread implements Replication {
  readonly #o: ReplicationOptions;
  readonly #sealed = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  state: ReplicationState = { connected: false, error: undefined };
  durableSeq = 0n;
  verifiedSeq = 0n;

  constructor(options: ReplicationOptions) {
    this.#o = options;
    this.onSealed(options.durableSealedSeq);
    this.#spawn();
  }

  onSealed(durableSealedSeq: bigint): void {
    if (durableSealedSeq === this.#sealed[0]) return;
    Atomics.store(this.#sealed, 0, durableSealedSeq);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
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
    const { streamId, edgeName, coreSha256, modelSha256, publicKey, layoutVersion, epoch } = this.#o;
    const hello: Omit<Hello, "lastSealedSeq"> = {
      streamId,
      edgeName,
      coreSha256,
      modelSha256,
      publicKey,
      layoutVersion,
      epoch,
    };
    const { journalDir, tlsDir, cloudUrl } = this.#o;
    const workerData: WorkerStart = { journalDir, tlsDir, cloudUrl, hello, sealed: this.#sealed, bell: this.#bell };
    const worker = new Worker(new URL("./replication-worker.ts", import.meta.url), { workerData });
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#onMessage(message));
    worker.on("error", (error) =>
      this.#setState({
        connected: false,
        error: { code: "unavailable", message: `replication failed: ${error.message}` },
      }),
    );
    worker.on("exit", () => {
      this.#worker = undefined;
      if (this.#stopping) return;
      this.#setState({ connected: false, error: this.state.error });
      this.#restart = setTimeout(() => this.#spawn(), RESTART_MS);
    });
  }

  #onMessage(message: FromWorker): void {
    if (message.type === "state") this.#setState(message);
    else if (message.type === "alarm") this.#o.onAlarm?.(message.error);
    else if (message.type === "command") this.#o.onCommand?.(message.bytes);
    else if (message.type === "superseded") this.#o.onSuperseded?.(message.takeover);
    else {
      if (message.durableSeq > this.durableSeq) this.durableSeq = message.durableSeq;
      if (message.verifiedSeq > this.verifiedSeq) this.verifiedSeq = message.verifiedSeq;
      this.#o.onAck(this.durableSeq, this.verifiedSeq);
    }
  }

  #setState({ connected, error }: ReplicationState): void {
    // While it tries again, the reason of the last failure stays in view.
    this.state = { connected, error: connected ? undefined : (error ?? this.state.error) };
    this.#o.onState(this.state);
  }
}

export const startReplication = (options: ReplicationOptions): Replication => new ReplicationThread(options);
