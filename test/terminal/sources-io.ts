// Where ticks come from: MT5 export files, or generated markets. Opens what the options name and says what it found.

import { describeMarketFile, readBarFile, readTickFile } from "#mesh/world/market-file-io.ts";
import { type BrokerZone, zoneOf } from "#proto/broker-zone.ts";
import { LockstepError } from "#proto/errors.ts";
import { MarketGenerator } from "./market.ts";
import type { TickStream } from "./playback.ts";
import { type SymbolSpec, specFor } from "./specs.ts";
import type { HistoryBar, MarketTick, SymbolHistory } from "./tick.ts";

/** Bars of either length that a fresh connector is given. */
export const HISTORY_BARS = 300;
const GENERATED_BATCH = 256;
const HISTORY_FIELD = { 60: "minutes", 3600: "hours" } as const;

export interface Sources {
  readonly specs: readonly SymbolSpec[];
  readonly histories: ReadonlyMap<string, SymbolHistory>;
  readonly streams: readonly TickStream[];
}

export function generatedSources(o: {
  symbols: readonly string[];
  seed: number;
  startMs: number;
  weekends: boolean;
}): Sources {
  const specs = o.symbols.map((name) => specFor(name));
  const wanted = { minutes: HISTORY_BARS, hours: HISTORY_BARS };
  const markets = specs.map((spec) => new MarketGenerator({ ...o, spec, history: wanted }));
  return {
    specs,
    histories: new Map(markets.map(({ history }, i) => [specs[i]?.name ?? "", history])),
    streams: markets.map(streamOf),
  };
}

async function* streamOf(market: MarketGenerator): AsyncGenerator<readonly MarketTick[]> {
  for (;;) yield Array.from({ length: GENERATED_BATCH }, () => market.next());
}

export async function fileSources(o: {
  ticks: readonly string[];
  history: readonly string[];
  zone: BrokerZone;
  moveDays: number | undefined;
}): Promise<Sources> {
  const specs = new Map<string, SymbolSpec>();
  for (const path of o.ticks) {
    const { symbol, digits, kind } = await describeMarketFile(path);
    if (kind !== "ticks")
      throw new LockstepError("bad_file", `${path} holds bars, not ticks: give it as --history, and ticks as --ticks`);
    const known = specs.get(symbol);
    // Prices of a quiet file may all end in zero; the file with the most decimals tells the symbol's digits.
    if (!known || known.digits < digits) specs.set(symbol, specFor(symbol, Math.max(digits, baseDigits(symbol))));
  }
  const histories = new Map<string, SymbolHistory>();
  // UTC moved by some days is a clock so much behind.
  const zone = o.moveDays === undefined ? o.zone : zoneOf("fixed", -o.moveDays * 86_400);
  for (const path of o.history) await addHistory(histories, specs, path, zone);
  const streams = o.ticks.map((path) => fileStream(path, specs, zone));
  return { specs: [...specs.values()], histories, streams };
}

function baseDigits(symbol: string): number {
  return specFor(symbol).digits;
}

async function* fileStream(
  path: string,
  specs: ReadonlyMap<string, SymbolSpec>,
  zone: BrokerZone,
): AsyncGenerator<readonly MarketTick[]> {
  const { symbol } = await describeMarketFile(path);
  const digits = specs.get(symbol)?.digits ?? 5;
  for await (const { rows } of readTickFile(path, { digits, zone }))
    yield rows.map(({ time_ms, bid_points, ask_points, flags }) => ({
      symbol,
      time_ms,
      bid: bid_points,
      ask: ask_points,
      flags,
    }));
}

async function addHistory(
  histories: Map<string, SymbolHistory>,
  specs: ReadonlyMap<string, SymbolSpec>,
  path: string,
  zone: BrokerZone,
): Promise<void> {
  const { symbol, kind, timeframe_s } = await describeMarketFile(path);
  const field = HISTORY_FIELD[timeframe_s as keyof typeof HISTORY_FIELD];
  const spec = specs.get(symbol);
  if (kind !== "bars" || !field)
    throw new LockstepError("bad_file", `${path} holds no M1 or H1 bars: give --history exports of bars, M1 or H1`);
  if (!spec) return;
  const bars: HistoryBar[] = [];
  for await (const { rows } of readBarFile(path, { digits: spec.digits, zone })) {
    for (const row of rows)
      bars.push({
        open_time_ms: row.time_ms,
        open: row.open_points,
        high: row.high_points,
        low: row.low_points,
        close: row.close_points,
        tick_volume: row.tick_volume,
        spread: row.spread_points,
      });
    bars.splice(0, Math.max(0, bars.length - HISTORY_BARS));
  }
  histories.set(symbol, { minutes: [], hours: [], ...histories.get(symbol), [field]: bars });
}
