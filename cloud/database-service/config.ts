// Settings of database-service, from the environment.
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";

const ENV = {
  ...SERVICE_ENV,
  NATS_URL: z.url(),
  POSTGRES_URL: z.url(),
  /** A ClickHouse server; else the embedded engine on CLICKHOUSE_PATH. */
  CLICKHOUSE_URL: z.url().optional(),
  CLICKHOUSE_PATH: z.string().default(".lockstep/clickhouse"),
};

export const readDatabaseConfig = (env?: NodeJS.ProcessEnv) => readConfig(ENV, env);
export type DatabaseConfig = ReturnType<typeof readDatabaseConfig>;
