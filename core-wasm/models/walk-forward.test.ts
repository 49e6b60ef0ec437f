import assert from "node:assert/strict";
import { test } from "node:test";
import { measure } from "./measure.ts";
import { type TimedRows, trainingRows, walkForward } from "./walk-forward.ts";

const HOUR = 3_600_000;
/** Two features, the first of which tells something about the label; two rows at each time. */
function timedRows(count: number): TimedRows {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 2_147_483_648;
  };
  const x = Float64Array.from({ length: count * 2 }, () => next() - 0.5);
  const y = Uint8Array.from({ length: count }, (_, row) => (next() < 0.5 + 0.6 * (x[row * 2] as number) ? 1 : 0));
  const known_ms = Float64Array.from({ length: count }, (_, row) => (row >> 1) * HOUR);
  return { count, width: 2, x, y, known_ms, label_ms: known_ms.map((ms) => ms + HOUR) };
}
const options = { l2: [1, 1000], embargo_ms: 10 * HOUR };

test("walk-forward: a real signal: better than the base rate, figures from the last blocks only", () => {
  const rows = timedRows(9000);
  const { measures, from_ms, to_ms, l2 } = walkForward(rows, options);
  assert.equal(measures.rows, 4000);
  assert.equal(from_ms, 2500 * HOUR);
  assert.equal(to_ms, 4499 * HOUR);
  assert.equal(l2, 1);
  assert.ok(measures.accuracy > 0.6 && measures.log_loss < measures.log_loss_base);
  assert.ok(measures.accuracy_confident_tenth > measures.accuracy);
});

test("walk-forward: labels without meaning: no better than the base rate", () => {
  const rows = timedRows(9000);
  const { measures } = walkForward({ ...rows, y: rows.y.map((_, i) => ((i * 7919) >> 3) & 1) }, options);
  assert.ok(
    measures.log_loss > measures.log_loss_base - 0.002,
    `${measures.log_loss} against ${measures.log_loss_base}`,
  );
});

test("walk-forward: the purge and the embargo: no label that was unknown, and none too near", () => {
  const rows = timedRows(100);
  for (const embargo of [0, 1, 10]) {
    const start_ms = 30 * HOUR;
    const count = trainingRows(rows, { start_ms, embargo_ms: embargo * HOUR });
    assert.equal(count, 2 * (30 - embargo));
    assert.ok(rows.label_ms.subarray(0, count).every((ms) => ms + embargo * HOUR <= start_ms));
  }
});

test("walk-forward: the last block changed: what was measured before it is the same", () => {
  const rows = timedRows(9000);
  const changed = { ...rows, x: rows.x.slice(), y: rows.y.slice() };
  for (let row = 5000; row < 9000; row++) changed.y[row] = 1 - (rows.y[row] as number);
  assert.deepEqual(walkForward(changed, options).choice, walkForward(rows, options).choice);
});

test("walk-forward: too few rows: refused", () => {
  assert.throws(() => walkForward(timedRows(300), options), { code: "bad_request", message: /too few bars/ });
});

test("measure: ten rows by hand: every figure", () => {
  const p = Float64Array.of(0.9, 0.8, 0.7, 0.6, 0.55, 0.45, 0.4, 0.3, 0.2, 0.1);
  const y = Uint8Array.of(1, 1, 0, 1, 0, 1, 0, 0, 0, 1);
  const m = measure({ p, y });
  assert.deepEqual([m.rows, m.base_rate, m.accuracy, m.accuracy_base], [10, 0.5, 0.6, 0.5]);
  assert.equal(m.accuracy_confident_tenth, 1);
  assert.equal(m.accuracy_confident_tenth_base, 1);
  const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
  near(m.log_loss_base, Math.log(2));
  near(m.brier_base, 0.25);
  near(m.brier, (0.01 + 0.04 + 0.49 + 0.16 + 0.3025 + 0.3025 + 0.16 + 0.09 + 0.04 + 0.81) / 10);
  near(m.log_loss, -[0.9, 0.8, 0.3, 0.6, 0.45, 0.45, 0.6, 0.7, 0.8, 0.1].reduce((s, q) => s + Math.log(q), 0) / 10);
  near(m.calibration_error_max, 0.9);
});
