// Settings of market-monitor, from the environment. Secrets can lie in files; they are never logged.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { MonitorPairs, SEVERITIES, Thresholds } from "#proto/configuration/services.ts";
import { LockstepError } from "#proto/errors.ts";

const list = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

const secret = z.string().min(1).optional();

const ENV = {
  ...SERVICE_ENV,
  /** The connector's data directory; its journal is read, never written. */
  LOCKSTEP_EDGE_DATA: z.string().default(".lockstep/edge"),
  METATRADER_CONNECTOR_URL: z.url().optional(),
  /** Symbols with a chart, by the broker's names, in this order. */
  MONITOR_PAIRS: z.string().default("EURUSD,GBPUSD,USDJPY,XAUUSD").transform(list).pipe(MonitorPairs),
  /** JSON object of thresholds (proto/configuration/services.ts); what is left out keeps its default, null switches a rule off. */
  ALERT_THRESHOLDS: z.string().default("{}"),
  /** Alerts below it are shown and not sent. */
  ALERT_SEND_FROM: z.enum(SEVERITIES).default("warning"),
  ALERT_MESSAGES_AN_HOUR: z.coerce.number().int().min(1).max(3600).default(20),
  ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Signs the webhook's body: HMAC-SHA-256 in x-lockstep-signature. */
  ALERT_WEBHOOK_SECRET: secret,
  ALERT_WEBHOOK_SECRET_FILE: z.string().optional(),
  /** smtp://host:port or smtps://host:port. */
  ALERT_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  ALERT_SMTP_USER: z.string().optional(),
  ALERT_SMTP_PASSWORD: secret,
  ALERT_SMTP_PASSWORD_FILE: z.string().optional(),
  ALERT_EMAIL_FROM: z.string().optional(),
  ALERT_EMAIL_TO: z.string().default("").transform(list),
  ALERT_TELEGRAM_TOKEN: secret,
  ALERT_TELEGRAM_TOKEN_FILE: z.string().optional(),
  ALERT_TELEGRAM_CHAT: z.string().optional(),
  ALERT_TELEGRAM_URL: z.url({ protocol: /^https?$/ }).default("https://api.telegram.org"),
};

type Environment = z.output<z.ZodObject<typeof ENV>>;

export interface MonitorConfig extends Environment {
  readonly thresholds: Thresholds;
  readonly webhook: { readonly url: string; readonly secret: string | undefined } | undefined;
  readonly email:
    | {
        readonly url: string;
        readonly user: string | undefined;
        readonly password: string | undefined;
        readonly from: string;
        readonly to: readonly string[];
      }
    | undefined;
  readonly telegram: { readonly url: string; readonly token: string; readonly chat: string } | undefined;
}

const wrong = (text: string): LockstepError => new LockstepError("bad_config", text);

export function readMonitorConfig(env?: NodeJS.ProcessEnv): MonitorConfig {
  const config = readConfig(ENV, env);
  return {
    ...config,
    thresholds: thresholdsOf(config.ALERT_THRESHOLDS),
    webhook: config.ALERT_WEBHOOK_URL
      ? { url: config.ALERT_WEBHOOK_URL, secret: secretOf(config, "ALERT_WEBHOOK_SECRET") }
      : undefined,
    email: emailOf(config),
    telegram: telegramOf(config),
  };
}

function thresholdsOf(text: string): Thresholds {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LockstepError("bad_config", `ALERT_THRESHOLDS is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = Thresholds.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw wrong(`ALERT_THRESHOLDS: ${where}`);
}

function emailOf(config: Environment): MonitorConfig["email"] {
  const { ALERT_SMTP_URL: url, ALERT_EMAIL_FROM: from, ALERT_EMAIL_TO: to, ALERT_SMTP_USER: user } = config;
  if (url === undefined) return undefined;
  if (from === undefined || to.length === 0)
    throw wrong("ALERT_SMTP_URL is set: set ALERT_EMAIL_FROM and ALERT_EMAIL_TO");
  const { username, password } = new URL(url);
  if (username !== "" || password !== "")
    throw wrong("ALERT_SMTP_URL holds a user or password: give them as ALERT_SMTP_USER and ALERT_SMTP_PASSWORD(_FILE)");
  return { url, user, password: secretOf(config, "ALERT_SMTP_PASSWORD"), from, to };
}

function telegramOf(config: Environment): MonitorConfig["telegram"] {
  const token = secretOf(config, "ALERT_TELEGRAM_TOKEN");
  const { ALERT_TELEGRAM_CHAT: chat, ALERT_TELEGRAM_URL: url } = config;
  if (token === undefined) return undefined;
  if (chat === undefined) throw wrong("ALERT_TELEGRAM_TOKEN is set: set ALERT_TELEGRAM_CHAT, the chat's id");
  return { url, token, chat };
}

type SecretName = "ALERT_WEBHOOK_SECRET" | "ALERT_SMTP_PASSWORD" | "ALERT_TELEGRAM_TOKEN";

function secretOf(config: Environment, name: SecretName): string | undefined {
  const file = config[`${name}_FILE`];
  if (config[name] !== undefined || file === undefined) return config[name];
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new LockstepError("bad_config", `${name}_FILE=${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
