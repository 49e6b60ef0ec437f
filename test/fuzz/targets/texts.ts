// Text from people and from the bus: the edge's settings file, the environment of every service, start's command line,
// events, cursors of pages. Only bad_config or bad_request comes out, and what is taken lies inside its bounds.

import { decodeEvent, encodeEvent, makeEvent } from "#storage/events/envelope.ts";
import { readGatewayConfig } from "../../../cloud/api-gateway/config.ts";
import { loadConfig as bridgeConfig } from "../../../cloud/data-bridge/config.ts";
import { readDatabaseConfig } from "../../../cloud/database-service/config.ts";
import { decodePosition, encodePosition } from "../../../cloud/database-service/queries/paging.ts";
import { loadConfig as engineConfig } from "../../../cloud/trading-engine/config.ts";
import { loadConfig as edgeConfig } from "../../../edge/metatrader-connector/accounts.ts";
import { parseSettings } from "../../../edge/metatrader-connector/config.ts";
import { parseStartOptions } from "../../../start/options.ts";
import type { Picks } from "../../choices.ts";
import { damaged, damagedText, JSON_PIECES } from "../damage.ts";
import { holds, Reached, refused, type Target } from "../target.ts";

const PIECES = [...JSON_PIECES, "true", "NaN", "1.5", '"__proto__":1,', "\\u0000"];
const SETTINGS = JSON.stringify({
  limits: { order_volume_max_lots: 0.1, daily_loss_max: 500, leverage_max: 20, session_from_s: 0, stop_required: true },
  strategy: { volume_lots: 0.1, intent_life_ms: 2000, timeframe_s: 60, enabled: true, strategy_id: 1 },
  session: { disconnect_policy: 0, policy_delay_ms: 60_000, commands_per_s_max: 20 },
});
const NAMES = Object.keys({
  ...JSON.parse(SETTINGS).limits,
  ...JSON.parse(SETTINGS).strategy,
  ...JSON.parse(SETTINGS).session,
});
const VALUES = [
  0,
  -1,
  1,
  0.1,
  1e6,
  1e7,
  1e10,
  1e308,
  500_000,
  500_001,
  86_399,
  86_400,
  2 ** 32,
  null,
  true,
  "1",
  [],
  {},
];

function settingsText(pick: Picks): string {
  const json = JSON.parse(SETTINGS) as Record<string, Record<string, unknown>>;
  for (let n = pick.below(3); n > 0; n--) {
    const section = json[["limits", "strategy", "session"][pick.below(3)] as string] as Record<string, unknown>;
    section[NAMES[pick.below(NAMES.length)] as string] = VALUES[pick.below(VALUES.length)];
  }
  let text = JSON.stringify(json);
  for (let n = pick.oneIn(3) ? 1 + pick.below(3) : 0; n > 0; n--) text = damagedText(text, PIECES, pick);
  return text;
}

/** Amounts become records' 64-bit integers: none may leave them. */
function checkSettings(value: unknown): void {
  if (typeof value === "bigint") holds(value >= 0n && value < 2n ** 63n, `a setting of ${value}`);
  else if (typeof value === "number") holds(Number.isFinite(value), `a setting of ${value}`);
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(checkSettings);
}

export function settings(): Target {
  const seen = new Reached(["refused: bad_config", "taken"]);
  const play = (pick: Picks): void => {
    try {
      checkSettings(parseSettings(settingsText(pick), "settings.json"));
      seen.see("taken");
    } catch (error) {
      refused(seen, error);
    }
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOST: "127.0.0.1",
  PORT: "0",
  HEALTH_PORT: "0",
  LOG_LEVEL: "info",
  NATS_URL: "nats://127.0.0.1:4222",
  POSTGRES_URL: "postgres://127.0.0.1/x",
  CLICKHOUSE_URL: "http://127.0.0.1:8123",
  DATABASE_SERVICE_URL: "http://127.0.0.1:8008",
  LOCKSTEP_TLS_DIR: "/nowhere",
  LOCKSTEP_EA_SECRET: "test-secret-0001",
  LOCKSTEP_ACCOUNTS: "1@Demo",
  LOCKSTEP_SYMBOLS: "EURUSD,GBPUSD",
  LOCKSTEP_CLOCK: "wall",
  LOCKSTEP_SNAPSHOT_MS: "1000",
  LOCKSTEP_SNAPSHOT_RECORDS: "1000",
  LOCKSTEP_KEEP_RECORDS: "0",
  LOCKSTEP_KEEP_DAYS: "30",
  LOCKSTEP_WORKERS: "2",
  LOCKSTEP_WORKER: "1",
};
const ODD = [
  "",
  " ",
  "0",
  "-1",
  "65536",
  "1e3",
  "1e999",
  "abc",
  "http://",
  ",",
  "a,b,,c",
  "1@",
  "\n",
  "x".repeat(300),
  "0x10",
];
const ARGUMENTS = [
  "--ticks",
  "--speed",
  "--exit",
  "--json",
  "--seed",
  "--max-ticks",
  "--data",
  "--ports",
  "--help",
  "--nonsense",
  "auto",
  "max",
  "1",
  "-1",
  "package.json",
  "--",
  "--symbols=A",
];
const READERS = [bridgeConfig, readDatabaseConfig, readGatewayConfig, engineConfig, edgeConfig];

export function environments(): Target {
  const seen = new Reached(["refused: bad_config", "taken", "arguments taken", "help"]);
  const play = (pick: Picks): void => {
    const env = { ...ENVIRONMENT };
    const names = Object.keys(env);
    for (let n = pick.below(3); n > 0; n--)
      env[names[pick.below(names.length)] as string] = pick.oneIn(2)
        ? (ODD[pick.below(ODD.length)] as string)
        : damagedText(ENVIRONMENT[names[pick.below(names.length)] as string] as string, ODD, pick);
    const words = Array.from({ length: pick.below(6) }, () => ARGUMENTS[pick.below(ARGUMENTS.length)] as string);
    for (const read of READERS)
      try {
        checkSettings(read(env));
        seen.see("taken");
      } catch (error) {
        refused(seen, error);
      }
    try {
      seen.see(parseStartOptions(words) ? "arguments taken" : "help");
    } catch (error) {
      refused(seen, error);
    }
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

const U64_MAX = 2n ** 64n - 1n;

export function events(): Target {
  const seen = new Reached(["refused: bad_request", "event", "cursor", "no cursor"]);
  const good = encodeEvent(
    makeEvent({
      type: "TradingExecuted",
      stream: "5a".repeat(16),
      seq: 7n,
      timeNs: 1_400_000_000_000_000_000n,
      data: { a: "1" },
    }),
  );
  const text = Buffer.from(good).toString();
  const play = (pick: Picks): void => {
    let bytes: Uint8Array = Buffer.from(pick.oneIn(2) ? damagedText(text, PIECES, pick) : text);
    for (let n = pick.below(3); n > 0; n--) bytes = damaged(bytes, good, pick);
    try {
      const event = decodeEvent(bytes);
      holds(
        JSON.stringify(decodeEvent(encodeEvent(event))) === JSON.stringify(event),
        "written and read again it is the same",
      );
      seen.see("event");
    } catch (error) {
      refused(seen, error);
    }
    cursor(pick, seen);
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

function cursor(pick: Picks, seen: Reached): void {
  const digits = (n: number): string => Array.from({ length: n }, () => pick.below(10)).join("");
  const plain = `${pick.oneIn(4) ? "-" : ""}${digits(1 + pick.below(20))}.${"5a".repeat(pick.below(18))}.${digits(1 + pick.below(21))}`;
  const honest = Buffer.from(pick.oneIn(4) ? damagedText(plain, PIECES, pick) : plain).toString("base64url");
  const given = pick.oneIn(8) ? undefined : pick.oneIn(8) ? damagedText(honest, PIECES, pick) : honest;
  try {
    const position = decodePosition(given);
    if (!position) {
      seen.see("no cursor");
      return;
    }
    holds(BigInt.asIntN(64, position.at) === position.at, "the time of a cursor is one that a database can hold");
    holds(position.seq <= U64_MAX, "so is its seq");
    holds(decodePosition(encodePosition(position))?.seq === position.seq, "a cursor is read as it was written");
    seen.see("cursor");
  } catch (error) {
    refused(seen, error);
  }
}
