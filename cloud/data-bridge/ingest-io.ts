// The door for edges: tells connections apart by their certificates and hands their messages to their stream. A caller
// that is no edge, says no hello, or says it twice, is refused with a reason.
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";
import { realTimers } from "#mesh/world/timers.ts";
import type { ErrorCode } from "#proto/errors.ts";
import { LockstepError } from "#proto/errors.ts";
import { decodeEdge, encodeCloud } from "#storage/replication/wire.ts";
import { type IngestPorts, StreamIngest, type StreamState } from "./stream-ingest-io.ts";

/** A connection that has not said hello by then is closed. */
const HELLO_WITHIN_MS = 10_000;
const EDGE_NAME = /^edge\/([0-9a-f]{32})$/;

export class Ingest {
  readonly #ports: IngestPorts;
  readonly #streams = new Map<string, StreamIngest>();
  #sessions = 0;

  constructor(ports: IngestPorts) {
    this.#ports = ports;
  }

  get connections(): number {
    let open = 0;
    for (const stream of this.#streams.values()) open += stream.connections;
    return open;
  }

  states(): StreamState[] {
    return [...this.#streams.values()].map((stream) => stream.state);
  }

  /** A new call of Replicate. */
  accept(peer: string, duplex: Duplex): DuplexHandler {
    const hex = EDGE_NAME.exec(peer)?.[1];
    if (hex === undefined) {
      this.#turnAway(duplex, "wrong_stream", `"${peer}" is no edge: only edge/<stream id> may replicate`);
      return { onMessage: () => undefined, onClosed: () => undefined };
    }
    const session = ++this.#sessions;
    let stream: StreamIngest | undefined;
    const cancelPatience = (this.#ports.timers ?? realTimers).after(HELLO_WITHIN_MS, () => {
      if (!stream) this.#turnAway(duplex, "timeout", `no hello came within ${HELLO_WITHIN_MS} ms`);
    });
    return {
      onMessage: (bytes) => {
        try {
          const message = decodeEdge(bytes);
          if (message.type === "batch" && stream) stream.onBatch(session, message.bytes);
          else if (message.type === "hello" && !stream) {
            stream = this.#streamOf(hex);
            stream.onHello(session, { hello: message.hello, peer, duplex });
          } else throw new LockstepError("protocol", stream ? "a second hello came" : "a batch came before the hello");
        } catch (error) {
          if (!(error instanceof LockstepError)) throw error;
          if (stream) stream.onGarbage(session, error);
          else this.#turnAway(duplex, error.code, error.message);
        }
      },
      onClosed: () => {
        cancelPatience();
        stream?.onClosed(session);
      },
    };
  }

  #streamOf(hex: string): StreamIngest {
    let stream = this.#streams.get(hex);
    if (!stream) {
      stream = new StreamIngest(hex, this.#ports);
      this.#streams.set(hex, stream);
    }
    return stream;
  }

  #turnAway(duplex: Duplex, code: ErrorCode, message: string): void {
    this.#ports.metrics.refused(code);
    this.#ports.log.warn("turned away", { code, reason: message });
    duplex.send(encodeCloud({ type: "refusal", code, message }));
    duplex.end();
  }
}
