// The limits that hold for the order in hand, found once for a verdict and read by the checks.
import { RiskLimits } from "../generated/records";
import { isLimited, limitsInForce } from "../settings";

/** They are known and within bounds. */
export let limited: bool = false;
/** Meaningful while limited. */
export let limits: RiskLimits = changetype<RiskLimits>(0);

export function findLimits(symbol: u32): void {
  limited = isLimited(symbol);
  limits = limitsInForce(symbol);
}
