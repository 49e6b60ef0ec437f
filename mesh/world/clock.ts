// The real Clock: monotonic time anchored to UTC once, so that a step of the wall clock never turns time back.
import type { Clock } from "#proto/world.ts";

const NS_PER_MS = 1_000_000n;

export function realClock(): Clock {
  const anchorNs = BigInt(Date.now()) * NS_PER_MS - process.hrtime.bigint();
  return {
    nowNs: (): bigint => anchorNs + process.hrtime.bigint(),
    monotonicMs: (): number => performance.now(),
  };
}
