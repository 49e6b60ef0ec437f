// The way back: a replacement box that the cloud has granted the stream's epoch gets its log, batch after batch, as fast as
// it takes them. Whoever was not granted it, or asks before the bus answers, is refused with a reason.
import type { Log } from "#mesh/service/log.ts";
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";
import { type ErrorCode, LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import type { Bus } from "#storage/events/bus.ts";
import { decodeRequest, encodePart, type RestoreRequest } from "#storage/replication/restore-wire.ts";

export interface RestorePorts {
  readonly bus: Pick<Bus, "journal" | "authorities">;
  readonly log: Log;
  readonly refused: (code: ErrorCode) => void;
}

export class Restore {
  readonly #ports: RestorePorts;

  constructor(ports: RestorePorts) {
    this.#ports = ports;
  }

  /** A new call of Restore; `peer` is the name in its certificate. */
  accept(peer: string, duplex: Duplex): DuplexHandler {
    const gate = new AbortController();
    let drained: (() => void) | undefined;
    const room = (): Promise<void> =>
      new Promise((resolve) => {
        drained = resolve;
      });
    let asked = false;
    return {
      onMessage: (bytes) => {
        if (asked) return;
        asked = true;
        void this.#serve({ peer, bytes, duplex, room, signal: gate.signal });
      },
      onDrain: () => drained?.(),
      onClosed: () => {
        gate.abort();
        drained?.();
      },
    };
  }

  async #serve(o: {
    peer: string;
    bytes: Uint8Array;
    duplex: Duplex;
    room: () => Promise<void>;
    signal: AbortSignal;
  }): Promise<void> {
    const { peer, duplex, room, signal } = o;
    try {
      const request = decodeRequest(o.bytes);
      const stream = hexOf(request.streamId);
      await this.#admit(request, { peer, stream });
      const head = await this.#ports.bus.journal.peek(stream);
      const lastSeq = head?.lastSeq ?? 0n;
      this.#ports.log.warn("a replacement box fetches the stream", { stream, from: request.fromSeq, to: lastSeq });
      if (request.fromSeq <= lastSeq)
        for await (const batch of this.#ports.bus.journal.read({ stream, fromSeq: request.fromSeq, signal })) {
          if (!duplex.send(encodePart({ type: "batch", bytes: batch.bytes }))) await room();
          if (signal.aborted) return;
          if (batch.lastSeq >= lastSeq) break;
        }
      duplex.send(encodePart({ type: "end", lastSeq }));
      duplex.end();
    } catch (error) {
      const { code, message } =
        error instanceof LockstepError ? error : new LockstepError("unavailable", (error as Error).message);
      this.#ports.refused(code);
      this.#ports.log.warn("turned away", { code, reason: message });
      duplex.send(encodePart({ type: "refusal", code, message }));
      duplex.end();
    }
  }

  /** The certificate's stream, the epoch in force, and the very box that it was granted to. */
  async #admit(request: RestoreRequest, o: { peer: string; stream: string }): Promise<void> {
    const { peer, stream } = o;
    if (peer !== `edge/${stream}`)
      throw new LockstepError(
        "wrong_stream",
        `"${peer}" may not fetch "edge/${stream}": use that stream's certificate`,
      );
    const authority = await this.#ports.bus.authorities.latest(stream);
    if (
      authority &&
      authority.epoch > 0 &&
      request.epoch === authority.epoch &&
      authority.box_key === hexOf(request.publicKey)
    )
      return;
    throw new LockstepError(
      "fenced",
      `the stream is in epoch ${authority?.epoch ?? 0}, which was not granted to this box: order its replacement with \`npm run operator -- replace\``,
    );
  }
}
