// The measured figures as tables for people: printed by the training command and standing in docs/model.md.
import type { HeadReport } from "./training.ts";

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const fixed = (value: number): string => value.toFixed(5);
const day = (iso: string): string => iso.slice(0, 10);

/** One table: a line a figure, a column a head, what the best constant answer scores in brackets. */
export function figuresTable(heads: readonly HeadReport[]): string {
  const line = (name: string, cell: (head: HeadReport) => string): string =>
    `| ${[name, ...heads.map(cell)].join(" | ")} |`;
  const beside = (shown: (value: number) => string, own: (head: HeadReport) => number, base: typeof own) => {
    return (head: HeadReport): string => `${shown(own(head))} (${shown(base(head))})`;
  };
  return [
    line("out of sample", (head) => head.name),
    `|---${"|---:".repeat(heads.length)}|`,
    line("rows measured", ({ measures }) => String(measures.rows)),
    line("from, to", (head) => `${day(head.measured_from)}, ${day(head.measured_to)}`),
    line("share of yes", ({ measures }) => percent(measures.base_rate)),
    line(
      "accuracy (constant answer)",
      beside(
        percent,
        (head) => head.measures.accuracy,
        (head) => head.measures.accuracy_base,
      ),
    ),
    line(
      "accuracy, most confident tenth (constant answer)",
      beside(
        percent,
        (head) => head.measures.accuracy_confident_tenth,
        (head) => head.measures.accuracy_confident_tenth_base,
      ),
    ),
    line(
      "log-loss (constant answer)",
      beside(
        fixed,
        (head) => head.measures.log_loss,
        (head) => head.measures.log_loss_base,
      ),
    ),
    line(
      "Brier (constant answer)",
      beside(
        fixed,
        (head) => head.measures.brier,
        (head) => head.measures.brier_base,
      ),
    ),
    line("largest calibration error of ten bins", ({ measures }) => percent(measures.calibration_error_max)),
    line("L2 chosen", (head) => String(head.l2)),
    line("rows trained on", (head) => String(head.trained_rows)),
    line("trained from, to", (head) => `${day(head.trained_from)}, ${day(head.trained_to)}`),
  ].join("\n");
}
