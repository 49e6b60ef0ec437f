// A cloud and boxes as real processes, with leases of seconds: a bridge that can be taken away, boxes that trade at each
// tick for as long as they have leave.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { ensureIdentity } from "#mesh/identity/identity-io.ts";
import { Heartbeat } from "#proto/generated/mtx1.ts";
import { HEARTBEAT_FLAG } from "#proto/mtx1.ts";
import { tradingEngine } from "#proto/services/trading-engine.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { freePort } from "#storage/engines/process.ts";
import { commandSigner } from "../../cloud/trading-engine/authority-io.ts";
import {
  type ConnectorProcess,
  startConnectorProcess,
  TinyEa,
} from "../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { makeOperatorKey } from "../../start/operator.ts";

const LEASE_S = 12;
const BOUND_S = 3;
const MINUTE_MS = 60_000;
const REJECTED = 10006;
const BEAT_MS = 1_000;
/** A tick whose decision is not seen by then is followed by another. */
const PATIENCE_MS = 2_000;

export interface LeaseStatus {
  readonly stream_id: string;
  readonly state: string;
  readonly epoch: number;
  readonly opens_ms: number;
  readonly surely_over_ms: number;
}

export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, ms = 30_000): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`${what} did not happen within ${ms} ms`);
    await sleep(100);
  }
}

export class LeaseSystem {
  readonly root = mkdtempSync(join(tmpdir(), "lockstep-lease-"));
  readonly #children = new Set<ChildProcess>();
  readonly #boxes: ConnectorProcess[] = [];
  #nats: Nats | undefined;
  #grpc = 0;
  engineUrl = "";
  #bridge: ChildProcess | undefined;

  at(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  async start(): Promise<void> {
    mkdirSync(this.at("models"));
    writeFileSync(this.at("models", "sample.lsm"), sampleModel());
    ensureIdentity(this.at("tls"), ["data-bridge"]);
    const { name, public_key } = makeOperatorKey(this.at("operator.key"), "ann");
    writeFileSync(this.at("operators.json"), JSON.stringify([{ name, public_key }]));
    const cloudKey = Buffer.from(commandSigner(this.at("command.key")).publicKey).toString("hex");
    const strategy = { enter_edge_ppm: 0, intent_life_ms: 600_000 };
    const limits = { quote_age_max_ms: 3_600_000, orders_a_minute_max: 64 };
    writeFileSync(this.at("edge.json"), JSON.stringify({ strategy, limits, cloud_keys: [cloudKey] }));
    this.#nats = await startNats({ dataDir: this.at("nats") });
    this.#grpc = await freePort();
    await this.startBridge();
    const port = await this.#service("cloud/trading-engine/main.ts", {
      PORT: "0",
      LOCKSTEP_MODEL_DIR: this.at("models"),
      LOCKSTEP_COMMAND_KEY: this.at("command.key"),
      LOCKSTEP_CLOUD_OPERATORS: this.at("operators.json"),
      LOCKSTEP_LEASE_S: String(LEASE_S),
      LOCKSTEP_CLOCK_BOUND_S: String(BOUND_S),
    });
    this.engineUrl = `http://127.0.0.1:${port}`;
  }

  async #service(main: string, env: Record<string, string>): Promise<number> {
    const child = spawn(process.execPath, [main], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, LOG_LEVEL: "error", NATS_URL: this.#nats?.url, LOCKSTEP_TLS_DIR: this.at("tls"), ...env },
    });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    if (main.includes("data-bridge")) this.#bridge = child;
    const [message] = await once(child, "message");
    return (message as { port: number }).port;
  }

  async startBridge(): Promise<void> {
    await this.#service("cloud/data-bridge/main.ts", { PORT: String(this.#grpc), HEALTH_PORT: "0" });
  }

  /** The boxes lose the cloud. */
  async stopBridge(): Promise<void> {
    const bridge = this.#bridge;
    if (!bridge) return;
    const gone = once(bridge, "exit");
    bridge.kill("SIGKILL");
    await gone;
  }

  async box(name: string): Promise<ConnectorProcess> {
    const box = await startConnectorProcess({
      dataDir: this.at(name),
      env: {
        LOCKSTEP_MODEL: this.at("models", "sample.lsm"),
        LOCKSTEP_EDGE_CONFIG: this.at("edge.json"),
        BACKEND_URL: `localhost:${this.#grpc}`,
        LOCKSTEP_TLS_DIR: this.at("tls"),
        LOG_LEVEL: "error",
      },
    });
    this.#boxes.push(box);
    return box;
  }

  /** Stops a box in the middle of whatever it does, but for its turn with the certificates that all boxes here share. */
  async pause(box: ConnectorProcess): Promise<void> {
    await eventually("a moment to stop the box", async () => {
      process.kill(box.pid, "SIGSTOP");
      if (!existsSync(this.at("tls", ".lock"))) return true;
      process.kill(box.pid, "SIGCONT");
      return undefined;
    });
  }

  async leases(): Promise<LeaseStatus | undefined> {
    const response = await fetch(`${this.engineUrl}/leases`);
    return tradingEngine.routes.listLeases.response.parse(await response.json())[0];
  }

  /** `npm run operator -- WORDS`, as a person would. */
  operator(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, ["operator.ts", ...words, "--engine", this.engineUrl], { encoding: "utf8" });
  }

  verify(name: string): Record<string, unknown> {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["verify.ts", this.at(name, "journal"), "--model", this.at("models", "sample.lsm"), "--json"],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  readJson(...parts: string[]): Record<string, unknown> {
    return JSON.parse(readFileSync(this.at(...parts), "utf8")) as Record<string, unknown>;
  }

  async dispose(): Promise<void> {
    for (const box of this.#boxes) await box.kill("SIGKILL");
    for (const child of this.#children) child.kill("SIGKILL");
    await this.#nats?.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** An EA whose broker refuses every order, so that each tick asks for another; a minute of market time a tick. */
export class Trader {
  readonly ea: TinyEa;
  /** When its first order came, UTC. */
  firstOrderMs: number | undefined;
  readonly #box: ConnectorProcess;
  #ms: number;

  constructor(o: { box: ConnectorProcess; fromMs: number; instanceId: bigint }) {
    this.#box = o.box;
    this.#ms = o.fromMs;
    const nowS = Math.floor(Date.now() / 1000);
    this.ea = new TinyEa({
      port: o.box.port,
      instanceId: o.instanceId,
      barsUntilMs: o.fromMs,
      clock: () => ({ trade: nowS, gmt: nowS }),
      onCommand: (cmd, ea) => {
        this.firstOrderMs ??= Date.now();
        ea.result(cmd, { retcode: REJECTED, final: true });
      },
    });
    const timer = setInterval(this.#beat, BEAT_MS);
    timer.unref();
    this.ea.socket.once("close", () => clearInterval(timer));
  }

  /** An EA that says nothing for five seconds is taken for dead. */
  #beat = (): void => {
    if (!this.ea.live || this.ea.closed) return;
    const now = BigInt(Date.now());
    this.ea.send(Heartbeat, {
      sender_utc_ms: now,
      echo_peer_ms: 0n,
      echo_held_ms: 0,
      flags: HEARTBEAT_FLAG.broker_connected | HEARTBEAT_FLAG.trading_allowed | HEARTBEAT_FLAG.live,
      trade_server_ms: now,
      ping_us: 0,
      busy_ms: 0,
    });
  };

  /** Market time of the next tick. */
  get nextMs(): number {
    return this.#ms;
  }

  /** What the next closed bar leads to; more than one is needed while an order's fate is being looked for. */
  async tick(): Promise<"order" | "refused"> {
    const refusals = async (): Promise<number> => (await this.#box.status()).risk_refusals as number;
    const [orders, before] = [this.ea.commands.length, await refusals()];
    let sentMs = 0;
    return eventually("an order or a refusal", async () => {
      if (this.ea.commands.length > orders) return "order" as const;
      if ((await refusals()) > before) return "refused" as const;
      if (performance.now() - sentMs > PATIENCE_MS) {
        sentMs = performance.now();
        this.#send();
      }
      return undefined;
    });
  }

  #send(): void {
    this.#ms += MINUTE_MS;
    const step = (this.#ms / MINUTE_MS) % 7;
    this.ea.ticks([{ ms: this.#ms, bid: 1.386 + step / 1e5, ask: 1.3861 + step / 1e5 }]);
  }
}
