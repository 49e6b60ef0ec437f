// Fuzzer of the parser of MT5's export files: node test/fuzz/mt5-files-fuzz.ts [--rounds N] [--seed N]. Each round damages
// a valid file and cuts it into random chunks. What must hold: only bad_file is thrown, chunks change nothing, and every
// row is whole numbers. A failure prints its seed.
import { parseArgs } from "node:util";
import { type BarRow, Mt5FileParser, type TickRow } from "#proto/mt5-files.ts";

type Next = (below: number) => number;

/** mulberry32: small, seeded, good enough to choose damage. */
function randomFrom(seed: number): Next {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const TICKS = ["<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>"];
const BARS = ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"];
for (let i = 0; i < 12; i++) {
  const time = `2026.07.${String(i + 10)}\t11:0${i % 10}:5${i % 10}`;
  TICKS.push(`${time}.0${i}\t${i % 3 === 1 ? "" : `1.3${i}5`}\t${i % 4 === 2 ? "" : "1.4"}\t\t\t${i % 7}`);
  BARS.push(`${time}\t1.30${i}\t1.5\t-1.25\t1.4\t${i}\t0\t1${i}`);
}
/** Pieces that are likely to lie on a border of what the parser takes. */
const PIECES = [
  "\t",
  "\n",
  "\r\n",
  '"',
  ".",
  "-",
  "0",
  "999999999999999",
  "2026.02.29",
  "24:00",
  "<BID>",
  "\0",
  "\ufeff",
];

function file(next: Next): Uint8Array {
  const lines = next(2) === 0 ? TICKS : BARS;
  const text = lines.join(next(2) === 0 ? "\n" : "\r\n") + (next(2) === 0 ? "\n" : "");
  const marked = next(4) === 0 ? `\ufeff${text}` : text;
  return Uint8Array.from(next(4) === 0 ? Buffer.from(marked, "utf16le") : Buffer.from(marked));
}

function damaged(bytes: Uint8Array, next: Next): Uint8Array {
  let out = Buffer.from(bytes);
  for (let edits = next(5); edits > 0; edits--) {
    const at = next(out.length + 1);
    const piece = Buffer.from(PIECES[next(PIECES.length)] as string);
    const kind = next(5);
    if (kind === 0) out = Buffer.concat([out.subarray(0, at), piece, out.subarray(at)]);
    else if (kind === 1) out = Buffer.concat([out.subarray(0, at), out.subarray(at + next(8))]);
    else if (kind === 2) out = out.subarray(0, at);
    else if (at < out.length) out[at] = kind === 3 ? next(256) : (out[next(out.length)] as number);
  }
  return Uint8Array.from(out);
}

interface Outcome {
  readonly rows: readonly (TickRow | BarRow)[];
  readonly dropped: number;
  readonly error: string | undefined;
}

function parse(bytes: Uint8Array, sizeOf: () => number): Outcome {
  const rows: (TickRow | BarRow)[] = [];
  const keep = (row: TickRow | BarRow): void => {
    rows.push(row);
  };
  const parser = new Mt5FileParser({ onTick: keep, onBar: keep });
  try {
    for (let at = 0; at < bytes.length; ) {
      const size = sizeOf();
      parser.push(bytes.subarray(at, at + size));
      at += size;
    }
    parser.end();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "bad_file") throw error;
    return { rows, dropped: parser.dropped_rows, error: (error as Error).message };
  }
  return { rows, dropped: parser.dropped_rows, error: undefined };
}

function round(seed: number): boolean {
  const next = randomFrom(seed);
  const bytes = damaged(file(next), next);
  const whole = parse(bytes, () => bytes.length);
  const most = 1 + next(60);
  const cut = parse(bytes, () => 1 + next(most));
  if (JSON.stringify(whole) !== JSON.stringify(cut)) throw new Error("other chunks, another outcome");
  const sound = (row: object): boolean => Object.values(row).every((value) => Number.isSafeInteger(value));
  if (!whole.rows.every(sound)) throw new Error("a row that is not whole numbers");
  return whole.error !== undefined;
}

export function fuzzMt5Files(options: { seed: number; rounds: number }): { rounds: number; refused: number } {
  let refused = 0;
  for (let i = 0; i < options.rounds; i++) {
    const seed = options.seed + i;
    try {
      if (round(seed)) refused++;
    } catch (cause) {
      throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause });
    }
  }
  return { rounds: options.rounds, refused };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { seed: { type: "string", default: "1" }, rounds: { type: "string", default: "100000" } },
  });
  console.log(JSON.stringify(fuzzMt5Files({ seed: Number(values.seed), rounds: Number(values.rounds) })));
}
