// What data-bridge reads from the environment.
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";

export const loadConfig = (env?: NodeJS.ProcessEnv) =>
  readConfig(
    {
      ...SERVICE_ENV,
      /** HTTP for health, metrics and /streams; PORT is the gRPC port. 0 = any free one. */
      HEALTH_PORT: z.coerce.number().int().min(0).max(65535).optional(),
      NATS_URL: z.string().min(1),
      LOCKSTEP_TLS_DIR: z.string().min(1),
    },
    env,
  );

export type Config = ReturnType<typeof loadConfig>;
