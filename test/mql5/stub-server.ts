// The terminal's stub connector behind a real socket, for commands that the connector itself never sends (pending orders,
// close-by, modifications) and for lines that break where a test wants.
import { createServer, type Server, type Socket } from "node:net";
import type { Cmd, CmdAck, CmdResult, CmdStatus } from "#proto/generated/mtx1.ts";
import * as m from "#proto/generated/mtx1.ts";
import { decodePayload, type Frame, type FrameCodec } from "#proto/mtx1/frame.ts";
import { CMD_ACTION } from "#proto/mtx1.ts";
import { StubConnector } from "../terminal/stub-connector.ts";
import { SECRET } from "./ea-process.ts";

const LIFE_MS = 10_000;

export class StubServer {
  readonly stub: StubConnector;
  readonly frames: Frame[] = [];
  readonly #server: Server;
  #socket: Socket | undefined;
  #waiting: (() => void)[] = [];
  #next = 1;
  readonly #beat: NodeJS.Timeout;
  port = 0;

  private constructor(symbols: readonly string[]) {
    this.stub = new StubConnector({
      secret: SECRET,
      symbols,
      orderEvery: 0,
      volume: () => 0,
      onFrame: (frame) => this.frames.push({ ...frame, payload: frame.payload.slice() }),
    });
    this.#server = createServer({ noDelay: true }, (socket) => this.#onSocket(socket));
    this.#beat = setInterval(() => {
      if (this.stub.live) this.stub.heartbeat();
      this.flush();
    }, 1000);
  }

  static async listen(symbols: readonly string[] = ["EURUSD", "XAUUSD"]): Promise<StubServer> {
    const server = new StubServer(symbols);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    server.port = (server.#server.address() as { port: number }).port;
    return server;
  }

  #onSocket(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
    this.stub.crash();
    socket.on("data", (chunk) => {
      if (this.#socket !== socket) return;
      this.stub.onBytes(chunk);
      this.flush();
      for (const wake of this.#waiting.splice(0)) wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.#socket === socket) this.stub.live = false;
    });
  }

  flush(): void {
    for (const bytes of this.stub.out.splice(0)) this.#socket?.write(bytes);
  }

  send<T>(codec: FrameCodec<T>, value: T): void {
    this.stub.send(codec, value);
    this.flush();
  }

  /** A market buy of 0.1 EURUSD unless told otherwise; returns its id. */
  command(changes: Partial<Cmd> = {}): Uint8Array {
    const number = this.#next++;
    const cmd_id = changes.cmd_id ?? Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? number : 0xa0 + i));
    this.send(m.Cmd, {
      cmd_id,
      action: CMD_ACTION.market,
      symbol_id: 1,
      order_type: 0,
      filling: 255,
      time_type: 0,
      flags: 1,
      deviation_pts: 20,
      max_spread_pts: 0,
      issued_utc_ms: BigInt(Date.now()),
      expires_utc_ms: BigInt(Date.now() + LIFE_MS),
      volume: 0.1,
      price: 0,
      stoplimit: 0,
      sl: 0,
      tp: 0,
      order_expiration_s: 0n,
      position: 0n,
      position_by: 0n,
      order: 0n,
      magic: BigInt(1000 + number),
      guard_price: 0,
      tag: `MXTEST${number}`,
      ...changes,
    });
    return cmd_id;
  }

  /** All payloads of a frame type so far. */
  all<T>(codec: FrameCodec<T>): T[] {
    return this.frames.filter(({ type }) => type === codec.type).map(({ payload }) => decodePayload(codec, payload));
  }

  acks = (id: Uint8Array): CmdAck[] => this.all(m.CmdAck).filter(({ cmd_id }) => same(cmd_id, id));
  results = (id: Uint8Array): CmdResult[] => this.all(m.CmdResult).filter(({ cmd_id }) => same(cmd_id, id));
  statuses = (id: Uint8Array): CmdStatus[] => this.all(m.CmdStatus).filter(({ cmd_id }) => same(cmd_id, id));

  async until(what: string, done: () => boolean, ms = 20_000): Promise<void> {
    const deadline = setTimeout(() => {
      for (const wake of this.#waiting.splice(0)) wake();
    }, ms);
    const started = Date.now();
    while (!done()) {
      if (Date.now() - started >= ms) throw new Error(`${what}: not within ${ms} ms`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    clearTimeout(deadline);
  }

  /** The line breaks without a word. */
  cut(): void {
    this.#socket?.resetAndDestroy();
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
