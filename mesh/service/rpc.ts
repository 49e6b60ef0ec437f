// gRPC between services and edge boxes: bidirectional streams of opaque messages over mTLS, TLS 1.3 only.
// Guarantees: both ends know the other's SPIFFE name before the first message; a dead line is noticed by keepalive;
// messages are bounded. What the bytes mean is the caller's business.
import { subscribe } from "node:diagnostics_channel";
import type { ServerHttp2Stream } from "node:http2";
import { createSecureContext } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { LockstepError } from "#proto/errors.ts";
import { spiffeName } from "../identity/spiffe.ts";

export const RPC_MESSAGE_BYTES_MAX = 1024 * 1024;
/** The default HTTP/2 window of 64 KiB cuts throughput to a third from 64 KiB messages on. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const KEEPALIVE_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;
const STOP_MS = 2_000;

const LIMITS: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": RPC_MESSAGE_BYTES_MAX,
  "grpc.max_send_message_length": RPC_MESSAGE_BYTES_MAX,
  "grpc.keepalive_time_ms": KEEPALIVE_MS,
  "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc-node.flow_control_window": WINDOW_BYTES,
};

export interface RpcTls {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** One side of an open stream. */
export interface Duplex {
  /** False when the line is full: `onDrain` says when it takes more. Nothing is dropped. */
  send(message: Uint8Array): boolean;
  /** No more from this side; the other's messages still come. */
  end(): void;
  /** Drops the line now; what was not sent is lost. */
  cut(): void;
}

export interface DuplexHandler {
  onMessage(message: Uint8Array): void;
  onDrain?(): void;
  /** Called exactly once, last. */
  onClosed(error: LockstepError | undefined): void;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const same = (bytes: Buffer): Buffer => bytes;
const methodAt = (path: string): grpc.MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: true,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});

/** grpc-js' own createSsl cannot set the least TLS version and leaves it at 1.2. */
class Tls13ServerCredentials extends grpc.ServerCredentials {
  constructor(tls: RpcTls) {
    const context = { ca: tls.ca, cert: tls.cert, key: tls.key, minVersion: "TLSv1.3" } as const;
    const settings = { initialWindowSize: WINDOW_BYTES };
    super({ requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3", settings }, context);
  }

  override _equals(other: grpc.ServerCredentials): boolean {
    return other === this;
  }
}

/**
 * grpc-js' server ignores its own flow_control_window: upstream would be held to one 64 KiB message a round trip, by the
 * window of each stream (set with the credentials above) and by that of the whole line, which only its session can widen.
 */
const widened = new WeakSet<object>();
subscribe("http2.server.stream.created", (message) => {
  const { session } = (message as { stream: ServerHttp2Stream }).stream;
  if (!session || widened.has(session)) return;
  widened.add(session);
  session.setLocalWindowSize(WINDOW_BYTES);
});

export interface RpcServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface RpcServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: RpcTls;
  /** By method path (`/package.Service/Method`): called for each new stream with the caller's SPIFFE name. */
  readonly methods: Readonly<Record<string, (peer: string, duplex: Duplex) => DuplexHandler>>;
}

type ServerStream = grpc.ServerDuplexStream<Buffer, Buffer>;

function serve(call: ServerStream, accept: (peer: string, duplex: Duplex) => DuplexHandler): void {
  const peer = spiffeName(call.getAuthContext().sslPeerCertificate?.subjectaltname);
  if (peer === undefined) {
    call.emit("error", { code: grpc.status.UNAUTHENTICATED, details: "the certificate names no Lockstep identity" });
    return;
  }
  let open = true;
  const handler = accept(peer, {
    send: (message) => open && !call.destroyed && call.write(asBuffer(message)),
    end: () => {
      if (open) call.end();
    },
    cut: () => {
      if (open) call.emit("error", { code: grpc.status.ABORTED, details: "cut by the server" });
    },
  });
  const closed = (error?: LockstepError): void => {
    if (!open) return;
    open = false;
    handler.onClosed(error);
  };
  call.on("data", (message: Buffer) => {
    if (open) handler.onMessage(message);
  });
  call.on("drain", () => handler.onDrain?.());
  call.on("end", () => call.end());
  call.on("finish", () => closed());
  call.on("cancelled", () => closed(new LockstepError("unavailable", "the caller's line was cut")));
  call.on("error", (error: Error) => closed(new LockstepError("unavailable", error.message, { cause: error })));
  call.on("close", () => closed());
}

/** Serves streams on host:port (0 = any free port). */
export async function startRpcServer(o: RpcServerOptions): Promise<RpcServer> {
  const server = new grpc.Server(LIMITS);
  for (const [path, accept] of Object.entries(o.methods)) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    server.addService({ [name]: methodAt(path) }, { [name]: (call: ServerStream) => serve(call, accept) });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${o.host}:${o.port}`, new Tls13ServerCredentials(o.tls), (error, bound) => {
      if (!error) resolve(bound);
      else
        reject(
          new LockstepError("unavailable", `port ${o.port} cannot be served: stop whatever holds it`, { cause: error }),
        );
    });
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      const force = setTimeout(() => server.forceShutdown(), STOP_MS);
      server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  return { port, stop };
}

export interface RpcTarget {
  /** `host:port`, with or without `https://`. */
  readonly url: string;
  readonly tls: RpcTls;
  /** The SPIFFE name that the server must show. */
  readonly server: string;
  readonly method: string;
}

const addressOf = (url: string): { address: string; host: string } => {
  const address = url.replace(/^(?:https|grpcs?):\/\//, "").replace(/\/$/, "");
  if (!/^[^/\s]+:\d{1,5}$/.test(address))
    throw new LockstepError("bad_config", `"${url}" is not host:port of a gRPC server`);
  return { address, host: address.slice(0, address.lastIndexOf(":")) };
};

/** TLS names a host, not an address: an address is dialled under the name that every Lockstep certificate carries. */
const nameOverride = (host: string): grpc.ChannelOptions =>
  /^[\d.]+$|^\[/.test(host) ? { "grpc.ssl_target_name_override": "localhost" } : {};

function channelCredentials(tls: RpcTls, server: string): grpc.ChannelCredentials {
  const context = createSecureContext({ ca: tls.ca, cert: tls.cert, key: tls.key, minVersion: "TLSv1.3" });
  return grpc.ChannelCredentials.createFromSecureContext(context, {
    checkServerIdentity: (_host, certificate) => {
      const name = spiffeName(certificate.subjectaltname);
      return name === server ? undefined : new Error(`the server is "${name ?? "nobody"}", not "${server}"`);
    },
  });
}

/**
 * Opens one stream on a line of its own: no back-off or buffer of an earlier attempt is inherited. What is sent before
 * the line stands waits in memory; failure to connect is an ordinary close.
 */
export function openRpc(target: RpcTarget, handler: DuplexHandler): Duplex {
  const { address, host } = addressOf(target.url);
  const client = new grpc.Client(address, channelCredentials(target.tls, target.server), {
    ...LIMITS,
    ...nameOverride(host),
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
  });
  const call = client.makeBidiStreamRequest(target.method, same, same);
  let open = true;
  const closed = (error?: LockstepError): void => {
    if (!open) return;
    open = false;
    client.close();
    handler.onClosed(error);
  };
  call.on("data", (message: Buffer) => {
    if (open) handler.onMessage(message);
  });
  call.on("drain", () => handler.onDrain?.());
  call.on("error", (error: grpc.ServiceError) =>
    closed(new LockstepError("unavailable", `${address}: ${error.details || error.message}`, { cause: error })),
  );
  call.on("status", (status: grpc.StatusObject) => {
    if (status.code === grpc.status.OK) closed();
  });
  return {
    send: (message) => open && call.write(asBuffer(message)),
    end: () => {
      if (open) call.end();
    },
    cut: () => {
      if (!open) return;
      call.cancel();
      closed();
    },
  };
}
