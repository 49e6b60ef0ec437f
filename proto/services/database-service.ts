// The HTTP contract of database-service: what the projections hold, newest first, a page at a time.
import { z } from "zod";
import type { Contract } from "./contract.ts";
import {
  Action,
  CheckResult,
  hex,
  I64,
  LinkState,
  OrderState,
  page,
  paging,
  range,
  Side,
  StreamId,
  SymbolName,
  TradingState,
  U64,
} from "./shapes.ts";

export const ProjectedStream = z.object({
  stream_id: StreamId,
  projected_seq: U64,
  /** How far trading-engine has verified, as last heard. */
  verified_seq: U64,
  /** Rows in ClickHouse by record kind; each record of the journal is one row, so they add up to projected_seq. */
  counts: z.record(z.string(), z.number().int()),
  /** Rows in PostgreSQL, of the kinds of which every record is a row there. */
  postgres_counts: z.record(z.string(), z.number().int()),
  divergences: z.number().int(),
  /** The two databases agree with each other and with projected_seq. */
  consistent: z.boolean(),
  /** Why the projection does not go on; empty while it does. */
  problem: z.string(),
});
export type ProjectedStream = z.infer<typeof ProjectedStream>;

export const ProjectedEdge = z.object({
  stream_id: StreamId,
  name: z.string(),
  public_key: hex(64),
  core_sha256: hex(64),
  model_sha256: z.string(),
  /** Of the model that scores beside it; empty = none. */
  shadow_sha256: z.string(),
  layout_version: z.number().int(),
  link_state: LinkState,
  trading_state: TradingState,
  started_at: z.string(),
  last_seen_at: z.string(),
  last_seq: U64,
  symbols: z.array(z.object({ name: z.string(), digits: z.number().int() })),
});
export type ProjectedEdge = z.infer<typeof ProjectedEdge>;

/** Of every row about a symbol. Prices are points; a point is 10^-digits. */
const symbolRow = {
  stream_id: StreamId,
  seq: U64,
  time: z.string(),
  symbol: z.string(),
  digits: z.number().int(),
};

export const TickRow = z.object({
  ...symbolRow,
  broker_time_ms: I64,
  bid_points: I64,
  ask_points: I64,
  flags: z.number().int(),
});

export const BarRow = z.object({
  ...symbolRow,
  timeframe_s: z.number().int(),
  open_time_ms: I64,
  origin: z.enum(["core", "history"]),
  open_points: I64,
  high_points: I64,
  low_points: I64,
  close_points: I64,
  tick_count: U64,
  spread_points: I64,
});
export type BarRow = z.infer<typeof BarRow>;

/** Null = the model has no such score. */
const score = z.number().nullable();
/** What a prediction says to one question, besides the calibrated probability. */
export const Answer = z.object({
  boosted: score,
  forest: score,
  logistic: score,
  perceptron: score,
  gru: score,
  stacked: score,
  disagreement: score,
  set: z.array(z.enum(["no", "yes"])),
  contributions: z.array(z.object({ feature: z.string(), log_odds: score })),
});
export type Answer = z.infer<typeof Answer>;

export const PredictionRow = z.object({
  ...symbolRow,
  cause_seq: U64,
  timeframe_s: z.number().int(),
  horizon_s: z.number().int(),
  bar_time_ms: I64,
  /** Null where the model gave no number. */
  probability_up: z.number().nullable(),
  probability_high_volatility: z.number().nullable(),
  atr_points: z.number().nullable(),
  probability_volatile_regime: z.number().nullable(),
  regime_horizon_s: z.number().int(),
  regime: z.enum(["calm", "volatile"]),
  warm: z.boolean(),
  answers: z.object({ direction: Answer, volatility: Answer, regime: Answer }),
  drift: z.object({ psi: z.number().nullable(), feature: z.string() }),
  contributions: z.array(z.object({ feature: z.string(), log_odds: z.number().nullable() })),
  model_sha256_head: hex(32),
  features: z.array(z.number().nullable()),
});
export type PredictionRow = z.infer<typeof PredictionRow>;

export const RiskCheck = z.object({
  code: z.number().int(),
  name: z.string(),
  unit: z.string(),
  result: CheckResult,
  value: I64,
  limit: I64,
  headroom: I64,
});

export const Verdict = z.object({
  seq: U64,
  accepted: z.boolean(),
  failed_count: z.number().int(),
  trading_state: TradingState,
  /** Every check, passed or not, in the order of the verdict. */
  checks: z.array(RiskCheck),
});

export const DecisionRow = z.object({
  ...symbolRow,
  cause_seq: U64,
  intent_id: hex(32),
  action: Action,
  side: Side,
  magic: U64,
  position_ticket: U64,
  volume_microlots: I64,
  price_points: I64,
  stop_points: I64,
  target_points: I64,
  guard_price_points: I64,
  deviation_points: z.number().int(),
  expires_at: z.string(),
  timeframe_s: z.number().int(),
  probability_up_ppm: z.number().int(),
  /** Null for the moment between an intent and its verdict. */
  verdict: Verdict.nullable(),
  order: z.object({
    state: OrderState,
    final: z.boolean(),
    retcode: z.number().int(),
    order_ticket: U64,
    volume_filled_microlots: I64,
    filled_price_points: I64,
  }),
});
export type DecisionRow = z.infer<typeof DecisionRow>;

export const FillRow = z.object({
  ...symbolRow,
  intent_id: hex(32),
  deal_ticket: U64,
  order_ticket: U64,
  position_id: U64,
  magic: U64,
  side: Side,
  entry: z.enum(["in", "out", "in_out", "out_by"]),
  reason: z.number().int(),
  volume_microlots: I64,
  price_points: I64,
  commission_micros: I64,
  swap_micros: I64,
  profit_micros: I64,
  broker_time_ms: I64,
});
export type FillRow = z.infer<typeof FillRow>;

export const DivergenceRow = z.object({
  id: z.string(),
  stream_id: StreamId,
  seq: U64,
  code: z.string(),
  field: z.string(),
  expected: z.string(),
  actual: z.string(),
  message: z.string(),
  detected_at: z.string(),
});
export type DivergenceRow = z.infer<typeof DivergenceRow>;

const filter = { stream_id: StreamId.optional(), symbol: SymbolName.optional(), ...range };
const timeframe_s = z.coerce.number().int().positive().optional();

export const TicksQuery = z.object({ ...filter, stream_id: StreamId, symbol: SymbolName, ...paging(10_000) });
export const BarsQuery = z.object({
  ...filter,
  timeframe_s,
  origin: z.enum(["core", "history"]).optional(),
  ...paging(5_000),
});
/** Whose predictions: the live model's, or those of the shadow beside it. */
export const ModelRole = z.enum(["live", "shadow"]).default("live");
export const PredictionsQuery = z.object({ ...filter, timeframe_s, model: ModelRole, ...paging(1_000) });
export const LatestPredictionsQuery = z.object({
  stream_id: StreamId.optional(),
  symbol: SymbolName.optional(),
  timeframe_s,
  model: ModelRole,
});
export const DecisionsQuery = z.object({
  ...filter,
  accepted: z.enum(["true", "false"]).optional(),
  action: Action.optional(),
  side: Side.optional(),
  state: OrderState.optional(),
  intent_id: hex(32).optional(),
  ...paging(500),
});
export const FillsQuery = z.object({ ...filter, intent_id: hex(32).optional(), ...paging(1_000) });
export const DivergencesQuery = z.object({ stream_id: StreamId.optional(), ...range, ...paging(1_000) });

export const databaseService = {
  service: "database-service",
  routes: {
    listStreams: { method: "GET", path: "/streams", response: z.array(ProjectedStream) },
    listEdges: { method: "GET", path: "/edges", response: z.array(ProjectedEdge) },
    ticks: { method: "GET", path: "/ticks", query: TicksQuery, response: page(TickRow) },
    bars: { method: "GET", path: "/bars", query: BarsQuery, response: page(BarRow) },
    predictions: { method: "GET", path: "/predictions", query: PredictionsQuery, response: page(PredictionRow) },
    latestPredictions: {
      method: "GET",
      path: "/predictions/latest",
      query: LatestPredictionsQuery,
      response: z.array(PredictionRow),
    },
    decisions: { method: "GET", path: "/decisions", query: DecisionsQuery, response: page(DecisionRow) },
    fills: { method: "GET", path: "/fills", query: FillsQuery, response: page(FillRow) },
    divergences: { method: "GET", path: "/divergences", query: DivergencesQuery, response: page(DivergenceRow) },
  },
} as const satisfies Contract;
