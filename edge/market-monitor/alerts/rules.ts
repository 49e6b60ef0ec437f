// Which conditions of the box call for a person: facts in, alerts that hold right now out. Pure. Each threshold comes from
// ALERT_THRESHOLDS; null switches its rule off.
import type { Severity, Thresholds } from "#proto/configuration/services.ts";

export interface Condition {
  /** Which rule, and of what: the same condition a second later has the same key. */
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
}

export interface Facts {
  readonly pairs: readonly {
    readonly name: string;
    /** Seconds since the last tick arrived here; undefined before the first. */
    readonly quiet_s: number | undefined;
    readonly spread_points: number | undefined;
  }[];
  readonly line_live: boolean;
  /** Seconds, without sign; undefined where nobody has said. */
  readonly clocks: { readonly terminal_s: number | undefined; readonly broker_s: number | undefined };
  readonly trading_state: "active" | "reduce_only" | "halted";
  readonly connector: { readonly away_s: number; readonly failed: string | undefined };
  /** Undefined while the box works alone. */
  readonly cloud:
    | { readonly lag_records: number; readonly lag_s: number; readonly error: string | undefined }
    | undefined;
  /** Undefined where none is required. */
  readonly lease_left_s: number | undefined;
  readonly unknown_orders: number;
  readonly refusals_a_minute: number;
  readonly account: { readonly equity: number; readonly margin: number } | undefined;
  /** Why the newest order about models was not carried out. */
  readonly model_refused: string | undefined;
  /** The journal cannot be read. */
  readonly journal_problem: string | undefined;
}

const above = (value: number | undefined, most: number | null): boolean =>
  value !== undefined && most !== null && value > most;
const below = (value: number | undefined, least: number | null): boolean =>
  value !== undefined && least !== null && value < least;
const seconds = (s: number): string => `${Math.floor(s)} s`;

export function conditionsOf(facts: Facts, t: Thresholds): Condition[] {
  return [...boxConditions(facts, t), ...marketConditions(facts, t), ...moneyConditions(facts, t)];
}

function boxConditions(f: Facts, t: Thresholds): Condition[] {
  const found: Condition[] = [];
  const say = (severity: Severity, key: string, text: string) => found.push({ severity, key, text });
  if (f.trading_state === "halted") say("critical", "trading_state", "Trading is halted: no order leaves the box");
  if (f.trading_state === "reduce_only") say("warning", "trading_state", "Trading is reduce-only: nothing is opened");
  if (f.journal_problem !== undefined) say("critical", "journal", `The journal cannot be read: ${f.journal_problem}`);
  if (above(f.connector.away_s, t.connector_away_s))
    say("critical", "connector_away", `The connector has not answered for ${seconds(f.connector.away_s)}`);
  if (f.connector.failed !== undefined)
    say("critical", "connector_failed", `The box has failed: ${f.connector.failed}`);
  if (above(f.cloud?.lag_s, t.replication_lag_s))
    say("warning", "replication_lag", `The cloud is ${seconds(f.cloud?.lag_s ?? 0)} behind${reason(f)}`);
  if (above(f.cloud?.lag_records, t.replication_lag_records))
    say("warning", "replication_lag_records", `The cloud is ${f.cloud?.lag_records} records behind${reason(f)}`);
  if (f.model_refused !== undefined) say("warning", "model_refused", `A model is not taken: ${f.model_refused}`);
  if (below(f.lease_left_s, t.lease_left_s))
    say(
      (f.lease_left_s ?? 0) > 0 ? "warning" : "critical",
      "lease",
      (f.lease_left_s ?? 0) > 0
        ? `The lease ends in ${seconds(f.lease_left_s ?? 0)}; after that nothing is opened`
        : "There is no lease in force: nothing is opened",
    );
  return found;
}

const reason = (f: Facts): string => (f.cloud?.error === undefined ? "" : ` (${f.cloud.error})`);

function marketConditions(f: Facts, t: Thresholds): Condition[] {
  const found: Condition[] = [];
  if (!f.line_live) found.push({ severity: "warning", key: "line", text: "The line to the terminal is not live" });
  for (const [whose, off_s] of [
    ["terminal", f.clocks.terminal_s],
    ["broker", f.clocks.broker_s],
  ] as const)
    if (above(off_s, t.clock_skew_s))
      found.push({
        severity: "warning",
        key: `clock/${whose}`,
        text: `The ${whose}'s clock is ${seconds(off_s ?? 0)} off: orders expire and bars close by it`,
      });
  for (const { name, quiet_s, spread_points } of f.pairs) {
    if (f.line_live && above(quiet_s, t.quote_age_s))
      found.push({
        severity: "warning",
        key: `quote_age/${name}`,
        text: `${name}: no tick for ${seconds(quiet_s ?? 0)}`,
      });
    const most = t.spread_points[name] ?? null;
    if (above(spread_points, most))
      found.push({
        severity: "info",
        key: `spread/${name}`,
        text: `${name}: the spread is ${spread_points} points, above ${most}`,
      });
  }
  return found;
}

function moneyConditions(f: Facts, t: Thresholds): Condition[] {
  const found: Condition[] = [];
  const say = (severity: Severity, key: string, text: string) => found.push({ severity, key, text });
  if (above(f.unknown_orders, t.unknown_orders))
    say("critical", "unknown_orders", `The outcome of ${f.unknown_orders} order(s) is unknown until reconciled`);
  if (above(f.refusals_a_minute, t.refusals_a_minute))
    say("warning", "refusals", `${f.refusals_a_minute} intents were refused within a minute`);
  if (below(f.account?.equity, t.equity_min))
    say("critical", "equity", `Equity is ${f.account?.equity.toFixed(2)}, below ${t.equity_min}`);
  const level = f.account && f.account.margin > 0 ? (100 * f.account.equity) / f.account.margin : undefined;
  if (below(level, t.margin_level_percent))
    say("critical", "margin_level", `The margin level is ${level?.toFixed(0)} %, below ${t.margin_level_percent} %`);
  return found;
}
