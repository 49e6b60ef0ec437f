import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SCORE_AT, Scorer } from "#core-wasm/host/scorer.ts";
import { FEATURE_NAMES, SEQUENCE_FEATURES } from "#proto/features.ts";
import { writeArtefact } from "./artefact.ts";
import { MODEL_NAMES, type ModelHead } from "./heads.ts";
import { asInput, scoreHead } from "./plain-score.ts";
import { Draw, randomHead } from "./random-model.fixture.ts";
import type { TreeSum } from "./trees.ts";

interface Row {
  readonly inputs: readonly number[];
  readonly sequence: readonly (readonly number[])[];
}

function randomRow(draw: Draw, head: ModelHead, width: number): Row {
  const steps = head.gru?.steps ?? 0;
  const step = (): number[] => draw.many(SEQUENCE_FEATURES.length, 2);
  return { inputs: draw.many(width, 2), sequence: Array.from({ length: steps }, step) };
}

/** Writes rows as the core takes them and gives its scores, eight numbers each. */
function coreScores(scorer: Scorer, rows: readonly Row[], width: number): number[][] {
  const floats = scorer.rowFloats(0);
  for (const [i, { inputs, sequence }] of rows.entries()) {
    scorer.row.set(inputs, i * floats);
    for (const [step, bar] of sequence.entries())
      scorer.row.set([...bar, 0], i * floats + ((width + 3) & ~3) + step * 8);
  }
  scorer.score(0, rows.length);
  return rows.map((_, i) => Array.from(scorer.scores.subarray(i * 10, i * 10 + 8)));
}

test("kernels: any model, any rows: the core's scores are those of the plain code", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 81 }), async (seed, width) => {
      const head = randomHead(seed, width);
      const scorer = await Scorer.load(
        writeArtefact({ features: FEATURE_NAMES.slice(0, width), heads: [head], meta: {} }),
      );
      const draw = new Draw(seed + 1);
      const rows = Array.from({ length: 7 }, () => randomRow(draw, head, width));
      for (const [i, said] of coreScores(scorer, rows, width).entries()) {
        const row = rows[i] as Row;
        const expected = scoreHead(head, row.inputs, row.sequence);
        const numbers = [...expected.scores, expected.stacked, expected.calibrated, expected.disagreement];
        // Trees and the logistic regression are sums of the same doubles; the networks are f32.
        const near = [1e-12, 1e-12, 1e-12, 2e-6, 2e-6, 2e-6, 1e-5, 2e-6];
        for (const [k, value] of numbers.entries())
          assert.ok(
            Math.abs((said[k] as number) - value) <= (near[k] as number),
            `${[...MODEL_NAMES, "stacked", "calibrated", "disagreement"][k]}: ${said[k]} is not ${value}`,
          );
      }
    }),
    { numRuns: 60 },
  );
});

test("kernels: thresholds met exactly, zeros of both signs, the largest inputs: left and right as the plain code has it", async () => {
  const inputs = [0, -0, 1, 1 + 2 ** -23, 1e30, -1e30].map(asInput);
  const head = randomHead(99, inputs.length, { warm_bars: 0 });
  const { gru: _g, perceptron: _p, ...trees } = head;
  const boosted = trees.boosted as TreeSum;
  const edges = [0, 1, 1e30, -1e30].map(asInput);
  const threshold = boosted.threshold.map((t, i) => (boosted.left[i] === 0 ? t : (edges[i % 4] as number)));
  const edged = { ...trees, boosted: { ...boosted, threshold } };
  const scorer = await Scorer.load(
    writeArtefact({ features: FEATURE_NAMES.slice(0, inputs.length), heads: [edged], meta: {} }),
  );
  for (let turn = 0; turn < inputs.length; turn++) {
    const row = { inputs: [...inputs.slice(turn), ...inputs.slice(0, turn)], sequence: [] };
    const [said] = coreScores(scorer, [row], inputs.length);
    const expected = scoreHead(edged, row.inputs).scores[0] as number;
    assert.ok(Math.abs((said?.[SCORE_AT.boosted] as number) - expected) < 1e-12);
  }
});

test("kernels: one row alone or among others: the same bytes", async () => {
  const head = randomHead(4, 24);
  const scorer = await Scorer.load(writeArtefact({ features: FEATURE_NAMES.slice(0, 24), heads: [head], meta: {} }));
  const draw = new Draw(8);
  const rows = Array.from({ length: 20 }, () => randomRow(draw, head, 24));
  const together = coreScores(scorer, rows, 24);
  for (const [i, row] of rows.entries()) assert.deepEqual(coreScores(scorer, [row], 24)[0], together[i]);
});
