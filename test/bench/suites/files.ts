// Reading MT5's tick exports: rows a second from bytes to exact points, against the usual way (whole text, split, parse
// as floating point) on the same bytes in the same run.
import { Mt5FileParser } from "#proto/mt5-files.ts";
import { type BenchRow, row, type Suite } from "../harness.ts";

const ROWS = 200_000;
const CHUNK_BYTES = 256 * 1024;

/** A day of quotes as the terminal exports them. */
function tickFile(): Uint8Array {
  const lines = ["<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>"];
  for (let i = 0, bid = 1_291_000; i < ROWS; i++) {
    bid += ((i * 7919) % 61) - 30;
    const time = new Date(Date.UTC(2026, 6, 1) + i * 400).toISOString().slice(11, 23);
    lines.push(`2026.07.01\t${time}\t${(bid / 1000).toFixed(3)}\t${((bid + 300) / 1000).toFixed(3)}\t\t\t6`);
  }
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n`);
}

function exact(bytes: Uint8Array): number {
  let sum = 0;
  const parser = new Mt5FileParser({
    onTick: (tick) => {
      sum += tick.bid_points;
    },
  });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) parser.push(bytes.subarray(at, at + CHUNK_BYTES));
  parser.end();
  return sum;
}

function splitAndParseFloat(bytes: Uint8Array): number {
  let sum = 0;
  const lines = new TextDecoder().decode(bytes).split("\r\n");
  for (const line of lines.slice(1)) {
    if (line === "") continue;
    const [date = "", time = "", bid = "", ask = "", , , flags = ""] = line.split("\t");
    const time_ms = Date.parse(`${date.replaceAll(".", "-")}T${time}Z`);
    const tick = {
      time_ms,
      bid: Number.parseFloat(bid),
      ask: Number.parseFloat(ask),
      flags: Number.parseInt(flags, 10),
    };
    sum += Math.round(tick.bid * 1000);
  }
  return sum;
}

/** Rows a second of the fastest of the runs that fit the time. */
function rate(run: (bytes: Uint8Array) => number, bytes: Uint8Array, seconds: number): number {
  let best = 0;
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    run(bytes);
    best = Math.max(best, (ROWS / (performance.now() - start)) * 1000);
  } while (performance.now() < end);
  return best;
}

export const suite: Suite = {
  name: "files",
  run: async ({ seconds }): Promise<BenchRow[]> => {
    const bytes = tickFile();
    if (exact(bytes) !== splitAndParseFloat(bytes)) throw new Error("the two ways read different prices");
    return [
      row({
        name: "tick file to rows",
        unit: "rows/s",
        value: rate(exact, bytes, seconds),
        peer: "split and parseFloat",
        peerValue: rate(splitAndParseFloat, bytes, seconds),
        better: "more",
      }),
    ];
  },
};
