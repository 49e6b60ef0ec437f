// The record layout: the single source. Every kind of record that a stream's journal can hold, field by field, with
// units. `npm run generate` turns this into the TypeScript and AssemblyScript codecs and docs/records.md.
// A record is little-endian, a multiple of 64 bytes, and the same bytes in the journal, the gRPC batch and the module.

/** A field's storage type. `bytesN` is raw, `asciiN` is NUL-padded printable ASCII. */
export type FieldType = "u8" | "u16" | "u32" | "u64" | "i32" | "i64" | "f64" | `bytes${number}` | `ascii${number}`;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly doc: string;
}

export interface RecordKind {
  /** Name in snake_case, as in SQL and docs. */
  readonly name: string;
  /** 1..4095; below 100 an input, 100..199 an output of the core, 200.. written by the journal itself. */
  readonly number: number;
  /** Layout version of this kind, 1..15. */
  readonly version: number;
  readonly doc: string;
  readonly fields: readonly Field[];
  /** A trailing group repeated `count` times; `count` is a u16 field of `fields`. */
  readonly group?: { readonly name: string; readonly count: string; readonly fields: readonly Field[] };
}

const f = (name: string, type: FieldType, doc: string): Field => ({ name, type, doc });

export const SLOT_BYTES = 64;
export const HEADER_BYTES = 32;
export const LAYOUT_VERSION = 1;

/** The first 32 bytes of each record. `kind` holds the kind's number in bits 0-11 and its version in bits 12-15. */
export const HEADER: readonly Field[] = [
  f("seq", "u64", "position in the stream, gapless from 1; 0 while not yet journaled"),
  f("time_ns", "i64", "UTC in nanoseconds, assigned by the edge, never decreasing"),
  f("kind", "u16", "kind number (bits 0-11) and layout version (bits 12-15)"),
  f("symbol", "u16", "index into the stream's symbol table, 0 = none"),
  f("length", "u32", "whole record in bytes, a multiple of 64"),
  f("source", "u32", "who caused it: low 8 bits the class (SOURCE), high 24 bits its session or instance"),
  f("check", "u32", "CRC-32C of the record with this field as 0; 0 while not yet journaled"),
];

export const SOURCE = { terminal: 1, operator: 2, cloud: 3, timer: 4, core: 5, edge: 6, journal: 7 } as const;
export const SIDE = { buy: 0, sell: 1 } as const;
export const TRADING_STATE = { active: 0, reduce_only: 1, halted: 2 } as const;
export const LINK = { down: 0, syncing: 1, live: 2 } as const;
export const OPERATOR_COMMAND = { activate: 1, reduce_only: 2, halt: 3 } as const;
export const INTENT_ACTION = { open: 1, close: 2 } as const;
/** Order states as the EA protocol reports them (MTX1, CMD_STATUS). */
export const ORDER_STATE = {
  none: 0,
  received: 1,
  sending: 2,
  sent: 3,
  working: 4,
  partial: 5,
  done: 6,
  rejected: 7,
  expired: 8,
  unknown: 9,
  not_found: 10,
} as const;
export const CHECK_RESULT = { pass: 0, fail: 1, missing_data: 2 } as const;
export const ALERT = {
  model_digest_mismatch: 1,
  daily_loss_trip: 2,
  unknown_order: 3,
  bad_tick: 4,
  position_mismatch: 5,
  refused_input: 6,
} as const;
/** What closes a bar. */
export const BAR_BASIS = { time: 0, ticks: 1, range: 2 } as const;
export const SEVERITY = { info: 0, warning: 1, critical: 2 } as const;

const cause = f("cause_seq", "u64", "seq of the input record that caused this output");
const timeframe = f("timeframe_s", "u32", "bar length in seconds (60 = M1, 3600 = H1)");

export const KINDS: readonly RecordKind[] = [
  {
    name: "tick",
    number: 1,
    version: 1,
    doc: "One quote change (MqlTick).",
    fields: [
      f("broker_time_ms", "i64", "the broker's time_msc converted to UTC, milliseconds; bars are built from it"),
      f("bid_points", "i64", "bid in points of the symbol"),
      f("ask_points", "i64", "ask in points of the symbol"),
      f("flags", "u32", "raw TICK_FLAG bits: 2 bid, 4 ask, 8 last, 16 volume, 32 buy, 64 sell"),
      f("spread_points", "i32", "ask minus bid; negative when the quote is crossed"),
    ],
  },
  {
    name: "bar_history",
    number: 2,
    version: 1,
    doc: "One closed bar that the terminal had before the stream saw its ticks (MqlRates). Oldest first.",
    fields: [
      f("open_time_ms", "i64", "opening time, UTC milliseconds"),
      f("open_points", "i64", "first bid"),
      f("high_points", "i64", "highest bid"),
      f("low_points", "i64", "lowest bid"),
      f("close_points", "i64", "last bid"),
      f("tick_volume", "u64", "number of ticks, 0 when not recorded"),
      timeframe,
      f("spread_points", "i32", "spread of the bar in points"),
      f("score", "u8", "1 = also emit the prediction at its close (training and evaluation); 0 = only warm up"),
    ],
  },
  {
    name: "symbol_spec",
    number: 3,
    version: 1,
    doc: "What the broker says of a symbol. Defines the symbol index of the header; repeated when it changes.",
    fields: [
      f("name", "ascii16", "the broker's symbol name"),
      f("base_currency", "ascii8", ""),
      f("profit_currency", "ascii8", ""),
      f("margin_currency", "ascii8", ""),
      f("tick_size_points", "i64", "the price grid, in points (SYMBOL_TRADE_TICK_SIZE)"),
      f("tick_value_micros", "i64", "worth of one tick_size move of one lot, millionths of the account currency"),
      f("contract_size_micros", "i64", "units a lot, millionths"),
      f("volume_min_microlots", "i64", "smallest volume"),
      f("volume_max_microlots", "i64", "largest volume"),
      f("volume_step_microlots", "i64", "volume grid"),
      f("volume_limit_microlots", "i64", "largest sum in one direction, 0 = none"),
      f("stops_level_points", "i32", "least distance of stop and target"),
      f("freeze_level_points", "i32", "distance inside which nothing can be changed"),
      f("digits", "u8", "decimals of a price; a point is 10^-digits"),
      f("trade_mode", "u8", "SYMBOL_TRADE_MODE: 0 disabled, 1 long only, 2 short only, 3 close only, 4 full"),
      f("exec_mode", "u8", "SYMBOL_TRADE_EXEMODE: 0 request, 1 instant, 2 market, 3 exchange"),
      f("filling_bits", "u8", "SYMBOL_FILLING_MODE: 1 FOK, 2 IOC, 4 BOC"),
    ],
  },
  {
    name: "account",
    number: 4,
    version: 1,
    doc: "The trading account as the broker reports it.",
    fields: [
      f("login", "u64", "account number"),
      f("currency", "ascii8", "account currency"),
      f("balance_micros", "i64", "millionths of the account currency, as all money"),
      f("credit_micros", "i64", ""),
      f("profit_micros", "i64", "floating profit"),
      f("equity_micros", "i64", ""),
      f("margin_micros", "i64", "margin in use"),
      f("margin_free_micros", "i64", ""),
      f("server_time_ms", "i64", "TimeTradeServer converted to UTC, milliseconds"),
      f("leverage", "u32", ""),
      f("margin_mode", "u8", "0 netting, 1 exchange, 2 hedging"),
      f("trade_mode", "u8", "0 demo, 1 contest, 2 real"),
      f(
        "permissions",
        "u8",
        "1 connected, 2 terminal, 4 EA, 8 account, 16 account expert, 32 FIFO, 64 hedging allowed",
      ),
    ],
  },
  {
    name: "position",
    number: 5,
    version: 1,
    doc: "An open position as the broker reports it; volume 0 says that it is gone.",
    fields: [
      f("ticket", "u64", "POSITION_TICKET"),
      f("identifier", "u64", "POSITION_IDENTIFIER, never changes"),
      f("magic", "u64", "0 = opened by another hand"),
      f("volume_microlots", "i64", "0 = closed"),
      f("open_price_points", "i64", ""),
      f("stop_points", "i64", "0 = none"),
      f("target_points", "i64", "0 = none"),
      f("swap_micros", "i64", ""),
      f("profit_micros", "i64", "floating"),
      f("broker_time_ms", "i64", "last change, UTC milliseconds"),
      f("side", "u8", "0 buy, 1 sell"),
    ],
  },
  {
    name: "order_update",
    number: 6,
    version: 1,
    doc: "What became of an order intent at the terminal.",
    fields: [
      f("intent_id", "bytes16", "the intent's id, zero when the order is of another hand"),
      f("order_ticket", "u64", "0 = none"),
      f("deal_ticket", "u64", "0 = none"),
      f("volume_filled_microlots", "i64", ""),
      f("volume_remaining_microlots", "i64", "still working at the broker"),
      f("price_points", "i64", "average price of what was filled, 0 = none"),
      f("broker_time_ms", "i64", "UTC milliseconds"),
      f("retcode", "u32", "TRADE_RETCODE"),
      f("state", "u8", "ORDER_STATE"),
      f("final", "u8", "1 = nothing more will come"),
    ],
  },
  {
    name: "fill",
    number: 7,
    version: 1,
    doc: "One deal (MT5's immutable execution). Deduplicated by deal ticket.",
    fields: [
      f("intent_id", "bytes16", "zero when it belongs to no intent of this stream"),
      f("deal_ticket", "u64", ""),
      f("order_ticket", "u64", ""),
      f("position_id", "u64", "POSITION_IDENTIFIER"),
      f("magic", "u64", ""),
      f("volume_microlots", "i64", ""),
      f("price_points", "i64", ""),
      f("commission_micros", "i64", "negative = paid, fee included"),
      f("swap_micros", "i64", ""),
      f("profit_micros", "i64", "realised, without costs"),
      f("broker_time_ms", "i64", "UTC milliseconds"),
      f("side", "u8", "0 buy, 1 sell"),
      f("entry", "u8", "0 in, 1 out, 2 in and out, 3 out by"),
      f("reason", "u8", "DEAL_REASON: 0 client, 3 expert, 4 stop, 5 target, 6 stop out, others as MT5"),
    ],
  },
  {
    name: "risk_limits",
    number: 8,
    version: 1,
    doc: "Limits in force from here on. Symbol 0 in the header = every symbol without limits of its own.",
    fields: [
      f("order_volume_max_microlots", "i64", "largest single order"),
      f(
        "position_volume_max_microlots",
        "i64",
        "largest absolute net position of the symbol, in-flight orders included",
      ),
      f("daily_loss_max_micros", "i64", "largest loss since the day began, realised and floating (account wide)"),
      f("spread_max_points", "i64", "widest spread at which to open"),
      f("quote_age_max_ms", "i64", "oldest quote on which to decide"),
      f("day_start_offset_s", "i32", "seconds after UTC midnight at which the trading day begins"),
      f("limits_version", "u32", "of the configuration that set them"),
    ],
  },
  {
    name: "strategy_params",
    number: 9,
    version: 1,
    doc: "The decision policy's parameters in force from here on. Symbol 0 = every symbol without its own.",
    fields: [
      f("volume_microlots", "i64", "volume of an opening order"),
      f("hold_max_ms", "i64", "close a position after this time, 0 = never"),
      f("intent_life_ms", "i64", "an intent not executed by then has expired"),
      f("enter_edge_ppm", "i32", "open when |P(up) - 0.5| is at least this, millionths"),
      f("exit_edge_ppm", "i32", "close when the opposite edge is at least this, millionths"),
      f("stop_atr_milli", "i32", "distance of the stop in thousandths of the ATR"),
      f("target_atr_milli", "i32", "distance of the target"),
      f("deviation_points", "i32", "largest slippage to ask for"),
      timeframe,
      f("strategy_id", "u16", "bits 62-48 of the magic"),
      f("params_version", "u16", ""),
      f("enabled", "u8", "0 = predict but never trade"),
    ],
  },
  {
    name: "model_digest",
    number: 10,
    version: 1,
    doc: "The model that scores from here on. The core refuses it unless the bytes in its model region hash to this.",
    fields: [
      f("sha256", "bytes32", "of the artefact's bytes"),
      f("size_bytes", "u32", ""),
      f("artefact_version", "u32", ""),
    ],
  },
  {
    name: "operator_command",
    number: 11,
    version: 1,
    doc: "A command of a named person that sets the trading state.",
    fields: [
      f("command_id", "bytes16", "unique; a repeated id changes nothing"),
      f("operator", "ascii32", "who"),
      f("reason", "ascii64", "why"),
      f("command", "u16", "OPERATOR_COMMAND: 1 activate (release), 2 reduce only, 3 halt"),
    ],
  },
  {
    name: "timer",
    number: 12,
    version: 1,
    doc: "Time passed without another record. The edge appends one a second in quiet markets.",
    fields: [f("due_ns", "i64", "when it was due, UTC nanoseconds"), f("timer_id", "u32", "0 = the heartbeat")],
  },
  {
    name: "link",
    number: 13,
    version: 1,
    doc: "State of the line to the terminal. Nothing is opened unless it is live.",
    fields: [
      f("session_id", "u64", "EA session"),
      f("login", "u64", "account"),
      f("server_offset_s", "i32", "broker time minus UTC"),
      f("state", "u8", "LINK: 0 down, 1 syncing, 2 live"),
    ],
  },
  {
    name: "gap",
    number: 14,
    version: 1,
    doc: "Ticks are missing here, and why.",
    fields: [
      f("from_ms", "i64", "UTC"),
      f("to_ms", "i64", "UTC"),
      f("lost_estimate", "u32", ""),
      f("reason", "u16", "1 sync timeout, 2 cursor too old, 3 history rewritten, 4 overload"),
    ],
  },
  {
    name: "stream_start",
    number: 15,
    version: 1,
    doc: "Always seq 1: whose journal this is and which module decides it.",
    fields: [
      f("stream_id", "bytes16", ""),
      f("edge_name", "ascii32", ""),
      f("core_sha256", "bytes32", "of the WebAssembly module"),
      f("public_key", "bytes32", "Ed25519, raw; verifies the batch seals"),
      f("layout_version", "u32", "LAYOUT_VERSION of records.ts"),
    ],
  },
  {
    name: "bar",
    number: 101,
    version: 1,
    doc: "A bar that the core closed.",
    fields: [
      cause,
      f("open_time_ms", "i64", "UTC"),
      f("open_points", "i64", "bid"),
      f("high_points", "i64", "bid"),
      f("low_points", "i64", "bid"),
      f("close_points", "i64", "bid"),
      f("spread_sum_points", "i64", "sum of the spreads of its ticks"),
      f("timeframe_s", "u32", "bar length in seconds; 0 when it is not made by time"),
      f("tick_count", "u32", ""),
      f("basis", "u8", "BAR_BASIS: 0 time, 1 number of ticks, 2 range"),
    ],
  },
  {
    name: "prediction",
    number: 102,
    version: 1,
    doc: "One scoring of the model, at the close of a bar.",
    fields: [
      cause,
      f("bar_time_ms", "i64", "opening time of the bar that closed, UTC"),
      f("probability_up", "f64", "of a higher close after the horizon"),
      f("probability_high_volatility", "f64", "of a next range above its recent median"),
      f("atr_points", "f64", "average true range at the close"),
      f("model_sha256_head", "bytes16", "first half of the model's digest"),
      timeframe,
      f("horizon_s", "u32", "what the probabilities are about"),
      f("regime", "u8", "0 calm, 1 volatile"),
      f("warm", "u8", "0 = before warm-up: never traded on"),
      f("feature_count", "u16", ""),
    ],
    group: {
      name: "features",
      count: "feature_count",
      fields: [f("value", "f64", "in the order of proto/features.ts")],
    },
  },
  {
    name: "order_intent",
    number: 103,
    version: 1,
    doc: "An order that the core wants. It leaves the edge only if the verdict that follows accepts it.",
    fields: [
      cause,
      f("intent_id", "bytes16", "first half of SHA-256 of stream id, cause_seq and index"),
      f("magic", "u64", "bit 63 = 0, bits 62-48 strategy, bits 47-0 of SHA-256(intent_id)"),
      f("position_ticket", "u64", "to close, 0 = none"),
      f("volume_microlots", "i64", ""),
      f("price_points", "i64", "ask or bid at the decision"),
      f("stop_points", "i64", "0 = none"),
      f("target_points", "i64", "0 = none"),
      f("guard_price_points", "i64", "worst price to accept"),
      f("expires_ns", "i64", "UTC nanoseconds"),
      f("deviation_points", "i32", ""),
      timeframe,
      f("probability_up_ppm", "i32", "what it was decided on"),
      f("action", "u8", "INTENT_ACTION: 1 open, 2 close"),
      f("side", "u8", "0 buy, 1 sell"),
    ],
  },
  {
    name: "risk_verdict",
    number: 104,
    version: 1,
    doc: "Every pre-trade check of one intent, passed or not. Follows its intent.",
    fields: [
      cause,
      f("intent_id", "bytes16", ""),
      f("accepted", "u8", "1 = every check passed"),
      f("trading_state", "u8", "TRADING_STATE at the check"),
      f("check_count", "u16", ""),
      f("failed_count", "u16", ""),
    ],
    group: {
      name: "checks",
      count: "check_count",
      fields: [
        f("value", "i64", "what was measured"),
        f("limit", "i64", "what it was held against"),
        f("headroom", "i64", "how far from failing, negative = by how much it failed; saturating"),
        f("code", "u16", "reason code (proto/reasons.ts)"),
        f("result", "u8", "CHECK_RESULT: 0 pass, 1 fail, 2 missing data"),
        f("pad", "u8", "0"),
        f("reserved", "u32", "0"),
      ],
    },
  },
  {
    name: "state_change",
    number: 105,
    version: 1,
    doc: "The trading state changed.",
    fields: [
      cause,
      f("from_state", "u8", "TRADING_STATE"),
      f("to_state", "u8", "TRADING_STATE"),
      f("reason", "u16", "reason code, 0 = operator"),
    ],
  },
  {
    name: "alert",
    number: 106,
    version: 1,
    doc: "Something a person should know.",
    fields: [
      cause,
      f("value", "i64", ""),
      f("limit", "i64", ""),
      f("code", "u16", "ALERT"),
      f("severity", "u8", "SEVERITY: 0 info, 1 warning, 2 critical"),
    ],
  },
  {
    name: "batch_seal",
    number: 201,
    version: 1,
    doc: "Closes a batch: all records since the previous seal. Chained, signed; the leaf of the audit log. The signature covers the record's bytes before `signature`, with check as 0.",
    fields: [
      f("stream_id", "bytes16", ""),
      f("first_seq", "u64", "first record of the batch; the last is this seal's seq - 1"),
      f("record_count", "u32", "records, this one not counted"),
      f("reserved", "u32", "0"),
      f("previous_hash", "bytes32", "SHA-256 of the previous seal's whole record; zero for the first"),
      f("records_sha256", "bytes32", "of the batch's bytes, this record not included"),
      f("outputs_digest", "bytes32", "the core's running digest of all outputs after the batch's last input"),
      f("signature", "bytes64", "Ed25519 by the stream's key"),
    ],
  },
];
