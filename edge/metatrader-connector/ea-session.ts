// One EA session as a pure machine: handshake with both sides proven, liveness, the way to LIVE and the way out. Frames
// that are not about the session are delivered to the caller, but only after the handshake. No I/O, no clock.
import type { LockstepError } from "#proto/errors.ts";
import {
  Auth,
  Bye,
  Challenge,
  FRAME_BY_TYPE,
  GoLive,
  Heartbeat,
  Hello,
  Reject,
  TimeInfo,
  Welcome,
} from "#proto/generated/mtx1.ts";
import { MTX1_PAYLOAD_MAX } from "#proto/limits.ts";
import { decodePayload, type Frame, type FrameCodec } from "#proto/mtx1/frame.ts";
import { authMac, equalBytes, type Mtx1Crypto, sessionKey, welcomeMac } from "#proto/mtx1/handshake.ts";
import { BYE_CODE, FRAME_VERSION, HEARTBEAT_FLAG } from "#proto/mtx1.ts";

export const HANDSHAKE_MS = 5_000;
export const HEARTBEAT_MS = 1_000;
export const SILENCE_MS = 5_000;
export const BUSY_MS_MAX = 60_000;
const RETRY_MS = 1_000;
const BUSY = "another session of this account is open and brings every symbol";

export interface EaPolicy {
  readonly disconnect: number;
  readonly delayMs: number;
  readonly commandsPerS: number;
}

export interface SessionConfig {
  /** SHA-256 of the secret. */
  readonly key: Uint8Array;
  /** `login@server` of the accounts that may connect. */
  readonly accounts: ReadonlySet<string>;
  readonly crypto: Mtx1Crypto;
  readonly policy: EaPolicy;
}

export interface Now {
  /** Monotonic milliseconds. */
  readonly ms: number;
  /** UTC milliseconds. */
  readonly utcMs: number;
}

export type SessionEffect =
  | { readonly do: "send"; readonly codec: FrameCodec<unknown>; readonly value: unknown }
  /** The handshake gave a key: frames carry MACs from here on, in both directions. */
  | { readonly do: "key"; readonly key: Uint8Array }
  | { readonly do: "opened"; readonly login: bigint; readonly instanceId: bigint }
  | { readonly do: "clock"; readonly tradeServerS: number; readonly gmtS: number }
  | { readonly do: "deliver"; readonly frame: Frame }
  | { readonly do: "close"; readonly why: string };

/** A frame to send, its type checked here and forgotten afterwards. */
export const send = <T>(codec: FrameCodec<T>, value: T): SessionEffect => ({
  do: "send",
  codec: codec as FrameCodec<unknown>,
  value,
});

export type SessionState = "hello" | "auth" | "syncing" | "live" | "over";

export class EaSession {
  state: SessionState = "hello";
  /** Set by the terminal's heartbeats. */
  brokerConnected = true;
  /** The terminal's UTC minus ours as its last heartbeat came, its way here included; undefined before the first. */
  skewMs: number | undefined;
  readonly #config: SessionConfig;
  readonly #serverNonce: Uint8Array;
  readonly #sessionId: bigint;
  readonly #isBusy: (hello: Hello) => boolean;
  readonly #openedMs: number;
  #hello: Hello | undefined;
  #lastHeardMs: number;
  #busyMs = 0;
  #lastSentMs: number;
  #peerUtcMs = 0n;
  #peerHeardMs = 0;

  constructor(o: {
    config: SessionConfig;
    sessionId: bigint;
    /** 32 unpredictable bytes. */
    serverNonce: Uint8Array;
    /** Another session holds the stream, and this one would have nothing to bring. */
    isBusy: (hello: Hello) => boolean;
    now: Now;
  }) {
    this.#config = o.config;
    this.#sessionId = o.sessionId;
    this.#serverNonce = o.serverNonce;
    this.#isBusy = o.isBusy;
    this.#openedMs = o.now.ms;
    this.#lastHeardMs = o.now.ms;
    this.#lastSentMs = o.now.ms;
  }

  /** The handshake is over and the session is not. */
  get open(): boolean {
    return this.state === "syncing" || this.state === "live";
  }

  get account(): string {
    return this.#hello ? `${this.#hello.login}@${this.#hello.server}` : "";
  }

  onFrame(frame: Frame, now: Now): SessionEffect[] {
    if (this.state === "over") return [];
    this.#lastHeardMs = now.ms;
    if (frame.type === Bye.type) return this.#end("the EA said goodbye");
    if (this.state === "hello") return this.#onHello(frame, now);
    if (this.state === "auth") return this.#onAuth(frame, now);
    if (frame.type === Heartbeat.type) return this.#onHeartbeat(decodePayload(Heartbeat, frame.payload), now);
    if (frame.type === TimeInfo.type) {
      const info = decodePayload(TimeInfo, frame.payload);
      return [{ do: "clock", tradeServerS: Number(info.trade_server_s), gmtS: Number(info.gmt_s) }];
    }
    const known = FRAME_BY_TYPE.get(frame.type);
    // Unknown types are a newer EA's business; a frame that only the connector may send is not.
    if (!known) return [];
    if (known.from === "connector" || frame.type === Hello.type || frame.type === Auth.type)
      return this.refuse(BYE_CODE.protocol, `${known.name} is not for the EA to send now`);
    return [{ do: "deliver", frame }];
  }

  #onHello(frame: Frame, now: Now): SessionEffect[] {
    if (frame.type !== Hello.type) return this.#reject(BYE_CODE.protocol, "a session begins with HELLO");
    const hello = decodePayload(Hello, frame.payload);
    if (hello.proto_min > FRAME_VERSION || hello.proto_max < FRAME_VERSION)
      return this.#reject(BYE_CODE.version, `this connector speaks version ${FRAME_VERSION}: update the EA`);
    if (!this.#config.accounts.has(`${hello.login}@${hello.server}`))
      return this.#reject(BYE_CODE.account, `account ${hello.login}@${hello.server} is not in LOCKSTEP_ACCOUNTS`);
    if (this.#isBusy(hello)) return this.#reject(BYE_CODE.busy, BUSY, RETRY_MS);
    this.#hello = hello;
    this.state = "auth";
    return [
      send(Challenge, {
        server_nonce: this.#serverNonce,
        proto: FRAME_VERSION,
        heartbeat_ms: HEARTBEAT_MS,
        max_frame: MTX1_PAYLOAD_MAX,
        utc_ms: BigInt(now.utcMs),
      }),
    ];
  }

  #onAuth(frame: Frame, now: Now): SessionEffect[] {
    const hello = this.#hello;
    if (frame.type !== Auth.type || !hello) return this.#reject(BYE_CODE.protocol, "AUTH must follow CHALLENGE");
    const { crypto, key, policy } = this.#config;
    const nonces = { serverNonce: this.#serverNonce, clientNonce: hello.client_nonce };
    if (!equalBytes(decodePayload(Auth, frame.payload).mac, authMac(crypto, key, nonces, hello)))
      return this.#reject(BYE_CODE.auth, "the secret is not the connector's");
    // Two handshakes may have run side by side.
    if (this.#isBusy(hello)) return this.#reject(BYE_CODE.busy, BUSY, RETRY_MS);
    this.state = "syncing";
    return [
      send(Welcome, {
        mac: welcomeMac(crypto, key, nonces, this.#sessionId),
        session_id: this.#sessionId,
        utc_ms: BigInt(now.utcMs),
        disconnect_policy: policy.disconnect,
        policy_delay_ms: policy.delayMs,
        max_cmd_per_s: policy.commandsPerS,
      }),
      { do: "key", key: sessionKey(crypto, key, nonces) },
      { do: "opened", login: hello.login, instanceId: hello.instance_id },
    ];
  }

  #onHeartbeat(beat: Heartbeat, now: Now): SessionEffect[] {
    this.#busyMs = Math.min(beat.busy_ms, BUSY_MS_MAX);
    this.#peerUtcMs = beat.sender_utc_ms;
    this.#peerHeardMs = now.ms;
    this.skewMs = Number(beat.sender_utc_ms) - now.utcMs;
    this.brokerConnected = (beat.flags & HEARTBEAT_FLAG.broker_connected) !== 0;
    return [];
  }

  /** Everything is in step: commands may follow. */
  onSynced(now: Now): SessionEffect[] {
    if (this.state !== "syncing") return [];
    this.state = "live";
    // The EA judges expiry by the connector's clock: it hears the time before the first command.
    return [this.heartbeat(now), send(GoLive, {})];
  }

  /** A new look at the broker's state is needed before the next command. */
  onResync(): void {
    if (this.state === "live") this.state = "syncing";
  }

  /** The stream is broken: the first bad frame ends the session. */
  onBadStream(error: LockstepError): SessionEffect[] {
    return this.refuse(error.code === "bad_mac" ? BYE_CODE.auth : BYE_CODE.protocol, error.message);
  }

  onClosed(): void {
    this.state = "over";
  }

  tick(now: Now): SessionEffect[] {
    if (this.state === "over") return [];
    if (!this.open) {
      if (now.ms - this.#openedMs <= HANDSHAKE_MS) return [];
      return this.#reject(BYE_CODE.protocol, `the handshake took longer than ${HANDSHAKE_MS} ms`);
    }
    const silentMs = now.ms - this.#lastHeardMs;
    if (silentMs > SILENCE_MS + this.#busyMs)
      return this.#end(`nothing was heard for ${Math.round(silentMs)} ms (announced: ${this.#busyMs})`);
    if (now.ms - this.#lastSentMs < HEARTBEAT_MS) return [];
    return [this.heartbeat(now)];
  }

  /** Also carries an acknowledgement when there is nothing else to say. */
  heartbeat(now: Now): SessionEffect {
    this.#lastSentMs = now.ms;
    return send(Heartbeat, {
      sender_utc_ms: BigInt(now.utcMs),
      echo_peer_ms: this.#peerUtcMs,
      echo_held_ms: this.#peerHeardMs === 0 ? 0 : Math.max(0, Math.round(now.ms - this.#peerHeardMs)),
      flags: this.state === "live" ? HEARTBEAT_FLAG.live : 0,
      trade_server_ms: 0n,
      ping_us: 0,
      busy_ms: 0,
    });
  }

  /** Says why and closes. */
  refuse(code: number, text: string): SessionEffect[] {
    if (this.state === "over") return [];
    if (!this.open) return this.#reject(code, text);
    return [send(Bye, { code, retry_after_ms: 0, text: cut(text) }), ...this.#end(text)];
  }

  #reject(code: number, text: string, retry_after_ms = 0): SessionEffect[] {
    return [send(Reject, { code, retry_after_ms, text: cut(text) }), ...this.#end(text)];
  }

  #end(why: string): SessionEffect[] {
    this.state = "over";
    return [{ do: "close", why }];
  }
}

const cut = (text: string): string => text.replace(/[^ -~]/g, "?").slice(0, 255);
