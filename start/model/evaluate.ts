// `model evaluate`: what a model is worth on files of the terminal, out of sample wherever its symbols were learned from.
import { z } from "zod";
import { readArtefact } from "#core-wasm/models/artefact.ts";
import { evaluateRows, type FittedUntil, type HeadEvaluation } from "#core-wasm/models/training/evaluate.ts";
import { FOLD_FIGURES } from "#core-wasm/models/training/fold.ts";
import { buildRows } from "#core-wasm/models/training/rows.ts";
import { LockstepError } from "#proto/errors.ts";
import { readSeries } from "./files.ts";

export interface Evaluation {
  readonly heads: readonly HeadEvaluation[];
}

const Fold = z.object({
  from: z.string(),
  to: z.string(),
  ...FOLD_FIGURES,
});
export type Fold = z.infer<typeof Fold>;

const Notes = z.object({
  heads: z.array(
    z.object({
      name: z.string(),
      symbols: z.array(z.string()),
      validated_to: z.string(),
      walk_forward: z.array(Fold).optional(),
    }),
  ),
});

/** The folds that each head was judged on while it was trained, as the artefact's meta says; none for other models. */
export function walksOf(meta: unknown): ReadonlyMap<string, readonly Fold[]> {
  const notes = Notes.safeParse(meta);
  return new Map(notes.success ? notes.data.heads.map((head) => [head.name, head.walk_forward ?? []]) : []);
}

/** What the meta says of each head's fit; a model without such notes is taken as one that saw none of the rows. */
function fittedOf(meta: unknown): ReadonlyMap<string, FittedUntil> {
  const notes = Notes.safeParse(meta);
  if (!notes.success) return new Map();
  return new Map(
    notes.data.heads.map(({ name, symbols, validated_to }) => [name, { symbols, until_ms: Date.parse(validated_to) }]),
  );
}

export async function evaluateModel(o: {
  readonly artefact: Uint8Array;
  readonly files: readonly string[];
  readonly all: boolean;
}): Promise<Evaluation> {
  const model = readArtefact(o.artefact);
  const fitted = fittedOf(model.meta);
  const steps = Math.max(1, ...model.heads.map((head) => head.gru?.steps ?? 1));
  const heads: HeadEvaluation[] = [];
  for (const [timeframe_s, series] of readSeries(o.files)) {
    if (!model.heads.some((head) => head.timeframe_s === timeframe_s)) continue;
    const rows = await buildRows(series, { features: model.features, steps });
    heads.push(...(await evaluateRows(rows, { artefact: o.artefact, model, fitted, all: o.all })));
  }
  if (heads.length === 0)
    throw new LockstepError(
      "bad_request",
      "no bar of these files has an answer that a head of the model gives: give longer files of M1, M5 or H1 bars, or ticks",
    );
  return { heads };
}
