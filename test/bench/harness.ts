// What a bench suite is, and the few tools that suites share: percentiles, and rows with their ratio worked out.

export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What it is held against, measured in the same run. */
  readonly peer: string;
  readonly peer_value: number;
  /** How many times better than the peer or floor; above 1 is ahead. */
  readonly ratio: number;
}

export interface SuiteOptions {
  /** Rough time budget of one measurement. */
  readonly seconds: number;
}

export interface Suite {
  readonly name: string;
  run(options: SuiteOptions): Promise<BenchRow[]>;
}

export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly peer: string;
  readonly peerValue: number;
  /** Which way is better: throughput is "more", latency and memory are "less". */
  readonly better: "more" | "less";
}

export function row({ name, unit, value, peer, peerValue, better }: Measure): BenchRow {
  const ratio = better === "more" ? value / peerValue : peerValue / value;
  return { name, unit, value: rounded(value), peer, peer_value: rounded(peerValue), ratio: rounded(ratio) };
}

const rounded = (n: number): number => Number(n.toPrecision(4));

export const median = (samples: readonly number[]): number => percentile(samples, 50);

/** The p-th percentile (0..100) of the samples, nearest rank. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] as number;
}
