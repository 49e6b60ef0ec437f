import assert from "node:assert/strict";
import { test } from "node:test";
import { fitLogistic, predict, type Rows } from "./logistic.ts";

/** A fixed synthetic case: three features of very different scale, 240 rows. */
function syntheticRows(): Rows {
  let state = 12_345;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 2_147_483_648;
  };
  const x = new Float64Array(240 * 3);
  const y = new Uint8Array(240);
  for (let row = 0; row < 240; row++) {
    const [a, b, c] = [next() * 4 - 2, 1000 * (next() - 0.3), next() ** 3];
    x.set([a, b, c], row * 3);
    y[row] = next() < 1 / (1 + Math.exp(-(0.8 * a - 0.002 * b + 1.5 * c - 0.2))) ? 1 : 0;
  }
  return { count: 240, width: 3, x, y };
}

/** scikit-learn 1.9.1: LogisticRegression(C=1/l2, solver="newton-cholesky", tol=1e-14) on the standardised columns. */
const GOLDEN = [
  { l2: 0.01, bias: -0.262376839614, weight: [0.865352707305, -0.601268840034, 0.355917243777] },
  { l2: 1, bias: -0.260512664716, weight: [0.841250457776, -0.583597024218, 0.345037982977] },
  { l2: 100, bias: -0.223740423656, weight: [0.273284926796, -0.187227964096, 0.110168001787] },
];
const near = (a: number, b: number, within: number): void => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test("logistic: a fixed synthetic case: scikit-learn's coefficients", () => {
  const rows = syntheticRows();
  assert.equal(
    rows.y.reduce((sum, y) => sum + y),
    107,
  );
  for (const golden of GOLDEN) {
    const fit = fitLogistic(rows, { l2: golden.l2 });
    near(fit.bias, golden.bias, 1e-10);
    for (const [i, weight] of golden.weight.entries()) near(fit.weight[i] as number, weight, 1e-10);
    near(fit.mean[1] as number, 190.61334428067008, 1e-9);
    near(fit.scale[2] as number, 0.2813348367188295, 1e-12);
  }
});

test("logistic: the same rows twice: the same bits", () => {
  assert.deepEqual(fitLogistic(syntheticRows(), { l2: 1 }), fitLogistic(syntheticRows(), { l2: 1 }));
});

test("logistic: the optimum: mean probability equals the share of ones, any small change is worse", () => {
  const rows = syntheticRows();
  const fit = fitLogistic(rows, { l2: 1 });
  const loss = (model: typeof fit): number => {
    const p = predict(model, rows);
    const sum = p.reduce((s, q, i) => s - Math.log(rows.y[i] === 1 ? q : 1 - q), 0);
    return sum + 0.5 * model.weight.reduce((s, w) => s + w * w, 0);
  };
  near(predict(fit, rows).reduce((s, p) => s + p) / 240, 107 / 240, 1e-12);
  for (let i = 0; i < 3; i++)
    for (const step of [-1e-3, 1e-3])
      assert.ok(loss({ ...fit, weight: fit.weight.map((w, j) => (j === i ? w + step : w)) }) > loss(fit));
});

test("logistic: a constant column: weight 0, scale 1", () => {
  const rows = syntheticRows();
  for (let row = 0; row < rows.count; row++) rows.x[row * 3 + 1] = 0.1;
  const fit = fitLogistic(rows, { l2: 1 });
  assert.equal(fit.scale[1], 1);
  near(fit.weight[1] as number, 0, 1e-12);
});

test("logistic: labels that the features separate: finite thanks to the penalty, refused without one", () => {
  const x = Float64Array.from({ length: 100 }, (_, i) => i - 50);
  const rows = { count: 100, width: 1, x, y: Uint8Array.from(x, (v) => (v >= 0 ? 1 : 0)) };
  const fit = fitLogistic(rows, { l2: 1 });
  assert.ok(Number.isFinite(fit.weight[0]) && (fit.weight[0] as number) > 1);
  const twins = { count: 4, width: 2, x: Float64Array.of(1, 1, 2, 2, 3, 3, 4, 4), y: Uint8Array.of(0, 1, 0, 1) };
  assert.throws(() => fitLogistic(twins, { l2: 0 }), { code: "bad_request" });
});
