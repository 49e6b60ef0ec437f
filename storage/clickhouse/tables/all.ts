// Every table, and which one a record kind goes to.
import { alerts, decisions, predictions, shadowPredictions, verdicts } from "./decisions.ts";
import { batches, records } from "./journal.ts";
import { bars, correlations, ticks } from "./market.ts";
import type { Table } from "./table.ts";

export const TABLES: readonly Table[] = [
  ticks,
  bars,
  correlations,
  predictions,
  shadowPredictions,
  decisions,
  verdicts,
  alerts,
  batches,
  records,
];

/** By kind name: the table that takes its raw records. Kinds not in it go to `records` as JSON. */
export const TABLE_OF_KIND: ReadonlyMap<string, Table> = new Map(
  TABLES.flatMap((table) => Object.keys(table.sources).map((kind) => [kind, table] as const)),
);

/** How a table's rows tell their record kinds apart. */
export const KIND_EXPRESSION: Readonly<Record<string, string>> = {
  ticks: "'tick'",
  bars: "if(origin = 'core', 'bar', 'bar_history')",
  correlations: "'correlation'",
  predictions: "'prediction'",
  shadow_predictions: "'shadow_prediction'",
  decisions: "'order_intent'",
  verdicts: "'risk_verdict'",
  alerts: "'alert'",
  batches: "'batch_seal'",
  records: "toString(kind)",
};
