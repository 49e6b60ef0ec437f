// The public read API: what api-gateway serves and its OpenAPI page describes. 64-bit integers are decimal strings;
// a price is given in points and as a decimal number in text; times are ISO 8601 in UTC.
import { z } from "zod";
import type { Contract } from "./contract.ts";
import { ModelRole, Verdict } from "./database-service.ts";
import {
  Action,
  hex,
  I64,
  Instant,
  LinkState,
  OrderState,
  PageCursor,
  paging,
  Side,
  StreamId,
  SymbolName,
  TradingState,
  U64,
} from "./shapes.ts";

const described = <T extends z.ZodType>(shape: T, description: string): T => shape.meta({ description }) as T;

export const Price = z
  .object({
    points: described(I64, "Whole points of the symbol"),
    price: described(z.string(), "The same as a decimal number, exact"),
  })
  .meta({ id: "Price", description: "A price, exact in both forms" });

const PriceOrNone = described(Price.nullable(), "Null = none");
const Timeframe = described(z.enum(["M1", "M5", "M15", "H1", "H4", "D1"]), "Bar length, as in MT5");
export type TimeframeName = z.infer<typeof Timeframe>;
export const TIMEFRAME_S: Readonly<Record<TimeframeName, number>> = {
  M1: 60,
  M5: 300,
  M15: 900,
  H1: 3600,
  H4: 14_400,
  D1: 86_400,
};

export const Edge = z
  .object({
    stream_id: StreamId,
    name: z.string(),
    link_state: described(LinkState, "Line between the edge and its terminal, by the last projected record"),
    trading_state: TradingState,
    symbols: z.array(z.object({ name: z.string(), digits: z.number().int() })),
    core_sha256: described(hex(64), "Of the WebAssembly module that decides"),
    model_sha256: described(z.string(), "Of the model in force; empty = none yet"),
    shadow_sha256: described(z.string(), "Of the model that scores beside it and is never traded on; empty = none"),
    public_key: described(hex(64), "Ed25519; verifies the seals of the journal's batches"),
    started_at: z.string(),
    last_seen_at: z.string(),
    projected_seq: described(U64, "The databases hold the journal up to this record"),
    verification: described(
      z
        .object({
          state: z.string(),
          reason: z.string(),
          verified_seq: described(U64, "Decided again up to here, byte for byte the same"),
          batches: z.number().int(),
          outputs_digest: hex(64),
          lag_messages: described(
            z.number().int(),
            "Messages of the log (each of one batch or more) received but not decided again yet",
          ),
          divergences: z.number().int(),
        })
        .nullable(),
      "From trading-engine; null while it cannot be asked",
    ),
  })
  .meta({ id: "Edge" });
export type Edge = z.infer<typeof Edge>;

const row = {
  stream_id: StreamId,
  seq: described(U64, "Of the journal record"),
  time: z.string(),
  symbol: z.string(),
};

const score = z.number().nullable();
const Answer = z
  .object({
    boosted: described(score, "Gradient-boosted trees; null, as all scores, where the model has none"),
    forest: described(score, "Random forest"),
    logistic: described(score, "Regularised logistic regression"),
    perceptron: described(score, "Multilayer perceptron"),
    gru: described(score, "Gated recurrent unit over the last bars"),
    stacked: described(score, "The five together, before calibration"),
    disagreement: described(score, "Standard deviation of the five"),
    set: described(z.array(z.enum(["no", "yes"])), "Answers that the conformal set keeps"),
    contributions: described(
      z.array(z.object({ feature: z.string(), log_odds: score })),
      "What the four strongest features added to it: trees, forest and logistic regression, as weighed",
    ),
  })
  .meta({ id: "Answer", description: "How a probability came about" });

export const Prediction = z
  .object({
    ...row,
    timeframe: described(z.string(), "Bar length, as in MT5"),
    horizon_s: described(z.number().int(), "What the probabilities are about"),
    bar_time: described(z.string(), "Opening of the bar at whose close it was made"),
    probability_up: described(z.number().nullable(), "Of a higher close after the horizon"),
    probability_high_volatility: described(z.number().nullable(), "Of a next range above its recent median"),
    probability_volatile_regime: described(z.number().nullable(), "Of volatility that rises over the regime's horizon"),
    regime_horizon_s: described(z.number().int(), "What the regime is about"),
    regime: z.enum(["calm", "volatile"]),
    answers: z.object({ direction: Answer, volatility: Answer, regime: Answer }),
    drift: described(
      z.object({ psi: z.number().nullable(), feature: z.string() }),
      "Largest population stability index of the model's inputs against its training, and whose it is",
    ),
    contributions: described(
      z.array(z.object({ feature: z.string(), log_odds: z.number().nullable() })),
      "Those of the direction's answer",
    ),
    warm: described(z.boolean(), "False = before warm-up: never traded on"),
    atr_points: z.number().nullable(),
    model_sha256_head: described(hex(32), "First half of the model's digest"),
    features: described(z.array(z.number().nullable()), "In the order of the model's feature list"),
  })
  .meta({ id: "Prediction" });
export type Prediction = z.infer<typeof Prediction>;

export const Decision = z
  .object({
    ...row,
    cause_seq: described(U64, "The input record that caused it"),
    intent_id: hex(32),
    action: Action,
    side: Side,
    volume_lots: described(z.string(), "Exact decimal number"),
    price: described(Price, "Ask or bid at the decision"),
    stop: PriceOrNone,
    target: PriceOrNone,
    guard_price: described(Price, "Worst price to accept"),
    deviation_points: z.number().int(),
    expires_at: z.string(),
    timeframe: z.string(),
    probability_up_ppm: described(z.number().int(), "What it was decided on, millionths"),
    position_ticket: described(U64, "The position to close, 0 = none"),
    verdict: described(
      Verdict.meta({ id: "Verdict", description: "Every pre-trade check, passed or not" }).nullable(),
      "Null for the moment between an intent and its verdict",
    ),
    order: z.object({
      state: OrderState,
      final: described(z.boolean(), "Nothing more will come"),
      retcode: described(z.number().int(), "TRADE_RETCODE of MT5, 0 = none"),
      order_ticket: U64,
      volume_filled_lots: z.string(),
      filled_price: PriceOrNone,
    }),
  })
  .meta({ id: "Decision", description: "An order intent of the core, its verdict, and what became of it" });
export type Decision = z.infer<typeof Decision>;

export const Fill = z
  .object({
    ...row,
    intent_id: described(hex(32), "Zeros when it belongs to no intent of this stream"),
    deal_ticket: U64,
    order_ticket: U64,
    position_id: U64,
    side: Side,
    entry: z.enum(["in", "out", "in_out", "out_by"]),
    reason: described(z.number().int(), "DEAL_REASON of MT5: 0 client, 3 expert, 4 stop, 5 target, 6 stop out"),
    volume_lots: z.string(),
    price: Price,
    profit: described(z.string(), "Realised, without costs; account currency"),
    commission: described(z.string(), "Negative = paid"),
    swap: z.string(),
  })
  .meta({ id: "Fill", description: "One deal of the broker" });
export type Fill = z.infer<typeof Fill>;

export const Bar = z
  .object({
    ...row,
    timeframe: z.string(),
    open_time: z.string(),
    origin: described(z.enum(["core", "history"]), "Built from ticks by the core, or sent by the terminal"),
    open: Price,
    high: Price,
    low: Price,
    close: Price,
    tick_count: U64,
    spread_points: described(I64, "Average of the bar"),
  })
  .meta({ id: "Bar" });
export type Bar = z.infer<typeof Bar>;

export const Divergence = z
  .object({
    id: z.string(),
    stream_id: StreamId,
    seq: U64,
    code: z.string(),
    field: z.string(),
    expected: z.string(),
    actual: z.string(),
    message: z.string(),
    detected_at: z.string(),
  })
  .meta({ id: "Divergence", description: "A difference between what the edge decided and what the cloud decided" });

export const ApiError = z
  .object({
    error: z.object({ code: z.string(), message: described(z.string(), "What is wrong and what to do next") }),
  })
  .meta({ id: "Error" });

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: described(PageCursor.nullable(), "Give it as `cursor` to get the next page; null = the last one"),
  });

const instant = Instant.optional();
const which = {
  stream_id: described(StreamId.optional(), "Only this edge's stream"),
  symbol: described(SymbolName.optional(), "Only this symbol, by the broker's name"),
};
const between = {
  from: described(instant, "Not before, ISO 8601 in UTC"),
  to: described(instant, "Before, ISO 8601 in UTC"),
};
const pageQuery = (max: number) => ({
  limit: described(paging(max).limit, `Rows a page, at most ${max}`),
  cursor: described(PageCursor.optional(), "`next` of the page before"),
});

export const apiGateway = {
  service: "api-gateway",
  routes: {
    edges: { method: "GET", path: "/v1/edges", response: z.array(Edge) },
    latestPredictions: {
      method: "GET",
      path: "/v1/predictions/latest",
      query: z.object({
        ...which,
        timeframe: Timeframe.optional(),
        model: described(ModelRole, "Whose: the live model's, or those of the shadow beside it"),
      }),
      response: z.array(Prediction),
    },
    decisions: {
      method: "GET",
      path: "/v1/decisions",
      query: z.object({
        ...which,
        ...between,
        accepted: described(z.enum(["true", "false"]).optional(), "By the verdict"),
        action: Action.optional(),
        side: Side.optional(),
        state: described(OrderState.optional(), "State of the order at the terminal"),
        intent_id: hex(32).optional(),
        ...pageQuery(500),
      }),
      response: listOf(Decision),
    },
    fills: {
      method: "GET",
      path: "/v1/fills",
      query: z.object({ ...which, ...between, intent_id: hex(32).optional(), ...pageQuery(1_000) }),
      response: listOf(Fill),
    },
    divergences: {
      method: "GET",
      path: "/v1/divergences",
      query: z.object({ stream_id: which.stream_id, ...between, ...pageQuery(1_000) }),
      response: listOf(Divergence),
    },
    bars: {
      method: "GET",
      path: "/v1/bars",
      query: z.object({
        stream_id: which.stream_id,
        symbol: described(SymbolName, "The broker's name"),
        timeframe: Timeframe,
        origin: z.enum(["core", "history"]).optional(),
        ...between,
        ...pageQuery(5_000),
      }),
      response: listOf(Bar),
    },
  },
} as const satisfies Contract;
