// What goes wrong on purpose, and how often. Two ready-made profiles and single settings (`mild,disconnect=0.01`); all of
// it is drawn from the seed.
import { LockstepError } from "#proto/errors.ts";
import type { BrokerFaults } from "./broker-types.ts";

export interface LinkFaults {
  /** Chance of cutting the line after a window of ticks was sent, before its acknowledgement is waited for. */
  readonly cut_before: number;
  /** Chance of cutting it after commands were executed, before their results are sent. */
  readonly cut_after: number;
  /** Chance of holding back the results of a window until the next one. */
  readonly late: number;
  /** Chance of sending a TRADE_TX and its deal twice. */
  readonly duplicate: number;
  /** Chance of never telling what the server said at all: only a look at the lists, or a question, finds it. */
  readonly missing: number;
  /** Chance, for each heartbeat, of saying nothing for seven seconds. */
  readonly silence: number;
}

export type Faults = BrokerFaults & LinkFaults;

export const NO_FAULTS: Faults = {
  reject: 0,
  requote: 0,
  closed: 0,
  stops: 0,
  partial: 0,
  timeout: 0,
  lost: 0,
  shuffle: 0,
  cut_before: 0,
  cut_after: 0,
  late: 0,
  duplicate: 0,
  missing: 0,
  silence: 0,
};

const PROFILES: Record<string, Faults> = {
  none: NO_FAULTS,
  mild: { ...NO_FAULTS, reject: 0.01, requote: 0.02, partial: 0.05, shuffle: 0.1 },
  wild: {
    reject: 0.05,
    requote: 0.05,
    closed: 0,
    stops: 0,
    partial: 0.2,
    timeout: 0.05,
    lost: 0.05,
    shuffle: 0.5,
    cut_before: 0.002,
    cut_after: 0.1,
    late: 0.1,
    duplicate: 0.2,
    missing: 0,
    silence: 0,
  },
};

export const FAULT_PROFILES: readonly string[] = Object.keys(PROFILES);

/** `wild`, or `mild,partial=0.5,cut_after=1`. */
export function parseFaults(text: string): Faults {
  let faults: Record<string, number> = { ...NO_FAULTS };
  for (const part of text.split(",")) {
    const [name = "", value] = part.split("=");
    const profile = PROFILES[name];
    const rate = Number(value);
    if (value === undefined && profile) faults = { ...profile };
    else if (name in NO_FAULTS && value !== undefined && value !== "" && rate >= 0 && rate <= 1) faults[name] = rate;
    else
      throw new LockstepError(
        "bad_config",
        `--faults: "${part}" is neither a profile (${FAULT_PROFILES.join(", ")}) nor one of ${Object.keys(NO_FAULTS).join(", ")} with a rate from 0 to 1`,
      );
  }
  return faults as unknown as Faults;
}
