// History files: judged whole, then handed over; and all the way into a real connector's journal before the first tick.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { makeLog } from "#mesh/service/log.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { zoneOf } from "#proto/broker-zone.ts";
import { BarHistory, Provenance } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import type { HistoryBars, HistoryState } from "#proto/services/metatrader-connector.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { startConnectorProcess, TinyEa } from "../../metatrader-connector/tiny-ea.fixture.ts";
import { readCollectorConfig } from "../config.ts";
import { startCollector } from "../service.ts";
import { type Bar, BarBuilder, type Timeframe } from "./bars.ts";
import { HistoryFiles } from "./deliver-io.ts";

const NOW = Date.UTC(2026, 6, 31);
const BARS = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>";
const TICKS = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>";
const two = (n: number) => String(n).padStart(2, "0");
const barRow = (i: number, price = "1.10000") =>
  `2026.07.01\t${two(Math.floor(i / 60))}:${two(i % 60)}:00\t${price}\t1.20000\t1.00000\t${price}\t5\t0\t3`;
const barFile = (rows: readonly string[]) => [BARS, ...rows].join("\r\n");

/** A connector of the mind: keeps bars as the real one does. */
class Peer {
  state: HistoryState["state"] = "open";
  readonly got: HistoryBars[] = [];
  readonly newest: Record<string, number> = {};

  get files(): HistoryFiles {
    return new HistoryFiles({
      zone: zoneOf("ny-close"),
      utc: () => NOW,
      stopping: () => false,
      state: async () => ({ state: this.state, newest: { ...this.newest } }),
      deliver: async (body) => {
        this.got.push(body);
        this.newest[body.timeframe_s] = body.bars.at(-1)?.[0] ?? 0;
        return { accepted: body.bars.length, staged: 0, known: 0 };
      },
    });
  }

  get bars(): Bar[] {
    return this.got.flatMap(({ bars }) => bars);
  }
}

async function inDir(
  work: (put: (name: string, content: string | Uint8Array) => Parameters<HistoryFiles["handle"]>) => Promise<void>,
) {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-history-"));
  try {
    await work((name, content) => {
      writeFileSync(join(dir, name), content);
      return [join(dir, name), { name, bytes: content.length, modified_ms: 1 }];
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("history: a file of bars: every closed one once, in UTC; the same file again: nothing new is handed over", async () => {
  await inDir(async (put) => {
    const peer = new Peer();
    const file = put("EURUSD_M1_2026.csv.gz", gzipSync(barFile(Array.from({ length: 1_300 }, (_, i) => barRow(i)))));
    const files = peer.files;
    assert.equal((await files.handle(...file)).state, "done");
    assert.deepEqual(
      peer.got.map(({ bars }) => bars.length),
      [1_000, 300],
    );
    const [first] = peer.got;
    assert.deepEqual(
      [first?.symbol, first?.digits, first?.timeframe_s, first?.source],
      ["EURUSD", 5, 60, "EURUSD_M1_2026.csv.gz"],
    );
    // 00:00 of the broker's first of July is 21:00 UTC of the day before: summer time in New York.
    assert.deepEqual(first?.bars[0], [Date.UTC(2026, 5, 30, 21), 110_000, 120_000, 100_000, 110_000, 5, 3]);
    peer.got.length = 0;
    assert.equal((await peer.files.handle(...file)).state, "done");
    assert.deepEqual(peer.got, []);
  });
});

test("history: interrupted in the middle: goes on behind what the connector has", async () => {
  await inDir(async (put) => {
    const peer = new Peer();
    const file = put("EURUSD_M1_2026.csv", barFile(Array.from({ length: 1_300 }, (_, i) => barRow(i))));
    let calls = 0;
    const broken = new HistoryFiles({
      zone: zoneOf("ny-close"),
      utc: () => NOW,
      stopping: () => calls > 1,
      state: async () => ({ state: "open", newest: {} }),
      deliver: async (body) => {
        if (calls++ > 0) throw new Error("the line is gone");
        peer.newest[60] = body.bars.at(-1)?.[0] ?? 0;
        peer.got.push(body);
        return { accepted: body.bars.length, staged: 0, known: 0 };
      },
    });
    await assert.rejects(broken.handle(...file), /the line is gone/);
    assert.equal((await peer.files.handle(...file)).state, "done");
    assert.equal(new Set(peer.bars.map(([ms]) => ms)).size, 1_300);
    assert.equal(peer.bars.length, 1_300);
  });
});

test("history: files that lie or are none: refused by reason and counted, nothing of them handed over", async () => {
  const good = [barRow(1), barRow(2), barRow(3)];
  const tick = (time: string, bid = "1.10000") => `2026.07.01\t${time}\t${bid}\t1.10010\t\t\t6`;
  const cases: readonly (readonly [why: string, name: string, content: string])[] = [
    ["disorder", "EURUSD_M1_1.csv", barFile([...good, barRow(2)])],
    ["disorder", "EURUSD_M1_2.csv", barFile([...good, barRow(3)])],
    ["disorder", "EURUSD_20260701.csv", [TICKS, tick("10:00:05"), tick("10:00:02")].join("\n")],
    ["future", "EURUSD_M1_3.csv", barFile([...good, barRow(4).replace("2026.07.01", "2027.07.01")])],
    [
      "jump",
      "EURUSD_M1_4.csv",
      barFile([...good, barRow(4).replaceAll("1.10000", "11.0000").replace("1.20000", "12.0000")]),
    ],
    ["off_grid", "EURUSD_M1_5.csv", barFile([...good, barRow(4).replace("04:00", "04:07")])],
    ["timeframe", "EURUSD_M2_1.csv", barFile(good)],
    ["bad_price", "EURUSD_M1_6.csv", barFile([barRow(1).replace("1.00000", "-1.0000")])],
    ["empty", "EURUSD_M1_7.csv", barFile([])],
    ["malformed", "EURUSD_M1_8.csv", barFile([...good, "2026.07.01\t00:09:00\t1.1"])],
    ["malformed", "EURUSD_M1_9.csv", "time,open,high,low,close\n1,2,3,4,5\n"],
    ["malformed", "EURUSD_M1_10.csv.gz", "this was never packed"],
  ];
  await inDir(async (put) => {
    for (const [why, name, content] of cases) {
      const peer = new Peer();
      const files = peer.files;
      await assert.rejects(files.handle(...put(name, content)), { code: "bad_file" }, name);
      assert.deepEqual([files.refused, peer.got], [{ [why]: 1 }, []], name);
    }
  });
});

test("history: ticks: bars of all four lengths, as they are when built with hindsight", () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 1, max: 1_000 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), (steps) => {
      const built: [Timeframe, Bar][] = [];
      const builder = new BarBuilder((timeframe, bar) => built.push([timeframe, bar]));
      let ms = Date.UTC(2026, 6, 1);
      const ticks = steps.map(([later, bid]) => {
        ms += later;
        return { ms, bid };
      });
      for (const tick of ticks) builder.onTick(tick.ms, tick.bid, tick.bid + 2);
      builder.end();
      const last = ticks.at(-1)?.ms ?? 0;
      for (const timeframe of [60, 300, 900, 3600] as const) {
        const length = timeframe * 1000;
        const byBar = Map.groupBy(ticks, (tick) => tick.ms - (tick.ms % length));
        const first = ticks[0]?.ms ?? 0;
        const expected = [...byBar].flatMap(([open_ms, mine]): Bar[] => {
          const bids = mine.map(({ bid }) => bid);
          const begun = open_ms > first || first - open_ms < 60_000;
          const over = last >= open_ms + length || last >= open_ms + length - 60_000;
          if (!begun || !over) return [];
          return [[open_ms, bids[0] ?? 0, Math.max(...bids), Math.min(...bids), bids.at(-1) ?? 0, bids.length, 2]];
        });
        assert.deepEqual(
          built.filter(([of]) => of === timeframe).map(([, bar]) => bar),
          expected,
        );
      }
    }),
  );
});

test("history: a directory, a collector, a connector: bars wait for the symbol, go in before its first tick, none after", async () => {
  const root = mkdtempSync(join(tmpdir(), "lockstep-history-"));
  const dataDir = join(root, "edge");
  const dir = join(root, "history");
  mkdirSync(dir);
  const START_MS = 1_400_000_040_000;
  const connector = await startConnectorProcess({ dataDir, env: { LOCKSTEP_CLOCK: "terminal" } });
  const collector = await startCollector({
    log: makeLog({ service: "data-collector", write: () => undefined }),
    config: readCollectorConfig({
      PORT: "0",
      METATRADER_CONNECTOR_URL: `http://127.0.0.1:${connector.port}`,
      HISTORY_DIR: dir,
      WATCH_MS: "50",
    }),
  });
  interface Status {
    readonly history: { refused: Record<string, number>; staged: number; list: { name: string; state: string }[] };
  }
  const until = async (what: string, holds: (history: Status["history"]) => boolean) => {
    for (let i = 0; i < 500; i++) {
      const { history } = (await (await fetch(`${collector.url}/status`)).json()) as Status;
      if (holds(history)) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.fail(`waited in vain for ${what}`);
  };
  try {
    // Hours of 2014, with four digits for a symbol of five.
    const hour = (i: number) =>
      `2014.05.0${1 + Math.floor(i / 24)}\t${two(i % 24)}:00\t1.3860\t1.3900\t1.3800\t1.3870\t0\t0\t0`;
    writeFileSync(join(dir, "EURUSD_H1_2014.csv"), barFile(Array.from({ length: 60 }, (_, i) => hour(i))));
    writeFileSync(join(dir, "NZDUSD_H1_2014.csv"), barFile([hour(1), hour(2)]));
    await until("staged bars", ({ staged, refused }) => staged === 60 && refused.not_found === 1);
    const clock = () => ({ trade: START_MS / 1000, gmt: START_MS / 1000 });
    const ea = new TinyEa({ port: connector.port, barsUntilMs: START_MS, clock });
    await ea.until(() => ea.live, "live");
    const sent = ea.ticks([{ ms: START_MS, bid: 1.386, ask: 1.3861 }]);
    await ea.until(() => ea.acked >= sent, "acknowledgement");
    writeFileSync(join(dir, "EURUSD_H1_more.csv"), barFile([hour(61), hour(62)]));
    await until("a refusal", ({ refused }) => refused.refused === 1);
    ea.close();
  } finally {
    await collector.stop();
    assert.equal(await connector.kill("SIGTERM"), 0);
  }
  const bars: (readonly [number, bigint, bigint])[] = [];
  const sources: string[] = [];
  for (const records of new JournalReader({ disk: openDisk(join(dataDir, "journal")) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code === Provenance.code)
        sources.push(`${Provenance.read(view, at).source} ${Provenance.read(view, at).inputs}`);
      if (code !== BarHistory.code) return;
      const bar = BarHistory.read(view, at);
      bars.push([bar.timeframe_s, bar.open_time_ms, bar.close_points]);
    });
  }
  assert.deepEqual(sources, ["EURUSD_H1_2014.csv 60"]);
  const hours = bars.filter(([timeframe]) => timeframe === 3600);
  assert.deepEqual([hours.length, hours[0]], [60, [3600, BigInt(Date.UTC(2014, 4, 1)), 138_700n]]);
  // The terminal's own minutes come behind them.
  assert.equal(bars.filter(([timeframe]) => timeframe === 60).length, 120);
  rmSync(root, { recursive: true });
});
