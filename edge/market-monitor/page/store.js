// What the page knows, from the stream's events. Bounded as the service's view is; views are told which parts changed.
const DECISIONS_KEPT = 100;
const FILLS_KEPT = 40;
const ALERTS_KEPT = 100;
const NEWS_KEPT = 20;
const TICKS_KEPT = 2_000;

const fresh = () => ({
  head: { seq: 0, time_ms: 0, of: 0, caught_up: false, problem: null },
  box: null,
  connector: null,
  symbols: new Map(),
  ticks: new Map(),
  predictions: new Map(),
  decisions: new Map(),
  decided: { accepted: 0, refused: 0 },
  orders: [],
  positions: [],
  fills: new Map(),
  alerts: new Map(),
  news: new Map(),
});

export const state = fresh();
const listeners = [];

/** `parts`: names of the changes to be told of; `run` gets the changes. */
export const onChange = (parts, run) => listeners.push({ parts, run });

function keep(map, entries, keyOf, most) {
  for (const entry of entries) {
    map.delete(keyOf(entry));
    map.set(keyOf(entry), entry);
  }
  for (const key of map.keys()) {
    if (map.size <= most) break;
    map.delete(key);
  }
}

function addTicks({ symbol, rows }) {
  const known = state.ticks.get(symbol) ?? [];
  known.push(...rows);
  state.ticks.set(symbol, known.length > TICKS_KEPT * 1.5 ? known.slice(-TICKS_KEPT) : known);
}

export function apply(changes) {
  if (changes.reset) Object.assign(state, fresh());
  for (const part of ["head", "box", "connector", "decided", "orders", "positions"])
    if (changes[part] !== undefined) state[part] = changes[part];
  if (changes.symbols) state.symbols = new Map(changes.symbols.map((symbol) => [symbol.index, symbol]));
  for (const change of changes.ticks ?? []) addTicks(change);
  for (const p of changes.predictions ?? []) state.predictions.set(`${p.symbol}/${p.timeframe_s}/${p.shadow}`, p);
  keep(state.decisions, changes.decisions ?? [], ({ id }) => id, DECISIONS_KEPT);
  keep(state.fills, changes.fills ?? [], ({ seq }) => seq, FILLS_KEPT);
  keep(state.alerts, changes.alerts ?? [], ({ id }) => id, ALERTS_KEPT);
  keep(state.news, changes.news ?? [], ({ seq }) => seq, NEWS_KEPT);
  for (const { parts, run } of listeners)
    if (changes.reset || parts.some((part) => changes[part] !== undefined)) run(changes);
}

export const symbolOf = (index) => state.symbols.get(index) ?? { index, name: `symbol ${index}`, digits: 0 };
export const symbolNamed = (name) => [...state.symbols.values()].find((symbol) => symbol.name === name);
