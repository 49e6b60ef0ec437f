// One day of real ticks, as the terminal plays it: the files' rows by time, moved by whole days.

import { zoneOf } from "#proto/broker-zone.ts";
import { Playback } from "../terminal/playback.ts";
import { fileSources } from "../terminal/sources-io.ts";
import type { MarketTick } from "../terminal/tick.ts";

const WINDOW_TICKS = 5_000;

export interface DayFiles {
  readonly ticks: readonly string[];
  readonly moveDays: number;
}

export async function* marketOf({ ticks, moveDays }: DayFiles): AsyncGenerator<readonly MarketTick[]> {
  const { streams } = await fileSources({ ticks, history: [], zone: zoneOf("fixed"), moveDays });
  const market = new Playback(streams);
  try {
    for (;;) {
      const window = await market.next({ maxTicks: WINDOW_TICKS });
      if (!window) return;
      yield window;
    }
  } finally {
    await market.close();
  }
}

export interface DayMarket {
  readonly ticks: number;
  readonly bySymbol: Readonly<Record<string, number>>;
  readonly firstMs: number;
  readonly lastMs: number;
}

export async function describeDay(files: DayFiles): Promise<DayMarket> {
  const bySymbol: Record<string, number> = {};
  let [ticks, firstMs, lastMs] = [0, 0, 0];
  for await (const window of marketOf(files))
    for (const { symbol, time_ms } of window) {
      if (ticks++ === 0) firstMs = time_ms;
      lastMs = Math.max(lastMs, time_ms);
      bySymbol[symbol] = (bySymbol[symbol] ?? 0) + 1;
    }
  return { ticks, bySymbol, firstMs, lastMs };
}
