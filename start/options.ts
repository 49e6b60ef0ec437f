// What `npm start -- ...` understands.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { LockstepError } from "#proto/errors.ts";

export const START_HELP = `npm start -- [options]     runs the whole system on this machine: terminal, edge, cloud, databases
  --ticks FILE...   replay these MT5 tick exports (.csv, .csv.gz) instead of the simulated market
  --speed S         1 = as it happened (default without --ticks), N = N times faster, max (default with --ticks)
  --exit            stop when the replay is done, verified and projected (with --ticks)
  --json            the last line of stdout is one JSON object with the run's figures
  --symbols A,B     symbols of the simulated market (default EURUSD,GBPUSD,USDJPY,XAUUSD)
  --seed N          seed of the simulated market and broker (default 1)
  --max-ticks N     stop the terminal after N ticks
  --faults SPEC     faults of the simulated terminal (node test/terminal/main.ts --help)
  --data DIR        where everything is kept (default .lockstep/live; a replay starts afresh in .lockstep/replay)
  --ports P         fixed (default: 8000, 8001, 8007, 8008, 9001, 9002, 9003, 9004) or auto (any free ones)
  --help
Engines of your own: NATS_URL, POSTGRES_URL, CLICKHOUSE_URL. Limits and strategy: the page at port 9004, or before its first version LOCKSTEP_EDGE_CONFIG=FILE (JSON). News: DATA_SOURCES (JSON). Calendar and history files: CALENDAR_DIR, HISTORY_DIR. Ctrl-C stops cleanly; started again with the same --data it goes on.`;

export interface StartOptions {
  readonly ticks: readonly string[];
  readonly speed: string;
  readonly exit: boolean;
  readonly json: boolean;
  readonly symbols: string;
  readonly seed: string;
  readonly maxTicks: string | undefined;
  readonly faults: string | undefined;
  readonly dataDir: string;
  /** Remove what an earlier run left in dataDir. */
  readonly fresh: boolean;
  readonly autoPorts: boolean;
  /** More for the simulated terminal (its own --help), from a program: not on the command line. */
  readonly terminalArgs?: readonly string[];
}

/** `--ticks A B C` takes every following word, which parseArgs does not do by itself: words become repeated options. */
function spreadTicks(argv: readonly string[]): string[] {
  const out: string[] = [];
  let taking = false;
  for (const word of argv) {
    if (word === "--ticks") taking = true;
    else if (word.startsWith("--")) {
      taking = false;
      out.push(word);
    } else out.push(...(taking ? ["--ticks", word] : [word]));
  }
  return out;
}

/** Parses the command line; undefined = help was asked for. Throws bad_config with what to do. */
export function parseStartOptions(argv: readonly string[]): StartOptions | undefined {
  const flag = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({
      args: spreadTicks(argv),
      options: {
        ticks: { type: "string", multiple: true },
        speed: text,
        exit: flag,
        json: flag,
        symbols: text,
        seed: text,
        "max-ticks": text,
        faults: text,
        data: text,
        ports: text,
        help: flag,
      },
    }));
  } catch (error) {
    throw new LockstepError("bad_config", `${(error as Error).message}\n${START_HELP}`);
  }
  if (values.help) return undefined;
  const ticks = ((values.ticks as string[] | undefined) ?? []).map((file) => resolve(file));
  const missing = ticks.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new LockstepError("bad_config", `no such tick file: ${missing.join(", ")}`);
  if (argv.includes("--ticks") && ticks.length === 0)
    throw new LockstepError("bad_config", "--ticks takes one or more files");
  const speed = (values.speed as string | undefined) ?? (ticks.length > 0 ? "max" : "1");
  if (speed !== "max" && !(Number(speed) > 0))
    throw new LockstepError("bad_config", `--speed ${speed}: takes 1, a number above 0, or max`);
  const ports = (values.ports as string | undefined) ?? "fixed";
  if (ports !== "fixed" && ports !== "auto")
    throw new LockstepError("bad_config", `--ports ${ports}: takes fixed or auto`);
  const maxTicks = values["max-ticks"] as string | undefined;
  const exit = values.exit === true;
  if (exit && ticks.length === 0 && maxTicks === undefined)
    throw new LockstepError("bad_config", "--exit needs an end: give --ticks FILE... or --max-ticks N");
  return {
    ticks,
    speed,
    exit,
    json: values.json === true,
    maxTicks,
    symbols: (values.symbols as string | undefined) ?? "EURUSD,GBPUSD,USDJPY,XAUUSD",
    seed: (values.seed as string | undefined) ?? "1",
    faults: values.faults as string | undefined,
    dataDir: resolve((values.data as string | undefined) ?? (ticks.length > 0 ? ".lockstep/replay" : ".lockstep/live")),
    fresh: values.data === undefined && ticks.length > 0,
    autoPorts: ports === "auto",
  };
}
