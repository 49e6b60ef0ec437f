// A tiny connector for the terminal's own tests: answers the handshake, keeps what it is told as a journal would, orders
// by a fixed rule. A pure machine; `crash` forgets the session and nothing else.
import { createHash, createHmac } from "node:crypto";
import * as m from "#proto/generated/mtx1.ts";
import { Deframer, decodePayload, type Frame, type FrameCodec, Framer } from "#proto/mtx1/frame.ts";
import { authMac, equalBytes, type Mtx1Crypto, secretKey, sessionKey, welcomeMac } from "#proto/mtx1/handshake.ts";
import { eachTick } from "#proto/mtx1/ticks.ts";
import { CMD_ACTION, CMD_STATE, SECTION } from "#proto/mtx1.ts";

export const testCrypto: Mtx1Crypto = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  hmac: (key, ...parts) => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return new Uint8Array(hmac.digest());
  },
};

export interface StubOptions {
  readonly secret: string;
  readonly symbols: readonly string[];
  /** An order after every so many ticks, 0 = never. */
  readonly orderEvery: number;
  /** Opens and closes in turn (netting) or only opens and reverses. */
  readonly volume: (order: number) => number;
  readonly onFrame?: (frame: Frame) => void;
}

interface Command {
  readonly cmd: Omit<m.Cmd, "symbol_id">;
  readonly symbol: string;
  state: number;
}

const FINAL: readonly number[] = [CMD_STATE.done, CMD_STATE.rejected, CMD_STATE.expired, CMD_STATE.not_found];

export class StubConnector {
  readonly out: Uint8Array[] = [];
  readonly ticks: string[] = [];
  readonly deals = new Map<bigint, m.DealsRow>();
  readonly commands = new Map<string, Command>();
  readonly acks: m.CmdAck[] = [];
  readonly results: m.CmdResult[] = [];
  snapshotPositions: m.PositionsRow[] = [];
  account: m.Account | undefined;
  hello: m.Hello | undefined;
  bars = 0;
  live = false;
  sessions = 0;
  ended = false;
  serverNonce: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => i);
  sessionId = 99n;
  private readonly o: StubOptions;
  private framer = new Framer();
  private deframer = new Deframer();
  private readonly ids = new Map<string, number>();
  private readonly names = new Map<number, string>();
  private readonly cursor = new Map<string, { ms: number; rows: string[]; owed: string[] }>();
  private marketMs = 0;

  constructor(options: StubOptions) {
    this.o = options;
  }

  /** The line or the process is gone; what was journaled stays. */
  crash(): void {
    this.framer = new Framer();
    this.deframer = new Deframer();
    this.out.length = 0;
    this.live = false;
    this.ids.clear();
    this.names.clear();
  }

  /** Loses every tick: nothing of them was durable. */
  loseTicks(): void {
    this.ticks.length = 0;
    this.cursor.clear();
  }

  get openCommands(): string[] {
    return [...this.commands].filter(([, { state }]) => !FINAL.includes(state)).map(([id]) => id);
  }

  onBytes(bytes: Uint8Array): void {
    const before = this.deframer.seq;
    this.deframer.feed(bytes, (frame) => this.onFrame(frame));
    if (this.deframer.seq !== before && this.framer.seq > 1) this.heartbeat();
  }

  heartbeat(): void {
    this.send(m.Heartbeat, {
      sender_utc_ms: BigInt(Date.now()),
      echo_peer_ms: 0n,
      echo_held_ms: 0,
      flags: 0,
      trade_server_ms: 0n,
      ping_us: 0,
      busy_ms: 0,
    });
  }

  send<T>(codec: FrameCodec<T>, value: T): void {
    this.framer.ack = this.deframer.seq;
    this.out.push(this.framer.encode(codec, value));
  }

  private onFrame(frame: Frame): void {
    this.o.onFrame?.(frame);
    const { type, payload } = frame;
    if (type === m.Hello.type) this.onHello(decodePayload(m.Hello, payload));
    else if (type === m.Auth.type) this.onAuth(decodePayload(m.Auth, payload));
    else if (type === m.TimeInfo.type && !this.live) this.sync();
    else if (type === m.SymbolSpec.type) this.onSpec(decodePayload(m.SymbolSpec, payload));
    else if (type === m.Bars.type) this.bars += decodePayload(m.Bars, payload).rows.length;
    else if (type === m.Ticks.type) this.onTicks(payload);
    else if (type === m.Deals.type)
      for (const row of decodePayload(m.Deals, payload).rows) this.deals.set(row.deal, row);
    else if (type === m.Account.type) this.account = decodePayload(m.Account, payload);
    else if (type === m.Positions.type) this.onPositions(decodePayload(m.Positions, payload));
    else if (type === m.SnapshotEnd.type) this.goLive();
    else if (type === m.CmdAck.type) this.onAck(decodePayload(m.CmdAck, payload));
    else if (type === m.CmdStatus.type) this.onStatus(decodePayload(m.CmdStatus, payload));
    else if (type === m.CmdResult.type) this.onResult(decodePayload(m.CmdResult, payload));
    else if (type === m.Bye.type) this.ended = true;
  }

  private onHello(hello: m.Hello): void {
    this.hello = hello;
    this.sessions++;
    this.send(m.Challenge, {
      server_nonce: this.serverNonce,
      proto: 1,
      heartbeat_ms: 1000,
      max_frame: 1_048_576,
      utc_ms: BigInt(Date.now()),
    });
  }

  private onAuth({ mac }: m.Auth): void {
    const { hello } = this;
    if (!hello) throw new Error("AUTH before HELLO");
    const key = secretKey(testCrypto, this.o.secret);
    const nonces = { serverNonce: this.serverNonce, clientNonce: hello.client_nonce };
    if (!equalBytes(mac, authMac(testCrypto, key, nonces, hello))) {
      this.send(m.Reject, { code: 2, retry_after_ms: 0, text: "wrong secret" });
      return;
    }
    this.send(m.Welcome, {
      mac: welcomeMac(testCrypto, key, nonces, this.sessionId),
      session_id: this.sessionId,
      utc_ms: BigInt(Date.now()),
      disconnect_policy: 0,
      policy_delay_ms: 0,
      max_cmd_per_s: 0,
    });
    const session = { crypto: testCrypto, key: sessionKey(testCrypto, key, nonces) };
    this.framer.mac = session;
    this.deframer.mac = session;
  }

  private sync(): void {
    for (const cursor of this.cursor.values()) cursor.owed = [...cursor.rows];
    this.send(m.Subscribe, {
      flags: 1,
      symbols: this.o.symbols.map((symbol) => ({
        what: this.cursor.has(symbol) ? 1 : 3,
        from_msc: BigInt(this.cursor.get(symbol)?.ms ?? 0),
        symbol,
      })),
    });
    const commands = this.openCommands.map((id) => ({ cmd_id: Uint8Array.from(Buffer.from(id, "hex")) }));
    const sections = SECTION.account | SECTION.positions | SECTION.orders | SECTION.deals;
    this.send(m.ResyncReq, { sections, history_from_s: 0n, commands });
  }

  private onSpec(spec: m.SymbolSpec): void {
    this.ids.set(spec.name, spec.symbol_id);
    this.names.set(spec.symbol_id, spec.name);
  }

  private goLive(): void {
    this.live = true;
    this.send(m.GoLive, {});
  }

  private onPositions({ snapshot_id, rows }: m.Positions): void {
    if (snapshot_id !== 0) this.snapshotPositions = [...rows];
  }

  private onTicks(payload: Uint8Array): void {
    const id = new DataView(payload.buffer, payload.byteOffset).getUint16(0, true);
    const symbol = this.names.get(id) ?? "?";
    const cursor = this.cursor.get(symbol) ?? { ms: 0, rows: [], owed: [] };
    this.cursor.set(symbol, cursor);
    eachTick(payload, (ms, flags, bid, ask) => {
      const row = `${symbol} ${ms} ${flags} ${bid} ${ask}`;
      const owed = cursor.owed.indexOf(row);
      if (owed >= 0) {
        cursor.owed.splice(owed, 1);
        return;
      }
      if (ms > cursor.ms) cursor.rows = [];
      cursor.ms = Math.max(cursor.ms, ms);
      cursor.rows.push(row);
      this.marketMs = Math.max(this.marketMs, ms);
      this.ticks.push(row);
      if (this.o.orderEvery > 0 && this.ticks.length % this.o.orderEvery === 0) this.order(symbol, { bid, ask });
    });
  }

  private order(symbol: string, quote: { bid: number; ask: number }): void {
    const number = this.commands.size + 1;
    const side = number % 2;
    const id = createHash("sha256").update(`order ${number}`).digest().subarray(0, 16);
    const cmd: Command["cmd"] = {
      cmd_id: new Uint8Array(id),
      action: CMD_ACTION.market,
      order_type: side,
      filling: 255,
      time_type: 0,
      flags: 1,
      deviation_pts: 20,
      max_spread_pts: 0,
      issued_utc_ms: BigInt(this.marketMs),
      expires_utc_ms: BigInt(this.marketMs + 2000),
      volume: this.o.volume(number),
      price: side === 0 ? quote.ask : quote.bid,
      stoplimit: 0,
      sl: 0,
      tp: 0,
      order_expiration_s: 0n,
      position: 0n,
      position_by: 0n,
      order: 0n,
      magic: BigInt(number),
      guard_price: 0,
      tag: "test",
    };
    const command = { cmd, symbol, state: CMD_STATE.none };
    this.commands.set(id.toString("hex"), command);
    this.sendCommand(command);
  }

  private sendCommand({ cmd, symbol }: Command): void {
    const symbol_id = this.ids.get(symbol);
    if (symbol_id !== undefined) this.send(m.Cmd, { ...cmd, symbol_id });
  }

  /** A command once more, with some of it changed. */
  sendAgain(id: string, changes: Partial<m.Cmd> & { symbol_id: number }): void {
    const command = this.commands.get(id);
    if (command) this.send(m.Cmd, { ...command.cmd, ...changes });
  }

  private onAck(ack: m.CmdAck): void {
    this.acks.push(ack);
    const command = this.commands.get(Buffer.from(ack.cmd_id).toString("hex"));
    if (command && !FINAL.includes(command.state)) command.state = ack.state;
  }

  /** A command that never arrived is sent again until it has expired. */
  private onStatus(status: m.CmdStatus): void {
    const command = this.commands.get(Buffer.from(status.cmd_id).toString("hex"));
    if (!command) return;
    if (status.state !== CMD_STATE.none) command.state = status.state;
    else if (Number(command.cmd.expires_utc_ms) > this.marketMs) this.sendCommand(command);
    else command.state = CMD_STATE.expired;
  }

  private onResult(result: m.CmdResult): void {
    this.results.push(result);
    const command = this.commands.get(Buffer.from(result.cmd_id).toString("hex"));
    if (!command || !result.final) return;
    const good = [0, 10009, 10010].includes(result.retcode);
    command.state = good ? CMD_STATE.done : CMD_STATE.rejected;
  }

  /** Micro-lots by symbol, from the deals. */
  netPositions(): Record<string, number> {
    const net: Record<string, number> = {};
    for (const deal of this.deals.values()) {
      const symbol = this.names.get(deal.symbol_id) ?? "?";
      net[symbol] = (net[symbol] ?? 0) + Math.round(deal.volume * 1e6) * (deal.type === 0 ? 1 : -1);
    }
    return Object.fromEntries(Object.entries(net).filter(([, volume]) => volume !== 0));
  }
}
