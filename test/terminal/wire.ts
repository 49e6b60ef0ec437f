// From the terminal's own whole numbers to the payloads of MTX1: doubles for prices and volumes, broker time for times.
import { type BrokerZone, brokerMsOf } from "#proto/broker-zone.ts";
import type {
  Account,
  Bars,
  CmdAck,
  CmdResult,
  DealsRow,
  OrdersRow,
  PositionsRow,
  SymbolSpec as SpecPayload,
  TradeTx,
} from "#proto/generated/mtx1.ts";
import { TRADE_TX_TYPE } from "#proto/mtx1.ts";
import { openPoints } from "./book.ts";
import type { AccountFigures } from "./broker.ts";
import type { Deal, Order, Position, RequestResult } from "./broker-types.ts";
import type { CommandReport } from "./order-path.ts";
import { MICRO, type SymbolSpec, tickValue, toLots, toPrice } from "./specs.ts";
import type { HistoryBar } from "./tick.ts";

const PERMISSIONS = 1 | 2 | 4 | 8 | 16;
const HEDGE_ALLOWED = 64;
const money = (micros: number): number => micros / MICRO;

export interface WireContext {
  readonly spec: SymbolSpec;
  readonly symbolId: number;
  /** The broker's clock. */
  readonly zone: BrokerZone;
}

const brokerMs = (utcMs: number, { zone }: { zone: BrokerZone }): bigint =>
  utcMs === 0 ? 0n : BigInt(brokerMsOf(zone, Math.floor(utcMs)));

export const cmdIdBytes = (id: string): Uint8Array => Uint8Array.from(Buffer.from(id, "hex"));
const NO_CMD = new Uint8Array(16);

export function specPayload({ spec, symbolId }: WireContext, quote: { bid: number; ask: number }): SpecPayload {
  const value = tickValue(spec, quote.bid);
  return {
    symbol_id: symbolId,
    digits: spec.digits,
    trade_mode: spec.trade_mode,
    exec_mode: spec.exec_mode,
    calc_mode: spec.base === "XAU" ? 2 : 0,
    filling_bits: spec.filling_bits,
    expiration_bits: 15,
    order_bits: 127,
    chart_mode: 0,
    gtc_mode: 0,
    bools: 1,
    stops_level: spec.stops_level,
    freeze_level: spec.freeze_level,
    spread: quote.ask - quote.bid,
    point: 1 / 10 ** spec.digits,
    tick_size: toPrice(spec, spec.tick_size_points),
    tick_value: value,
    tick_value_profit: value,
    tick_value_loss: value,
    contract_size: spec.contract_size,
    vol_min: toLots(spec.volume_min),
    vol_max: toLots(spec.volume_max),
    vol_step: toLots(spec.volume_step),
    vol_limit: 0,
    swap_long: 0,
    swap_short: 0,
    margin_initial: 0,
    margin_maint: 0,
    margin_hedged: spec.contract_size,
    swap_mode: 0,
    rollover3: 3,
    name: spec.name,
    base_currency: spec.base,
    profit_currency: spec.profit,
    margin_currency: spec.base,
    path: `Simulated\\${spec.name}`,
    description: `${spec.base} against ${spec.profit}`,
  };
}

export function accountPayload(o: {
  figures: AccountFigures;
  login: bigint;
  server: string;
  marginMode: number;
  leverage: number;
  nowMs: number;
  zone: BrokerZone;
}): Account {
  const { balance, profit, equity, margin } = o.figures;
  return {
    login: o.login,
    trade_mode: 0,
    margin_mode: o.marginMode,
    perms: PERMISSIONS | (o.marginMode === 2 ? HEDGE_ALLOWED : 0),
    currency_digits: 2,
    leverage: o.leverage,
    balance: money(balance),
    credit: 0,
    profit: money(profit),
    equity: money(equity),
    margin: money(margin),
    margin_free: money(equity - margin),
    margin_level: margin === 0 ? 0 : (100 * equity) / margin,
    so_call: 100,
    so_so: 50,
    so_mode: 0,
    limit_orders: 200,
    server_ms: brokerMs(o.nowMs, o),
    currency: "USD",
    server: o.server,
    company: "Lockstep Simulations",
  };
}

export function positionRow(
  context: WireContext,
  position: Readonly<Position>,
  o: { current: number; profit: number },
): PositionsRow {
  const { spec } = context;
  return {
    symbol_id: context.symbolId,
    type: position.side,
    reason: 3,
    ticket: BigInt(position.ticket),
    identifier: BigInt(position.identifier),
    magic: BigInt(position.magic),
    time_msc: brokerMs(position.time_ms, context),
    update_msc: brokerMs(position.update_ms, context),
    volume: toLots(position.volume),
    open: position.volume === 0 ? 0 : toPrice(spec, openPoints(position)),
    sl: toPrice(spec, position.stop),
    tp: toPrice(spec, position.target),
    current: toPrice(spec, o.current),
    swap: 0,
    profit: money(o.profit),
    comment: position.comment,
  };
}

export function orderRow(context: WireContext, order: Readonly<Order>): OrdersRow {
  const { spec } = context;
  return {
    symbol_id: context.symbolId,
    type: order.side,
    state: order.state,
    ticket: BigInt(order.ticket),
    position_id: BigInt(order.position_id),
    position_by: 0n,
    magic: BigInt(order.magic),
    setup_msc: brokerMs(order.setup_ms, context),
    done_msc: brokerMs(order.done_ms, context),
    expiration_s: 0n,
    vol_initial: toLots(order.volume),
    vol_current: toLots(order.remaining),
    price: toPrice(spec, order.price),
    stoplimit: 0,
    sl: toPrice(spec, order.stop),
    tp: toPrice(spec, order.target),
    filling: order.filling,
    time_type: 0,
    reason: order.reason,
    is_history: order.done_ms === 0 ? 0 : 1,
    comment: order.comment,
    external_id: "",
  };
}

export function dealRow(context: WireContext, deal: Deal): DealsRow {
  const { spec } = context;
  return {
    symbol_id: context.symbolId,
    type: deal.side,
    entry: deal.entry,
    deal: BigInt(deal.deal),
    order: BigInt(deal.order),
    position_id: BigInt(deal.position_id),
    magic: BigInt(deal.magic),
    time_msc: brokerMs(deal.time_ms, context),
    volume: toLots(deal.volume),
    price: toPrice(spec, deal.price),
    commission: money(deal.commission),
    fee: 0,
    swap: 0,
    profit: money(deal.profit),
    sl: toPrice(spec, deal.stop),
    tp: toPrice(spec, deal.target),
    reason: deal.reason,
    comment: deal.comment,
    external_id: "",
  };
}

const TX_BLANK: Omit<TradeTx, "event_no" | "type" | "symbol_id" | "ea_us"> = {
  order_type: 0,
  order_state: 0,
  deal_type: 0,
  time_type: 0,
  deal: 0n,
  order: 0n,
  position: 0n,
  position_by: 0n,
  expiration: 0n,
  price: 0,
  trigger: 0,
  sl: 0,
  tp: 0,
  volume: 0,
  request_id: 0,
  retcode: 0,
  cmd_id: NO_CMD,
};

export interface TxStamp {
  readonly event_no: bigint;
  readonly ea_us: bigint;
  readonly cmd_id: string | undefined;
}

const stamped = ({ event_no, ea_us, cmd_id }: TxStamp): Pick<TradeTx, "event_no" | "ea_us" | "cmd_id"> => ({
  event_no,
  ea_us,
  cmd_id: cmd_id === undefined ? NO_CMD : cmdIdBytes(cmd_id),
});

const ORDER_TX = {
  add: TRADE_TX_TYPE.order_add,
  update: TRADE_TX_TYPE.order_update,
  delete: TRADE_TX_TYPE.order_delete,
  history: TRADE_TX_TYPE.history_add,
} as const;

export function orderTx(
  context: WireContext,
  o: { change: keyof typeof ORDER_TX; order: Readonly<Order>; stamp: TxStamp },
): TradeTx {
  const { change, order } = o;
  const { spec } = context;
  return {
    ...TX_BLANK,
    ...stamped(o.stamp),
    type: ORDER_TX[change],
    symbol_id: context.symbolId,
    order_type: order.side,
    order_state: order.state,
    order: BigInt(order.ticket),
    // Not filled in while an order is being added, as in MT5.
    position: change === "add" ? 0n : BigInt(order.position_id),
    price: toPrice(spec, order.price),
    sl: toPrice(spec, order.stop),
    tp: toPrice(spec, order.target),
    volume: toLots(order.remaining),
  };
}

export function dealTx(context: WireContext, deal: Deal, stamp: TxStamp): TradeTx {
  const { spec } = context;
  return {
    ...TX_BLANK,
    ...stamped(stamp),
    type: TRADE_TX_TYPE.deal_add,
    symbol_id: context.symbolId,
    order_type: deal.side,
    deal_type: deal.side,
    deal: BigInt(deal.deal),
    order: BigInt(deal.order),
    position: BigInt(deal.position_id),
    price: toPrice(spec, deal.price),
    sl: toPrice(spec, deal.stop),
    tp: toPrice(spec, deal.target),
    volume: toLots(deal.volume),
  };
}

export function positionTx(context: WireContext, position: Readonly<Position>, stamp: TxStamp): TradeTx {
  const { spec } = context;
  return {
    ...TX_BLANK,
    ...stamped(stamp),
    type: TRADE_TX_TYPE.position,
    symbol_id: context.symbolId,
    deal_type: position.side,
    position: BigInt(position.ticket),
    price: toPrice(spec, openPoints(position)),
    sl: toPrice(spec, position.stop),
    tp: toPrice(spec, position.target),
    volume: toLots(position.volume),
  };
}

/** The other fields of a REQUEST transaction mean nothing. */
export function requestTx(result: RequestResult, stamp: TxStamp): TradeTx {
  return {
    ...TX_BLANK,
    ...stamped(stamp),
    type: TRADE_TX_TYPE.request,
    symbol_id: 0,
    request_id: result.request_id,
    retcode: result.retcode,
  };
}

export function resultPayload(
  o: { id: string; result: RequestResult; spec: SymbolSpec },
  times: { sentUs: bigint; doneUs: bigint },
): CmdResult {
  const { result, spec } = o;
  return {
    cmd_id: cmdIdBytes(o.id),
    retcode: result.retcode,
    external: 0,
    request_id: result.request_id,
    last_error: 0,
    order: BigInt(result.order),
    deal: BigInt(result.deal),
    volume: toLots(result.volume),
    price: toPrice(spec, result.price),
    bid: toPrice(spec, result.bid),
    ask: toPrice(spec, result.ask),
    t_recv_us: times.sentUs,
    t_send_us: times.sentUs,
    t_done_us: times.doneUs,
    send_ok: 1,
    final: result.final ? 1 : 0,
    comment: result.comment,
  };
}

export function reportPayload({ id, status, entry }: CommandReport, nowMs: number): CmdAck {
  return {
    cmd_id: cmdIdBytes(id),
    status,
    state: entry.state,
    last_retcode: entry.retcode,
    ea_utc_ms: BigInt(Math.floor(nowMs)),
    order: BigInt(entry.order),
    deal: BigInt(entry.deal),
    text: "",
  };
}

export function barsPayload(context: WireContext, minutes: number, bars: readonly HistoryBar[]): Bars {
  const { spec } = context;
  return {
    symbol_id: context.symbolId,
    tf_minutes: minutes,
    flags: 2,
    rows: bars.map((bar) => ({
      open_time_s: brokerMs(bar.open_time_ms, context) / 1000n,
      open: toPrice(spec, bar.open),
      high: toPrice(spec, bar.high),
      low: toPrice(spec, bar.low),
      close: toPrice(spec, bar.close),
      tick_volume: BigInt(bar.tick_volume),
      real_volume: 0n,
      spread: bar.spread,
    })),
  };
}
