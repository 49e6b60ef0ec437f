// The connector's configuration: the environment for where and who, one JSON file for limits and strategy. Limits and
// parameters become records; a change takes effect at the next start and is a record again.
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { SERVICE_ENV } from "#mesh/service/config.ts";
import { ZONE_RULES } from "#proto/broker-zone.ts";
import { PairName } from "#proto/configuration/services.ts";
import {
  Limits,
  Operator,
  Session,
  STRATEGY_LIMITS_MAX,
  Strategy,
  StrategyLimit,
} from "#proto/configuration/settings.ts";
import { LockstepError } from "#proto/errors.ts";
import { SEGMENT_SLOTS, SYMBOLS_MAX } from "#proto/limits.ts";
import { CALENDAR_IMPORTANCE } from "#proto/records.ts";

const MODEL = fileURLToPath(new URL("../../core-wasm/models/shipped/model.lsm", import.meta.url));

export const SECRET_MIN = 12;
/** Streams of one process: their journals share one disk and one processor. */
const ACCOUNTS_MAX = 32;

const list = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

const Account = z.string().regex(/^\d+@.+$/, "write accounts as login@server, separated by commas");
const EdgeName = z.string().regex(/^[!-~]{1,32}$/, "a name is 1 to 32 ASCII characters");

export const ENVIRONMENT = {
  ...SERVICE_ENV,
  /** Directory of the journal, the key and the models. */
  LOCKSTEP_EDGE_DATA: z.string().default(".lockstep/edge"),
  LOCKSTEP_EDGE_NAME: EdgeName.default("edge-1"),
  /** Shared with the EA. */
  LOCKSTEP_EA_SECRET: z.string().min(SECRET_MIN, `at least ${SECRET_MIN} characters`).optional(),
  /** A file with the secret, instead. */
  LOCKSTEP_EA_SECRET_FILE: z.string().optional(),
  /** Several accounts; each is a stream of its own. The default is the one of MT5_LOGIN and MT5_SERVER. */
  LOCKSTEP_ACCOUNTS: z.string().default("").transform(list).pipe(z.array(Account).max(ACCOUNTS_MAX)),
  MT5_LOGIN: z.string().regex(/^\d*$/, "an account number").optional(),
  MT5_SERVER: z.string().optional(),
  /** PEM files; with them an EA may come over TLS, and from another machine. */
  LOCKSTEP_EA_TLS_CERT: z.string().optional(),
  LOCKSTEP_EA_TLS_KEY: z.string().optional(),
  /** Networks that count as this machine, such as a container's gateway: 172.17.0.0/16. */
  LOCKSTEP_LOCAL_NETWORKS: z.string().default("").transform(list),
  LOCKSTEP_SYMBOLS: z.string().default("EURUSD").transform(list).pipe(z.array(PairName).min(1).max(SYMBOLS_MAX)),
  /** terminal: the records' time is the market time of replayed ticks. */
  LOCKSTEP_CLOCK: z.enum(["wall", "terminal"]).default("wall"),
  /** When the broker's offset from UTC was another; what it is now the terminal says. */
  LOCKSTEP_BROKER_ZONE: z.enum(ZONE_RULES).default("fixed"),
  /** host:port of data-bridge; without it the box works alone. */
  BACKEND_URL: z.string().optional(),
  LOCKSTEP_TLS_DIR: z.string().default(".lockstep/tls"),
  LOCKSTEP_MODEL: z.string().default(MODEL),
  LOCKSTEP_EDGE_CONFIG: z.string().optional(),
  /** Records between two snapshots of the core. */
  LOCKSTEP_SNAPSHOT_RECORDS: z.coerce.number().int().min(1_000).default(500_000),
  /** Size of a journal segment, in slots of 64 bytes: a small disk wants small ones. */
  LOCKSTEP_SEGMENT_SLOTS: z.coerce.number().int().min(4_096).max(16_777_216).default(SEGMENT_SLOTS),
  /** Days of the stream's time that stay on the box even when the cloud has verified them: it has no backup of its own yet. */
  LOCKSTEP_KEEP_DAYS: z.coerce.number().min(0).max(3_660).default(30),
  /** Records that stay on the box even when the cloud has verified them. */
  LOCKSTEP_KEEP_RECORDS: z.coerce.number().int().min(0).default(20_000_000),
};

const version = (most: number) => z.number().int().min(1).max(most).default(1);
const UNSIGNED_32 = 2 ** 32 - 1;
const UNSIGNED_16 = 65_535;
const seconds = z.number().int().min(0).max(86_400).default(300);

/** Windows about events of the economic calendar in which nothing of their currency is opened. */
const News = z.strictObject({
  before_s: seconds,
  after_s: seconds,
  /** From which importance on; none: no windows. */
  importance: z
    .enum(["moderate", "high", "none"])
    .default("high")
    .transform((name) => (name === "none" ? CALENDAR_IMPORTANCE.high + 1 : CALENDAR_IMPORTANCE[name])),
});

/** What one of several accounts has otherwise than the rest of the file says; what is left out is as there. */
export const AccountSettings = z.strictObject({
  /** Of the stream, in the cloud and on the page. */
  name: EdgeName.optional(),
  symbols: z.array(PairName).min(1).max(SYMBOLS_MAX).optional(),
  /** A file with the secret of this account's EA. */
  secret_file: z.string().optional(),
  limits: z.record(z.string(), z.unknown()).default({}),
  strategy: z.record(z.string(), z.unknown()).default({}),
  session: z.record(z.string(), z.unknown()).default({}),
  strategy_limits: z.array(z.unknown()).optional(),
});

/** Whose leases, limits, stops and takeovers count: the cloud's command key, Ed25519. */
const CloudKey = z.string().regex(/^[0-9a-f]{64}$/, "an Ed25519 public key is 64 hex digits");

const File = z.strictObject({
  accounts: z.record(Account, AccountSettings).default({}),
  limits: Limits.extend({ version: version(UNSIGNED_32) }).prefault({}),
  strategy: Strategy.extend({ version: version(UNSIGNED_16) }).prefault({}),
  strategy_limits: z
    .array(StrategyLimit.extend({ version: version(UNSIGNED_32) }))
    .max(STRATEGY_LIMITS_MAX)
    .prefault([{ strategy_id: 0 }]),
  operators: z.array(Operator).max(16).default([]),
  cloud_keys: z.array(CloudKey).max(4).default([]),
  session: Session.prefault({}),
  news: News.prefault({}),
});

export type EdgeSettings = z.output<typeof File>;
export type Environment = z.output<z.ZodObject<typeof ENVIRONMENT>>;

/** Of one account's stream. */
export interface EdgeConfig extends Environment {
  /** `login@server`. */
  readonly account: string;
  readonly settings: EdgeSettings;
  readonly secret: string;
}

export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LockstepError("bad_config", `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** A box that knows a cloud needs its leave, unless the file says otherwise. */
function withLeaseDefault(json: unknown): unknown {
  const { cloud_keys: keys, limits } = (json ?? {}) as { cloud_keys?: unknown; limits?: object };
  if (!Array.isArray(keys) || keys.length === 0) return json;
  return { ...(json as object), limits: { lease_required: true, ...limits } };
}

export function checkSettings(json: unknown, where: string): EdgeSettings {
  const result = File.safeParse(withLeaseDefault(json));
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new LockstepError("bad_config", `${where}: ${wrong}`);
}

export const parseSettings = (text: string, path: string): EdgeSettings => checkSettings(parseJson(text, path), path);
