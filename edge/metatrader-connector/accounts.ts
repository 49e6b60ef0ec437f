// The accounts of this process. Each is a stream of its own, with its own configuration: what the environment and the
// file say for all, and what the file says of this account alone.
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { readConfig } from "#mesh/service/config.ts";
import { LockstepError } from "#proto/errors.ts";
import {
  AccountSettings,
  checkSettings,
  type EdgeConfig,
  ENVIRONMENT,
  type Environment,
  parseJson,
  SECRET_MIN,
} from "./config.ts";

/** Of the whole process: what all accounts share, and each account's own. */
export interface ConnectorConfig extends Environment {
  /** Certificate and key for EAs, PEM. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly accounts: readonly EdgeConfig[];
}

const readText = (path: string, variable: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new LockstepError("bad_config", `${variable}=${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
};

/** The file as it is for one account. `file`: checked already. */
function settingsOf(file: Readonly<Record<string, unknown>>, own: z.output<typeof AccountSettings>, where: string) {
  const { limits, strategy, session, strategy_limits } = own;
  const over = (part: string, changes: object) => ({ ...(file[part] as object | undefined), ...changes });
  const merged = {
    ...file,
    accounts: {},
    limits: over("limits", limits),
    strategy: over("strategy", strategy),
    session: over("session", session),
    ...(strategy_limits && { strategy_limits }),
  };
  return checkSettings(merged, where);
}

const NAME_MAX = 32;

export function loadConfig(env: NodeJS.ProcessEnv = process.env): ConnectorConfig {
  const config = readConfig(ENVIRONMENT, env);
  const { LOCKSTEP_EDGE_CONFIG: path, LOCKSTEP_EA_SECRET_FILE: secretFile } = config;
  const file = path ? parseJson(readText(path, "LOCKSTEP_EDGE_CONFIG"), path) : {};
  const shared = checkSettings(file, path ?? "settings");
  const names = accountsOf(config);
  for (const name of Object.keys(shared.accounts))
    if (!names.includes(name))
      throw new LockstepError("bad_config", `${path}: accounts.${name} is not in LOCKSTEP_ACCOUNTS (${names})`);
  const secret =
    config.LOCKSTEP_EA_SECRET ?? (secretFile ? readText(secretFile, "LOCKSTEP_EA_SECRET_FILE").trim() : undefined);
  const accounts = names.map((account): EdgeConfig => {
    const where = `accounts.${account}`;
    const own = shared.accounts[account] ?? AccountSettings.parse({});
    const settings = settingsOf(file as Readonly<Record<string, unknown>>, own, `${path ?? ""} ${where}`);
    const mine = own.secret_file ? readText(own.secret_file, `${where}.secret_file`).trim() : secret;
    if (mine === undefined || mine.length < SECRET_MIN)
      throw new LockstepError(
        "bad_config",
        `set LOCKSTEP_EA_SECRET (or LOCKSTEP_EA_SECRET_FILE), ${SECRET_MIN} characters or more: the EA's secret for ${account}`,
      );
    const login = account.slice(0, account.indexOf("@"));
    const name = names.length === 1 ? config.LOCKSTEP_EDGE_NAME : `${config.LOCKSTEP_EDGE_NAME}-${login}`;
    return {
      ...config,
      account,
      settings,
      secret: mine,
      LOCKSTEP_ACCOUNTS: [account],
      LOCKSTEP_EDGE_NAME: own.name ?? name.slice(-NAME_MAX),
      LOCKSTEP_SYMBOLS: own.symbols ?? config.LOCKSTEP_SYMBOLS,
    };
  });
  return { ...config, accounts, tls: tlsOf(config) };
}

function accountsOf({ LOCKSTEP_ACCOUNTS: named, MT5_LOGIN: login, MT5_SERVER: server }: Environment): string[] {
  if (named.length > 0) return [...new Set(named)];
  if (login && server) return [`${login}@${server}`];
  throw new LockstepError(
    "bad_config",
    "set MT5_LOGIN and MT5_SERVER, or LOCKSTEP_ACCOUNTS to login@server, separated by commas: the accounts that may connect",
  );
}

function tlsOf({ LOCKSTEP_EA_TLS_CERT: cert, LOCKSTEP_EA_TLS_KEY: key }: Environment): ConnectorConfig["tls"] {
  if (!cert && !key) return undefined;
  if (!cert || !key) throw new LockstepError("bad_config", "set both LOCKSTEP_EA_TLS_CERT and LOCKSTEP_EA_TLS_KEY");
  const bytes = (path: string, variable: string) => Buffer.from(readText(path, variable));
  return { cert: bytes(cert, "LOCKSTEP_EA_TLS_CERT"), key: bytes(key, "LOCKSTEP_EA_TLS_KEY") };
}
