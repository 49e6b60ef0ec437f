// How far the broker's clock is from UTC. The terminal has no time zone: the offset is what its server time says now
// against the connector's own clock, to the quarter hour; a change counts when two readings in a row agree. Rows of the
// past carry the offset of their own time: a rule (LOCKSTEP_BROKER_ZONE) says when it was another.
import { type BrokerZone, brokerMsOf, summerS, utcMsOf, type ZoneRule, zoneOf } from "#proto/broker-zone.ts";

const QUARTER_S = 900;
const QUARTER_MS = QUARTER_S * 1000;
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
  /** Broker time minus UTC now; undefined until the first reading. */
  offsetS: number | undefined;
  /** What the last reading was beyond the offset in force, seconds: the broker's or the terminal's clock is off by it. */
  driftS: number | undefined;
  #candidate: number | undefined;
  /** The present offset, which the terminal tells, and the rule for other times. */
  #zone: BrokerZone;
  /** Offsets change on whole quarters of an hour only: the last one asked for. */
  #quarter = Number.NaN;
  #quarterOffsetMs = 0;

  constructor(rule: ZoneRule = "fixed") {
    this.#zone = zoneOf(rule, 0);
  }

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
      this.#take(offset, (reading.utcS ?? reading.gmtS) * 1000);
      this.#measure(reading);
    }
    return agreed;
  }

  #measure({ tradeServerS, gmtS, utcS }: ClockReading): void {
    this.driftS = this.offsetS === undefined ? undefined : tradeServerS - (utcS ?? gmtS) - this.offsetS;
  }

  #take(offsetS: number, utcMs: number): void {
    const { rule } = this.#zone;
    this.offsetS = offsetS;
    this.#zone = zoneOf(rule, offsetS - summerS(rule, utcMs));
    this.#quarter = Number.NaN;
  }

  /** UTC milliseconds of a broker time, also of one in the past. */
  utcMs(brokerMs: number): number {
    if (this.#zone.rule === "fixed") return brokerMs - (this.offsetS ?? 0) * 1000;
    const quarter = Math.floor(brokerMs / QUARTER_MS);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#quarterOffsetMs = brokerMs - utcMsOf(this.#zone, brokerMs);
    }
    return brokerMs - this.#quarterOffsetMs;
  }

  /** What the broker's clock showed at a UTC time. */
  brokerMs(utcMs: number): number {
    return this.#zone.rule === "fixed" ? utcMs + (this.offsetS ?? 0) * 1000 : brokerMsOf(this.#zone, utcMs);
  }

  /** UTC milliseconds of a time that the terminal shows with its present offset, whatever the season (the calendar's). */
  utcMsByPresentOffset(brokerMs: number): number {
    return brokerMs - (this.offsetS ?? 0) * 1000;
  }
}
