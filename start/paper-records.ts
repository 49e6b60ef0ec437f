// What a broker on paper says, as the records that a terminal's answers become.
import { Fill, type OrderIntent, OrderUpdate, Position } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { ORDER_STATE, SOURCE } from "#proto/records.ts";

export type DealReason = "expert" | "stop" | "target" | "stop_out";

/** One deal, as the report and the comparison read it. Money in millionths of the account currency. */
export interface PaperDeal {
  readonly time_ns: bigint;
  readonly symbol: number;
  readonly side: number;
  readonly closes: boolean;
  readonly reason: DealReason;
  readonly volume_microlots: bigint;
  readonly price_points: bigint;
  readonly profit_micros: bigint;
  readonly commission_micros: bigint;
  readonly swap_micros: bigint;
  /** Of slippage and of half the spread at the execution: what the mid would not have cost. Part of the profit already. */
  readonly spread_micros: bigint;
}

export interface PaperPosition {
  readonly id: bigint;
  readonly magic: bigint;
  readonly side: number;
  readonly volume_microlots: bigint;
  readonly open_points: bigint;
  readonly stop_points: bigint;
  readonly target_points: bigint;
  readonly opened_ns: bigint;
}

const ENTRY = { in: 0, out: 1 } as const;
/** DEAL_REASON of MT5. */
const REASON: Readonly<Record<DealReason, number>> = { expert: 3, stop: 4, target: 5, stop_out: 6 };

/** Broker times are those of the ticks: after anything told before, since the core steps over what a newer record holds. */
const brokerTime = (time_ns: bigint): bigint => time_ns / 1_000_000n;

export function fillRecord(
  deal: PaperDeal,
  of: { readonly id: bigint; readonly magic: bigint; readonly intent_id: Uint8Array; readonly ticket: bigint },
): Uint8Array {
  return encodeRecord(
    Fill,
    { time_ns: deal.time_ns, source: SOURCE.terminal, symbol: deal.symbol },
    {
      intent_id: of.intent_id,
      deal_ticket: of.ticket,
      order_ticket: of.ticket,
      position_id: of.id,
      magic: of.magic,
      volume_microlots: deal.volume_microlots,
      price_points: deal.price_points,
      commission_micros: deal.commission_micros,
      swap_micros: deal.swap_micros,
      profit_micros: deal.profit_micros,
      broker_time_ms: brokerTime(deal.time_ns),
      side: deal.side,
      entry: deal.closes ? ENTRY.out : ENTRY.in,
      reason: REASON[deal.reason],
    },
  );
}

/** Final: done when something was filled, else expired or what is said. */
export function updateRecord(
  time_ns: bigint,
  order: { readonly symbol: number; readonly intent: OrderIntent },
  o: { readonly filled_microlots?: bigint; readonly state?: number; readonly retcode?: number },
): Uint8Array {
  const filled = o.filled_microlots ?? 0n;
  return encodeRecord(
    OrderUpdate,
    { time_ns, source: SOURCE.terminal, symbol: order.symbol },
    {
      intent_id: order.intent.intent_id,
      order_ticket: 0n,
      deal_ticket: 0n,
      volume_filled_microlots: filled,
      volume_remaining_microlots: 0n,
      price_points: 0n,
      broker_time_ms: brokerTime(time_ns),
      retcode: o.retcode ?? 0,
      state: o.state ?? (filled > 0n ? ORDER_STATE.done : ORDER_STATE.expired),
      final: 1,
    },
  );
}

export const positionRecord = (symbol: number, time_ns: bigint, p: PaperPosition): Uint8Array =>
  encodeRecord(
    Position,
    { time_ns, source: SOURCE.terminal, symbol },
    {
      ticket: p.id,
      identifier: p.id,
      magic: p.magic,
      volume_microlots: p.volume_microlots,
      open_price_points: p.open_points,
      stop_points: p.stop_points,
      target_points: p.target_points,
      swap_micros: 0n,
      profit_micros: 0n,
      broker_time_ms: brokerTime(time_ns),
      side: p.side,
    },
  );
