// The open positions of an account, by the rules of netting (one position a symbol; an opposite deal reduces, closes or
// reverses it) or hedging (each opening deal is a position of its own). Applies executions; knows no prices of its own.
import { assert } from "#proto/errors.ts";
import { type Deal, ENTRY, MARGIN_MODE, type Position, type Side } from "./broker-types.ts";
import { moneyMicros, type SymbolSpec } from "./specs.ts";

/** Accounts in dollars and cents: the server rounds what it books to these. */
const CENT_MICROS = 10_000;
export const toCents = (micros: number): number => Math.round(micros / CENT_MICROS) * CENT_MICROS;

export interface Execution {
  readonly spec: SymbolSpec;
  readonly side: Side;
  readonly volume: number;
  readonly price: number;
  readonly order: number;
  /** Ticket of the position to close, 0 = none named. */
  readonly closes: number;
  readonly magic: string;
  readonly comment: string;
  readonly stop: number;
  readonly target: number;
  readonly timeMs: number;
}

/** What an execution did: the terms of its deal, and the position after it (volume 0 = gone). */
export interface Booked {
  readonly entry: Deal["entry"];
  readonly profit: number;
  readonly position: Position;
}

export const openPoints = (position: Readonly<Position>): number => Math.round(position.cost / position.volume);

export function floatingMicros(spec: SymbolSpec, position: Readonly<Position>, closePoints: number): number {
  const sign = position.side === 0 ? 1 : -1;
  const pointMicrolots = sign * (closePoints * position.volume - position.cost);
  return toCents(moneyMicros({ spec, pointMicrolots, at: closePoints }));
}

export class PositionBook {
  readonly positions = new Map<number, Position>();
  private readonly marginMode: number;

  constructor(marginMode: number) {
    assert(marginMode === MARGIN_MODE.netting || marginMode === MARGIN_MODE.hedging, "netting or hedging");
    this.marginMode = marginMode;
  }

  of(symbol: string): Position[] {
    return [...this.positions.values()].filter((position) => position.symbol === symbol);
  }

  apply(execution: Execution): Booked {
    assert(execution.volume > 0 && execution.price > 0, "an execution has a volume and a price");
    const existing = this.target(execution);
    if (!existing) return this.open(execution, execution.order, execution.volume, ENTRY.in, 0);
    if (existing.side === execution.side) return this.increase(existing, execution);
    if (execution.volume <= existing.volume) return this.reduce(existing, execution);
    return this.reverse(existing, execution);
  }

  private target(execution: Execution): Position | undefined {
    if (execution.closes !== 0) return this.positions.get(execution.closes);
    return this.marginMode === MARGIN_MODE.netting ? this.of(execution.spec.name)[0] : undefined;
  }

  private open(e: Execution, identifier: number, volume: number, entry: number, profit: number): Booked {
    const position: Position = {
      ticket: e.order,
      identifier,
      symbol: e.spec.name,
      side: e.side,
      volume,
      cost: e.price * volume,
      stop: e.stop,
      target: e.target,
      magic: e.magic,
      comment: e.comment,
      time_ms: e.timeMs,
      update_ms: e.timeMs,
    };
    this.positions.set(position.ticket, position);
    return { entry, profit, position };
  }

  private increase(position: Position, e: Execution): Booked {
    position.cost += e.price * e.volume;
    position.volume += e.volume;
    if (e.stop !== 0) position.stop = e.stop;
    if (e.target !== 0) position.target = e.target;
    position.update_ms = e.timeMs;
    return { entry: ENTRY.in, profit: 0, position };
  }

  private reduce(position: Position, e: Execution): Booked {
    const cost = (position.cost * e.volume) / position.volume;
    const profit = closedProfit(position, e, e.volume, cost);
    position.cost -= cost;
    position.volume -= e.volume;
    position.update_ms = e.timeMs;
    if (position.volume === 0) this.positions.delete(position.ticket);
    return { entry: ENTRY.out, profit, position };
  }

  /** The position takes the reversing order's ticket and keeps its identifier. */
  private reverse(position: Position, e: Execution): Booked {
    assert(e.closes === 0, "a close never reverses: its volume is checked before");
    const profit = closedProfit(position, e, position.volume, position.cost);
    this.positions.delete(position.ticket);
    return this.open(e, position.identifier, e.volume - position.volume, ENTRY.inout, profit);
  }
}

function closedProfit(position: Position, e: Execution, volume: number, cost: number): number {
  const sign = position.side === 0 ? 1 : -1;
  return toCents(moneyMicros({ spec: e.spec, pointMicrolots: sign * (e.price * volume - cost), at: e.price }));
}
