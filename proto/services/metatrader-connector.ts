// The HTTP contract of metatrader-connector: what it says of itself, and an operator's command. Only from this machine.
import { z } from "zod";
import { ConfigurationDocument, VERSION_MAX } from "../configuration/document.ts";
import {
  CALENDAR_EVENTS_A_CALL,
  HISTORY_BARS_A_CALL,
  NEWS_ITEMS_A_CALL,
  NEWS_LINK_MAX,
  NEWS_TITLE_MAX,
  SYMBOLS_MAX,
  TIME_MS_MAX,
  TIMEFRAMES_S,
} from "../limits.ts";
import { OPERATOR_COMMAND } from "../records.ts";
import type { Contract } from "./contract.ts";
import { hex, StreamId, words } from "./shapes.ts";

type CommandName = keyof typeof OPERATOR_COMMAND;
const COMMANDS = Object.keys(OPERATOR_COMMAND) as [CommandName, ...CommandName[]];

/** `login@server`; may be left out where a box has one account only. */
const Account = z
  .string()
  .regex(/^\d+@.+$/, "an account is login@server")
  .optional();

/** Sets the trading state; becomes an operator_command record. */
export const Command = z.strictObject({
  account: Account,
  command: z.enum(COMMANDS),
  operator: words(32),
  reason: words(64),
  /** A repeated id changes nothing: give one to be able to try again. */
  command_id: hex(32)
    .refine((id) => /[^0]/.test(id), "not all zeros: leave it out and one is drawn")
    .optional(),
  /** Ed25519 over what proto/operator-command.ts says; `activate` needs them. */
  public_key: hex(64).default("0".repeat(64)),
  signature: hex(128).default("0".repeat(128)),
});

const u32 = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** Becomes a model_config record, whose fields these are; the core judges their bounds. Unsigned it may only take away. */
export const ModelConfigOrder = z.strictObject({
  /** 0 = every symbol without its own. */
  symbol: z.number().int().min(0).max(SYMBOLS_MAX),
  operator: words(32),
  reason: words(64),
  config_version: u32,
  heads: u32,
  boosted_weight_milli: u32,
  forest_weight_milli: u32,
  logistic_weight_milli: u32,
  perceptron_weight_milli: u32,
  gru_weight_milli: u32,
  edge_min_ppm: u32,
  disagreement_max_ppm: u32,
  drift_max_milli: u32,
  volatile_ppm: u32,
  /** Ed25519 over what proto/model-words.ts says. */
  public_key: hex(64).default("0".repeat(64)),
  signature: hex(128).default("0".repeat(128)),
});

const seq = z.number().int();

/** The part of the status that other services read; there is more in it for people. */
export const ConnectorStatus = z.object({
  account: z.string(),
  stream_id: StreamId,
  edge_name: z.string(),
  /** TRADING_STATE by name, or "failed" while nothing is decided. */
  trading_state: z.string(),
  last_seq: seq,
  durable_seq: seq,
  cloud_durable_seq: seq,
  /** Decided again by the cloud up to here. */
  verified_seq: seq,
  /** Null while no terminal is there, and in a replay. */
  clocks: z.object({
    /** The terminal's UTC minus the box's. */
    terminal_skew_ms: z.number().nullable(),
    /** The broker's time beyond a whole quarter-hour zone. */
    broker_drift_s: z.number().nullable(),
  }),
  /** The stream's symbol table: the journal's own records of it may have been truncated. */
  symbols: z.array(z.object({ index: z.number().int(), name: z.string(), digits: z.number().int() })),
  journal_failed: z.union([z.literal(false), z.object({ code: z.string(), message: z.string() })]),
  replication: z.object({
    /** False: the box works alone. */
    configured: z.boolean(),
    connected: z.boolean(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  }),
  /** Why the newest order about models was not carried out; null = it was, or there is none. */
  model_refused: z.object({ code: z.string(), message: z.string() }).nullable().default(null),
});
export type ConnectorStatus = z.infer<typeof ConnectorStatus>;

const utcMs = z.number().int().min(0).max(8.64e15);

/** One item of a news source; its text is bounded so that it fits a record. */
export const NewsItem = z.strictObject({
  item_id: hex(32),
  /** 0 = the source does not say. */
  published_ms: utcMs,
  fetched_ms: utcMs,
  source: words(32),
  content_sha256: hex(64),
  title: z.string().min(1).max(NEWS_TITLE_MAX),
  link: z.string().max(NEWS_LINK_MAX),
});
export type NewsItem = z.infer<typeof NewsItem>;

const configVersion = z.number().int().min(0).max(VERSION_MAX);

/** A whole document to be put into force; becomes a config_change record and all that follows from it, or nothing. */
export const ConfigurationChange = z.strictObject({
  document: ConfigurationDocument,
  config_version: configVersion.min(1),
  previous_sha256: hex(64),
  operator: words(32),
  reason: words(64),
  /** Ed25519 over what proto/configuration/message.ts says; needed unless the change only takes away. */
  public_key: hex(64).default("0".repeat(64)),
  signature: hex(128).default("0".repeat(128)),
});
export type ConfigurationChange = z.output<typeof ConfigurationChange>;

/** What the journal says is in force. */
export const ConfigurationInForce = z.object({
  stream_id: StreamId,
  edge_name: z.string(),
  /** 0 = the box's settings file, no version was put into force yet. */
  config_version: configVersion,
  document: ConfigurationDocument,
  document_sha256: hex(64),
  /** Who put it into force; absent for version 0. */
  change: z
    .object({
      seq,
      time_ms: z.number().int(),
      previous_sha256: hex(64),
      operator: z.string(),
      reason: z.string(),
      public_key: hex(64),
      signature: hex(128),
    })
    .optional(),
  operators: z.array(z.object({ name: z.string(), public_key: hex(64) })),
  /** Names that the stream's symbol table holds: only these can have settings of their own. */
  symbols: z.array(z.string()),
});
export type ConfigurationInForce = z.infer<typeof ConfigurationInForce>;
const decimal = (least: bigint, most: bigint) =>
  z
    .string()
    .regex(/^(0|-?[1-9]\d{0,19})$/, "a whole number in decimal digits")
    .refine((text) => BigInt(text) >= least && BigInt(text) <= most, `from ${least} to ${most}`);
/** Millionths; null = not known. */
const micros = decimal(-(2n ** 63n) + 1n, 2n ** 63n - 1n).nullable();
const count = z.number().int().min(0);

/** One event of an economic calendar file. */
export const CalendarItem = z.strictObject({
  /** Of the occurrence; the same in every file that tells it. */
  event_id: decimal(0n, 2n ** 64n - 1n),
  /** UTC; 0 = it was called off. */
  time_ms: z.number().int().min(0).max(TIME_MS_MAX),
  currency: z.string().regex(/^[A-Z]{3,8}$/, "a currency is 3 to 8 capital letters"),
  name: z.string().min(1).max(200),
  /** CALENDAR_IMPORTANCE. */
  importance: z.number().int().min(0).max(3),
  revision: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  actual_micros: micros,
  forecast_micros: micros,
  previous_micros: micros,
});
export type CalendarItem = z.infer<typeof CalendarItem>;

const whole = (least: number, most: number) => z.number().int().min(least).max(most);
/** 2^40: what the core takes as a price in points. */
const points = whole(1, 2 ** 40);

/** Closed bars of one history file, oldest first. */
export const HistoryBars = z.strictObject({
  /** The file's name. */
  source: words(32),
  content_sha256: hex(64),
  symbol: z.string().regex(/^[!-~]{1,16}$/, "a symbol is 1 to 16 ASCII characters"),
  /** Decimals of the prices below. */
  digits: whole(0, 9),
  timeframe_s: z.literal(TIMEFRAMES_S),
  /** Opening time (UTC milliseconds), open, high, low, close (points), tick volume, spread (points). */
  bars: z
    .array(z.tuple([whole(1, TIME_MS_MAX), points, points, points, points, whole(0, 2 ** 40), whole(0, 2 ** 31 - 1)]))
    .min(1)
    .max(HISTORY_BARS_A_CALL),
});
export type HistoryBars = z.infer<typeof HistoryBars>;

/** waiting: the terminal has not told the symbol yet. open: no tick yet. closed: it has ticks. */
export const HistoryState = z.object({
  state: z.enum(["waiting", "open", "closed"]),
  /** Opening time of the newest bar by timeframe. */
  newest: z.record(z.string(), z.number().int()),
});
export type HistoryState = z.infer<typeof HistoryState>;
/** One of the box's accounts, as the list of them shows it. */
export const AccountSummary = z.object({
  account: z.string(),
  edge_name: z.string(),
  /** Why nothing is decided, null while all is well. */
  halted: z.string().nullable(),
  /** LINK by name. */
  link: z.string(),
  /** Further sessions that only bring symbols. */
  feeders: z.number().int(),
  trading_state: z.string(),
  last_seq: seq,
  verified_seq: seq,
});
export type AccountSummary = z.infer<typeof AccountSummary>;

export const metatraderConnector = {
  service: "metatrader-connector",
  routes: {
    accounts: { method: "GET", path: "/accounts", response: z.object({ accounts: z.array(AccountSummary) }) },
    /** Of one account; of the first where none is named. */
    status: { method: "GET", path: "/status", query: z.object({ account: Account }), response: ConnectorStatus },
    /** Answered when the record is durable. */
    command: {
      method: "POST",
      path: "/command",
      body: Command,
      response: z.object({ seq, command_id: hex(32), trading_state: z.string() }),
    },
    /** Answered when the record is durable; refused with the core's reason. */
    modelConfig: {
      method: "POST",
      path: "/model-config",
      body: ModelConfigOrder,
      response: z.object({ seq }),
    },
    configuration: { method: "GET", path: "/configuration", response: ConfigurationInForce },
    /** Answered when its records are durable; `records` of them end with `seq`. */
    configure: {
      method: "POST",
      path: "/configuration",
      body: ConfigurationChange,
      response: z.object({ config_version: configVersion, document_sha256: hex(64), records: z.number().int(), seq }),
    },
    /** Items become records of each account, those that its journal holds already do not; answered when they are durable. */
    news: {
      method: "POST",
      path: "/news",
      body: z.strictObject({ items: z.array(NewsItem).min(1).max(NEWS_ITEMS_A_CALL) }),
      response: z.object({ accepted: z.number().int(), repeated: z.number().int(), seq }),
    },
    /** What of a calendar file is new is kept and becomes records as it comes near; answered when those due are durable. */
    calendar: {
      method: "POST",
      path: "/calendar",
      body: z.strictObject({
        source: words(32),
        content_sha256: hex(64),
        events: z.array(CalendarItem).min(1).max(CALENDAR_EVENTS_A_CALL),
      }),
      response: z.object({ taken: count, known: count, dropped: count, seq }),
    },
    history_state: {
      method: "GET",
      path: "/history/:symbol",
      params: z.object({ symbol: z.string() }),
      response: HistoryState,
    },
    /** All of the bars or none become records, or wait for the symbol's specification (staged); answered when durable. */
    history: {
      method: "POST",
      path: "/history",
      body: HistoryBars,
      response: z.object({ accepted: count, staged: count, known: count, seq }),
    },
  },
} as const satisfies Contract;
