import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { featureIndex } from "#proto/features.ts";
import { viewOf } from "#proto/record.ts";
import { type Model, type ModelHead, probabilityOf, readArtefact, writeArtefact } from "./artefact.ts";
import { MODEL_FEATURES } from "./features.ts";

const fill = (value: number): number[] => Array.from({ length: MODEL_FEATURES.length }, () => value);
const head: ModelHead = {
  timeframe_s: 3600,
  horizon_s: 3600,
  kind: 0,
  warm_bars: 100,
  bias: 0.25,
  mean: fill(1),
  scale: fill(2),
  weight: fill(0.5),
};
const model: Model = {
  features: MODEL_FEATURES,
  heads: [head, { ...head, kind: 1 }],
  meta: { name: "test", größe: 1 },
};
const refused = { name: "LockstepError", code: "model_refused" };

const real = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const vector = fc.array(real, { minLength: MODEL_FEATURES.length, maxLength: MODEL_FEATURES.length });
const anyHead = fc.record(
  {
    timeframe_s: fc.constantFrom(60, 3600),
    horizon_s: fc.integer({ min: 1, max: 86_400 }),
    kind: fc.constantFrom(0, 1),
    warm_bars: fc.integer({ min: 0, max: 10_000 }),
    bias: real,
    mean: vector,
    scale: fc.array(fc.double({ min: 1e-12, max: 1e6, noNaN: true }), {
      minLength: MODEL_FEATURES.length,
      maxLength: MODEL_FEATURES.length,
    }),
    weight: vector,
  },
  { noNullPrototype: true },
);

test("artefact: any model written and read: the same model, and the same bytes again", () => {
  const heads = fc.uniqueArray(anyHead, {
    minLength: 1,
    maxLength: 4,
    selector: (value) => `${value.timeframe_s}/${value.kind}`,
  });
  fc.assert(
    fc.property(heads, fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), (list, meta) => {
      const bytes = writeArtefact({ features: MODEL_FEATURES, heads: list, meta });
      const back = readArtefact(bytes);
      assert.deepEqual(back.heads, list);
      assert.deepEqual(writeArtefact(back), bytes);
    }),
  );
});

test("artefact: layout: the offsets that the core reads", () => {
  const bytes = writeArtefact(model);
  const view = viewOf(bytes);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "LSM1");
  assert.deepEqual(
    [4, 8, 12, 16].map((at) => view.getUint32(at, true)),
    [2, bytes.length, 12, 2],
  );
  assert.deepEqual(
    Array.from({ length: 12 }, (_, i) => view.getUint16(32 + 2 * i, true)),
    MODEL_FEATURES.map(featureIndex),
  );
  const at = 32 + 24;
  assert.equal(view.getUint32(at, true), 3600);
  assert.equal(view.getFloat64(at + 16, true), 0.25);
  assert.equal(view.getFloat64(at + 24, true), 1);
  assert.equal(view.getFloat64(at + 24 + 96, true), 2);
  assert.equal(view.getFloat64(at + 24 + 192, true), 0.5);
  assert.equal(view.getUint32(at + 312 + 8, true), 1);
});

test("artefact: cut short or made longer anywhere: refused", () => {
  const bytes = writeArtefact(model);
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => readArtefact(bytes.subarray(0, length)), refused);
  assert.throws(() => readArtefact(new Uint8Array([...bytes, 0])), refused);
});

test("artefact: bytes changed at random: refused or a model in bounds, never anything else", () => {
  const bytes = writeArtefact(model);
  const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(edits, (changes) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[at] = value;
      try {
        const { heads } = readArtefact(changed);
        assert.ok(heads.every(({ scale, mean }) => scale.every((s) => s > 0) && mean.every(Number.isFinite)));
      } catch (error) {
        assert.equal((error as { code?: string }).code, "model_refused");
      }
    }),
    { numRuns: 2000 },
  );
});

test("artefact: each bound: refused with its name", () => {
  const bad: [Partial<ModelHead>, RegExp][] = [
    [{ timeframe_s: 0 }, /timeframe_s is 0/],
    [{ horizon_s: 1.5 }, /horizon_s is 1.5/],
    [{ kind: 2 }, /kind is 2/],
    [{ warm_bars: -1 }, /warm_bars is -1/],
    [{ bias: Number.NaN }, /bias is NaN/],
    [{ weight: fill(Number.POSITIVE_INFINITY) }, /weight is Infinity/],
    [{ scale: fill(0) }, /scale is not above 0/],
    [{ mean: [] }, /0 values of mean/],
  ];
  for (const [change, message] of bad)
    assert.throws(() => writeArtefact({ features: MODEL_FEATURES, heads: [{ ...head, ...change }], meta: {} }), {
      ...refused,
      message,
    });
  assert.throws(() => writeArtefact({ features: MODEL_FEATURES, heads: [], meta: {} }), refused);
  assert.throws(() => writeArtefact({ features: MODEL_FEATURES, heads: [head, head], meta: {} }), {
    ...refused,
    message: /second head/,
  });
  assert.throws(
    () => writeArtefact({ features: MODEL_FEATURES, heads: [head], meta: { a: "x".repeat(300_000) } }),
    refused,
  );
});

test("artefact: probability: the sigmoid of the standardised sum", () => {
  assert.equal(probabilityOf(head, fill(1)), 1 / (1 + Math.exp(-0.25)));
  assert.equal(probabilityOf({ ...head, weight: fill(0), bias: 0 }, fill(7)), 0.5);
});
