// A symbol as most brokers have it, where no terminal tells: replays of files, samples, tests.
import type { SymbolSpec } from "#proto/generated/records.ts";

/** `name`: base and profit currency, three letters each; a point is worth 1 of the account's currency a lot. */
export const plainSpec = (name: string, digits: number): SymbolSpec => ({
  name,
  base_currency: name.slice(0, 3),
  profit_currency: name.slice(3, 6),
  margin_currency: name.slice(0, 3),
  tick_size_points: 1n,
  tick_value_micros: 1_000_000n,
  contract_size_micros: 100_000_000_000n,
  volume_min_microlots: 10_000n,
  volume_max_microlots: 100_000_000n,
  volume_step_microlots: 10_000n,
  volume_limit_microlots: 0n,
  stops_level_points: 0,
  freeze_level_points: 0,
  digits,
  trade_mode: 4,
  exec_mode: 2,
  filling_bits: 3,
});
