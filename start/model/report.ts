// An evaluation as one HTML page that needs nothing from outside: figures beside their base rates, reliability, accuracy by
// coverage, and the same by symbol, year, regime and model.

import type { HeadEvaluation } from "#core-wasm/models/training/evaluate.ts";
import type { Figures } from "#core-wasm/models/training/figures.ts";
import { STYLE } from "../report.ts";
import { table } from "../report-parts.ts";
import { escapeHtml, lineChart, reliabilityChart } from "../svg.ts";
import type { Fold } from "./evaluate.ts";

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const HEAD = ["", "rows", "share of yes", "accuracy", "constant answer", "log-loss", "constant", "Brier", "ECE"];
const cells = (name: string, f: Figures): string[] => [
  name,
  String(f.n),
  percent(f.share_yes),
  percent(f.accuracy),
  percent(f.base_rate),
  f.log_loss.toFixed(5),
  f.base_log_loss.toFixed(5),
  f.brier.toFixed(5),
  percent(f.ece),
];

const WALK = ["fold", "rows", "accuracy", "constant answer", "log-loss", "constant", "logistic alone", "Brier", "ECE"];

/** What the head was worth on each fold behind what it had learned from, while it was trained. */
function walkSection(folds: readonly Fold[]): string {
  if (folds.length === 0) return "";
  const rows = folds.map((f) => [
    `${f.from.slice(0, 10)} to ${f.to.slice(0, 10)}`,
    String(f.n),
    percent(f.accuracy),
    percent(f.base_rate),
    f.log_loss.toFixed(5),
    f.base_log_loss.toFixed(5),
    f.logistic_log_loss.toFixed(5),
    f.brier.toFixed(5),
    percent(f.ece),
  ]);
  return `<h3>Walk-forward within the training rows</h3>${table(WALK, rows)}`;
}

function headSection(h: HeadEvaluation, folds: readonly Fold[]): string {
  const rows = [
    cells("all", h),
    ...Object.entries(h.by).flatMap(([group, split]) =>
      Object.entries(split).map(([name, f]) => cells(`${group} ${name}`, f)),
    ),
  ];
  const share = (label: string) => ({ label, format: (v: number): string => v.toFixed(2) });
  const dots = { title: "Said and came", description: "Ten bins of equal width.", x: share("said"), y: share("came") };
  const curve = {
    title: "Accuracy of the most confident share of the rows",
    description: `From the most confident tenth to all; dashed: the constant answer's ${percent(h.base_rate)}.`,
    x: share("share of the rows"),
    y: share("accuracy"),
  };
  const coverage = h.coverage.map((c): [number, number] => [c.coverage, c.accuracy]);
  const warning = h.in_sample ? " <strong>In sample: the model was fitted on some of these rows.</strong>" : "";
  return `<h2>${escapeHtml(h.name)}</h2><p>${escapeHtml(h.question)}. ${h.from.slice(0, 10)} to ${h.to.slice(0, 10)}.${warning} The conformal set has one answer in ${percent(h.certain.coverage)} of the rows, right in ${percent(h.certain.accuracy)} of those.</p>${table(HEAD, rows)}<div class="grid2">${reliabilityChart(dots, h.reliability)}${lineChart(curve, coverage, { level: h.base_rate })}</div>${walkSection(folds)}`;
}

export const evaluationPage = (
  title: string,
  heads: readonly HeadEvaluation[],
  walks: ReadonlyMap<string, readonly Fold[]>,
): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style><h1>${escapeHtml(title)}</h1><p>Each figure stands beside what the best constant answer scores on the same rows.</p>${heads.map((head) => headSection(head, walks.get(head.name) ?? [])).join("")}</html>\n`;
