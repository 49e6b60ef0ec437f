// The costs of execution on paper as commands take them.
import { LockstepError } from "#proto/errors.ts";
import type { PaperCosts } from "./paper-broker.ts";

const AMOUNT_MAX = 1e6;
const SLIPPAGE_MAX = 100;

export const COST_OPTIONS = {
  commission: { type: "string", default: "3.5" },
  swap: { type: "string", default: "5" },
  slippage: { type: "string", default: "0.1" },
} as const;

export const COSTS_HELP = `  --commission  of one lot and side, in the account currency (default ${COST_OPTIONS.commission.default})
  --swap        of one lot and night (midnight UTC; three nights on Wednesday, none at the weekend), likewise (default ${COST_OPTIONS.swap.default})
  --slippage    share of the spread by which market orders and stops are executed worse than the tick shows (default ${COST_OPTIONS.slippage.default})`;

/** Throws bad_config naming the option. */
export function readCosts(values: Readonly<Record<keyof typeof COST_OPTIONS, string>>): PaperCosts {
  return {
    commission_micros: thousandths("commission", values.commission, AMOUNT_MAX) * 1000n,
    swap_micros: thousandths("swap", values.swap, AMOUNT_MAX) * 1000n,
    slippage_milli: thousandths("slippage", values.slippage, SLIPPAGE_MAX),
  };
}

function thousandths(name: string, text: string, most: number): bigint {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= most))
    throw new LockstepError("bad_config", `--${name} ${text} is not an amount from 0 to ${most}`);
  return BigInt(Math.round(value * 1000));
}

/** For the page and the summary. */
export const costsText = ({ commission_micros, swap_micros, slippage_milli }: PaperCosts): string =>
  `commission ${Number(commission_micros) / 1e6} a lot and side, swap ${Number(swap_micros) / 1e6} a lot and night, slippage ${Number(slippage_milli) / 1000} of the spread`;
