// How far the broker's clock is from UTC. The terminal has no time zone: the offset is what its server time says now
// against the connector's own clock, to the quarter hour; a change counts when two readings in a row agree.

const QUARTER_S = 900;
/** No time zone is farther from UTC. A larger difference means that the terminal replays another day. */
const ZONE_MAX_S = 15 * 3600;

export interface ClockReading {
  /** TimeTradeServer, broker time. */
  readonly tradeServerS: number;
  /** TimeGMT as the terminal computes it. */
  readonly gmtS: number;
  /** The connector's UTC at receipt; undefined when time is the terminal's (LOCKSTEP_CLOCK=terminal). */
  readonly utcS: number | undefined;
}

const toQuarter = (seconds: number): number => Math.round(seconds / QUARTER_S) * QUARTER_S;

export function offsetOf(reading: ClockReading): number | undefined {
  if (reading.utcS !== undefined) {
    const offset = toQuarter(reading.tradeServerS - reading.utcS);
    if (Math.abs(offset) <= ZONE_MAX_S) return offset;
  }
  const offset = toQuarter(reading.tradeServerS - reading.gmtS);
  return Math.abs(offset) <= ZONE_MAX_S ? offset : undefined;
}

export class BrokerTime {
  /** Broker time minus UTC; undefined until the first reading. */
  offsetS: number | undefined;
  /** What the last reading was beyond the offset in force, seconds: the broker's or the terminal's clock is off by it. */
  driftS: number | undefined;
  #candidate: number | undefined;

  /** A new session's first reading counts by itself: the clocks may have changed while nobody was there. */
  onSession(): void {
    this.offsetS = undefined;
    this.driftS = undefined;
    this.#candidate = undefined;
  }

  /** True when the offset in force changed. */
  onReading(reading: ClockReading): boolean {
    const offset = offsetOf(reading);
    if (offset === undefined || offset === this.offsetS) {
      this.#candidate = undefined;
      this.#measure(reading);
      return false;
    }
    const agreed = this.offsetS === undefined || offset === this.#candidate;
    this.#candidate = agreed ? undefined : offset;
    if (agreed) {
      this.offsetS = offset;
      this.#measure(reading);
    }
    return agreed;
  }

  #measure({ tradeServerS, gmtS, utcS }: ClockReading): void {
    this.driftS = this.offsetS === undefined ? undefined : tradeServerS - (utcS ?? gmtS) - this.offsetS;
  }

  /** UTC milliseconds of a broker time. */
  utcMs(brokerMs: number): number {
    return brokerMs - (this.offsetS ?? 0) * 1000;
  }
}
