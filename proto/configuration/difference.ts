// What is different between two configurations, value by value, and whether a change only takes away. What only takes away
// (smaller limits, less volume, no trading, one more news window) may come without a signature, as an operator's halt may;
// everything else is signed by a named person, as a release is.
import type { ConfigurationDocument, SymbolSettings } from "./document.ts";
import type { Limits, Strategy, StrategyLimit } from "./settings.ts";

export type Effect = "tightens" | "loosens" | "changes";

export interface Difference {
  /** Dotted. */
  readonly path: string;
  /** As JSON shows it; undefined = it is not there. */
  readonly from: unknown;
  readonly to: unknown;
  readonly effect: Effect;
}

/** 1: less is tighter, -1: more is tighter, 0: neither can be said. True counts as more. */
const LIMIT_SENSE: Readonly<Record<keyof Limits, 1 | 0 | -1>> = {
  order_volume_max_lots: 1,
  position_volume_max_lots: 1,
  daily_loss_max: 1,
  spread_max_points: 1,
  quote_age_max_ms: 1,
  day_start_offset_s: 0,
  order_notional_max: 1,
  gross_exposure_max: 1,
  net_exposure_max: 1,
  currency_exposure_max: 1,
  correlated_exposure_max: 1,
  margin_free_min: -1,
  daily_realised_loss_max: 1,
  drawdown_max: 1,
  collar_points: 1,
  collar_period_points: 1,
  cooldown_ms: -1,
  repeat_min_ms: -1,
  leverage_max: 1,
  loss_streak_max: 1,
  orders_a_minute_max: 1,
  open_orders_max: 1,
  edge_min_ppm: -1,
  session_from_s: 0,
  session_to_s: 0,
  stop_required: -1,
  lease_required: -1,
  certainty_required: -1,
};
const STRATEGY_SENSE: Readonly<Record<keyof Strategy, 1 | 0 | -1>> = {
  volume_lots: 1,
  hold_max_ms: 0,
  intent_life_ms: 0,
  enter_edge_ppm: -1,
  exit_edge_ppm: 0,
  stop_atr_milli: 0,
  target_atr_milli: 0,
  deviation_points: 0,
  timeframe_s: 0,
  strategy_id: 0,
  enabled: 1,
};
const STRATEGY_LIMIT_SENSE = { exposure_max: 1, daily_loss_max: 1 } as const;

type Values = Readonly<Record<string, unknown>>;
type Senses = Readonly<Record<string, 1 | 0 | -1>>;

function effectOf(from: unknown, to: unknown, sense: 1 | 0 | -1): Effect {
  if (sense === 0) return "changes";
  return (Number(to) - Number(from)) * sense < 0 ? "tightens" : "loosens";
}

function numbers(path: string, o: { from: Values; to: Values; senses: Senses }): Difference[] {
  return Object.entries(o.senses).flatMap(([name, sense]) => {
    const [from, to] = [o.from[name], o.to[name]];
    return from === to ? [] : [{ path: `${path}.${name}`, from, to, effect: effectOf(from, to, sense) }];
  });
}

/** All that differ, in the document's order. */
export function differences(from: ConfigurationDocument, to: ConfigurationDocument): Difference[] {
  return [
    ...numbers("limits", { from: from.limits, to: to.limits, senses: LIMIT_SENSE }),
    ...numbers("strategy", { from: from.strategy, to: to.strategy, senses: STRATEGY_SENSE }),
    ...strategies(from.strategy_limits, to.strategy_limits),
    ...symbols(from, to),
    ...windows(from, to),
    ...rest("session", from.session, to.session),
    ...rest("model", from.model, to.model),
    ...rest("monitor", from.monitor, to.monitor),
    ...rest("sources", from.sources, to.sources),
  ];
}

export const needsSignature = (found: readonly Difference[]): boolean =>
  found.some(({ effect }) => effect !== "tightens");

/** As a line for people. */
export const differenceLine = ({ path, from, to }: Difference): string => `${path}: ${shown(from)} -> ${shown(to)}`;
const shown = (value: unknown): string => (value === undefined ? "none" : JSON.stringify(value));

/** By what holds for each strategy: one without limits of its own has those of strategy 0, without those nothing passes. */
function strategies(from: readonly StrategyLimit[], to: readonly StrategyLimit[]): Difference[] {
  const own = (list: readonly StrategyLimit[], id: number) => list.find((l) => l.strategy_id === id);
  const ids = [...new Set([...from, ...to].map((l) => l.strategy_id))].sort((a, b) => a - b);
  return ids.flatMap((id) => {
    const path = `strategy_limits.${id}`;
    const [before, after] = [own(from, id) ?? own(from, 0), own(to, id) ?? own(to, 0)];
    if (before && after) return numbers(path, { from: { ...before }, to: { ...after }, senses: STRATEGY_LIMIT_SENSE });
    if (!before && !after) return [];
    return [{ path, from: before, to: after, effect: after ? ("loosens" as const) : ("tightens" as const) }];
  });
}

/** Limits of a symbol: its own, and the general ones where it has none. */
export const limitsOfSymbol = (
  document: Pick<ConfigurationDocument, "limits">,
  own: SymbolSettings | undefined,
): Limits => ({
  ...document.limits,
  ...own?.limits,
});

export const strategyOfSymbol = (
  document: Pick<ConfigurationDocument, "strategy">,
  own: SymbolSettings | undefined,
): Strategy => ({
  ...document.strategy,
  ...own?.strategy,
  enabled: document.strategy.enabled && own?.tradable !== false,
});

/** By what holds for each symbol that either names; what only follows from a general change is told there alone. */
function symbols(from: ConfigurationDocument, to: ConfigurationDocument): Difference[] {
  const names = [...new Set([...Object.keys(from.symbols), ...Object.keys(to.symbols)])].sort();
  return names.flatMap((name) => {
    const path = `symbols.${name}`;
    const [before, after] = [from.symbols[name], to.symbols[name]];
    const limits = { from: limitsOfSymbol(from, before), to: limitsOfSymbol(to, after), senses: LIMIT_SENSE };
    const strategy = { from: strategyOfSymbol(from, before), to: strategyOfSymbol(to, after), senses: STRATEGY_SENSE };
    return [
      ...numbers(path, limits).filter((found) => !isGeneral(found, from.limits, to.limits)),
      ...numbers(path, strategy).filter((found) => !isGeneral(found, from.strategy, to.strategy)),
    ];
  });
}

function isGeneral(found: Difference, from: Values, to: Values): boolean {
  const name = found.path.slice(found.path.lastIndexOf(".") + 1);
  return found.from === from[name] && found.to === to[name];
}

function windows(from: ConfigurationDocument, to: ConfigurationDocument): Difference[] {
  const text = (w: { from: string; to: string; currency: string }): string =>
    `${w.from} to ${w.to}, ${w.currency || "every currency"}`;
  const [before, after] = [from.news_windows.map(text), to.news_windows.map(text)];
  const path = "news_windows";
  return [
    ...before
      .filter((w) => !after.includes(w))
      .map((w) => ({ path, from: w, to: undefined, effect: "loosens" as const })),
    ...after
      .filter((w) => !before.includes(w))
      .map((w) => ({ path, from: undefined, to: w, effect: "tightens" as const })),
  ];
}

/** Any value of JSON; down into objects, lists as a whole. */
function rest(path: string, from: unknown, to: unknown): Difference[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (!isObject(from) || !isObject(to)) return [{ path, from, to, effect: "changes" }];
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return names.flatMap((name) => rest(`${path}.${name}`, from[name], to[name]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
