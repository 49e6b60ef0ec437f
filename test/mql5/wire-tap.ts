// A tap in the line between the EA and the connector. Every frame of either side is decoded and encoded again by the
// project's own codec and must come out as the same bytes; and the line can be cut after any number of them.
import assert from "node:assert/strict";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Challenge, FRAME_BY_TYPE, Hello } from "#proto/generated/mtx1.ts";
import {
  Deframer,
  decodePayload,
  encodeFrame,
  type Frame,
  type FrameCodec,
  type SessionMac,
} from "#proto/mtx1/frame.ts";
import { secretKey, sessionKey } from "#proto/mtx1/handshake.ts";
import { FRAME_FLAG } from "#proto/mtx1.ts";
import { testCrypto } from "../terminal/stub-connector.ts";
import { SECRET } from "./ea-process.ts";

type Side = "ea" | "connector";

class Direction {
  readonly deframer = new Deframer();
  #raw = Buffer.alloc(0);
  readonly #visit: (frame: Frame) => void;

  constructor(visit: (frame: Frame) => void) {
    this.#visit = visit;
  }

  feed(chunk: Uint8Array): void {
    this.#raw = Buffer.concat([this.#raw, chunk]);
    this.deframer.feed(chunk, (frame) => {
      const codec = FRAME_BY_TYPE.get(frame.type) as FrameCodec<unknown> | undefined;
      assert.ok(codec, `frame type ${frame.type} is of the protocol`);
      const mac = frame.authenticated ? this.deframer.mac : undefined;
      const { seq, ack } = frame;
      const again = encodeFrame(codec, decodePayload(codec, frame.payload), {
        seq,
        ack,
        flags: frame.flags & ~FRAME_FLAG.mac,
        mac,
      });
      const bytes = this.#raw.subarray(0, again.length);
      assert.ok(
        bytes.equals(again),
        `${codec.name} ${seq}: ${bytes.toString("hex")} is not ${Buffer.from(again).toString("hex")}`,
      );
      this.#raw = this.#raw.subarray(again.length);
      this.#visit(frame);
    });
  }
}

export class WireTap {
  readonly counts: Record<Side, Map<string, number>> = { ea: new Map(), connector: new Map() };
  sessions = 0;
  cuts = 0;
  port = 0;
  /** Where the connector listens; it may move. */
  target: number;
  failure: unknown;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Bytes of the EA that still pass; then the line is cut. */
  #left = Number.POSITIVE_INFINITY;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer({ noDelay: true }, (socket) => this.#onEa(socket));
  }

  static async listen(target: number): Promise<WireTap> {
    const tap = new WireTap(target);
    await new Promise<void>((resolve) => tap.#server.listen(0, "127.0.0.1", resolve));
    tap.port = (tap.#server.address() as { port: number }).port;
    return tap;
  }

  #onEa(ea: Socket): void {
    this.sessions++;
    const connector = connect({ host: "127.0.0.1", port: this.target, noDelay: true });
    let clientNonce: Uint8Array = new Uint8Array(16);
    const count = (side: Side, frame: Frame): void => {
      const name = FRAME_BY_TYPE.get(frame.type)?.name ?? "?";
      this.counts[side].set(name, (this.counts[side].get(name) ?? 0) + 1);
    };
    const up = new Direction((frame) => {
      count("ea", frame);
      if (frame.type === Hello.type) clientNonce = decodePayload(Hello, frame.payload).client_nonce.slice();
    });
    const down = new Direction((frame) => {
      count("connector", frame);
      if (frame.type !== Challenge.type) return;
      const nonces = { clientNonce, serverNonce: decodePayload(Challenge, frame.payload).server_nonce };
      const mac: SessionMac = {
        crypto: testCrypto,
        key: sessionKey(testCrypto, secretKey(testCrypto, SECRET), nonces),
      };
      up.deframer.mac = mac;
      down.deframer.mac = mac;
    });
    this.#pass(ea, connector, up, true);
    this.#pass(connector, ea, down, false);
  }

  #pass(from: Socket, to: Socket, direction: Direction, counted: boolean): void {
    this.#sockets.add(from);
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (chunk) => {
      try {
        direction.feed(chunk);
      } catch (error) {
        this.failure ??= error;
      }
      const allowed = counted ? Math.min(chunk.length, this.#left) : chunk.length;
      if (allowed > 0) to.write(chunk.subarray(0, allowed));
      if (!counted) return;
      this.#left -= allowed;
      if (this.#left > 0) return;
      this.#left = Number.POSITIVE_INFINITY;
      this.cuts++;
      from.resetAndDestroy();
      to.destroySoon();
    });
  }

  /** The EA's line breaks after so many more of its bytes, wherever in a frame that is. */
  cutAfter(bytes: number): void {
    this.#left = Math.max(1, bytes);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    if (this.failure) throw this.failure;
  }
}
