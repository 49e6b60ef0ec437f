// MT5's export files (View > Symbols > Ticks or Bars > Export): bytes in, rows out, for files of any size. Columns are
// found by their header; prices become whole points, exactly. Times stay in the zone of the file: the caller knows it.
import { LockstepError } from "./errors.ts";
import { decimalsOf, readDate, readPrice, readTime, readWhole } from "./mt5-cells.ts";
import { Mt5Lines } from "./mt5-lines.ts";

/** One quote change. All numbers are whole and exact (below 2^53). */
export interface TickRow {
  /** Milliseconds since 1970 in the file's time zone. */
  readonly time_ms: number;
  readonly bid_points: number;
  readonly ask_points: number;
  /** TICK_FLAG bits as written; where there are none, 2 for a bid and 4 for an ask in the row. */
  readonly flags: number;
}

export interface BarRow {
  /** Opening time, milliseconds since 1970 in the file's time zone. */
  readonly time_ms: number;
  readonly open_points: number;
  readonly high_points: number;
  readonly low_points: number;
  readonly close_points: number;
  readonly tick_volume: number;
  readonly spread_points: number;
}

export interface Mt5FileOptions {
  /** Called for each row of a tick file; without it a tick file is refused. */
  readonly onTick?: (row: TickRow) => void;
  /** Called for each row of a bar file; without it a bar file is refused. */
  readonly onBar?: (row: BarRow) => void;
  /** Decimals of a price; without it, the most decimals in the file's first 64 KiB. */
  readonly digits?: number;
  /** For error messages. */
  readonly name?: string;
}

/** How much is read before the digits are decided. */
const SAMPLE_BYTES = 64 * 1024;
const DIGITS_MAX = 9;
const TAB = 0x09;
const QUOTE = 0x22;
const FLAG_BID = 2;
const FLAG_ASK = 4;
const EXPORT_HINT = "export it in the terminal (View > Symbols > Ticks or Bars > Export) and leave the file as it is";

/** The columns that are read; their place in this list is their number. */
const COLUMNS = ["DATE", "TIME", "BID", "ASK", "FLAGS", "OPEN", "HIGH", "LOW", "CLOSE", "TICKVOL", "SPREAD"] as const;
const [DATE, TIME, BID, ASK, FLAGS, OPEN, HIGH, LOW, CLOSE, TICKVOL, SPREAD] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const PRICES = [BID, ASK, OPEN, HIGH, LOW, CLOSE];
const REQUIRED = { ticks: [DATE, TIME, BID, ASK], bars: [DATE, OPEN, HIGH, LOW, CLOSE] };
const IGNORED = -1;

/** Push parser: hand it the file's bytes in chunks of any size, then call `end`. Throws bad_file naming line and column. */
export class Mt5FileParser {
  /** Known before the first row comes out. */
  kind: "ticks" | "bars" | undefined;
  /** Decimals of a price, known before the first row comes out. */
  digits: number | undefined;
  rows = 0;
  /** Leading tick rows that came before there was both a bid and an ask to carry forward. */
  dropped_rows = 0;

  readonly #options: Mt5FileOptions;
  readonly #lines: Mt5Lines;
  /** The beginning of the file, kept until it is enough to decide the digits. */
  #sample: Uint8Array[] = [];
  #sampled = 0;
  /** Column number of each cell of a line. */
  #columnOf: number[] = [];
  /** Where each column's cell starts and ends in the current line; a column that is not there is an empty cell. */
  readonly #starts = new Int32Array(COLUMNS.length);
  readonly #ends = new Int32Array(COLUMNS.length);
  /** Rows of one day share a date cell: it is read once. */
  #dateCell: Uint8Array = new Uint8Array(0);
  #dateMs = 0;
  #bid = Number.NaN;
  #ask = Number.NaN;

  constructor(options: Mt5FileOptions) {
    this.#options = options;
    const { digits } = options;
    if (digits !== undefined && !(Number.isInteger(digits) && digits >= 0 && digits <= DIGITS_MAX))
      throw new LockstepError("bad_request", `digits is ${digits}: give a whole number from 0 to ${DIGITS_MAX}`);
    this.digits = digits;
    this.#lines = this.#newLines((bytes) => this.#row(bytes));
  }

  push(chunk: Uint8Array): void {
    if (this.digits !== undefined) {
      this.#lines.push(chunk);
      return;
    }
    this.#sample.push(chunk.slice());
    this.#sampled += chunk.length;
    if (this.#sampled >= SAMPLE_BYTES) this.#begin(false);
  }

  /** The file is over: parses what is left, a last line without its line end included. */
  end(): void {
    if (this.digits === undefined) this.#begin(true);
    this.#lines.end();
    if (this.kind === undefined) this.#lines.fail(`the file is empty: ${EXPORT_HINT}`);
  }

  /** Lines whose first is the header; the others come split into cells. */
  #newLines(onRow: (bytes: Uint8Array) => void): Mt5Lines {
    const lines: Mt5Lines = new Mt5Lines({
      name: this.#options.name ?? "MT5 file",
      onLine: (bytes, start, end) => {
        if (this.kind === undefined) {
          this.#header(lines, String.fromCharCode(...bytes.subarray(start, end)));
          return;
        }
        const cells = this.#split(bytes, start, end);
        const expected = this.#columnOf.length;
        if (cells < expected) lines.fail(`the line has ${cells} of ${expected} cells: it was cut off; ${EXPORT_HINT}`);
        onRow(bytes);
      },
    });
    return lines;
  }

  /** Decides the digits by a first pass over the sample, then parses it. */
  #begin(whole: boolean): void {
    let digits = 0;
    const sample = this.#newLines((bytes) => {
      for (const c of PRICES)
        digits = Math.max(digits, decimalsOf(bytes, this.#starts[c] as number, this.#ends[c] as number));
    });
    for (const chunk of this.#sample) sample.push(chunk);
    if (whole) sample.end();
    this.kind = undefined;
    this.digits = Math.min(digits, DIGITS_MAX);
    for (const chunk of this.#sample) this.#lines.push(chunk);
    this.#sample = [];
  }

  #header(lines: Mt5Lines, text: string): void {
    const cells = text.split("\t").map((cell) => cell.replaceAll('"', "").trim().toUpperCase());
    this.#columnOf = cells.map((cell) => COLUMNS.findIndex((name) => cell === `<${name}>`));
    const has = (column: number): boolean => this.#columnOf.includes(column);
    const kind = has(BID) || has(ASK) ? "ticks" : "bars";
    const missing = REQUIRED[kind].filter((column) => !has(column)).map((column) => `<${COLUMNS[column]}>`);
    if (missing.length > 0) {
      const found = text.includes(",") ? "it looks like a comma-separated or MT4 file" : `found ${short(text)}`;
      lines.fail(`the tab-separated header has no ${missing.join(", ")} (${found}): ${EXPORT_HINT}`);
    }
    const twice = this.#columnOf.find((column, at) => column !== IGNORED && this.#columnOf.indexOf(column) !== at);
    if (twice !== undefined) lines.fail(`column <${COLUMNS[twice]}> is there twice: ${EXPORT_HINT}`);
    if (kind === "ticks" && !this.#options.onTick) lines.fail("this is a tick file where a bar file is needed");
    if (kind === "bars" && !this.#options.onBar) lines.fail("this is a bar file where a tick file is needed");
    this.kind = kind;
  }

  /** Finds the cells, leaving out quotes around a cell or the whole line; returns how many, at most the header's. */
  #split(bytes: Uint8Array, start: number, end: number): number {
    const count = this.#columnOf.length;
    let cell = 0;
    for (let at = start, from = start; at <= end; at++) {
      if (at !== end && bytes[at] !== TAB) continue;
      const column = this.#columnOf[cell] as number;
      if (column !== IGNORED) {
        const first = at > from && bytes[from] === QUOTE ? from + 1 : from;
        this.#starts[column] = first;
        this.#ends[column] = at > first && bytes[at - 1] === QUOTE ? at - 1 : at;
      }
      from = at + 1;
      if (++cell === count) break;
    }
    return cell;
  }

  #row(bytes: Uint8Array): void {
    const time_ms = this.#date(bytes) + this.#time(bytes);
    if (this.kind === "ticks") this.#tick(bytes, time_ms);
    else this.#bar(bytes, time_ms);
  }

  #date(bytes: Uint8Array): number {
    const start = this.#starts[DATE] as number;
    const end = this.#ends[DATE] as number;
    if (!sameBytes(bytes, start, end, this.#dateCell)) {
      this.#dateMs = readDate(bytes, start, end);
      if (Number.isNaN(this.#dateMs)) this.#badCell(bytes, DATE, "a date like 2026.07.31");
      this.#dateCell = bytes.slice(start, end);
    }
    return this.#dateMs;
  }

  #time(bytes: Uint8Array): number {
    const start = this.#starts[TIME] as number;
    const end = this.#ends[TIME] as number;
    if (start === end && !this.#columnOf.includes(TIME)) return 0; // daily bars have no time
    const ms = readTime(bytes, start, end);
    if (Number.isNaN(ms)) this.#badCell(bytes, TIME, "a time like 13:05:59.123");
    return ms;
  }

  #tick(bytes: Uint8Array, time_ms: number): void {
    const bid = this.#price(bytes, BID);
    const ask = this.#price(bytes, ASK);
    if (bid !== undefined) this.#bid = bid;
    if (ask !== undefined) this.#ask = ask;
    const flags =
      this.#whole(bytes, FLAGS, 0xffff_ffff) ?? (bid === undefined ? 0 : FLAG_BID) | (ask === undefined ? 0 : FLAG_ASK);
    if (Number.isNaN(this.#bid) || Number.isNaN(this.#ask)) {
      this.dropped_rows++;
      return;
    }
    this.rows++;
    this.#options.onTick?.({ time_ms, bid_points: this.#bid, ask_points: this.#ask, flags });
  }

  #bar(bytes: Uint8Array, time_ms: number): void {
    const open_points = this.#price(bytes, OPEN) ?? this.#badCell(bytes, OPEN, "a price");
    const high_points = this.#price(bytes, HIGH) ?? this.#badCell(bytes, HIGH, "a price");
    const low_points = this.#price(bytes, LOW) ?? this.#badCell(bytes, LOW, "a price");
    const close_points = this.#price(bytes, CLOSE) ?? this.#badCell(bytes, CLOSE, "a price");
    if (low_points > Math.min(open_points, close_points) || high_points < Math.max(open_points, close_points))
      this.#lines.fail("<OPEN> or <CLOSE> lies outside <LOW> and <HIGH>: correct or remove the line");
    const tick_volume = this.#whole(bytes, TICKVOL, Number.MAX_SAFE_INTEGER) ?? 0;
    const spread_points = this.#whole(bytes, SPREAD, 0x7fff_ffff) ?? 0;
    this.rows++;
    const prices = { open_points, high_points, low_points, close_points };
    this.#options.onBar?.({ time_ms, ...prices, tick_volume, spread_points });
  }

  /** The price in points; undefined for an empty cell. */
  #price(bytes: Uint8Array, column: number): number | undefined {
    const start = this.#starts[column] as number;
    const end = this.#ends[column] as number;
    if (start === end) return undefined;
    const digits = this.digits as number;
    const points = readPrice(bytes, start, end, digits);
    if (Number.isNaN(points))
      this.#badCell(bytes, column, `a price of at most ${digits} decimals (the digits given or first seen)`);
    return points;
  }

  /** A whole number; undefined for an empty cell or a column that is not there. */
  #whole(bytes: Uint8Array, column: number, most: number): number | undefined {
    const start = this.#starts[column] as number;
    const end = this.#ends[column] as number;
    if (start === end) return undefined;
    const value = readWhole(bytes, start, end);
    if (!(value <= most)) this.#badCell(bytes, column, `a whole number up to ${most}`);
    return value;
  }

  #badCell(bytes: Uint8Array, column: number, expected: string): never {
    const cell = bytes.subarray(this.#starts[column] as number, this.#ends[column] as number);
    const text = short(String.fromCharCode(...cell));
    return this.#lines.fail(`column <${COLUMNS[column]}>: ${text} is not ${expected}: correct or remove the line`);
  }
}

function sameBytes(bytes: Uint8Array, start: number, end: number, other: Uint8Array): boolean {
  if (end - start !== other.length) return false;
  for (let i = other.length - 1; i >= 0; i--) if (bytes[start + i] !== other[i]) return false;
  return true;
}

/** Text from a file made safe for a message: printable and short. */
const short = (text: string): string =>
  `"${text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 40)}${text.length > 40 ? "..." : ""}"`;
