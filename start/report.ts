// The backtest's page: one HTML file that needs nothing from outside. Figures stand beside their base rate and their costs.
import type { ReplayResult } from "./core-replay.ts";
import type { Scored } from "./outcomes.ts";
import type { PaperCosts } from "./paper-broker.ts";
import type { PaperDeal } from "./paper-records.ts";
import { barChart, escapeHtml, lineChart, reliabilityChart } from "./svg.ts";
import { figuresOf, type Outcome } from "./whatif.ts";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const BINS = 10;
const HISTOGRAM = 21;

const STYLE = `:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--paper:#fff;--rule:#d9dee6;--line:#1f6feb;--bad:#c4432b}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--paper:#12161d;--rule:#2b3340;--line:#6aa7ff;--bad:#ff8a70}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1500px;margin:0 auto;padding:24px}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px;border-bottom:1px solid var(--rule)}p{color:var(--soft);margin:4px 0 12px;max-width:90ch}
table{border-collapse:collapse;margin:8px 0}td,th{padding:3px 14px 3px 0;text-align:right;font-variant-numeric:tabular-nums}td:first-child,th:first-child{text-align:left}
th{color:var(--soft);font-weight:600;border-bottom:1px solid var(--rule)}figure{margin:0}.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(560px,1fr));gap:20px}
figcaption{font-weight:600}svg{width:100%;height:auto}.grid{stroke:var(--rule)}.zero{stroke:var(--soft);stroke-dasharray:4 3}.line{fill:none;stroke:var(--line);stroke-width:1.6}
.area{fill:var(--bad);opacity:.25}.bar,.dot{fill:var(--line)}.dot{opacity:.8}.tick{font-size:11px;fill:var(--soft)}.axis{font-size:12px;fill:var(--soft)}`;

const units = (micros: string | bigint | number): string =>
  (Number(micros) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const day = (ms: number): string => new Date(ms).toISOString().slice(5, 16).replace("T", " ");

interface Cell {
  readonly n: number;
  readonly right: number;
  readonly yes: number;
}

function cellOf(scored: readonly { readonly said: number; readonly came: boolean }[]): Cell {
  const right = scored.filter(({ said, came }) => said >= 0.5 === came).length;
  return { n: scored.length, right, yes: scored.filter(({ came }) => came).length };
}

/** Accuracy, and beside it what a constant answer would have had. */
function cellText({ n, right, yes }: Cell): string[] {
  if (n === 0) return ["0", "", "", ""];
  const share = yes / n;
  return [String(n), percent(share), percent(right / n), percent(Math.max(share, 1 - share))];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const top = head.some((cell) => cell !== "") ? line(head, "th") : "";
  return `<table>${top}${rows.map((row) => line(row, "td")).join("")}</table>`;
}

/** Realised net profit after each deal: [ms, money]. */
function equityOf(deals: readonly PaperDeal[]): [number, number][] {
  let net = 0n;
  return deals.map((deal) => {
    net += deal.profit_micros + deal.commission_micros;
    return [Number(deal.time_ns / 1_000_000n), Number(net) / 1e6];
  });
}

function drawdownsOf(equity: readonly (readonly [number, number])[]): [number, number][] {
  let peak = 0;
  return equity.map(([ms, net]) => {
    peak = Math.max(peak, net);
    return [ms, net - peak];
  });
}

function histogram(profits: readonly number[]): { name: string; value: number }[] {
  const most = Math.max(1, ...profits.map(Math.abs));
  const counts = Array.from({ length: HISTOGRAM }, () => 0);
  for (const p of profits) {
    const bin = Math.min(HISTOGRAM - 1, Math.floor(((p + most) / (2 * most)) * HISTOGRAM));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const middle = (bin: number): number => ((bin + 0.5) / HISTOGRAM) * 2 * most - most;
  return counts.map((value, bin) => ({ name: bin % 4 === 0 ? middle(bin).toFixed(0) : "", value }));
}

function reliability(title: string, pairs: readonly { readonly said: number; readonly came: boolean }[]): string {
  const bins = Array.from({ length: BINS }, () => ({ said: 0, came: 0, count: 0 }));
  for (const { said, came } of pairs) {
    const bin = bins[Math.min(BINS - 1, Math.floor(said * BINS))] as (typeof bins)[number];
    bin.said += said;
    bin.came += came ? 1 : 0;
    bin.count++;
  }
  const dots = bins
    .filter(({ count }) => count > 0)
    .map(({ said, came, count }) => ({ said: said / count, came: came / count, count }));
  const axis = (label: string) => ({ label, format: percent });
  return reliabilityChart(
    {
      title,
      description:
        "A dot on the diagonal says that the probability was right on average; its size is how often it was said.",
      x: axis("probability said"),
      y: axis("share that came"),
    },
    dots,
  );
}

type Pair = { readonly said: number; readonly came: boolean; readonly of: Scored };
const direction = (scored: readonly Scored[]): Pair[] =>
  scored.flatMap((of) => (of.wentUp === undefined ? [] : [{ said: of.up, came: of.wentUp, of }]));
const volatility = (scored: readonly Scored[]): Pair[] =>
  scored.flatMap((of) => (of.wasHigh === undefined ? [] : [{ said: of.high, came: of.wasHigh, of }]));

const HEAD = ["", "n", "share of yes (base rate)", "accuracy", "best constant answer"];

function predictionSection(timeframe_s: number, scored: readonly Scored[]): string {
  const name = timeframe_s === 3600 ? "H1" : "M1";
  const mine = scored.filter((s) => s.timeframe_s === timeframe_s);
  if (mine.length === 0) return "";
  const [up, high] = [direction(mine), volatility(mine)];
  const rows = [
    ["direction: closes higher", ...cellText(cellOf(up))],
    ["– in a calm regime", ...cellText(cellOf(up.filter(({ of }) => of.regime === 0)))],
    ["– in a volatile regime", ...cellText(cellOf(up.filter(({ of }) => of.regime === 1)))],
    ["high volatility: wider than the median", ...cellText(cellOf(high))],
    ["– in a calm regime", ...cellText(cellOf(high.filter(({ of }) => of.regime === 0)))],
    ["– in a volatile regime", ...cellText(cellOf(high.filter(({ of }) => of.regime === 1)))],
  ];
  const hours = HOURS.map((hour) => {
    const at = ({ of }: Pair): boolean => new Date(of.time_ms).getUTCHours() === hour;
    return [
      `${String(hour).padStart(2, "0")}:00`,
      ...cellText(cellOf(up.filter(at))),
      ...cellText(cellOf(high.filter(at))),
    ];
  });
  const wide = ["UTC", ...HEAD.slice(1).map((h) => `up: ${h}`), ...HEAD.slice(1).map((h) => `volatility: ${h}`)];
  return `<h2>Predictions at the close of ${name}</h2>${table(HEAD, rows)}<div class="grid2">${reliability(`${name} direction: said and came`, up)}${reliability(`${name} high volatility: said and came`, high)}</div><details><summary>By hour of the day</summary>${table(wide, hours)}</details>`;
}

export interface ReportInput {
  readonly result: ReplayResult;
  readonly outcome: Outcome<PaperDeal>;
  readonly scored: readonly Scored[];
  readonly files: readonly string[];
  readonly costs: PaperCosts;
}

export function reportHtml(o: ReportInput): string {
  const { outcome, scored, result } = o;
  const { deals } = outcome;
  const f = figuresOf(outcome);
  const closing = deals.filter(({ closes }) => closes);
  const equity = equityOf(deals);
  const money = { label: "account currency", format: (v: number) => v.toFixed(0) };
  const time = { label: "UTC", format: day };
  const refusals = Object.entries(f.refused_by).sort(([, a], [, b]) => b - a);
  const byHour = HOURS.map((hour) => {
    const mine = closing.filter((d) => new Date(Number(d.time_ns / 1_000_000n)).getUTCHours() === hour);
    return { name: String(hour), value: mine.reduce((sum, d) => sum + Number(d.profit_micros), 0) / 1e6 };
  });
  const summary = [
    ["ticks", result.ticks.toLocaleString("en-US")],
    ["predictions", String(f.predictions)],
    ["order intents", `${f.order_intents} (${f.accepted} accepted, ${f.refused} refused)`],
    ["trades closed", `${f.trades} (${f.winning_trades} with a profit; base rate of a coin: ${f.trades / 2})`],
    ["profit before costs, spread inside", units(f.profit_micros)],
    ["commission", units(f.commission_micros)],
    ["net profit", units(f.net_micros)],
    ["largest drawdown", units(f.drawdown_micros)],
    ["outputs digest", result.outputs_digest],
    ["core, model", `${result.core_digest.slice(0, 16)}, ${result.model_digest.slice(0, 16)}`],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Lockstep backtest</title><style>${STYLE}</style></head><body>
<h1>Backtest</h1>
<p>${escapeHtml(o.files.map((file) => file.split("/").at(-1)).join(", "))}. Orders were executed on paper at the next tick's bid or ask; stops and targets at the tick that reached them.</p>
${table(["", ""], summary)}
<h2>Profit</h2><div class="grid2">
${lineChart({ title: "Net profit, realised", description: `Ends at ${units(f.net_micros)}.`, x: time, y: money }, equity)}
${lineChart({ title: "Drawdown", description: `At most ${units(f.drawdown_micros)}.`, x: time, y: money }, drawdownsOf(equity), { area: true })}
${barChart({ title: "Trades by profit before costs", description: "How many trades had about which profit.", x: { label: "profit of a trade", format: String }, y: { label: "trades", format: (v) => v.toFixed(0) } }, histogram(closing.map((d) => Number(d.profit_micros) / 1e6)))}
${barChart({ title: "Profit before costs by hour of the close", description: "Sum of the trades closed in each hour of the UTC day.", x: { label: "hour, UTC", format: String }, y: money }, byHour)}
</div>
<h2>Refusals by check</h2><p>An intent that several checks refuse counts at each of them.</p>
${
  refusals.length === 0
    ? "<p>None.</p>"
    : table(
        ["check", "refused", "share of all intents"],
        refusals.map(([name, n]) => [name, String(n), percent(n / f.order_intents)]),
      )
}
${predictionSection(60, scored)}${predictionSection(3600, scored)}
</body></html>
`;
}
