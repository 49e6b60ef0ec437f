// The positions of one symbol. Position records are absolute, deals are steps between them: a deal counts for a position
// only when no record already holds it. Says what it met, so that a test can tell what its streams have reached.
import type { Fill, Position as PositionRecord } from "#proto/generated/records.ts";
import { larger, VOLUME_MAX } from "./numbers.ts";

const POSITIONS_MAX = 16;
const GONE_MAX = 8;
export const ENTRY_IN = 0;
const ENTRY_IN_OUT = 2;

export interface Position {
  readonly ticket: bigint;
  readonly magic: bigint;
  readonly volume: bigint;
  readonly price: bigint;
  readonly side: number;
  /** Broker time of the newest record of it: every deal up to then is in it. */
  readonly recorded_ms: bigint;
}

export class Positions {
  readonly byId = new Map<bigint, Position>();
  /** Why they are not known for sure; more than there is room for lasts until the terminal tells all of them again. */
  unknown: "mismatch" | "overflow" | undefined;
  /** The last ids that records said are gone; id 0 always is, until eight others were. */
  readonly #gone: bigint[] = Array(GONE_MAX).fill(0n);
  #gone_ms = 0n;
  readonly #met: (what: string) => void;

  constructor(met: (what: string) => void) {
    this.#met = met;
  }

  lose(why: "mismatch" | "overflow"): void {
    this.#met(`positions ${why}`);
    if (this.unknown !== "overflow") this.unknown = why;
  }

  onRecord(record: PositionRecord): void {
    if (this.unknown === "mismatch") this.unknown = undefined;
    const known = this.byId.get(record.identifier);
    if (record.volume_microlots === 0n) {
      this.byId.delete(record.identifier);
      if (!this.#gone.includes(record.identifier)) this.#gone.push(record.identifier);
      if (this.#gone.length > GONE_MAX) this.#gone.shift();
      this.#gone_ms = larger(this.#gone_ms, record.broker_time_ms);
      this.#met("position gone");
    } else if (!known && this.byId.size === POSITIONS_MAX) this.lose("overflow");
    else
      this.byId.set(record.identifier, {
        ticket: record.ticket,
        magic: record.magic,
        volume: record.volume_microlots,
        price: record.open_price_points,
        side: record.side,
        recorded_ms: larger(known?.recorded_ms ?? 0n, record.broker_time_ms),
      });
  }

  /** False when a record already holds the deal, or nothing is known that it could be of. */
  onFill(fill: Fill): boolean {
    const known = this.byId.get(fill.position_id);
    if (!known) return this.#first(fill);
    if (fill.broker_time_ms <= known.recorded_ms) {
      this.#met("deal already in a position record");
      return false;
    }
    if (fill.side === known.side) this.#grow(fill, known);
    else this.#shrink(fill, known);
    return true;
  }

  #first(fill: Fill): boolean {
    if (fill.broker_time_ms <= this.#gone_ms || this.#gone.includes(fill.position_id)) {
      this.#met("deal of a position that is gone");
      return false;
    }
    if (fill.entry !== ENTRY_IN && fill.entry !== ENTRY_IN_OUT) this.lose("mismatch");
    else if (this.byId.size === POSITIONS_MAX) this.lose("overflow");
    else {
      this.byId.set(fill.position_id, { ...opened(fill), ticket: fill.position_id, recorded_ms: 0n });
      this.#met("deal opens");
      return true;
    }
    return false;
  }

  /** The price becomes the mean by volume, to a whole point towards the old one. */
  #grow(fill: Fill, known: Position): void {
    const volume = known.volume + fill.volume_microlots;
    if (volume > VOLUME_MAX) {
      this.lose("mismatch");
      return;
    }
    const price = known.price + ((fill.price_points - known.price) * fill.volume_microlots) / volume;
    this.byId.set(fill.position_id, { ...known, volume, price });
    this.#met("deal grows");
  }

  /** Less of it, nothing of it, or (in and out) what is left on the other side, under the reversing order's ticket. */
  #shrink(fill: Fill, known: Position): void {
    const rest = known.volume - fill.volume_microlots;
    if (rest > 0n) this.byId.set(fill.position_id, { ...known, volume: rest });
    else this.byId.delete(fill.position_id);
    this.#met(rest > 0n ? "deal reduces" : rest === 0n ? "deal closes" : "deal beyond the position");
    if (rest >= 0n) return;
    if (fill.entry !== ENTRY_IN_OUT) {
      this.lose("mismatch");
      return;
    }
    const ticket = fill.order_ticket;
    this.byId.set(fill.position_id, { ...opened(fill), volume: -rest, ticket, recorded_ms: known.recorded_ms });
    this.#met("deal turns round");
  }
}

const opened = (fill: Fill) => ({
  magic: fill.magic,
  volume: fill.volume_microlots,
  price: fill.price_points,
  side: fill.side,
});
