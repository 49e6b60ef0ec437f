// Settings of data-collector, from the environment.
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { type BrokerZone, ZONE_RULES, zoneOf } from "#proto/broker-zone.ts";
import { type NewsSource, NewsSources } from "#proto/configuration/services.ts";
import { LockstepError } from "#proto/errors.ts";

const ENV = {
  ...SERVICE_ENV,
  METATRADER_CONNECTOR_URL: z.url().optional(),
  /** JSON array of sources; empty = none. */
  DATA_SOURCES: z.string().default("[]"),
  /** Of one whole answer. */
  FETCH_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(15_000),
  /** Watched for calendar files (CSV, JSON). */
  CALENDAR_DIR: z.string().min(1).optional(),
  /** Watched for MT5's exports of ticks and bars. */
  HISTORY_DIR: z.string().min(1).optional(),
  /** How often the directories are looked at. */
  WATCH_MS: z.coerce.number().int().min(50).max(3_600_000).default(5_000),
  /** The broker's clock, in which the files are written: UTC with a fixed offset, or one that changes with the seasons. */
  BROKER_ZONE: z.enum(ZONE_RULES).default("fixed"),
  /** Broker time minus UTC in winter, seconds; of fixed always. By default 0 with fixed and 7200 with the others. */
  BROKER_OFFSET_S: z.coerce
    .number()
    .int()
    .min(-15 * 3600)
    .max(15 * 3600)
    .optional(),
};

export interface CollectorConfig extends z.output<z.ZodObject<typeof ENV>> {
  readonly sources: readonly NewsSource[];
  readonly zone: BrokerZone;
}

export function readCollectorConfig(env?: NodeJS.ProcessEnv): CollectorConfig {
  const config = readConfig(ENV, env);
  let json: unknown;
  try {
    json = JSON.parse(config.DATA_SOURCES);
  } catch (cause) {
    throw new LockstepError("bad_config", `DATA_SOURCES is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = NewsSources.safeParse(json);
  const zone = zoneOf(config.BROKER_ZONE, config.BROKER_OFFSET_S);
  if (parsed.success) return { ...config, sources: parsed.data, zone };
  const where = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`).join("; ");
  throw new LockstepError("bad_config", `DATA_SOURCES: ${where}`);
}
