import assert from "node:assert/strict";
import { test } from "node:test";
import { Bye, Heartbeat } from "#proto/generated/mtx1.ts";
import { EaSession, type SessionEvent } from "./session.ts";
import { StubConnector, testCrypto } from "./stub-connector.ts";

const NOW = 1_764_000_000_000;
const identity = {
  secret: "test-secret-0001",
  login: 12345678n,
  server: "Demo-Server",
  instanceId: 1n,
  marginMode: 0,
};
const clientNonce = Uint8Array.from({ length: 16 }, (_, i) => 0x64 + i);
const makeSession = (secret = identity.secret): EaSession =>
  new EaSession({ identity: { ...identity, secret }, crypto: testCrypto, clientNonce, serverOffsetMs: 0 });
const makeStub = (): StubConnector =>
  new StubConnector({ secret: identity.secret, symbols: [], orderEvery: 0, volume: () => 0 });

/** Carries bytes both ways until nobody has anything to say. */
function exchange(session: EaSession, stub: StubConnector): SessionEvent[] {
  for (let i = 0; i < 10 && (session.out.length > 0 || stub.out.length > 0); i++) {
    for (const bytes of session.out.splice(0)) stub.onBytes(bytes);
    for (const bytes of stub.out.splice(0)) session.onBytes(bytes, NOW);
  }
  return session.events.splice(0);
}

test("session: the golden handshake: AUTH as in the protocol's vector, then welcome", () => {
  const session = makeSession();
  const stub = makeStub();
  session.start(NOW);
  stub.onBytes(session.out.splice(0)[0]!);
  for (const bytes of stub.out.splice(0)) session.onBytes(bytes, NOW);
  const auth = session.out[0]!;
  assert.equal(
    Buffer.from(auth.subarray(24)).toString("hex"),
    "4494f815befafa4d803dc49af6744566b82e3f6434b76737453cad4c0953697d",
  );
  const welcome = exchange(session, stub).find(({ kind }) => kind === "welcome");
  assert.deepEqual(welcome, { kind: "welcome", sessionId: 99n, maxPerSecond: 0 });
  assert.equal(session.state, "syncing");
});

test("session: wrong secret: refused by the connector, ended with its code", () => {
  const session = makeSession("another");
  session.start(NOW);
  const ended = exchange(session, makeStub()).find(({ kind }) => kind === "ended");
  assert.equal(ended?.kind === "ended" && ended.code, 2);
});

test("session: a connector that does not know the secret: the EA hangs up", () => {
  const session = makeSession();
  const stub = makeStub();
  session.start(NOW);
  stub.onBytes(session.out.splice(0)[0]!);
  for (const bytes of stub.out.splice(0)) session.onBytes(bytes, NOW);
  for (const bytes of session.out.splice(0)) stub.onBytes(bytes);
  const welcome = Buffer.from(stub.out.splice(0)[0]!);
  welcome[24] = (welcome[24] ?? 0) ^ 1;
  session.onBytes(welcome, NOW);
  assert.equal(session.state, "ended");
});

test("session: any flipped bit of a frame: BYE 5 and the end", () => {
  for (let bit = 0; bit < 8 * 24; bit += 5) {
    const session = makeSession();
    const stub = makeStub();
    session.start(NOW);
    exchange(session, stub);
    stub.heartbeat();
    const bytes = Buffer.from(stub.out.splice(0)[0]!);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    session.onBytes(bytes, NOW);
    session.onBytes(new Uint8Array(1_100_000), NOW);
    assert.equal(session.state, "ended", `bit ${bit}`);
    assert.equal(session.out.at(-1)![8], Bye.type);
  }
});

test("session: a heartbeat each second, the end after five of silence", () => {
  const session = makeSession();
  session.start(NOW);
  exchange(session, makeStub());
  for (let second = 1; second <= 5; second++) {
    session.tick(NOW + second * 1000);
    assert.equal(session.out.splice(0)[0]![8], Heartbeat.type);
  }
  session.tick(NOW + 5001);
  assert.equal(session.state, "ended");
});

test("session: nobody answers: the handshake ends after five seconds", () => {
  const session = makeSession();
  session.start(NOW);
  session.tick(NOW + 4999);
  assert.equal(session.state, "hello");
  session.tick(NOW + 5001);
  assert.equal(session.state, "ended");
});
