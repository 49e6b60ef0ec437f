// The market: a choice of symbol with live quotes, a choice of bar length, the chart, and its bars as a table for those who
// do not see it.
import { ofAccount } from "./account.js";
import { PriceChart } from "./chart.js";
import { byId, fillTable, make, setText } from "./dom.js";
import { dateTime, lots, price } from "./format.js";
import { onChange, state, symbolNamed } from "./store.js";

const TABLE_BARS = 20;
const SPOKEN_MS = 5_000;
const TICKS = "Ticks";
const AGAIN_MS = 1_000;

function choices(fieldset, group, entries, onChoice) {
  const inputs = entries.map(({ value, label }) => {
    const input = make("input", { type: "radio", name: group, value });
    input.addEventListener("change", () => onChoice(value));
    fieldset.append(make("label", {}, input, label));
    return input;
  });
  return (value) => {
    for (const input of inputs) input.checked = input.value === value;
  };
}

export function startMarket(words) {
  const chart = new PriceChart(byId("chart"));
  const quotes = new Map(
    words.pairs.map((name) => [
      name,
      { bid: make("span", { className: "bid mono" }), spread: make("span", { className: "soft small" }) },
    ]),
  );
  const listeners = [];
  let pair = localStorage.getItem("lockstep-pair") ?? "";
  if (!words.pairs.includes(pair)) pair = words.pairs[0];
  let frame = localStorage.getItem("lockstep-frame") ?? "M1";
  if (frame !== TICKS && !words.timeframes[frame]) frame = "M1";
  let bars = [];
  let shown;
  let spoken = 0;

  const symbol = () => symbolNamed(pair);
  const seconds = () => words.timeframes[frame] ?? words.timeframes.M1;
  const onLength = (p) => p.symbol === shown?.symbol && p.timeframe_s === shown.timeframe_s;

  async function load() {
    const asked = { pair, frame };
    shown = undefined;
    byId("chart").classList.toggle("loading", true);
    const answer = symbol()
      ? await fetch(ofAccount(`/chart?symbol=${encodeURIComponent(pair)}&timeframe_s=${seconds()}`)).catch(
          () => undefined,
        )
      : undefined;
    if (asked.pair !== pair || asked.frame !== frame) return;
    if (!answer?.ok) {
      setText(byId("legend"), symbol() ? "The chart cannot be loaded." : `${pair}: no quote in this stream yet.`);
      if (symbol()) setTimeout(() => void load(), AGAIN_MS);
      return;
    }
    const { bars: rows, ticks, predictions, timeframe_s, symbol: index } = await answer.json();
    if (asked.pair !== pair || asked.frame !== frame) return;
    shown = { symbol: index, timeframe_s, digits: symbol().digits };
    bars = rows;
    chart.show({ digits: symbol().digits, mode: frame === TICKS ? "ticks" : "bars", bars, ticks, predictions });
    byId("chart").classList.toggle("loading", false);
    trades();
    describe(true);
  }

  function select() {
    localStorage.setItem("lockstep-pair", pair);
    localStorage.setItem("lockstep-frame", frame);
    checkPair(pair);
    checkFrame(frame);
    for (const listener of listeners) listener();
    void load();
  }

  const checkPair = choices(
    byId("pairs"),
    "pair",
    words.pairs.map((name) => ({
      value: name,
      label: make(
        "span",
        { className: "quote" },
        make("b", { textContent: name }),
        quotes.get(name).bid,
        quotes.get(name).spread,
      ),
    })),
    (name) => {
      pair = name;
      select();
    },
  );
  const checkFrame = choices(
    byId("frames"),
    "frame",
    [TICKS, ...Object.keys(words.timeframes)].map((name) => ({
      value: name,
      label: make("span", { textContent: name }),
    })),
    (name) => {
      frame = name;
      select();
    },
  );

  function quote({ symbol: index, rows }) {
    const known = state.symbols.get(index);
    const parts = known && quotes.get(known.name);
    const last = rows.at(-1);
    if (!parts || !last) return;
    const [, bid, ask] = last;
    const before = Number(parts.bid.dataset.points ?? bid);
    parts.bid.dataset.points = String(bid);
    if (bid !== before) parts.bid.className = `bid mono ${bid > before ? "up" : "down"}`;
    setText(parts.bid, price(bid, known.digits));
    setText(parts.spread, `spread ${ask - bid}`);
  }

  function describe(now = false) {
    const last = bars.at(-1);
    if (!last || !shown) return;
    const [time, open, high, low, close] = last;
    const show = (points) => price(points, shown.digits);
    setText(
      byId("legend"),
      `${dateTime(time * 1000)}  O\u00a0${show(open)}  H\u00a0${show(high)}  L\u00a0${show(low)}  C\u00a0${show(close)}`,
    );
    table();
    if (!now && performance.now() - spoken < SPOKEN_MS) return;
    spoken = performance.now();
    const name = frame === TICKS ? "ticks" : `${frame} candlesticks`;
    byId("chart").ariaLabel =
      `${pair} ${name}, ${bars.length} bars. The newest opened ${dateTime(time * 1000)} UTC at ${show(open)}, high ${show(high)}, low ${show(low)}, now ${show(close)}.`;
  }

  function table() {
    const details = byId("bars-table");
    if (!details.open || !shown) return;
    const cells = (points) => ({ text: price(points, shown.digits), tone: "number" });
    fillTable(details.querySelector("table"), {
      caption: `${pair}, newest first`,
      heads: ["Opened, UTC", "Open", "High", "Low", "Close", "Ticks"],
      rows: bars
        .slice(-TABLE_BARS)
        .reverse()
        .map(([time, open, high, low, close, ticks]) => [
          dateTime(time * 1000),
          ...[open, high, low, close].map(cells),
          { text: String(ticks), tone: "number" },
        ]),
    });
  }

  function addBars(rows) {
    for (const row of rows) {
      const at = bars.findLastIndex(([time]) => time <= row[0]);
      if (bars[at]?.[0] === row[0]) bars[at] = row;
      else bars.splice(at + 1, 0, row);
    }
    if (bars.length > 2_000) bars = bars.slice(-1_000);
    if (frame !== TICKS && !chart.addBars(rows)) return void load();
    describe();
  }

  function trades() {
    if (!shown) return;
    const mine = (entry) => entry.symbol === shown.symbol;
    const sides = ["buy", "sell"];
    chart.setMarkers(
      [...state.fills.values()].filter(mine).map(({ time_ms, side }) => ({ time_s: time_ms / 1000, side })),
    );
    chart.setLines(
      state.positions
        .filter(mine)
        .flatMap(({ side, volume_microlots, open_price_points, stop_points, target_points }) => [
          { points: open_price_points, title: `${sides[side]} ${lots(volume_microlots)}`, tone: "accent" },
          ...(stop_points ? [{ points: stop_points, title: "stop", tone: "down" }] : []),
          ...(target_points ? [{ points: target_points, title: "target", tone: "up" }] : []),
        ]),
    );
  }

  for (const button of byId("chart-moves").children)
    button.addEventListener("click", () => chart.move(button.dataset.move));
  byId("bars-table").addEventListener("toggle", table);
  onChange(["ticks"], (changes) => {
    for (const change of changes.ticks ?? []) {
      quote(change);
      if (frame === TICKS && change.symbol === shown?.symbol && !changes.reset) chart.addTicks(change.rows);
    }
  });
  onChange(["bars"], (changes) => {
    for (const change of changes.bars ?? []) if (onLength(change)) addBars(change.rows);
  });
  onChange(["predictions"], (changes) => {
    if (frame !== TICKS && !changes.reset)
      for (const p of changes.predictions ?? []) if (!p.shadow && onLength(p)) chart.addPrediction(p);
  });
  onChange(["positions", "fills"], trades);
  // First of all, after a break, and when a symbol gets its name: the whole chart.
  onChange(["symbols"], () => void load());
  checkPair(pair);
  checkFrame(frame);
  return {
    symbol,
    onSelect: (run) => listeners.push(run),
    recolour() {
      chart.recolour();
      trades();
    },
  };
}
