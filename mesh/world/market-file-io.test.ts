import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { zoneOf } from "#proto/broker-zone.ts";
import { describeFileName, describeMarketFile, readBarFile, readTickFile } from "./market-file-io.ts";

const directory = mkdtempSync(join(tmpdir(), "lockstep-market-file-"));
after(() => rmSync(directory, { recursive: true }));
const DATA = new URL("../../../shared/data/ticks/", import.meta.url);

const HEADER = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n";
const line = (i: number) =>
  `2026.07.01\t11:00:${String(i % 60).padStart(2, "0")}.000\t1.2345${i % 10}\t1.30000\t\t\t6\r\n`;
const ticks = HEADER + Array.from({ length: 20_000 }, (_, i) => line(i)).join("");
function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
async function rowsOf<Row>(batches: AsyncIterable<{ rows: readonly Row[] }>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) rows.push(...batch.rows);
  return rows;
}

test("market files: plain and gzip: the same rows, several batches", async () => {
  const plain = await rowsOf(readTickFile(file("EURUSD_202607011100_202607012300.csv", ticks)));
  const packed = file("EURUSD_20260701.csv.gz", gzipSync(ticks));
  assert.equal(plain.length, 20_000);
  assert.deepEqual(await rowsOf(readTickFile(packed)), plain);
  const [first] = plain;
  assert.deepEqual(first, { time_ms: Date.UTC(2026, 6, 1, 11), bid_points: 123_450, ask_points: 130_000, flags: 6 });
  const [shifted] = await rowsOf(readTickFile(packed, { zone: zoneOf("fixed", 10_800) }));
  assert.equal(shifted?.time_ms, Date.UTC(2026, 6, 1, 8));
  assert.deepEqual(await describeMarketFile(packed), {
    kind: "ticks",
    symbol: "EURUSD",
    digits: 5,
    first_ms: Date.UTC(2026, 6, 1, 11),
    timeframe_s: undefined,
  });
});

test("market files: bars: time frame from the name, else from the rows", async () => {
  const bars =
    "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\n2026.07.01\t11:00\t1\t1\t1\t1\n2026.07.01\t11:05\t1\t1\t1\t1";
  const path = file("GBPUSD.csv", bars);
  assert.equal((await rowsOf(readBarFile(path))).length, 2);
  assert.equal((await describeMarketFile(path)).timeframe_s, 300);
  assert.equal((await describeMarketFile(file("GBPUSD_H1.csv", bars))).timeframe_s, 3600);
});

test("market files: names: symbol and time frame", () => {
  assert.deepEqual(describeFileName("/a/XAUUSD_202607011100_202609011203.csv"), {
    symbol: "XAUUSD",
    timeframe_s: undefined,
  });
  assert.deepEqual(describeFileName("US500_cash_M15_to.csv.gz"), { symbol: "US500_cash", timeframe_s: 900 });
  assert.deepEqual(describeFileName("EURUSD.m_H4_20200101.CSV"), { symbol: "EURUSD.m", timeframe_s: 14_400 });
  assert.deepEqual(describeFileName("ticks.csv"), { symbol: "ticks", timeframe_s: undefined });
});

test("market files: missing, damaged or not a file: an error that says what to do", async () => {
  const cut = file("CUT_20260701.csv.gz", gzipSync(ticks).subarray(0, 5000));
  await assert.rejects(rowsOf(readTickFile(cut)), { code: "bad_file", message: /not a whole gzip file/ });
  await assert.rejects(rowsOf(readTickFile(join(directory, "none.csv"))), { code: "not_found" });
  await assert.rejects(rowsOf(readTickFile(join(directory, "none.csv.gz"))), { code: "not_found" });
  await assert.rejects(rowsOf(readTickFile(directory)), { code: "bad_file", message: /EISDIR/ });
});

test("market files: reading stopped early: the file is closed", async () => {
  for await (const batch of readTickFile(file("EARLY_20260701.csv", ticks.repeat(1)))) {
    assert.ok(batch.rows.length > 0);
    break;
  }
});

test("market files: the real ticks, where they are there: read whole, quotes in order and not crossed", async (t) => {
  if (!existsSync(DATA)) {
    t.diagnostic("../shared/data/ticks is absent: only the rows made in this file were tested");
    return;
  }
  const name = readdirSync(DATA).find((entry) => entry.startsWith("EURUSD_")) as string;
  const rows = await rowsOf(readTickFile(new URL(name, DATA).pathname));
  assert.ok(rows.length > 20_000);
  assert.ok(rows.every((row, i) => row.time_ms >= (rows[i - 1]?.time_ms ?? 0) && row.ask_points >= row.bid_points));
});
