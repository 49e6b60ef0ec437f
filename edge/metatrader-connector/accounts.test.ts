// Several accounts in one connector process over real sockets: streams of their own, told apart by the EA's first frame; and
// several EAs of one account: one holds the stream, others bring the symbols that it does not have.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import { Hello } from "#proto/generated/mtx1.ts";
import { Framer } from "#proto/mtx1/frame.ts";
import { BYE_CODE } from "#proto/mtx1.ts";
import { claimDirectory, directoryOf } from "./account-directory-io.ts";
import { loadConfig } from "./accounts.ts";
import { checkHost, nearOf } from "./near.ts";
import { accountOf } from "./reception.ts";
import { type ConnectorProcess, startConnectorProcess, TinyEa, type TinyEaOptions } from "./tiny-ea.fixture.ts";

const START_MS = 1_400_000_040_000;
const clock = () => ({ trade: START_MS / 1000 + 60, gmt: START_MS / 1000 + 60 });
const ea = (o: Partial<TinyEaOptions> & { port: number }): TinyEa => new TinyEa({ barsUntilMs: START_MS, clock, ...o });
const minute = (i: number, shift = 0) => ({
  ms: START_MS + i * 60_000 + shift,
  bid: 1.386 + i / 1e5,
  ask: 1.3861 + i / 1e5,
});

interface Place {
  readonly dataDir: string;
  start(env?: Record<string, string>): Promise<ConnectorProcess>;
  remove(): void;
}

function place(settings: Record<string, unknown> = {}): Place {
  const root = mkdtempSync(join(tmpdir(), "lockstep-accounts-"));
  const model = join(root, "model.lsm");
  const config = join(root, "edge.json");
  writeFileSync(model, sampleModel());
  const strategy = { enter_edge_ppm: 0, intent_life_ms: 600_000 };
  writeFileSync(config, JSON.stringify({ strategy, ...settings }));
  const dataDir = join(root, "edge");
  const env = { LOCKSTEP_CLOCK: "terminal", LOCKSTEP_MODEL: model, LOCKSTEP_EDGE_CONFIG: config };
  return {
    dataDir,
    start: (more) => startConnectorProcess({ dataDir, env: { ...env, ...more } }),
    remove: () => rmSync(root, { recursive: true }),
  };
}

const BOTH = { LOCKSTEP_ACCOUNTS: "1@Demo,2@Demo" };

test("accounts: two on one connector: each its stream, its orders, its state; a third is turned away by name", async () => {
  const { dataDir, start, remove } = place();
  let connector = await start(BOTH);
  try {
    const netting = ea({ port: connector.port });
    const hedging = ea({ port: connector.port, login: 2n, instanceId: 6n, marginMode: 2 });
    const stranger = ea({ port: connector.port, login: 3n });
    await netting.until(() => netting.live, "the first account live");
    await hedging.until(() => hedging.live, "the second account live");
    await stranger.until(() => stranger.refusal !== undefined, "the stranger's refusal");
    assert.equal(stranger.refusal?.code, BYE_CODE.account);
    assert.match(stranger.refusal?.text ?? "", /3@Demo is not in LOCKSTEP_ACCOUNTS/);
    netting.ticks([minute(0)]);
    const last = netting.ticks([minute(1)]);
    await netting.until(() => netting.commands.length > 0 && netting.acked >= last, "the first account's order");
    const quiet = hedging.ticks([minute(0)]);
    await hedging.until(() => hedging.acked >= quiet, "the second account's tick");
    assert.equal(hedging.commands.length, 0);
    const [one, two] = [await connector.status("1@Demo"), await connector.status("2@Demo")];
    assert.deepEqual([one.ticks, two.ticks, one.order_intents, two.order_intents], [2, 1, 1, 0]);
    assert.notEqual(one.stream_id, two.stream_id);

    // What is said to one account is that one's alone, and which one must be said.
    const tell = (body: Record<string, unknown>) =>
      fetch(`http://127.0.0.1:${connector.port}/command`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ command: "halt", operator: "ann", reason: "test", ...body }),
      });
    assert.equal((await tell({})).status, 400);
    assert.equal((await tell({ account: "2@Demo" })).status, 200);
    const states = await Promise.all(["1@Demo", "2@Demo"].map((account) => connector.status(account)));
    assert.deepEqual(
      states.map(({ trading_state }) => trading_state),
      ["active", "halted"],
    );
    await connector.kill("SIGKILL");

    // The same streams after the restart, whatever the order of the settings.
    connector = await start({ LOCKSTEP_ACCOUNTS: "2@Demo,1@Demo" });
    const again = await Promise.all(["1@Demo", "2@Demo"].map((account) => connector.status(account)));
    assert.deepEqual(
      again.map(({ stream_id, ticks, trading_state }) => [stream_id, ticks, trading_state]),
      [
        [one.stream_id, 2, "active"],
        [two.stream_id, 1, "halted"],
      ],
    );
    assert.ok(existsSync(join(dataDir, "accounts", "2@Demo", "journal")));
  } finally {
    await connector.kill("SIGKILL");
    remove();
  }
});

test("accounts: a second EA of one account: brings what the first has not, no tick twice, no order of its own", async () => {
  const { start, remove } = place();
  const connector = await start({ LOCKSTEP_SYMBOLS: "EURUSD,GBPUSD" });
  const { port } = connector;
  try {
    const holder = ea({ port });
    await holder.until(() => holder.live, "the holder live");
    const feeder = ea({ port, instanceId: 6n, symbols: ["EURUSD", "GBPUSD"] });
    await feeder.until(() => feeder.live, "the feeder live");
    assert.deepEqual(
      feeder.subscribed[0]?.symbols.map(({ symbol }) => symbol),
      ["GBPUSD"],
    );
    // A third would have nothing to bring; the same EA a second time neither.
    const third = ea({ port, instanceId: 7n });
    await third.until(() => third.refusal !== undefined, "the third refused");
    assert.equal(third.refusal?.code, BYE_CODE.busy);

    const own = holder.ticks([minute(0)]);
    feeder.ticks([minute(0)], "GBPUSD");
    const fed = feeder.ticks([minute(1)], "GBPUSD");
    await holder.until(() => holder.acked >= own, "the holder's tick");
    await feeder.until(() => feeder.acked >= fed, "the feeder's ticks");
    const status = await connector.status();
    assert.deepEqual([status.ticks, status.feeders, status.link], [3, 1, "live"]);
    // GBPUSD asks for an order, and the terminal that takes orders does not have it: told as refused, never sent.
    assert.equal(holder.commands.length + feeder.commands.length, 0);
    assert.deepEqual([status.order_intents, status.open_orders], [1, 0]);

    // The holder goes: the feeder is asked back, holds the stream, and sends both symbols from the cursors on.
    holder.close();
    await feeder.until(() => feeder.closed, "the feeder sent back");
    assert.equal(feeder.refusal?.code, BYE_CODE.superseded);
    const heir = ea({ port, instanceId: 6n, symbols: ["EURUSD", "GBPUSD"] });
    await heir.until(() => heir.live, "the heir live");
    assert.deepEqual(
      heir.subscribed[0]?.symbols.map(({ symbol, from_msc }) => [symbol, Number(from_msc)]),
      [
        ["EURUSD", minute(0).ms],
        ["GBPUSD", minute(1).ms],
      ],
    );
    heir.ticks([minute(0), minute(0, 5)], "EURUSD");
    const last = heir.ticks([minute(1), minute(2)], "GBPUSD");
    await heir.until(() => heir.acked >= last, "the heir's ticks");
    assert.equal((await connector.status()).ticks, 5);
    await heir.until(() => heir.commands.length > 0, "the heir takes orders");
  } finally {
    await connector.kill("SIGKILL");
    remove();
  }
});

test("accounts: settings: one by MT5_LOGIN and MT5_SERVER, many by a list, each with what it has otherwise", () => {
  const secret = { LOCKSTEP_EA_SECRET: "test-secret-0001" };
  const one = loadConfig({ ...secret, MT5_LOGIN: "7", MT5_SERVER: "Broker Demo" }).accounts;
  assert.deepEqual(
    one.map(({ account, LOCKSTEP_EDGE_NAME }) => [account, LOCKSTEP_EDGE_NAME]),
    [["7@Broker Demo", "edge-1"]],
  );
  const root = mkdtempSync(join(tmpdir(), "lockstep-accounts-"));
  try {
    const file = join(root, "edge.json");
    const limits = { order_volume_max_lots: 1, daily_loss_max: 70 };
    const accounts = { "2@Demo": { name: "gold", symbols: ["XAUUSD"], limits: { daily_loss_max: 50 } } };
    writeFileSync(file, JSON.stringify({ limits, accounts }));
    const env = { ...secret, ...BOTH, LOCKSTEP_EDGE_CONFIG: file };
    const many = loadConfig(env).accounts;
    assert.deepEqual(
      many.map((c) => [c.account, c.LOCKSTEP_EDGE_NAME, c.LOCKSTEP_SYMBOLS, c.settings.limits.daily_loss_max]),
      [
        ["1@Demo", "edge-1-1", ["EURUSD"], 70],
        ["2@Demo", "gold", ["XAUUSD"], 50],
      ],
    );
    assert.equal(many[1]?.settings.limits.order_volume_max_lots, 1);
    writeFileSync(file, JSON.stringify({ accounts: { "9@Demo": {} } }));
    assert.throws(() => loadConfig(env), /accounts\.9@Demo is not in LOCKSTEP_ACCOUNTS/);
    assert.throws(() => loadConfig(secret), /set MT5_LOGIN and MT5_SERVER, or LOCKSTEP_ACCOUNTS/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("accounts: directories: whose a stream is stands beside it; never another's", () => {
  const root = mkdtempSync(join(tmpdir(), "lockstep-accounts-"));
  const of = (account: string, alone = false) => directoryOf({ root, account, alone });
  try {
    assert.equal(of("1@Demo", true), root);
    assert.equal(of("1@Demo"), join(root, "accounts", "1@Demo"));
    // A journal from before it said whose it is: nobody's while there are several.
    mkdirSync(join(root, "journal"));
    writeFileSync(join(root, "journal", "segment-0000000001.journal"), "");
    assert.throws(() => of("1@Demo"), /start once with its account alone/);
    claimDirectory(of("1@Demo", true), "1@Demo");
    assert.equal(of("1@Demo"), root);
    assert.equal(of("2@Demo"), join(root, "accounts", "2@Demo"));
    assert.equal(of("2@Demo", true), join(root, "accounts", "2@Demo"));
    assert.throws(() => claimDirectory(root, "2@Demo"), /holds the stream of 1@Demo, not of 2@Demo/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("accounts: the first frame: says whose it is once it is whole; anything else is nobody's", () => {
  const hello = new Framer().encode(Hello, {
    ...{ proto_min: 1, proto_max: 1, caps: 0, login: 7n, instance_id: 1n, client_nonce: new Uint8Array(16) },
    ...{
      trade_mode: 0,
      margin_mode: 0,
      ea_version: 1,
      terminal_build: 1,
      server: "Demo",
      company: "",
      currency: "USD",
    },
    terminal: "",
  });
  for (let cut = 0; cut < hello.length; cut++) assert.equal(accountOf(hello.subarray(0, cut)), undefined);
  assert.equal(accountOf(hello), "7@Demo");
  assert.equal(accountOf(Buffer.concat([hello, hello.subarray(0, 9)])), "7@Demo");
  const flipped = hello.slice();
  flipped[30] = (flipped[30] as number) ^ 1;
  assert.equal(accountOf(flipped), "");
  const long = new Uint8Array(4096);
  long.set(hello.subarray(0, 24));
  new DataView(long.buffer).setUint32(4, 1_000_000, true);
  assert.equal(accountOf(long), "");
});

test("accounts: other machines: not let in by a socket in the clear; a container's gateway by name", () => {
  const near = nearOf(["172.17.0.0/16"]);
  const addresses = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "172.17.0.1", "::ffff:172.17.4.4"];
  assert.deepEqual(addresses.filter(near), addresses);
  assert.deepEqual(["10.0.0.1", "172.18.0.1", "::ffff:10.0.0.1", "fe80::1", "", "x"].filter(near), []);
  assert.throws(() => nearOf(["172.17.0.0"]), /LOCKSTEP_LOCAL_NETWORKS/);
  assert.throws(() => nearOf(["x/8"]), /LOCKSTEP_LOCAL_NETWORKS/);
  const host = (name: string, o: { networks?: string[]; tls?: boolean } = {}) => {
    const { networks = [], tls = false } = o;
    checkHost({ host: name, near: nearOf(networks), networks, tls });
  };
  for (const name of ["127.0.0.1", "::1", "localhost"]) host(name);
  for (const name of ["0.0.0.0", "::", "10.0.0.5", "box.local"])
    assert.throws(() => host(name), /LOCKSTEP_EA_TLS_CERT/);
  host("0.0.0.0", { tls: true });
  host("0.0.0.0", { networks: ["172.17.0.0/16"] });
});

test("accounts: TLS: an EA comes over it as in the clear; a page over it is refused; half a setting is", async () => {
  const { dataDir, start, remove } = place();
  const tlsDir = join(dataDir, "..", "tls");
  ensureIdentity(tlsDir, ["metatrader-connector"]);
  const { ca, cert } = loadIdentity(tlsDir, "metatrader-connector");
  const [certFile, keyFile] = ["metatrader-connector.pem", "metatrader-connector.key.pem"].map((name) =>
    join(tlsDir, name),
  ) as [string, string];
  const connector = await start({ LOCKSTEP_EA_TLS_CERT: certFile, LOCKSTEP_EA_TLS_KEY: keyFile });
  const { port } = connector;
  try {
    const secure = ea({ port, trust: ca });
    await secure.until(() => secure.live, "live over TLS");
    secure.ticks([minute(0)]);
    const last = secure.ticks([minute(1)]);
    await secure.until(() => secure.commands.length > 0 && secure.acked >= last, "an order over TLS");
    // A trust in somebody else's certificate goes nowhere.
    const wrong = ea({ port, trust: cert, instanceId: 9n });
    await wrong.until(() => wrong.closed, "the certificate refused");
    assert.equal(wrong.live, false);
    const page = connectTls({ host: "127.0.0.1", servername: "localhost", port, ca });
    page.on("error", () => undefined);
    page.write("GET /status HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const answer = await page.reduce<string>((text, chunk) => text + String(chunk), "").catch(() => "");
    assert.equal(answer, "");
    // In the clear from this machine, as before.
    assert.equal((await connector.status()).ticks, 2);
    secure.close();
  } finally {
    await connector.kill("SIGKILL");
    remove();
  }
  const half = { MT5_LOGIN: "1", MT5_SERVER: "x", LOCKSTEP_EA_SECRET: "test-secret-0001", LOCKSTEP_EA_TLS_CERT: "x" };
  assert.throws(() => loadConfig(half), /set both LOCKSTEP_EA_TLS_CERT and LOCKSTEP_EA_TLS_KEY/);
});
