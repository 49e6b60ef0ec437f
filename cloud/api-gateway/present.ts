// From the rows of database-service to what the public API shows: exact decimal numbers beside the integers. Pure.
import {
  type Bar,
  type Decision,
  type Edge,
  type Fill,
  type Prediction,
  TIMEFRAME_S,
} from "#proto/services/api-gateway.ts";
import type {
  BarRow,
  DecisionRow,
  FillRow,
  PredictionRow,
  ProjectedEdge,
  ProjectedStream,
} from "#proto/services/database-service.ts";
import type { StreamStatus } from "#proto/services/trading-engine.ts";

/** `value` times 10^-digits, as text, with all its digits. */
export function decimal(value: string, digits: number): string {
  if (digits === 0) return value;
  const negative = value.startsWith("-");
  const padded = (negative ? value.slice(1) : value).padStart(digits + 1, "0");
  return `${negative ? "-" : ""}${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

const MICRO_DIGITS = 6;
/** Money and lots are millionths. */
const fromMicros = (value: string): string => decimal(value, MICRO_DIGITS);

const price = (points: string, digits: number) => ({ points, price: decimal(points, digits) });
const priceOrNone = (points: string, digits: number) => (points === "0" ? null : price(points, digits));
const isoMs = (ms: string): string => new Date(Number(ms)).toISOString();

export function timeframeName(seconds: number): string {
  return Object.entries(TIMEFRAME_S).find(([, s]) => s === seconds)?.[0] ?? `${seconds}s`;
}

export function presentEdge(
  edge: ProjectedEdge,
  projected: ProjectedStream | undefined,
  status: StreamStatus | undefined,
): Edge {
  const { layout_version: _layout, last_seq, ...rest } = edge;
  return {
    ...rest,
    projected_seq: projected?.projected_seq ?? last_seq,
    verification: status
      ? {
          state: status.state,
          reason: status.reason,
          verified_seq: status.verified_seq,
          batches: status.batches,
          outputs_digest: status.outputs_digest,
          lag_messages: status.lag_messages,
          divergences: status.divergences,
        }
      : null,
  };
}

const common = ({
  stream_id,
  seq,
  time,
  symbol,
}: {
  stream_id: string;
  seq: string;
  time: string;
  symbol: string;
}) => ({
  stream_id,
  seq,
  time,
  symbol,
});

export const presentPrediction = (row: PredictionRow): Prediction => ({
  ...common(row),
  timeframe: timeframeName(row.timeframe_s),
  horizon_s: row.horizon_s,
  bar_time: isoMs(row.bar_time_ms),
  probability_up: row.probability_up,
  probability_high_volatility: row.probability_high_volatility,
  probability_volatile_regime: row.probability_volatile_regime,
  regime_horizon_s: row.regime_horizon_s,
  regime: row.regime,
  answers: row.answers,
  drift: row.drift,
  contributions: row.contributions,
  warm: row.warm,
  atr_points: row.atr_points,
  model_sha256_head: row.model_sha256_head,
  features: row.features,
});

export const presentDecision = (row: DecisionRow): Decision => ({
  ...common(row),
  cause_seq: row.cause_seq,
  intent_id: row.intent_id,
  action: row.action,
  side: row.side,
  volume_lots: fromMicros(row.volume_microlots),
  price: price(row.price_points, row.digits),
  stop: priceOrNone(row.stop_points, row.digits),
  target: priceOrNone(row.target_points, row.digits),
  guard_price: price(row.guard_price_points, row.digits),
  deviation_points: row.deviation_points,
  expires_at: row.expires_at,
  timeframe: timeframeName(row.timeframe_s),
  probability_up_ppm: row.probability_up_ppm,
  position_ticket: row.position_ticket,
  verdict: row.verdict,
  order: {
    state: row.order.state,
    final: row.order.final,
    retcode: row.order.retcode,
    order_ticket: row.order.order_ticket,
    volume_filled_lots: fromMicros(row.order.volume_filled_microlots),
    filled_price: priceOrNone(row.order.filled_price_points, row.digits),
  },
});

export const presentFill = (row: FillRow): Fill => ({
  ...common(row),
  intent_id: row.intent_id,
  deal_ticket: row.deal_ticket,
  order_ticket: row.order_ticket,
  position_id: row.position_id,
  side: row.side,
  entry: row.entry,
  reason: row.reason,
  volume_lots: fromMicros(row.volume_microlots),
  price: price(row.price_points, row.digits),
  profit: fromMicros(row.profit_micros),
  commission: fromMicros(row.commission_micros),
  swap: fromMicros(row.swap_micros),
});

export const presentBar = (row: BarRow): Bar => ({
  ...common(row),
  timeframe: timeframeName(row.timeframe_s),
  open_time: isoMs(row.open_time_ms),
  origin: row.origin,
  open: price(row.open_points, row.digits),
  high: price(row.high_points, row.digits),
  low: price(row.low_points, row.digits),
  close: price(row.close_points, row.digits),
  tick_count: row.tick_count,
  spread_points: row.spread_points,
});
