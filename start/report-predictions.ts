// The part of the backtest's page on predictions: what was said, what came, and what a constant answer would have had.
import type { Scored } from "./outcomes.ts";
import { HOURS, percent, table } from "./report-parts.ts";
import { barChart, reliabilityChart } from "./svg.ts";

const BINS = 10;

interface Cell {
  readonly n: number;
  readonly right: number;
  readonly yes: number;
  /** Sum of -ln of the probability that was said of what came. */
  readonly loss: number;
}

function cellOf(scored: readonly { readonly said: number; readonly came: boolean }[]): Cell {
  const right = scored.filter(({ said, came }) => said >= 0.5 === came).length;
  const loss = scored.reduce((sum, { said, came }) => sum + surprise(came ? said : 1 - said), 0);
  return { n: scored.length, right, yes: scored.filter(({ came }) => came).length, loss };
}

/** Nats; of a probability of 0 as of one in a million. */
const surprise = (probability: number): number => -Math.log(Math.max(1e-6, probability));

/** Accuracy and log-loss, and beside each what a constant answer would have had. */
function cellText({ n, right, yes, loss }: Cell): string[] {
  if (n === 0) return ["0", "", "", "", "", ""];
  const share = yes / n;
  const constant = share * surprise(share) + (1 - share) * surprise(1 - share);
  const losses = [(loss / n).toFixed(4), constant.toFixed(4)];
  return [String(n), percent(share), percent(right / n), percent(Math.max(share, 1 - share)), ...losses];
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

const HEAD = [
  "",
  "n",
  "share of yes (base rate)",
  "accuracy",
  "best constant answer",
  "log-loss",
  "log-loss of the base rate",
];
const ACCURACY = 4;

/** Accuracy less that of the best constant answer, in percentage points, by hour of the day. */
function edgeByHour(title: string, pairs: readonly Pair[]): string {
  const bars = HOURS.map((hour) => {
    const { n, right, yes } = cellOf(pairs.filter(({ of }) => new Date(of.time_ms).getUTCHours() === hour));
    return { name: String(hour), value: n === 0 ? 0 : (100 * (right - Math.max(yes, n - yes))) / n };
  });
  const description = "Above zero: better than always giving the answer that was right more often in that hour.";
  const x = { label: "hour, UTC", format: String };
  return barChart({ title, description, x, y: { label: "percentage points", format: (v) => v.toFixed(1) } }, bars);
}

export function predictionSection(timeframe_s: number, scored: readonly Scored[]): string {
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
      ...cellText(cellOf(up.filter(at))).slice(0, ACCURACY),
      ...cellText(cellOf(high.filter(at))).slice(0, ACCURACY),
    ];
  });
  const wide = [
    "UTC",
    ...HEAD.slice(1, 1 + ACCURACY).map((h) => `up: ${h}`),
    ...HEAD.slice(1, 1 + ACCURACY).map((h) => `volatility: ${h}`),
  ];
  return `<h2>Predictions at the close of ${name}</h2>${table(HEAD, rows)}<div class="grid2">${reliability(`${name} direction: said and came`, up)}${reliability(`${name} high volatility: said and came`, high)}${edgeByHour(`${name} direction: accuracy above the best constant answer`, up)}${edgeByHour(`${name} high volatility: accuracy above the best constant answer`, high)}</div><p>An hour of few predictions says little: the counts are below.</p><details><summary>By hour of the day</summary>${table(wide, hours)}</details>`;
}
