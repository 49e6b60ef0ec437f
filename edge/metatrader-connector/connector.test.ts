// The real process over TCP: ticks in, orders out, killed and restarted, and nothing sent twice.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import type { Cmd, DealsRow } from "#proto/generated/mtx1.ts";
import { CMD_STATE } from "#proto/mtx1.ts";
import { SPEC, startConnectorProcess, TinyEa, type TinyEaOptions } from "./tiny-ea.fixture.ts";

const START_MS = 1_400_000_040_000;
const OFFSET_S = 7200;

/** A connector that opens a position at each M1 close, whatever the model says. */
function directory(): { dataDir: string; env: Record<string, string>; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "lockstep-edge-"));
  const model = join(root, "model.lsm");
  const config = join(root, "edge.json");
  writeFileSync(model, sampleModel());
  writeFileSync(config, JSON.stringify({ strategy: { enter_edge_ppm: 0, intent_life_ms: 600_000 } }));
  return {
    dataDir: join(root, "edge"),
    env: { LOCKSTEP_CLOCK: "terminal", LOCKSTEP_MODEL: model, LOCKSTEP_EDGE_CONFIG: config },
    remove: () => rmSync(root, { recursive: true }),
  };
}

const minute = (i: number) => ({ ms: START_MS + i * 60_000, bid: 1.386 + i / 1e5, ask: 1.3861 + i / 1e5 });
const clock = () => ({ trade: START_MS / 1000 + 60, gmt: START_MS / 1000 + 60 - OFFSET_S });
const ea = (o: Partial<TinyEaOptions> & { port: number }): TinyEa => new TinyEa({ barsUntilMs: START_MS, clock, ...o });
const idOf = (cmd: Cmd): string => Buffer.from(cmd.cmd_id).toString("hex");
const dealOf = (cmd: Cmd, deal: bigint): DealsRow => ({
  symbol_id: SPEC.symbol_id,
  type: cmd.order_type,
  entry: 0,
  deal,
  order: 900n,
  position_id: 900n,
  magic: cmd.magic,
  time_msc: BigInt(START_MS + 61_000),
  volume: cmd.volume,
  price: cmd.price,
  commission: -0.35,
  fee: 0,
  swap: 0,
  profit: 0,
  sl: 0,
  tp: 0,
  reason: 3,
  comment: "",
  external_id: "",
});

test("connector: a snapshot cannot be written: said, and the box goes on", async () => {
  const { dataDir, env, remove } = directory();
  const connector = await startConnectorProcess({ dataDir, env: { ...env, LOCKSTEP_SNAPSHOT_RECORDS: "1000" } });
  try {
    const terminal = ea({ port: connector.port });
    await terminal.until(() => terminal.live, "live");
    const inTheWay = join(dataDir, "journal", "snapshot-next.tmp");
    mkdirSync(inTheWay);
    const rows = (from: number) => Array.from({ length: 600 }, (_, i) => ({ ...minute(0), ms: START_MS + from + i }));
    const snapshots = (): number => readdirSync(join(dataDir, "journal")).filter((name) => /\.core$/.test(name)).length;
    for (const from of [0, 1_000]) {
      const sent = terminal.ticks(rows(from));
      await terminal.until(() => terminal.acked >= sent, "acknowledgement");
    }
    // Two of the connector's own turns, in which the snapshot is due.
    await sleep(600);
    assert.deepEqual([(await connector.status()).journal_failed, snapshots()], [false, 0]);
    rmdirSync(inTheWay);
    terminal.close();
    assert.equal(await connector.kill("SIGTERM"), 0);
    assert.equal(snapshots(), 1);
  } finally {
    await connector.kill("SIGKILL");
    remove();
  }
});

test("connector: ticks in: one order out, acknowledged when durable, its fill booked once", async () => {
  const { dataDir, env, remove } = directory();
  const connector = await startConnectorProcess({ dataDir, env });
  try {
    const terminal = ea({ port: connector.port });
    await terminal.until(() => terminal.live, "live");
    assert.equal(terminal.subscribed[0]?.symbols[0]?.from_msc, 0n);
    terminal.ticks([minute(0)]);
    const last = terminal.ticks([minute(1)]);
    await terminal.until(() => terminal.commands.length > 0 && terminal.acked >= last, "order and acknowledgement");
    const [cmd] = terminal.commands;
    assert.ok(cmd);
    assert.deepEqual([cmd.action, cmd.symbol_id, cmd.volume], [1, SPEC.symbol_id, 0.1]);
    assert.equal(cmd.issued_utc_ms, BigInt(minute(1).ms - OFFSET_S * 1000));
    // The result first, then the deal, and the deal again.
    const { Deals } = await import("#proto/generated/mtx1.ts");
    terminal.result(cmd, { retcode: 10009, final: true, volume: cmd.volume, price: cmd.price });
    for (let i = 0; i < 2; i++) terminal.send(Deals, { snapshot_id: 0, rows: [dealOf(cmd, 501n)] });
    const end = terminal.ticks([{ ...minute(1), ms: minute(1).ms + 5 }]);
    await terminal.until(() => terminal.acked >= end, "acknowledgement");
    const status = await connector.status();
    assert.deepEqual(
      [status.fills, status.ticks, status.open_orders, status.link, status.journal_failed],
      [1, 3, 0, "live", false],
    );
    assert.deepEqual((status.counts as Record<string, number>).order_update, 1);
    terminal.close();
  } finally {
    assert.equal(await connector.kill("SIGTERM"), 0);
    remove();
  }
});

test("connector: killed with an order out: asked for after the restart, sent again only if it never arrived", async () => {
  const { dataDir, env, remove } = directory();
  let connector = await startConnectorProcess({ dataDir, env });
  try {
    const terminal = ea({ port: connector.port });
    await terminal.until(() => terminal.live, "live");
    terminal.ticks([minute(0)]);
    const last = terminal.ticks([minute(1)]);
    await terminal.until(() => terminal.commands.length > 0 && terminal.acked >= last, "order");
    const first = terminal.commands[0] as Cmd;
    await connector.kill("SIGKILL");

    // The EA has no trace of it: the same command once more, and the ticks it has already are not taken twice.
    connector = await startConnectorProcess({ dataDir, env });
    const again = ea({ port: connector.port, stateOf: () => CMD_STATE.none });
    await again.until(() => again.commands.length > 0, "the order sent again");
    assert.deepEqual(again.asked, [idOf(first)]);
    assert.deepEqual(again.commands, [first]);
    assert.equal(again.subscribed[0]?.symbols[0]?.from_msc, BigInt(minute(1).ms));
    const resent = again.ticks([minute(1), { ...minute(1), ms: minute(1).ms + 1 }]);
    await again.until(() => again.acked >= resent, "acknowledgement");
    assert.equal((await connector.status()).ticks, 3);
    await connector.kill("SIGKILL");

    // Now the EA knows it: done, with its deal. Nothing is sent, the order is final.
    connector = await startConnectorProcess({ dataDir, env });
    const third = ea({
      port: connector.port,
      stateOf: () => CMD_STATE.done,
      dealsInSnapshot: () => [dealOf(first, 501n)],
    });
    await third.until(() => third.live, "live");
    const more = third.ticks([{ ...minute(1), ms: minute(1).ms + 9 }]);
    await third.until(() => third.acked >= more, "acknowledgement");
    const status = await connector.status();
    assert.deepEqual([status.fills, status.open_orders, third.commands.length], [1, 0, 0]);
    third.close();
  } finally {
    await connector.kill("SIGTERM");
    remove();
  }
});

test("connector: wrong secret, second session, HTTP on the same port: each answered in its way", async () => {
  const { dataDir, env, remove } = directory();
  const connector = await startConnectorProcess({ dataDir, env });
  const url = `http://127.0.0.1:${connector.port}`;
  try {
    const stranger = ea({ port: connector.port, secret: "another-secret-1" });
    await stranger.until(() => stranger.refusal !== undefined, "refusal");
    assert.equal(stranger.refusal?.code, 2);
    const terminal = ea({ port: connector.port });
    await terminal.until(() => terminal.live, "live");
    const second = ea({ port: connector.port });
    await second.until(() => second.refusal !== undefined, "refusal");
    assert.equal(second.refusal?.code, 3);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /lockstep_edge_link\{[^}]*\} 2/);
    const post = (body: unknown, headers = {}) =>
      fetch(`${url}/command`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    assert.equal((await post({ command: "halt", operator: "", reason: "x" })).status, 400);
    const zeros = { command: "halt", operator: "eve", reason: "x", command_id: "0".repeat(32) };
    assert.equal((await post(zeros)).status, 400, "an id that says nothing");
    assert.equal(
      (await post({ command: "halt", operator: "eve", reason: "x" }, { origin: "http://evil" })).status,
      403,
    );
    const halted = (await (await post({ command: "halt", operator: "ann", reason: "test" })).json()) as object;
    assert.equal((halted as { trading_state: string }).trading_state, "halted");
    const relaxed = (await (await post({ command: "reduce_only", operator: "ann", reason: "test" })).json()) as object;
    assert.equal((relaxed as { trading_state: string }).trading_state, "halted", "only a release leads back");
    assert.equal((await connector.status()).trading_state, "halted");
    // The bytes of a request may come one by one.
    const slow = await new Promise<number | undefined>((resolve) => {
      const r = request(`${url}/healthz`, (response) => resolve(response.resume().statusCode));
      r.on("socket", (socket) => socket.setNoDelay(true));
      r.end();
    });
    assert.equal(slow, 200);
    terminal.close();
  } finally {
    assert.equal(await connector.kill("SIGTERM"), 0);
    remove();
  }
});

test("connector: restarted from a snapshot and from the journal alone: the same digest", async () => {
  const { dataDir, env, remove } = directory();
  try {
    const digests: unknown[] = [];
    const step = async (run: (port: number) => Promise<void>): Promise<void> => {
      const connector = await startConnectorProcess({ dataDir, env });
      try {
        await run(connector.port);
        const { outputs_digest, counts } = await connector.status();
        digests.push([outputs_digest, counts]);
      } finally {
        assert.equal(await connector.kill("SIGTERM"), 0);
      }
    };
    await step(async (port) => {
      const terminal = ea({ port, onCommand: (cmd, self) => self.result(cmd, { retcode: 10006, final: true }) });
      await terminal.until(() => terminal.live, "live");
      terminal.ticks([minute(0)]);
      for (let i = 1; i < 10; i++) {
        terminal.ticks([minute(i)]);
        await terminal.until(
          () => terminal.commands.length >= i && terminal.acked >= terminal.framer.seq,
          `order ${i}`,
        );
      }
      terminal.close();
      // The end of the line is a record too.
      const down = async () => (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as { link: string };
      while ((await down()).link !== "down") await new Promise((resolve) => setTimeout(resolve, 20));
    });
    const journal = join(dataDir, "journal");
    const snapshots = readdirSync(journal).filter((name) => name.startsWith("snapshot-"));
    assert.equal(snapshots.length, 1);
    await step(async () => undefined);
    for (const name of readdirSync(journal)) if (name.startsWith("snapshot-")) rmSync(join(journal, name));
    await step(async () => undefined);
    assert.deepEqual(digests[1], digests[0]);
    assert.deepEqual(digests[2], digests[0]);
  } finally {
    remove();
  }
});

test("connector: a damaged journal: stays up, says so, trades with nobody", async () => {
  const { dataDir, env, remove } = directory();
  try {
    const first = await startConnectorProcess({ dataDir, env });
    const terminal = ea({ port: first.port });
    await terminal.until(() => terminal.live, "live");
    const last = terminal.ticks([minute(0)]);
    await terminal.until(() => terminal.acked >= last, "acknowledgement");
    // On a busy machine the seal comes later than the acknowledgement: what is not sealed may be a torn write.
    const sealed = async (): Promise<boolean> => {
      const { sealed_seq, last_seq } = await first.status();
      return sealed_seq === last_seq;
    };
    while (!(await sealed())) await sleep(20);
    await first.kill("SIGKILL");
    const segment = join(dataDir, "journal", "segment-0000000001.journal");
    const bytes = readFileSync(segment);
    // In the symbol's specification: acknowledged and sealed, so no torn end.
    const at = bytes.indexOf("EURUSD");
    assert.ok(at > 0);
    bytes[at] = (bytes[at] as number) ^ 8;
    writeFileSync(segment, bytes);
    const connector = await startConnectorProcess({ dataDir, env });
    try {
      const health = await fetch(`http://127.0.0.1:${connector.port}/healthz`);
      assert.equal(health.status, 503);
      assert.match(await health.text(), /halted: journal_damaged/);
      assert.equal((await fetch(`http://127.0.0.1:${connector.port}/status`)).status, 503);
      const turnedAway = ea({ port: connector.port });
      await turnedAway.until(() => turnedAway.closed, "closed");
    } finally {
      assert.equal(await connector.kill("SIGTERM"), 0);
    }
  } finally {
    remove();
  }
});
