import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BarRow, Mt5FileParser, type TickRow } from "./mt5-files.ts";

const HEADER = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>";
const BARS = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>";
const text = (...lines: string[]): Uint8Array => new TextEncoder().encode(lines.join("\n"));
const utf16 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, "utf16le"));

interface Parsed {
  ticks: TickRow[];
  bars: BarRow[];
  parser: Mt5FileParser;
}
function parse(chunks: readonly Uint8Array[], options: { digits?: number; name?: string } = {}): Parsed {
  const ticks: TickRow[] = [];
  const bars: BarRow[] = [];
  const parser = new Mt5FileParser({ ...options, onTick: (row) => ticks.push(row), onBar: (row) => bars.push(row) });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return { ticks, bars, parser };
}
const refuses = (bytes: Uint8Array, pattern: RegExp, options: { digits?: number } = {}): void => {
  assert.throws(
    () => parse([bytes], options),
    (error: { code?: string; message: string }) => error.code === "bad_file" && pattern.test(error.message),
  );
};

test("mt5-files: a tick file: rows in points, one-sided ticks carry the other side forward", () => {
  const { ticks, parser } = parse([
    text(
      HEADER,
      "2014.05.01\t00:00:00.043\t1291.677\t\t\t\t2",
      "2014.05.01\t00:00:00.045\t1291.652\t1292.043\t\t\t6",
      "2014.05.01\t00:00:00.045\t\t1292.044\t0\t0\t4",
      "2014.05.02\t23:59:59\t1291.7\t\t\t\t",
    ),
  ]);
  const midnight = Date.UTC(2014, 4, 1);
  assert.deepEqual(ticks, [
    { time_ms: midnight + 45, bid_points: 1_291_652, ask_points: 1_292_043, flags: 6 },
    { time_ms: midnight + 45, bid_points: 1_291_652, ask_points: 1_292_044, flags: 4 },
    { time_ms: midnight + 2 * 86_400_000 - 1000, bid_points: 1_291_700, ask_points: 1_292_044, flags: 2 },
  ]);
  assert.deepEqual([parser.kind, parser.digits, parser.rows, parser.dropped_rows], ["ticks", 3, 3, 1]);
});

test("mt5-files: a bar file: columns by name, in any order, unknown ones ignored", () => {
  const { bars } = parse([text(BARS, "2026.02.21\t00:45:00\t67932.44\t67934.19\t67888.89\t67910.24\t184\t0\t1200")]);
  const row = {
    time_ms: Date.UTC(2026, 1, 21, 0, 45),
    open_points: 6_793_244,
    high_points: 6_793_419,
    low_points: 6_788_889,
    close_points: 6_791_024,
    tick_volume: 184,
    spread_points: 1200,
  };
  assert.deepEqual(bars, [row]);
  const shuffled = text(
    "<CLOSE>\t<HIGH>\t<NEW>\t<LOW>\t<OPEN>\t<time>\t<SPREAD>\t<TICKVOL>\t<DATE>",
    "67910.24\t67934.19\t\u00e9\t67888.89\t67932.44\t00:45\t1200\t184\t2026.02.21",
  );
  assert.deepEqual(parse([shuffled]).bars, [row]);
});

test("mt5-files: daily bars: no TIME column, midnight", () => {
  const { bars } = parse([text("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>", "2026.02.20\t-37.63\t1.00\t-40.32\t0.10")]);
  assert.equal(bars[0]?.time_ms, Date.UTC(2026, 1, 20));
  assert.deepEqual([bars[0]?.open_points, bars[0]?.low_points, bars[0]?.close_points], [-3763, -4032, 10]);
});

test("mt5-files: BOM, CRLF, UTF-16, quotes and chunk borders: the same rows", () => {
  const lines = [HEADER];
  for (let i = 0; i < 40; i++)
    lines.push(`2026.07.01\t11:00:${String(i + 10)}.0${i % 10}1\t1.0${i + 100}\t1.1${i + 100}\t\t\t6`);
  const plain = `${lines.join("\n")}\n`;
  const expected = parse([new TextEncoder().encode(plain)]).ticks;
  assert.equal(expected.length, 40);
  const crlf = lines.join("\r\n");
  const quoted = lines.map((line) => `"${line}"`).join("\r\n");
  const cells = lines.map((line) => line.replaceAll(/[^\t]+/g, '"$&"')).join("\n");
  const variants: Record<string, Uint8Array> = {
    crlf: new TextEncoder().encode(crlf),
    cells: new TextEncoder().encode(cells),
    quoted: new TextEncoder().encode(quoted),
    bom: new TextEncoder().encode(`\ufeff${plain}`),
    utf16: utf16(`\ufeff${quoted}`),
    utf16NoBom: utf16(plain),
  };
  for (const [name, bytes] of Object.entries(variants)) {
    assert.deepEqual(parse([bytes]).ticks, expected, name);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(parse(chunks).ticks, expected);
        assert.deepEqual(parse(chunks, { digits: 4 }).ticks, expected);
      }),
      { numRuns: 30 },
    );
  }
});

test("mt5-files: any price of up to 15 digits: exact points", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 999_999_999_999_999n }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 3 }),
      (points, digits, zeros) => {
        const whole = points.toString().padStart(digits + 1, "0");
        const decimal = digits === 0 ? whole : `${whole.slice(0, -digits)}.${whole.slice(-digits)}${"0".repeat(zeros)}`;
        const { ticks } = parse([text(HEADER, `2026.01.01\t00:00:00.000\t${decimal}\t${decimal}\t\t\t6`)], { digits });
        assert.equal(BigInt(ticks[0]?.bid_points ?? -1), points);
      },
    ),
  );
});

test("mt5-files: every real time of day and date: as Date.UTC says", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("2099-12-31"), noInvalidDate: true }), (date) => {
      const iso = date.toISOString();
      const row = `${iso.slice(0, 10).replaceAll("-", ".")}\t${iso.slice(11, 23)}\t1\t2\t\t\t6`;
      assert.equal(parse([text(HEADER, row)]).ticks[0]?.time_ms, date.getTime());
    }),
  );
});

test("mt5-files: a file larger than the sample of the digits: nothing lost, later rows held to the digits seen", () => {
  const row = (i: number) =>
    `2026.01.01\t10:00:00.${String(i % 1000).padStart(3, "0")}\t1.${1000 + (i % 9000)}\t2\t\t\t6`;
  const rows = Array.from({ length: 5000 }, (_, i) => row(i));
  const bytes = text(HEADER, ...rows);
  const { ticks, parser } = parse([bytes.subarray(0, 70_001), bytes.subarray(70_001)]);
  assert.equal(ticks.length, 5000);
  assert.equal(parser.digits, 4);
  assert.deepEqual(ticks[4999], parse([text(HEADER, row(4999))]).ticks[0]);
  refuses(text(HEADER, ...rows, "2026.01.01\t10:00:01\t1.00001\t2\t\t\t6"), /line 5002: column <BID>: "1.00001"/);
});

test("mt5-files: what is wrong: refused with line, column and what to do", () => {
  const ok = "2026.01.01\t10:00:00.000\t1.5\t1.6\t\t\t6";
  refuses(text(HEADER, ok, "2026.13.01\t10:00:00.000\t1\t1\t\t\t6"), /line 3: column <DATE>: "2026.13.01".*correct/);
  refuses(text(HEADER, "2026.02.29\t10:00:00.000\t1\t1\t\t\t6"), /<DATE>/);
  refuses(text(HEADER, "2026.02.28\t24:00:00.000\t1\t1\t\t\t6"), /<TIME>/);
  refuses(text(HEADER, "2026.02.28\t\t1\t1\t\t\t6"), /<TIME>: ""/);
  for (const price of ["1,5", "1.5.", ".5", "1.", "abc", "--1", "1e5", "12345678901234.56", " 1"])
    refuses(text(HEADER, `2026.02.28\t10:00:00\t${price}\t1\t\t\t6`), /line 2: column <BID>/);
  refuses(text(HEADER, "2026.02.28\t10:00:00\t1\t1\t\t\tx"), /<FLAGS>/);
  refuses(text(HEADER, "2026.02.28\t10:00:00\t1\t1\t\t\t4294967296"), /<FLAGS>/);
  refuses(text(HEADER, ok, "2026.02.28\t10:0"), /line 3: the line has 2 of 7 cells: it was cut off/);
  refuses(text(BARS, "2026.02.21\t00:45\t1\t2\t3\t1\t0\t0\t0"), /line 2: <OPEN> or <CLOSE> lies outside/);
  refuses(text(BARS, "2026.02.21\t00:45\t1\t\t1\t1\t0\t0\t0"), /<HIGH>: "" is not a price/);
  refuses(text("2026.02.21,00:45,1.1,1.2,1.0,1.1,55"), /comma-separated or MT4.*export it in the terminal/);
  refuses(text("<DATE>\t<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>"), /<DATE> is there twice/);
  refuses(new Uint8Array(0), /empty/);
  refuses(new Uint8Array([0xfe, 0xff, 0, 60]), /big-endian/);
  refuses(new Uint8Array([...utf16(`${HEADER}\n`), 0x32]), /middle of a UTF-16 character/);
  refuses(new Uint8Array(200_000).fill(65), /longer than 4096 bytes/);
  assert.throws(() => new Mt5FileParser({ digits: 10 }), { code: "bad_request" });
});

test("mt5-files: the other kind of file: refused by name", () => {
  const push = (options: object, bytes: Uint8Array) => () => {
    const parser = new Mt5FileParser({ ...options, name: "XAUUSD.csv" });
    parser.push(bytes);
    parser.end();
  };
  assert.throws(push({ onTick: () => {} }, text(BARS)), /XAUUSD.csv, line 1: this is a bar file where a tick file/);
  assert.throws(push({ onBar: () => {} }, text(HEADER)), /this is a tick file where a bar file/);
});
