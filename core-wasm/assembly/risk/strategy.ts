// Limits of a strategy over all symbols: what its positions and orders stand for, and what it has lost today. A strategy is
// known by the magics of its orders (bits 62-48); slot 0 holds the limits for those without their own. More strategies
// than the table holds, or no limits at all, fail closed.
import { Fill, StrategyLimits } from "../generated/records";
import { saturatingAdd, saturatingSubtract } from "../math/fixed";
import { INVALID, PRESENT, STRATEGIES_MAX, strategyAt } from "../state";
import { Strategy } from "../structures";
import { exit } from "./exit";
import { atMost, missing, unlimited } from "./measure";

// Of the order in hand, found once for a verdict.
/** The strategy's slot, 0 = the table had no room for it. */
let slot: u32 = 0;
/** Gross notional of its positions and orders, this one included. */
let exposure: i64 = 0;
/** It could be worked out. */
let known: bool = false;

/** Strategy of a magic, 0 = of another hand. */
export function strategyOf(magic: u64): u16 {
  return <u16>(magic >> 48) & 0x7fff;
}

/** A new slot for a strategy seen for the first time; 0 when it is strategy 0 or there is no room. */
export function slotOf(id: u16): u32 {
  if (id == 0) return 0;
  for (let i: u32 = 1; i < STRATEGIES_MAX; i++) {
    const s = strategyAt(i);
    if (s.known != 0 && s.id != id) continue;
    s.known = 1;
    s.id = id;
    return i;
  }
  return 0;
}

/** One of ours: a strategy that was configured, limited or has traded. */
export function isOurs(magic: u64): bool {
  const id = strategyOf(magic);
  for (let i: u32 = 1; i < STRATEGIES_MAX; i++) if (strategyAt(i).known != 0 && strategyAt(i).id == id) return true;
  return false;
}

export function findStrategy(id: u16): void {
  slot = slotOf(id);
  exposure = 0;
  known = true;
}

export function addExposure(notional: i64, is_known: bool): void {
  exposure = saturatingAdd(exposure, notional);
  if (!is_known) known = false;
}

function limits(): Strategy {
  const own = strategyAt(slot);
  return own.limits != 0 ? own : strategyAt(0);
}

export function checkStrategyExposure(): void {
  if (exit) return unlimited(exposure);
  if (slot == 0 || !known || limits().limits != PRESENT) return missing();
  atMost(exposure, limits().exposure_max_micros);
}

export function checkStrategyLoss(): void {
  const loss = slot == 0 ? 0 : saturatingSubtract(0, strategyAt(slot).realised_micros);
  if (exit) return unlimited(loss);
  if (slot == 0 || limits().limits != PRESENT) return missing();
  atMost(loss, limits().daily_loss_max_micros);
}

/** A deal that was not seen before. */
export function countRealised(fill: Fill): void {
  const index = slotOf(strategyOf(fill.magic));
  if (index == 0) return;
  const s = strategyAt(index);
  s.realised_micros = saturatingAdd(s.realised_micros, fill.profit_micros + fill.commission_micros + fill.swap_micros);
}

/** A new trading day. */
export function forgetRealised(): void {
  for (let i: u32 = 0; i < STRATEGIES_MAX; i++) strategyAt(i).realised_micros = 0;
}

/** Limits in bounds, or not: then what they are for fails closed. False when there is no room for the strategy. */
export function takeLimits(record: StrategyLimits, fine: bool): bool {
  const index = slotOf(record.strategy_id);
  if (index == 0 && record.strategy_id != 0) return false;
  const s = strategyAt(index);
  s.limits = fine ? PRESENT : INVALID;
  if (!fine) return true;
  s.exposure_max_micros = record.exposure_max_micros;
  s.daily_loss_max_micros = record.daily_loss_max_micros;
  return true;
}
