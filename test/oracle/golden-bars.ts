// The made-up series that TA-Lib's committed answers are about.
import { probeBars } from "#core-wasm/models/probe.ts";
import type { BarRow } from "#proto/mt5-files.ts";

export const goldenBars = (): BarRow[] =>
  probeBars({ count: 160, timeframe_s: 60, seed: 77 }).map((bar, i) => ({ ...bar, tick_volume: 20 + ((i * 29) % 41) }));
