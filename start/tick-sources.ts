// Tick exports of several symbols and days as one sequence: files of one symbol follow each other by their first tick,
// symbols are merged by time.
import { describeMarketFile, readTickFile, type TickBatch } from "#mesh/world/market-file-io.ts";
import { LockstepError } from "#proto/errors.ts";

export interface TickSource {
  readonly symbol: number;
  readonly batches: AsyncGenerator<TickBatch>;
  rows: TickBatch["rows"];
  at: number;
}

export async function openTickSources(
  files: readonly string[],
): Promise<{ names: string[]; digits: number[]; sources: TickSource[] }> {
  const infos = await Promise.all(files.map(async (file) => ({ file, ...(await describeMarketFile(file)) })));
  const bars = infos.filter(({ kind }) => kind !== "ticks");
  if (bars.length > 0) throw new LockstepError("bad_file", `${bars[0]?.file} holds bars: replay takes tick exports`);
  infos.sort((a, b) => (a.first_ms ?? 0) - (b.first_ms ?? 0));
  const names = [...new Set(infos.map(({ symbol }) => symbol))].sort();
  const digits = names.map((name) => Math.max(...infos.filter((i) => i.symbol === name).map((i) => i.digits)));
  const sources = names.map((name, index) => {
    const mine = infos.filter(({ symbol }) => symbol === name).map(({ file }) => file);
    return { symbol: index + 1, batches: chain(mine, digits[index] as number), rows: [], at: 0 };
  });
  return { names, digits, sources };
}

async function* chain(files: readonly string[], digits: number): AsyncGenerator<TickBatch> {
  for (const file of files) yield* readTickFile(file, { digits });
}

/** False at the end of its files. */
export async function refill(source: TickSource): Promise<boolean> {
  while (source.at >= source.rows.length) {
    const next = await source.batches.next();
    if (next.done) return false;
    source.rows = next.value.rows;
    source.at = 0;
  }
  return true;
}
