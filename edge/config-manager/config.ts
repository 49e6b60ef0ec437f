// Settings of config-manager, from the environment.
import { join } from "node:path";
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";
import { LockstepError } from "#proto/errors.ts";

const ENV = {
  ...SERVICE_ENV,
  /** History, secrets, tokens. */
  LOCKSTEP_CONFIG_DATA: z.string().default(".lockstep/config"),
  /** The connector's data directory: a dry run reads its journal and models. */
  LOCKSTEP_EDGE_DATA: z.string().default(".lockstep/edge"),
  METATRADER_CONNECTOR_URL: z.url().optional(),
  /** A file with 64 hex digits that only its owner reads; made when it is missing. */
  LOCKSTEP_SECRETS_KEY_FILE: z.string().optional(),
  /** Instead of a key file: the key is derived from it (scrypt). */
  LOCKSTEP_SECRETS_PASSPHRASE: z.string().min(12, "at least 12 characters").optional(),
  /** For one start: what the secrets are encrypted with until now; they are encrypted anew with the key above. */
  LOCKSTEP_SECRETS_OLD_KEY_FILE: z.string().optional(),
  LOCKSTEP_SECRETS_OLD_PASSPHRASE: z.string().optional(),
  DRY_RUN_MINUTES_MAX: z.coerce.number().min(0.01).max(240).default(10),
  DRY_RUN_MEMORY_MB: z.coerce.number().int().min(64).max(8_192).default(512),
};

export interface KeySource {
  readonly file?: string | undefined;
  readonly passphrase?: string | undefined;
}

export interface ManagerConfig extends z.output<z.ZodObject<typeof ENV>> {
  readonly secretsKey: KeySource;
  readonly oldSecretsKey: KeySource | undefined;
}

export function readManagerConfig(env?: NodeJS.ProcessEnv): ManagerConfig {
  const config = readConfig(ENV, env);
  const { LOCKSTEP_SECRETS_PASSPHRASE: passphrase, LOCKSTEP_SECRETS_KEY_FILE: file } = config;
  if (passphrase !== undefined && file !== undefined)
    throw new LockstepError("bad_config", "set LOCKSTEP_SECRETS_KEY_FILE or LOCKSTEP_SECRETS_PASSPHRASE, not both");
  const oldPassphrase = config.LOCKSTEP_SECRETS_OLD_PASSPHRASE;
  const oldFile = config.LOCKSTEP_SECRETS_OLD_KEY_FILE;
  return {
    ...config,
    secretsKey:
      passphrase === undefined ? { file: file ?? join(config.LOCKSTEP_CONFIG_DATA, "secrets.key") } : { passphrase },
    oldSecretsKey: oldPassphrase || oldFile ? { file: oldFile, passphrase: oldPassphrase } : undefined,
  };
}
