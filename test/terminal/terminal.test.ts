import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { zoneOf } from "#proto/broker-zone.ts";
import type { Frame } from "#proto/mtx1/frame.ts";
import { ACK_STATUS, CMD_STATE } from "#proto/mtx1.ts";
import { Broker } from "./broker.ts";
import { type Faults, NO_FAULTS, parseFaults } from "./faults.ts";
import { JournalFile } from "./journal-io.ts";
import { MarketGenerator } from "./market.ts";
import { parseOptions } from "./options.ts";
import { run } from "./run-io.ts";
import { MICRO, specFor } from "./specs.ts";
import { StubConnector, testCrypto } from "./stub-connector.ts";
import { Terminal } from "./terminal.ts";
import type { MarketTick } from "./tick.ts";

const START = Date.UTC(2025, 2, 5, 8);
const NOW = 1_764_000_000_000;
const identity = { secret: "s", login: 1n, server: "Demo", instanceId: 1n, marginMode: 0 };
const specs = [specFor("EURUSD"), specFor("XAUUSD")];

function market(count: number): MarketTick[] {
  const ticks = specs.flatMap((spec) => {
    const generator = new MarketGenerator({ spec, seed: 3, startMs: START, weekends: true });
    return Array.from({ length: count }, () => generator.next());
  });
  return ticks.sort((a, b) => a.time_ms - b.time_ms).slice(0, count);
}

interface Bench {
  terminal: Terminal;
  broker: Broker;
  store: JournalFile;
}

function makeTerminal(o: { faults?: Faults; seed?: number; journal?: string; hedging?: boolean } = {}): Bench {
  const faults = o.faults ?? NO_FAULTS;
  const seed = o.seed ?? 1;
  const store = new JournalFile({ journal: o.journal, ledger: undefined }, () => 1n);
  const marginMode = o.hedging ? 2 : 0;
  const broker = new Broker({ specs, seed, marginMode, leverage: 100, balanceMicros: 100_000 * MICRO, faults });
  if (store.broker) broker.restore(store.broker, store.deals, store.orders);
  const histories = new Map();
  const parts = { identity, crypto: testCrypto, broker, store, specs, histories, seed, faults };
  const terminal = new Terminal({ ...parts, lagging: true, wallClock: false, zone: zoneOf("fixed", 7_200) });
  return { terminal, broker, store };
}

const makeStub = (onFrame?: (frame: Frame) => void, orderEvery = 40): StubConnector =>
  new StubConnector({
    secret: "s",
    symbols: ["EURUSD", "XAUUSD"],
    orderEvery,
    volume: (order) => 0.01 * (1 + (order % 5)),
    ...(onFrame ? { onFrame } : {}),
  });

let nonce = 0;
function reconnect(terminal: Terminal, stub: StubConnector): void {
  terminal.onClose();
  stub.crash();
  nonce++;
  terminal.onConnect(
    Uint8Array.from({ length: 16 }, () => nonce & 255),
    NOW,
  );
}

/** Carries bytes until nobody says anything; a cut line is connected again. */
function exchange(terminal: Terminal, stub: StubConnector): void {
  for (;;) {
    const up = terminal.takeOut(NOW);
    for (const bytes of up) stub.onBytes(bytes);
    if (terminal.cutLine || terminal.ended) {
      reconnect(terminal, stub);
      continue;
    }
    const down = stub.out.splice(0);
    for (const bytes of down) if (!terminal.cutLine) terminal.onData(bytes, NOW);
    if (up.length === 0 && down.length === 0 && !terminal.cutLine) return;
  }
}

function play(bench: Bench, stub: StubConnector, ticks: readonly MarketTick[], windowTicks = 64): void {
  reconnect(bench.terminal, stub);
  exchange(bench.terminal, stub);
  for (let at = 0; at < ticks.length; at += windowTicks) {
    assert.ok(bench.terminal.wantsTicks, "the window before is done");
    bench.terminal.offer(ticks.slice(at, at + windowTicks));
    exchange(bench.terminal, stub);
  }
  settle(bench, stub);
}

function settle({ terminal }: Bench, stub: StubConnector): void {
  for (let i = 0; i < 200 && !terminal.settled; i++) {
    terminal.settle();
    exchange(terminal, stub);
  }
  assert.ok(terminal.settled);
}

const rowsOf = (ticks: readonly MarketTick[]): string[] =>
  ticks.map(({ symbol, time_ms, flags, bid, ask }) => {
    const scale = 10 ** specFor(symbol).digits;
    return `${symbol} ${time_ms + 7_200_000} ${flags} ${bid / scale} ${ask / scale}`;
  });
const netOf = (broker: Broker): Record<string, number> =>
  Object.fromEntries(
    broker.positions.map(({ symbol, side, volume }) => [symbol, side === 0 ? volume : -volume] as const),
  );

test("terminal: a quiet line: every tick arrives once, every command is carried out once, both sides hold the same", () => {
  const ticks = market(3000);
  const bench = makeTerminal();
  const stub = makeStub();
  play(bench, stub, ticks);
  assert.deepEqual(stub.ticks, rowsOf(ticks));
  assert.equal(stub.commands.size, 75);
  assert.equal(stub.openCommands.length, 0);
  assert.equal(Math.max(...bench.store.calls.values()), 1);
  assert.equal(bench.store.calls.size, 75);
  assert.deepEqual(stub.netPositions(), netOf(bench.broker));
  assert.equal(stub.account!.equity, bench.broker.account().equity / MICRO);
});

test("terminal: same seed: the same frames; another seed: others", () => {
  const ticks = market(1500);
  const record = (seed: number): string[] => {
    const frames: string[] = [];
    // The handshake has its own random numbers; heartbeats and clocks are not of the market.
    const stub = makeStub(({ type, payload }) => {
      if (type >= 0x10) frames.push(`${type} ${Buffer.from(payload).toString("hex")}`);
    });
    play(makeTerminal({ seed, faults: parseFaults("mild") }), stub, ticks);
    return frames;
  };
  const first = record(5);
  assert.deepEqual(record(5), first);
  assert.notDeepEqual(record(6), first);
});

test("terminal: cuts, late and doubled reports, lost answers: no tick lost or twice, no command twice, positions equal", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const ticks = market(2000);
    const bench = makeTerminal({ seed, faults: parseFaults("wild,cut_before=0.1,cut_after=0.3") });
    const stub = makeStub();
    play(bench, stub, ticks);
    assert.ok(bench.terminal.counts.cuts > 0);
    reconnect(bench.terminal, stub);
    exchange(bench.terminal, stub);
    settle(bench, stub);
    assert.deepEqual(stub.ticks, rowsOf(ticks), `seed ${seed}`);
    assert.ok([...bench.store.calls.values()].every((calls) => calls === 1));
    assert.deepEqual(stub.netPositions(), netOf(bench.broker), `seed ${seed}`);
    assert.equal(stub.openCommands.length, 0, `seed ${seed}`);
    assert.equal(bench.terminal.ticks.lostByPeer, 0);
    assert.equal(stub.snapshotPositions.length, bench.broker.positions.length);
  }
});

test("terminal: ended and started again with its journal: no command twice, books go on, ticks from the cursor", () => {
  const directory = mkdtempSync(join(tmpdir(), "terminal-"));
  try {
    for (let seed = 1; seed <= 5; seed++) {
      const journal = join(directory, `${seed}.jsonl`);
      const ticks = market(2000);
      const faults = parseFaults("wild,cut_before=0,cut_after=0,late=0");
      const stub = makeStub();
      const before = makeTerminal({ seed, faults, journal });
      reconnect(before.terminal, stub);
      exchange(before.terminal, stub);
      for (let at = 0; at < 960; at += 64) {
        before.terminal.offer(ticks.slice(at, at + 64));
        exchange(before.terminal, stub);
      }
      before.store.close();
      const after = makeTerminal({ seed, faults, journal });
      assert.deepEqual(netOf(after.broker), netOf(before.broker));
      play(after, stub, ticks);
      assert.deepEqual(stub.ticks, rowsOf(ticks), `seed ${seed}`);
      const calls = [...before.store.calls.keys(), ...after.store.calls.keys()];
      assert.equal(new Set(calls).size, calls.length, "nothing was sent in both lives");
      assert.deepEqual(stub.netPositions(), netOf(after.broker));
      assert.equal(stub.openCommands.length, 0);
      after.store.close();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("terminal: a repeated command: acknowledged as a duplicate with its state, another content as invalid", () => {
  const bench = makeTerminal();
  const stub = makeStub(undefined, 100);
  play(bench, stub, market(100));
  const [id, command] = [...stub.commands][0]!;
  const ids = { EURUSD: 1, XAUUSD: 2 } as Record<string, number>;
  for (const [volume, status] of [
    [command.cmd.volume, ACK_STATUS.duplicate],
    [command.cmd.volume + 0.01, ACK_STATUS.invalid],
  ] as const) {
    stub.sendAgain(id, { symbol_id: ids[command.symbol]!, volume });
    exchange(bench.terminal, stub);
    settle(bench, stub);
    assert.equal(stub.acks.at(-1)!.status, status);
    assert.equal(stub.acks.at(-1)!.state, CMD_STATE.done);
  }
  assert.equal(bench.store.calls.get(id), 1);
});

test("terminal: an expired command: refused, remembered, never sent", () => {
  const bench = makeTerminal();
  const stub = makeStub(undefined, 100);
  play(bench, stub, market(100));
  const [id, command] = [...stub.commands][0]!;
  const late = id.replaceAll("0", "1");
  const symbol_id = command.symbol === "EURUSD" ? 1 : 2;
  stub.sendAgain(id, { symbol_id, cmd_id: Uint8Array.from(Buffer.from(late, "hex")), expires_utc_ms: BigInt(START) });
  exchange(bench.terminal, stub);
  settle(bench, stub);
  assert.equal(stub.acks.at(-1)!.status, ACK_STATUS.expired);
  assert.equal(bench.store.entries.get(late)!.state, CMD_STATE.expired);
  assert.equal(bench.store.calls.has(late), false);
});

/** A stub connector behind a real socket; `drop` breaks the line after so many chunks. */
async function serve(stub: StubConnector, dropEvery = 0): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  let chunks = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    stub.crash();
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      stub.onBytes(chunk);
      if (dropEvery > 0 && ++chunks % dropEvery === 0) return socket.destroy();
      for (const bytes of stub.out.splice(0)) socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: address.port, close };
}

test("terminal: over TCP at full speed, the line broken now and then: exits by itself, ledger and positions agree", async () => {
  const directory = mkdtempSync(join(tmpdir(), "terminal-"));
  const stub = makeStub();
  const server = await serve(stub, 12);
  try {
    const ledger = join(directory, "ledger.jsonl");
    const config = parseOptions([
      ...["--connect", `127.0.0.1:${server.port}`, "--secret", "s", "--symbols", "EURUSD,XAUUSD"],
      ...["--speed", "max", "--max-ticks", "4000", "--exit", "--seed", "2", "--ledger", ledger],
      ...["--journal", join(directory, "journal.jsonl")],
    ]);
    assert.ok(config);
    const summary = await run({ config, onProgress: () => {} });
    assert.equal(summary.ticks, 4000);
    assert.equal(summary.ticks_acked, 4000);
    assert.equal(stub.ticks.length, 4000);
    assert.equal(new Set(stub.ticks).size, 4000);
    assert.ok(summary.reconnects > 0);
    assert.equal(summary.order_sends, 1);
    assert.equal(stub.bars, 1200);
    const lines = readFileSync(ledger, "utf8").trim().split("\n");
    const sends = lines.map((line) => JSON.parse(line)).filter(({ order_send }) => order_send);
    assert.equal(sends.length, new Set(sends.map(({ order_send }) => order_send.cmd_id)).size);
    assert.ok(sends.length > 20);
  } finally {
    await server.close();
    rmSync(directory, { recursive: true });
  }
});

test("terminal: in real time: ticks come when due, stopped by a signal", async () => {
  const stub = makeStub(undefined, 0);
  const server = await serve(stub);
  const stopping = new AbortController();
  try {
    const config = parseOptions([
      ...["--connect", `127.0.0.1:${server.port}`, "--secret", "s", "--symbols", "EURUSD,XAUUSD", "--speed", "200"],
    ]);
    assert.ok(config);
    const ended = run({
      config,
      onProgress: ({ ticks_acked }) => ticks_acked > 50 && stopping.abort(),
      signal: stopping.signal,
    });
    const summary = await ended;
    assert.ok(summary.ticks_acked > 50);
    assert.equal(stub.ended, true);
  } finally {
    await server.close();
  }
});

test("options: every refusal names its option", () => {
  for (const [args, named] of [
    [["--connect", "nowhere"], "--connect"],
    [["--speed", "0"], "--speed"],
    [["--faults", "sometimes"], "--faults"],
    [["--symbols", "GOLD"], "GOLD"],
    [["--seed", "x"], "--seed"],
    [["--unknown"], "--unknown"],
  ] as const)
    assert.throws(
      () => parseOptions(["--secret", "s", ...args]),
      (error: Error) => error.message.includes(named),
    );
  assert.throws(() => parseOptions([]), /--secret/);
  assert.deepEqual(parseOptions(["--secret", "s", "--ticks", "a", "b", "--exit"])?.ticks, ["a", "b"]);
});
