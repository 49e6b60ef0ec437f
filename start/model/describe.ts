// A model for people: what is in an artefact, head by head, and the figures of an evaluation as a table.
import { sha256Of } from "#core-wasm/models/artefact.ts";
import { MODEL_NAMES, type Model, type ModelHead } from "#core-wasm/models/heads.ts";
import { type HeadEvaluation, headName } from "#core-wasm/models/training/evaluate.ts";
import type { TreeSum } from "#core-wasm/models/trees.ts";
import type { Fold } from "./evaluate.ts";

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const trees = (sum: TreeSum): string =>
  `${sum.first.length} trees, ${sum.threshold.length} nodes, at most ${sum.depth.at(-1)} deep`;

function partOf(head: ModelHead, name: (typeof MODEL_NAMES)[number]): string | undefined {
  if (name === "boosted" || name === "forest") return head[name] && trees(head[name]);
  if (name === "logistic") return head.logistic && `${head.logistic.weight.length} weights`;
  if (name === "perceptron")
    return head.perceptron && `layers of ${head.perceptron.layers.map((l) => l.inputs).join(", ")} to 1`;
  return head.gru && `${head.gru.hidden} units over ${head.gru.steps} bars of ${head.gru.columns.length} shapes`;
}

export function describeModel(artefact: Uint8Array, model: Model): string {
  const lines = [
    `sha256    ${sha256Of(artefact)}`,
    `bytes     ${artefact.length}`,
    `features  ${model.features.join(", ")}`,
  ];
  for (const head of model.heads) {
    lines.push("", `${headName(head)}: ${head.horizon_s} s ahead, warm after ${head.warm_bars} bars`);
    for (const name of MODEL_NAMES) {
      const part = partOf(head, name);
      if (part !== undefined) lines.push(`  ${name.padEnd(11)} ${part}`);
    }
    if (head.stacker) lines.push(`  stacker     ${head.stacker.weight.map((w) => w.toFixed(3)).join(", ")}`);
    if (head.calibrator) lines.push(`  calibrator  ${head.calibrator.kind}`);
    if (head.drift) lines.push(`  drift       of ${head.drift.columns.length} features`);
  }
  const { heads: _, features_probe_sha256: __, ...notes } = model.meta;
  for (const [name, value] of Object.entries(notes)) lines.push("", `${name}: ${JSON.stringify(value)}`);
  return lines.join("\n");
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** One line a fold, what the best constant answer scores in brackets. */
export function walkTable(walks: ReadonlyMap<string, readonly Fold[]>): string {
  const rows = [...walks].flatMap(([name, folds]) =>
    folds.map((fold) =>
      line([
        name,
        `${fold.from.slice(0, 10)}, ${fold.to.slice(0, 10)}`,
        String(fold.n),
        `${percent(fold.accuracy)} (${percent(fold.base_rate)})`,
        `${fold.log_loss.toFixed(5)} (${fold.base_log_loss.toFixed(5)})`,
        percent(fold.ece),
        fold.logistic_log_loss.toFixed(5),
      ]),
    ),
  );
  const head = [
    "head",
    "fold",
    "rows",
    "accuracy (constant)",
    "log-loss (constant)",
    "ECE",
    "log-loss of the logistic alone",
  ];
  return [line(head), "|---|---|---:|---:|---:|---:|---:|", ...rows].join("\n");
}

/** One line a head, what the best constant answer scores in brackets. */
export function figuresTable(heads: readonly HeadEvaluation[]): string {
  const rows = heads.map((h) =>
    line([
      h.name + (h.in_sample ? " (in sample!)" : ""),
      `${h.from.slice(0, 10)}, ${h.to.slice(0, 10)}`,
      String(h.n),
      `${percent(h.accuracy)} (${percent(h.base_rate)})`,
      `${percent(h.coverage[0]?.accuracy ?? 0)}`,
      `${h.log_loss.toFixed(5)} (${h.base_log_loss.toFixed(5)})`,
      `${h.brier.toFixed(5)} (${h.base_brier.toFixed(5)})`,
      percent(h.ece),
      h.by.model.logistic ? h.by.model.logistic.log_loss.toFixed(5) : "",
    ]),
  );
  return [
    line([
      "head",
      "from, to",
      "rows",
      "accuracy (constant)",
      "most confident tenth",
      "log-loss (constant)",
      "Brier (constant)",
      "ECE",
      "log-loss of the logistic alone",
    ]),
    `|---|---|---:|---:|---:|---:|---:|---:|---:|`,
    ...rows,
  ].join("\n");
}
