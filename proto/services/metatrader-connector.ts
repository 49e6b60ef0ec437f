// The HTTP contract of metatrader-connector: what it says of itself, and an operator's command. Only from this machine.
import { z } from "zod";
import { NEWS_ITEMS_A_CALL, NEWS_LINK_MAX, NEWS_TITLE_MAX } from "../limits.ts";
import { OPERATOR_COMMAND } from "../records.ts";
import type { Contract } from "./contract.ts";
import { hex, StreamId } from "./shapes.ts";

type CommandName = keyof typeof OPERATOR_COMMAND;
const COMMANDS = Object.keys(OPERATOR_COMMAND) as [CommandName, ...CommandName[]];
const words = (most: number) => z.string().regex(new RegExp(`^[ -~]{1,${most}}$`), `1 to ${most} ASCII characters`);

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
  command_id: hex(32).optional(),
  /** Ed25519 over what proto/operator-command.ts says; `activate` needs them. */
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
    /** Items become records of each account, those that its journal holds already do not; answered when they are durable. */
    news: {
      method: "POST",
      path: "/news",
      body: z.strictObject({ items: z.array(NewsItem).min(1).max(NEWS_ITEMS_A_CALL) }),
      response: z.object({ accepted: z.number().int(), repeated: z.number().int(), seq }),
    },
  },
} as const satisfies Contract;
