// What trading-engine reads from the environment.
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { LockstepError } from "#proto/errors.ts";

const SHIPPED = fileURLToPath(new URL("../../core-wasm/models/shipped/", import.meta.url));

export function loadConfig(env?: NodeJS.ProcessEnv) {
  const config = readConfig(
    {
      ...SERVICE_ENV,
      NATS_URL: z.string().min(1),
      /** Directory of .lsm model files. */
      LOCKSTEP_MODEL_DIR: z.string().default(SHIPPED),
      /** How much is decided again after a restart, at most. */
      LOCKSTEP_SNAPSHOT_MS: z.coerce.number().int().min(10).max(3_600_000).default(30_000),
      /** Several processes share the streams: each is told how many there are and which one it is, from 0. */
      LOCKSTEP_WORKERS: z.coerce.number().int().min(1).max(1_000).default(1),
      LOCKSTEP_WORKER: z.coerce.number().int().min(0).default(0),
    },
    env,
  );
  if (config.LOCKSTEP_WORKER >= config.LOCKSTEP_WORKERS)
    throw new LockstepError(
      "bad_config",
      `LOCKSTEP_WORKER=${config.LOCKSTEP_WORKER} must be below LOCKSTEP_WORKERS=${config.LOCKSTEP_WORKERS}`,
    );
  return config;
}

export type Config = ReturnType<typeof loadConfig>;
