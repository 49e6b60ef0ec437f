// Two accounts on one edge box, one netting and one hedging, each with its terminal, into one cloud: the box is killed on the
// way and started again; in the end each terminal's ticks, deals and positions are its own journal's, and the cloud has
// decided both streams again, to the last record and the same bytes.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureIdentity } from "#mesh/identity/identity-io.ts";
import { EDGE_NODE_FLAGS } from "#mesh/service/node-flags.ts";
import { startNats } from "#storage/engines/nats.ts";
import { freePort } from "#storage/engines/process.ts";
import { type RunningService, startProcess } from "../../start/service-process.ts";
import { readEdgeJournal } from "../terminal/edge-journal.ts";
import { parseOptions } from "../terminal/options.ts";
import { run, type Summary } from "../terminal/run-io.ts";

const SECRET = "test-secret-0001";
const TICKS = 6_000;
const SETTLE_MS = 60_000;
const ACCOUNTS = [
  { login: "1001", options: ["--seed", "3"] },
  { login: "1002", options: ["--seed", "4", "--hedging"] },
] as const;

/** Trades as often as it can. Intents live longer than a window of the lagging broker. */
const SETTINGS = {
  limits: {
    spread_max_points: 100_000,
    quote_age_max_ms: 3_600_000,
    order_volume_max_lots: 1,
    position_volume_max_lots: 2,
    daily_loss_max: 1_000_000,
  },
  strategy: { enter_edge_ppm: 0, exit_edge_ppm: 1_000, hold_max_ms: 300_000, intent_life_ms: 120_000 },
};

interface EdgeStatus {
  readonly stream_id: string;
  readonly last_seq: number;
  readonly ticks: number;
  readonly open_orders: number;
  readonly outputs_digest: string;
}
interface EngineStream {
  readonly stream_id: string;
  readonly verified_seq: string;
  readonly outputs_digest: string;
  readonly divergences: number;
}

class Place {
  readonly root = mkdtempSync(join(tmpdir(), "lockstep-system-accounts-"));
  readonly closing: (() => Promise<unknown>)[] = [];
  #edgePort = 0;
  edge!: RunningService;

  async service(name: string, main: string, env: Record<string, string>): Promise<RunningService> {
    const logFile = join(this.root, `${name}.log`);
    const nodeFlags = name === "edge" ? EDGE_NODE_FLAGS : undefined;
    const running = await startProcess({ name, main, env: { PORT: "0", ...env }, logFile, nodeFlags });
    this.closing.push(() => running.stop());
    return running;
  }

  async startEdge(cloudPort: unknown): Promise<void> {
    const settings = join(this.root, "edge.json");
    writeFileSync(settings, JSON.stringify(SETTINGS));
    this.#edgePort ||= await freePort();
    this.edge = await this.service("edge", "edge/metatrader-connector/main.ts", {
      PORT: String(this.#edgePort),
      LOCKSTEP_EDGE_DATA: join(this.root, "edge"),
      LOCKSTEP_EA_SECRET: SECRET,
      LOCKSTEP_ACCOUNTS: ACCOUNTS.map(({ login }) => `${login}@Demo-Server`).join(","),
      LOCKSTEP_SYMBOLS: "EURUSD,XAUUSD",
      LOCKSTEP_CLOCK: "terminal",
      LOCKSTEP_EDGE_CONFIG: settings,
      BACKEND_URL: `localhost:${cloudPort}`,
      LOCKSTEP_TLS_DIR: join(this.root, "tls"),
    });
  }

  async status(login: string): Promise<EdgeStatus> {
    const answer = await fetch(`http://127.0.0.1:${this.#edgePort}/status?account=${login}@Demo-Server`);
    return (await answer.json()) as EdgeStatus;
  }

  play(account: (typeof ACCOUNTS)[number], signal: AbortSignal): Promise<Summary> {
    const { login, options } = account;
    const config = parseOptions([
      ...["--connect", `127.0.0.1:${this.#edgePort}`, "--secret", SECRET, "--login", login, "--speed", "max"],
      ...["--symbols", "EURUSD,XAUUSD", "--max-ticks", String(TICKS), "--exit", ...options],
      ...["--ledger", join(this.root, `${login}.ledger`), "--journal", join(this.root, `${login}.journal`)],
    ]);
    assert.ok(config);
    return run({ config, onProgress: () => undefined, signal });
  }

  checkEqual({ login }: (typeof ACCOUNTS)[number], summary: Summary): void {
    const journal = readEdgeJournal(join(this.root, "edge", "accounts", `${login}@Demo-Server`, "journal"));
    assert.equal(journal.ticks.length, TICKS);
    assert.equal(summary.lost_by_connector, 0);
    assert.equal(journal.fills, summary.fills);
    assert.ok(summary.fills > 5, `${login} has traded`);
    assert.deepEqual(journal.positions, summary.positions);
    assert.equal(summary.order_sends, 1);
    const lines = readFileSync(join(this.root, `${login}.ledger`), "utf8")
      .trim()
      .split("\n");
    const ids = lines.flatMap((line) => JSON.parse(line).order_send?.cmd_id ?? []);
    assert.equal(new Set(ids).size, ids.length, "one OrderSend for one cmd_id");
  }
}

test("accounts: netting and hedging on one box, killed on the way: each terminal's own journal, both verified in the cloud", async () => {
  const place = new Place();
  const ending = new AbortController();
  try {
    const nats = await startNats({ dataDir: join(place.root, "nats") });
    place.closing.push(() => nats.stop());
    const cloud = { NATS_URL: nats.url, LOCKSTEP_TLS_DIR: join(place.root, "tls") };
    ensureIdentity(cloud.LOCKSTEP_TLS_DIR, ["data-bridge"]);
    const bridge = await place.service("data-bridge", "cloud/data-bridge/main.ts", { ...cloud, HEALTH_PORT: "0" });
    const engine = await place.service("trading-engine", "cloud/trading-engine/main.ts", cloud);
    await place.startEdge(bridge.ready.grpc);

    const playing = Promise.all(ACCOUNTS.map((account) => place.play(account, ending.signal)));
    playing.catch(() => undefined);
    while ((await place.status("1001")).ticks < TICKS / 3) await sleep(20);
    process.kill(place.edge.pid, "SIGKILL");
    await place.edge.exited;
    await place.startEdge(bridge.ready.grpc);
    const summaries = await playing;
    assert.ok(summaries.every(({ reconnects }) => reconnects >= 1));

    const began = performance.now();
    for (const [i, account] of ACCOUNTS.entries()) {
      for (;;) {
        const edge = await place.status(account.login);
        const streams = await fetch(`http://127.0.0.1:${engine.ready.port}/streams`);
        const cloudSide = ((await streams.json()) as EngineStream[]).find((s) => s.stream_id === edge.stream_id);
        if (cloudSide && Number(cloudSide.verified_seq) === edge.last_seq) {
          assert.equal(cloudSide.divergences, 0);
          assert.equal(cloudSide.outputs_digest, edge.outputs_digest);
          assert.equal(edge.open_orders, 0);
          break;
        }
        assert.ok(performance.now() - began < SETTLE_MS, `${account.login}: ${JSON.stringify({ edge, cloudSide })}`);
        await sleep(100);
      }
      place.checkEqual(account, summaries[i] as Summary);
    }
  } finally {
    ending.abort();
    for (const stop of place.closing.reverse()) await stop();
    rmSync(place.root, { recursive: true, force: true });
  }
});
