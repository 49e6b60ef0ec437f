// A prediction record as the page shows it, whatever fields the record kind has: probabilities and scores of model parts
// as shares of one, all else as facts with the declared meaning. Nothing here names a model.
import { FEATURES } from "#proto/features.ts";
import type { Prediction } from "#proto/generated/records.ts";
import { KINDS } from "#proto/records.ts";
import { plain } from "./plain.ts";

/** Fields that say when and of what, and are shown elsewhere. */
const PLACE = new Set(["cause_seq", "bar_time_ms", "timeframe_s", "warm", "feature_count"]);
const SHARE = /^(probability|score)(_|$)|_(probability|score)$/;

const KIND = KINDS.find(({ name }) => name === "prediction");
const SHARES = (KIND?.fields ?? []).filter(({ name, type }) => type === "f64" && SHARE.test(name));
const FACTS = (KIND?.fields ?? []).filter((field) => !PLACE.has(field.name) && !SHARES.includes(field));

/** What the names of a PredictionView mean; the same for all of them. */
export const PREDICTION_WORDS = {
  shares: Object.fromEntries(SHARES.map(({ name, doc }) => [name, doc])),
  facts: Object.fromEntries(FACTS.map(({ name, doc }) => [name, doc])),
  features: FEATURES.map(({ name, unit, formula }) => ({ name, unit, formula })),
};

export interface PredictionView {
  readonly symbol: number;
  readonly timeframe_s: number;
  readonly seq: number;
  readonly bar_time_s: number;
  readonly warm: boolean;
  /** Numbers from 0 to 1 by field name; null = not a number. */
  readonly shares: Readonly<Record<string, number | null>>;
  readonly facts: Readonly<Record<string, unknown>>;
  /** The record's repeated part: a name and its rows. */
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

const MS_PER_S = 1000;

export function viewPrediction(o: { seq: number; symbol: number }, prediction: Prediction): PredictionView {
  const fields = prediction as unknown as Readonly<Record<string, unknown>>;
  const pick = (list: typeof SHARES) => Object.fromEntries(list.map(({ name }) => [name, plain(fields[name])]));
  const group = KIND?.group;
  const rows = group ? (fields[group.name] as readonly Readonly<Record<string, unknown>>[]) : [];
  return {
    ...o,
    timeframe_s: prediction.timeframe_s,
    bar_time_s: Number(prediction.bar_time_ms) / MS_PER_S,
    warm: prediction.warm === 1,
    shares: pick(SHARES) as Record<string, number | null>,
    facts: pick(FACTS),
    rows: group ? { [group.name]: rows.map((row) => Object.values(row).map(plain)) } : {},
  };
}
