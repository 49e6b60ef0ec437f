// One port for both: the first four bytes tell an EA ("MTX1") from a browser. EA sockets are read into the link at once
// and written once a turn; reading stops while more is staged than the disk has taken.
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import { STAGED_BYTES_MAX } from "#proto/limits.ts";
import { FRAME_MAGIC } from "#proto/mtx1.ts";
import type { Edge } from "./edge.ts";
import type { Connection } from "./terminal-link.ts";

const TICK_MS = 250;
const FIRST_BYTES = 4;
const FIRST_BYTES_MS = 5_000;
/** An EA that does not read: its session is cut. */
const UNSENT_BYTES_MAX = 4 * 1024 * 1024;
const CONNECTIONS_MAX = 64;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export interface ConnectorServerOptions {
  /** Undefined while halted: EAs are turned away. */
  readonly edge: Edge | undefined;
  readonly app: Hono;
  readonly log: Log;
  readonly host: string;
  readonly port: number;
}

export class ConnectorServer {
  readonly #o: ConnectorServerOptions;
  readonly #sockets = new Map<Connection, Socket>();
  readonly #open = new Set<Socket>();
  readonly #http;
  readonly #paused = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectorServerOptions) {
    this.#o = options;
    this.#http = createHttpServer(getRequestListener(options.app.fetch));
  }

  listen(): Promise<Listening> {
    const { edge, host, port, log } = this.#o;
    if (edge) {
      edge.onOutput = (connection) => this.#flush(connection);
      this.#timer = setInterval(() => this.#tick(edge), TICK_MS);
    }
    const server = createServer({ noDelay: true }, (socket) => this.#onSocket(socket));
    server.maxConnections = CONNECTIONS_MAX;
    return new Promise((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => {
        const why = cause.code === "EADDRINUSE" ? "the port is taken: set PORT to another" : cause.message;
        reject(new LockstepError("unavailable", `cannot listen on ${host}:${port}: ${why}`, { cause }));
      });
      server.listen(port, host, () => {
        const address = server.address();
        const listening = typeof address === "object" && address ? address.port : port;
        log.info("listening", { host, port: listening });
        resolve({ port: listening, close: () => this.#close(() => server.close()) });
      });
    });
  }

  /** Reading goes on once the disk has caught up. Called after each sync. */
  onDrained(stagedBytes: number): void {
    if (this.#paused.size === 0 || stagedBytes > STAGED_BYTES_MAX / 2) return;
    for (const socket of this.#paused) socket.resume();
    this.#paused.clear();
  }

  #tick(edge: Edge): void {
    edge.tick();
    const now = edge.now();
    for (const connection of [...this.#sockets.keys()]) {
      edge.link.tickHandshake(connection, now);
      this.#flush(connection);
    }
  }

  #onSocket(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
    let first: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      if (first.length < FIRST_BYTES) return;
      clearTimeout(timer);
      socket.off("data", onData);
      if (first.readUInt32LE(0) === FRAME_MAGIC) this.#onEa(socket, first);
      else this.#onHttp(socket, first);
    };
    socket.once("close", () => clearTimeout(timer));
    socket.on("data", onData);
  }

  #onHttp(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    this.#http.emit("connection", socket);
    process.nextTick(() => socket.resume());
  }

  #onEa(socket: Socket, first: Buffer): void {
    const { edge, log } = this.#o;
    if (!edge) {
      socket.destroy();
      return;
    }
    const connection = edge.link.connect(edge.now());
    this.#sockets.set(connection, socket);
    log.info("EA connected", { session: connection.sessionId, from: socket.remoteAddress });
    const onData = (chunk: Uint8Array): void => {
      if (connection.closing !== undefined) return;
      edge.link.onBytes(connection, chunk, edge.now());
      this.#flush(connection);
      if (edge.journal.stagedBytes <= STAGED_BYTES_MAX) return;
      socket.pause();
      this.#paused.add(socket);
    };
    socket.on("data", onData);
    socket.once("close", () => {
      this.#sockets.delete(connection);
      this.#paused.delete(socket);
      edge.link.onClosed(connection);
      log.info("EA gone", { session: connection.sessionId, why: connection.closing ?? "the socket was closed" });
    });
    onData(first);
  }

  #flush(connection: Connection): void {
    const socket = this.#sockets.get(connection);
    if (!socket) return;
    const { out } = connection;
    if (out.length > 0) {
      socket.write(out.length === 1 ? (out[0] as Uint8Array) : Buffer.concat(out));
      out.length = 0;
    }
    if (connection.closing !== undefined) socket.end(() => socket.destroy());
    else if (socket.writableLength > UNSENT_BYTES_MAX) socket.destroy();
  }

  async #close(closeServer: () => void): Promise<void> {
    clearInterval(this.#timer);
    closeServer();
    const { edge } = this.#o;
    for (const connection of [...this.#sockets.keys()]) {
      edge?.link.shutDown(connection, edge.now());
      this.#flush(connection);
    }
    this.#http.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const socket of this.#open) socket.destroy();
  }
}
