// The smallest EA that a test or bench needs: it speaks MTX1 over a real socket and does only what it is told. The
// simulated terminal with a market and a broker is test/terminal.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { EDGE_NODE_FLAGS } from "#mesh/service/node-flags.ts";
import * as m from "#proto/generated/mtx1.ts";
import { Deframer, decodePayload, type Frame, type FrameCodec, Framer } from "#proto/mtx1/frame.ts";
import { authMac, secretKey, sessionKey } from "#proto/mtx1/handshake.ts";
import { CMD_STATE, HEARTBEAT_FLAG } from "#proto/mtx1.ts";
import { mtx1Crypto } from "./crypto-io.ts";

export const SECRET = "test-secret-0001";
export const LOGIN = 1n;
export const SERVER = "Demo";

export interface TinyTick {
  readonly ms: number;
  readonly bid: number;
  readonly ask: number;
}

export interface TinyEaOptions {
  readonly port: number;
  readonly secret?: string;
  /** LOGIN unless given. */
  readonly login?: bigint;
  readonly instanceId?: bigint;
  /** What its terminal has; EURUSD unless given. */
  readonly symbols?: readonly string[];
  /** 0 netting, 2 hedging. */
  readonly marginMode?: number;
  /** One a second, as an EA does. */
  readonly heartbeats?: boolean;
  /** Over TLS, trusting this certificate (PEM). */
  readonly trust?: Buffer;
  /** M1 bars before this time, for warm-up. */
  readonly barsUntilMs: number;
  /** Broker clock and GMT, seconds. */
  readonly clock: () => { trade: number; gmt: number };
  readonly onCommand?: (cmd: m.Cmd, ea: TinyEa) => void;
  /** What the journal of this EA says after a reconnect; CMD_STATE, none unless given. */
  readonly stateOf?: (id: string) => number;
  readonly dealsInSnapshot?: () => m.DealsRow[];
  /** Answers CAL_REQ; without it there is no calendar. */
  readonly onCalendar?: (request: m.CalReq, ea: TinyEa) => void;
}

export const SPEC: m.SymbolSpec = {
  symbol_id: 7,
  digits: 5,
  trade_mode: 4,
  exec_mode: 2,
  calc_mode: 0,
  filling_bits: 3,
  expiration_bits: 15,
  order_bits: 127,
  chart_mode: 0,
  gtc_mode: 0,
  bools: 1,
  stops_level: 0,
  freeze_level: 0,
  spread: 10,
  point: 0.00001,
  tick_size: 0.00001,
  tick_value: 1,
  tick_value_profit: 1,
  tick_value_loss: 1,
  contract_size: 100_000,
  vol_min: 0.01,
  vol_max: 100,
  vol_step: 0.01,
  vol_limit: 0,
  swap_long: 0,
  swap_short: 0,
  margin_initial: 0,
  margin_maint: 0,
  margin_hedged: 0,
  swap_mode: 0,
  rollover3: 3,
  name: "EURUSD",
  base_currency: "EUR",
  profit_currency: "USD",
  margin_currency: "EUR",
  path: "Forex\\EURUSD",
  description: "",
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export class TinyEa {
  readonly framer = new Framer();
  readonly deframer = new Deframer();
  readonly socket: Socket;
  readonly commands: m.Cmd[] = [];
  readonly subscribed: m.Subscribe[] = [];
  /** Ids asked for in RESYNC_REQ and CMD_QUERY. */
  readonly asked: string[] = [];
  acked = 0;
  live = false;
  refusal: m.Reject | m.Bye | undefined;
  /** Called after each chunk from the connector. */
  onChange: () => void = () => undefined;
  readonly #o: TinyEaOptions;
  readonly #symbols: readonly m.SymbolSpec[];
  readonly #nonce = new Uint8Array(randomBytes(16));
  closed = false;

  constructor(options: TinyEaOptions) {
    this.#o = options;
    this.#symbols = (options.symbols ?? [SPEC.name]).map((name, i) => ({
      ...SPEC,
      name,
      symbol_id: SPEC.symbol_id + i,
    }));
    const { port, trust } = options;
    this.socket = trust
      ? connectTls({ host: "127.0.0.1", servername: "localhost", port, ca: trust })
      : connect({ host: "127.0.0.1", port, noDelay: true });
    this.socket.on("data", (chunk: Uint8Array) => {
      this.deframer.feed(chunk, (frame) => this.#onFrame(frame));
      this.onChange();
    });
    this.socket.on("error", () => undefined);
    const beats = options.heartbeats ? setInterval(() => this.#beat(), 1_000) : undefined;
    this.socket.on("close", () => {
      clearInterval(beats);
      this.closed = true;
      this.onChange();
    });
    this.socket.on(trust ? "secureConnect" : "connect", () =>
      this.send(m.Hello, {
        proto_min: 1,
        proto_max: 1,
        caps: 0,
        login: this.login,
        instance_id: options.instanceId ?? 5n,
        client_nonce: this.#nonce,
        trade_mode: 0,
        margin_mode: options.marginMode ?? 0,
        ea_version: 1,
        terminal_build: 4000,
        server: SERVER,
        company: "",
        currency: "USD",
        terminal: "tiny",
      }),
    );
  }

  #beat(): void {
    if (!this.live) return;
    const times = { sender_utc_ms: BigInt(Date.now()), echo_peer_ms: 0n, echo_held_ms: 0, trade_server_ms: 0n };
    this.send(m.Heartbeat, { ...times, flags: HEARTBEAT_FLAG.broker_connected, ping_us: 0, busy_ms: 0 });
  }

  send<T>(codec: FrameCodec<T>, value: T): number {
    if (!this.socket.destroyed) this.socket.write(this.framer.encode(codec, value));
    return this.framer.seq;
  }

  #onFrame(frame: Frame): void {
    this.acked = frame.ack;
    const { type, payload } = frame;
    if (type === m.Challenge.type) this.#onChallenge(decodePayload(m.Challenge, payload));
    else if (type === m.Welcome.type) this.#onWelcome();
    else if (type === m.Subscribe.type) this.#onSubscribe(decodePayload(m.Subscribe, payload));
    else if (type === m.ResyncReq.type) this.#onResync(decodePayload(m.ResyncReq, payload));
    else if (type === m.CmdQuery.type) this.#status(decodePayload(m.CmdQuery, payload).commands);
    else if (type === m.GoLive.type) this.live = true;
    else if (type === m.CalReq.type) this.#o.onCalendar?.(decodePayload(m.CalReq, payload), this);
    else if (type === m.Reject.type || type === m.Bye.type) this.refusal = decodePayload(m.Bye, payload);
    else if (type === m.Cmd.type) {
      const cmd = decodePayload(m.Cmd, payload);
      this.commands.push(cmd);
      this.#o.onCommand?.(cmd, this);
    }
  }

  #nonces: { serverNonce: Uint8Array; clientNonce: Uint8Array } = {
    serverNonce: new Uint8Array(32),
    clientNonce: new Uint8Array(16),
  };

  #onChallenge({ server_nonce }: m.Challenge): void {
    this.#nonces = { serverNonce: server_nonce, clientNonce: this.#nonce };
    const key = secretKey(mtx1Crypto, this.#o.secret ?? SECRET);
    this.send(m.Auth, { mac: authMac(mtx1Crypto, key, this.#nonces, { login: this.login, server: SERVER }) });
    const mac = { crypto: mtx1Crypto, key: sessionKey(mtx1Crypto, key, this.#nonces) };
    this.deframer.mac = mac;
    this.framer.mac = mac;
  }

  #onWelcome(): void {
    const { trade, gmt } = this.#o.clock();
    this.send(m.TimeInfo, {
      trade_server_s: BigInt(trade),
      gmt_s: BigInt(gmt),
      current_s: BigInt(trade),
      last_tick_msc: 0n,
      offset_s: trade - gmt,
      flags: 0,
    });
  }

  #onSubscribe(subscribe: m.Subscribe): void {
    this.subscribed.push(subscribe);
    const wanted = this.#symbols.filter(({ name }) => subscribe.symbols.some(({ symbol }) => symbol === name));
    for (const spec of wanted) this.send(m.SymbolSpec, spec);
    this.send(m.Account, {
      login: this.login,
      trade_mode: 0,
      margin_mode: this.#o.marginMode ?? 0,
      perms: 31,
      currency_digits: 2,
      leverage: 100,
      balance: 10_000,
      credit: 0,
      profit: 0,
      equity: 10_000,
      margin: 0,
      margin_free: 10_000,
      margin_level: 0,
      so_call: 50,
      so_so: 30,
      so_mode: 0,
      limit_orders: 200,
      server_ms: BigInt(this.#o.clock().trade * 1000),
      currency: "USD",
      server: SERVER,
      company: "",
    });
    const firstS = Math.floor(this.#o.barsUntilMs / 60_000) * 60 - 120 * 60;
    const rows = Array.from({ length: 120 }, (_, i) => ({
      open_time_s: BigInt(firstS + i * 60),
      open: 1.386,
      high: 1.3862 + (i % 3) / 1e4,
      low: 1.3858,
      close: 1.386 + ((i * 7) % 5) / 1e5,
      tick_volume: 10n,
      real_volume: 0n,
      spread: 10,
    }));
    for (const { symbol_id } of wanted) this.send(m.Bars, { symbol_id, tf_minutes: 1, flags: 0, rows });
  }

  #onResync(request: m.ResyncReq): void {
    const deals = this.#o.dealsInSnapshot?.() ?? [];
    this.send(m.SnapshotBegin, { id: 3, sections: request.sections });
    if (deals.length > 0) this.send(m.Deals, { snapshot_id: 3, rows: deals });
    this.send(m.SnapshotEnd, { id: 3, positions: 0, orders: 0, deals: deals.length, trade_server_ms: 0n });
    this.#status(request.commands);
  }

  #status(commands: readonly { cmd_id: Uint8Array }[]): void {
    for (const { cmd_id } of commands) {
      this.asked.push(hex(cmd_id));
      this.send(m.CmdStatus, {
        cmd_id,
        status: 1,
        state: this.#o.stateOf?.(hex(cmd_id)) ?? CMD_STATE.none,
        last_retcode: 0,
        ea_utc_ms: 0n,
        order: 0n,
        deal: 0n,
        text: "",
      });
    }
  }

  get login(): bigint {
    return this.#o.login ?? LOGIN;
  }

  ticks(rows: readonly TinyTick[], symbol = this.#symbols[0]?.name): number {
    const base = rows[0]?.ms ?? 0;
    return this.send(m.Ticks, {
      symbol_id: this.#symbols.find(({ name }) => name === symbol)?.symbol_id ?? SPEC.symbol_id,
      source: 0,
      flags: 0,
      base_msc: BigInt(base),
      index_of_first: 0n,
      rows: rows.map(({ ms, bid, ask }) => ({ dt_ms: ms - base, flags: 6, bid, ask, last: 0, volume_real: 0 })),
    });
  }

  result(cmd: m.Cmd, o: { retcode: number; final: boolean; volume?: number; price?: number }): void {
    this.send(m.CmdResult, {
      cmd_id: cmd.cmd_id,
      retcode: o.retcode,
      external: 0,
      request_id: 1,
      last_error: 0,
      order: 900n,
      deal: 0n,
      volume: o.volume ?? 0,
      price: o.price ?? 0,
      bid: 0,
      ask: 0,
      t_recv_us: 0n,
      t_send_us: 0n,
      t_done_us: 0n,
      send_ok: 1,
      final: o.final ? 1 : 0,
      comment: "",
    });
  }

  async until(done: () => boolean, what: string, ms = 15_000): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not happen within ${ms} ms`)), ms);
      const before = this.onChange;
      this.onChange = () => {
        before();
        if (!done()) return;
        clearTimeout(timer);
        this.onChange = before;
        resolve();
      };
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface ConnectorProcess {
  readonly port: number;
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Of one account, the first where none is named. */
  status(account?: string): Promise<Record<string, unknown>>;
}

/** The real connector as a child process. */
export async function startConnectorProcess(o: {
  dataDir: string;
  env?: Readonly<Record<string, string>>;
}): Promise<ConnectorProcess> {
  const main = new URL("./main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [...EDGE_NODE_FLAGS, main], {
    env: {
      ...process.env,
      PORT: "0",
      LOG_LEVEL: "warn",
      LOCKSTEP_EDGE_DATA: o.dataDir,
      LOCKSTEP_EA_SECRET: SECRET,
      LOCKSTEP_ACCOUNTS: `${LOGIN}@${SERVER}`,
      LOCKSTEP_SYMBOLS: "EURUSD",
      ...o.env,
    },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { port: number }).port));
    void exit.then((code) => reject(new Error(`the connector ended with ${code} before it was ready`)));
  });
  return {
    port,
    pid: child.pid as number,
    kill: (signal) => {
      child.kill(signal);
      return exit;
    },
    status: async (account) => {
      const query = account === undefined ? "" : `?account=${account}`;
      return (await (await fetch(`http://127.0.0.1:${port}/status${query}`)).json()) as Record<string, unknown>;
    },
  };
}
