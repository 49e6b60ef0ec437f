// A prediction record as the page shows it, whatever fields the record kind has: each question's calibrated probability
// with the scores of its model parts, and all else as facts with the declared meaning. Nothing here names a model: it goes
// by the declaration, in which a question's scores begin with its name, `<name>_models` says which it has, and
// `probability_...` ends them.
import { FEATURES } from "#proto/features.ts";
import type { Prediction } from "#proto/generated/records.ts";
import { type Field, KINDS } from "#proto/records.ts";
import { plain } from "./plain.ts";

/** Fields that say when and of what, and are shown elsewhere. */
const PLACE = new Set(["cause_seq", "bar_time_ms", "timeframe_s", "warm", "feature_count"]);
const KIND = KINDS.find(({ name }) => name === "prediction");

export interface Question {
  /** The field of its calibrated probability. */
  readonly probability: string;
  readonly doc: string;
  /** Scores behind it, in the record's order. `bit` of the field `models` says that the model has it. */
  readonly parts: readonly {
    readonly field: string;
    readonly name: string;
    readonly doc: string;
    readonly bit: number;
  }[];
  readonly models: string | null;
}

/** What the declaration says of a record's fields. */
export function questionsOf(fields: readonly Field[]): Question[] {
  const models = fields.filter(({ name }) => name.endsWith("_models"));
  const bits = new Map(models.flatMap(({ doc }) => [...doc.matchAll(/(\d+) (\w+)/g)].map((m) => [m[2], Number(m[1])])));
  const numbers = fields.filter(({ type }) => type === "f64");
  return numbers.flatMap((field) => {
    if (!field.name.startsWith("probability_")) return [];
    // Its scores stand before it: the nearest question's name of those that are declared.
    const before = numbers.slice(0, numbers.indexOf(field));
    const owner = models.find(({ name }) => before.at(-1)?.name.startsWith(prefixOf(name)));
    const prefix = owner ? prefixOf(owner.name) : undefined;
    // What a question has behind its probability (its contributions) is no score.
    const scores = prefix === undefined ? [] : before.filter(({ name }) => name.startsWith(prefix));
    const parts = scores.map(({ name, doc }) => {
      const part = name.slice(prefix?.length);
      return { field: name, name: part, doc, bit: bits.get(part) ?? 0 };
    });
    return [{ probability: field.name, doc: field.doc, parts, models: owner?.name ?? null }];
  });
}

const prefixOf = (name: string): string => name.slice(0, -"models".length);

const FIELDS = KIND?.fields ?? [];
const QUESTIONS = questionsOf(FIELDS);
const SHARES = new Set(
  QUESTIONS.flatMap(({ probability, parts }) => [probability, ...parts.map(({ field }) => field)]),
);
const FACTS = FIELDS.filter(({ name }) => !PLACE.has(name) && !SHARES.has(name));

/** What the names of a PredictionView mean; the same for all of them. */
export const PREDICTION_WORDS = {
  questions: QUESTIONS,
  facts: Object.fromEntries(FACTS.map(({ name, doc }) => [name, doc])),
  features: FEATURES.map(({ name, unit, formula }) => ({ name, unit, formula })),
};

export interface PredictionView {
  readonly symbol: number;
  readonly timeframe_s: number;
  readonly seq: number;
  readonly bar_time_s: number;
  readonly warm: boolean;
  /** Of the model that scores beside the live one. */
  readonly shadow: boolean;
  /** Probabilities and scores by field name; null = not a number. */
  readonly shares: Readonly<Record<string, number | null>>;
  readonly facts: Readonly<Record<string, unknown>>;
  /** The record's repeated part: a name and its rows. */
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

const MS_PER_S = 1000;

export function viewPrediction(
  o: { seq: number; symbol: number; shadow: boolean },
  prediction: Prediction,
): PredictionView {
  const fields = prediction as unknown as Readonly<Record<string, unknown>>;
  const pick = (names: Iterable<string>) => Object.fromEntries([...names].map((name) => [name, plain(fields[name])]));
  const group = KIND?.group;
  const rows = group ? (fields[group.name] as readonly Readonly<Record<string, unknown>>[]) : [];
  return {
    ...o,
    timeframe_s: prediction.timeframe_s,
    bar_time_s: Number(prediction.bar_time_ms) / MS_PER_S,
    warm: prediction.warm === 1,
    shares: pick(SHARES) as Record<string, number | null>,
    facts: pick(FACTS.map(({ name }) => name)),
    rows: group ? { [group.name]: rows.map((row) => Object.values(row).map(plain)) } : {},
  };
}
