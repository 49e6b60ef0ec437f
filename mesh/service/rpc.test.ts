// The transport over loopback with real TLS: who gets in, who does not, and that bytes pass unchanged.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as http2Connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import type { LockstepError } from "#proto/errors.ts";
import { ensureIdentity, loadIdentity } from "../identity/identity-io.ts";
import { type Duplex, openRpc, RPC_MESSAGE_BYTES_MAX, type RpcServer, type RpcTls, startRpcServer } from "./rpc.ts";

const METHOD = "/lockstep.test.Echo/Echo";
const EDGE = `edge/${"5a".repeat(16)}`;
const dir = mkdtempSync(join(tmpdir(), "lockstep-rpc-"));
const foreign = mkdtempSync(join(tmpdir(), "lockstep-rpc-"));
const peers: string[] = [];
let server: RpcServer;

before(async () => {
  ensureIdentity(dir, ["data-bridge", "trading-engine", EDGE]);
  ensureIdentity(foreign, ["data-bridge", EDGE]);
  server = await startRpcServer({
    host: "127.0.0.1",
    port: 0,
    tls: loadIdentity(dir, "data-bridge"),
    methods: {
      [METHOD]: (peer, duplex) => {
        peers.push(peer);
        return { onMessage: (m) => void duplex.send(m), onClosed: () => undefined };
      },
    },
  });
});

after(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
  rmSync(foreign, { recursive: true, force: true });
});

interface Outcome {
  readonly echoed: Uint8Array[];
  readonly error: LockstepError | undefined;
}

/** Sends each message, ends after all came back (or the line closed). */
function exchange(o: { messages: Uint8Array[]; tls?: RpcTls; url?: string; name?: string }): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const echoed: Uint8Array[] = [];
  const target = {
    url: o.url ?? `localhost:${server.port}`,
    tls: o.tls ?? loadIdentity(dir, EDGE),
    server: o.name ?? "data-bridge",
    method: METHOD,
  };
  const duplex: Duplex = openRpc(target, {
    onMessage: (m) => {
      echoed.push(m);
      if (echoed.length === o.messages.length) duplex.end();
    },
    onClosed: (error) => resolve({ echoed, error }),
  });
  for (const message of o.messages) duplex.send(message);
  return promise;
}

test("rpc: mTLS: messages of every size pass unchanged and in order, the server knows the caller's name", async () => {
  const messages = [1, 64, 65_536, 65_541, RPC_MESSAGE_BYTES_MAX].map((size) => new Uint8Array(randomBytes(size)));
  const { echoed, error } = await exchange({ messages });
  assert.equal(error, undefined);
  assert.deepEqual(
    echoed.map((m) => Buffer.from(m).toString("hex").length),
    messages.map((m) => m.length * 2),
  );
  for (const [i, m] of echoed.entries()) assert.ok(Buffer.from(m).equals(messages[i]!));
  assert.equal(peers.at(-1), EDGE);
});

test("rpc: mTLS: an address is dialled as well as a name", async () => {
  const { echoed, error } = await exchange({ messages: [Uint8Array.of(1)], url: `https://127.0.0.1:${server.port}/` });
  assert.equal(error, undefined);
  assert.equal(echoed.length, 1);
});

test("rpc: limits: a message over the limit ends the call, typed", async () => {
  const { error } = await exchange({ messages: [new Uint8Array(RPC_MESSAGE_BYTES_MAX + 1)] });
  assert.equal(error?.code, "unavailable");
});

test("rpc: identity: a certificate of another authority is refused", async () => {
  const calls = peers.length;
  const own = loadIdentity(dir, EDGE);
  const theirs = loadIdentity(foreign, EDGE);
  const { error } = await exchange({ messages: [Uint8Array.of(1)], tls: { ...theirs, ca: own.ca } });
  assert.equal(error?.code, "unavailable");
  assert.equal(peers.length, calls);
});

test("rpc: identity: the client leaves a server of another authority or another name", async () => {
  const calls = peers.length;
  const foreigner = await exchange({ messages: [Uint8Array.of(1)], tls: loadIdentity(foreign, EDGE) });
  assert.equal(foreigner.error?.code, "unavailable");
  const misnamed = await exchange({ messages: [Uint8Array.of(1)], name: "trading-engine" });
  assert.match(misnamed.error?.message ?? "", /the server is "data-bridge", not "trading-engine"/);
  assert.equal(peers.length, calls);
});

/** What a bare TLS or HTTP/2 client meets: the protocol it got, or the error. */
function bareTls(options: {
  minVersion?: "TLSv1.2";
  maxVersion?: "TLSv1.2" | "TLSv1.3";
  tls?: RpcTls;
}): Promise<string> {
  const { tls, ...versions } = options;
  const ca = loadIdentity(dir, EDGE).ca;
  return new Promise((resolve) => {
    const socket = tlsConnect(
      { host: "localhost", port: server.port, ca, cert: tls?.cert, key: tls?.key, ALPNProtocols: ["h2"], ...versions },
      () => {
        // A server refuses a client certificate only after the client's side of the TLS 1.3 handshake is done.
        const protocol = socket.getProtocol() ?? "none";
        socket.once("data", () => {
          resolve(protocol);
          socket.destroy();
        });
        socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");
      },
    );
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve("closed"));
  });
}

test("rpc: TLS 1.2: refused, TLS 1.3 with the same certificate accepted", async () => {
  const tls = loadIdentity(dir, EDGE);
  assert.equal(await bareTls({ tls }), "TLSv1.3");
  assert.match(
    await bareTls({ tls, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }),
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/,
  );
});

test("rpc: client certificate: missing or foreign is refused before any HTTP/2 answer", async () => {
  assert.match(await bareTls({}), /CERTIFICATE_REQUIRED|ECONNRESET|closed/);
  assert.match(
    await bareTls({ tls: loadIdentity(foreign, EDGE) }),
    /UNKNOWN_CA|BAD_CERTIFICATE|ECONNRESET|DECRYPT|closed/,
  );
});

test("rpc: plain HTTP/2: gets nowhere", async () => {
  const outcome = await new Promise<string>((resolve) => {
    const session = http2Connect(`http://localhost:${server.port}`);
    session.on("error", () => resolve("error"));
    session.on("close", () => resolve("closed"));
  });
  assert.match(outcome, /error|closed/);
});

test("rpc: server away: the call closes once, typed, and a new one works when it is back", async () => {
  const own = await startRpcServer({
    host: "127.0.0.1",
    port: 0,
    tls: loadIdentity(dir, "data-bridge"),
    methods: { [METHOD]: (_peer, duplex) => ({ onMessage: (m) => void duplex.send(m), onClosed: () => undefined }) },
  });
  const url = `localhost:${own.port}`;
  assert.equal((await exchange({ messages: [Uint8Array.of(1)], url })).error, undefined);
  await own.stop();
  assert.equal((await exchange({ messages: [Uint8Array.of(1)], url })).error?.code, "unavailable");
});

test("rpc: server cut: the client hears of it", async () => {
  const own = await startRpcServer({
    host: "127.0.0.1",
    port: 0,
    tls: loadIdentity(dir, "data-bridge"),
    methods: { [METHOD]: (_peer, duplex) => ({ onMessage: () => duplex.cut(), onClosed: () => undefined }) },
  });
  const { error } = await exchange({ messages: [Uint8Array.of(1)], url: `localhost:${own.port}` });
  assert.equal(error?.code, "unavailable");
  await own.stop();
});
