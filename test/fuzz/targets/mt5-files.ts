// MT5's export files, damaged and cut into chunks: only bad_file is thrown, chunks change nothing, and every row is whole
// numbers.
import { type BarRow, Mt5FileParser, type TickRow } from "#proto/mt5-files.ts";
import type { Picks } from "../../choices.ts";
import { damaged, damagedText } from "../damage.ts";
import { holds, Reached, type Target } from "../target.ts";

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

function file(pick: Picks): Uint8Array {
  const lines = pick.oneIn(2) ? TICKS : BARS;
  let text = lines.join(pick.oneIn(2) ? "\n" : "\r\n") + (pick.oneIn(2) ? "\n" : "");
  for (let edits = pick.below(4); edits > 0; edits--) text = damagedText(text, PIECES, pick);
  const marked = pick.oneIn(4) ? `\ufeff${text}` : text;
  const bytes = Uint8Array.from(pick.oneIn(4) ? Buffer.from(marked, "utf16le") : Buffer.from(marked));
  return pick.oneIn(3) ? damaged(bytes, bytes, pick) : bytes;
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

export function mt5Files(): Target {
  const seen = new Reached(["refused", "read", "rows dropped", "empty"]);
  const play = (pick: Picks): void => {
    const bytes = file(pick);
    const whole = parse(bytes, () => bytes.length);
    const most = 1 + pick.below(60);
    const cut = parse(bytes, () => 1 + pick.below(most));
    holds(JSON.stringify(whole) === JSON.stringify(cut), "other chunks, the same outcome");
    for (const row of whole.rows)
      holds(
        Object.values(row).every((value) => Number.isSafeInteger(value)),
        "a row is whole numbers",
      );
    if (whole.error !== undefined) seen.see("refused");
    else seen.see(whole.rows.length > 0 ? "read" : "empty");
    if (whole.dropped > 0) seen.see("rows dropped");
  };
  return { play, reached: () => seen.entries(), reachFrom: 5_000 };
}
