// The time that records get. Wall: the connector's clock, never going back. Terminal: the market time of the ticks, so
// that a replayed file gives the same journal each time.
import type { Clock } from "#proto/world.ts";

export type ClockMode = "wall" | "terminal";

/** A terminal that replays sends up to a minute of ticks before its broker moves through them. */
const REPLAY_WINDOW_NS = 60_000_000_000n;

export class StreamTime {
  /** How far this time may be ahead of the terminal's broker: orders expire no earlier than there. */
  readonly leadNs: bigint;
  readonly mode: ClockMode;
  readonly #clock: Clock;
  #lastNs: bigint;
  #lastTickMs = 0;

  constructor(o: { mode: ClockMode; clock: Clock; lastNs: bigint }) {
    this.mode = o.mode;
    this.leadNs = o.mode === "terminal" ? REPLAY_WINDOW_NS : 0n;
    this.#clock = o.clock;
    // The core takes no time before 1; a replayed stream has none until its first tick.
    this.#lastNs = o.lastNs > 1n ? o.lastNs : 1n;
  }

  /** Time of the records that are made now; in terminal mode that of the last tick. */
  nowNs(): bigint {
    if (this.mode === "wall") this.#advance(this.#clock.nowNs());
    return this.#lastNs;
  }

  get lastNs(): bigint {
    return this.#lastNs;
  }

  /** Time of the records of one group: read once a chunk, `nowNs` is not free. */
  onMarketTime(utcMs: number): bigint {
    if (this.mode === "terminal" && utcMs !== this.#lastTickMs && Number.isSafeInteger(utcMs)) {
      this.#lastTickMs = utcMs;
      this.#advance(BigInt(utcMs) * 1_000_000n);
    }
    return this.#lastNs;
  }

  /** A record of an older run is the last one. */
  onRecovered(ns: bigint): void {
    this.#advance(ns);
  }

  #advance(ns: bigint): void {
    if (ns > this.#lastNs) this.#lastNs = ns;
  }
}
