// Training of the shipped model: which heads there are, what each is asked, how its L2 is chosen and what is measured.
// The same bars give the same artefact, bit for bit.
import { assert } from "#proto/errors.ts";
import { HEAD_KIND, type Model, type ModelHead } from "./artefact.ts";
import { buildRows, type Series } from "./dataset.ts";
import { MODEL_FEATURES } from "./features.ts";
import { fitLogistic } from "./logistic.ts";
import type { Measures } from "./measure.ts";
import { WARM_BARS } from "./neutral-head.ts";
import { type TimedRows, walkForward } from "./walk-forward.ts";

/** Penalties to choose from, on the sum of the log-losses. */
const L2_CHOICES = [1, 10, 100, 1000, 10_000] as const;
/** The recent median of the volatility question: the last day of hours, the last hour of minutes. */
const MEDIAN_BARS: Readonly<Record<number, number>> = { 60: 60, 3600: 24 };
/** Between learning and scoring; longer than any feature or median looks back. */
const EMBARGO_BARS = 150;

const METHOD = [
  "one logistic regression with an L2 penalty for each head",
  `walk-forward over nine blocks: three learned from first, two choose the L2, four measured, embargo ${EMBARGO_BARS} bars`,
  "then fitted on all rows with the L2 chosen",
].join("; ");

export interface TrainingInput {
  readonly timeframe_s: number;
  readonly series: readonly Series[];
}

/** What the artefact's meta says of a head. */
export interface HeadReport {
  readonly name: string;
  readonly timeframe_s: number;
  readonly horizon_s: number;
  readonly kind: keyof typeof HEAD_KIND;
  readonly question: string;
  readonly symbols: readonly string[];
  readonly trained_from: string;
  readonly trained_to: string;
  readonly trained_rows: number;
  readonly l2: number;
  readonly l2_choice: readonly { readonly l2: number; readonly log_loss: number }[];
  readonly measured_from: string;
  readonly measured_to: string;
  readonly measures: Measures;
}

export interface TrainingNotes {
  /** Where the bars come from and under which licence. */
  readonly origin: string;
  /** Hash of the core's features of a fixed series (probe.ts). */
  readonly features_probe_sha256: string;
}

export function trainModel(inputs: readonly TrainingInput[], notes: TrainingNotes): Model {
  const ordered = [...inputs].sort((a, b) => a.timeframe_s - b.timeframe_s);
  const heads = ordered.flatMap((input) =>
    (["direction", "high_volatility"] as const).map((kind) => trainHead(input, kind)),
  );
  const meta = {
    name: "lockstep logistic regression",
    features_probe_sha256: notes.features_probe_sha256,
    heads: heads.map(({ report }) => report),
    method: METHOD,
    origin: notes.origin,
  };
  return { features: MODEL_FEATURES, heads: heads.map(({ head }) => head), meta };
}

function trainHead(input: TrainingInput, kind: keyof typeof HEAD_KIND): { head: ModelHead; report: HeadReport } {
  const { timeframe_s, series } = input;
  const median_bars = MEDIAN_BARS[timeframe_s];
  assert(median_bars !== undefined, "only bars that the core builds are learned from");
  const rows = buildRows(series, { kind: HEAD_KIND[kind], timeframe_s, median_bars });
  const embargo_ms = EMBARGO_BARS * timeframe_s * 1000;
  const walk = walkForward(rows, { l2: L2_CHOICES, embargo_ms });
  const fit = fitLogistic(rows, { l2: walk.l2 });
  const head = { timeframe_s, horizon_s: timeframe_s, kind: HEAD_KIND[kind], warm_bars: WARM_BARS, logistic: fit };
  const question =
    kind === "direction"
      ? "the next bar closes above this one"
      : `the next bar's range is above the median of the last ${median_bars} ranges`;
  const report = {
    name: `${timeframeName(timeframe_s)} ${kind.replace("_", " ")}`,
    timeframe_s,
    horizon_s: timeframe_s,
    kind,
    question,
    symbols: series.map(({ symbol }) => symbol),
    ...windowOf(rows),
    trained_rows: rows.count,
    l2: walk.l2,
    l2_choice: walk.choice,
    measured_from: isoOf(walk.from_ms),
    measured_to: isoOf(walk.to_ms),
    measures: walk.measures,
  };
  return { head, report };
}

function windowOf(rows: TimedRows): { trained_from: string; trained_to: string } {
  return {
    trained_from: isoOf(rows.known_ms[0] as number),
    trained_to: isoOf(rows.known_ms[rows.count - 1] as number),
  };
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

function timeframeName(timeframe_s: number): string {
  return timeframe_s % 3600 === 0 ? `H${timeframe_s / 3600}` : `M${timeframe_s / 60}`;
}
