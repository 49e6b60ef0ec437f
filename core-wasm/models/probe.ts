// A made-up series of bars, always the same. The hash of the core's features of it stands in each artefact: when the
// formulas in the core change, the hash does too, and a test says that the shipped model has to be trained again.
import { createHash } from "node:crypto";
import type { BarRow } from "#proto/mt5-files.ts";
import { coreFeatures } from "./core-features.ts";
import { ENSEMBLE_FEATURES } from "./features.ts";

const PROBE_BARS = 400;

export function probeBars(options: { count: number; timeframe_s: number; seed: number }): BarRow[] {
  let state = options.seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
  let close = 130_000;
  return Array.from({ length: options.count }, (_, i) => {
    const open_points = close;
    close += next(61) - 30;
    return {
      time_ms: (i + 1) * options.timeframe_s * 1000,
      open_points,
      high_points: Math.max(open_points, close) + next(20),
      low_points: Math.min(open_points, close) - next(20),
      close_points: close,
      tick_volume: 0,
      spread_points: 10,
    };
  });
}

export async function featuresProbe(): Promise<string> {
  const features = await coreFeatures(probeBars({ count: PROBE_BARS, timeframe_s: 60, seed: 1 }), {
    timeframe_s: 60,
    features: ENSEMBLE_FEATURES,
  });
  const values = features.flatMap((row) => row?.values ?? []);
  // To nine digits: sums in another order may differ in the last bits, and no model can tell.
  return createHash("sha256")
    .update(values.map((value) => value.toPrecision(9)).join(" "))
    .digest("hex");
}
