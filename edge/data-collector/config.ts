// Settings of data-collector, from the environment.
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { type NewsSource, NewsSources } from "#proto/configuration/services.ts";
import { LockstepError } from "#proto/errors.ts";

const ENV = {
  ...SERVICE_ENV,
  METATRADER_CONNECTOR_URL: z.url().optional(),
  /** JSON array of sources; empty = none. */
  DATA_SOURCES: z.string().default("[]"),
  /** Of one whole answer. */
  FETCH_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(15_000),
};

export interface CollectorConfig extends z.output<z.ZodObject<typeof ENV>> {
  readonly sources: readonly NewsSource[];
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
  if (parsed.success) return { ...config, sources: parsed.data };
  const where = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`).join("; ");
  throw new LockstepError("bad_config", `DATA_SOURCES: ${where}`);
}
