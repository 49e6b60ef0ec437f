// The Expert Advisor, compiled from its MQL5 source, against the real connector: byte for byte on the wire, and at the end
// the journal tells the same ticks, deals and positions as the broker, whatever was cut or killed on the way.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import { type ConnectorProcess, startConnectorProcess } from "../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { readEdgeJournal } from "../terminal/edge-journal.ts";
import { SeededRandom } from "../terminal/random.ts";
import { EA_STATE, Ea, type EaView } from "./ea-process.ts";
import { WireTap } from "./wire-tap.ts";

const OFFSET_MS = 10_800_000;
const MINUTE_MS = 60_000;
const SETTINGS = {
  limits: {
    ...{
      spread_max_points: 100_000,
      quote_age_max_ms: 3_600_000,
      order_volume_max_lots: 1,
      position_volume_max_lots: 2,
    },
    ...{ order_notional_max: 1e9, gross_exposure_max: 1e9, net_exposure_max: 1e9, currency_exposure_max: 1e9 },
    ...{ correlated_exposure_max: 1e9, daily_loss_max: 1e6, daily_realised_loss_max: 1e6, drawdown_max: 1e6 },
    ...{ loss_streak_max: 1000, collar_points: 1e6, collar_period_points: 1e6, leverage_max: 1000 },
  },
  strategy: { enter_edge_ppm: 0, exit_edge_ppm: 1_000, hold_max_ms: 120_000, intent_life_ms: 3_600_000 },
};

interface Bench {
  readonly root: string;
  readonly tap: WireTap;
  ea: Ea;
  connector: ConnectorProcess;
  /** Kills the connector and starts it again on its own data. */
  restartConnector(): Promise<void>;
}

async function inBench(args: readonly string[], work: (bench: Bench) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "lockstep-ea-"));
  writeFileSync(join(root, "model.lsm"), sampleModel());
  writeFileSync(join(root, "edge.json"), JSON.stringify(SETTINGS));
  const env = {
    LOCKSTEP_ACCOUNTS: "12345678@Demo-Server",
    LOCKSTEP_SYMBOLS: "EURUSD,XAUUSD",
    LOCKSTEP_CLOCK: "terminal",
    LOCKSTEP_MODEL: join(root, "model.lsm"),
    LOCKSTEP_EDGE_CONFIG: join(root, "edge.json"),
  };
  const start = () => startConnectorProcess({ dataDir: join(root, "edge"), env });
  const connector = await start();
  const tap = await WireTap.listen(connector.port);
  const ea = await Ea.start({ port: tap.port, files: join(root, "files"), args });
  const bench: Bench = {
    ...{ root, tap, ea, connector },
    restartConnector: async () => {
      await bench.connector.kill("SIGKILL");
      bench.connector = await start();
      tap.target = bench.connector.port;
    },
  };
  try {
    await work(bench);
    assert.equal(await bench.ea.stop(), 0, bench.ea.stderr.slice(-3000));
    await tap.close();
  } finally {
    await bench.ea.kill();
    await bench.connector.kill("SIGKILL");
    await tap.close().catch(() => undefined);
    rmSync(root, { recursive: true });
  }
}

/** Minutes of a market that begins now and runs ahead of the clock, so that bars close; every tick is also written down. */
class Minutes {
  readonly expected: string[] = [];
  #minute = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;
  #eur = 110_000;
  #xau = 2_000_000;
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed, "minutes");
  }

  /** Four ticks a symbol, two of them in one millisecond. */
  next(ea: Ea): void {
    const lines: string[] = [];
    for (const ms of [20, 20, 15_000, 59_990]) {
      this.#eur += this.#random.below(21) - 10;
      this.#xau += this.#random.below(401) - 200;
      lines.push(this.#tick("EURUSD", this.#minute + ms, this.#eur, this.#eur + 9, 5));
      lines.push(this.#tick("XAUUSD", this.#minute + ms, this.#xau, this.#xau + 240, 3));
    }
    this.#minute += MINUTE_MS;
    ea.tell(...lines);
  }

  #tick(symbol: string, ms: number, bid: number, ask: number, digits: number): string {
    this.expected.push(`${symbol} ${ms} ${bid} ${ask} 6`);
    return `tick ${symbol} ${ms + OFFSET_MS} ${(bid / 10 ** digits).toFixed(digits)} ${(ask / 10 ** digits).toFixed(digits)} 6`;
  }
}

const quiet = (view: EaView): boolean => view.state === EA_STATE.live && view.inFlight === 0 && view.pending === 0;
/** Everything told is durable at the connector: heartbeats go on, so the last frame but one is enough. */
const settled = async ({ ea, connector }: Bench, ticks: number): Promise<void> => {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const view = await ea.until("nothing in flight", quiet, 30_000);
    const status = await connector.status();
    if (status.ticks === ticks && status.open_orders === 0 && status.fills === view.deals.length) return;
    if (Date.now() > deadline) throw new Error(`not settled: ${JSON.stringify({ ...status, counts: undefined })}`);
    await sleep(50);
  }
};

function net(view: EaView): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { symbol, side, volume } of view.positions)
    sum[symbol] = (sum[symbol] ?? 0) + (side === 0 ? volume : -volume);
  return Object.fromEntries(Object.entries(sum).filter(([, lots]) => Math.abs(lots) > 1e-9));
}

/** The journal and the broker tell the same story, and no command was sent twice. */
function checkEqual(root: string, view: EaView, minutes: Minutes): void {
  const journal = readEdgeJournal(join(root, "edge", "journal"));
  assert.deepEqual([...journal.ticks].sort(), [...minutes.expected].sort());
  assert.deepEqual([...journal.deals].sort(), view.deals.map(({ deal }) => deal).sort());
  assert.deepEqual(journal.positions, net(view));
  const magics = view.sends.map(({ magic }) => magic);
  assert.equal(new Set(magics).size, magics.length, "OrderSendAsync at most once for a command");
}

for (const hedging of [false, true])
  test(`ea: ${hedging ? "hedging" : "netting"} account against the connector: ticks, orders and positions equal, byte for byte`, async () => {
    await inBench(["--hedging", hedging ? "1" : "0"], async (bench) => {
      const { ea, tap, root } = bench;
      const minutes = new Minutes(1);
      await ea.until("live", ({ state }) => state === EA_STATE.live);
      for (let i = 0; i < 25; i++) {
        minutes.next(ea);
        await ea.until("the minute's orders", (view) => view.told === minutes.expected.length && quiet(view));
        await sleep(20);
      }
      await settled(bench, minutes.expected.length);
      const view = await ea.view();
      assert.ok(view.deals.length >= 10, `${view.deals.length} deals`);
      assert.equal(await bench.connector.kill("SIGTERM"), 0);
      checkEqual(root, view, minutes);
      for (const name of [
        "hello",
        "auth",
        "symbol_spec",
        "bars",
        "ticks",
        "cmd_ack",
        "cmd_result",
        "trade_tx",
        "deals",
        "positions",
      ])
        assert.ok((tap.counts.ea.get(name) ?? 0) > 0, `the EA has sent ${name}`);
    });
  });

test("ea: the line cut at any byte, the connector and the EA killed: nothing lost, nothing twice", async (t) => {
  await inBench([], async (bench) => {
    const { ea, tap, root } = bench;
    const minutes = new Minutes(2);
    const random = new SeededRandom(7, "nemesis");
    await ea.until("live", ({ state }) => state === EA_STATE.live);
    // A symbol of which the connector has no tick yet is told "live only": what is lost before its first one stays lost.
    minutes.next(ea);
    while ((await bench.connector.status()).ticks !== minutes.expected.length) await sleep(20);
    const deeds: string[] = [];
    for (let i = 0; i < 18; i++) {
      if (i % 6 === 5) await bench.restartConnector().then(() => deeds.push("connector killed"));
      else if (i % 6 === 4)
        ea.tell(`fault ${["kill_before", "kill_after", "lost", "timeout_done", "no_tx"][random.below(5)]}`);
      else if (i % 6 === 3) {
        ea.tell("kill");
        ea.tell("init");
      } else if (i % 2 === 0) tap.cutAfter(1 + random.below(1500));
      minutes.next(ea);
      await sleep(60);
      if (i % 3 === 2) await ea.until("live again", ({ state }) => state === EA_STATE.live, 30_000);
    }
    // What is unknown is settled after ten seconds; they pass at once, and with them the session.
    for (let n = 0; n < 4 && (await ea.view()).inFlight > 0; n++) {
      await ea.until("live at the end", ({ state }) => state === EA_STATE.live, 30_000);
      ea.tell("skip 11000");
      await ea.until("live once more", ({ state }) => state === EA_STATE.live, 30_000);
      await sleep(500);
    }
    await settled(bench, minutes.expected.length);
    const view = await ea.view();
    t.diagnostic(
      `${tap.cuts} cuts, ${deeds.length} connectors and ${view.kills} EAs killed, ${tap.sessions} sessions, ${view.deals.length} deals`,
    );
    assert.ok(tap.cuts >= 3 && view.kills >= 3);
    assert.equal(await bench.connector.kill("SIGTERM"), 0);
    checkEqual(root, view, minutes);
  });
});

test("EA: TLS: the line goes over the connector's TLS port; another name or thumbprint is said and not talked to", async () => {
  const root = mkdtempSync(join(tmpdir(), "lockstep-ea-tls-"));
  const tlsDir = join(root, "tls");
  ensureIdentity(tlsDir, ["metatrader-connector"]);
  const { ca } = loadIdentity(tlsDir, "metatrader-connector");
  const connector = await startConnectorProcess({
    dataDir: join(root, "edge"),
    env: {
      LOCKSTEP_ACCOUNTS: "12345678@Demo-Server",
      LOCKSTEP_SYMBOLS: "EURUSD,XAUUSD",
      LOCKSTEP_CLOCK: "terminal",
      LOCKSTEP_EA_TLS_CERT: join(tlsDir, "metatrader-connector.pem"),
      LOCKSTEP_EA_TLS_KEY: join(tlsDir, "metatrader-connector.key.pem"),
    },
  });
  // The terminal's TLS is its system's: here a proxy speaks it, and the shim checks which functions the EA calls.
  const proxy = createServer((plain) => {
    const secure = connectTls({ host: "127.0.0.1", servername: "localhost", port: connector.port, ca });
    plain.pipe(secure).pipe(plain);
    plain.on("error", () => secure.destroy());
    secure.on("error", () => plain.destroy());
  });
  const port = await new Promise<number>((resolve) =>
    proxy.listen(0, "127.0.0.1", () => resolve((proxy.address() as AddressInfo).port)),
  );
  const open: Ea[] = [];
  const start = async (name: string, ...args: string[]): Promise<Ea> => {
    const ea = await Ea.start({ port, files: join(root, name), args: ["--tls", "1", ...args] });
    open.push(ea);
    return ea;
  };
  try {
    const ea = await start("files", "--thumbprint", "AB12");
    await ea.until("live", quiet, 30_000);
    const minutes = new Minutes(11);
    for (let i = 0; i < 3; i++) minutes.next(ea);
    const deadline = Date.now() + 30_000;
    let ticks: unknown = 0;
    while (ticks !== minutes.expected.length && Date.now() < deadline) {
      await sleep(50);
      ({ ticks } = await connector.status());
    }
    assert.equal(ticks, minutes.expected.length);
    for (const [name, args, said] of [
      ["name", ["--tls-name", "elsewhere"], /no TLS with elsewhere \(error 5274\)/],
      [
        "print",
        ["--thumbprint", "CD34"],
        /the connector's certificate has the thumbprint AB12, TlsThumbprint says CD34/,
      ],
    ] as const) {
      const wrong = await start(name, ...args);
      await wrong.until(`${name} refused`, ({ log }) => said.test(log.join("\n")));
    }
  } finally {
    for (const ea of open) await ea.kill();
    await connector.kill("SIGKILL");
    proxy.close();
    rmSync(root, { recursive: true });
  }
});
