// The EA's side of one MTX1 session: handshake with both proofs, heartbeats, liveness, counters. A pure machine: bytes
// and time in, bytes (`out`) and events (`events`) out. It ends for good; the next connection is a new session.
import { LockstepError } from "#proto/errors.ts";
import {
  Auth,
  Bye,
  Challenge,
  Cmd,
  CmdQuery,
  Heartbeat,
  Hello,
  HistoryReq,
  Reject,
  ResyncReq,
  Subscribe,
  Welcome,
} from "#proto/generated/mtx1.ts";
import { Deframer, decodePayload, type Frame, type FrameCodec, Framer } from "#proto/mtx1/frame.ts";
import {
  authMac,
  equalBytes,
  type Mtx1Crypto,
  type Nonces,
  secretKey,
  sessionKey,
  welcomeMac,
} from "#proto/mtx1/handshake.ts";
import { BYE_CODE, HEARTBEAT_FLAG } from "#proto/mtx1.ts";

const HANDSHAKE_MS = 5_000;
const HEARTBEAT_MS = 1_000;
const DEAD_MS = 5_000;
const GO_LIVE = 0x09;

export interface EaIdentity {
  readonly secret: string;
  readonly login: bigint;
  readonly server: string;
  readonly instanceId: bigint;
  readonly marginMode: number;
}

export type SessionState = "idle" | "hello" | "auth" | "syncing" | "live" | "ended";

export type SessionEvent =
  | { readonly kind: "welcome"; readonly sessionId: bigint; readonly maxPerSecond: number }
  | { readonly kind: "subscribe"; readonly subscribe: Subscribe }
  | { readonly kind: "resync"; readonly request: ResyncReq }
  | { readonly kind: "query"; readonly query: CmdQuery }
  | { readonly kind: "history"; readonly request: HistoryReq }
  | { readonly kind: "live" }
  | { readonly kind: "cmd"; readonly cmd: Cmd }
  | { readonly kind: "acked"; readonly seq: number }
  | { readonly kind: "ended"; readonly code: number; readonly text: string; readonly retryAfterMs: number };

export interface SessionOptions {
  readonly identity: EaIdentity;
  readonly crypto: Mtx1Crypto;
  /** 16 bytes, never used before. */
  readonly clientNonce: Uint8Array;
  /** Broker time minus UTC, for heartbeats. */
  readonly serverOffsetMs: number;
}

export class EaSession {
  state: SessionState = "idle";
  readonly out: Uint8Array[] = [];
  readonly events: SessionEvent[] = [];
  /** Highest of our frames that the connector has made durable. */
  acked = 0;
  private readonly serverOffsetMs: number;
  private readonly identity: EaIdentity;
  private readonly crypto: Mtx1Crypto;
  private readonly clientNonce: Uint8Array;
  private readonly framer = new Framer();
  private readonly deframer = new Deframer();
  private readonly key: Uint8Array;
  private nonces: Nonces | undefined;
  private startedMs = 0;
  private heardMs = 0;
  private beatMs = 0;
  /** The connector's clock as it was last told, and when. */
  private peerUtcMs = 0;
  private peerHeardMs = 0;

  constructor({ identity, crypto, clientNonce, serverOffsetMs }: SessionOptions) {
    this.serverOffsetMs = serverOffsetMs;
    this.identity = identity;
    this.crypto = crypto;
    this.clientNonce = clientNonce;
    this.key = secretKey(crypto, identity.secret);
  }

  /** Seq of the last frame sent. */
  get sent(): number {
    return this.framer.seq;
  }

  get open(): boolean {
    return this.state === "syncing" || this.state === "live";
  }

  /** The connector's UTC, from its last heartbeat; undefined when that is more than 5 s old. */
  connectorUtcMs(nowMs: number): number | undefined {
    return nowMs - this.peerHeardMs > DEAD_MS ? undefined : this.peerUtcMs + nowMs - this.peerHeardMs;
  }

  start(nowMs: number): void {
    this.state = "hello";
    this.startedMs = nowMs;
    this.heardMs = nowMs;
    const { login, server, instanceId, marginMode } = this.identity;
    this.send(Hello, {
      proto_min: 1,
      proto_max: 1,
      caps: 0,
      login,
      instance_id: instanceId,
      client_nonce: this.clientNonce,
      trade_mode: 0,
      margin_mode: marginMode,
      ea_version: 1,
      terminal_build: 4000,
      server,
      company: "Lockstep Simulations",
      currency: "USD",
      terminal: "Simulated Terminal",
    });
  }

  /** Encodes and queues one frame; returns its seq. */
  send<T>(codec: FrameCodec<T>, value: T): number {
    this.out.push(this.framer.encode(codec, value));
    return this.framer.seq;
  }

  onBytes(chunk: Uint8Array, nowMs: number): void {
    if (this.state === "ended") return;
    try {
      this.deframer.feed(chunk, (frame) => this.onFrame(frame, nowMs));
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.bye(BYE_CODE.protocol, error.message);
    }
  }

  tick(nowMs: number): void {
    if (this.state === "hello" || this.state === "auth") {
      if (nowMs - this.startedMs > HANDSHAKE_MS) this.bye(BYE_CODE.protocol, "the handshake took too long");
      return;
    }
    if (!this.open) return;
    if (nowMs - this.heardMs > DEAD_MS) this.bye(BYE_CODE.protocol, "the connector is silent");
    else if (nowMs - this.beatMs >= HEARTBEAT_MS) this.beat(nowMs);
  }

  bye(code: number, text: string): void {
    if (this.state === "ended") return;
    this.send(Bye, { code, retry_after_ms: 0, text: text.slice(0, 200) });
    this.end(code, text, 0);
  }

  private beat(nowMs: number): void {
    this.beatMs = nowMs;
    this.send(Heartbeat, {
      sender_utc_ms: BigInt(Math.floor(nowMs)),
      echo_peer_ms: BigInt(Math.floor(this.peerUtcMs)),
      echo_held_ms: Math.max(0, Math.floor(nowMs - this.peerHeardMs)),
      flags:
        HEARTBEAT_FLAG.broker_connected |
        HEARTBEAT_FLAG.trading_allowed |
        (this.state === "live" ? HEARTBEAT_FLAG.live : 0),
      trade_server_ms: BigInt(Math.floor(nowMs + this.serverOffsetMs)),
      ping_us: 500,
      busy_ms: 0,
    });
  }

  private onFrame(frame: Frame, nowMs: number): void {
    this.heardMs = nowMs;
    this.framer.ack = frame.seq;
    if (frame.ack > this.sent) throw new LockstepError("bad_frame", `ack ${frame.ack} of a frame never sent`);
    if (this.state === "hello" || this.state === "auth") this.onHandshake(frame, nowMs);
    else if (this.open) this.onOpen(frame, nowMs);
    // After the frame's own event: a command is there before the ack of what caused it.
    if (frame.ack > this.acked) {
      this.acked = frame.ack;
      this.events.push({ kind: "acked", seq: frame.ack });
    }
  }

  private onHandshake(frame: Frame, nowMs: number): void {
    if (frame.type === Reject.type || frame.type === Bye.type) this.onEnd(frame);
    else if (this.state === "hello" && frame.type === Challenge.type) {
      const { server_nonce } = decodePayload(Challenge, frame.payload);
      this.nonces = { serverNonce: server_nonce, clientNonce: this.clientNonce };
      this.state = "auth";
      this.send(Auth, { mac: authMac(this.crypto, this.key, this.nonces, this.identity) });
    } else if (this.state === "auth" && frame.type === Welcome.type && this.nonces)
      this.onWelcome(decodePayload(Welcome, frame.payload), this.nonces, nowMs);
    else throw new LockstepError("bad_frame", `frame type ${frame.type} does not belong in the handshake`);
  }

  private onWelcome(welcome: Welcome, nonces: Nonces, nowMs: number): void {
    if (!equalBytes(welcome.mac, welcomeMac(this.crypto, this.key, nonces, welcome.session_id))) {
      this.bye(BYE_CODE.auth, "the connector does not know the secret");
      return;
    }
    const mac = { crypto: this.crypto, key: sessionKey(this.crypto, this.key, nonces) };
    this.framer.mac = mac;
    this.deframer.mac = mac;
    this.state = "syncing";
    this.peerUtcMs = Number(welcome.utc_ms);
    this.peerHeardMs = nowMs;
    this.beatMs = nowMs;
    this.events.push({ kind: "welcome", sessionId: welcome.session_id, maxPerSecond: welcome.max_cmd_per_s });
  }

  private onOpen({ type, payload }: Frame, nowMs: number): void {
    if (type === Cmd.type) this.events.push({ kind: "cmd", cmd: decodePayload(Cmd, payload) });
    else if (type === Heartbeat.type) {
      this.peerUtcMs = Number(decodePayload(Heartbeat, payload).sender_utc_ms);
      this.peerHeardMs = nowMs;
    } else if (type === Subscribe.type)
      this.events.push({ kind: "subscribe", subscribe: decodePayload(Subscribe, payload) });
    else if (type === ResyncReq.type) this.events.push({ kind: "resync", request: decodePayload(ResyncReq, payload) });
    else if (type === CmdQuery.type) this.events.push({ kind: "query", query: decodePayload(CmdQuery, payload) });
    else if (type === HistoryReq.type)
      this.events.push({ kind: "history", request: decodePayload(HistoryReq, payload) });
    else if (type === GO_LIVE) {
      this.state = "live";
      this.events.push({ kind: "live" });
    } else if (type === Bye.type || type === Reject.type) this.onEnd({ type, payload });
  }

  private onEnd({ payload }: Pick<Frame, "type" | "payload">): void {
    const { code, text, retry_after_ms } = decodePayload(Bye, payload);
    this.end(code, text, retry_after_ms);
  }

  private end(code: number, text: string, retryAfterMs: number): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.events.push({ kind: "ended", code, text, retryAfterMs });
  }
}
