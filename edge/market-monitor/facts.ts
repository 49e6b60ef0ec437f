// The facts that the alert rules judge, taken from the view and the connector's word. Keeps only when each pair's last tick
// arrived here: a replayed stream's own time says nothing about silence.
import { ORDER_STATE, TRADING_STATE } from "#proto/records.ts";
import type { ConnectorStatus } from "#proto/services/metatrader-connector.ts";
import type { Facts } from "./alerts/rules.ts";
import type { ConnectorWatch } from "./connector-watch.ts";
import type { View } from "./view.ts";

const MINUTE_MS = 60_000;
const MS_PER_S = 1000;
const LINK_LIVE = 2;
const STATES = Object.keys(TRADING_STATE) as (keyof typeof TRADING_STATE)[];

export class FactsOf {
  readonly #view: View;
  readonly #watch: ConnectorWatch;
  readonly #pairs: readonly string[];
  /** By pair: ticks counted, and when the count last went up. */
  readonly #arrivals = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(o: { view: View; watch: ConnectorWatch; pairs: readonly string[] }) {
    this.#view = o.view;
    this.#watch = o.watch;
    this.#pairs = o.pairs;
  }

  /** `now`: monotonic milliseconds. */
  at(now: number, journalProblem: string | undefined): Facts {
    const { box, decisions, time_ms } = this.#view;
    const { trading_state, link, lease, lease_required, account } = box.value;
    const { cloud, problem } = this.#watch.view(now);
    const failed = this.#watch.status?.journal_failed;
    const refused = decisions.recent
      .values()
      .filter((d) => d.verdict?.accepted === false && d.time_ms > time_ms - MINUTE_MS);
    return {
      pairs: this.#pairs.flatMap((name) => this.#pair(name, now)),
      line_live: link === LINK_LIVE,
      clocks: clocksOf(this.#watch.status),
      trading_state: STATES[trading_state] ?? "halted",
      connector: {
        away_s: problem === null ? 0 : this.#watch.awaySeconds(now),
        failed: failed ? failed.message : undefined,
      },
      cloud: cloud
        ? { lag_records: cloud.lag_records, lag_s: cloud.lag_s, error: cloud.error ?? undefined }
        : undefined,
      lease_left_s: lease_required ? Math.max(0, ((lease?.expires_ms ?? 0) - time_ms) / MS_PER_S) : undefined,
      unknown_orders: [...decisions.open.values()].filter(({ order }) => order.state === ORDER_STATE.unknown).length,
      refusals_a_minute: refused.length,
      account: account
        ? { equity: Number(account.equity_micros) / 1e6, margin: Number(account.margin_micros) / 1e6 }
        : undefined,
      model_refused: this.#watch.status?.model_refused?.message,
      journal_problem: journalProblem,
    };
  }

  #pair(name: string, now: number): Facts["pairs"] {
    const symbol = this.#view.symbolNamed(name);
    if (!symbol) return [];
    const { count } = symbol.ticks;
    const known = this.#arrivals.get(name);
    if (known?.count !== count) this.#arrivals.set(name, { count, at: now });
    const last = symbol.ticks.last();
    const quiet_s = (now - (this.#arrivals.get(name)?.at ?? now)) / MS_PER_S;
    return [{ name, quiet_s, spread_points: last ? last[2] - last[1] : undefined }];
  }
}

function clocksOf(status: ConnectorStatus | undefined): Facts["clocks"] {
  const { terminal_skew_ms = null, broker_drift_s = null } = status?.clocks ?? {};
  const off = (value: number | null): number | undefined => (value === null ? undefined : Math.abs(value));
  return {
    terminal_s: off(terminal_skew_ms === null ? null : terminal_skew_ms / MS_PER_S),
    broker_s: off(broker_drift_s),
  };
}
