// The connector's configuration: the environment for where and who, one JSON file for limits and strategy. Limits and
// parameters become records; a change takes effect at the next start and is a record again.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { LockstepError } from "#proto/errors.ts";
import { SEGMENT_SLOTS, SYMBOLS_MAX } from "#proto/limits.ts";

const MODEL = fileURLToPath(new URL("../../core-wasm/models/shipped/model.lsm", import.meta.url));

const list = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

const Account = z.string().regex(/^\d+@.+$/, "write accounts as login@server, separated by commas");
const SymbolName = z.string().regex(/^[!-~]{1,16}$/, "a symbol is 1 to 16 ASCII characters");

const ENVIRONMENT = {
  ...SERVICE_ENV,
  /** Directory of the journal, the key and the models. */
  LOCKSTEP_EDGE_DATA: z.string().default(".lockstep/edge"),
  LOCKSTEP_EDGE_NAME: z
    .string()
    .regex(/^[!-~]{1,32}$/, "a name is 1 to 32 ASCII characters")
    .default("edge-1"),
  /** Shared with the EA. */
  LOCKSTEP_EA_SECRET: z.string().min(12, "at least 12 characters").optional(),
  /** A file with the secret, instead. */
  LOCKSTEP_EA_SECRET_FILE: z.string().optional(),
  LOCKSTEP_ACCOUNTS: z.string().transform(list).pipe(z.array(Account).min(1)),
  LOCKSTEP_SYMBOLS: z.string().default("EURUSD").transform(list).pipe(z.array(SymbolName).min(1).max(SYMBOLS_MAX)),
  /** terminal: the records' time is the market time of replayed ticks. */
  LOCKSTEP_CLOCK: z.enum(["wall", "terminal"]).default("wall"),
  /** host:port of data-bridge; without it the box works alone. */
  LOCKSTEP_CLOUD_URL: z.string().optional(),
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

const micro = (most: number) =>
  z
    .number()
    .min(0)
    .max(most)
    .transform((amount) => BigInt(Math.round(amount * 1e6)));
const whole = (least: number, most: number) => z.number().int().min(least).max(most);
const long = (most: number) => whole(0, most).transform(BigInt);

/** Cautious for a EURUSD demo account; every real account needs its own. */
const Limits = z.strictObject({
  order_volume_max_lots: micro(1e6).prefault(0.1),
  position_volume_max_lots: micro(1e6).prefault(0.2),
  daily_loss_max: micro(1e9).prefault(500),
  spread_max_points: long(1e6).prefault(600),
  quote_age_max_ms: long(3_600_000).prefault(10_000),
  day_start_offset_s: whole(-86_399, 86_399).default(0),
  order_notional_max: micro(1e10).prefault(50_000),
  gross_exposure_max: micro(1e10).prefault(200_000),
  net_exposure_max: micro(1e10).prefault(200_000),
  currency_exposure_max: micro(1e10).prefault(200_000),
  correlated_exposure_max: micro(1e10).prefault(200_000),
  margin_free_min: micro(1e10).prefault(0),
  daily_realised_loss_max: micro(1e9).prefault(500),
  drawdown_max: micro(1e9).prefault(2_000),
  collar_points: long(1e9).prefault(1_000),
  collar_period_points: long(1e9).prefault(5_000),
  cooldown_ms: long(1e10).prefault(3_600_000),
  repeat_min_ms: long(1e10).prefault(0),
  /** Gross exposure over equity. */
  leverage_max: z
    .number()
    .min(0)
    .max(1e6)
    .transform((times) => BigInt(Math.round(times * 1000)))
    .prefault(20),
  loss_streak_max: whole(1, 1_000_000).default(10),
  orders_a_minute_max: whole(0, 64).default(30),
  open_orders_max: whole(0, 64).default(16),
  edge_min_ppm: whole(0, 500_000).default(0),
  /** Seconds of the UTC day between which may be opened; equal = all day. */
  session_from_s: whole(0, 86_399).default(0),
  session_to_s: whole(0, 86_399).default(0),
  stop_required: z.boolean().default(true),
  /** Nothing is opened without a lease in force; by default as soon as the box knows a key of the cloud. */
  lease_required: z.boolean().optional(),
  /** Nothing is opened unless the prediction's conformal set keeps one answer alone. */
  certainty_required: z.boolean().default(false),
  version: whole(1, 2 ** 32 - 1).default(1),
});

const StrategyLimit = z.strictObject({
  /** 0 = every strategy without its own. */
  strategy_id: whole(0, 32_767),
  exposure_max: micro(1e10).prefault(200_000),
  daily_loss_max: micro(1e9).prefault(500),
  version: whole(1, 2 ** 32 - 1).default(1),
});

/** Who may release this box when it has tripped or was halted (`npm run operator -- keygen`). */
const Operator = z.strictObject({
  name: z.string().regex(/^[ -~]{1,32}$/, "a name is 1 to 32 ASCII characters"),
  public_key: z.string().regex(/^[0-9a-f]{64}$/, "an Ed25519 public key is 64 hex digits"),
});

/** Whose leases, limits, stops and takeovers count: the cloud's command key, Ed25519. */
const CloudKey = z.string().regex(/^[0-9a-f]{64}$/, "an Ed25519 public key is 64 hex digits");

const Strategy = z.strictObject({
  volume_lots: micro(1e6).prefault(0.1),
  hold_max_ms: long(1e10).prefault(3_600_000),
  intent_life_ms: whole(1, 3_600_000).transform(BigInt).prefault(2_000),
  enter_edge_ppm: whole(0, 500_000).default(15_000),
  exit_edge_ppm: whole(0, 500_000).default(15_000),
  stop_atr_milli: whole(0, 1_000_000).default(3_000),
  target_atr_milli: whole(0, 1_000_000).default(4_000),
  deviation_points: whole(0, 1_000_000).default(20),
  timeframe_s: z.union([z.literal(60), z.literal(3600)]).default(60),
  strategy_id: whole(1, 32_767).default(1),
  version: whole(1, 65_535).default(1),
  enabled: z.boolean().default(true),
});

const Session = z.strictObject({
  /** What the EA does by itself when the connector is gone: 0 nothing, 1 cancel pendings, 2 also close positions. */
  disconnect_policy: whole(0, 2).default(0),
  policy_delay_ms: whole(0, 3_600_000).default(60_000),
  commands_per_s_max: whole(1, 1_000).default(20),
});

const File = z.strictObject({
  limits: Limits.prefault({}),
  strategy: Strategy.prefault({}),
  strategy_limits: z
    .array(StrategyLimit)
    .max(15)
    .prefault([{ strategy_id: 0 }]),
  operators: z.array(Operator).max(16).default([]),
  cloud_keys: z.array(CloudKey).max(4).default([]),
  session: Session.prefault({}),
});

export type EdgeSettings = z.output<typeof File>;
type Environment = z.output<z.ZodObject<typeof ENVIRONMENT>>;

export interface EdgeConfig extends Environment {
  readonly settings: EdgeSettings;
  readonly secret: string;
}

export function parseSettings(text: string, path: string): EdgeSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LockstepError("bad_config", `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = File.safeParse(json);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new LockstepError("bad_config", `${path}: ${wrong}`);
}

const readText = (path: string, variable: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new LockstepError("bad_config", `${variable}=${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
};

export function loadConfig(env: NodeJS.ProcessEnv = process.env): EdgeConfig {
  const config = readConfig(ENVIRONMENT, env);
  const { LOCKSTEP_EDGE_CONFIG: file, LOCKSTEP_EA_SECRET_FILE: secretFile } = config;
  const settings = file ? parseSettings(readText(file, "LOCKSTEP_EDGE_CONFIG"), file) : File.parse({});
  const secret =
    config.LOCKSTEP_EA_SECRET ?? (secretFile ? readText(secretFile, "LOCKSTEP_EA_SECRET_FILE").trim() : undefined);
  if (!secret)
    throw new LockstepError("bad_config", "set LOCKSTEP_EA_SECRET (or LOCKSTEP_EA_SECRET_FILE): the EA's secret");
  return { ...config, settings, secret };
}
