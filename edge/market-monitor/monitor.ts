// The monitor without its sockets: the view, the connector's word and the alerts, and what changed in them since a version.
// One answer holds at most what the view holds, however long a reader was away.

import { SEVERITIES, type Thresholds } from "#proto/configuration/services.ts";
import { FEATURES } from "#proto/features.ts";
import { REASONS } from "#proto/reasons.ts";
import { ALERT, LINK, OPERATOR_COMMAND, ORDER_STATE, TRADING_STATE } from "#proto/records.ts";
import { TIMEFRAME_S } from "#proto/services/api-gateway.ts";
import type { ConnectorStatus } from "#proto/services/metatrader-connector.ts";
import { AlertBook } from "./alerts/alert-book.ts";
import { conditionsOf } from "./alerts/rules.ts";
import { type ConnectorView, ConnectorWatch } from "./connector-watch.ts";
import { FactsOf } from "./facts.ts";
import { PREDICTION_WORDS } from "./predictions.ts";
import { Latest } from "./recent.ts";
import type { BarRow, TickRow } from "./series.ts";
import type { MarketSymbol } from "./symbol.ts";
import { type JournalAlert, View } from "./view.ts";

/** Names and meanings of the numbers in the records; the same for all of a build. */
export const WORDS = {
  reasons: REASONS,
  prediction: PREDICTION_WORDS,
  timeframes: TIMEFRAME_S,
  trading_state: Object.keys(TRADING_STATE),
  link: Object.keys(LINK),
  order_state: Object.keys(ORDER_STATE),
  commands: OPERATOR_COMMAND,
  feature_count: FEATURES.length,
} as const;

/** What changed; a part that did not is left out. */
export interface Changes {
  readonly version: number;
  readonly head: {
    readonly seq: number;
    readonly time_ms: number;
    readonly of: number;
    readonly caught_up: boolean;
    readonly problem: string | null;
  };
  readonly [part: string]: unknown;
}

export interface MonitorOptions {
  readonly pairs: readonly string[];
  readonly thresholds: Thresholds;
  /** Monotonic milliseconds, and UTC milliseconds. */
  readonly now: () => number;
  readonly utc: () => number;
}

export class Monitor {
  readonly pairs: readonly string[];
  view = new View();
  readonly alerts = new AlertBook();
  readonly watch: ConnectorWatch;
  readonly #o: MonitorOptions;
  readonly #connector: Latest<ConnectorView>;
  readonly #problem = new Latest<{ text: string | null }>({ text: null });
  #facts: FactsOf;
  caughtUp = false;

  constructor(options: MonitorOptions) {
    this.#o = options;
    this.pairs = options.pairs;
    this.watch = new ConnectorWatch(options.now());
    this.#connector = new Latest(this.watch.view(options.now()));
    this.#facts = this.#begin();
  }

  #begin(): FactsOf {
    this.view.onAlert = (alert) => this.#onAlert(alert);
    return new FactsOf({ view: this.view, watch: this.watch, pairs: this.pairs });
  }

  onBatch(records: Uint8Array): void {
    this.view.apply(records);
  }

  onProblem(problem: string | undefined): void {
    this.#problem.set({ text: problem ?? null }, this.view.version);
  }

  /** False: the connector's stream is not the one in the view, which must begin anew. */
  onStatus(status: ConnectorStatus): boolean {
    this.watch.onStatus(status, this.#o.now());
    const { stream_id } = this.view.box.value;
    if (stream_id !== "" && stream_id !== status.stream_id) return false;
    this.view.changeBox({ stream_id: status.stream_id, edge_name: status.edge_name });
    for (const symbol of status.symbols) this.view.nameSymbol(symbol);
    return true;
  }

  /** Another stream: nothing of the old one is shown, and every reader begins anew. */
  reset(): void {
    const { version } = this.view;
    this.view = new View();
    this.view.version = version + 1;
    this.resetVersion = this.view.version;
    this.caughtUp = false;
    this.#facts = this.#begin();
  }
  /** A reader whose version is below has to forget everything. */
  resetVersion = 0;

  /** Once a second. */
  tick(): void {
    const now = this.#o.now();
    this.view.version++;
    this.#connector.set(this.watch.view(now), this.view.version);
    const facts = this.#facts.at(now, this.#problem.value.text ?? undefined);
    // While old records are read, what they say of the box is not so now.
    const conditions = conditionsOf(facts, this.#o.thresholds).filter(({ key }) => this.caughtUp || ALWAYS.has(key));
    this.alerts.onConditions(conditions, { now, utc: this.#o.utc(), version: this.view.version });
  }

  #onAlert({ seq, time_ms, symbol, code, severity, value, limit }: JournalAlert): void {
    const what = (nameOf(ALERT, code) ?? `alert ${code}`).replaceAll("_", " ");
    const where = this.view.symbols.get(symbol)?.name;
    const text = `${where ? `${where}: ` : ""}${what} (value ${value}, limit ${limit}, record ${seq})`;
    const condition = { key: `journal/${code}/${symbol}`, severity: SEVERITIES[severity] ?? "critical", text };
    const { version } = this.view;
    this.alerts.onEvent(condition, { at_ms: time_ms, now: this.#o.now(), version, news: this.caughtUp });
  }

  /** Everything that a reader who has seen `since` has not; 0 = everything. */
  changesSince(since: number): Changes {
    const { view } = this;
    const from = since < this.resetVersion ? 0 : since;
    const changed = <T>(version: number, value: () => T): T | undefined =>
      version > from || from === 0 ? value() : undefined;
    const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);
    const monitored = this.monitored();
    return {
      version: view.version,
      head: {
        seq: view.seq,
        time_ms: view.time_ms,
        of: Math.max(view.seq, this.watch.status?.last_seq ?? 0),
        caught_up: this.caughtUp,
        problem: this.#problem.value.text,
      },
      reset: from === 0 ? true : undefined,
      box: changed(view.box.version, () => view.box.value),
      connector: changed(this.#connector.version, () => this.#connector.value),
      symbols: changed(view.symbolsVersion, () =>
        [...view.symbols.values()].map(({ index, name, digits }) => ({ index, name, digits })),
      ),
      ticks: some(monitored.flatMap((s) => newTicks(s, from))),
      bars: from === 0 ? undefined : some(monitored.flatMap((s) => newBars(s, from))),
      predictions: some(monitored.flatMap(({ latest }) => latest.since(from))),
      decisions: some(view.decisions.recent.since(from)),
      decided: { accepted: view.decisions.accepted, refused: view.decisions.refused },
      orders: changed(view.decisions.openVersion, () => [...view.decisions.open.values()]),
      positions: changed(view.positionsVersion, () => [...view.positions.values()]),
      fills: some(view.decisions.fills.since(from)),
      news: some(view.news.since(from)),
      alerts: some(this.alerts.recent.since(from)),
    };
  }

  monitored(): MarketSymbol[] {
    return this.pairs.flatMap((name) => this.view.symbolNamed(name) ?? []);
  }
}

/** Rules that also hold while the journal is still being read. */
const ALWAYS = new Set(["journal", "connector_away", "connector_failed"]);

const nameOf = (names: Readonly<Record<string, number>>, value: number): string | undefined =>
  Object.keys(names).find((name) => names[name] === value);

interface TickChange {
  readonly symbol: number;
  readonly rows: readonly TickRow[];
}
interface BarChange {
  readonly symbol: number;
  readonly timeframe_s: number;
  readonly rows: readonly BarRow[];
}

function newTicks({ index, ticks }: MarketSymbol, since: number): TickChange[] {
  const rows = ticks.since(since);
  return rows.length > 0 ? [{ symbol: index, rows }] : [];
}

function newBars({ index, bars }: MarketSymbol, since: number): BarChange[] {
  return [...bars].flatMap(([timeframe_s, series]) => {
    const rows = series.since(since);
    return rows.length > 0 ? [{ symbol: index, timeframe_s, rows }] : [];
  });
}
