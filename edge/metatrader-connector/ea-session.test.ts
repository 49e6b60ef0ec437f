import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LockstepError } from "#proto/errors.ts";
import { type AnyFrameCodec, Auth, Bye, FRAME_BY_TYPE, Heartbeat, Hello } from "#proto/generated/mtx1.ts";
import type { Frame, FrameCodec } from "#proto/mtx1/frame.ts";
import { authMac, equalBytes, secretKey, welcomeMac } from "#proto/mtx1/handshake.ts";
import { mtx1Crypto } from "./crypto-io.ts";
import { EaSession, type Now, type SessionEffect } from "./ea-session.ts";

const KEY = secretKey(mtx1Crypto, "test-secret-0001");
const NONCES = { serverNonce: new Uint8Array(32).fill(3), clientNonce: new Uint8Array(16).fill(4) };
const at = (ms: number): Now => ({ ms, utcMs: 1_700_000_000_000 + ms });
const hello: Hello = {
  proto_min: 1,
  proto_max: 1,
  caps: 0,
  login: 12345678n,
  instance_id: 9n,
  client_nonce: NONCES.clientNonce,
  trade_mode: 0,
  margin_mode: 0,
  ea_version: 1,
  terminal_build: 4000,
  server: "Demo-Server",
  company: "",
  currency: "USD",
  terminal: "",
};
const beat = (busy_ms: number): Heartbeat => ({
  sender_utc_ms: 5n,
  echo_peer_ms: 0n,
  echo_held_ms: 0,
  flags: 3,
  trade_server_ms: 0n,
  ping_us: 0,
  busy_ms,
});

function frameOf<T>(codec: FrameCodec<T>, value: T, seq = 1): Frame {
  const payload = new Uint8Array(codec.lengthOf(value));
  codec.write(new DataView(payload.buffer), 0, value);
  return { type: codec.type, flags: 0, seq, ack: 0, payload, authenticated: codec.mac };
}

const makeSession = (o: { busy?: () => boolean } = {}): EaSession =>
  new EaSession({
    config: {
      key: KEY,
      accounts: new Set(["12345678@Demo-Server"]),
      crypto: mtx1Crypto,
      policy: { disconnect: 0, delayMs: 1000, commandsPerS: 20 },
    },
    sessionId: 99n,
    serverNonce: NONCES.serverNonce,
    isBusy: o.busy ?? (() => false),
    now: at(0),
  });

const auth = (): Auth => ({ mac: authMac(mtx1Crypto, KEY, NONCES, hello) });
const sent = (effects: readonly SessionEffect[]): string[] =>
  effects.flatMap((e) => (e.do === "send" ? [e.codec.name] : [e.do]));
const refusal = (effects: readonly SessionEffect[]): number | undefined => {
  const first = effects[0];
  return first?.do === "send" && (first.codec.name === "reject" || first.codec.name === "bye")
    ? (first.value as { code: number }).code
    : undefined;
};

function opened(): EaSession {
  const session = makeSession();
  session.onFrame(frameOf(Hello, hello), at(0));
  session.onFrame(frameOf(Auth, auth()), at(1));
  return session;
}

test("session: handshake: both sides proven, then open but not live", () => {
  const session = makeSession();
  assert.deepEqual(sent(session.onFrame(frameOf(Hello, hello), at(0))), ["challenge"]);
  const effects = session.onFrame(frameOf(Auth, auth()), at(1));
  assert.deepEqual(sent(effects), ["welcome", "key", "opened"]);
  const welcome = effects[0] as { value: { mac: Uint8Array; session_id: bigint } };
  assert.ok(equalBytes(welcome.value.mac, welcomeMac(mtx1Crypto, KEY, NONCES, 99n)));
  assert.equal(session.state, "syncing");
  assert.deepEqual(sent(session.onSynced(at(2))), ["heartbeat", "go_live"]);
  assert.equal(session.state, "live");
  assert.deepEqual(session.onSynced(at(3)), []);
});

test("session: refusals: version, account, secret, busy, order of frames, each with its code", () => {
  const first = (value: Partial<Hello>, o = {}) =>
    makeSession(o).onFrame(frameOf(Hello, { ...hello, ...value }), at(0));
  assert.equal(refusal(first({ proto_min: 2, proto_max: 3 })), 1);
  assert.equal(refusal(first({ login: 1n })), 4);
  assert.equal(refusal(first({}, { busy: () => true })), 3);
  assert.equal(refusal(makeSession().onFrame(frameOf(Auth, auth()), at(0))), 5);
  const session = makeSession();
  session.onFrame(frameOf(Hello, hello), at(0));
  const wrong = auth().mac.slice();
  wrong[31] = (wrong[31] as number) ^ 1;
  const effects = session.onFrame(frameOf(Auth, { mac: wrong }), at(1));
  assert.equal(refusal(effects), 2);
  assert.deepEqual(sent(effects), ["reject", "close"]);
  assert.deepEqual(session.onFrame(frameOf(Auth, auth()), at(2)), []);
});

test("session: two handshakes side by side: only one opens", () => {
  let open = 0;
  const sessions = [0, 1].map(() => makeSession({ busy: () => open > 0 }));
  for (const session of sessions) session.onFrame(frameOf(Hello, hello), at(0));
  const effects = sessions.map((session) => {
    const answer = session.onFrame(frameOf(Auth, auth()), at(1));
    if (session.open) open++;
    return answer;
  });
  assert.equal(open, 1);
  assert.equal(refusal(effects[1] ?? []), 3);
});

test("session: liveness: dead after 5 s of silence, later when the EA said that it is busy", () => {
  const quiet = opened();
  assert.ok(!sent(quiet.tick(at(5001))).includes("close"));
  assert.ok(sent(quiet.tick(at(5002))).includes("close"));
  const busy = opened();
  busy.onFrame(frameOf(Heartbeat, beat(45_000)), at(10));
  assert.ok(!sent(busy.tick(at(50_010))).includes("close"));
  assert.ok(sent(busy.tick(at(50_011))).includes("close"));
  const liar = opened();
  liar.onFrame(frameOf(Heartbeat, beat(4_000_000)), at(10));
  assert.ok(sent(liar.tick(at(65_011))).includes("close"));
  assert.ok(sent(makeSession().tick(at(5001))).includes("close"));
});

test("session: clocks: how far the terminal's is off is what its last heartbeat said", () => {
  const session = opened();
  assert.equal(session.skewMs, undefined);
  session.onFrame(frameOf(Heartbeat, { ...beat(0), sender_utc_ms: BigInt(at(10).utcMs) + 7_000n }), at(10));
  assert.equal(session.skewMs, 7_000);
});

test("session: heartbeats: one a second", () => {
  const session = opened();
  let beats = 0;
  for (let ms = 250; ms <= 4000; ms += 250) beats += sent(session.tick(at(ms))).length;
  assert.equal(beats, 4);
});

test("session: goodbye and bad frames: the session ends and says why", () => {
  const session = opened();
  assert.deepEqual(sent(session.onFrame(frameOf(Bye, { code: 6, retry_after_ms: 0, text: "" }), at(2))), ["close"]);
  const bad = opened().onBadStream(new LockstepError("bad_frame", "x"));
  assert.deepEqual([refusal(bad), ...sent(bad)], [5, "bye", "close"]);
  assert.equal(refusal(opened().onBadStream(new LockstepError("bad_mac", "x"))), 2);
});

test("session: any frames in any order: nothing is delivered before the handshake or after the end", () => {
  const codecs = [...FRAME_BY_TYPE.values()] as AnyFrameCodec[];
  const anyFrame = fc.oneof(
    fc.constant(frameOf(Hello, hello)),
    fc.constant(frameOf(Auth, auth())),
    fc.constant(frameOf(Heartbeat, beat(0))),
    fc.constant(frameOf(Bye, { code: 6, retry_after_ms: 0, text: "" })),
    fc.constantFrom(...codecs).map((codec): Frame => {
      const payload = new Uint8Array(400);
      return { type: codec.type, flags: 0, seq: 1, ack: 0, payload, authenticated: codec.mac };
    }),
  );
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), (frames) => {
      const session = makeSession();
      let isOpen = false;
      let over = false;
      frames.forEach((frame, i) => {
        for (const effect of session.onFrame(frame, at(i))) {
          assert.ok(!over || effect.do === "close");
          if (effect.do === "opened") isOpen = true;
          if (effect.do === "deliver" || effect.do === "clock") assert.ok(isOpen && !over);
          if (effect.do === "close") over = true;
        }
      });
      if (session.state === "live") assert.fail("live without onSynced");
    }),
  );
});
