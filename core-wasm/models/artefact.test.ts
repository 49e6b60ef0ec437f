import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Scorer } from "#core-wasm/host/scorer.ts";
import { FEATURE_NAMES, featureIndex } from "#proto/features.ts";
import { viewOf } from "#proto/record.ts";
import { readArtefact, writeArtefact } from "./artefact.ts";
import { MODEL_FEATURES } from "./features.ts";
import { HEAD_KIND, type Model, type ModelHead } from "./heads.ts";
import { randomHead } from "./random-model.fixture.ts";

const n = MODEL_FEATURES.length;
const fill = (value: number): number[] => Array.from({ length: n }, () => value);
const logistic = { bias: 0.25, mean: fill(1), scale: fill(2), weight: fill(0.5) };
const plain: ModelHead = { timeframe_s: 3600, horizon_s: 3600, kind: 0, warm_bars: 100, logistic, conformal: 1 };
const full = randomHead(5, n);
const model: Model = {
  features: MODEL_FEATURES,
  heads: [plain, { ...full, timeframe_s: 300 }, { ...plain, kind: HEAD_KIND.regime }],
  meta: { name: "test", größe: 1 },
};
const refused = { name: "LockstepError", code: "model_refused" };

test("artefact: any model written and read: the same model, and the same bytes again", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 17 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: FEATURE_NAMES.length }),
      (questions, seed, width) => {
        const heads = questions.map((q, i) =>
          randomHead(seed + i, width, {
            kind: q % 3,
            timeframe_s: [60, 300, 900, 3600, 14_400, 86_400][q % 6] as number,
          }),
        );
        const unique = heads.filter(
          (head, i) => heads.findIndex((o) => o.kind === head.kind && o.timeframe_s === head.timeframe_s) === i,
        );
        const bytes = writeArtefact({ features: FEATURE_NAMES.slice(0, width), heads: unique, meta: { seed } });
        const back = readArtefact(bytes);
        assert.deepEqual(back.heads, unique);
        assert.deepEqual(writeArtefact(back), bytes);
      },
    ),
    { numRuns: 25 },
  );
});

test("artefact: layout: the offsets that the core reads", () => {
  const bytes = writeArtefact(model);
  const view = viewOf(bytes);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "LSM1");
  assert.deepEqual(
    [4, 8, 12, 16].map((at) => view.getUint32(at, true)),
    [3, bytes.length, n, 3],
  );
  assert.deepEqual(
    Array.from({ length: n }, (_, i) => view.getUint16(64 + 2 * i, true)),
    MODEL_FEATURES.map(featureIndex),
  );
  const head = 64 + ((2 * n + 15) & ~15);
  assert.deepEqual(
    [0, 4, 8, 12, 16, 20].map((at) => view.getUint32(head + at, true)),
    [3600, 3600, 0, 100, 0, 0],
  );
  const section = view.getUint32(head + 24, true);
  assert.equal(section % 16, 0);
  assert.deepEqual(
    [0, 8].map((at) => view.getUint32(section + at, true)),
    [2, n],
  );
  assert.equal(view.getFloat64(section + 16, true), 0.25);
  assert.equal(view.getFloat64(section + 32, true), 1);
  assert.equal(view.getFloat64(section + 32 + 8 * n, true), 2);
  assert.equal(view.getFloat64(section + 32 + 16 * n, true), 0.5);
});

test("artefact: cut short or made longer anywhere: refused", () => {
  const bytes = writeArtefact(model);
  for (let length = 0; length < bytes.length; length += 1 + (length >> 6))
    assert.throws(() => readArtefact(bytes.subarray(0, length)), refused);
  assert.throws(() => readArtefact(new Uint8Array([...bytes, 0])), refused);
});

test("artefact: bytes changed at random: this reader and the core refuse, or both take it", async () => {
  const bytes = writeArtefact({ ...model, meta: {} });
  const reads = (changed: Uint8Array): boolean => {
    try {
      readArtefact(changed);
      return true;
    } catch (error) {
      assert.equal((error as { code?: string }).code, "model_refused");
      return false;
    }
  };
  const head = 64 + ((2 * n + 15) & ~15);
  const place = fc.oneof(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: head + 3 * 64 + 200 }));
  const edits = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 4 });
  let [taken, left] = [0, 0];
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[at] = value;
      const core = await Scorer.load(changed).then(
        () => true,
        () => false,
      );
      // The reader also wants the writer's layout, so what it takes the core takes; and the core never reads out of bounds.
      if (reads(changed)) {
        taken++;
        assert.ok(core, JSON.stringify(changes));
      } else left++;
    }),
    { numRuns: 150 },
  );
  assert.ok(taken > 0 && left > 0, `${taken} taken, ${left} refused`);
});

test("artefact: each bound: refused with its name", () => {
  const { boosted, gru, perceptron, drift, calibrator } = full as Required<ModelHead>;
  const tree = (change: object): ModelHead => ({ ...full, boosted: { ...boosted, ...change } });
  const bad: [Partial<ModelHead>, RegExp][] = [
    [{ timeframe_s: 0 }, /timeframe_s is 0/],
    [{ horizon_s: 1.5 }, /horizon_s is 1.5/],
    [{ kind: 3 }, /kind is 3/],
    [{ warm_bars: -1 }, /warm_bars is -1/],
    [{ conformal: 2 }, /conformal is 2/],
    [{ logistic: { ...logistic, bias: Number.NaN } }, /logistic: bias is NaN/],
    [{ logistic: { ...logistic, weight: fill(Number.POSITIVE_INFINITY) } }, /weight is Infinity/],
    [{ logistic: { ...logistic, scale: fill(0) } }, /scale is not above 0/],
    [{ logistic: { ...logistic, mean: [] } }, /mean: 0 values/],
    [{ ...full, stacker: undefined } as unknown as ModelHead, /5 models and no stacker/],
    [tree({ left: boosted.left.map((d) => (d === 0 ? 0 : d + 1)) }), /children of node/],
    [tree({ input: boosted.input.map(() => n + 1) }), /splits on input/],
    [tree({ depth: boosted.depth.map((d) => d + 1) }), /deep and says/],
    [tree({ threshold: boosted.threshold.map(() => Number.NaN) }), /NaN/],
    [{ ...full, gru: { ...gru, columns: [9] } }, /column is 9/],
    [{ ...full, gru: { ...gru, steps: 33 } }, /steps is 33/],
    [{ ...full, perceptron: { ...perceptron, layers: [] } }, /layers is 0/],
    [{ ...full, drift: { ...drift, columns: [n] } }, /feature is/],
    [{ ...full, calibrator: { kind: "isotonic", said: [0.5, 0.5], came: [0, 1] } }, /knots do not rise/],
    [{ ...full, calibrator: { kind: "isotonic", said: [0.1, 0.5], came: [1, 0] } }, /falls at knot/],
  ];
  assert.ok(calibrator);
  for (const [change, message] of bad)
    assert.throws(() => writeArtefact({ features: MODEL_FEATURES, heads: [{ ...plain, ...change }], meta: {} }), {
      ...refused,
      message,
    });
  const { logistic: _, ...nothing } = plain;
  const write =
    (heads: readonly ModelHead[], features = MODEL_FEATURES) =>
    () =>
      writeArtefact({ features, heads, meta: {} });
  assert.throws(write([nothing]), { ...refused, message: /none of the five/ });
  assert.throws(write([]), refused);
  assert.throws(write([plain, plain]), { ...refused, message: /second head/ });
  assert.throws(write([plain], ["no_such_feature"]), { ...refused, message: /no feature no_such_feature/ });
});
