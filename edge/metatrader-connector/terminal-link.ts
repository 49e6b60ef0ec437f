// The lines to the account's terminals, and what their frames mean to the hot path. One session holds the stream: it alone
// tells of account, orders and positions and gets commands. Others only bring symbols that it has not (feeders). Bytes in,
// bytes out; no sockets and no clock of its own, so that tests run it without either.
import { LockstepError } from "#proto/errors.ts";
import {
  Bars,
  Cmd,
  CmdAck,
  CmdQuery,
  CmdResult,
  CmdStatus,
  Gap,
  Subscribe,
  SymbolSpec,
  Ticks,
  TradeTx,
} from "#proto/generated/mtx1.ts";
import { Link } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { decodePayload, type Frame } from "#proto/mtx1/frame.ts";
import { BYE_CODE, SUBSCRIBE_WHAT } from "#proto/mtx1.ts";
import { LINK, SOURCE } from "#proto/records.ts";
import type { Random } from "#proto/world.ts";
import type { BrokerTime } from "./broker-time.ts";
import type { CalendarEntry } from "./calendar.ts";
import { makeCommand } from "./command.ts";
import { Connection } from "./connection.ts";
import type { EaCalendar } from "./ea-calendar.ts";
import { EaSession, type Now, type SessionConfig, type SessionEffect, send } from "./ea-session.ts";
import type { HotPath } from "./hot-path.ts";
import type { OrderEffect } from "./orders.ts";

/** Transactions can get lost inside a terminal: the broker's lists are read this often even when nothing seems amiss. */
const LOOK_MS = 60_000;
/** And this soon when an order is said to be done and its fills do not come. */
const LOOK_FOR_FILLS_MS = 10_000;
/** Deals and history orders are asked for from this long before the last thing heard. */
const HISTORY_S = 300;
/** Sessions of one account at once. */
const SESSIONS_MAX = 8;
const NS_PER_S = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** What a feeder is heard of. */
const FEEDER_FRAMES: ReadonlySet<number> = new Set([Ticks.type, Bars.type, Gap.type, SymbolSpec.type]);

export interface LinkConfig {
  readonly session: SessionConfig;
  readonly symbols: readonly string[];
  readonly random: Random;
  /** What the terminal says of the economic calendar. */
  readonly onCalendar?: (entries: readonly CalendarEntry[]) => void;
}

const SESSIONS_AN_EPOCH = 2 ** 32;

export class TerminalLink {
  /** The connection that holds the stream. */
  current: Connection | undefined;
  /** Every connection whose handshake is over: the one that holds the stream, and feeders. */
  readonly open = new Set<Connection>();
  readonly counts = {
    connections: 0,
    refused: 0,
    bad_frames: 0,
    commands: 0,
    queries: 0,
    trade_tx: 0,
    /** Frames of feeders that only the session that holds the stream may send. */
    not_holder: 0,
  };
  /** Why the last session ended. */
  lastEnd = "";
  readonly #hot: HotPath;
  readonly #config: LinkConfig;
  readonly #brokerTime: BrokerTime;
  #lastInstanceId = 0n;
  #sessions: number;

  constructor(o: { hot: HotPath; config: LinkConfig; brokerTime: BrokerTime }) {
    this.#hot = o.hot;
    this.#config = o.config;
    this.#brokerTime = o.brokerTime;
    this.#sessions = o.hot.book.sessions;
  }

  get state(): number {
    if (!this.current) return LINK.down;
    return this.current.session.state === "live" ? LINK.live : LINK.syncing;
  }

  get calendarCounts(): Partial<EaCalendar["counts"]> {
    return this.current?.calendar.counts ?? {};
  }

  connect(now: Now): Connection {
    this.counts.connections++;
    const sessionId = BigInt(++this.#sessions);
    const session = new EaSession({
      config: this.#config.session,
      sessionId,
      serverNonce: this.#config.random.bytes(32),
      isBusy: (hello) => this.#isBusy(hello.instance_id),
      now,
    });
    return new Connection({ session, sessionId, brokerTime: this.#brokerTime });
  }

  /** Beside a session of another EA only one is let in that may bring a symbol nobody has brought yet. */
  #isBusy(instanceId: bigint): boolean {
    if (!this.current) return false;
    const again = [...this.open].some((connection) => connection.instanceId === instanceId);
    const live = this.current.session.state === "live";
    return again || !live || this.open.size >= SESSIONS_MAX || this.#unfed().length === 0;
  }

  /** Symbols that no open session brings. */
  #unfed(): string[] {
    return this.#config.symbols.filter((name) => !this.#hot.door.isFed(name));
  }

  /** Sessions that only bring symbols. */
  get feeders(): number {
    return this.open.size - (this.current ? 1 : 0);
  }

  /** Whatever the bytes hold is decided and staged when this returns; the caller writes `out`. */
  onBytes(connection: Connection, chunk: Uint8Array, now: Now): void {
    connection.recorded = false;
    try {
      connection.deframer.feed(chunk, (frame) => {
        this.#effects(connection, connection.session.onFrame(frame, now), now);
      });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.counts.bad_frames++;
      this.#effects(connection, connection.session.onBadStream(error), now);
    }
    this.#hot.commit();
    this.#rememberAck(connection, now);
  }

  #rememberAck(connection: Connection, now: Now): void {
    // What was not journaled is not acknowledged.
    if (this.#hot.failure) return;
    connection.acks.push({ frame: connection.deframer.seq, seq: this.#hot.lastSeq });
    if (connection.recorded) connection.ackDue = true;
    this.#acknowledge(connection, this.#hot.durableSeq, now);
  }

  /** Orders leave before, or with, the acknowledgement of the frames that caused them. */
  onDurable(seq: bigint, now: Now): void {
    this.#hot.onDurable(seq);
    for (const connection of this.open) this.#acknowledge(connection, seq, now);
  }

  #acknowledge(connection: Connection, seq: bigint, now: Now): void {
    let acked = -1;
    for (;;) {
      const next = connection.acks[0];
      if (!next || next.seq > seq) break;
      acked = next.frame;
      connection.acks.shift();
    }
    if (acked < 0) return;
    connection.framer.ack = acked;
    if (!connection.ackDue || connection.acks.length > 0 || !connection.session.open) return;
    connection.ackDue = false;
    this.#effects(connection, [connection.session.heartbeat(now)], now);
  }

  onClosed(connection: Connection): void {
    connection.session.onClosed();
    this.#release(connection, "the connection was closed");
    this.#hot.commit();
  }

  #release(connection: Connection, why: string): void {
    if (!this.open.delete(connection)) return;
    const orphans = connection.door ? this.#hot.door.onSessionEnd(connection.door) : [];
    const held = this.current === connection;
    if (held) {
      this.current = undefined;
      this.lastEnd = why;
      this.#lastInstanceId = connection.instanceId;
      this.#hot.orders.onDown(this.#hot.now());
      this.#recordLink(connection, LINK.down);
    }
    for (const other of this.open) if (held || this.#mayTakeOver(other, orphans)) other.returns = true;
  }

  /** A feeder may have the symbols that nobody brings now; the session that holds the stream has what it has told of. */
  #mayTakeOver(connection: Connection, orphans: readonly number[]): boolean {
    const { door } = connection;
    if (connection !== this.current) return orphans.length > 0;
    return door !== undefined && orphans.some((index) => this.#hot.door.sessionSymbolId(door, index) !== undefined);
  }

  /** A new session, with cursors of its own, takes over what an ended one has brought: nothing is missed or told twice. */
  #sendBack(now: Now): void {
    for (const connection of this.open) {
      if (!connection.returns) continue;
      const text = "another session is over: come back and take over its part";
      this.#effects(connection, connection.session.refuse(BYE_CODE.superseded, text), now);
    }
  }

  tick(now: Now): void {
    this.#sendBack(now);
    for (const connection of this.open) this.#effects(connection, connection.session.tick(now), now);
    const { current } = this;
    if (current) {
      this.#effects(current, current.reconcile.tick(now.ms), now);
      this.#watchBroker(current, now);
      this.#lookAgain(current, now);
      if (current.session.state === "live" && !this.#hot.failure)
        this.#effects(current, current.calendar.tick(now), now);
    }
    if (!this.#hot.failure) this.#hot.onOrderEffects(this.#hot.orders.tick(this.#hot.now()));
    this.#hot.commit();
  }

  /** Back at the broker: stops, targets and pendings may have been executed meanwhile, so everything is read again. */
  #watchBroker(connection: Connection, now: Now): void {
    const { session } = connection;
    const returned = session.brokerConnected && !connection.brokerConnected;
    connection.brokerConnected = session.brokerConnected;
    if (!returned || session.state !== "live") return;
    session.onResync();
    this.#hot.orders.onDown(this.#hot.now());
    this.#recordLink(connection, LINK.syncing);
    this.#effects(connection, this.#resync(connection, now), now);
  }

  /** While live: what nobody told is found in the lists. Nothing waits for it. */
  #lookAgain(connection: Connection, now: Now): void {
    if (connection.session.state !== "live" || connection.reconcile.running) return;
    const everyMs = this.#hot.orders.count("filling") > 0 ? LOOK_FOR_FILLS_MS : LOOK_MS;
    if (now.ms - connection.lookedMs < everyMs) return;
    connection.lookedMs = now.ms;
    this.#effects(connection, this.#resync(connection, now), now);
  }

  /** Handshakes that take too long; `tick` only sees sessions that are open. */
  tickHandshake(connection: Connection, now: Now): void {
    if (!this.open.has(connection)) this.#effects(connection, connection.session.tick(now), now);
  }

  /** The connector stops. */
  shutDown(connection: Connection, now: Now): void {
    this.#effects(connection, connection.session.refuse(BYE_CODE.shutdown, "the connector stops"), now);
    this.#hot.commit();
  }

  /** Sessions of a later box have higher ids, whatever the one before counted to while it was cut off. */
  beginEpoch(epoch: number): void {
    this.#sessions = Math.max(this.#sessions, epoch * SESSIONS_AN_EPOCH);
  }

  /** Another box sent what is under way: no EA here is believed to have all of its commands. */
  onTakenOver(): void {
    this.#lastInstanceId = -1n;
  }

  /** Another box has the stream: EAs are told to go. */
  supersede(now: Now): void {
    for (const connection of this.open)
      this.#effects(connection, connection.session.refuse(BYE_CODE.shutdown, "another box has this account"), now);
  }

  /** What the hot path wants to say to the EA. */
  onOrders(effects: readonly OrderEffect[]): void {
    const connection = this.current;
    if (connection?.session.state !== "live" || this.#hot.failure) return;
    for (const effect of effects) {
      if (effect.do === "command") this.#command(connection, effect.order);
      else if (effect.do === "query") this.#query(connection, effect.ids);
    }
  }

  #command(connection: Connection, order: Parameters<typeof makeCommand>[0]): void {
    const { door } = this.#hot;
    const symbolId = connection.door && door.sessionSymbolId(connection.door, order.symbol);
    // A feeder brings the symbol, and this terminal does not have it.
    if (symbolId === undefined) {
      this.#hot.onOrderEffects(this.#hot.orders.onUndeliverable(order));
      return;
    }
    const command = makeCommand(order, { symbolId, digits: door.digitsOf(order.symbol) });
    connection.out.push(connection.framer.encode(Cmd, command));
    this.counts.commands++;
  }

  #query(connection: Connection, ids: readonly string[]): void {
    this.counts.queries++;
    const commands = ids.map((id) => ({ cmd_id: bytesOf(id) }));
    connection.out.push(connection.framer.encode(CmdQuery, { sections: 0, history_from_s: 0n, commands }));
  }

  #effects(connection: Connection, effects: readonly SessionEffect[], now: Now): void {
    for (const effect of effects) {
      switch (effect.do) {
        case "send":
          connection.out.push(connection.framer.encode(effect.codec, effect.value));
          break;
        case "key": {
          const mac = { crypto: this.#config.session.crypto, key: effect.key };
          connection.framer.mac = mac;
          connection.deframer.mac = mac;
          break;
        }
        case "opened":
          this.#onOpened(connection, effect);
          break;
        case "clock":
          this.#onClock(connection, effect, now);
          break;
        case "deliver":
          this.#onFrame(connection, effect.frame, now);
          break;
        case "close":
          if (!this.open.has(connection)) this.counts.refused++;
          connection.closing = effect.why;
          this.#release(connection, effect.why);
          break;
      }
    }
  }

  #onOpened(connection: Connection, o: { login: bigint; instanceId: bigint }): void {
    connection.login = o.login;
    connection.instanceId = o.instanceId;
    this.open.add(connection);
    if (this.current) return;
    this.current = connection;
    this.#brokerTime.onSession();
    this.#recordLink(connection, LINK.syncing);
  }

  #recordLink(connection: Connection, state: number): void {
    if (this.#hot.failure) return;
    this.#hot.add(
      Link,
      { source: SOURCE.edge },
      {
        session_id: connection.sessionId,
        login: connection.login,
        server_offset_s: this.#brokerTime.offsetS ?? 0,
        state,
      },
    );
  }

  #onClock(connection: Connection, reading: { tradeServerS: number; gmtS: number }, now: Now): void {
    connection.clocked = true;
    if (connection !== this.current) {
      this.#feed(connection, now);
      return;
    }
    const wall = this.#hot.time.mode === "wall";
    const changed = this.#brokerTime.onReading({ ...reading, utcS: wall ? now.utcMs / 1000 : undefined });
    if (this.#brokerTime.offsetS === undefined) {
      const text = "TIME_INFO: server time and GMT are more than 15 h apart: set the terminal's clock";
      this.#effects(connection, connection.session.refuse(BYE_CODE.protocol, text), now);
      return;
    }
    if (connection.subscribed) {
      if (changed) this.#recordLink(connection, this.state);
      return;
    }
    connection.subscribed = true;
    this.#hot.commit();
    connection.door = this.#hot.door.onSession(Number(connection.sessionId));
    this.#effects(connection, [this.#subscribe(this.#config.symbols), ...this.#resync(connection, now)], now);
  }

  /** A feeder's clocks are not asked: the account's broker has one time. It is live at once and gets no command. */
  #feed(connection: Connection, now: Now): void {
    if (connection.subscribed || this.current?.session.state !== "live") return;
    connection.subscribed = true;
    this.#hot.commit();
    connection.door = this.#hot.door.onSession(Number(connection.sessionId));
    this.#effects(connection, [this.#subscribe(this.#unfed()), ...connection.session.onSynced(now)], now);
    this.#recordLink(connection, this.state);
  }

  /** Of what another session brings only the specification, so that orders can be given. */
  #subscribe(names: readonly string[]): SessionEffect {
    const { door } = this.#hot;
    const wanted = (symbol: string): number =>
      SUBSCRIBE_WHAT.ticks | (door.wantsBars(symbol) ? SUBSCRIBE_WHAT.m1_bars : 0);
    const symbols = names.map((symbol) => ({
      what: door.isFed(symbol) ? 0 : wanted(symbol),
      from_msc: door.cursorMsc(symbol),
      symbol,
    }));
    return send(Subscribe, { flags: 1, symbols });
  }

  #resync(connection: Connection, now: Now): SessionEffect[] {
    return connection.reconcile.begin({
      ids: this.#hot.orders.openIds(),
      historyFromS: this.#historyFromS(now),
      nowMs: now.ms,
    });
  }

  /** Everything since the terminal was last heard, and since the oldest order that is not final. */
  #historyFromS(now: Now): bigint {
    const { book, time } = this.#hot;
    let from =
      book.lastTerminalNs > 1n ? book.lastTerminalNs : time.mode === "wall" ? BigInt(now.utcMs) * 1_000_000n : 0n;
    for (const order of book.open.values()) if (order.timeNs < from) from = order.timeNs;
    // The broker's own clock as its ticks have shown it: ours may have been set ahead of it meanwhile.
    const tickMs = Math.max(-1, ...[...book.symbols.values()].map(({ cursor }) => cursor.ms));
    if (tickMs >= 0 && BigInt(tickMs) * NS_PER_MS < from) from = BigInt(tickMs) * NS_PER_MS;
    // A clock set while nobody was there looks like another zone: what was heard before was heard in an older one.
    const nowS = this.#brokerTime.offsetS ?? 0;
    const offsetS = Math.min(nowS, book.serverOffsetS ?? nowS);
    const fromS = Number(from / NS_PER_S) + offsetS - HISTORY_S;
    return BigInt(Math.max(0, fromS));
  }

  #onFrame(connection: Connection, frame: Frame, now: Now): void {
    if (this.#hot.failure) return;
    // A feeder may have to wait until the session that holds the stream is live.
    const waits = connection !== this.current && connection.clocked && !connection.subscribed;
    if (!connection.subscribed && !waits) {
      const text = "TIME_INFO must come before anything else";
      this.#effects(connection, connection.session.refuse(BYE_CODE.protocol, text), now);
      return;
    }
    const calendar = connection === this.current ? connection.calendar.onFrame(frame) : undefined;
    if (calendar) {
      this.#config.onCalendar?.(calendar);
      connection.recorded = true;
      return;
    }
    if (connection !== this.current && (waits || !FEEDER_FRAMES.has(frame.type))) {
      this.counts.not_holder++;
      return;
    }
    if (connection.door) this.#hot.door.select(connection.door);
    if (this.#hot.door.onFrame(frame)) connection.recorded = true;
    else this.#onOrderFrame(connection, frame);
    if (!connection.reconcile.running) {
      if (frame.type === TradeTx.type) this.counts.trade_tx++;
      return;
    }
    const { effects, found } = connection.reconcile.onFrame(frame, now.ms);
    this.#effects(connection, effects, now);
    if (found) this.#onReconciled(connection, found.positions, now);
  }

  /** What has been said so far is folded in first: an outcome is judged with all its fills. */
  #onOrderFrame(connection: Connection, frame: Frame): void {
    const { orders } = this.#hot;
    const sameJournal = this.#lastInstanceId === 0n || this.#lastInstanceId === connection.instanceId;
    const { payload } = frame;
    const known = frame.type === CmdAck.type || frame.type === CmdResult.type || frame.type === CmdStatus.type;
    if (!known) return;
    this.#hot.commit();
    connection.recorded = true;
    const now = this.#hot.now();
    if (frame.type === CmdAck.type) this.#hot.onOrderEffects(orders.onAck(decodePayload(CmdAck, payload), now));
    else if (frame.type === CmdResult.type)
      this.#hot.onOrderEffects(orders.onResult(decodePayload(CmdResult, payload), now));
    else this.#hot.onOrderEffects(orders.onStatus(decodePayload(CmdStatus, payload), { now, sameJournal }));
  }

  #onReconciled(connection: Connection, positions: ReadonlySet<bigint>, now: Now): void {
    this.#hot.commit();
    for (const ticket of [...this.#hot.book.positions.keys()])
      if (!positions.has(ticket)) this.#hot.door.positionGone(ticket);
    connection.lookedMs = now.ms;
    if (connection.session.state === "syncing") {
      this.#effects(connection, connection.session.onSynced(now), now);
      this.#recordLink(connection, LINK.live);
      for (const other of this.open) if (other.clocked && other !== connection) this.#feed(other, now);
    }
    this.#hot.commit();
    this.#hot.onOrderEffects(this.#hot.orders.onLive(this.#hot.now()));
  }
}
