// What happens to the box on its day, drawn from the seed: at which market time which line is cut, what is killed.
import type { Picks } from "../choices.ts";

export interface DayCounts {
  /** Of the terminal's line and the cloud's, two to one. */
  readonly disconnects: number;
  readonly terminal_restarts: number;
  readonly edge_kills: number;
}

export type Strike = { readonly atMs: number } & (
  | { readonly what: "disconnect"; readonly line: "terminal" | "replication" }
  | { readonly what: "terminal restart" }
  | { readonly what: "edge kill" }
  | { readonly what: "line down"; readonly forMs: number }
);

/** Strikes in the order of their time, in the first nine tenths of the day: the rest is there to see the end. */
export function plan(pick: Picks, o: DayCounts & { fromMs: number; toMs: number; downMs: number }): Strike[] {
  const span = Math.floor((o.toMs - o.fromMs) * 0.9);
  const at = (): number => o.fromMs + 1 + (pick.word() % Math.max(1, span));
  const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const down = o.fromMs + (pick.word() % Math.max(1, span - o.downMs));
  const strikes: Strike[] = [
    { what: "line down", atMs: down, forMs: o.downMs },
    ...many(
      o.disconnects,
      (): Strike => ({
        what: "disconnect",
        atMs: at(),
        line: pick.oneIn(3) ? "replication" : "terminal",
      }),
    ),
    ...many(o.terminal_restarts, (): Strike => ({ what: "terminal restart", atMs: at() })),
    ...many(o.edge_kills, (): Strike => ({ what: "edge kill", atMs: at() })),
  ];
  return strikes.sort((a, b) => a.atMs - b.atMs);
}
