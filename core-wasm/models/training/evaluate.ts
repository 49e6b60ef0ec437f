// A model over rows of one bar length: what each head says, by the core itself, and what came of it; per symbol, year,
// regime and model.
import { Scorer } from "#core-wasm/host/scorer.ts";
import { SEQUENCE_FEATURES } from "#proto/features.ts";

import { HEAD_KIND, MODEL_NAMES, type Model, type ModelHead } from "../heads.ts";
import {
  accuracyByCoverage,
  type Coverage,
  type Figures,
  figuresOf,
  type ReliabilityBin,
  reliability,
  type Scored,
} from "./figures.ts";
import { QUESTIONS } from "./questions.ts";
import { NO_ANSWER, type Rows } from "./rows.ts";

export interface HeadEvaluation extends Figures {
  readonly name: string;
  readonly timeframe_s: number;
  readonly question: string;
  readonly from: string;
  readonly to: string;
  /** True = rows that the head was fitted on are among them. */
  readonly in_sample: boolean;
  readonly coverage: readonly Coverage[];
  readonly reliability: readonly ReliabilityBin[];
  /** Share of the rows whose conformal set has one answer, and how often that is right. */
  readonly certain: Coverage;
  readonly by: { readonly symbol: Split; readonly year: Split; readonly regime: Split; readonly model: Split };
}
type Split = Readonly<Record<string, Figures>>;

/** Up to when each head was fitted and on what, as the artefact's meta says. */
export interface FittedUntil {
  readonly symbols: readonly string[];
  readonly until_ms: number;
}

const EMBARGO_BARS = 150;

export const timeframeName = (timeframe_s: number): string =>
  timeframe_s % 3600 === 0 ? `H${timeframe_s / 3600}` : `M${timeframe_s / 60}`;

export const headName = (head: Pick<ModelHead, "timeframe_s" | "kind">): string =>
  `${timeframeName(head.timeframe_s)} ${["direction", "high volatility", "volatility regime"][head.kind]}`;

export interface Said {
  /** One f64 a row of each of the five, then stacked, calibrated, disagreement. */
  readonly columns: readonly Float64Array[];
  readonly sets: Uint8Array;
}

/** Every row scored by the core. */
export function scoreRows(scorer: Scorer, index: number, head: ModelHead, rows: Rows): Said {
  const columns = Array.from({ length: 8 }, () => new Float64Array(rows.count));
  const sets = new Uint8Array(rows.count);
  const most = scorer.rowsMax(index);
  for (let from = 0; from < rows.count; from += most) {
    const count = Math.min(most, rows.count - from);
    for (let i = 0; i < count; i++) putRow(scorer, index, i, head, rows, from + i);
    scorer.score(index, count);
    for (let i = 0; i < count; i++) {
      for (const [k, column] of columns.entries()) column[from + i] = scorer.scores[i * 10 + k] as number;
      sets[from + i] = scorer.setOf(i);
    }
  }
  return { columns, sets };
}

function putRow(scorer: Scorer, index: number, slot: number, head: ModelHead, rows: Rows, row: number): void {
  const [inputs, width] = [rows.features.length, SEQUENCE_FEATURES.length];
  const at = slot * scorer.rowFloats(index);
  scorer.row.set(rows.x.subarray(row * inputs, (row + 1) * inputs), at);
  const steps = head.gru?.steps ?? 0;
  for (let step = 0; step < steps; step++) {
    const from = (row * rows.steps + rows.steps - steps + step) * width;
    const into = at + ((inputs + 3) & ~3) + step * 8;
    scorer.row.set(rows.sequence.subarray(from, from + width), into);
    scorer.row[into + width] = 0;
  }
}

export interface EvaluateOptions {
  readonly artefact: Uint8Array;
  readonly model: Model;
  readonly fitted: ReadonlyMap<string, FittedUntil>;
  /** Rows that heads were fitted on are scored too. */
  readonly all: boolean;
}

export async function evaluateRows(rows: Rows, o: EvaluateOptions): Promise<HeadEvaluation[]> {
  const scorer = await Scorer.load(o.artefact);
  const said = o.model.heads.map((head, i) =>
    head.timeframe_s === rows.timeframe_s ? scoreRows(scorer, i, head, rows) : undefined,
  );
  const regimeHead = o.model.heads.findIndex((h) => h.kind === HEAD_KIND.regime && h.timeframe_s === rows.timeframe_s);
  const regime = said[regimeHead]?.columns[6];
  return o.model.heads.flatMap((head, i) => {
    const own = said[i];
    const found =
      own && evaluateHead({ head, said: own, rows, regime, fitted: o.fitted.get(headName(head)), all: o.all });
    return found ? [found] : [];
  });
}

interface HeadRows {
  readonly head: ModelHead;
  readonly said: Said;
  readonly rows: Rows;
  readonly regime: Float64Array | undefined;
  readonly fitted: FittedUntil | undefined;
  readonly all: boolean;
}

function evaluateHead({ head, said, rows, regime, fitted, all }: HeadRows): HeadEvaluation | undefined {
  const q = QUESTIONS.findIndex(({ kind }) => kind === head.kind);
  const answers = rows.answers[q] as Uint8Array;
  const answered = Array.from(answers.keys()).filter((row) => answers[row] !== NO_ANSWER);
  const embargo_ms = EMBARGO_BARS * rows.timeframe_s * 1000;
  const isFresh = (row: number): boolean =>
    fitted === undefined ||
    !fitted.symbols.includes(rows.symbols[rows.symbol[row] as number] as string) ||
    (rows.known_ms[row] as number) > fitted.until_ms + embargo_ms;
  const fresh = answered.filter(isFresh);
  const used = all || fresh.length === 0 ? answered : fresh;
  if (used.length === 0) return undefined;
  const pick = (column: Float64Array, list: readonly number[]): Scored => ({
    p: Float64Array.from(list, (row) => column[row] as number),
    y: Uint8Array.from(list, (row) => answers[row] as number),
  });
  const calibrated = said.columns[6] as Float64Array;
  const scored = pick(calibrated, used);
  const by = (key: (row: number) => string): Split => {
    const groups = Map.groupBy(used, key);
    return Object.fromEntries(
      [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => [name, figuresOf(pick(calibrated, list))]),
    );
  };
  const iso = (row: number): string => new Date(rows.known_ms[row] as number).toISOString();
  const models = MODEL_NAMES.flatMap((name, i) =>
    head[name] ? [[name, figuresOf(pick(said.columns[i] as Float64Array, used))] as const] : [],
  );
  return {
    name: headName(head),
    timeframe_s: head.timeframe_s,
    question: QUESTIONS[q]?.text ?? "",
    ...figuresOf(scored),
    from: iso(used[0] as number),
    to: iso(used.at(-1) as number),
    in_sample: used.length > fresh.length,
    coverage: accuracyByCoverage(scored),
    reliability: reliability(scored),
    certain: certainOf(said, answers, used),
    by: {
      symbol: by((row) => rows.symbols[rows.symbol[row] as number] as string),
      year: by((row) => iso(row).slice(0, 4)),
      regime: by((row) => (regime === undefined ? "unknown" : (regime[row] as number) >= 0.5 ? "volatile" : "calm")),
      model: Object.fromEntries([...models, ["stacked", figuresOf(pick(said.columns[5] as Float64Array, used))]]),
    },
  };
}

function certainOf(said: Said, answers: Uint8Array, used: readonly number[]): Coverage {
  const one = used.filter((row) => said.sets[row] === 1 || said.sets[row] === 2);
  const right = one.filter((row) => (said.sets[row] === 2) === (answers[row] === 1)).length;
  return { coverage: one.length / used.length, accuracy: one.length === 0 ? 0 : right / one.length };
}
