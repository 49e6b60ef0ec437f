// The HTTP contract of metatrader-connector: what it says of itself, and an operator's command. Only from this machine.
import { z } from "zod";
import { ConfigurationDocument, VERSION_MAX } from "../configuration/document.ts";
import { NEWS_ITEMS_A_CALL, NEWS_LINK_MAX, NEWS_TITLE_MAX } from "../limits.ts";
import { OPERATOR_COMMAND } from "../records.ts";
import type { Contract } from "./contract.ts";
import { hex, StreamId } from "./shapes.ts";

type CommandName = keyof typeof OPERATOR_COMMAND;
const COMMANDS = Object.keys(OPERATOR_COMMAND) as [CommandName, ...CommandName[]];
const words = (most: number) => z.string().regex(new RegExp(`^[ -~]{1,${most}}$`), `1 to ${most} ASCII characters`);

/** Sets the trading state; becomes an operator_command record. */
export const Command = z.strictObject({
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

const seq = z.number().int();

/** The part of the status that other services read; there is more in it for people. */
export const ConnectorStatus = z.object({
  stream_id: StreamId,
  edge_name: z.string(),
  /** TRADING_STATE by name, or "failed" while nothing is decided. */
  trading_state: z.string(),
  last_seq: seq,
  durable_seq: seq,
  cloud_durable_seq: seq,
  /** Decided again by the cloud up to here. */
  verified_seq: seq,
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

export const metatraderConnector = {
  service: "metatrader-connector",
  routes: {
    status: { method: "GET", path: "/status", response: ConnectorStatus },
    /** Answered when the record is durable. */
    command: {
      method: "POST",
      path: "/command",
      body: Command,
      response: z.object({ seq, command_id: hex(32), trading_state: z.string() }),
    },
    configuration: { method: "GET", path: "/configuration", response: ConfigurationInForce },
    /** Answered when its records are durable; `records` of them end with `seq`. */
    configure: {
      method: "POST",
      path: "/configuration",
      body: ConfigurationChange,
      response: z.object({ config_version: configVersion, document_sha256: hex(64), records: z.number().int(), seq }),
    },
    /** Items become records, those that the journal holds already do not; answered when they are durable. */
    news: {
      method: "POST",
      path: "/news",
      body: z.strictObject({ items: z.array(NewsItem).min(1).max(NEWS_ITEMS_A_CALL) }),
      response: z.object({ accepted: z.number().int(), repeated: z.number().int(), seq }),
    },
  },
} as const satisfies Contract;
