// Bar files of the terminal as series to learn from. Small enough to be read whole.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { LockstepError } from "#proto/errors.ts";
import { type BarRow, Mt5FileParser } from "#proto/mt5-files.ts";
import { coreFeatures } from "./core-features.ts";
import { MODEL_FEATURES } from "./features.ts";
import type { TrainingInput } from "./training.ts";

interface BarFile {
  readonly symbol: string;
  readonly timeframe_s: number;
  readonly bars: readonly BarRow[];
}

/** The files' bars with the core's features, grouped by their bar length, in the order of the symbols' names. */
export async function readTrainingInputs(paths: readonly string[]): Promise<TrainingInput[]> {
  const files = paths.map(readBarFile).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const twice = files.find((file, i) => files.findIndex((other) => isSame(file, other)) !== i);
  if (twice) throw new LockstepError("bad_request", `${twice.symbol} is given twice: one file a symbol and time frame`);
  const inputs: TrainingInput[] = [];
  for (const timeframe_s of new Set(files.map((file) => file.timeframe_s))) {
    const chosen = files.filter((file) => file.timeframe_s === timeframe_s);
    const series = await Promise.all(
      chosen.map(async ({ symbol, bars }) => ({
        symbol,
        bars,
        features: await coreFeatures(bars, { timeframe_s, features: MODEL_FEATURES }),
      })),
    );
    inputs.push({ timeframe_s, series });
  }
  return inputs;
}

const isSame = (a: BarFile, b: BarFile): boolean => a.symbol === b.symbol && a.timeframe_s === b.timeframe_s;

function readBarFile(path: string): BarFile {
  const bars: BarRow[] = [];
  const parser = new Mt5FileParser({ name: path, onBar: (row) => bars.push(row) });
  parser.push(readBytes(path));
  parser.end();
  const timeframe_s = commonStep(bars) / 1000;
  if (timeframe_s !== 60 && timeframe_s !== 3600)
    throw new LockstepError("bad_file", `${path} has bars of ${timeframe_s} s: the core builds M1 and H1, give those`);
  return { symbol: basename(path).split(/[_.]/)[0] as string, timeframe_s, bars };
}

function readBytes(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The smallest step between two bars, milliseconds. */
function commonStep(bars: readonly BarRow[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [i, bar] of bars.entries()) {
    const step = bar.time_ms - (bars[i - 1]?.time_ms ?? bar.time_ms);
    if (step > 0) least = Math.min(least, step);
  }
  return least;
}
