// Models for the edges: on each line the newest order of every role, at once and whenever it changes, and the bytes that are
// asked for, piece by piece. An edge hears of its own stream only; bytes are found by their digest, whoever's they are.
import type { Log } from "#mesh/service/log.ts";
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";
import { LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { MODEL_CHUNK_BYTES } from "#proto/limits.ts";
import { type AssignedModel, assignmentOf } from "#proto/services/models.ts";
import type { Models } from "#storage/events/bus.ts";
import {
  decodeModelEdge,
  encodeModelCloud,
  type ModelCloudMessage,
  type ModelRequest,
} from "#storage/replication/model-messages.ts";

const EDGE_NAME = /^edge\/([0-9a-f]{32})$/;
/** Read once for all edges that fetch them at the same time; 2 MiB each at most. */
const HELD_MODELS = 8;

export interface DistributePorts {
  readonly models: Models;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class Distribution {
  readonly #ports: DistributePorts;
  /** By digest, the one asked for last at the end. */
  readonly #held = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(ports: DistributePorts) {
    this.#ports = ports;
  }

  /** A new call of Distribute. */
  accept(peer: string, duplex: Duplex): DuplexHandler {
    const { log, signal } = this.#ports;
    const stream = EDGE_NAME.exec(peer)?.[1];
    if (stream === undefined) {
      log.warn("turned away from the models", { peer, reason: "no edge" });
      duplex.end();
      return { onMessage: () => undefined, onClosed: () => undefined };
    }
    const gate = new AbortController();
    const end = (): void => gate.abort();
    signal.addEventListener("abort", end, { once: true });
    const send = (message: ModelCloudMessage): void => {
      if (!gate.signal.aborted) duplex.send(encodeModelCloud(message));
    };
    void this.#tellOrders(stream, gate.signal, send);
    return {
      onMessage: (bytes) => {
        try {
          void this.#answer(decodeModelEdge(bytes), send);
        } catch (error) {
          if (!(error instanceof LockstepError)) throw error;
          log.warn("a line for models is cut", { stream, code: error.code, reason: error.message });
          duplex.cut();
        }
      },
      onClosed: () => {
        signal.removeEventListener("abort", end);
        end();
      },
    };
  }

  async #tellOrders(stream: string, signal: AbortSignal, send: (message: ModelCloudMessage) => void): Promise<void> {
    const onOrder = (order: AssignedModel): void => send({ type: "order", assignment: assignmentOf(order) });
    try {
      await this.#ports.models.watch({ stream, signal, onOrder });
    } catch (error) {
      if (!signal.aborted) this.#ports.log.error("orders about models cannot be told", { stream, error });
    }
  }

  async #answer({ sha256, offset }: ModelRequest, send: (message: ModelCloudMessage) => void): Promise<void> {
    const refuse = (error: LockstepError): void =>
      send({ type: "refusal", sha256, code: error.code, message: error.message.slice(0, 1000) });
    try {
      const bytes = await this.#model(hexOf(sha256));
      if (!bytes) refuse(new LockstepError("not_found", "it was not published: npm run model -- publish FILE"));
      else if (offset >= bytes.length) refuse(new LockstepError("protocol", `it has ${bytes.length} bytes`));
      else send({ type: "chunk", sha256, offset, data: bytes.subarray(offset, offset + MODEL_CHUNK_BYTES) });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#ports.log.error("a model cannot be given", { sha256: hexOf(sha256), error });
      refuse(error);
    }
  }

  #model(sha256: string): Promise<Uint8Array | undefined> {
    const found = this.#held.get(sha256) ?? this.#ports.models.get(sha256);
    this.#held.delete(sha256);
    this.#held.set(sha256, found);
    const forget = (): void => void this.#held.delete(sha256);
    // What is not there yet, or could not be read, is asked for again.
    found.then((bytes) => bytes ?? forget(), forget);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= HELD_MODELS) break;
      this.#held.delete(oldest);
    }
    return found;
  }
}
