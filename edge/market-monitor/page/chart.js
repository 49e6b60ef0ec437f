// The chart: candlesticks or ticks, the calibrated probability below, deals as arrows, positions as lines. Prices come in
// points and are drawn as prices; times are UTC.
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  LineSeries,
  LineStyle,
} from "/page/lightweight-charts.mjs";

const HALF = 0.5;
const SCROLL_BARS = 10;
const ZOOM = 0.8;
const TICKS_KEPT = 2_000;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** The library does not read light-dark(): the browser resolves it on an element. */
function resolved(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value || colour(name);
}

export class PriceChart {
  #chart;
  #box;
  #digits = 0;
  #lines = [];
  #series = {};
  #mode = "";
  #markers;
  #lastTick = 0;

  constructor(container) {
    this.#box = document.createElement("div");
    this.#box.className = "canvas";
    this.#box.ariaHidden = "true";
    container.append(this.#box);
    this.#chart = createChart(this.#box, {
      autoSize: true,
      timeScale: { timeVisible: true, rightOffset: 4 },
      // Its own mark is a style element, which our content policy forbids: the page's foot names it instead.
      layout: { attributionLogo: false },
    });
    this.recolour();
  }

  onHover(run) {
    this.#chart.subscribeCrosshairMove(({ seriesData }) => run(seriesData?.get(this.#series.main)));
  }

  /** All anew: another symbol or bar length. */
  show({ digits, mode, bars, ticks, predictions }) {
    this.#digits = digits;
    if (this.#mode !== mode) this.#rebuild(mode);
    const priceFormat = { type: "price", precision: digits, minMove: 10 ** -digits };
    this.#series.main.applyOptions({ priceFormat });
    this.#series.ask?.applyOptions({ priceFormat });
    this.#chart.timeScale().applyOptions({ secondsVisible: mode === "ticks" });
    this.#lastTick = 0;
    if (mode === "ticks") {
      this.#series.main.setData([]);
      this.#series.ask.setData([]);
      const rows = this.#newer(ticks);
      this.#series.main.setData(rows.map(([time, bid]) => ({ time, value: this.#price(bid) })));
      this.#series.ask.setData(rows.map(([time, , ask]) => ({ time, value: this.#price(ask) })));
    } else {
      this.#series.main.setData(bars.map((row) => this.#candle(row)));
      this.#series.probability.setData(
        predictions
          .filter(({ warm, shares }) => warm && shares.probability_up !== null)
          .map(({ bar_time_s: time, shares }) => ({ time, value: 100 * shares.probability_up })),
      );
    }
    this.#chart.timeScale().resetTimeScale();
  }

  /** False: an older bar came in between, the whole has to be asked for again. */
  addBars(rows) {
    const data = this.#series.main.data();
    const last = data.at(-1)?.time ?? 0;
    if (rows.some(([time]) => time < last && !data.some((bar) => bar.time === time))) return false;
    for (const row of rows) this.#series.main.update(this.#candle(row), row[0] < last);
    return true;
  }

  addTicks(ticks) {
    for (const [time, bid, ask] of this.#newer(ticks)) {
      this.#series.main.update({ time, value: this.#price(bid) });
      this.#series.ask.update({ time, value: this.#price(ask) });
    }
    if (this.#series.main.data().length <= TICKS_KEPT * 1.5) return;
    for (const series of [this.#series.main, this.#series.ask]) series.setData(series.data().slice(-TICKS_KEPT));
  }

  addPrediction({ bar_time_s: time, warm, shares }) {
    const series = this.#series.probability;
    if (!series || !warm || shares.probability_up === null || time < (series.data().at(-1)?.time ?? 0)) return;
    series.update({ time, value: 100 * shares.probability_up });
  }

  /** One time, one tick: of several in a millisecond the last. */
  #newer(ticks) {
    const rows = [];
    for (const [ms, bid, ask] of ticks) {
      const time = ms / 1000;
      if (time < this.#lastTick) continue;
      if (rows.at(-1)?.[0] === time) rows.pop();
      rows.push([time, bid, ask]);
      this.#lastTick = time;
    }
    return rows;
  }

  /** Deals as arrows at the bar they fell in: { time_s, side }. */
  setMarkers(deals) {
    if (this.#mode !== "bars") return;
    const [up, down] = [resolved("--up"), resolved("--down")];
    const times = this.#series.main.data().map(({ time }) => time);
    const markers = deals.flatMap(({ time_s, side }) => {
      const time = times.findLast((t) => t <= time_s);
      if (time === undefined) return [];
      const buy = side === 0;
      return [
        {
          time,
          position: buy ? "belowBar" : "aboveBar",
          shape: buy ? "arrowUp" : "arrowDown",
          color: buy ? up : down,
        },
      ];
    });
    this.#markers.setMarkers(markers.sort((a, b) => a.time - b.time));
  }

  /** Positions as lines: { points, title, tone }. */
  setLines(lines) {
    for (const line of this.#lines) this.#series.main.removePriceLine(line);
    this.#lines = lines.map(({ points, title, tone }) =>
      this.#series.main.createPriceLine({
        price: this.#price(points),
        title,
        color: resolved(`--${tone}`),
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true,
      }),
    );
  }

  recolour() {
    const [text, line, back] = ["--soft", "--line", "--panel"].map(resolved);
    this.#chart.applyOptions({
      layout: { background: { color: back }, textColor: text, panes: { separatorColor: line } },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.#colourSeries();
  }

  #colourSeries() {
    const [up, down, accent] = ["--up", "--down", "--accent"].map(resolved);
    if (this.#mode === "bars") {
      this.#series.main.applyOptions({
        upColor: up,
        downColor: down,
        wickUpColor: up,
        wickDownColor: down,
        borderVisible: false,
      });
      this.#series.probability.applyOptions({ color: accent, lineWidth: 1.5 });
    }
    if (this.#mode === "ticks") {
      this.#series.main.applyOptions({ color: accent, lineWidth: 1.5 });
      this.#series.ask.applyOptions({ color: down, lineWidth: 1 });
    }
  }

  #rebuild(mode) {
    for (const series of Object.values(this.#series)) this.#chart.removeSeries(series);
    this.#lines = [];
    this.#mode = mode;
    if (mode === "ticks") {
      this.#series = {
        main: this.#chart.addSeries(LineSeries, { title: "bid" }),
        ask: this.#chart.addSeries(LineSeries, { title: "ask" }),
      };
    } else {
      const probability = this.#chart.addSeries(
        LineSeries,
        { title: "P(up) %", priceLineVisible: false, priceFormat: { type: "price", precision: 1, minMove: 0.1 } },
        1,
      );
      this.#series = { main: this.#chart.addSeries(CandlestickSeries, {}), probability };
      probability.createPriceLine({
        price: 100 * HALF,
        color: resolved("--soft"),
        lineStyle: LineStyle.Dotted,
        lineWidth: 1,
        axisLabelVisible: false,
      });
      this.#chart.panes()[0]?.setStretchFactor(4);
      this.#chart.panes()[1]?.setStretchFactor(1);
      this.#markers = createSeriesMarkers(this.#series.main, []);
    }
    this.#colourSeries();
  }

  #price(points) {
    return points / 10 ** this.#digits;
  }

  #candle([time, open, high, low, close]) {
    return { time, open: this.#price(open), high: this.#price(high), low: this.#price(low), close: this.#price(close) };
  }

  /** back, forward, in, out, newest. */
  move(how) {
    const scale = this.#chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const zoom = (factor) =>
      scale.setVisibleLogicalRange({ from: range.to - (range.to - range.from) * factor, to: range.to });
    if (how === "back") scale.scrollToPosition(scale.scrollPosition() - SCROLL_BARS, false);
    if (how === "forward") scale.scrollToPosition(scale.scrollPosition() + SCROLL_BARS, false);
    if (how === "in") zoom(ZOOM);
    if (how === "out") zoom(1 / ZOOM);
    if (how === "newest") scale.scrollToRealTime();
  }
}
