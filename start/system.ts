// The whole system on one machine: which parts there are, in which order they start, and what each is told. Ports are
// chosen before anything starts, so that a part that dies comes back where the others look for it.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureIdentity } from "#mesh/identity/identity-io.ts";
import { EDGE_NODE_FLAGS } from "#mesh/service/node-flags.ts";
import { SERVICES } from "#mesh/topology.ts";
import { findOrStartNats } from "#storage/engines/nats.ts";
import { startPostgres } from "#storage/engines/postgres.ts";
import { freePort } from "#storage/engines/process.ts";
import { makeOperatorKey, type OperatorIdentity, publicKeyOf, readOperatorKey } from "./operator.ts";
import type { StartOptions } from "./options.ts";
import { startProcess } from "./service-process.ts";
import { Supervisor } from "./supervisor.ts";

export const LOGIN = "12345678";
export const SERVER = "Demo-Server";

export interface Ports {
  readonly nats: number;
  readonly postgres: number;
  readonly bridge: number;
  readonly bridgeHealth: number;
  readonly engine: number;
  readonly database: number;
  readonly gateway: number;
  readonly connector: number;
  readonly monitor: number;
  readonly collector: number;
  readonly config: number;
}

export interface System {
  readonly ports: Ports;
  readonly supervisor: Supervisor;
  /** Settles with the terminal's exit code when it has ended by itself (a replay with --exit). */
  readonly terminalDone: Promise<number>;
  /** The terminal's last message. */
  terminal(): Record<string, unknown>;
}

/** A line between two parts. Whoever wants to stand in it (a fault injector) gives the port that the caller is told. */
export type Wires = (line: "terminal" | "replication" | "nats", port: number) => Promise<number>;
const DIRECT: Wires = async (_line, port) => port;

export const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

async function choosePorts(auto: boolean): Promise<Ports> {
  const pick = async (fixed: number): Promise<number> => (auto ? freePort() : fixed);
  return {
    nats: await freePort(),
    postgres: await freePort(),
    bridge: await pick(SERVICES["data-bridge"].port),
    bridgeHealth: await pick(SERVICES["data-bridge"].healthPort),
    engine: await pick(SERVICES["trading-engine"].port),
    database: await pick(SERVICES["database-service"].port),
    gateway: await pick(SERVICES["api-gateway"].port),
    connector: await pick(SERVICES["metatrader-connector"].port),
    monitor: await pick(SERVICES["market-monitor"].port),
    collector: await pick(SERVICES["data-collector"].port),
    config: await pick(SERVICES["config-manager"].port),
  };
}

/** Shared by connector and terminal; made once for a data directory. */
function secretOf(dataDir: string): string {
  const file = join(dataDir, "ea-secret");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

export async function startSystem(
  options: StartOptions,
  say: (line: string) => void,
  wires: Wires = DIRECT,
): Promise<System> {
  const { dataDir } = options;
  if (options.fresh) rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  const ports = await choosePorts(options.autoPorts);
  const lines = {
    terminal: await wires("terminal", ports.connector),
    replication: await wires("replication", ports.bridge),
    nats: await wires("nats", ports.nats),
  };
  const at = (...parts: string[]): string => join(dataDir, ...parts);
  const supervisor = new Supervisor(say);
  supervisor.onChange = () => {
    writeFileSync(at("pids.json.tmp"), `${JSON.stringify(supervisor.pids())}\n`);
    renameSync(at("pids.json.tmp"), at("pids.json")); // whole, whoever reads it
  };
  try {
    ensureIdentity(at("tls"), ["data-bridge"]);
    return await startParts({ options, ports, lines, supervisor, at, say });
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

interface Setup {
  readonly options: StartOptions;
  readonly ports: Ports;
  /** Where the caller of each line finds it. */
  readonly lines: Readonly<Record<Parameters<Wires>[0], number>>;
  readonly supervisor: Supervisor;
  at(...parts: string[]): string;
  say(line: string): void;
}

async function startParts(setup: Setup): Promise<System> {
  const { ports, supervisor, at, say } = setup;
  const urls = await startEngines(setup);
  const service = async (
    name: string,
    main: string,
    env: Record<string, string>,
    nodeFlags?: readonly string[],
  ): Promise<void> => {
    const logFile = at("logs", `${name}.log`);
    await supervisor.add({ name, start: () => startProcess({ name, main, env, logFile, nodeFlags }) });
    say(`${name} is ready`);
  };
  await service("data-bridge", "cloud/data-bridge/main.ts", {
    ...urls,
    PORT: String(ports.bridge),
    HEALTH_PORT: String(ports.bridgeHealth),
    LOCKSTEP_TLS_DIR: at("tls"),
  });
  await service("trading-engine", "cloud/trading-engine/main.ts", {
    ...urls,
    PORT: String(ports.engine),
    ...commandEnv(setup),
  });
  await service("database-service", "cloud/database-service/main.ts", {
    ...urls,
    PORT: String(ports.database),
    CLICKHOUSE_PATH: at("clickhouse"),
  });
  await service("api-gateway", "cloud/api-gateway/main.ts", {
    PORT: String(ports.gateway),
    TRADING_ENGINE_URL: urlOf(ports.engine),
    DATABASE_SERVICE_URL: urlOf(ports.database),
  });
  await service("metatrader-connector", "edge/metatrader-connector/main.ts", connectorEnv(setup), EDGE_NODE_FLAGS);
  await service("config-manager", "edge/config-manager/main.ts", {
    PORT: String(ports.config),
    LOCKSTEP_CONFIG_DATA: at("config"),
    LOCKSTEP_EDGE_DATA: at("edge"),
    METATRADER_CONNECTOR_URL: urlOf(ports.connector),
  });
  const configured = (name: string) => ({
    CONFIG_MANAGER_URL: urlOf(ports.config),
    CONFIG_MANAGER_TOKEN_FILE: at("config", "tokens", name),
  });
  await service("data-collector", "edge/data-collector/main.ts", {
    ...configured("data-collector"),
    PORT: String(ports.collector),
    METATRADER_CONNECTOR_URL: urlOf(ports.connector),
  });
  await service("market-monitor", "edge/market-monitor/main.ts", {
    ...configured("market-monitor"),
    PORT: String(ports.monitor),
    LOCKSTEP_EDGE_DATA: at("edge"),
    METATRADER_CONNECTOR_URL: urlOf(ports.connector),
    MONITOR_PAIRS: process.env.MONITOR_PAIRS || symbolsOf(setup.options),
  });
  return { ports, supervisor, ...(await startTerminal(setup)) };
}

async function startEngines({ ports, lines, supervisor, at, say }: Setup): Promise<Record<string, string>> {
  let nats = "";
  let postgres = "";
  await supervisor.add({
    name: "nats-server",
    async start() {
      const running = await findOrStartNats({ dataDir: at("nats"), port: ports.nats });
      const url = new URL(running.url);
      // A server of one's own (NATS_URL) is where it is.
      if (running.pid !== 0) url.port = String(lines.nats);
      nats = url.href;
      say(`nats-server ${running.version} at 127.0.0.1:${running.port}`);
      return running;
    },
  });
  await supervisor.add({
    name: "postgres",
    async start() {
      const running = await startPostgres({ dataDir: at("postgres"), port: ports.postgres });
      postgres = running.url;
      say(`PostgreSQL ${running.version} is ready`);
      return { ...running, pid: running.pid ?? 0 };
    },
  });
  return { NATS_URL: nats, POSTGRES_URL: postgres };
}

/**
 * A terminal that runs ahead at full speed hears an order up to a minute of market time after it was decided: in a
 * replay an intent lives longer than that. LOCKSTEP_EDGE_CONFIG in the environment wins.
 */
function edgeConfigFile({ options, at }: Setup): string {
  const given = process.env.LOCKSTEP_EDGE_CONFIG;
  if (given) return given;
  const file = at("edge-config.json");
  if (existsSync(file)) return file;
  const { name, public_key } = operatorOf(at);
  const strategy = options.speed === "max" ? { intent_life_ms: 120_000 } : {};
  // A lease is of the world's time: where the terminal's runs faster, none is asked for.
  const limits = { lease_required: hasWallClock(options) };
  const cloud_keys = [publicKeyOf(at("cloud-command.key"))];
  const settings = { strategy, limits, operators: [{ name, public_key }], cloud_keys };
  writeFileSync(file, `${JSON.stringify(settings, undefined, 2)}\n`);
  return file;
}

/** The cloud of this machine: its command key, and who may order of it, the operator of its box. */
function commandEnv({ at }: Setup): Record<string, string> {
  const operators = at("cloud-operators.json");
  if (!existsSync(operators)) {
    const { name, public_key } = operatorOf(at);
    writeFileSync(operators, `${JSON.stringify([{ name, public_key }])}\n`);
  }
  return { LOCKSTEP_COMMAND_KEY: at("cloud-command.key"), LOCKSTEP_CLOUD_OPERATORS: operators };
}

function operatorOf(at: Setup["at"]): OperatorIdentity {
  const key = at("operator.key");
  return existsSync(key) ? readOperatorKey(key) : makeOperatorKey(key, "operator");
}

const hasWallClock = ({ speed, ticks }: StartOptions): boolean => speed === "1" && ticks.length === 0;

/** A replay's clock is the terminal's, so that its records do not depend on the day on which it is run. */
function connectorEnv(setup: Setup): Record<string, string> {
  const { options, ports, lines, at } = setup;
  return {
    LOCKSTEP_EDGE_CONFIG: edgeConfigFile(setup),
    PORT: String(ports.connector),
    LOCKSTEP_EDGE_DATA: at("edge"),
    LOCKSTEP_EDGE_NAME: "edge-1",
    LOCKSTEP_EA_SECRET: secretOf(options.dataDir),
    LOCKSTEP_ACCOUNTS: `${LOGIN}@${SERVER}`,
    LOCKSTEP_SYMBOLS: symbolsOf(options),
    LOCKSTEP_CLOCK: hasWallClock(options) ? "wall" : "terminal",
    BACKEND_URL: `localhost:${lines.replication}`,
    LOCKSTEP_TLS_DIR: at("tls"),
  };
}

/** MT5 names an export after its symbol: XAUUSD_20140501.csv.gz. */
function symbolsOf(options: StartOptions): string {
  if (options.ticks.length === 0) return options.symbols;
  const names = options.ticks.map((file) => /([^/\\_]+)_[^/\\]*$/.exec(file)?.[1] ?? "");
  return [...new Set(names.filter((name) => name !== ""))].join(",");
}

function terminalArgs({ options, lines, at }: Setup): string[] {
  const args = ["--connect", `127.0.0.1:${lines.terminal}`, "--login", LOGIN, "--server", SERVER];
  args.push("--speed", options.speed, "--seed", options.seed);
  args.push("--journal", at("terminal.journal"), "--ledger", at("terminal.ledger"));
  if (options.ticks.length > 0) args.push("--ticks", ...options.ticks);
  else args.push("--symbols", options.symbols);
  if (options.maxTicks !== undefined) args.push("--max-ticks", options.maxTicks);
  if (options.faults !== undefined) args.push("--faults", options.faults);
  if (options.exit) args.push("--exit");
  args.push(...(options.terminalArgs ?? []));
  return args;
}

/** The terminal is supervised too, until it has ended by itself. */
async function startTerminal(setup: Setup): Promise<Pick<System, "terminalDone" | "terminal">> {
  let last: Record<string, unknown> = {};
  let finished: (code: number) => void = () => undefined;
  const terminalDone = new Promise<number>((done) => {
    finished = done;
  });
  await setup.supervisor.add({
    name: "terminal",
    async start() {
      const running = await startProcess({
        name: "terminal",
        main: "test/terminal/main.ts",
        args: terminalArgs(setup),
        env: { LOCKSTEP_EA_SECRET: secretOf(setup.options.dataDir) },
        logFile: setup.at("logs", "terminal.log"),
        readyAtOnce: true,
        onMessage: (message) => {
          last = message;
        },
      });
      // A clean end is an end, not a death: the supervisor never hears of it.
      const died = new Promise<void>((restart) => {
        void running.exitCode.then((code) => (code === 0 ? finished(0) : restart()));
      });
      return { ...running, exited: died };
    },
  });
  setup.say("the simulated terminal is running");
  return { terminalDone, terminal: () => last };
}
