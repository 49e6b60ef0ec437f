// The command line of the simulated terminal. Every refusal names the option and what it takes.

import { parseArgs } from "node:util";
import { type BrokerZone, ZONE_RULES, zoneOf } from "#proto/broker-zone.ts";
import { LockstepError } from "#proto/errors.ts";
import { type Faults, parseFaults } from "./faults.ts";
import { KNOWN_SYMBOLS, specFor } from "./specs.ts";

export interface TerminalConfig {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly login: bigint;
  readonly server: string;
  readonly ticks: readonly string[];
  readonly history: readonly string[];
  readonly symbols: readonly string[];
  /** 0 = as fast as the connector goes. */
  readonly speed: number;
  readonly seed: number;
  readonly exit: boolean;
  readonly maxTicks: number;
  readonly journal: string | undefined;
  readonly ledger: string | undefined;
  readonly faults: Faults;
  readonly hedging: boolean;
  readonly balance: number;
  readonly startMs: number | undefined;
  readonly weekends: boolean | undefined;
  readonly zone: BrokerZone;
  /** Files' times are UTC, moved by so many days; undefined = they are the broker's. */
  readonly moveDays: number | undefined;
}

export const HELP = `Simulated MetaTrader 5 terminal: an Expert Advisor, a broker and a market that speak MTX1.

node test/terminal/main.ts [options]

  --connect HOST:PORT    the connector (127.0.0.1:9001)
  --secret S             shared with the connector; or LOCKSTEP_EA_SECRET
  --login N              account number (12345678)
  --server NAME          broker server (Demo-Server)
  --ticks FILE...        MT5 tick exports, .csv or .csv.gz, several symbols and days; without them a generated market
  --history FILE...      MT5 bar exports (M1, H1) to warm up with, for --ticks
  --symbols A,B          of the generated market (${KNOWN_SYMBOLS.join(",")}), or the only ones of the tick files
  --speed 1|N|max        market time against real time (1)
  --seed N               of the market, the broker and the faults (1)
  --start TIME           first market time of the generated market, ISO 8601 (now at speed 1, else a fixed Monday)
  --weekends on|off      close the generated market on weekends (off at speed 1, else on)
  --offset SECONDS       broker time minus UTC (0; with --zone that of winter, 7200)
  --zone RULE            ${ZONE_RULES.join(", ")}: when the broker changes its clock (fixed: never)
  --move-days N          take the times of --ticks and --history as UTC, N days later; without it they are the broker's
  --hedging              hedging account instead of netting
  --balance USD          at the start (100000)
  --faults LIST          none, mild (default), wild, and single rates such as mild,cut_after=0.5
  --max-ticks N          end of the market after so many ticks
  --exit                 end when everything sent is acknowledged and no order is in flight
  --journal FILE         the EA's command journal and the broker's books; survives a restart
  --ledger FILE          one JSON line for each call of OrderSend
  --help                 this text
`;

const OPTIONS = {
  connect: { type: "string", default: "127.0.0.1:9001" },
  secret: { type: "string" },
  login: { type: "string", default: "12345678" },
  server: { type: "string", default: "Demo-Server" },
  ticks: { type: "string", multiple: true, default: [] as string[] },
  history: { type: "string", multiple: true, default: [] as string[] },
  symbols: { type: "string" },
  speed: { type: "string", default: "1" },
  seed: { type: "string", default: "1" },
  start: { type: "string" },
  weekends: { type: "string" },
  offset: { type: "string" },
  zone: { type: "string", default: "fixed" },
  "move-days": { type: "string" },
  hedging: { type: "boolean", default: false },
  balance: { type: "string", default: "100000" },
  faults: { type: "string", default: "mild" },
  "max-ticks": { type: "string" },
  exit: { type: "boolean", default: false },
  journal: { type: "string" },
  ledger: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const refuse = (option: string, takes: string): LockstepError =>
  new LockstepError("bad_config", `--${option} takes ${takes}; --help shows every option`);

/** `--ticks a b c` is `--ticks a --ticks b --ticks c`. */
function spreadLists(args: readonly string[]): string[] {
  let list: string | undefined;
  let first = false;
  return args.flatMap((arg) => {
    if (arg.startsWith("--")) {
      list = arg === "--ticks" || arg === "--history" ? arg : undefined;
      first = true;
      return [arg];
    }
    const again = list !== undefined && !first;
    first = false;
    return again && list !== undefined ? [list, arg] : [arg];
  });
}

function whole(option: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < least || value > most)
    throw refuse(option, `a whole number from ${least} to ${most}, not "${text}"`);
  return value;
}

function speedOf(text: string): number {
  if (text === "max") return 0;
  const speed = Number(text);
  if (!(speed > 0 && speed <= 100_000)) throw refuse("speed", `1, another factor up to 100000, or max, not "${text}"`);
  return speed;
}

function values(args: readonly string[]) {
  try {
    return parseArgs({ args: spreadLists(args), options: OPTIONS, allowPositionals: false }).values;
  } catch (cause) {
    throw new LockstepError("bad_config", `${(cause as Error).message}; --help shows every option`, { cause });
  }
}

/** Undefined when the help was asked for. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv = {}): TerminalConfig | undefined {
  const given = values(args);
  if (given.help) return undefined;
  const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(given.connect) ?? [];
  if (host === "") throw refuse("connect", "HOST:PORT");
  const secret = given.secret ?? env.LOCKSTEP_EA_SECRET;
  if (!secret) throw refuse("secret", "the secret that the connector has, or set LOCKSTEP_EA_SECRET");
  const symbols = given.symbols?.split(",") ?? [];
  for (const symbol of symbols) specFor(symbol);
  const startMs = given.start === undefined ? undefined : Date.parse(given.start);
  if (startMs !== undefined && Number.isNaN(startMs)) throw refuse("start", "a time such as 2025-03-03T08:00:00Z");
  const rule = ZONE_RULES.find((known) => known === given.zone);
  if (rule === undefined) throw refuse("zone", ZONE_RULES.join(", "));
  if (given.weekends !== undefined && !["on", "off"].includes(given.weekends)) throw refuse("weekends", "on or off");
  return {
    host,
    port: whole("connect", port, [1, 65_535]),
    secret,
    login: BigInt(whole("login", given.login, [1, Number.MAX_SAFE_INTEGER])),
    server: given.server,
    ticks: given.ticks,
    history: given.history,
    symbols,
    speed: speedOf(given.speed),
    seed: whole("seed", given.seed, [0, Number.MAX_SAFE_INTEGER]),
    exit: given.exit,
    maxTicks:
      given["max-ticks"] === undefined
        ? Number.POSITIVE_INFINITY
        : whole("max-ticks", given["max-ticks"], [1, Number.MAX_SAFE_INTEGER]),
    journal: given.journal,
    ledger: given.ledger,
    faults: parseFaults(given.faults),
    hedging: given.hedging,
    balance: whole("balance", given.balance, [1, 1_000_000_000]),
    startMs,
    weekends: given.weekends === undefined ? undefined : given.weekends === "on",
    zone: zoneOf(rule, given.offset === undefined ? undefined : whole("offset", given.offset, [-15 * 3600, 15 * 3600])),
    moveDays: given["move-days"] === undefined ? undefined : whole("move-days", given["move-days"], [-36_500, 36_500]),
  };
}
