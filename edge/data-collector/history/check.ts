// A history file is judged whole before anything of it is used: order and plausibility of its rows, one after the other.
import { LockstepError } from "#proto/errors.ts";
import { TIMEFRAMES_S } from "#proto/limits.ts";
import type { BarRow, TickRow } from "#proto/mt5-files.ts";
import type { Timeframe } from "./bars.ts";

/** Why a file is not taken; the parser adds bad_file for what is no export at all. */
export const HISTORY_REFUSALS = ["disorder", "future", "timeframe", "jump", "bad_price", "off_grid", "empty"] as const;
export type HistoryRefusal = (typeof HISTORY_REFUSALS)[number];

/** A terminal inserts a tick late by so much at most; what goes back further is two files in one, or another zone. */
const LATE_MS = 2_000;
/** A clock may be a little ahead of ours. */
const FUTURE_MS = 60_000;
/** From one row to the next no price more than doubles or halves: digits that changed, or another symbol. */
const JUMP = 2;

export class HistoryCheck {
  rows = 0;
  /** Quotes of an empty book (0): passed over. */
  empty = 0;
  first_ms: number | undefined;
  last_ms = -1;
  readonly #name: string;
  readonly #nowMs: number;
  #price = 0;

  /** `nowMs`: UTC. */
  constructor(o: { name: string; nowMs: number }) {
    this.#name = o.name;
    this.#nowMs = o.nowMs;
  }

  onTick({ time_ms, bid_points, ask_points }: TickRow): void {
    if (bid_points === 0 || ask_points === 0) {
      this.empty++;
      return;
    }
    if (time_ms < this.last_ms - LATE_MS) this.#refuse("disorder", `row ${this.rows + 1} goes back in time`);
    this.#row(Math.max(time_ms, this.last_ms), bid_points, ask_points > 0 ? bid_points : ask_points);
  }

  onBar({ time_ms, low_points, close_points }: BarRow, timeframe_s: Timeframe): void {
    if (time_ms <= this.last_ms) this.#refuse("disorder", `row ${this.rows + 1} is not later than the one before`);
    if (time_ms % (timeframe_s * 1000) !== 0)
      this.#refuse("off_grid", `row ${this.rows + 1} does not begin on a whole multiple of ${timeframe_s} s`);
    this.#row(time_ms, close_points, low_points);
  }

  #row(time_ms: number, price: number, least: number): void {
    if (!(least > 0)) this.#refuse("bad_price", `row ${this.rows + 1} has a price of ${least} points`);
    if (time_ms > this.#nowMs + FUTURE_MS) this.#refuse("future", `row ${this.rows + 1} is of the future`);
    const last = this.#price;
    if (last !== 0 && (price > last * JUMP || price * JUMP < last))
      this.#refuse("jump", `row ${this.rows + 1} says ${price} points after ${last}`);
    this.#price = price;
    this.rows++;
    this.first_ms ??= time_ms;
    this.last_ms = time_ms;
  }

  /** Throws when the file held nothing. */
  end(): void {
    if (this.rows === 0) this.#refuse("empty", "there is no row");
  }

  #refuse(why: HistoryRefusal, what: string): never {
    throw new LockstepError("bad_file", `${why}: ${this.#name}: ${what}`);
  }
}

export function timeframeOf(name: string, timeframe_s: number | undefined): Timeframe {
  const known = TIMEFRAMES_S.find((one) => one === timeframe_s);
  if (known !== undefined) return known;
  throw new LockstepError(
    "bad_file",
    `timeframe: ${name}: bars of M1, M5, M15 and H1 are taken, these are of ${timeframe_s} s`,
  );
}
