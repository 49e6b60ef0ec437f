// What config-manager has for a service: its part of the configuration in force, and its secrets, as environment variables. They
// stand in front of the process's own. Asked once, at start, with the service's own token; a box whose config-manager does not
// answer starts with its environment alone.
import { readFileSync } from "node:fs";
import { LockstepError } from "#proto/errors.ts";
import { configManager, type SecretService } from "#proto/services/config-manager.ts";
import { makeClient } from "./client.ts";
import type { Log } from "./log.ts";

const ASK_MS = 3_000;

/** CONFIG_MANAGER_URL and CONFIG_MANAGER_TOKEN_FILE say where and how; without them the environment is all there is. */
export async function configuredEnv(
  service: SecretService,
  { log, env = process.env }: { log: Log; env?: NodeJS.ProcessEnv },
): Promise<NodeJS.ProcessEnv> {
  const { CONFIG_MANAGER_URL: url, CONFIG_MANAGER_TOKEN_FILE: file } = env;
  if (!url || !file) return env;
  try {
    const token = readFileSync(file, "utf8").trim();
    const client = makeClient({ contract: configManager, url, timeoutMs: ASK_MS });
    const told = await client.serviceSettings({ body: { service, token } });
    log.info("configured", { config_version: told.config_version, names: Object.keys(told.env) });
    return { ...env, ...told.env };
  } catch (error) {
    const why = error instanceof LockstepError ? error.message : `${file} cannot be read`;
    log.warn("config-manager was not asked; the environment alone counts", { why });
    return env;
  }
}
