// The backtest's page: one HTML file that needs nothing from outside. Figures stand beside their base rate and their costs.
import type { ReplayResult } from "./core-replay.ts";
import type { Scored } from "./outcomes.ts";
import type { PaperCosts } from "./paper-broker.ts";
import { costsText } from "./paper-costs.ts";
import type { PaperDeal } from "./paper-records.ts";
import { HOURS, percent, table, units } from "./report-parts.ts";
import { predictionSection } from "./report-predictions.ts";
import { tradeTables } from "./report-trades.ts";
import { barChart, escapeHtml, lineChart } from "./svg.ts";
import { figuresOf, netOf, type Outcome } from "./whatif.ts";

const HISTOGRAM = 21;

export const STYLE = `:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--paper:#fff;--rule:#d9dee6;--line:#1f6feb;--bad:#c4432b}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--paper:#12161d;--rule:#2b3340;--line:#6aa7ff;--bad:#ff8a70}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1500px;margin:0 auto;padding:24px}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px;border-bottom:1px solid var(--rule)}p{color:var(--soft);margin:4px 0 12px;max-width:90ch}
table{border-collapse:collapse;margin:8px 0}td,th{padding:3px 14px 3px 0;text-align:right;font-variant-numeric:tabular-nums}td:first-child,th:first-child{text-align:left}
th{color:var(--soft);font-weight:600;border-bottom:1px solid var(--rule)}figure{margin:0}.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(560px,100%),1fr));gap:20px}
.wide{overflow-x:auto}td{white-space:nowrap}p+.wide td{white-space:normal}p+.wide td:last-child{overflow-wrap:anywhere}h2~.wide td{white-space:nowrap}figcaption{font-weight:600}svg{width:100%;height:auto}.grid{stroke:var(--rule)}.zero{stroke:var(--soft);stroke-dasharray:4 3}.level{stroke:var(--line);stroke-dasharray:6 4;opacity:.6}.line{fill:none;stroke:var(--line);stroke-width:1.6}
.area{fill:var(--bad);opacity:.25}.bar,.dot{fill:var(--line)}.dot{opacity:.8}.tick{font-size:11px;fill:var(--soft)}.axis{font-size:12px;fill:var(--soft)}`;

const day = (ms: number): string => new Date(ms).toISOString().slice(5, 16).replace("T", " ");

/** Realised net profit as steps from the first prediction or deal to the last: [ms, money]. */
function equityOf(deals: readonly PaperDeal[], scored: readonly Scored[]): [number, number][] {
  const times = [...deals.map((d) => Number(d.time_ns / 1_000_000n)), ...scored.map(({ time_ms }) => time_ms)];
  if (times.length === 0) return [];
  let net = 0n;
  const points: [number, number][] = [[times.reduce((a, b) => Math.min(a, b)), 0]];
  const now = (): number => Number(net) / 1e6;
  for (const deal of deals) {
    const ms = Number(deal.time_ns / 1_000_000n);
    points.push([ms, now()]);
    net += netOf(deal);
    points.push([ms, now()]);
  }
  return [...points, [times.reduce((a, b) => Math.max(a, b)), now()]];
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

/** The first and the last name of many. */
const filesText = (files: readonly string[]): string => {
  const names = files.map((file) => file.split("/").at(-1) ?? file);
  return names.length <= 4 ? names.join(", ") : `${names.length} files, ${names[0]} to ${names.at(-1)}`;
};

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
  const spread = deals.reduce((sum, d) => sum + d.spread_micros, 0n);
  const closing = deals.filter(({ closes }) => closes);
  const equity = equityOf(deals, scored);
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
    ["profit without any costs (at the mid)", units(BigInt(f.profit_micros) - spread)],
    ["spread and slippage", units(spread)],
    ["commission", units(f.commission_micros)],
    ["swap", units(f.swap_micros)],
    ["net profit", units(f.net_micros)],
    ["largest drawdown", units(f.drawdown_micros)],
    ["outputs digest", result.outputs_digest],
    ["core, model", `${result.core_digest.slice(0, 16)}, ${result.model_digest.slice(0, 16)}`],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Lockstep backtest</title><style>${STYLE}</style></head><body>
<h1>Backtest</h1>
<p>${escapeHtml(filesText(o.files))}. Orders were executed on paper at the next tick's bid or ask; stops and targets at the tick that reached them; ${escapeHtml(costsText(o.costs))}. A tripped limit stays tripped: what follows is refused by trading_state.</p>
${table(["", ""], summary)}
<h2>Profit</h2><div class="grid2">
${lineChart({ title: "Net profit, realised", description: `Ends at ${units(f.net_micros)}.`, x: time, y: money }, equity)}
${lineChart({ title: "Drawdown", description: `At most ${units(f.drawdown_micros)}.`, x: time, y: money }, drawdownsOf(equity), { area: true })}
${barChart({ title: "Trades by profit before costs", description: "How many trades had about which profit.", x: { label: "profit of a trade", format: String }, y: { label: "trades", format: (v) => v.toFixed(0) } }, histogram(closing.map((d) => Number(d.profit_micros) / 1e6)))}
${barChart({ title: "Profit before costs by hour of the close", description: "Sum of the trades closed in each hour of the UTC day.", x: { label: "hour, UTC", format: String }, y: money }, byHour)}
${
  refusals.length === 0
    ? ""
    : barChart(
        {
          title: "Refusals by check",
          description: "How many intents each check refused.",
          x: { label: "check", format: String },
          y: { label: "intents", format: (v) => v.toFixed(0) },
        },
        refusals.map(([name, value]) => ({ name, value })),
      )
}
</div>
${tradeTables(deals, scored)}
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
