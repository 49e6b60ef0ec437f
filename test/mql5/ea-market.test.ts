// Ticks, bars, calendar and state as the EA tells them: with MT5's habits of late, equal and rewritten rows, of histories
// that are not there yet, and over broken lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as m from "#proto/generated/mtx1.ts";
import { inStubBench, type StubBench, serverMs } from "./bench.fixture.ts";
import { EA_STATE } from "./ea-process.ts";

const rowsOf = ({ server }: StubBench, symbol: string): string[] =>
  server.stub.ticks.filter((row) => row.startsWith(symbol));
const gapsOf = ({ server }: StubBench): m.Gap[] => server.all(m.Gap);
const told = async (bench: StubBench, count: number): Promise<void> =>
  bench.server.until(`${count} ticks`, () => rowsOf(bench, "EURUSD").length >= count);
const cut = async ({ ea, server }: StubBench): Promise<void> => {
  const { sessions } = server.stub;
  server.cut();
  await server.until("the line is gone", () => !server.stub.live);
  await server.until("a new session", () => server.stub.sessions > sessions);
  await ea.until("live again", ({ state }) => state === EA_STATE.live);
};

test("ea market: equal, late and out-of-order rows: each told once, with its multiplicity", async () => {
  await inStubBench(async (bench) => {
    const { ea } = bench;
    const base = serverMs() + 1000;
    for (let i = 0; i < 3; i++) await bench.tick("EURUSD", 1.2, 1.2001, base);
    await told(bench, 4);
    // Behind the newest, and once more a row that is there three times.
    await ea.do(`insert EURUSD ${base - 500} 1.19 1.1901 6`, `insert EURUSD ${base} 1.2 1.2001 6`);
    await told(bench, 6);
    await bench.tick("EURUSD", 1.21, 1.2101, base + 5);
    await told(bench, 7);
    await ea.do("skip 1500");
    const rows = rowsOf(bench, "EURUSD");
    assert.deepEqual(
      [rows.length, rows.filter((row) => row.includes(` ${base} `)).length, gapsOf(bench).length],
      [7, 4, 0],
    );
  });
});

test("ea market: several charts' symbols from one EA: ticks of a symbol without a chart are told without an OnTick", async () => {
  await inStubBench(async (bench) => {
    await bench.tick("XAUUSD", 2001, 2001.2, serverMs() + 10);
    await bench.server.until("gold", () => rowsOf(bench, "XAUUSD").length === 2);
  });
});

test("ea market: history rewritten: a gap of that reason", async () => {
  await inStubBench(async (bench) => {
    const base = serverMs() + 1000;
    await bench.tick("EURUSD", 1.2, 1.2001, base);
    await bench.tick("EURUSD", 1.21, 1.2101, base + 10);
    await told(bench, 3);
    await bench.ea.do(`erase EURUSD ${base}`);
    await bench.server.until("gap", () => gapsOf(bench).length > 0);
    assert.deepEqual([gapsOf(bench)[0]?.reason, gapsOf(bench)[0]?.est_lost], [3, 1]);
  });
});

test("ea market: a cut line, an hour of ticks meanwhile: recovered from the connector's cursor, none lost, none twice", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    await told(bench, 1);
    await ea.do("set stalled 1");
    server.cut();
    const base = serverMs();
    const lines = Array.from(
      { length: 5000 },
      (_, i) =>
        `tick EURUSD ${base + Math.floor(i / 2) * 1440} ${(1.1 + i / 1e5).toFixed(5)} ${(1.1002 + i / 1e5).toFixed(5)} 6`,
    );
    await ea.do(...lines, "set stalled 0");
    await told(bench, 5001);
    await ea.until("live", ({ state }) => state === EA_STATE.live);
    assert.equal(new Set(rowsOf(bench, "EURUSD")).size, 5001);
    assert.equal(rowsOf(bench, "EURUSD").length, 5001);
    const sources = new Set(server.all(m.Ticks).map(({ source }) => source));
    assert.ok(sources.has(1) && server.all(m.Ticks).some(({ flags }) => flags === 2));
    assert.equal(gapsOf(bench).length, 0);
  });
});

test("ea market: ticks told to a connector that lost all of them: told again from the first HELLO on, and those of the cut", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    for (let i = 1; i <= 5; i++) await bench.tick("EURUSD", 1.1 + i / 1e4, 1.1001 + i / 1e4);
    await told(bench, 6);
    const before = rowsOf(bench, "EURUSD");
    await ea.do("set stalled 1");
    server.cut();
    server.stub.loseTicks();
    await bench.tick("EURUSD", 1.2, 1.2001);
    await ea.do("set stalled 0");
    await told(bench, 7);
    await ea.until("live", ({ state }) => state === EA_STATE.live);
    assert.deepEqual(rowsOf(bench, "EURUSD").slice(0, 6), before);
    // Once more: the beginning is remembered, it does not move with each session.
    server.stub.loseTicks();
    await cut(bench);
    await told(bench, 7);
    assert.deepEqual(rowsOf(bench, "EURUSD").slice(0, 6), before);
    assert.equal(gapsOf(bench).length, 0);
  });
});

test("ea market: a cursor older than the backfill, a history that does not come: gaps 2 and 1, and the rest is told", async () => {
  await inStubBench(async (bench) => {
    await told(bench, 1);
    await bench.tick("EURUSD", 1.3, 1.3001, serverMs() + 30 * 86_400_000);
    await told(bench, 2);
    // Twenty tries of this symbol (the other one asks as well), then what is missing is said.
    await bench.ea.do("set tick_timeouts 30");
    await bench.tick("EURUSD", 1.31, 1.3101, serverMs() + 30 * 86_400_000 + 5);
    await bench.server.until("gap 1", () => gapsOf(bench).some(({ reason }) => reason === 1));
    await told(bench, 3);
    // Thirty days back, more than the seven of the EA's input.
    const cursor = BigInt(serverMs());
    bench.server.send(m.Subscribe, { flags: 1, symbols: [{ what: 1, from_msc: cursor, symbol: "EURUSD" }] });
    await bench.server.until("gap 2", () => gapsOf(bench).some(({ reason }) => reason === 2));
    assert.equal(gapsOf(bench).find(({ reason }) => reason === 2)?.from_msc, cursor);
  });
});

test("ea market: before what may block the EA says how long it may be silent", async () => {
  await inStubBench(async ({ server }) => {
    await server.until("busy", () => server.all(m.Heartbeat).some(({ busy_ms }) => busy_ms === 50_000));
    assert.equal(server.all(m.Heartbeat).at(-1)?.busy_ms, 0);
  });
});

test("ea market: bars at the start, bars and ticks when asked for, the end told with its count", async () => {
  await inStubBench(async (bench) => {
    const { server } = bench;
    const bars = server.all(m.Bars).map(({ tf_minutes, rows }) => [tf_minutes, rows.length]);
    assert.deepEqual(bars, [
      [60, 200],
      [1, 200],
      [60, 200],
      [1, 200],
    ]);
    await told(bench, 1);
    const ask = { symbol_id: 1, tf_minutes: 5, max: 50, from: 0n, to: 0n };
    server.send(m.HistoryReq, { ...ask, req: 7, kind: 1 });
    server.send(m.HistoryReq, { ...ask, req: 8, kind: 0, from: 0n, to: BigInt(serverMs() + 1000) });
    server.send(m.HistoryReq, { ...ask, req: 9, kind: 1, symbol_id: 44 });
    await server.until("three ends", () => server.all(m.HistoryEnd).length === 3);
    assert.deepEqual(
      server.all(m.HistoryEnd).map(({ req, status, rows }) => [req, status, rows]),
      [
        [7, 0, 50n],
        [8, 0, 1n],
        [9, 2, 0n],
      ],
    );
    assert.ok(server.frames.some(({ type, flags }) => type === m.Ticks.type && (flags & 1) === 1));
  });
});

test("ea market: the economic calendar: countries, events and values when asked for, then every change", async () => {
  await inStubBench(async ({ ea, server }) => {
    const now = Math.floor(serverMs() / 1000);
    await ea.do(`calendar 11 ${now} 3900000`);
    server.send(m.CalReq, { what: 7, from_s: BigInt(now - 1000), to_s: BigInt(now + 1000) });
    await server.until("values", () => server.all(m.CalValues).length === 1);
    assert.equal(server.all(m.CalCountries)[0]?.rows[0]?.code, "US");
    assert.deepEqual(
      [server.all(m.CalEvents)[0]?.rows[0]?.importance, server.all(m.CalEvents)[0]?.rows[0]?.event_code],
      [3, "unemployment-rate"],
    );
    const [value] = server.all(m.CalValues)[0]?.rows ?? [];
    assert.deepEqual([value?.actual, value?.previous, value?.forecast], [3_900_000n, -(2n ** 63n), 4_000_000n]);
    await ea.do(`calendar 11 ${now} 4100000`, `calendar 12 ${now + 5} 100000`, "skip 4000");
    await ea.do("skip 2000");
    await server.until("changes", () => server.all(m.CalValues).length >= 2);
    assert.deepEqual(
      server
        .all(m.CalValues)
        .at(-1)
        ?.rows.map(({ value_id, actual }) => [value_id, actual]),
      [
        [11n, 4_100_000n],
        [12n, 100_000n],
      ],
    );
  });
});

test("ea market: a specification that changes is told anew, an exchange rate's small move is not", async () => {
  await inStubBench(async ({ ea, server }) => {
    const before = server.all(m.SymbolSpec).length;
    await ea.do("spec EURUSD tick_value 1.002");
    await ea.do("skip 1200");
    await ea.do("spec EURUSD stops 25");
    await server.until("spec", () => server.all(m.SymbolSpec).length > before);
    await ea.do("spec EURUSD tick_value 1.01");
    await server.until("spec", () => server.all(m.SymbolSpec).length > before + 1);
    assert.deepEqual(
      server
        .all(m.SymbolSpec)
        .slice(before)
        .map(({ stops_level, tick_value }) => [stops_level, tick_value]),
      [
        [25, 1.002],
        [25, 1.01],
      ],
    );
  });
});

test("ea market: after a cut line the snapshot has what happened meanwhile", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    await ea.do("set stalled 1");
    server.cut();
    await ea.do("manual EURUSD 0.2", "manual EURUSD -0.05", "set stalled 0");
    await cut(bench);
    assert.deepEqual(
      server.stub.snapshotPositions.map(({ volume }) => volume),
      [0.15],
    );
    assert.deepEqual(
      [...server.stub.deals.values()].map(({ volume, entry }) => [volume, entry]),
      [
        [0.2, 0],
        [0.05, 1],
      ],
    );
  });
});
