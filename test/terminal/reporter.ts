// Everything the EA tells the connector besides ticks: clocks, specifications, account, snapshots, transactions and
// results. Knows how a thing is said and in which frames; when it is said is the terminal's business.
import { type BrokerZone, brokerMsOf, utcMsOf } from "#proto/broker-zone.ts";
import {
  Account,
  Bars,
  CmdAck,
  CmdResult,
  CmdStatus,
  Deals,
  HistoryEnd,
  type HistoryReq,
  Orders,
  Positions,
  type ResyncReq,
  SnapshotBegin,
  SnapshotEnd,
  SymbolSpec as SpecFrame,
  TimeInfo,
  TradeTx,
} from "#proto/generated/mtx1.ts";
import type { FrameCodec } from "#proto/mtx1/frame.ts";
import type { Broker } from "./broker.ts";
import { type BrokerEvent, type Position, REASON, type RequestResult } from "./broker-types.ts";
import type { OrderEffect, OrderPath } from "./order-path.ts";
import type { EaIdentity, EaSession } from "./session.ts";
import { type SymbolSpec, tickValue } from "./specs.ts";
import type { SymbolHistory } from "./tick.ts";
import * as wire from "./wire.ts";

/** Rows in one frame of a snapshot. */
const SNAPSHOT_ROWS = 500;
/** A tick's value that has moved this far is told again. */
const VALUE_MOVE = 0.005;

export interface ReporterOptions {
  readonly identity: EaIdentity;
  readonly broker: Broker;
  readonly specs: readonly SymbolSpec[];
  readonly histories: ReadonlyMap<string, SymbolHistory>;
  readonly zone: BrokerZone;
}

export class Reporter {
  readonly symbols: ReadonlyMap<string, wire.WireContext>;
  /** Seq of the last frame that matters: heartbeats do not. */
  importantSeq = 0;
  /** Market time at which the account was last told. */
  accountMs = Number.NEGATIVE_INFINITY;
  private readonly o: ReporterOptions;
  private readonly orders: OrderPath;
  private readonly sentValues = new Map<string, number>();
  private session: EaSession | undefined;
  private eventNo = 0n;
  private snapshotId = 0;

  constructor(options: ReporterOptions, orders: OrderPath) {
    this.o = options;
    this.orders = orders;
    this.symbols = new Map(options.specs.map((spec, i) => [spec.name, { spec, symbolId: i + 1, zone: options.zone }]));
  }

  /** From here on frames go to this session; without one they are not made at all. */
  use(session: EaSession | undefined): void {
    this.session = session;
    this.importantSeq = 0;
  }

  symbolOf(symbolId: number): wire.WireContext | undefined {
    return [...this.symbols.values()].find((context) => context.symbolId === symbolId);
  }

  timeInfo(nowMs: number): void {
    const { broker, zone } = this.o;
    // A clock that changes with the seasons is the market's: a replayed day has its own.
    const gmtMs = zone.rule === "fixed" ? nowMs : broker.now;
    const gmt = Math.floor(gmtMs / 1000);
    const offsetMs = brokerMsOf(zone, gmtMs) - gmtMs;
    const lastMs = brokerMsOf(zone, Math.floor(broker.now));
    this.send(TimeInfo, {
      trade_server_s: BigInt(gmt + offsetMs / 1000),
      gmt_s: BigInt(gmt),
      current_s: BigInt(Math.floor(lastMs / 1000)),
      last_tick_msc: BigInt(lastMs),
      offset_s: offsetMs / 1000,
      flags: 0,
    });
  }

  spec(context: wire.WireContext): void {
    const { name, market } = context.spec;
    const close = this.o.histories.get(name)?.minutes.at(-1)?.close ?? market.price_points;
    const quote = this.o.broker.quote(name) ?? { bid: close, ask: close + market.spread_points };
    this.sentValues.set(name, tickValue(context.spec, quote.bid));
    this.send(SpecFrame, wire.specPayload(context, quote));
  }

  /** The specifications whose tick value has moved with the exchange rate since they were told. */
  movedSpecs(): void {
    if (!this.session?.open) return;
    for (const context of this.symbols.values()) {
      const quote = this.o.broker.quote(context.spec.name);
      const sent = this.sentValues.get(context.spec.name);
      if (!quote || sent === undefined) continue;
      if (Math.abs(tickValue(context.spec, quote.bid) / sent - 1) > VALUE_MOVE) this.spec(context);
    }
  }

  account(): void {
    const { broker, identity, zone } = this.o;
    this.accountMs = broker.now;
    const { login, server } = identity;
    const { marginMode, leverage } = broker.options;
    const figures = broker.account();
    const nowMs = broker.now;
    this.send(Account, wire.accountPayload({ figures, login, server, marginMode, leverage, nowMs, zone }));
  }

  history(symbol: string): void {
    const context = this.symbols.get(symbol);
    const history = this.o.histories.get(symbol);
    if (!context || !history) return;
    if (history.hours.length > 0) this.send(Bars, wire.barsPayload(context, 60, history.hours));
    if (history.minutes.length > 0) this.send(Bars, wire.barsPayload(context, 1, history.minutes));
  }

  answerHistory(request: HistoryReq): void {
    const context = this.symbolOf(request.symbol_id);
    const history = context && this.o.histories.get(context.spec.name);
    const all = request.tf_minutes === 1 ? history?.minutes : request.tf_minutes === 60 ? history?.hours : [];
    const rows = request.kind === 1 ? (all ?? []).slice(-Math.max(1, request.max)) : [];
    if (context && rows.length > 0) this.send(Bars, wire.barsPayload(context, request.tf_minutes, rows));
    this.send(HistoryEnd, { req: request.req, status: rows.length > 0 ? 0 : 1, rows: BigInt(rows.length) });
  }

  snapshot(request: ResyncReq, nowMs: number): void {
    const { broker, zone } = this.o;
    const id = ++this.snapshotId;
    const fromMs = utcMsOf(zone, Number(request.history_from_s) * 1000);
    const orders = [...broker.orders.values(), ...broker.historyOrders.filter((order) => order.done_ms >= fromMs)];
    const deals = broker.deals.filter((deal) => deal.time_ms >= fromMs);
    const { positions } = broker;
    this.send(SnapshotBegin, { id, sections: request.sections });
    this.account();
    const positionRows = positions.map((position) => this.positionRow(position));
    const orderRows = orders.map((order) => wire.orderRow(this.context(order.symbol), order));
    const dealRows = deals.map((deal) => wire.dealRow(this.context(deal.symbol), deal));
    for (const rows of inParts(positionRows)) this.send(Positions, { snapshot_id: id, rows });
    for (const rows of inParts(orderRows)) this.send(Orders, { snapshot_id: id, rows });
    for (const rows of inParts(dealRows)) this.send(Deals, { snapshot_id: id, rows });
    this.send(SnapshotEnd, {
      id,
      positions: positions.length,
      orders: orders.length,
      deals: deals.length,
      trade_server_ms: BigInt(brokerMsOf(zone, Math.floor(nowMs))),
    });
  }

  effects(effects: readonly OrderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "result") this.result(effect.id, effect.symbol, effect.result);
      else
        this.send<CmdAck>(
          effect.kind === "ack" ? CmdAck : CmdStatus,
          wire.reportPayload(effect.report, this.o.broker.now),
        );
    }
  }

  event(event: BrokerEvent): void {
    if (event.kind === "order") {
      const { order, change } = event;
      const stamp = this.stamp(order.reason === REASON.expert ? order.magic : undefined);
      this.send(TradeTx, wire.orderTx(this.context(order.symbol), { change, order, stamp }));
    } else if (event.kind === "deal") {
      const { deal } = event;
      const context = this.context(deal.symbol);
      const stamp = this.stamp(deal.reason === REASON.expert ? deal.magic : undefined);
      this.send(TradeTx, wire.dealTx(context, deal, stamp));
      this.send(Deals, { snapshot_id: 0, rows: [wire.dealRow(context, deal)] });
    } else if (event.kind === "position") {
      const { position, byDeal } = event;
      const context = this.context(position.symbol);
      if (!byDeal) this.send(TradeTx, wire.positionTx(context, position, this.stamp(undefined)));
      this.send(Positions, { snapshot_id: 0, rows: [this.positionRow(position)] });
    } else {
      const magic = this.orders.magicOfRequest(event.result.request_id);
      this.send(TradeTx, wire.requestTx(event.result, this.stamp(magic)));
    }
  }

  private send<T>(codec: FrameCodec<T>, value: T): void {
    if (this.session?.open) this.importantSeq = this.session.send(codec, value);
  }

  private result(id: string, symbol: string, result: RequestResult): void {
    const { spec } = this.context(symbol);
    const nowUs = this.nowUs();
    this.send(CmdResult, wire.resultPayload({ id, result, spec }, { sentUs: nowUs, doneUs: nowUs }));
  }

  private stamp(magic: string | undefined): wire.TxStamp {
    const cmd_id = magic === undefined ? undefined : this.orders.idOfMagic(magic);
    return { event_no: ++this.eventNo, ea_us: this.nowUs(), cmd_id };
  }

  private positionRow(position: Readonly<Position>): ReturnType<typeof wire.positionRow> {
    const { broker } = this.o;
    const quote = broker.quote(position.symbol);
    const current = (position.side === 0 ? quote?.bid : quote?.ask) ?? 0;
    const profit = position.volume === 0 ? 0 : broker.floating(position);
    return wire.positionRow(this.context(position.symbol), position, { current, profit });
  }

  private context(symbol: string): wire.WireContext {
    const context = this.symbols.get(symbol);
    if (!context) throw new Error(`assertion failed: ${symbol} is one of the terminal's symbols`);
    return context;
  }

  private nowUs(): bigint {
    return BigInt(Math.floor(this.o.broker.now)) * 1000n;
  }
}

/** At least one part, so that a snapshot always shows an empty list as such. */
function inParts<Row>(rows: readonly Row[]): (readonly Row[])[] {
  const parts = [rows.slice(0, SNAPSHOT_ROWS)];
  for (let at = SNAPSHOT_ROWS; at < rows.length; at += SNAPSHOT_ROWS) parts.push(rows.slice(at, at + SNAPSHOT_ROWS));
  return parts;
}
