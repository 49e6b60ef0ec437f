// What trading-engine reads from the environment.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { LockstepError } from "#proto/errors.ts";
import { commandSigner } from "./authority-io.ts";
import type { CloudOperator } from "./requests.ts";
import type { CommandOptions } from "./service.ts";

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
      /** File of the Ed25519 key that signs leases, limits, stops and takeovers; made when it is not there. Without it none is. */
      LOCKSTEP_COMMAND_KEY: z.string().optional(),
      /** How long a box may open positions without hearing from the cloud. */
      LOCKSTEP_LEASE_S: z.coerce.number().int().min(5).max(2_592_000).default(3_600),
      /** What a box's clock may differ by within a lease; a replacement box waits so much longer. */
      LOCKSTEP_CLOCK_BOUND_S: z.coerce.number().int().min(0).max(86_400).default(60),
      /** JSON file, a list of {"name", "public_key"}: who may order a replacement box, a stop or limits from here. */
      LOCKSTEP_CLOUD_OPERATORS: z.string().optional(),
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

const Operators = z.array(
  z.strictObject({ name: z.string().regex(/^[ -~]{1,32}$/), public_key: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/** Undefined without a command key. */
export function loadCommand(config: Config): CommandOptions | undefined {
  const { LOCKSTEP_COMMAND_KEY: key, LOCKSTEP_CLOUD_OPERATORS: file } = config;
  if (!key) return undefined;
  return {
    signer: commandSigner(key),
    leaseMs: config.LOCKSTEP_LEASE_S * 1000,
    clockBoundMs: config.LOCKSTEP_CLOCK_BOUND_S * 1000,
    operators: file ? readOperators(file) : [],
  };
}

function readOperators(file: string): CloudOperator[] {
  try {
    return Operators.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new LockstepError("bad_config", `LOCKSTEP_CLOUD_OPERATORS=${file}: ${(cause as Error).message}`, { cause });
  }
}
