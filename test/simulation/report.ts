// What a run of many seeds prints: nothing that depends on the machine or the hour, so that the same seeds print the same.
import type { Result } from "./simulate.ts";
import type { Totals } from "./totals.ts";

/** The last lines of a failing seed's trace. */
const TAIL_LINES = 40;

const COLUMNS = "     time ms who        what               details";

export function violationReport(o: {
  result: Result;
  command: string;
  needed: readonly string[];
  /** Simulated seconds with faults. */
  faultsS: number;
}): string {
  const { result, command, needed, faultsS } = o;
  const { violation } = result;
  if (!violation) return "";
  return [
    ...(result.lines.length > TAIL_LINES ? [`... ${result.lines.length - TAIL_LINES} lines before`] : []),
    COLUMNS,
    ...result.lines.slice(-TAIL_LINES),
    "",
    `seed ${result.seed}: VIOLATION of "${violation.invariant}"`,
    `  ${violation.message}`,
    `  at ${(violation.timeUs / 1000).toFixed(3)} ms, event ${violation.events}, trace ${result.traceHash}`,
    `  it takes: ${needed.length > 0 ? `${needed.join(", ")}, for ${faultsS} s` : "no fault at all"}`,
    `  again: ${command}`,
  ].join("\n");
}

export function summary(totals: Totals): string {
  const reached = [...totals.reached].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "reached                                        times     seeds",
    ...reached.map(
      ([state, { times, seeds }]) => `  ${state.padEnd(42)} ${String(times).padStart(7)} ${String(seeds).padStart(9)}`,
    ),
    `${totals.seeds} seeds, ${totals.violations} violations, ${totals.events} events, ${totals.records} records, ${Math.round(totals.simulatedMs / 1000)} s simulated`,
    `all traces ${totals.digest()}`,
  ].join("\n");
}
