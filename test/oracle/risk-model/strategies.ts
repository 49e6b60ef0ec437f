// What the strategies of the magics have lost today and may do. Fifteen are known at most, in the order in which they were
// met; one for which there is no room has no limits, and so opens nothing.
import type { StrategyLimits } from "#proto/generated/records.ts";
import { saturate } from "./numbers.ts";

const STRATEGIES_MAX = 15;

export const strategyOf = (magic: bigint): number => Number((magic >> 48n) & 0x7fffn);

export interface Strategy {
  realised: bigint;
  /** undefined = those for all hold, "invalid" = none does. */
  limits: StrategyLimits | "invalid" | undefined;
}

export class Strategies {
  readonly #known = new Map<number, Strategy>();
  readonly #all: Strategy = { realised: 0n, limits: undefined };

  meet(id: number): Strategy | undefined {
    const known = this.#known.get(id);
    if (known || id === 0 || this.#known.size === STRATEGIES_MAX) return known;
    const met: Strategy = { realised: 0n, limits: undefined };
    this.#known.set(id, met);
    return met;
  }

  /** An id that fits in no magic is nobody's; amounts out of bounds are remembered, so that those for all do not hold instead. */
  onLimits(record: StrategyLimits, fine: boolean): void {
    if (record.strategy_id >= 1 << 15) return;
    const strategy = record.strategy_id === 0 ? this.#all : this.meet(record.strategy_id);
    if (strategy) strategy.limits = fine ? record : "invalid";
  }

  limitsOf(strategy: Strategy | undefined): StrategyLimits | undefined {
    const limits = strategy?.limits ?? (strategy && this.#all.limits);
    return limits === "invalid" ? undefined : limits;
  }

  onRealised(id: number, micros: bigint): void {
    const strategy = this.meet(id);
    if (strategy) strategy.realised = saturate(strategy.realised + micros);
  }

  onNewDay(): void {
    for (const strategy of this.#known.values()) strategy.realised = 0n;
  }
}
