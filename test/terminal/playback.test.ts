import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { zoneOf } from "#proto/broker-zone.ts";
import { Playback, type TickStream } from "./playback.ts";
import { fileSources, generatedSources } from "./sources-io.ts";
import type { MarketTick } from "./tick.ts";

const tick = (symbol: string, time_ms: number, bid = 1): MarketTick => ({
  symbol,
  time_ms,
  bid,
  ask: bid + 1,
  flags: 6,
});

async function* inBatches(ticks: readonly MarketTick[], size: number): AsyncGenerator<readonly MarketTick[]> {
  for (let at = 0; at < ticks.length; at += size) yield ticks.slice(at, at + size);
}

async function all(streams: readonly TickStream[], maxTicks = 7): Promise<MarketTick[]> {
  const playback = new Playback(streams);
  const ticks: MarketTick[] = [];
  for (;;) {
    const window = await playback.next({ maxTicks });
    if (!window) return ticks;
    ticks.push(...window);
  }
}

test("playback: any streams and batch sizes: every tick once, by time, then by stream, each stream in its order", async () => {
  const times = fc.array(fc.array(fc.nat(50), { maxLength: 40 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(times, fc.integer({ min: 1, max: 9 }), async (lists, size) => {
      const files = lists.map((list, i) => list.sort((a, b) => a - b).map((time, row) => tick(`S${i}`, time, row + 1)));
      const expected = files.flatMap((file, i) => file.map((row) => ({ row, i })));
      expected.sort((a, b) => a.row.time_ms - b.row.time_ms || a.i - b.i || a.row.bid - b.row.bid);
      const merged = await all(files.map((file) => inBatches(file, size)));
      assert.deepEqual(
        merged,
        expected.map(({ row }) => row),
      );
    }),
    { numRuns: 60 },
  );
});

test("playback: windows: no longer in time and number than asked, empty when nothing is due", async () => {
  const ticks = [0, 10, 60_000, 60_001, 200_000].map((time) => tick("A", time));
  const playback = new Playback([inBatches(ticks, 2)]);
  const window = { maxTicks: 512, maxSpanMs: 60_000 };
  assert.deepEqual((await playback.next({ maxTicks: 9, untilMs: -1 }))?.length, 0);
  assert.deepEqual(
    (await playback.next(window))?.map(({ time_ms }) => time_ms),
    [0, 10, 60_000],
  );
  assert.deepEqual(
    (await playback.next(window))?.map(({ time_ms }) => time_ms),
    [60_001],
  );
  assert.equal((await playback.next({ maxTicks: 9, untilMs: 199_999 }))?.length, 0);
  assert.equal((await playback.next(window))?.length, 1);
  assert.equal(await playback.next(window), undefined);
});

test("playback: files of several symbols, plain and gzip: in time order, prices in points", async () => {
  const directory = await mkdtemp(join(tmpdir(), "terminal-"));
  try {
    const head = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n";
    const eur = join(directory, "EURUSD_20140501.csv");
    const xau = join(directory, "XAUUSD_20140501.csv.gz");
    await writeFile(eur, `${head}2014.05.01\t00:00:01.000\t1.38694\t1.38705\t\t\t6\r\n`);
    const gold =
      "2014.05.01\t00:00:00.500\t1284.065\t1284.405\t\t\t6\r\n2014.05.01\t00:00:01.000\t1284.1\t1284.5\t\t\t6\r\n";
    await writeFile(xau, gzipSync(head + gold));
    const { streams, specs } = await fileSources({
      ticks: [eur, xau],
      history: [],
      zone: zoneOf("fixed"),
      moveDays: undefined,
    });
    assert.deepEqual(
      (await all(streams)).map(({ symbol, bid }) => [symbol, bid]),
      [
        ["XAUUSD", 1_284_065],
        ["EURUSD", 138_694],
        ["XAUUSD", 1_284_100],
      ],
    );
    assert.deepEqual(
      specs.map(({ name, digits }) => [name, digits]),
      [
        ["EURUSD", 5],
        ["XAUUSD", 3],
      ],
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("playback: generated markets: merged in time order", async () => {
  const { streams } = generatedSources({
    symbols: ["EURUSD", "XAUUSD"],
    seed: 4,
    startMs: Date.UTC(2025, 2, 3),
    weekends: true,
  });
  const playback = new Playback(streams);
  const ticks = (await playback.next({ maxTicks: 2000 })) ?? [];
  assert.equal(ticks.length, 2000);
  assert.ok(ticks.every((row, i) => i === 0 || row.time_ms >= ticks[i - 1]!.time_ms));
  await playback.close();
});
