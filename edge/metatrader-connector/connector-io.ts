// One port for all: the first bytes tell an EA ("MTX1") from TLS and from a browser, an EA's first frame tells its account.
// EA sockets are read into their stream at once and written once a turn; reading stops while more is staged than the disk
// has taken. From other machines only EAs over TLS are answered.
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import { STAGED_BYTES_MAX } from "#proto/limits.ts";
import { FRAME_MAGIC } from "#proto/mtx1.ts";
import type { AccountStream } from "./box.ts";
import type { Connection } from "./connection.ts";
import type { Edge } from "./edge.ts";
import type { Near } from "./near.ts";
import { accountOf } from "./reception.ts";

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
  /** EAs of one that is halted are turned away. */
  readonly streams: readonly AccountStream[];
  /** Certificate and key, PEM, for EAs that speak TLS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly app: Hono;
  readonly log: Log;
  readonly host: string;
  readonly port: number;
  readonly near: Near;
}

/** One EA's line. */
interface Line {
  readonly edge: Edge;
  readonly socket: Socket;
}

export class ConnectorServer {
  readonly #o: ConnectorServerOptions;
  readonly #lines = new Map<Connection, Line>();
  readonly #open = new Set<Socket>();
  readonly #http;
  readonly #secure;
  /** Lines that are not read while their stream's disk catches up. */
  readonly #paused = new Set<Line>();
  /** How often reading stopped since start. */
  pauses = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectorServerOptions) {
    this.#o = options;
    this.#http = createHttpServer(getRequestListener(options.app.fetch));
    this.#secure = options.tls && createSecureContext({ ...options.tls, minVersion: "TLSv1.2" });
  }

  listen(): Promise<Listening> {
    const { streams, host, port, log } = this.#o;
    for (const { edge } of streams) if (edge) edge.onOutput = (connection) => this.#flush(connection);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
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

  /** Reading goes on once the stream's disk has caught up. Called after each sync. */
  onDrained({ journal }: Edge): void {
    if (this.#paused.size === 0 || journal.stagedBytes > STAGED_BYTES_MAX / 2) return;
    for (const line of this.#paused) {
      if (line.edge.journal !== journal) continue;
      line.socket.resume();
      this.#paused.delete(line);
    }
  }

  /** Lines that are not read now. */
  get paused(): number {
    return this.#paused.size;
  }

  #tick(): void {
    for (const { edge } of this.#o.streams) edge?.tick();
    for (const [connection, { edge }] of [...this.#lines]) {
      edge.link.tickHandshake(connection, edge.now());
      this.#flush(connection);
    }
  }

  #onSocket(socket: Socket): void {
    const near = this.#o.near(socket.remoteAddress);
    this.#receive(socket, (first, account) => {
      if (isTls(first)) this.#onTls(socket, first);
      else if (near && account === undefined) this.#onHttp(socket, first);
      else if (near && account !== undefined) this.#onEa(socket, first, account);
      else {
        this.#o.log.warn("turned away: from another machine only an EA over TLS", whence(socket));
        socket.destroy();
      }
    });
  }

  /** Hands on the first bytes, once they say what comes: of an EA its account, else undefined. */
  #receive(socket: Socket, hand: (first: Buffer, account: string | undefined) => void): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
    let first: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      if (first.length < FIRST_BYTES) return;
      const isEa = first.readUInt32LE(0) === FRAME_MAGIC;
      const account = isEa ? accountOf(first) : undefined;
      if (isEa && account === undefined) return;
      clearTimeout(timer);
      socket.off("data", onData);
      hand(first, account);
    };
    socket.once("close", () => clearTimeout(timer));
    socket.on("data", onData);
  }

  #onTls(socket: Socket, first: Buffer): void {
    if (!this.#secure) {
      this.#o.log.warn("turned away: TLS is not set up here (LOCKSTEP_EA_TLS_CERT)", whence(socket));
      socket.destroy();
      return;
    }
    socket.pause();
    socket.unshift(first);
    const line = new TLSSocket(socket, { isServer: true, secureContext: this.#secure });
    this.#receive(line, (bytes, account) => {
      if (account === undefined) line.destroy();
      else this.#onEa(line, bytes, account);
    });
  }

  #onHttp(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    this.#http.emit("connection", socket);
    process.nextTick(() => socket.resume());
  }

  /** An account that is not here is refused by another one's session, which says so. */
  #edgeOf(account: string): Edge | undefined {
    const stream = this.#o.streams.find((one) => one.account === account);
    return stream ? stream.edge : this.#o.streams.find(({ edge }) => edge)?.edge;
  }

  #onEa(socket: Socket, first: Buffer, account: string): void {
    const { log } = this.#o;
    const edge = this.#edgeOf(account);
    if (!edge) {
      log.warn("EA turned away: its account is halted", { account });
      socket.destroy();
      return;
    }
    const connection = edge.link.connect(edge.now());
    const line: Line = { edge, socket };
    this.#lines.set(connection, line);
    const said = { account, session: connection.sessionId };
    log.info("EA connected", { ...said, ...whence(socket) });
    const onData = (chunk: Uint8Array): void => {
      if (connection.closing !== undefined) return;
      edge.link.onBytes(connection, chunk, edge.now());
      this.#flush(connection);
      if (edge.journal.stagedBytes <= STAGED_BYTES_MAX || this.#paused.has(line)) return;
      socket.pause();
      this.#paused.add(line);
      this.pauses++;
    };
    socket.on("data", onData);
    socket.once("close", () => {
      this.#lines.delete(connection);
      this.#paused.delete(line);
      edge.link.onClosed(connection);
      log.info("EA gone", { ...said, why: connection.closing ?? "the socket was closed" });
    });
    onData(first);
  }

  #flush(connection: Connection): void {
    const socket = this.#lines.get(connection)?.socket;
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
    for (const [connection, { edge }] of [...this.#lines]) {
      edge.link.shutDown(connection, edge.now());
      this.#flush(connection);
    }
    this.#http.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const socket of this.#open) socket.destroy();
  }
}

/** The first byte of a TLS record that begins a handshake. */
const isTls = (first: Buffer): boolean => first[0] === 0x16;
const whence = ({ remoteAddress }: Socket) => ({ from: remoteAddress });
