// Opens MT5 export files (.csv or .csv.gz) as streams of row batches, for playback, replay and collection. Files of any
// size: nothing but the current batch is held. Times come out in UTC, given the broker's clock.
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type BrokerZone, utcMsOf } from "#proto/broker-zone.ts";
import { LockstepError } from "#proto/errors.ts";
import { type BarRow, Mt5FileParser, type TickRow } from "#proto/mt5-files.ts";

export interface MarketFileOptions {
  /** Decimals of a price; without it, the most decimals in the file's first 64 KiB. */
  readonly digits?: number;
  /** The broker's clock, in which the file is written; UTC when absent. */
  readonly zone?: BrokerZone;
}

interface Batch<Row> {
  readonly symbol: string;
  readonly digits: number;
  readonly rows: readonly Row[];
}
/** Rows in the order of the file, times in UTC. */
export type TickBatch = Batch<TickRow>;
export type BarBatch = Batch<BarRow>;

export interface MarketFileInfo {
  readonly kind: "ticks" | "bars";
  readonly symbol: string;
  readonly digits: number;
  /** Time of the first row, UTC milliseconds; undefined when there is none. */
  readonly first_ms: number | undefined;
  /** Bars only: from the file's name, else the smallest step of its first rows; undefined with fewer than two. */
  readonly timeframe_s: number | undefined;
}

const READ_BYTES = 256 * 1024;
const UNIT_S: Record<string, number> = { M: 60, H: 3600, D: 86_400, W: 604_800 };
const NAME = /^(.+?)_(?:([MHDW])(\d+)(?![A-Za-z0-9])|\d{6,})/;

/** Symbol and bar length that a file's name tells, as the terminal names its exports: `EURUSD_H1_...`, `XAUUSD_2014...`. */
export function describeFileName(path: string): { symbol: string; timeframe_s: number | undefined } {
  const name = basename(path)
    .replace(/\.gz$/i, "")
    .replace(/\.csv$/i, "");
  const [, symbol, unit, count] = NAME.exec(name) ?? [];
  if (symbol === undefined) return { symbol: name.split("_")[0] || name, timeframe_s: undefined };
  return { symbol, timeframe_s: unit === undefined ? undefined : Number(count) * (UNIT_S[unit] ?? 0) };
}

export async function* readTickFile(path: string, options: MarketFileOptions = {}): AsyncGenerator<TickBatch> {
  let rows: TickRow[] = [];
  const { zone } = options;
  const onTick = (row: TickRow): void => {
    rows.push(zone ? { ...row, time_ms: utcMsOf(zone, row.time_ms) } : row);
  };
  const parser = new Mt5FileParser({ name: path, onTick, ...digitsOf(options) });
  const { symbol } = describeFileName(path);
  for await (const _ of feed(path, parser)) {
    if (rows.length === 0) continue;
    yield { symbol, digits: parser.digits as number, rows };
    rows = [];
  }
}

export async function* readBarFile(path: string, options: MarketFileOptions = {}): AsyncGenerator<BarBatch> {
  let rows: BarRow[] = [];
  const { zone } = options;
  const onBar = (row: BarRow): void => {
    rows.push(zone ? { ...row, time_ms: utcMsOf(zone, row.time_ms) } : row);
  };
  const parser = new Mt5FileParser({ name: path, onBar, ...digitsOf(options) });
  const { symbol } = describeFileName(path);
  for await (const _ of feed(path, parser)) {
    if (rows.length === 0) continue;
    yield { symbol, digits: parser.digits as number, rows };
    rows = [];
  }
}

/** What a file is, from its name and its first rows. */
export async function describeMarketFile(path: string, options: MarketFileOptions = {}): Promise<MarketFileInfo> {
  const times: number[] = [];
  const onRow = (row: { readonly time_ms: number }): void => {
    times.push(options.zone ? utcMsOf(options.zone, row.time_ms) : row.time_ms);
  };
  const parser = new Mt5FileParser({ name: path, onTick: onRow, onBar: onRow, ...digitsOf(options) });
  for await (const _ of feed(path, parser)) if (times.length > 0) break;
  const named = describeFileName(path);
  const kind = parser.kind ?? "ticks";
  return {
    kind,
    symbol: named.symbol,
    digits: parser.digits ?? 0,
    first_ms: times[0],
    timeframe_s: kind === "ticks" ? undefined : (named.timeframe_s ?? smallestStep(times)),
  };
}

function smallestStep(times: readonly number[]): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const [i, time] of times.entries()) {
    const step = time - (times[i - 1] ?? time);
    if (step > 0) least = Math.min(least, step);
  }
  return Number.isFinite(least) ? least / 1000 : undefined;
}

const digitsOf = ({ digits }: MarketFileOptions): { digits?: number } => (digits === undefined ? {} : { digits });

/** Hands the file to the parser, giving way after each chunk; closes the file however the loop is left. */
async function* feed(path: string, parser: Mt5FileParser): AsyncGenerator<void> {
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  const text: Readable = /\.gz$/i.test(path) ? file.pipe(createGunzip({ chunkSize: READ_BYTES })) : file;
  if (text !== file) file.on("error", (error) => text.destroy(error));
  try {
    for await (const chunk of text) {
      parser.push(chunk as Uint8Array);
      yield;
    }
  } catch (error) {
    throw asFileError(path, error);
  } finally {
    text.destroy();
    file.destroy();
  }
  parser.end();
  yield;
}

function asFileError(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (error instanceof LockstepError || typeof code !== "string") return error;
  if (code === "ENOENT") return new LockstepError("not_found", `${path} does not exist: check the path`);
  if (code.startsWith("Z_"))
    return new LockstepError("bad_file", `${path} is not a whole gzip file (${code}): copy or export it again`);
  return new LockstepError("bad_file", `${path} cannot be read (${code}): check that it is a file that may be read`);
}
