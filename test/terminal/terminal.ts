// The simulated terminal as a whole: EA session, order path, broker and ticks. A pure machine: connections, bytes, ticks
// and time in; bytes out. Two ways to run:
//   lagging  a window of ticks is sent, and only when the connector has made all of it durable does the broker live
//            through it and execute the commands it caused: the same seed gives the same frames at any speed;
//   prompt   the broker lives at once, commands are executed when they come.
import { brokerMsOf, utcMsOf } from "#proto/broker-zone.ts";
import type { Cmd, Subscribe } from "#proto/generated/mtx1.ts";
import type { Mtx1Crypto } from "#proto/mtx1/handshake.ts";
import { BYE_CODE, SUBSCRIBE_WHAT } from "#proto/mtx1.ts";
import type { Broker } from "./broker.ts";
import type { LinkFaults } from "./faults.ts";
import { type CommandStore, OrderPath } from "./order-path.ts";
import { OutgoingTicks } from "./outgoing-ticks.ts";
import { SeededRandom } from "./random.ts";
import { Reporter, type ReporterOptions } from "./reporter.ts";
import { EaSession, type SessionEvent } from "./session.ts";
import type { MarketTick } from "./tick.ts";

/** The account is told again after this much market time, and after each deal. */
const ACCOUNT_EVERY_MS = 60_000;
const TIME_INFO_EVERY_MS = 60_000;
/** Prompt mode: rows that may wait for the connector before the market is held up. */
const WAITING_MAX = 50_000;
const SILENCE_MS = 7_000;

export interface TerminalStore extends CommandStore {
  /** After every change at the broker; durable when it returns. */
  saveBroker(broker: Broker): void;
}

export interface TerminalOptions extends ReporterOptions {
  readonly crypto: Mtx1Crypto;
  readonly store: TerminalStore;
  readonly lagging: boolean;
  /** Commands are held against the connector's clock (true) or against market time (false). */
  readonly wallClock: boolean;
  readonly seed: number;
  readonly faults: LinkFaults;
}

export class Terminal {
  readonly counts = { orders_received: 0, fills: 0, reconnects: 0, cuts: 0 };
  readonly ticks: OutgoingTicks;
  readonly orders: OrderPath;
  /** Set by a fault: the line is to be cut at once, with nothing more sent. */
  cutLine = false;
  private readonly o: TerminalOptions;
  private readonly random: SeededRandom;
  private readonly reporter: Reporter;
  /** A broker restored from its journal has lived through everything before this. */
  private readonly resumeMs: number;
  private session: EaSession | undefined;
  private window: readonly MarketTick[] = [];
  private moved = 0;
  private commands: { readonly atMs: number; readonly cmd: Cmd }[] = [];
  /** Reports kept back by a fault. */
  private held: (() => void)[] = [];
  private maxPerSecond = 0;
  private accountDue = false;
  private timeInfoMs = 0;
  /** Nothing is sent before this, by a fault. */
  private mutedUntilMs = 0;

  constructor(options: TerminalOptions) {
    this.o = options;
    this.orders = new OrderPath(options.broker, options.store);
    this.random = new SeededRandom(options.seed, "link faults");
    this.reporter = new Reporter(options, this.orders);
    this.ticks = new OutgoingTicks(this.reporter.symbols, options.zone);
    this.resumeMs = options.broker.now;
  }

  get live(): boolean {
    return this.session?.state === "live";
  }

  get ended(): boolean {
    return this.session?.state === "ended";
  }

  /** The terminal takes the next ticks: the window before is done, or there is room. */
  get wantsTicks(): boolean {
    if (!this.o.lagging) return this.ticks.waiting < WAITING_MAX;
    return this.live && this.ticks.waiting === 0 && this.moved >= this.window.length;
  }

  /** Everything sent is durable at the connector, so every command that it caused has come. */
  get acknowledged(): boolean {
    const { session } = this;
    return session?.state === "live" && this.ticks.waiting === 0 && session.acked >= this.reporter.importantSeq;
  }

  /** Besides, nothing is on its way at the broker and no command is undecided. */
  get settled(): boolean {
    const quiet = this.commands.length === 0 && this.held.length === 0 && !this.o.broker.busy;
    return quiet && this.acknowledged && this.orders.inFlight === 0;
  }

  onConnect(clientNonce: Uint8Array, nowMs: number): void {
    const { identity, crypto, zone } = this.o;
    const serverOffsetMs = brokerMsOf(zone, nowMs) - nowMs;
    this.session = new EaSession({ identity, crypto, clientNonce, serverOffsetMs });
    this.reporter.use(this.session);
    this.cutLine = false;
    this.session.start(nowMs);
  }

  onData(chunk: Uint8Array, nowMs: number): void {
    this.session?.onBytes(chunk, nowMs);
    this.onEvents(nowMs);
  }

  /** The line is gone. What was accepted goes on at the broker; its results wait there for the next session. */
  onClose(): void {
    if (!this.session) return;
    this.session = undefined;
    this.reporter.use(undefined);
    this.held = [];
    this.counts.reconnects++;
    if (this.o.lagging && this.commands.length > 0) this.moveWindow();
  }

  tick(nowMs: number): void {
    const { session } = this;
    if (!session) return;
    if (nowMs >= this.mutedUntilMs) {
      const before = session.sent;
      session.tick(nowMs);
      if (session.sent !== before && this.random.chance(this.o.faults.silence)) this.mutedUntilMs = nowMs + SILENCE_MS;
    }
    if (session.open && nowMs - this.timeInfoMs >= TIME_INFO_EVERY_MS) this.timeInfo(nowMs);
    this.onEvents(nowMs);
  }

  /** Prompt mode: market time passes without a tick. */
  advanceTo(marketMs: number): void {
    this.o.broker.advanceTo(marketMs);
    this.afterMove();
  }

  offer(ticks: readonly MarketTick[]): void {
    this.ticks.add(ticks);
    if (!this.o.lagging) {
      for (const tick of ticks) this.brokerTick(tick);
      this.flushTicks();
      this.afterMove();
      return;
    }
    this.window = ticks;
    this.moved = 0;
    this.flushTicks();
    if (this.live && this.random.chance(this.o.faults.cut_before)) this.cut();
  }

  /** The ticks are over: market time goes on until nothing is on its way, then until the undecided is decided. */
  settle(): void {
    const { broker } = this.o;
    this.runCommands(Number.POSITIVE_INFINITY);
    const until = broker.lastDue ?? (this.orders.inFlight > 0 ? broker.now + 1000 : undefined);
    if (until !== undefined) broker.advanceTo(until);
    this.afterMove();
    this.releaseHeld();
  }

  bye(): void {
    this.session?.bye(BYE_CODE.shutdown, "the market is over");
  }

  takeOut(nowMs: number): Uint8Array[] {
    return !this.session || this.cutLine || nowMs < this.mutedUntilMs ? [] : this.session.out.splice(0);
  }

  private onEvents(nowMs: number): void {
    const { session } = this;
    for (let event = session?.events.shift(); session && event; event = session.events.shift())
      this.onEvent(session, event, nowMs);
  }

  private onEvent(session: EaSession, event: SessionEvent, nowMs: number): void {
    if (event.kind === "welcome") {
      this.maxPerSecond = event.maxPerSecond;
      this.timeInfo(nowMs);
    } else if (event.kind === "subscribe") this.onSubscribe(event.subscribe);
    else if (event.kind === "resync") {
      this.reporter.snapshot(event.request, nowMs);
      this.reportCommands(event.request.commands);
    } else if (event.kind === "query") this.reportCommands(event.query.commands);
    else if (event.kind === "history") this.reporter.answerHistory(event.request);
    else if (event.kind === "live") this.onLive(session);
    else if (event.kind === "cmd") this.onCommand(session, event.cmd, nowMs);
    else if (event.kind === "acked") this.onAcked(event.seq);
  }

  private timeInfo(nowMs: number): void {
    this.timeInfoMs = nowMs;
    this.reporter.timeInfo(nowMs);
  }

  private onSubscribe({ symbols }: Subscribe): void {
    const cursors = new Map<string, number>();
    const warm = symbols.filter(({ what }) => (what & SUBSCRIBE_WHAT.m1_bars) !== 0);
    for (const { symbol, from_msc } of symbols) {
      const context = this.reporter.symbols.get(symbol);
      if (!context) continue;
      cursors.set(symbol, from_msc === 0n ? 0 : utcMsOf(this.o.zone, Number(from_msc)));
      this.reporter.spec(context);
    }
    this.reporter.account();
    for (const { symbol } of warm) this.reporter.history(symbol);
    this.ticks.onSubscribe(cursors);
  }

  private reportCommands(commands: readonly { readonly cmd_id: Uint8Array }[]): void {
    for (const { cmd_id } of commands) this.orders.report(cmd_id);
    this.tellOrders();
  }

  private onLive(session: EaSession): void {
    this.ticks.repeatTail(session);
    this.reporter.importantSeq = session.sent;
    this.flushTicks();
  }

  private flushTicks(): void {
    const { session } = this;
    if (session?.state !== "live") return;
    const before = session.sent;
    this.ticks.flush(session);
    if (session.sent !== before) this.reporter.importantSeq = session.sent;
    this.windowDone();
  }

  private onAcked(seq: number): void {
    this.ticks.onAck(seq);
    if (this.live) this.windowDone();
  }

  private onCommand(session: EaSession, cmd: Cmd, nowMs: number): void {
    this.counts.orders_received++;
    if (!this.o.wallClock) {
      this.commands.push({ atMs: Number(cmd.issued_utc_ms) + 1, cmd });
      if (this.o.lagging) return;
      this.runCommands(Number.POSITIVE_INFINITY);
    } else {
      const connectorMs = session.connectorUtcMs(nowMs);
      const live = session.state === "live" && connectorMs !== undefined;
      this.handOver(cmd, { atMs: connectorMs ?? nowMs, serverMs: this.o.broker.now, live });
    }
    this.afterMove();
  }

  private handOver(cmd: Cmd, o: { atMs: number; serverMs?: number; live: boolean }): void {
    const symbol = this.reporter.symbolOf(cmd.symbol_id)?.spec;
    const { maxPerSecond } = this;
    const { atMs, ...rest } = o;
    this.orders.onCommand(cmd, { symbol, nowMs: atMs, ...rest, tradingAllowed: true, maxPerSecond });
    this.tellOrders();
  }

  /** Commands whose time has come, in the order in which they came. */
  private runCommands(untilMs: number): void {
    for (let next = this.commands[0]; next && next.atMs <= untilMs; next = this.commands[0]) {
      this.commands.shift();
      const atMs = Math.max(next.atMs, this.o.broker.now);
      this.o.broker.advanceTo(atMs);
      this.drainBroker();
      this.handOver(next.cmd, { atMs, live: true });
    }
  }

  /** The connector has the whole window: now the broker lives through it. */
  private windowDone(): void {
    if (!this.o.lagging || this.ticks.waiting > 0 || this.moved >= this.window.length) return;
    if (this.commands.length > 0 && this.random.chance(this.o.faults.cut_after)) this.cut();
    this.releaseHeld();
    this.moveWindow();
  }

  private moveWindow(): void {
    for (; this.moved < this.window.length; this.moved++) {
      const tick = this.window[this.moved];
      if (!tick) break;
      this.runCommands(tick.time_ms);
      this.brokerTick(tick);
    }
    this.afterMove();
  }

  private brokerTick(tick: MarketTick): void {
    if (tick.time_ms < this.resumeMs) this.o.broker.seeQuote(tick);
    else this.o.broker.onTick(tick);
    this.drainBroker();
  }

  private afterMove(): void {
    const { now } = this.o.broker;
    this.drainBroker();
    this.orders.tick(now);
    this.tellOrders();
    if (this.accountDue || now - this.reporter.accountMs >= ACCOUNT_EVERY_MS) this.reporter.account();
    this.accountDue = false;
    this.reporter.movedSpecs();
  }

  private drainBroker(): void {
    const { broker, store } = this.o;
    if (broker.events.length === 0) return;
    const events = broker.events.splice(0);
    store.saveBroker(broker);
    for (const event of events) {
      if (event.kind === "deal") this.counts.fills++;
      if (event.kind === "result") this.orders.onResult(event.result, broker.now);
    }
    this.accountDue = true;
    const effects = this.orders.effects.splice(0);
    const tell = (): void => {
      const silent = this.random.chance(this.o.faults.missing);
      for (const event of events) {
        if (silent) continue;
        this.reporter.event(event);
        if (event.kind === "deal" && this.random.chance(this.o.faults.duplicate)) this.reporter.event(event);
      }
      if (!silent) this.reporter.effects(effects);
    };
    if (this.held.length > 0 || this.random.chance(this.o.faults.late)) this.held.push(tell);
    else tell();
  }

  private releaseHeld(): void {
    for (const tell of this.held.splice(0)) tell();
  }

  private tellOrders(): void {
    this.reporter.effects(this.orders.effects.splice(0));
  }

  private cut(): void {
    this.counts.cuts++;
    this.cutLine = true;
  }
}
