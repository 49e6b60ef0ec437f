// One stream's way into the log: carries out what its Receiver decides. Holds every connection of the stream (the newest
// counts), the appends under way, and the watch on the verified position.
import type { Log } from "#mesh/service/log.ts";
import type { Duplex } from "#mesh/service/rpc.ts";
import { LockstepError } from "#proto/errors.ts";
import { bytesOf } from "#proto/hex.ts";
import type { Timers } from "#proto/world.ts";
import type { Authorities, JournalLog, StreamAuthority, Verified } from "#storage/events/bus.ts";
import type { BoxAuthority } from "#storage/replication/hello.ts";
import type { Hello } from "#storage/replication/messages.ts";
import { Receiver, type ReceiverEffect, type ReceiverOptions } from "#storage/replication/receiver.ts";
import { encodeCloud } from "#storage/replication/wire.ts";
import type { BridgeMetrics } from "./bridge-metrics.ts";

export interface IngestPorts {
  readonly journal: JournalLog;
  readonly verified: Verified;
  /** Absent: every stream stays with the box that began it, and nothing is ordered. */
  readonly authorities?: Authorities;
  readonly log: Log;
  readonly metrics: BridgeMetrics;
  readonly signal: AbortSignal;
  /** The system's when absent. */
  readonly timers?: Timers;
  /** Replaced only to measure the transport alone. */
  readonly verify?: ReceiverOptions["verify"];
}

/** As shown by GET /streams. */
export interface StreamState {
  readonly stream_id: string;
  readonly edge_name: string | undefined;
  readonly connected: boolean;
  readonly received_seq: string | undefined;
  readonly durable_seq: string;
  readonly verified_seq: string;
  readonly batches: number;
  readonly records: number;
  readonly bytes: number;
  readonly last_refusal: { readonly code: string; readonly message: string; readonly time: string } | undefined;
}

const asUnavailable = (error: unknown): LockstepError =>
  error instanceof LockstepError
    ? error
    : new LockstepError("unavailable", `the bus failed: ${(error as Error).message}`, { cause: error });

export class StreamIngest {
  readonly #stream: string;
  readonly #ports: IngestPorts;
  readonly #receiver: Receiver;
  readonly #lines = new Map<number, Duplex>();
  #flushing = false;
  #edgeName: string | undefined;
  #batches = 0;
  #records = 0;
  #bytes = 0;
  #lastRefusal: StreamState["last_refusal"];

  constructor(stream: string, ports: IngestPorts) {
    this.#stream = stream;
    this.#ports = ports;
    this.#receiver = new Receiver({
      streamId: new Uint8Array(Buffer.from(stream, "hex")),
      ...(ports.verify && { verify: ports.verify }),
    });
    void this.#watchVerified();
    void this.#watchAuthority();
  }

  get connections(): number {
    return this.#lines.size;
  }

  get state(): StreamState {
    return {
      stream_id: this.#stream,
      edge_name: this.#edgeName,
      connected: this.#receiver.session?.welcomed === true,
      received_seq: this.#receiver.receivedSeq?.toString(),
      durable_seq: this.#receiver.durableSeq.toString(),
      verified_seq: this.#receiver.verifiedSeq.toString(),
      batches: this.#batches,
      records: this.#records,
      bytes: this.#bytes,
      last_refusal: this.#lastRefusal,
    };
  }

  onHello(session: number, o: { hello: Hello; peer: string; duplex: Duplex }): void {
    this.#lines.set(session, o.duplex);
    this.#edgeName = o.hello.edgeName;
    this.#run(this.#receiver.onHello(session, o.hello, o.peer));
  }

  onBatch(session: number, bytes: Uint8Array): void {
    this.#run(this.#receiver.onBatch(session, bytes));
  }

  onGarbage(session: number, error: LockstepError): void {
    this.#run(this.#receiver.onGarbage(session, error));
  }

  onClosed(session: number): void {
    this.#lines.delete(session);
    this.#run(this.#receiver.onClosed(session));
  }

  #run(effects: readonly ReceiverEffect[]): void {
    for (const effect of effects) this.#carryOut(effect);
    if (this.#flushing) return;
    this.#flushing = true;
    // Everything that this turn of the loop brought goes back in one acknowledgement.
    setImmediate(() => {
      this.#flushing = false;
      for (const effect of this.#receiver.flush()) this.#carryOut(effect);
    });
  }

  #carryOut(effect: ReceiverEffect): void {
    const { log, metrics } = this.#ports;
    switch (effect.type) {
      case "load":
        void this.#load();
        break;
      case "append":
        void this.#append(effect);
        break;
      case "send":
        this.#lines.get(effect.session)?.send(encodeCloud(effect.message));
        break;
      case "close":
        this.#lines.get(effect.session)?.end();
        this.#lines.delete(effect.session);
        break;
      case "refused": {
        const { code, message } = effect.refusal;
        metrics.refused(code);
        this.#lastRefusal = { code, message, time: new Date().toISOString() };
        log.warn("refused", { stream: this.#stream, code, reason: message });
        break;
      }
      case "alarm":
        metrics.alarmed(effect.error.code);
        log.error("ALARM", { stream: this.#stream, code: effect.error.code, reason: effect.error.message });
    }
  }

  async #load(): Promise<void> {
    let effects: readonly ReceiverEffect[];
    try {
      // First who may go on: no box is welcomed before that is known.
      const authority = await this.#ports.authorities?.latest(this.#stream);
      if (authority) this.#run(this.#receiver.onAuthority(boxAuthority(authority)));
      const head = await this.#ports.journal.head(this.#stream);
      effects = this.#receiver.onHead(head);
    } catch (error) {
      effects = this.#receiver.onHeadFailed(asUnavailable(error));
    }
    this.#run(effects);
  }

  async #append(o: ReceiverEffect & { type: "append" }): Promise<void> {
    try {
      await this.#ports.journal.append({ stream: this.#stream, firstSeq: o.firstSeq, batch: o.bytes });
    } catch (error) {
      this.#run(this.#receiver.onAppendFailed(o.epoch, asUnavailable(error)));
      return;
    }
    const records = Number(o.lastSeq - o.firstSeq) + 1;
    this.#batches++;
    this.#records += records;
    this.#bytes += o.bytes.length;
    this.#ports.metrics.appended({ records, bytes: o.bytes.length });
    this.#run(this.#receiver.onAppended(o.epoch, o.lastSeq));
  }

  async #watchAuthority(): Promise<void> {
    const { authorities, signal, log } = this.#ports;
    const onLatest = (authority: StreamAuthority): void =>
      this.#run(this.#receiver.onAuthority(boxAuthority(authority)));
    try {
      await authorities?.watch({ stream: this.#stream, signal, onLatest });
    } catch (error) {
      if (!signal.aborted) log.error("the stream's authority cannot be watched", { stream: this.#stream, error });
    }
  }

  async #watchVerified(): Promise<void> {
    const { verified, signal, log } = this.#ports;
    const onLatest = (position: { verified_seq: bigint }): void =>
      this.#run(this.#receiver.onVerified(position.verified_seq));
    try {
      await verified.watch({ stream: this.#stream, signal, onLatest });
    } catch (error) {
      if (!signal.aborted) log.error("the verified position cannot be watched", { stream: this.#stream, error });
    }
  }
}

const given = (hex: string): Uint8Array | undefined => (hex === "" ? undefined : bytesOf(hex));

const boxAuthority = ({ epoch, box_key, takeover, commands }: StreamAuthority): BoxAuthority => ({
  epoch,
  boxKey: given(box_key),
  takeover: given(takeover),
  commands: commands.map(bytesOf),
});
