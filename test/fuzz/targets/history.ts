// History files after the parser: rows in any order and of any time through the judge and the bar builder, and bars in any
// parts into a connector's history. Whatever is refused leaves nothing; whatever is taken is in order, each bar once.
import { LockstepError } from "#proto/errors.ts";
import { TIMEFRAMES_S } from "#proto/limits.ts";
import { HistoryBars } from "#proto/services/metatrader-connector.ts";
import { type Bar, BarBuilder, type Timeframe } from "../../../edge/data-collector/history/bars.ts";
import { HISTORY_REFUSALS, HistoryCheck } from "../../../edge/data-collector/history/check.ts";
import type { Picks } from "../../choices.ts";
import { holds, Reached, type Target } from "../target.ts";

const NOW = Date.UTC(2026, 6, 1);
const STEPS_MS = [0, 1, 250, 60_000, 59_999, 3_600_000, -1, -2_000, -2_001, 86_400_000];
const one = <T>(list: readonly T[], pick: Picks): T => list[pick.below(list.length)] as T;

export function historyRows(): Target {
  const seen = new Reached([
    "sound",
    "bars",
    "late",
    "quotes of an empty book",
    ...HISTORY_REFUSALS.map((why) => `refused: ${why}`),
  ]);
  const play = (pick: Picks): void => {
    const timeframe = pick.oneIn(3) ? one(TIMEFRAMES_S, pick) : undefined;
    const check = new HistoryCheck({ name: "f.csv", nowMs: NOW });
    const bars = new Map<Timeframe, Bar[]>();
    const builder = new BarBuilder((of, bar) => bars.set(of, [...(bars.get(of) ?? []), bar]));
    let ms = pick.oneIn(20) ? NOW : NOW - (1 + pick.below(40)) * 86_400_000;
    let price = 100_000;
    let ticks = 0;
    try {
      for (let rows = pick.below(40); rows > 0; rows--) {
        ms += timeframe === undefined || pick.oneIn(12) ? one(STEPS_MS, pick) : timeframe * 1000 * (1 + pick.below(3));
        if (pick.oneIn(30)) price = one([0, -5, price * 3, Math.floor(price / 3), 1], pick);
        else price += pick.below(200) - 100;
        if (timeframe === undefined) {
          check.onTick({
            time_ms: ms,
            bid_points: price,
            ask_points: pick.oneIn(40) ? 0 : price + pick.below(30),
            flags: 6,
          });
          if (price > 0) ticks++;
          if (price > 0) builder.onTick(ms, price, price + 1);
        } else check.onBar({ ...bar(ms, price), tick_volume: 1, spread_points: 1 }, timeframe);
      }
      check.end();
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== "bad_file") throw error;
      seen.see(`refused: ${/^([a-z_]+): /.exec(error.message)?.[1]}`);
      return;
    }
    seen.see("sound");
    if (check.empty > 0) seen.see("quotes of an empty book");
    if (ms < check.last_ms) seen.see("late");
    builder.end();
    checkBars(bars, ticks);
    if (bars.size > 0) seen.see("bars");
  };
  return {
    play,
    reached: () => seen.entries(),
    reachFrom: 20_000,
    unreachable: { "refused: timeframe": "told by the file's name" },
  };
}

const bar = (time_ms: number, price: number) => ({
  time_ms,
  open_points: price,
  high_points: price,
  low_points: price,
  close_points: price,
});

/** The connector takes them: in order, whole, and no tick counted twice. */
function checkBars(bars: ReadonlyMap<Timeframe, readonly Bar[]>, ticks: number): void {
  for (const [timeframe_s, list] of bars) {
    HistoryBars.parse({
      source: "f.csv",
      content_sha256: "00".repeat(32),
      symbol: "EURUSD",
      digits: 5,
      timeframe_s,
      bars: list,
    });
    let counted = 0;
    for (const [i, [open_ms, open, high, low, close, volume]] of list.entries()) {
      holds(open_ms % (timeframe_s * 1000) === 0, "a bar begins on the grid");
      holds(i === 0 || open_ms > (list[i - 1]?.[0] ?? 0), "each bar is later than the last");
      holds(low <= Math.min(open, close) && high >= Math.max(open, close), "open and close lie inside");
      counted += volume;
    }
    holds(counted <= ticks, "no tick counts twice");
  }
}
